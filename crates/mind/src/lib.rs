//! The mind: frames to observations, observations to activities, activities to proposed edits and links, questions and evidence to answers,
//! memories to proposals that keep them tidy.
//!
//! Values in, values out: it returns edits and performs none, reads no clock and no store, and draws no random numbers.
//! It is *not* the place where anything is kept: [`segment::Segmenter`] and [`perceive::Shown`] belong to the caller.

pub mod absorb;
pub mod answer;
mod boxes;
pub mod details;
pub mod document;
pub mod links;
pub mod perceive;
mod prose;
pub mod redact;
pub mod segment;
pub mod sites;
mod statement;
pub mod thinker;
pub mod upkeep;
mod when;

pub use absorb::absorb;
pub use answer::answer;
pub use boxes::boxes;
pub use perceive::perceive;
pub use redact::redact;
pub use thinker::Thinker;
pub use upkeep::upkeep;

/// A span of a text that is shorter than 4 GiB, as all texts here are.
fn domain_span(start: usize, end: usize) -> afterimage_domain::Span {
    afterimage_domain::Span {
        start: start as u32,
        end: end as u32,
    }
}

// The corpus of redaction is used by a bench from outside and by tests from inside.
#[cfg(test)]
extern crate self as afterimage_mind;

#[cfg(test)]
mod real;
#[cfg(test)]
mod testing;
