//! Full text. The tables hold no text of their own, so a row is taken out with exactly the text it was put in with:
//! both ways go through the same functions here.

use crate::{error::Result, index_text};
use afterimage_domain::{Memory, MemoryState, Observation};
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

/// Weights of a match in `text` and in `context` of an observation: as if they were one text.
pub(crate) const OBSERVATION_WEIGHTS: &str = "1.0, 1.0";

/// Weights of a match in the title and in the rest of a memory.
pub(crate) const MEMORY_WEIGHTS: &str = "2.0, 1.0";

/// Makes an observation findable.
pub(crate) fn add_observation(
    connection: &Connection,
    row: i64,
    observation: &Observation,
) -> Result<()> {
    let (text, context) = of_observation(observation);
    connection
        .prepare_cached("INSERT INTO observation_words (rowid, text, context) VALUES (?1, ?2, ?3)")?
        .execute(params![row, text, context])?;
    Ok(())
}

/// Takes it out, every trace.
pub(crate) fn remove_observation(
    connection: &Connection,
    row: i64,
    observation: &Observation,
) -> Result<()> {
    let (text, context) = of_observation(observation);
    connection
        .prepare_cached(
            "INSERT INTO observation_words (observation_words, rowid, text, context) VALUES ('delete', ?1, ?2, ?3)",
        )?
        .execute(params![row, text, context])?;
    Ok(())
}

/// Makes a memory findable; one that is not active, or of the vault, is not.
pub(crate) fn add_memory(connection: &Connection, row: i64, memory: &Memory) -> Result<()> {
    if let Some((title, body)) = of_memory(memory) {
        connection
            .prepare_cached("INSERT INTO memory_words (rowid, title, body) VALUES (?1, ?2, ?3)")?
            .execute(params![row, title, body])?;
    }
    Ok(())
}

/// Takes it out, every trace, if it was in.
pub(crate) fn remove_memory(connection: &Connection, row: i64, memory: &Memory) -> Result<()> {
    if let Some((title, body)) = of_memory(memory) {
        connection
            .prepare_cached(
                "INSERT INTO memory_words (memory_words, rowid, title, body) VALUES ('delete', ?1, ?2, ?3)",
            )?
            .execute(params![row, title, body])?;
    }
    Ok(())
}

/// Empties both tables.
pub(crate) fn clear(connection: &Connection) -> Result<()> {
    for table in ["observation_words", "memory_words"] {
        connection.execute(
            &format!("INSERT INTO {table} ({table}) VALUES ('delete-all')"),
            [],
        )?;
    }
    Ok(())
}

/// How many documents of a table match.
pub(crate) fn count(connection: &Connection, table: &str, expression: &str) -> Result<u64> {
    let found: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM {table} WHERE {table} MATCH ?1"
        ))?
        .query_row([expression], |row| row.get(0))?;
    Ok(found as u64)
}

/// The words, and what [`Observation::searchable`] puts before them: who or where, and the day. The zone is always UTC: a row is taken out
/// with what it was put in with, wherever the user has travelled since.
fn of_observation(observation: &Observation) -> (String, String) {
    let searchable = observation.searchable(&TimeZone::UTC);
    let context = searchable
        .strip_suffix(&observation.text)
        .unwrap_or_default();
    (
        index_text::for_document(&observation.text),
        index_text::for_document(context),
    )
}

fn of_memory(memory: &Memory) -> Option<(String, String)> {
    if memory.state != MemoryState::Active {
        return None;
    }
    let body = memory.content.searchable()?;
    Some((
        index_text::for_document(&memory.content.title),
        index_text::for_document(&body),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{fact, line};
    use afterimage_domain::{Memory, MemoryId, Timestamp};

    #[test]
    fn what_is_indexed_changes_only_together_with_its_version() {
        let indexed = of_observation(&line(1, "東京 at noon"));
        let (text, context) = (" 東京 京  at noon", "Ann, 14 November 2023, Tuesday: ");
        assert_eq!(indexed, (text.into(), context.into()));
        let memory = Memory {
            id: MemoryId(uuid::Uuid::nil()),
            content: fact("Title", "Details", &[]),
            state: MemoryState::Active,
            valid_to: None,
            superseded_by: None,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            pinned: false,
            access_count: 0,
        };
        let body = "Title\nDetails\nsubject\ntag";
        assert_eq!(of_memory(&memory), Some(("Title".into(), body.into())));
        assert_eq!(index_text::VERSION, 1, "raise it when one of these changes");
    }
}
