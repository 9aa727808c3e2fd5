//! Memories -> proposals that keep them tidy: what is kept twice, what no longer holds, notes of days and people, what may fade.
//!
//! Each step is a file and works by rule and by the vectors that are stored already; no model is needed. A proposal is a list of edits
//! with a reason: nothing is performed here. Proposals of one call do not touch each other's memories, so that each can be applied or left
//! alone; what one makes possible is proposed the next time. `docs/spec/upkeep.md` numbers what is promised.

mod blocks;
mod conflicts;
mod duplicates;
mod expiry;
mod notes;
mod outcome;
mod preferences;
mod procedures;

pub use outcome::{Outcome, outcome};

use crate::statement::attribute;
use afterimage_domain::{
    Edit, Fading, Memory, MemoryId, Observation, ObservationId, Source, Timestamp,
};
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// What is looked at.
pub struct View<'a> {
    /// Active memories but the vault's.
    pub memories: &'a [Memory],
    /// One observation; `None` when it is gone.
    pub observation: &'a dyn Fn(ObservationId) -> Option<Observation>,
    /// Active memories nearest to one in meaning, with cosines, best first, itself left out; none where there are no vectors.
    pub near: &'a dyn Fn(&Memory) -> Vec<(MemoryId, f32)>,
    /// Notes the user has changed himself; they are left as they are.
    pub own: &'a HashSet<MemoryId>,
    /// Proposals that were applied once. One that comes up again was taken back, and is not applied again without a yes.
    pub applied: &'a HashSet<String>,
    /// Proposals the user does not want to see.
    pub dismissed: &'a HashSet<String>,
}

/// How it is tidied.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Days begin at midnight here.
    pub zone: TimeZone,
    /// What is let go, and when.
    pub fading: Fading,
}

/// One thing to tidy up.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The same for the same proposal whenever it is made.
    pub id: String,
    /// Why.
    pub reason: Reason,
    /// Why, for the user.
    pub words: String,
    /// Whether it waits for somebody.
    pub consent: Consent,
    /// To be applied together, in order.
    pub edits: Vec<Edit>,
}

/// Why something is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Two memories say the same in the same words.
    Duplicate,
    /// Two memories are so near in meaning that they may say the same.
    NearDuplicate,
    /// Two memories give different values of the same thing.
    Conflict,
    /// A note of a day, a week, a person or a project is to be made, changed or removed.
    Note,
    /// A Core block is nearly full.
    Block,
    /// It was not used for as long as the user wants things kept.
    Expiry,
    /// Something was done in the same way again and again.
    Procedure,
    /// A liking was said more often, or less.
    Preference,
}

/// Whether a proposal waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// It may be applied now: it loses nothing and overrules nobody.
    Safe,
    /// It may be applied from this moment on, after it has been shown.
    After(Timestamp),
    /// It waits for the user's yes.
    Ask,
}

type Step = fn(&View<'_>, &Policy, Timestamp) -> Vec<Proposal>;

const STEPS: &[Step] = &[
    conflicts::conflicts,
    duplicates::duplicates,
    notes::notes,
    blocks::blocks,
    expiry::expiry,
    procedures::procedures,
    preferences::preferences,
];

/// What there is to tidy up at a moment. When `interrupted` says so it ends after the step it is in, with what it has; the result depends
/// on the arguments only.
pub fn upkeep(
    view: &View<'_>,
    policy: &Policy,
    at: Timestamp,
    interrupted: &dyn Fn() -> bool,
) -> Vec<Proposal> {
    proposed(STEPS, view, policy, at, interrupted)
}

/// The first step alone: which of the values that facts give of one thing holds. Done as soon as such a fact has come in.
pub fn contradictions(view: &View<'_>, policy: &Policy, at: Timestamp) -> Vec<Proposal> {
    proposed(&STEPS[..1], view, policy, at, &|| false)
}

/// Whether `edits` add a fact that gives the one value of something.
pub fn gives_value(edits: &[Edit]) -> bool {
    edits.iter().any(|edit| match edit {
        Edit::Add { memory } | Edit::Supersede { memory, .. } => attribute(memory).is_some(),
        _ => false,
    })
}

fn proposed(
    steps: &[Step],
    view: &View<'_>,
    policy: &Policy,
    at: Timestamp,
    interrupted: &dyn Fn() -> bool,
) -> Vec<Proposal> {
    let mut proposals: Vec<Proposal> = steps
        .iter()
        .take_while(|_| !interrupted())
        .flat_map(|step| step(view, policy, at))
        .filter(|proposal| !view.dismissed.contains(&proposal.id))
        .collect();
    for proposal in &mut proposals {
        if view.applied.contains(&proposal.id) {
            proposal.consent = Consent::Ask;
        }
    }
    // What waits for nobody comes first: a question that stays open holds nothing up.
    proposals.sort_by_key(|proposal| proposal.consent);
    let mut claimed = HashSet::new();
    proposals.retain(|proposal| {
        let concerned = proposal.concerned();
        let is_free = concerned.iter().all(|id| !claimed.contains(id));
        if is_free {
            claimed.extend(concerned);
        }
        is_free
    });
    proposals
}

impl Reason {
    /// The name used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::NearDuplicate => "near_duplicate",
            Self::Conflict => "conflict",
            Self::Note => "note",
            Self::Block => "block",
            Self::Expiry => "expiry",
            Self::Procedure => "procedure",
            Self::Preference => "preference",
        }
    }
}

impl Proposal {
    /// A proposal known by `key`, which says everything that would make it another one.
    fn new(reason: Reason, key: &str, consent: Consent, words: String, edits: Vec<Edit>) -> Self {
        Self {
            id: print(&format!("{} {key}", reason.name())),
            reason,
            words,
            consent,
            edits,
        }
    }

    /// Every memory its edits name.
    pub fn concerned(&self) -> Vec<MemoryId> {
        self.edits
            .iter()
            .flat_map(|edit| match edit {
                Edit::Add { .. } | Edit::Propose { .. } => vec![],
                Edit::Update { id, .. }
                | Edit::Delete { id }
                | Edit::Undo { id }
                | Edit::Accept { id } => vec![*id],
                Edit::Supersede { old, .. } => vec![*old],
                Edit::SupersedeBy { old, by, .. } => vec![*old, *by],
            })
            .collect()
    }
}

impl View<'_> {
    /// The sources of `from` that `to` does not have and that would not make it less trusted.
    fn sources_for(&self, to: &Memory, from: &Memory) -> Vec<Source> {
        let trusted = |source: &&Source| {
            let trust = (self.observation)(source.observation).map(|seen| seen.trust);
            trust.is_some_and(|trust| trust >= to.content.trust)
        };
        let missing = from
            .content
            .sources
            .iter()
            .filter(|source| !to.content.sources.contains(source));
        missing.filter(trusted).copied().collect()
    }
}

/// 16 hexadecimal digits that stand for a text: FNV-1a, which is the same in every build.
fn print(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// `8 May 2023`, where the user is.
fn day_in_words(at: Timestamp, policy: &Policy) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    policy
        .zone
        .to_datetime(moment)
        .strftime("%-d %B %Y")
        .to_string()
}

/// A title in quotation marks, short enough for a sentence.
fn quoted(memory: &Memory) -> String {
    format!("“{}”", crate::absorb::cut(&memory.content.title, 80))
}

#[cfg(test)]
pub(crate) mod tests;
