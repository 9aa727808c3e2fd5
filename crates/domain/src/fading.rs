//! How memories fade: what is not used counts less, and may be let go.
//!
//! After Ebbinghaus's curve: a memory halves in each span of its strength, and every use and every further source makes it stronger.

use crate::{Kind, Memory, Timestamp};
use serde::{Deserialize, Serialize};

const DAY_MS: f32 = 86_400_000.0;
/// A memory that is not used at all still counts so much in a ranking.
const FLOOR: f32 = 0.6;
/// Used or confirmed so often, it is held for long.
const CONFIRMED: usize = 4;
/// A memory is new for a week.
const NEW_DAYS: f32 = 7.0;

/// After how many days memories fade and are let go; the first rule that fits decides, then the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fading {
    /// For all that no rule is for.
    pub usual: Spans,
    /// In order.
    pub rules: Vec<FadeRule>,
}

/// Days without use; 0 = never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spans {
    /// From then on it counts less in rankings.
    pub fade_days: u32,
    /// From then on it may be let go.
    pub expire_days: u32,
}

/// Other spans for some memories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FadeRule {
    /// Which.
    pub of: FadeOf,
    /// How long.
    pub spans: Spans,
}

/// What a rule is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FadeOf {
    /// Memories of a kind.
    Kind(Kind),
    /// Memories that rest only on what was seen in an app; without case.
    App(String),
}

/// How long a memory is held, by how it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// New, and not used often yet.
    Short,
    /// Not new and not used often.
    Mid,
    /// Pinned, Core, or used or confirmed often.
    Long,
}

impl Fading {
    /// The spans for a memory that rests on what was seen in `apps`.
    pub fn spans(&self, memory: &Memory, apps: &[&str]) -> Spans {
        let fits = |rule: &&FadeRule| match &rule.of {
            FadeOf::Kind(kind) => memory.kind() == *kind,
            FadeOf::App(app) => {
                !apps.is_empty() && apps.iter().all(|seen| seen.eq_ignore_ascii_case(app))
            }
        };
        self.rules
            .iter()
            .find(fits)
            .map_or(self.usual, |rule| rule.spans)
    }

    /// What a memory counts in a ranking, [`FLOOR`] to 1: 1 until it fades.
    pub fn weight(&self, memory: &Memory, apps: &[&str], at: Timestamp) -> f32 {
        let days = self.spans(memory, apps).fade_days;
        if days == 0 {
            return 1.0;
        }
        let retained = retention(memory, days, at);
        FLOOR + (1.0 - FLOOR) * (2.0 * retained).min(1.0)
    }

    /// Whether anything is ever let go.
    pub fn lets_go(&self) -> bool {
        let rules = self.rules.iter().map(|rule| rule.spans);
        rules.chain([self.usual]).any(|spans| spans.expire_days > 0)
    }

    /// When a memory may be let go if it is not used; `None` for never, as for what is pinned and for Core.
    pub fn expires(&self, memory: &Memory, apps: &[&str]) -> Option<Timestamp> {
        let days = self.spans(memory, apps).expire_days;
        if days == 0 || is_kept(memory) {
            return None;
        }
        let days = days as f32 * strength(memory);
        let millis = (days * DAY_MS) as i64;
        Some(Timestamp::from_millis(
            touched(memory).millis().saturating_add(millis),
        ))
    }
}

/// What is left of a memory, 0 to 1: half after `days` times its strength.
fn retention(memory: &Memory, days: u32, at: Timestamp) -> f32 {
    if is_kept(memory) || days == 0 {
        return 1.0;
    }
    let age = at.millis_since(touched(memory)).max(0) as f32 / DAY_MS;
    0.5f32.powf(age / (days as f32 * strength(memory)))
}

/// The tier of a memory.
pub fn tier(memory: &Memory, at: Timestamp) -> Tier {
    let uses = memory.access_count as usize + memory.content.sources.len();
    if is_kept(memory) || uses >= CONFIRMED {
        return Tier::Long;
    }
    let age = at.millis_since(memory.created_at) as f32 / DAY_MS;
    if age < NEW_DAYS {
        Tier::Short
    } else {
        Tier::Mid
    }
}

