//! Conversations of the assistant chat. A turn is an observation; the assistant's carries its answer.

use super::code;
use crate::{
    error::{Result, StoreError},
    types::{Thread, Turn},
};
use afterimage_domain::{Answer, ObservationId, ThreadId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Begins a conversation; one that exists stays as it is.
pub(crate) fn insert(
    connection: &Connection,
    id: ThreadId,
    title: &str,
    at: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO thread (id, title, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)",
        )?
        .execute(params![id.0.as_bytes(), title, at.millis()])?;
    Ok(())
}

/// Names it.
pub(crate) fn rename(connection: &Connection, id: ThreadId, title: &str) -> Result<()> {
    let changed = connection
        .prepare_cached("UPDATE thread SET title = ?2 WHERE id = ?1")?
        .execute(params![id.0.as_bytes(), title])?;
    match changed {
        0 => Err(StoreError::NotFound("conversation")),
        _ => Ok(()),
    }
}

/// The row of an id.
pub(crate) fn row_of(connection: &Connection, id: ThreadId) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT row FROM thread WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Every conversation, with its row.
pub(crate) fn ids(connection: &Connection) -> Result<Vec<(i64, ThreadId)>> {
    let mut statement = connection.prepare_cached("SELECT row, id FROM thread")?;
    let ids = statement.query_map([], |row| Ok((row.get(0)?, ThreadId(code::uuid(row, 1)?))))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Makes an observation a turn of a conversation.
pub(crate) fn add_turn(
    connection: &Connection,
    thread: i64,
    observation: i64,
    answer: Option<&Answer>,
    at: Timestamp,
) -> Result<()> {
    let answer = answer.map(serde_json::to_string).transpose()?;
    connection
        .prepare_cached("INSERT INTO turn (observation, thread, answer) VALUES (?1, ?2, ?3)")?
        .execute(params![observation, thread, answer])?;
    connection
        .prepare_cached("UPDATE thread SET updated_at = max(updated_at, ?2) WHERE row = ?1")?
        .execute(params![thread, at.millis()])?;
    Ok(())
}

/// Newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Thread>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, title, created_at, updated_at FROM thread ORDER BY updated_at DESC, row DESC",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Thread {
            id: ThreadId(code::uuid(row, 0)?),
            title: row.get(1)?,
            created_at: code::time(row, 2)?,
            updated_at: code::time(row, 3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Oldest first.
pub(crate) fn turns(connection: &Connection, thread: ThreadId) -> Result<Vec<Turn>> {
    let mut statement = connection.prepare_cached(
        "SELECT o.id, o.at, o.text, t.answer
         FROM turn t JOIN observation o ON o.row = t.observation JOIN thread h ON h.row = t.thread
         WHERE h.id = ?1 ORDER BY o.at, o.row",
    )?;
    let rows = statement.query_map([thread.0.as_bytes()], |row| {
        Ok((
            ObservationId(code::uuid(row, 0)?),
            code::time(row, 1)?,
            row.get(2)?,
            row.get::<_, Option<String>>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (observation, at, text, answer) = row?;
        let answer = answer.map(|text| serde_json::from_str(&text)).transpose()?;
        Ok(Turn {
            observation,
            at,
            text,
            answer,
        })
    })
    .collect()
}

/// Every answer with the row of its observation.
pub(crate) fn answers(connection: &Connection) -> Result<Vec<(i64, Answer)>> {
    let mut statement = connection
        .prepare_cached("SELECT observation, answer FROM turn WHERE answer IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (observation, answer) = row?;
        Ok((observation, serde_json::from_str(&answer)?))
    })
    .collect()
}

/// Replaces an answer.
pub(crate) fn set_answer(connection: &Connection, observation: i64, answer: &Answer) -> Result<()> {
    connection
        .prepare_cached("UPDATE turn SET answer = ?2 WHERE observation = ?1")?
        .execute(params![observation, serde_json::to_string(answer)?])?;
    Ok(())
}

/// Whether an observation is a turn.
pub(crate) fn is_turn(connection: &Connection, observation: i64) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM turn WHERE observation = ?1")?
        .query_row([observation], |_| Ok(()))
        .optional()?
        .is_some())
}

/// Every conversation that has turns, with the rows of these, oldest first.
pub(crate) fn with_turns(connection: &Connection) -> Result<Vec<(i64, Vec<i64>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT t.thread, t.observation FROM turn t JOIN observation o ON o.row = t.observation
         ORDER BY t.thread, o.at, o.row",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut threads: Vec<(i64, Vec<i64>)> = Vec::new();
    for row in rows {
        let (thread, turn): (i64, i64) = row?;
        match threads.last_mut().filter(|(last, _)| *last == thread) {
            Some((_, turns)) => turns.push(turn),
            None => threads.push((thread, vec![turn])),
        }
    }
    Ok(threads)
}

/// Takes its name from a conversation.
pub(crate) fn unname(connection: &Connection, row: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE thread SET title = 'Conversation' WHERE row = ?1")?
        .execute([row])?;
    Ok(())
}

/// Deletes a conversation; its turns must be gone already.
pub(crate) fn delete(connection: &Connection, row: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM thread WHERE row = ?1")?
        .execute([row])?;
    Ok(())
}
