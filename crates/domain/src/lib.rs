//! The nouns of Afterimage: what a frame, an observation, a memory, an edit, a query, a piece of evidence and an answer are.
//!
//! No I/O, no clock, no SQL, no randomness: identifiers and times are made above and passed in.
//! Text in these types has been redacted already once they are [`redaction::Clean`]; only then the store takes them.

pub mod answer;
pub mod client;
pub mod detail;
pub mod edit;
pub mod evidence;
pub mod fading;
pub mod frame;
pub mod geometry;
pub mod id;
pub mod link;
pub mod memory;
pub mod observation;
pub mod pattern;
pub mod query;
pub mod redaction;
pub mod site;
pub mod tally;
pub mod time;
pub mod trust;

pub use answer::{Answer, Citation};
pub use client::{AccessLine, Bounds, Client, Grant};
pub use detail::Detail;
pub use edit::{Author, Change, Edit, Patch};
pub use evidence::{Evidence, EvidenceItem, Found};
pub use fading::{FadeOf, FadeRule, Fading, Spans, Tier};
pub use frame::{Frame, Pixels, Window};
pub use geometry::Rect;
pub use id::{ClientId, EntityId, FrameId, JobId, MemoryId, ObservationId, ReceiptId, ThreadId};
pub use link::{EntityKind, Linked, Links, Mention, Relation};
pub use memory::{Body, Kind, Memory, MemoryState, NewMemory, Source};
pub use observation::{Observation, Origin, Span, Word};
pub use query::{Filter, Query, Scope};
pub use redaction::{Clean, Painted, Raw, Redact, Redactor};
pub use tally::{Tally, TallyRow, Total};
pub use time::{TimeRange, Timestamp};
pub use trust::Trust;
