//! Frames: when a picture was taken and which windows stood on it. The picture itself is a sealed file, see `picture`.

use super::{code, observation};
use crate::{
    error::Result,
    types::{FrameView, NewFrame, TimelineFrame},
};
use afterimage_domain::{FrameId, TimeRange, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Stores a frame without its pictures; returns its row.
pub(crate) fn insert(connection: &Connection, frame: &NewFrame) -> Result<i64> {
    let windows = &frame.windows;
    let front = windows.iter().find(|w| w.focused).or(windows.first());
    connection
        .prepare_cached(
            "INSERT INTO frame (id, at, monitor, width, height, app, title, windows, masks, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            frame.id.0.as_bytes(),
            frame.at.millis(),
            frame.monitor,
            frame.width,
            frame.height,
            front.map_or("", |window| &window.app),
            front.map_or("", |window| &window.title),
            serde_json::to_string(windows)?,
            serde_json::to_string(&frame.masks)?,
            frame.hash as i64,
        ])?;
    let row = connection.last_insert_rowid();
    let mut app = connection
        .prepare_cached("INSERT OR IGNORE INTO frame_app (frame, app) VALUES (?1, ?2)")?;
    for window in windows {
        app.execute(params![row, window.app])?;
    }
    Ok(row)
}

/// The row of an id.
pub(crate) fn row_of(connection: &Connection, id: FrameId) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT row FROM frame WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// The id in a row.
pub(crate) fn id_of(connection: &Connection, row: i64) -> Result<Option<FrameId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM frame WHERE row = ?1")?
        .query_row([row], |row| code::uuid(row, 0))
        .optional()?
        .map(FrameId))
}

/// Frames of a span, oldest first, thinned evenly to at most `limit`; and how many there are.
pub(crate) fn timeline(
    connection: &Connection,
    range: TimeRange,
    limit: u32,
) -> Result<(Vec<TimelineFrame>, u32)> {
    let (from, to) = (range.from.millis(), range.to.millis());
    let total: u32 = connection
        .prepare_cached("SELECT count(*) FROM frame WHERE at >= ?1 AND at < ?2")?
        .query_row([from, to], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT id, at, app, title, monitor FROM (
             SELECT *, row_number() OVER (ORDER BY at, row) - 1 AS place
             FROM frame WHERE at >= ?1 AND at < ?2)
         WHERE ?3 >= ?4 OR (place * ?3) % ?4 < ?3
         ORDER BY at, place",
    )?;
    let rows = statement.query_map(params![from, to, limit, total], |row| {
        Ok(TimelineFrame {
            id: FrameId(code::uuid(row, 0)?),
            at: code::time(row, 1)?,
            app: row.get(2)?,
            title: row.get(3)?,
            monitor: row.get(4)?,
        })
    })?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total))
}

/// One frame with its texts and its neighbours on the same monitor.
pub(crate) fn view(connection: &Connection, id: FrameId) -> Result<Option<FrameView>> {
    type Head = (i64, Timestamp, String, u32, u32, String, String);
    let head: Option<Head> = connection
        .prepare_cached(
            "SELECT row, at, monitor, width, height, windows, masks FROM frame WHERE id = ?1",
        )?
        .query_row([id.0.as_bytes()], |row| {
            Ok((
                row.get(0)?,
                code::time(row, 1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
            ))
        })
        .optional()?;
    let Some((row, at, monitor, width, height, windows, masks)) = head else {
        return Ok(None);
    };
    let place = (monitor.as_str(), at.millis(), row);
    Ok(Some(FrameView {
        id,
        at,
        width,
        height,
        windows: serde_json::from_str(&windows)?,
        masks: serde_json::from_str(&masks)?,
        texts: observation::texts_of(connection, id)?,
        previous: beside(connection, place, "<", "DESC")?,
        next: beside(connection, place, ">", "ASC")?,
        monitor,
    }))
}

/// The frame before or after a place (monitor, time, row) on its monitor.
fn beside(
    connection: &Connection,
    (monitor, at, row): (&str, i64, i64),
    sign: &str,
    order: &str,
) -> Result<Option<FrameId>> {
    let sql = format!(
        "SELECT id FROM frame WHERE monitor = ?1 AND (at, row) {sign} (?2, ?3)
         ORDER BY at {order}, row {order} LIMIT 1"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(params![monitor, at, row], |row| code::uuid(row, 0))
        .optional()?
        .map(FrameId))
}

/// How many frames were taken since a moment, and when the last one was.
pub(crate) fn since(connection: &Connection, since: Timestamp) -> Result<(u32, Option<Timestamp>)> {
    let count = connection
        .prepare_cached("SELECT count(*) FROM frame WHERE at >= ?1")?
        .query_row([since.millis()], |row| row.get(0))?;
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(at) FROM frame")?
        .query_row([], |row| row.get(0))?;
    Ok((count, last.map(Timestamp::from_millis)))
}

/// Frames in each quarter of an hour that has any: the quarter's number since 1970, and how many.
pub(crate) fn per_quarter(connection: &Connection) -> Result<Vec<(i64, u32)>> {
    let mut statement =
        connection.prepare_cached("SELECT at / 900000, count(*) FROM frame GROUP BY 1")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a row and, by foreign keys, its apps and the keys of its pictures.
pub(crate) fn delete(connection: &Connection, row: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM frame WHERE row = ?1")?
        .execute([row])?;
    Ok(())
}

/// Every frame.
pub(crate) fn ids(connection: &Connection) -> Result<Vec<FrameId>> {
    let mut statement = connection.prepare("SELECT id FROM frame")?;
    let ids = statement.query_map([], |row| Ok(FrameId(code::uuid(row, 0)?)))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}
