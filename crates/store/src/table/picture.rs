//! Where a frame's sealed pictures lie, and the keys that open them.

use super::code::Code;
use crate::{error::Result, types::PictureSize};
use afterimage_domain::{FrameId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// One picture's file.
pub(crate) struct PictureRow {
    /// Name of the file.
    pub name: String,
    /// The file's key, wrapped.
    pub key: Vec<u8>,
    /// E.g. `image/webp`.
    pub mime: String,
    /// Bytes of the sealed file.
    pub bytes: u64,
}

/// Keeps a picture's key.
pub(crate) fn insert(
    connection: &Connection,
    frame: i64,
    size: PictureSize,
    picture: &PictureRow,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO picture (frame, size, name, key, mime, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            frame,
            size.code(),
            picture.name,
            picture.key,
            picture.mime,
            picture.bytes as i64
        ])?;
    Ok(())
}

/// A frame's picture.
pub(crate) fn get(
    connection: &Connection,
    frame: FrameId,
    size: PictureSize,
) -> Result<Option<PictureRow>> {
    Ok(connection
        .prepare_cached(
            "SELECT p.name, p.key, p.mime, p.bytes FROM picture p JOIN frame f ON f.row = p.frame
             WHERE f.id = ?1 AND p.size = ?2",
        )?
        .query_row(params![frame.0.as_bytes(), size.code()], read)
        .optional()?)
}

/// Every picture there is a key for.
#[cfg(any(test, feature = "audit"))]
pub(crate) fn rows(connection: &Connection) -> Result<Vec<PictureRow>> {
    let mut statement = connection.prepare("SELECT name, key, mime, bytes FROM picture")?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<PictureRow> {
    Ok(PictureRow {
        name: row.get(0)?,
        key: row.get(1)?,
        mime: row.get(2)?,
        bytes: row.get::<_, i64>(3)? as u64,
    })
}

/// Names of a frame's files.
pub(crate) fn names_of(connection: &Connection, frame: i64) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM picture WHERE frame = ?1")?;
    let rows = statement.query_map([frame], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a file is known.
pub(crate) fn knows(connection: &Connection, name: &str) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM picture WHERE name = ?1")?
        .query_row([name], |_| Ok(()))
        .optional()?
        .is_some())
}

/// Frames before a moment that still have pictures.
pub(crate) fn frames_before(connection: &Connection, before: Timestamp) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT p.frame FROM picture p JOIN frame f ON f.row = p.frame WHERE f.at < ?1",
    )?;
    let rows = statement.query_map([before.millis()], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Destroys the keys of a frame's pictures.
pub(crate) fn delete_of(connection: &Connection, frame: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM picture WHERE frame = ?1")?
        .execute([frame])?;
    Ok(())
}

/// Bytes of all sealed pictures.
pub(crate) fn bytes(connection: &Connection) -> Result<u64> {
    let sum: i64 = connection
        .prepare_cached("SELECT coalesce(sum(bytes), 0) FROM picture")?
        .query_row([], |row| row.get(0))?;
    Ok(sum as u64)
}

/// Every picture there is: the row, the name of the file, the wrapped key.
pub(crate) fn all(connection: &Connection) -> Result<Vec<(i64, String, Vec<u8>)>> {
    let mut statement = connection.prepare("SELECT row, name, key FROM picture ORDER BY row")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The names of all files that a row leads to.
pub(crate) fn names(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM picture ORDER BY name")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Puts a key in the place of the same one wrapped otherwise.
pub(crate) fn set_key(connection: &Connection, row: i64, key: &[u8]) -> Result<()> {
    connection
        .prepare_cached("UPDATE picture SET key = ?2 WHERE row = ?1")?
        .execute(params![row, key])?;
    Ok(())
}
