//! Who and what memories are about: entities, where they are mentioned, and how they are related.

use crate::{ObservationId, Span};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The user's own entity.
pub const USER: &str = "You";

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// Somebody.
    Person,
    /// Something people work on.
    Project,
    /// Somewhere.
    Place,
    /// A company, school, club.
    Organisation,
    /// Anything else that has a name.
    Thing,
}

impl EntityKind {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Person,
        Self::Project,
        Self::Place,
        Self::Organisation,
        Self::Thing,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Project => "project",
            Self::Place => "place",
            Self::Organisation => "organisation",
            Self::Thing => "thing",
        }
    }
}

/// The links of one memory or observation. Kept together with it and gone with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Links {
    /// What they are of.
    pub of: Linked,
    /// Whom it names.
    pub mentions: Vec<Mention>,
    /// What it says of how they are related; both ends are among the mentions.
    pub relations: Vec<Relation>,
}

/// What links are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// An observation that is stored.
    Observation(ObservationId),
    /// The memory that the edit at this place, of those handed in together, makes or changes.
    Edit(usize),
}

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// As it stands there.
    pub name: String,
    /// What it seems to be.
    pub kind: EntityKind,
    /// Where it stands, in an observation's text or in that of [`crate::Found::text`]; empty for who speaks and whom it is about.
    pub span: Span,
}

/// How one entity is related to another: `from` `label` `to`, e.g. Anna, works at, Siemens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// A name.
    pub from: String,
    /// A name.
    pub to: String,
    /// A word or two, e.g. `wife`.
    pub label: String,
}

/// What two spellings of one name have in common.
pub fn plain(name: &str) -> String {
    name.split_whitespace()
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

impl Links {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.mentions.is_empty()
    }

    /// The same for edits that stand `places` further back.
    pub fn after(self, places: usize) -> Self {
        let of = match self.of {
            Linked::Edit(at) => Linked::Edit(at + places),
            of => of,
        };
        Self { of, ..self }
    }
}
