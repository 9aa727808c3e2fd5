//! The access log: one line a day, program and request.

use super::code;
use crate::error::Result;
use afterimage_domain::{AccessLine, ClientId, Timestamp};
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Adds a line's numbers to those of its day, program and request.
pub(crate) fn add(connection: &Connection, line: &AccessLine) -> Result<()> {
    let client = line.client.map(|id| id.0.as_bytes().to_vec());
    connection
        .prepare_cached(
            "INSERT INTO access (day, client, reader, request, asked, refused, items, first, last)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (day, client, reader, request) DO UPDATE SET
             asked = asked + excluded.asked, refused = refused + excluded.refused, items = items + excluded.items,
             first = min(first, excluded.first), last = max(last, excluded.last)",
        )?
        .execute(params![
            line.day.millis(),
            client.unwrap_or_default(),
            line.reader,
            line.request,
            line.asked,
            line.refused,
            line.items,
            line.first.millis(),
            line.last.millis(),
        ])?;
    Ok(())
}

/// Lines of days since `moment`, newest day first, then by when they were last asked.
pub(crate) fn since(connection: &Connection, moment: Timestamp) -> Result<Vec<AccessLine>> {
    let mut statement = connection.prepare_cached(
        "SELECT day, client, reader, request, asked, refused, items, first, last FROM access
         WHERE day >= ?1 ORDER BY day DESC, last DESC, reader, request",
    )?;
    let rows = statement.query_map([moment.millis()], |row| {
        let client: Vec<u8> = row.get(1)?;
        Ok(AccessLine {
            day: code::time(row, 0)?,
            client: Uuid::from_slice(&client).ok().map(ClientId),
            reader: row.get(2)?,
            request: row.get(3)?,
            asked: row.get(4)?,
            refused: row.get(5)?,
            items: row.get(6)?,
            first: code::time(row, 7)?,
            last: code::time(row, 8)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lets go of days before `moment`.
pub(crate) fn delete_before(connection: &Connection, moment: Timestamp) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM access WHERE day < ?1")?
        .execute([moment.millis()])?;
    Ok(())
}
