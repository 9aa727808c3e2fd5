//! Spans without frames, and why.

use super::code::{self, Code};
use crate::{
    error::Result,
    types::{Gap, GapReason},
};
use afterimage_domain::TimeRange;
use rusqlite::{Connection, OptionalExtension, params};

/// Two gaps of the same reason that are no further apart than this are one, in milliseconds.
const JOIN_WITHIN: i64 = 1_000;

/// Notes a gap, or makes the last one of the same reason longer.
pub(crate) fn note(connection: &Connection, gap: &Gap) -> Result<()> {
    let (start, end) = (gap.range.from.millis(), gap.range.to.millis());
    let reason = gap.reason.code();
    let last: Option<i64> = connection
        .prepare_cached(
            "SELECT row FROM gap WHERE reason = ?1 AND end >= ?2 AND start <= ?3
             ORDER BY row DESC LIMIT 1",
        )?
        .query_row(params![reason, start - JOIN_WITHIN, end], |row| row.get(0))
        .optional()?;
    match last {
        Some(row) => connection
            .prepare_cached(
                "UPDATE gap SET start = min(start, ?2), end = max(end, ?3), count = count + ?4
                 WHERE row = ?1",
            )?
            .execute(params![row, start, end, gap.count])?,
        None => connection
            .prepare_cached("INSERT INTO gap (start, end, reason, count) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![start, end, reason, gap.count])?,
    };
    Ok(())
}

/// Gaps that touch a span, oldest first.
pub(crate) fn within(connection: &Connection, range: TimeRange) -> Result<Vec<Gap>> {
    let mut statement = connection.prepare_cached(
        "SELECT start, end, reason, count FROM gap WHERE end > ?1 AND start < ?2 ORDER BY start",
    )?;
    let rows = statement.query_map(params![range.from.millis(), range.to.millis()], |row| {
        let range = TimeRange {
            from: code::time(row, 0)?,
            to: code::time(row, 1)?,
        };
        Ok((range, row.get::<_, i64>(2)?, row.get(3)?))
    })?;
    rows.map(|row| {
        let (range, reason, count) = row?;
        Ok(Gap {
            range,
            reason: GapReason::from_code(reason)?,
            count,
        })
    })
    .collect()
}

/// Forgets every gap.
pub(crate) fn clear(connection: &Connection) -> Result<()> {
    connection.execute("DELETE FROM gap", [])?;
    Ok(())
}
