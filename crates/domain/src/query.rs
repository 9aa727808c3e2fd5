//! What is asked of memory.

use crate::{Bounds, Detail, Fading, Kind, TimeRange, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A question, or the words of a search box, asked at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The words.
    pub text: String,
    /// When it is asked: "yesterday" counts from here.
    pub at: Timestamp,
    /// The user's time zone, IANA name; "today" starts at midnight there.
    pub time_zone: String,
    /// What may be found.
    pub filter: Filter,
    /// Most items wanted.
    pub limit: usize,
    /// Most tokens all items together may take, by the estimate of 4 bytes a token; `None` for no bound.
    pub token_budget: Option<usize>,
    /// How what was not used for long counts.
    pub fading: Fading,
}

/// Narrows what may be found. Empty lists mean everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct Filter {
    /// Memories, observations, or both.
    pub scope: Scope,
    /// Only memories of these kinds. Does not touch observations.
    pub kinds: Vec<Kind>,
    /// Only from these apps. A memory is from the apps of its sources.
    pub apps: Vec<String>,
    /// Only what was seen or happened in this span.
    pub time: Option<TimeRange>,
    /// Only what holds personal details of one of these kinds.
    pub details: Vec<Detail>,
    /// What may be found at most, whoever asks for more. Set by the engine, never by who asks.
    #[serde(skip)]
    #[ts(skip)]
    pub bounds: Option<Bounds>,
}

/// What a search looks through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Memories and observations.
    #[default]
    Everything,
    /// Memories only.
    Memories,
    /// Observations only.
    Observations,
}
