//! Memories that wait for the user's yes, because text of their origin may not become one of their kind by itself.

use super::memories::source_ids;
use crate::{
    api::{Failure, Response, Waiting},
    engine::Engine,
    linking::links,
    task::Task,
};
use afterimage_domain::{Edit, Memory, MemoryId, MemoryState, Raw};
use afterimage_mind::{absorb::learned_from, redact::Rules};
use afterimage_store::ReadTxn;

/// Memories of one page, or decided on at once.
const MOST: usize = 200;

pub fn waiting(engine: &Engine, offset: u32, limit: u32) -> Result<Response, Failure> {
    let view = engine.readers.begin()?;
    let (memories, total) = view.waiting(offset, limit.min(MOST as u32))?;
    let waiting = memories
        .into_iter()
        .map(|memory| with_sources(&view, memory));
    Ok(Response::Quarantine {
        waiting: waiting.collect::<Result<_, Failure>>()?,
        total,
    })
}

/// What was decided on meanwhile is passed over.
pub fn decide(engine: &Engine, ids: &[MemoryId], keep: bool) -> Result<Response, Failure> {
    if ids.len() > MOST {
        return Err(Failure::bad_request(format!(
            "Decide on at most {MOST} memories at once."
        )));
    }
    let view = engine.readers.begin()?;
    let mut edits = vec![];
    for id in ids {
        let memory = view.memory(*id)?;
        if memory.is_some_and(|memory| memory.state == MemoryState::Waiting) {
            edits.push(match keep {
                true => Edit::Accept { id: *id },
                false => Edit::Delete { id: *id },
            });
        }
    }
    let edits = Raw::new(edits).clean(&Rules);
    let links = links(&view, &edits)?;
    drop(view);
    engine.to_writer.ask(|reply| Task::Apply {
        edits,
        links,
        reply,
    })?;
    Ok(Response::Done)
}

fn with_sources(view: &ReadTxn<'_>, memory: Memory) -> Result<Waiting, Failure> {
    let sources = view.observations(&source_ids(&memory))?;
    Ok(Waiting {
        from: sources
            .first()
            .map_or_else(String::new, |source| learned_from(&source.origin)),
        memory,
        sources,
    })
}
