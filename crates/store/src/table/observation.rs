//! Observations: redacted text, where it was seen, by whom it was said.

use super::{
    code::{self, Code},
    personal,
};
use crate::{
    error::{Result, StoreError},
    filter::{self, Condition},
    types::{AppSeen, Details, DocRef, FrameText, Neighbours},
};
use afterimage_domain::{
    FrameId, Observation, ObservationId, Origin, Rect, Span, Timestamp, Trust, Word,
};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

const COLUMNS: &str =
    "o.id, o.at, o.origin, o.text, o.words, o.fresh, o.trust, o.external_id, o.redactions";

/// Stores one; returns its row.
pub(crate) fn insert(connection: &Connection, observation: &Observation) -> Result<i64> {
    let frame = observation.origin.frame().map(|frame| *frame.0.as_bytes());
    let words = observation.words.iter().flat_map(numbers_of_word);
    let fresh = observation
        .fresh
        .iter()
        .flat_map(|span| [i64::from(span.start), i64::from(span.end)]);
    connection
        .prepare_cached(
            "INSERT INTO observation
             (id, at, stream, app, frame, origin, text, words, fresh, trust, external_id, redactions)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            observation.id.0.as_bytes(),
            observation.at.millis(),
            observation.origin.thread(),
            observation.origin.app(),
            frame,
            serde_json::to_string(&observation.origin)?,
            observation.text,
            pack(words),
            pack(fresh),
            observation.trust.code(),
            observation.external_id,
            observation.redactions,
        ])?;
    Ok(connection.last_insert_rowid())
}

/// The row of an id.
pub(crate) fn row_of(connection: &Connection, id: ObservationId) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT row FROM observation WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// The id in a row.
pub(crate) fn id_of(connection: &Connection, row: i64) -> Result<Option<ObservationId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM observation WHERE row = ?1")?
        .query_row([row], |row| code::uuid(row, 0))
        .optional()?
        .map(ObservationId))
}

/// The stored observation with the same id or external id.
pub(crate) fn known(
    connection: &Connection,
    observation: &Observation,
) -> Result<Option<ObservationId>> {
    if row_of(connection, observation.id)?.is_some() {
        return Ok(Some(observation.id));
    }
    match &observation.external_id {
        Some(name) => by_external_id(connection, name),
        None => Ok(None),
    }
}

/// The observation with the caller's own name.
pub(crate) fn by_external_id(
    connection: &Connection,
    external_id: &str,
) -> Result<Option<ObservationId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM observation WHERE external_id = ?1")?
        .query_row([external_id], |row| code::uuid(row, 0))
        .optional()?
        .map(ObservationId))
}

/// One observation.
pub(crate) fn get(connection: &Connection, id: ObservationId) -> Result<Option<Observation>> {
    select(connection, "o.id = ?1", [id.0.as_bytes()]).map(|found| found.into_iter().next())
}

/// One observation by its row.
pub(crate) fn get_row(connection: &Connection, row: i64) -> Result<Option<Observation>> {
    select(connection, "o.row = ?1", [row]).map(|found| found.into_iter().next())
}

/// How far a span of an observation's text is to be trusted: `None` when the observation is gone or the span does not fit.
pub(crate) fn support(
    connection: &Connection,
    id: ObservationId,
    span: Span,
) -> Result<Option<(i64, Trust)>> {
    let found: Option<(i64, String, i64)> = connection
        .prepare_cached("SELECT row, text, trust FROM observation WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    match found {
        Some((row, text, trust)) if span.of(&text).is_some_and(|words| !words.is_empty()) => {
            Ok(Some((row, Trust::from_code(trust)?)))
        }
        _ => Ok(None),
    }
}

/// Observations around one in the same stream, by time.
pub(crate) fn neighbours(
    connection: &Connection,
    id: ObservationId,
    before: usize,
    after: usize,
) -> Result<Neighbours> {
    let place: Option<(i64, i64, String)> = connection
        .prepare_cached("SELECT row, at, stream FROM observation WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((row, at, stream)) = place else {
        return Ok(Neighbours::default());
    };
    let mut earlier = select(
        connection,
        "o.stream = ?1 AND (o.at, o.row) < (?2, ?3) ORDER BY o.at DESC, o.row DESC LIMIT ?4",
        params![stream, at, row, before as i64],
    )?;
    earlier.reverse();
    let later = select(
        connection,
        "o.stream = ?1 AND (o.at, o.row) > (?2, ?3) ORDER BY o.at, o.row LIMIT ?4",
        params![stream, at, row, after as i64],
    )?;
    Ok(Neighbours {
        before: earlier,
        after: later,
    })
}

/// The texts of a frame, one a window.
pub(crate) fn texts_of(connection: &Connection, frame: FrameId) -> Result<Vec<FrameText>> {
    let observations = select(
        connection,
        "o.frame = ?1 ORDER BY o.row",
        [frame.0.as_bytes()],
    )?;
    observations
        .into_iter()
        .map(|observation| {
            let doc = DocRef::Observation(observation.id);
            let details = personal::details(connection, doc)?.unwrap_or_default();
            Ok(as_frame_text(observation, details))
        })
        .collect()
}

