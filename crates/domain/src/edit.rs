//! What the mind proposes and the user asks for: changes to memories, applied only by the writer.

use crate::{Body, ClientId, JobId, Memory, MemoryId, NewMemory, Source, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One proposed change. Proposing performs nothing; the writer applies it in a transaction and keeps the version before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// A memory nobody had.
    Add {
        /// What it says.
        memory: NewMemory,
    },
    /// A memory whose sources may not become one of its kind by themselves: it waits for the user's yes.
    Propose {
        /// What it would say.
        memory: NewMemory,
    },
    /// The user's yes to a memory that waits: it is his from now on.
    Accept {
        /// Which.
        id: MemoryId,
    },
    /// Change fields of a memory; it stays the same memory.
    Update {
        /// Which.
        id: MemoryId,
        /// What changes.
        patch: Patch,
    },
    /// A newer fact takes the place of an older one; both are kept, the old with the moment it ceased to hold.
    Supersede {
        /// The memory that no longer holds.
        old: MemoryId,
        /// What holds now.
        memory: NewMemory,
        /// Since when.
        at: Timestamp,
    },
    /// A memory that is stored already takes the place of another of its kind; both are kept.
    SupersedeBy {
        /// The memory that no longer holds.
        old: MemoryId,
        /// The one that holds.
        by: MemoryId,
        /// Since when.
        at: Timestamp,
    },
    /// Take it out of view; undo brings it back.
    Delete {
        /// Which.
        id: MemoryId,
    },
    /// Bring back the version before the last edit of it.
    Undo {
        /// Which.
        id: MemoryId,
    },
}

/// Fields to change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct Patch {
    /// New title.
    pub title: Option<String>,
    /// New details.
    pub details: Option<String>,
    /// New body; must be of the same kind.
    pub body: Option<Body>,
    /// New tree path.
    pub tree_path: Option<Vec<String>>,
    /// New tags.
    pub tags: Option<Vec<String>>,
    /// Pin or unpin.
    pub pinned: Option<bool>,
    /// Sources to add to those it has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_sources: Vec<Source>,
}

impl Patch {
    /// What a memory says once its title, details, body, tree path and tags are changed.
    pub fn patched(&self, content: &NewMemory) -> NewMemory {
        let patch = self.clone();
        let content = content.clone();
        NewMemory {
            title: patch.title.unwrap_or(content.title),
            details: patch.details.unwrap_or(content.details),
            body: patch.body.unwrap_or(content.body),
            tree_path: patch.tree_path.unwrap_or(content.tree_path),
            tags: patch.tags.unwrap_or(content.tags),
            ..content
        }
    }
}

/// Who asked for an edit; kept in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// The person at the keyboard.
    User,
    /// Background absorption, as part of this job.
    Mind {
        /// The job.
        job: JobId,
    },
    /// Tidying up while nothing else was to be done.
    Upkeep,
    /// A program that is not ours.
    Client {
        /// Which.
        client: ClientId,
    },
}

/// What an applied edit did: the memory before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Change {
    /// The memory concerned.
    pub id: MemoryId,
    /// As it was; `None` when it is new.
    pub before: Option<Memory>,
    /// As it is.
    pub after: Memory,
    /// Who asked.
    pub author: Author,
    /// When it was applied.
    pub at: Timestamp,
}
