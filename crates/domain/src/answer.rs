//! What the assistant says, and what it says it from.

use crate::{FrameId, MemoryId, ObservationId, Rect, Span};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An answer with its citations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// Markdown. Citations stand in it as `[1]`, `[2]`, … = index into `citations` plus one.
    pub text: String,
    /// What it rests on; every one was retrieved for this question.
    pub citations: Vec<Citation>,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// True when memory held nothing on the question, and the text says so.
    pub abstained: bool,
    /// True when the user stopped it.
    pub stopped: bool,
}

/// One thing an answer rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Citation {
    /// The memory, when a memory was used.
    pub memory: Option<MemoryId>,
    /// The observation: the one used, or the first source of the memory.
    pub observation: Option<ObservationId>,
    /// The picture behind the observation.
    pub frame: Option<FrameId>,
    /// Where the words stand on the picture.
    pub boxes: Vec<Rect>,
    /// The words relied on, in the text of [`crate::Found::text`].
    pub span: Option<Span>,
    /// One line for the chip, e.g. the title or the first words.
    pub label: String,
    /// App it was seen in, or `chat`, or the import's source name.
    pub app: String,
    /// When it was seen, said or happened.
    pub at: crate::Timestamp,
}
