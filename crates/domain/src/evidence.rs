//! What recall finds: memories and observations, ranked, with the reasons.

use crate::{Memory, Observation, Span, TimeRange};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What was found for a query, best first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Evidence {
    /// Ranked items.
    pub items: Vec<EvidenceItem>,
    /// The span of time the question was understood to mean, if any.
    pub time: Option<TimeRange>,
    /// How sure that the answer is among the items, 0 to 1.
    pub confidence: f32,
}

/// One found thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EvidenceItem {
    /// What.
    pub found: Found,
    /// Its score; only the order within one result means something.
    pub score: f32,
    /// How it ranked by words, 1 = first; `None` when words did not find it.
    pub word_rank: Option<u32>,
    /// How it ranked by meaning, 1 = first; `None` when vectors did not find it.
    pub meaning_rank: Option<u32>,
    /// The parts of its text that hold words of the query, for marking and for boxes on the picture.
    pub hits: Vec<Span>,
    /// Who says it: the site, the app, the speaker. Told to programs that are not ours, so that they can say so too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<String>,
}

/// A memory or an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Found {
    /// A memory.
    Memory {
        /// The memory.
        memory: Memory,
    },
    /// An observation.
    Observation {
        /// The observation.
        observation: Observation,
    },
}

impl Found {
    /// The text to show, and that [`EvidenceItem::hits`] point into: title and details of a memory joined by a newline
    /// (just the title when there are no details), or the observation's text.
    pub fn text(&self) -> String {
        match self {
            Self::Memory { memory } if memory.content.details.is_empty() => {
                memory.content.title.clone()
            }
            Self::Memory { memory } => {
                format!("{}\n{}", memory.content.title, memory.content.details)
            }
            Self::Observation { observation } => observation.text.clone(),
        }
    }
}
