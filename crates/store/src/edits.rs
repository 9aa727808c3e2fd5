//! Applying edits to memories: vetting, the change itself, its history, its words, its vectors.
//!
//! An edit is vetted whole before anything is written; a refused one leaves no trace.

use crate::{
    error::Result,
    table::{
        job,
        link::{self, Doc},
        memory::{self, MemoryRow},
        memory_version, observation, vector, words,
    },
    txn::Txn,
    types::{Applied, DocRef, JobKind, Refusal},
};
use afterimage_domain::{
    Author, Body, Change, Edit, JobId, Kind, Linked, Links, Memory, MemoryId, MemoryState,
    NewMemory, Patch, Source, Timestamp, Trust,
};

/// How long a memory waits for the user's yes, in seconds: 30 days.
const WAITS_S: i64 = 30 * 86_400;
/// Memories that wait at a time.
const MOST_WAITING: u32 = 500;

/// The outer result is about the store, the inner about the edit.
type Vetted<T> = Result<std::result::Result<T, Refusal>>;

/// Gives up on an edit that was refused.
macro_rules! vetted {
    ($result:expr) => {
        match $result? {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
}

/// Applies edits in order, with the links of what they make. Those refused are returned with the reason; their links are dropped.
pub(crate) fn apply(
    txn: &mut Txn<'_>,
    edits: &[Edit],
    links: &[Links],
    author: Author,
    at: Timestamp,
) -> Result<Applied> {
    let mut applied = Applied::default();
    for (place, edit) in edits.iter().enumerate() {
        match apply_one(txn, edit, author, at)? {
            Ok(changes) => {
                // A supersession makes its new memory last.
                let made = changes.last().map(|change| change.id);
                let mut own = links.iter().filter(|links| links.of == Linked::Edit(place));
                if let (Some(id), Some(links)) = (made, own.next()) {
                    link_memory(txn, id, links, at)?;
                }
                applied.changes.extend(changes);
            }
            Err(refusal) => applied.refused.push((edit.clone(), refusal)),
        }
    }
    for links in links {
        if let Linked::Observation(id) = links.of
            && let Some(row) = observation::row_of(txn, id)?
        {
            link::put(txn, txn.entropy, Doc::Observation(row), links, at)?;
        }
    }
    if !links.is_empty() {
        link::delete_unmentioned(txn)?;
    }
    Ok(applied)
}

/// The vault names nobody to anybody.
fn link_memory(txn: &Txn<'_>, id: MemoryId, links: &Links, at: Timestamp) -> Result<()> {
    match memory::get(txn, id)? {
        Some(row) if row.memory.kind() != Kind::Vault => {
            link::put(txn, txn.entropy, Doc::Memory(row.row), links, at)
        }
        _ => Ok(()),
    }
}

fn apply_one(txn: &mut Txn<'_>, edit: &Edit, author: Author, at: Timestamp) -> Vetted<Vec<Change>> {
    let one = |change: std::result::Result<Change, Refusal>| change.map(|change| vec![change]);
    match edit {
        Edit::Add { memory } => add(txn, memory, author, at).map(one),
        Edit::Propose { memory } => propose(txn, memory, author, at).map(one),
        Edit::Accept { id } => accept(txn, *id, author, at).map(one),
        Edit::Update { id, patch } => update(txn, *id, patch, author, at).map(one),
        Edit::Supersede {
            old,
            memory,
            at: since,
        } => supersede(txn, *old, memory, *since, author, at),
        Edit::SupersedeBy { old, by, at: since } => {
            supersede_by(txn, *old, *by, *since, author, at).map(one)
        }
        Edit::Delete { id } => delete(txn, *id, author, at).map(one),
        Edit::Undo { id } => undo(txn, *id, author, at).map(one),
    }
}

fn add(txn: &mut Txn<'_>, new: &NewMemory, author: Author, at: Timestamp) -> Vetted<Change> {
    let content = vetted!(vet(txn, new, author));
    insert(txn, content, MemoryState::Active, author, at).map(Ok)
}

/// Keeps a memory that waits for the user's yes. What waited too long makes room, so that what is on screens cannot fill the database.
fn propose(txn: &mut Txn<'_>, new: &NewMemory, author: Author, at: Timestamp) -> Vetted<Change> {
    let content = vetted!(supportable(txn, new, author));
    if content.body.kind() == Kind::Vault {
        return Ok(Err(Refusal::Trust));
    }
    memory::let_go_waiting(txn, at.plus_seconds(-WAITS_S))?;
    let is_known = memory::is_known(txn, content.body.kind(), &content.title)?;
    if is_known || memory::count_waiting(txn)? >= MOST_WAITING {
        return Ok(Err(Refusal::NotAsked));
    }
    insert(txn, content, MemoryState::Waiting, author, at).map(Ok)
}

/// Only the user says yes, and what he says yes to he vouches for.
fn accept(txn: &mut Txn<'_>, id: MemoryId, author: Author, at: Timestamp) -> Vetted<Change> {
    let found = memory::get(txn, id)?;
    let waiting = found.filter(|row| row.memory.state == MemoryState::Waiting);
    let Some(before) = waiting else {
        return Ok(Err(Refusal::NoSuchMemory));
    };
    if author != Author::User {
        return Ok(Err(Refusal::Trust));
    }
    let mut after = before.clone();
    after.memory.state = MemoryState::Active;
    after.memory.content.trust = Trust::User;
    change(txn, before, after, author, at).map(Ok)
}

fn update(
    txn: &mut Txn<'_>,
    id: MemoryId,
    patch: &Patch,
    author: Author,
    at: Timestamp,
) -> Vetted<Change> {
    let before = vetted!(active(txn, id));
    let mut content = vetted!(patched(&before.memory.content, patch));
    let more = supported(txn, &patch.more_sources)?;
    let rewrites = patch.title.is_some() || patch.details.is_some() || patch.body.is_some();
    if author != Author::User {
        if (rewrites && more.is_empty()) || has_lost(txn, &patch.more_sources)? {
            return Ok(Err(Refusal::NoSource));
        }
        let trust = Trust::of_sources(more.iter().map(|(_, trust)| *trust));
        if rewrites && trust < content.trust {
            return Ok(Err(Refusal::Trust));
        }
        if !more.is_empty() {
            content.trust = content.trust.min(trust);
        }
        if !content.trust.may_become(content.body.kind()) {
            return Ok(Err(Refusal::Trust));
        }
    }
    for (source, _) in more {
        if !content.sources.contains(&source) {
            content.sources.push(source);
        }
    }
    let secret = take_secret(&mut content.body);
    let mut after = before.clone();
    after.memory.pinned = patch.pinned.unwrap_or(before.memory.pinned);
    after.memory.content = content;
    if let Some(secret) = secret {
        after.secret = Some(seal(txn, id, before.memory.version + 1, &secret)?);
    }
    change(txn, before, after, author, at).map(Ok)
}

fn supersede(
    txn: &mut Txn<'_>,
    old: MemoryId,
    new: &NewMemory,
    since: Timestamp,
    author: Author,
    at: Timestamp,
) -> Vetted<Vec<Change>> {
    let before = vetted!(active(txn, old));
    let content = vetted!(vet(txn, new, author));
    // Otherwise a web page could overrule what the user said.
    if content.trust < before.memory.content.trust {
        return Ok(Err(Refusal::Trust));
    }
    let added = insert(txn, content, MemoryState::Active, author, at)?;
    let replaced = give_way(txn, before, added.id, since, author, at)?;
    Ok(Ok(vec![replaced, added]))
}

fn supersede_by(
    txn: &mut Txn<'_>,
    old: MemoryId,
    by: MemoryId,
    since: Timestamp,
    author: Author,
    at: Timestamp,
) -> Vetted<Change> {
    let before = vetted!(active(txn, old));
    let holds = vetted!(active(txn, by)).memory;
    if old == by {
        return Ok(Err(Refusal::NoSuchMemory));
    }
    if holds.kind() != before.memory.kind() {
        return Ok(Err(Refusal::OtherKind));
    }
    if author != Author::User && holds.content.trust < before.memory.content.trust {
        return Ok(Err(Refusal::Trust));
    }
    give_way(txn, before, by, since, author, at).map(Ok)
}

/// Keeps a memory as one that held until `since`.
fn give_way(
    txn: &mut Txn<'_>,
    before: MemoryRow,
    by: MemoryId,
    since: Timestamp,
    author: Author,
    at: Timestamp,
) -> Result<Change> {
    let mut after = before.clone();
    after.memory.state = MemoryState::Superseded;
    after.memory.valid_to = Some(since);
    after.memory.superseded_by = Some(by);
    change(txn, before, after, author, at)
}

fn delete(txn: &mut Txn<'_>, id: MemoryId, author: Author, at: Timestamp) -> Vetted<Change> {
    let Some(before) = memory::get(txn, id)? else {
        return Ok(Err(Refusal::NoSuchMemory));
    };
    if before.memory.state == MemoryState::Deleted {
        return Ok(Err(Refusal::NoSuchMemory));
    }
    if author != Author::User && before.memory.content.trust == Trust::User {
        return Ok(Err(Refusal::Trust));
    }
    let mut after = before.clone();
    after.memory.state = MemoryState::Deleted;
    change(txn, before, after, author, at).map(Ok)
}

fn undo(txn: &mut Txn<'_>, id: MemoryId, author: Author, at: Timestamp) -> Vetted<Change> {
    let Some(before) = memory::get(txn, id)? else {
        return Ok(Err(Refusal::NoSuchMemory));
    };
    let Some((image, secret)) = memory_version::before_last(txn, before.row)? else {
        return Ok(Err(Refusal::NothingToUndo));
    };
    let mut after = before.clone();
    after.secret = secret;
    after.memory = Memory {
        version: before.memory.version,
        access_count: before.memory.access_count,
        ..image
    };
    change(txn, before, after, author, at).map(Ok)
}

/// A memory that may be made as it stands: with a title, resting on words that exist, of a kind its sources may become.
fn vet(txn: &Txn<'_>, new: &NewMemory, author: Author) -> Vetted<NewMemory> {
    let content = vetted!(supportable(txn, new, author));
    if !content.trust.may_become(content.body.kind()) {
        return Ok(Err(Refusal::Trust));
    }
    Ok(Ok(content))
}

/// A memory with a title and the sources that exist, with the trust they give it.
fn supportable(txn: &Txn<'_>, new: &NewMemory, author: Author) -> Vetted<NewMemory> {
    if new.title.trim().is_empty() {
        return Ok(Err(Refusal::NoTitle));
    }
    let supported = supported(txn, &new.sources)?;
    let trust = match author {
        Author::User => Trust::User,
        Author::Mind { .. } | Author::Upkeep | Author::Client { .. }
            if supported.is_empty() || has_lost(txn, &new.sources)? =>
        {
            return Ok(Err(Refusal::NoSource));
        }
        Author::Mind { .. } | Author::Upkeep | Author::Client { .. } => {
            Trust::of_sources(supported.iter().map(|(_, trust)| *trust).chain([new.trust]))
        }
    };
    Ok(Ok(NewMemory {
        sources: supported.into_iter().map(|(source, _)| source).collect(),
        trust,
        ..new.clone()
    }))
}

fn active(txn: &Txn<'_>, id: MemoryId) -> Vetted<MemoryRow> {
    let found = memory::get(txn, id)?;
    Ok(found
        .filter(|row| row.memory.state == MemoryState::Active)
        .ok_or(Refusal::NoSuchMemory))
}

/// The sources that exist, with the trust of each.
fn supported(txn: &Txn<'_>, sources: &[Source]) -> Result<Vec<(Source, Trust)>> {
    let mut supported: Vec<(Source, Trust)> = Vec::new();
    for source in sources {
        let known = supported.iter().any(|(known, _)| known == source);
        if let (Some((_, trust)), false) = (
            observation::support(txn, source.observation, source.span)?,
            known,
        ) {
            supported.push((*source, trust));
        }
    }
    Ok(supported)
}

/// Whether a source is gone: then words of something forgotten may be in what rests on it.
fn has_lost(txn: &Txn<'_>, sources: &[Source]) -> Result<bool> {
    for source in sources {
        if observation::row_of(txn, source.observation)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same of any source that these edits name.
pub(crate) fn have_lost(txn: &Txn<'_>, edits: &[Edit]) -> Result<bool> {
    for edit in edits {
        let sources = match edit {
            Edit::Add { memory } | Edit::Propose { memory } | Edit::Supersede { memory, .. } => {
                &memory.sources
            }
            Edit::Update { patch, .. } => &patch.more_sources,
            _ => continue,
        };
        if has_lost(txn, sources)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn patched(content: &NewMemory, patch: &Patch) -> Vetted<NewMemory> {
    let patched = patch.patched(content);
    if patched.body.kind() != content.body.kind() {
        return Ok(Err(Refusal::OtherKind));
    }
    if patched.title.trim().is_empty() {
        return Ok(Err(Refusal::NoTitle));
    }
    Ok(Ok(patched))
}

/// Stores a new memory.
fn insert(
    txn: &mut Txn<'_>,
    mut content: NewMemory,
    state: MemoryState,
    author: Author,
    at: Timestamp,
) -> Result<Change> {
    let id = MemoryId(txn.entropy.id(at));
    let secret = take_secret(&mut content.body);
    let memory = Memory {
        state,
        ..Memory::new(id, content, at)
    };
    let new = MemoryRow {
        row: 0,
        secret: secret.map(|secret| seal(txn, id, 1, &secret)).transpose()?,
        memory,
    };
    let row = memory::insert(txn, &new)?;
    memory_version::insert(txn, None, row, 1, author, at)?;
    words::add_memory(txn, row, &new.memory)?;
    queue_embedding(txn, &new.memory, at)?;
    Ok(Change {
        id,
        before: None,
        after: new.memory,
        author,
        at,
    })
}

/// Makes `after` out of `before`: the next version.
fn change(
    txn: &mut Txn<'_>,
    before: MemoryRow,
    mut after: MemoryRow,
    author: Author,
    at: Timestamp,
) -> Result<Change> {
    after.memory.version = before.memory.version + 1;
    after.memory.updated_at = at;
    let version = after.memory.version;
    memory_version::insert(txn, Some(&before), before.row, version, author, at)?;
    words::remove_memory(txn, before.row, &before.memory)?;
    memory::update(txn, &after)?;
    words::add_memory(txn, before.row, &after.memory)?;
    let same_text = before.memory.content.searchable() == after.memory.content.searchable();
    if !same_text {
        link::clear(txn, Doc::Memory(before.row))?;
        link::delete_unmentioned(txn)?;
    }
    if !same_text || before.memory.state != after.memory.state {
        vector::delete_of(txn, -before.row)?;
        txn.after.docs_gone.insert(-before.row);
        queue_embedding(txn, &after.memory, at)?;
    }
    // Read again, because sources that are gone were left out.
    let after = memory::get_row(txn, before.row)?.map_or(after.memory, |row| row.memory);
    Ok(Change {
        id: after.id,
        before: Some(before.memory),
        after,
        author,
        at,
    })
}

/// The vault has no vectors, and what is not active needs none.
fn queue_embedding(txn: &Txn<'_>, memory: &Memory, at: Timestamp) -> Result<()> {
    if memory.kind() == Kind::Vault || memory.state != MemoryState::Active {
        return Ok(());
    }
    let id = JobId(txn.entropy.id(at));
    let docs = [DocRef::Memory(memory.id)];
    job::enqueue(txn, id, JobKind::Embed, &docs, memory.version, at)
}

/// Takes the secret out of a body; `None` when there is none.
fn take_secret(body: &mut Body) -> Option<zeroize::Zeroizing<String>> {
    match body {
        Body::Vault { secret, .. } if !secret.is_empty() => {
            Some(zeroize::Zeroizing::new(std::mem::take(secret)))
        }
        _ => None,
    }
}

fn seal(txn: &Txn<'_>, id: MemoryId, version: u32, secret: &str) -> Result<Vec<u8>> {
    txn.vault.seal(id, version, secret, txn.entropy)
}
