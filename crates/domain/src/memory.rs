//! Typed memories: six kinds, one struct, a body a kind.

use crate::{MemoryId, ObservationId, Span, Timestamp, Trust};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The six kinds of the MIRIX scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Who the user is and how the assistant should behave: few, always in the prompt.
    Core,
    /// What happened, when.
    Episodic,
    /// What is so: facts about people, things, ideas.
    Semantic,
    /// How something is done.
    Procedural,
    /// A document, page or file, filled in as it is seen.
    Resource,
    /// A secret the user asked to keep. Never embedded, indexed or shown to a model.
    Vault,
}

impl Kind {
    /// All six, in the order the app shows them.
    pub const ALL: [Self; 6] = [
        Self::Core,
        Self::Episodic,
        Self::Semantic,
        Self::Procedural,
        Self::Resource,
        Self::Vault,
    ];

    /// The name used in files, on the wire and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Episodic => "episodic",
            Self::Semantic => "semantic",
            Self::Procedural => "procedural",
            Self::Resource => "resource",
            Self::Vault => "vault",
        }
    }

    /// The kind with this [`Kind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a memory says before it is stored: everything but its identity and history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NewMemory {
    /// One line: the event's summary, the concept's name, the document's title, the secret's caption.
    pub title: String,
    /// A few sentences: details. May be empty. Never a secret.
    pub details: String,
    /// What only this kind has.
    pub body: Body,
    /// Path in the tree view, outermost first, e.g. `["work", "atlas"]`.
    pub tree_path: Vec<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// What supports it. Empty only for memories the user typed.
    pub sources: Vec<Source>,
    /// The lowest trust of the sources; [`Trust::User`] when typed.
    pub trust: Trust,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// When it happened (episodic) or since when it is known to hold.
    pub valid_from: Timestamp,
}

/// A stored memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Memory {
    /// Its identity, kept over all its versions.
    pub id: MemoryId,
    /// What it says.
    #[serde(flatten)]
    pub content: NewMemory,
    /// Active, superseded or deleted.
    pub state: MemoryState,
    /// When it stopped to hold, for superseded ones.
    pub valid_to: Option<Timestamp>,
    /// The memory that took its place.
    pub superseded_by: Option<MemoryId>,
    /// 1 when made, one more with each edit.
    pub version: u32,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether the user pinned it.
    pub pinned: bool,
    /// How often it was used in an answer.
    pub access_count: u32,
}

impl Memory {
    /// A memory as it is when it has just been stored.
    pub fn new(id: MemoryId, content: NewMemory, at: Timestamp) -> Self {
        Self {
            id,
            content,
            state: MemoryState::Active,
            valid_to: None,
            superseded_by: None,
            version: 1,
            created_at: at,
            updated_at: at,
            pinned: false,
            access_count: 0,
        }
    }

    /// Which of the six.
    pub fn kind(&self) -> Kind {
        self.content.body.kind()
    }
}

/// Where a memory is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MemoryState {
    /// Holds now.
    Active,
    /// Held once; another took its place.
    Superseded,
    /// Removed by an edit; can be undone until it is forgotten.
    Deleted,
    /// In quarantine: its sources may not become a memory of its kind without the user's yes. It is found by nobody and shown to no model.
    Waiting,
}

/// What supports a memory: words of one observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Source {
    /// The observation.
    pub observation: ObservationId,
    /// The words in its text.
    pub span: Span,
}