fn is_kept(memory: &Memory) -> bool {
    memory.pinned || memory.kind() == Kind::Core
}

/// 1 for what was never used and rests on one source; it grows ever more slowly.
fn strength(memory: &Memory) -> f32 {
    let sources = memory.content.sources.len().max(1) as f32;
    1.0 + (1.0 + memory.access_count as f32).ln() + 0.5 * sources.ln()
}

/// When it was last made, changed or confirmed.
fn touched(memory: &Memory) -> Timestamp {
    memory.updated_at.max(memory.created_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, MemoryId, MemoryState, NewMemory, Trust};

    fn memory(kind: Kind, pinned: bool, access_count: u32) -> Memory {
        let body = match kind {
            Kind::Core => Body::Core {
                block: crate::memory::CoreBlock::Human,
            },
            _ => Body::Semantic {
                subject: "s".into(),
                learned_from: "l".into(),
            },
        };
        Memory {
            id: MemoryId(uuid::Uuid::nil()),
            content: NewMemory {
                title: "t".into(),
                details: String::new(),
                body,
                tree_path: vec![],
                tags: vec![],
                sources: vec![],
                trust: Trust::User,
                confidence: 1.0,
                valid_from: Timestamp::default(),
            },
            state: MemoryState::Active,
            valid_to: None,
            superseded_by: None,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            pinned,
            access_count,
        }
    }

    fn days(days: i64) -> Timestamp {
        Timestamp::default().plus_seconds(days * 86_400)
    }

    fn fading(fade_days: u32, expire_days: u32) -> Fading {
        Fading {
            usual: Spans {
                fade_days,
                expire_days,
            },
            rules: vec![],
        }
    }

    #[test]
    fn u14_what_is_not_used_counts_less_from_its_day_on_and_never_nothing() {
        let unused = memory(Kind::Semantic, false, 0);
        let weight = |at| fading(30, 0).weight(&unused, &[], days(at));
        assert_eq!((weight(-5), weight(0), weight(30)), (1.0, 1.0, 1.0));
        assert!(weight(60) < 1.0 && weight(90) < weight(60));
        assert!((weight(5_000) - FLOOR).abs() < 1e-3);
        assert_eq!(fading(0, 0).weight(&unused, &[], days(5_000)), 1.0);
    }

    #[test]
    fn u14_use_makes_it_last_and_what_is_pinned_or_core_does_not_fade() {
        let at = days(60);
        let weight = |memory: &Memory| fading(30, 0).weight(memory, &[], at);
        let unused = memory(Kind::Semantic, false, 0);
        let used = memory(Kind::Semantic, false, 5);
        assert!(weight(&used) > weight(&unused));
        assert_eq!(weight(&memory(Kind::Semantic, true, 0)), 1.0);
        assert_eq!(weight(&memory(Kind::Core, false, 0)), 1.0);
        assert_eq!(tier(&unused, days(1)), Tier::Short);
        assert_eq!(tier(&unused, at), Tier::Mid);
        assert_eq!(tier(&used, at), Tier::Long);
    }

    #[test]
    fn u15_nothing_expires_unless_asked_and_pinned_and_core_never() {
        let unused = memory(Kind::Semantic, false, 0);
        assert_eq!(Fading::default().expires(&unused, &[]), None);
        assert_eq!(fading(30, 90).expires(&unused, &[]), Some(days(90)));
        assert_eq!(
            fading(30, 90).expires(&memory(Kind::Semantic, true, 0), &[]),
            None
        );
        assert_eq!(
            fading(30, 90).expires(&memory(Kind::Core, false, 0), &[]),
            None
        );
        let rules = vec![FadeRule {
            of: FadeOf::App("Mail".into()),
            spans: Spans {
                fade_days: 1,
                expire_days: 2,
            },
        }];
        let by_app = Fading {
            rules,
            ..fading(0, 0)
        };
        assert_eq!(by_app.expires(&unused, &["mail"]), Some(days(2)));
        assert_eq!(by_app.expires(&unused, &["mail", "code"]), None);
        assert_eq!(by_app.expires(&unused, &[]), None);
    }
}
