//! What edits would make of memories, for showing it before it is done. The store applies them; this follows its rules of what changes,
//! not of what is allowed.

use afterimage_domain::{Edit, Memory, MemoryId, MemoryState, NewMemory, Patch, Timestamp};

/// A memory before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// As it is; `None` when it would be new.
    pub before: Option<Memory>,
    /// As it would be.
    pub after: Memory,
}

/// What `edits` would make of the memories that `stored` finds, one entry a memory. `new_id` names what would be added.
pub fn outcome(
    edits: &[Edit],
    stored: &dyn Fn(MemoryId) -> Option<Memory>,
    new_id: &mut dyn FnMut() -> MemoryId,
    at: Timestamp,
) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for edit in edits {
        match edit {
            Edit::Add { memory } => add(&mut outcomes, memory, new_id(), at),
            Edit::Update { id, patch } => {
                change(&mut outcomes, stored, *id, at, |memory| {
                    apply(memory, patch)
                });
            }
            Edit::Supersede {
                old,
                memory,
                at: since,
            } => {
                let by = new_id();
                change(&mut outcomes, stored, *old, at, |old| {
                    give_way(old, by, *since)
                });
                add(&mut outcomes, memory, by, at);
            }
            Edit::SupersedeBy { old, by, at: since } => {
                change(&mut outcomes, stored, *old, at, |old| {
                    give_way(old, *by, *since)
                });
            }
            Edit::Delete { id } => {
                change(&mut outcomes, stored, *id, at, |memory| {
                    memory.state = MemoryState::Deleted;
                });
            }
            // Upkeep proposes nothing that waits.
            Edit::Propose { .. } | Edit::Accept { .. } => {}
            // What it brings back stands in the history, which only the store has.
            Edit::Undo { .. } => {}
        }
    }
    outcomes
}

fn add(outcomes: &mut Vec<Outcome>, content: &NewMemory, id: MemoryId, at: Timestamp) {
    let after = Memory::new(id, content.clone(), at);
    outcomes.push(Outcome {
        before: None,
        after,
    });
}

fn change(
    outcomes: &mut Vec<Outcome>,
    stored: &dyn Fn(MemoryId) -> Option<Memory>,
    id: MemoryId,
    at: Timestamp,
    change: impl FnOnce(&mut Memory),
) {
    let place = outcomes.iter().position(|outcome| outcome.after.id == id);
    let place = place.or_else(|| {
        let before = stored(id)?;
        outcomes.push(Outcome {
            after: before.clone(),
            before: Some(before),
        });
        Some(outcomes.len() - 1)
    });
    if let Some(place) = place {
        let after = &mut outcomes[place].after;
        change(after);
        after.version += 1;
        after.updated_at = at;
    }
}

fn give_way(old: &mut Memory, by: MemoryId, since: Timestamp) {
    old.state = MemoryState::Superseded;
    old.valid_to = Some(since);
    old.superseded_by = Some(by);
}

fn apply(memory: &mut Memory, patch: &Patch) {
    memory.content = patch.patched(&memory.content);
    let sources = &mut memory.content.sources;
    for source in &patch.more_sources {
        if !sources.contains(source) {
            sources.push(*source);
        }
    }
    memory.pinned = patch.pinned.unwrap_or(memory.pinned);
}
