//! Keyed hashes of what was forgotten: enough to recognise it when it is handed in again, useless to anyone else.

use super::setting;
use crate::{
    error::{Result, StoreError},
    keys::{Key, Keys, fingerprint},
    keyslots::{hex, unhex},
};
use afterimage_domain::{FrameId, MemoryId, Observation, ObservationId, ThreadId};
use rusqlite::{Connection, OptionalExtension};

/// Under which setting a key stands that came with the tombstones of another profile.
const CAME_ALONG: &str = "tombstone_key";

/// What names forgotten things: the profile's own key, or the one of the profile it came from, whose tombstones it took over.
pub(crate) fn key(connection: &Connection, keys: &Keys) -> Result<Key> {
    let Some(kept) = setting::get(connection, CAME_ALONG)? else {
        return Ok(keys.seal.clone());
    };
    let key = kept.as_str().and_then(unhex);
    let key = key.and_then(|key| <[u8; 32]>::try_from(key).ok());
    key.map(Key::new).ok_or(StoreError::Corrupt("database"))
}

/// Goes on with the tombstones of another profile, and with the key that names them.
pub(crate) fn keep_key(connection: &Connection, key: &Key) -> Result<()> {
    setting::set(connection, CAME_ALONG, &hex(key.as_slice()).into())
}

/// Remembers that an observation was forgotten.
pub(crate) fn bury_observation(
    connection: &Connection,
    key: &Key,
    id: ObservationId,
    external_id: Option<&str>,
) -> Result<()> {
    bury(connection, fingerprint(key, "observation", id.0.as_bytes()))?;
    match external_id {
        Some(name) => bury(connection, fingerprint(key, "external", name.as_bytes())),
        None => Ok(()),
    }
}

/// Remembers that a frame was forgotten.
pub(crate) fn bury_frame(connection: &Connection, key: &Key, id: FrameId) -> Result<()> {
    bury(connection, fingerprint(key, "frame", id.0.as_bytes()))
}

/// Remembers that a memory was forgotten: a backup may hold it.
pub(crate) fn bury_memory(connection: &Connection, key: &Key, id: MemoryId) -> Result<()> {
    bury(connection, fingerprint(key, "memory", id.0.as_bytes()))
}

/// Remembers that a conversation was forgotten: a backup may hold it.
pub(crate) fn bury_thread(connection: &Connection, key: &Key, id: ThreadId) -> Result<()> {
    bury(connection, fingerprint(key, "thread", id.0.as_bytes()))
}

/// Whether a memory was forgotten.
pub(crate) fn memory_is_buried(connection: &Connection, key: &Key, id: MemoryId) -> Result<bool> {
    is_buried(connection, fingerprint(key, "memory", id.0.as_bytes()))
}

/// Whether a conversation was forgotten.
pub(crate) fn thread_is_buried(connection: &Connection, key: &Key, id: ThreadId) -> Result<bool> {
    is_buried(connection, fingerprint(key, "thread", id.0.as_bytes()))
}

/// Whether an observation was forgotten, by its id or by the caller's own name for it.
pub(crate) fn observation_is_buried(
    connection: &Connection,
    key: &Key,
    observation: &Observation,
) -> Result<bool> {
    let by_id = fingerprint(key, "observation", observation.id.0.as_bytes());
    if is_buried(connection, by_id)? {
        return Ok(true);
    }
    match &observation.external_id {
        Some(name) => is_buried(connection, fingerprint(key, "external", name.as_bytes())),
        None => Ok(false),
    }
}

/// Whether a frame was forgotten.
pub(crate) fn frame_is_buried(connection: &Connection, key: &Key, id: FrameId) -> Result<bool> {
    is_buried(connection, fingerprint(key, "frame", id.0.as_bytes()))
}

/// All of them, to be taken over by another database of the profile.
pub(crate) fn all(connection: &Connection) -> Result<Vec<[u8; 32]>> {
    let mut statement = connection.prepare("SELECT print FROM tombstone")?;
    let prints = statement.query_map([], |row| row.get(0))?;
    Ok(prints.collect::<rusqlite::Result<_>>()?)
}

/// Takes over those of another database of the profile.
pub(crate) fn take_over(connection: &Connection, prints: &[[u8; 32]]) -> Result<()> {
    prints.iter().try_for_each(|print| bury(connection, *print))
}

fn bury(connection: &Connection, print: [u8; 32]) -> Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO tombstone (print) VALUES (?1)")?
        .execute([print])?;
    Ok(())
}

fn is_buried(connection: &Connection, print: [u8; 32]) -> Result<bool> {
    let found = connection
        .prepare_cached("SELECT 1 FROM tombstone WHERE print = ?1")?
        .query_row([print], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}
