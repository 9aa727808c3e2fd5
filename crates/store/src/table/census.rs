//! How many rows each table has: what a copy says of itself, so that one that came back with less is found out.

use crate::error::Result;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Rows, by table.
pub(crate) type Census = BTreeMap<String, u64>;

/// What a profile is made of. Queues and counters are left out: opening changes them.
const TABLES: [&str; 11] = [
    "entity",
    "frame",
    "memory",
    "memory_version",
    "observation",
    "picture",
    "receipt",
    "thread",
    "tombstone",
    "turn",
    "vector",
];

/// Counts the rows.
pub(crate) fn take(connection: &Connection) -> Result<Census> {
    let count = |table: &str| -> Result<(String, u64)> {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok((table.to_owned(), rows as u64))
    };
    TABLES.into_iter().map(count).collect()
}
