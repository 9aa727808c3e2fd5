//! The history of memories: for each edit, who made it, when, and the memory as it was before.

use super::{
    code,
    memory::{self, MemoryRow},
};
use crate::error::Result;
use afterimage_domain::{Author, Change, Memory, MemoryId, ObservationId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// Notes an edit that made `after` out of `before`.
pub(crate) fn insert(
    connection: &Connection,
    before: Option<&MemoryRow>,
    row: i64,
    version: u32,
    author: Author,
    at: Timestamp,
) -> Result<()> {
    let image = before
        .map(|before| serde_json::to_string(&before.memory))
        .transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO memory_version (memory, version, before, secret, author, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            row,
            version,
            image,
            before.and_then(|before| before.secret.as_ref()),
            serde_json::to_string(&author)?,
            at.millis()
        ])?;
    Ok(())
}

/// The memory as it was before its last edit, with its secret; `None` when that edit made it.
pub(crate) fn before_last(
    connection: &Connection,
    row: i64,
) -> Result<Option<(Memory, Option<Vec<u8>>)>> {
    let found: Option<(Option<String>, Option<Vec<u8>>)> = connection
        .prepare_cached(
            "SELECT before, secret FROM memory_version WHERE memory = ?1 ORDER BY version DESC LIMIT 1",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        Some((Some(image), secret)) => Ok(Some((serde_json::from_str(&image)?, secret))),
        _ => Ok(None),
    }
}

/// Every change of a memory, newest first.
pub(crate) fn history(connection: &Connection, id: MemoryId) -> Result<Vec<Change>> {
    let Some(now) = memory::get(connection, id)? else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(
        "SELECT before, author, at FROM memory_version WHERE memory = ?1 ORDER BY version DESC",
    )?;
    let mut rows = statement.query([now.row])?;
    let (mut changes, mut after) = (Vec::new(), now.memory);
    while let Some(row) = rows.next()? {
        let before: Option<Memory> = row
            .get::<_, Option<String>>(0)?
            .map(|image| serde_json::from_str(&image))
            .transpose()?;
        let older = before.clone();
        changes.push(Change {
            id,
            before,
            after,
            author: serde_json::from_str(&row.get::<_, String>(1)?)?,
            at: code::time(row, 2)?,
        });
        match older {
            Some(older) => after = older,
            None => break,
        }
    }
    Ok(changes)
}

/// Takes observations out of the past of all memories: a version that rested on any of them may have their words, and goes.
pub(crate) fn scrub(connection: &Connection, gone: &HashSet<ObservationId>) -> Result<()> {
    for (row, version) in resting_on(connection, gone)? {
        delete(connection, row, version)?;
    }
    Ok(())
}

/// Whether the user typed or changed the memory in a row.
pub(crate) fn was_changed_by_user(connection: &Connection, row: i64) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT author FROM memory_version WHERE memory = ?1")?;
    let mut rows = statement.query([row])?;
    while let Some(row) = rows.next()? {
        if serde_json::from_str::<Author>(&row.get::<_, String>(0)?)? == Author::User {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Past versions with one of these sources. Reads them all: a version may name what the memory no longer does.
fn resting_on(connection: &Connection, gone: &HashSet<ObservationId>) -> Result<Vec<(i64, u32)>> {
    let mut found = Vec::new();
    if gone.is_empty() {
        return Ok(found);
    }
    let mut statement = connection.prepare_cached(
        "SELECT memory, version, before FROM memory_version WHERE before IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let memory: Memory = serde_json::from_str(&row.get::<_, String>(2)?)?;
        let mut sources = memory.content.sources.iter();
        if sources.any(|source| gone.contains(&source.observation)) {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

fn delete(connection: &Connection, row: i64, version: u32) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM memory_version WHERE memory = ?1 AND version = ?2")?
        .execute(params![row, version])?;
    Ok(())
}
