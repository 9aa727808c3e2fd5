//! How far a text is to be believed: who said it. Computed, never set by a model.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who a text comes from, least trusted first. A derived memory has the lowest trust of its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Seen on screen, author unknown: web pages, mail, other people's chat.
    Screen,
    /// In a window where the user writes: an editor, a compose box.
    OwnWindow,
    /// Asserted by a client program, or imported from a file.
    Client,
    /// Said in our own chat.
    Chat,
    /// Typed by the user into a memory.
    User,
}

impl Trust {
    /// The trust of something derived from `sources`: the lowest, or [`Trust::Screen`] for none.
    pub fn of_sources(sources: impl IntoIterator<Item = Self>) -> Self {
        sources.into_iter().min().unwrap_or(Self::Screen)
    }

    /// Whether a memory of `kind` may be made from this without asking the user (`docs/ARCHITECTURE.md`, trust table).
    pub fn may_become(self, kind: crate::Kind) -> bool {
        use crate::Kind;
        match kind {
            Kind::Core | Kind::Procedural => self >= Self::Chat,
            Kind::Vault => self == Self::User,
            Kind::Semantic | Kind::Episodic | Kind::Resource => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    /// T1
    #[test]
    fn the_least_trusted_source_decides() {
        assert_eq!(
            Trust::of_sources([Trust::User, Trust::Screen, Trust::Chat]),
            Trust::Screen
        );
        assert_eq!(Trust::of_sources([]), Trust::Screen);
    }

    /// M6
    #[test]
    fn screen_text_never_becomes_core_procedural_or_vault() {
        for kind in [Kind::Core, Kind::Procedural, Kind::Vault] {
            for trust in [Trust::Screen, Trust::OwnWindow, Trust::Client] {
                assert!(!trust.may_become(kind), "{trust:?} {kind:?}");
            }
        }
        assert!(Trust::Chat.may_become(Kind::Core));
        assert!(!Trust::Chat.may_become(Kind::Vault));
    }
}
