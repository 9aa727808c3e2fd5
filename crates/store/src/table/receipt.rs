//! Proofs that something was forgotten. They hold numbers and words of ours, never content.

use super::code;
use crate::{
    error::Result,
    types::{ForgetCounts, Receipt},
};
use afterimage_domain::ReceiptId;
use rusqlite::{Connection, params};

/// Keeps a receipt.
pub(crate) fn insert(connection: &Connection, receipt: &Receipt) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO receipt (id, at, what, counts) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            receipt.id.0.as_bytes(),
            receipt.at.millis(),
            receipt.what,
            serde_json::to_string(&receipt.counts)?
        ])?;
    Ok(())
}

/// Newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Receipt>> {
    let mut statement =
        connection.prepare_cached("SELECT id, at, what, counts FROM receipt ORDER BY row DESC")?;
    let rows = statement.query_map([], |row| {
        Ok((
            ReceiptId(code::uuid(row, 0)?),
            code::time(row, 1)?,
            row.get(2)?,
            row.get::<_, String>(3)?,
        ))
    })?;
    rows.map(|row| {
        let (id, at, what, counts) = row?;
        let counts: ForgetCounts = serde_json::from_str(&counts)?;
        Ok(Receipt {
            id,
            at,
            what,
            counts,
        })
    })
    .collect()
}