/// Apps seen, most observations since a moment first.
pub(crate) fn apps(connection: &Connection, since: Timestamp) -> Result<Vec<AppSeen>> {
    let mut statement = connection.prepare_cached(
        "SELECT app, max(at), sum(at >= ?1) AS recent FROM observation
         GROUP BY app ORDER BY recent DESC, max(at) DESC",
    )?;
    let rows = statement.query_map([since.millis()], |row| {
        Ok(AppSeen {
            app: row.get(0)?,
            last_seen: code::time(row, 1)?,
            observations: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many there are, and how many secrets were replaced since a moment.
pub(crate) fn totals(connection: &Connection, since: Timestamp) -> Result<(u32, u32)> {
    let count = connection
        .prepare_cached("SELECT count(*) FROM observation")?
        .query_row([], |row| row.get(0))?;
    let redactions = connection
        .prepare_cached("SELECT coalesce(sum(redactions), 0) FROM observation WHERE at >= ?1")?
        .query_row([since.millis()], |row| row.get(0))?;
    Ok((count, redactions))
}

/// Hands every observation with its row to `take`.
pub(crate) fn each(
    connection: &Connection,
    mut take: impl FnMut(i64, &Observation) -> Result<()>,
) -> Result<()> {
    let condition = filter::on_observations(&Default::default());
    for row in rows_where(connection, &condition)? {
        if let Some(found) = get_row(connection, row)? {
            take(row, &found)?;
        }
    }
    Ok(())
}

/// Rows that a condition on `observation o` holds for.
pub(crate) fn rows_where(connection: &Connection, condition: &Condition) -> Result<Vec<i64>> {
    let sql = format!("SELECT o.row FROM observation o WHERE {}", condition.sql);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(&condition.values), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a row; what rests on it goes by its foreign keys.
pub(crate) fn delete(connection: &Connection, row: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM observation WHERE row = ?1")?
        .execute([row])?;
    Ok(())
}

fn select(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Observation>> {
    let sql = format!("SELECT {COLUMNS} FROM observation o WHERE {condition}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut observations = Vec::new();
    while let Some(row) = rows.next()? {
        observations.push(read(row)?);
    }
    Ok(observations)
}

fn read(row: &Row<'_>) -> Result<Observation> {
    let origin: Origin = serde_json::from_str(&row.get::<_, String>(2)?)?;
    let spans = unpack(row.get_ref(5)?.as_blob().unwrap_or_default())?;
    Ok(Observation {
        id: ObservationId(code::uuid(row, 0)?),
        at: code::time(row, 1)?,
        origin,
        text: row.get(3)?,
        words: words_of_numbers(&unpack(row.get_ref(4)?.as_blob().unwrap_or_default())?),
        fresh: spans.chunks_exact(2).map(span_of_numbers).collect(),
        trust: Trust::from_code(row.get(6)?)?,
        external_id: row.get(7)?,
        redactions: row.get(8)?,
    })
}

fn as_frame_text(observation: Observation, details: Details) -> FrameText {
    let url = match &observation.origin {
        Origin::Screen { url, .. } => url.clone(),
        _ => None,
    };
    FrameText {
        observation: observation.id,
        app: observation.origin.app().into(),
        title: observation.origin.title().into(),
        url,
        text: observation.text,
        words: observation.words,
        details,
    }
}

fn numbers_of_word(word: &Word) -> [i64; 6] {
    [
        i64::from(word.span.start),
        i64::from(word.span.end),
        i64::from(word.bounds.x),
        i64::from(word.bounds.y),
        i64::from(word.bounds.width),
        i64::from(word.bounds.height),
    ]
}

fn words_of_numbers(numbers: &[i64]) -> Vec<Word> {
    numbers
        .chunks_exact(6)
        .map(|n| Word {
            span: span_of_numbers(&n[..2]),
            bounds: Rect::new(n[2] as i32, n[3] as i32, n[4] as u32, n[5] as u32),
        })
        .collect()
}

fn span_of_numbers(numbers: &[i64]) -> Span {
    Span {
        start: numbers[0] as u32,
        end: numbers[1] as u32,
    }
}

/// Numbers as zigzag LEB128: about 8 bytes a word on a picture instead of 24.
fn pack(numbers: impl Iterator<Item = i64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in numbers {
        let mut rest = ((number << 1) ^ (number >> 63)) as u64;
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    bytes
}

fn unpack(bytes: &[u8]) -> Result<Vec<i64>> {
    let (mut numbers, mut number, mut shift) = (Vec::new(), 0u64, 0);
    for byte in bytes {
        if shift > 63 {
            return Err(StoreError::Corrupt("database"));
        }
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            numbers.push((number >> 1) as i64 ^ -((number & 1) as i64));
            (number, shift) = (0, 0);
        }
    }
    match shift {
        0 => Ok(numbers),
        _ => Err(StoreError::Corrupt("database")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_numbers_come_back(numbers: Vec<i64>) {
            let packed = pack(numbers.iter().copied());
            prop_assert_eq!(unpack(&packed).unwrap(), numbers);
        }

        #[test]
        fn damaged_numbers_are_an_error_or_numbers(bytes: Vec<u8>) {
            let _ = unpack(&bytes);
        }
    }
}
