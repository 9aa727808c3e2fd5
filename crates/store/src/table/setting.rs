//! Settings: JSON by name. The engine gives them meaning.

use crate::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

/// A setting.
pub(crate) fn get(connection: &Connection, key: &str) -> Result<Option<Value>> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Sets it.
pub(crate) fn set(connection: &Connection, key: &str, value: &Value) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO setting (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![key, value.to_string()])?;
    Ok(())
}