/// What only one kind has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A core block's line.
    Core {
        /// Which block.
        block: CoreBlock,
    },
    /// An event. When it happened is `valid_from`.
    Episodic {
        /// Who did it: `user`, `assistant`, or a name.
        actor: String,
        /// Short type, e.g. `reading`, `conversation`, `edit`.
        event_type: String,
        /// When it ended, if it lasted.
        until: Option<Timestamp>,
    },
    /// A fact.
    Semantic {
        /// What it is about, e.g. a person or project.
        subject: String,
        /// Where it was learned, in words: a site, an app, a person.
        learned_from: String,
    },
    /// A way to do something.
    Procedural {
        /// Workflow, guide or script.
        entry_type: ProcedureType,
        /// In order.
        steps: Vec<String>,
    },
    /// A document.
    Resource {
        /// E.g. `web page`, `file`, `pdf`.
        resource_type: String,
        /// Address or path.
        locator: Option<String>,
        /// Its text as far as it was seen.
        content: String,
    },
    /// A secret.
    Vault {
        /// E.g. `password`, `api key`.
        entry_type: String,
        /// How much harm its loss would do.
        sensitivity: Sensitivity,
        /// The secret itself: empty everywhere but on its way in and in an explicit reveal.
        secret: String,
    },
}

impl Body {
    /// Which of the six.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Core { .. } => Kind::Core,
            Self::Episodic { .. } => Kind::Episodic,
            Self::Semantic { .. } => Kind::Semantic,
            Self::Procedural { .. } => Kind::Procedural,
            Self::Resource { .. } => Kind::Resource,
            Self::Vault { .. } => Kind::Vault,
        }
    }
}

/// The blocks of Core memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CoreBlock {
    /// Facts about the user.
    Human,
    /// How the assistant should be.
    Persona,
    /// Standing wishes.
    Custom,
}

/// Kinds of procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProcedureType {
    /// Steps the user goes through.
    Workflow,
    /// Advice for a situation.
    Guide,
    /// Commands.
    Script,
}

/// How much harm a vault entry's loss would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// Where a note about a person or project was learned: [`Body::Semantic`]'s `learned_from`.
pub const FROM_MEMORIES: &str = "your memories";

impl NewMemory {
    /// Whether it is a note: made of sentences of other memories, and made anew when those change. A day's and a week's are events, a
    /// person's and a project's are facts learned [`FROM_MEMORIES`].
    pub fn is_note(&self) -> bool {
        match &self.body {
            Body::Episodic { event_type, .. } => matches!(event_type.as_str(), "day" | "week"),
            Body::Semantic { learned_from, .. } => learned_from == FROM_MEMORIES,
            _ => false,
        }
    }

    /// The text that is indexed and embedded: title, subject, details, steps and content, one a line.
    /// `None` for the vault, which is never indexed.
    pub fn searchable(&self) -> Option<String> {
        let mut lines = vec![self.title.as_str(), self.details.as_str()];
        match &self.body {
            Body::Vault { .. } => return None,
            Body::Core { .. } => {}
            Body::Episodic { actor, .. } => lines.push(actor),
            Body::Semantic { subject, .. } => lines.push(subject),
            Body::Procedural { steps, .. } => lines.extend(steps.iter().map(String::as_str)),
            Body::Resource {
                content, locator, ..
            } => {
                lines.extend(locator.as_deref());
                lines.push(content);
            }
        }
        lines.extend(self.tags.iter().map(String::as_str));
        lines.retain(|line| !line.is_empty());
        Some(lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(body: Body) -> NewMemory {
        NewMemory {
            title: "title".into(),
            details: String::new(),
            body,
            tree_path: vec![],
            tags: vec!["tag".into()],
            sources: vec![],
            trust: Trust::User,
            confidence: 1.0,
            valid_from: Timestamp::default(),
        }
    }

    /// M7
    #[test]
    fn a_vault_entry_has_no_searchable_text() {
        let body = Body::Vault {
            entry_type: "password".into(),
            sensitivity: Sensitivity::High,
            secret: "x".into(),
        };
        assert_eq!(memory(body).searchable(), None);
    }

    #[test]
    fn steps_are_searchable() {
        let body = Body::Procedural {
            entry_type: ProcedureType::Guide,
            steps: vec!["one".into(), "two".into()],
        };
        assert_eq!(memory(body).searchable().unwrap(), "title\none\ntwo\ntag");
    }

    #[test]
    fn kinds_keep_their_names() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
