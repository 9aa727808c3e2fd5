//! Counters.

use crate::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Commits so far.
pub(crate) const SEQUENCE: &str = "sequence";
/// Raised whenever something was forgotten, so that an older index snapshot is not believed.
pub(crate) const INDEX_GENERATION: &str = "index_generation";
/// The version of the indexed form of text the word tables were filled with.
pub(crate) const INDEX_TEXT: &str = "index_text";

/// The newest generation of the key file that the database was opened with.
pub(crate) const KEY_FILE: &str = "key_file";
/// 1 when the vault's secrets are sealed with its own key.
pub(crate) const VAULT: &str = "vault";

/// A counter; 0 when it was never set.
pub(crate) fn get(connection: &Connection, key: &str) -> Result<i64> {
    let value = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(value.unwrap_or(0))
}

/// Sets a counter.
pub(crate) fn set(connection: &Connection, key: &str, value: i64) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![key, value])?;
    Ok(())
}

/// Adds one; returns the new value.
pub(crate) fn raise(connection: &Connection, key: &str) -> Result<i64> {
    let value = get(connection, key)? + 1;
    set(connection, key, value)?;
    Ok(value)
}
