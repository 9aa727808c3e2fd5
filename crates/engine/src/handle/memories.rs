//! The memories, and what the user does to them. Every change is kept in their history.

use crate::{
    api::{Code, Failure, Response},
    clock,
    engine::Engine,
    linking::links,
    task::Task,
    translate,
};
use afterimage_domain::{
    Edit, Kind, Memory, MemoryId, MemoryState, NewMemory, ObservationId, Patch, Raw, Trust,
};
use afterimage_mind::redact::Rules;
use afterimage_store::{DocRef, MemoryPage, Refusal};

/// Memories of one page.
const MOST: u32 = 200;
/// Entities of one picture; more cannot be told apart.
const MOST_ENTITIES: u32 = 100;

pub fn list(
    engine: &Engine,
    kind: Option<Kind>,
    text: Option<String>,
    offset: u32,
    limit: u32,
) -> Result<Response, Failure> {
    let text = text.filter(|text| !text.trim().is_empty());
    let page = MemoryPage {
        kind,
        text,
        offset,
        limit: limit.min(MOST),
        bounds: None,
    };
    let (memories, total) = engine.readers.begin()?.memories(&page)?;
    Ok(Response::Memories {
        memories,
        total,
        from: vec![],
    })
}

pub fn one(engine: &Engine, id: MemoryId) -> Result<Response, Failure> {
    let view = engine.readers.begin()?;
    let memory = view
        .memory(id)?
        .ok_or_else(|| Failure::not_found("memory"))?;
    let sources = view.observations(&source_ids(&memory))?;
    let details = view.details(DocRef::Memory(id))?.unwrap_or_default();
    Ok(Response::Memory {
        memory,
        sources,
        details: details.into_iter().collect(),
    })
}

pub fn add(engine: &Engine, memory: NewMemory) -> Result<Response, Failure> {
    let memory = NewMemory {
        trust: Trust::User,
        ..memory
    };
    apply(engine, Edit::Add { memory })
}

pub fn edit(engine: &Engine, id: MemoryId, patch: Patch) -> Result<Response, Failure> {
    apply(engine, Edit::Update { id, patch })
}

pub fn delete(engine: &Engine, id: MemoryId) -> Result<Response, Failure> {
    apply(engine, Edit::Delete { id }).map(|_| Response::Done)
}

pub fn undo(engine: &Engine, id: MemoryId) -> Result<Response, Failure> {
    apply(engine, Edit::Undo { id })
}

pub fn history(engine: &Engine, id: MemoryId) -> Result<Response, Failure> {
    let changes = engine.readers.begin()?.history(id)?;
    match changes.is_empty() {
        true => Err(Failure::not_found("memory")),
        false => Ok(Response::History { changes }),
    }
}

pub fn graph(engine: &Engine, around: Option<String>, limit: u32) -> Result<Response, Failure> {
    let around = around.filter(|name| !name.trim().is_empty());
    let limit = limit.clamp(1, MOST_ENTITIES) as usize;
    let graph = engine.readers.begin()?.graph(around.as_deref(), limit)?;
    let graph = graph.ok_or_else(|| Failure::not_found("person or project"))?;
    Ok(Response::Graph {
        graph: translate::graph(graph),
    })
}

pub fn reveal(engine: &Engine, id: MemoryId) -> Result<Response, Failure> {
    if engine.board.is_vault_due(clock::since_boot()) {
        engine.readers.close_vault();
    }
    let view = engine.readers.begin()?;
    let memory = view
        .memory(id)?
        .filter(|memory| memory.state == MemoryState::Active);
    match memory.map(|memory| memory.kind()) {
        Some(Kind::Vault) => Ok(Response::Secret {
            secret: view.secret(id)?.to_string(),
        }),
        Some(_) => Err(Failure::bad_request("Only vault entries have a secret.")),
        None => Err(Failure::not_found("vault entry")),
    }
}

/// Applies one edit of the user's and returns the memory as it is now.
fn apply(engine: &Engine, edit: Edit) -> Result<Response, Failure> {
    let edits = Raw::new(vec![edit]).clean(&Rules);
    let links = links(&engine.readers.begin()?, &edits)?;
    let mut applied = engine.to_writer.ask(|reply| Task::Apply {
        edits,
        links,
        reply,
    })?;
    if let Some((_, refusal)) = applied.refused.pop() {
        return Err(refused(refusal));
    }
    let change = applied
        .changes
        .pop()
        .ok_or_else(|| Failure::not_found("memory"))?;
    one(engine, change.id)
}

/// Why an edit was not applied, in words.
pub(super) fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NoSuchMemory => Failure::not_found("memory"),
        Refusal::Trust => {
            Failure::bad_request("Text of this origin may not become a memory of this kind.")
        }
        Refusal::NoSource => Failure::bad_request(
            "A source of the memory does not exist or does not hold those words.",
        ),
        Refusal::OtherKind => {
            Failure::bad_request("A memory keeps its kind. Delete it and add another instead.")
        }
        Refusal::NothingToUndo => Failure::new(
            Code::Conflict,
            "There is no earlier version of this memory.",
        ),
        Refusal::NotAsked => Failure::new(Code::Conflict, "This waits for a decision already."),
        Refusal::NoTitle => Failure::bad_request("A memory needs a title."),
    }
}

/// The observations a memory rests on.
pub(super) fn source_ids(memory: &Memory) -> Vec<ObservationId> {
    let mut ids: Vec<_> = memory
        .content
        .sources
        .iter()
        .map(|source| source.observation)
        .collect();
    ids.dedup();
    ids
}
