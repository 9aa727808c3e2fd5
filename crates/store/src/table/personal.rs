//! Of which kinds a text holds personal details: bits in a column of its row, `NULL` while nobody has looked.

use super::code::{self, Code};
use crate::{
    error::Result,
    types::{Details, DocRef},
};
use afterimage_domain::{Detail, MemoryId, ObservationId};
use rusqlite::{Connection, OptionalExtension, params};

/// Documents that nobody has looked at, newest first, memories before observations.
pub(crate) fn unread(connection: &Connection, limit: usize) -> Result<Vec<DocRef>> {
    let mut docs = ids(connection, "memory", limit)?
        .map(|id| DocRef::Memory(MemoryId(id)))
        .collect::<Vec<_>>();
    let rest = limit - docs.len();
    docs.extend(
        ids(connection, "observation", rest)?.map(|id| DocRef::Observation(ObservationId(id))),
    );
    Ok(docs)
}

fn ids(
    connection: &Connection,
    table: &str,
    limit: usize,
) -> Result<impl Iterator<Item = uuid::Uuid>> {
    let sql = format!("SELECT id FROM {table} WHERE personal IS NULL ORDER BY row DESC LIMIT ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([limit as i64], |row| code::uuid(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter())
}

/// The kinds in a document; `None` when it is gone or nobody has looked.
pub(crate) fn details(connection: &Connection, doc: DocRef) -> Result<Option<Details>> {
    let (table, id) = place(doc);
    let sql = format!("SELECT personal FROM {table} WHERE id = ?1");
    let found: Option<Option<i64>> = connection
        .prepare_cached(&sql)?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.flatten().map(of_bits))
}

/// Notes the kinds in a document, if it still is of the version that was looked at; observations have but one.
pub(crate) fn note(
    connection: &Connection,
    doc: DocRef,
    version: u32,
    details: &Details,
) -> Result<()> {
    let (table, id) = place(doc);
    let sql = match doc {
        DocRef::Memory(_) => {
            format!("UPDATE {table} SET personal = ?2 WHERE id = ?1 AND version = ?3")
        }
        DocRef::Observation(_) => {
            format!("UPDATE {table} SET personal = ?2 WHERE id = ?1 AND ?3 IS NOT NULL")
        }
    };
    connection
        .prepare_cached(&sql)?
        .execute(params![id.as_bytes(), bits(details), version])?;
    Ok(())
}

fn place(doc: DocRef) -> (&'static str, uuid::Uuid) {
    match doc {
        DocRef::Memory(id) => ("memory", id.0),
        DocRef::Observation(id) => ("observation", id.0),
    }
}

/// The bits of some kinds.
pub(crate) fn bits<'a>(details: impl IntoIterator<Item = &'a Detail>) -> i64 {
    details
        .into_iter()
        .fold(0, |bits, detail| bits | 1 << detail.code())
}

fn of_bits(bits: i64) -> Details {
    let is_set = |detail: &Detail| bits & (1 << detail.code()) != 0;
    Detail::ALL.into_iter().filter(is_set).collect()
}
