//! Vectors: one a part of a document and model, length 1, as signed bytes with a scale.

use super::{memory, observation};
use crate::{
    error::{Result, StoreError},
    types::{DocRef, NewVector},
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// A document as the index knows it: the row of an observation, or minus the row of a memory.
pub(crate) type DocKey = i64;

/// A vector as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredVector {
    /// Its row.
    pub row: i64,
    /// Its document.
    pub doc: DocKey,
    /// Value = code * scale.
    pub scale: f32,
    /// `[dims]`.
    pub codes: Vec<i8>,
}

/// The document's key; `None` when it is gone. A memory that is not active has no vectors.
pub(crate) fn key_of(connection: &Connection, doc: DocRef) -> Result<Option<DocKey>> {
    match doc {
        DocRef::Observation(id) => observation::row_of(connection, id),
        DocRef::Memory(id) => {
            let row = memory::row_of(connection, id)?;
            let active = row
                .map(|row| memory::active_id_of(connection, row))
                .transpose()?;
            Ok(match active {
                Some(Some(_)) => row.map(|row| -row),
                _ => None,
            })
        }
    }
}

/// The document with a key; `None` when it is gone or no longer active.
pub(crate) fn doc_of(connection: &Connection, key: DocKey) -> Result<Option<DocRef>> {
    Ok(if key > 0 {
        observation::id_of(connection, key)?.map(DocRef::Observation)
    } else {
        memory::active_id_of(connection, -key)?.map(DocRef::Memory)
    })
}

/// The row of a model, made if need be. A model never changes its length.
pub(crate) fn model_row(connection: &Connection, name: &str, dims: usize) -> Result<i64> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO model (name, dims) VALUES (?1, ?2)")?
        .execute(params![name, dims as i64])?;
    let (row, known): (i64, i64) = connection
        .prepare_cached("SELECT row, dims FROM model WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match known == dims as i64 {
        true => Ok(row),
        false => Err(StoreError::Refused(
            "vectors of one model must all have one length",
        )),
    }
}

/// Stores a vector; `None` when its document is gone. The row of the one it replaces, if any, goes to `replaced`.
pub(crate) fn put(
    connection: &Connection,
    model: i64,
    new: &NewVector,
    replaced: &mut HashSet<i64>,
) -> Result<Option<StoredVector>> {
    let Some(doc) = key_of(connection, new.doc)? else {
        return Ok(None);
    };
    let (memory, observation) = columns(doc);
    let earlier: Option<i64> = connection
        .prepare_cached(
            "DELETE FROM vector WHERE memory IS ?1 AND observation IS ?2 AND model = ?3 AND part = ?4 RETURNING row",
        )?
        .query_row(params![memory, observation, model, new.part], |row| row.get(0))
        .optional()?;
    replaced.extend(earlier);
    let (scale, codes) = quantize(&new.values);
    connection
        .prepare_cached(
            "INSERT INTO vector (memory, observation, model, part, scale, codes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            memory,
            observation,
            model,
            new.part,
            f64::from(scale),
            as_bytes(&codes)
        ])?;
    Ok(Some(StoredVector {
        row: connection.last_insert_rowid(),
        doc,
        scale,
        codes,
    }))
}

/// The vector of a document's first part by a model.
pub(crate) fn get(connection: &Connection, doc: DocKey, model: &str) -> Result<Option<Vec<f32>>> {
    let (memory, observation) = columns(doc);
    let found: Option<(f64, Vec<u8>)> = connection
        .prepare_cached(
            "SELECT v.scale, v.codes FROM vector v JOIN model m ON m.row = v.model
             WHERE v.memory IS ?1 AND v.observation IS ?2 AND m.name = ?3 AND v.part = 0",
        )?
        .query_row(params![memory, observation, model], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(found.map(|(scale, codes)| {
        let values = codes.iter().map(|code| f32::from(*code as i8));
        values.map(|value| value * scale as f32).collect()
    }))
}

/// Deletes the vectors of a document.
pub(crate) fn delete_of(connection: &Connection, doc: DocKey) -> Result<()> {
    let (memory, observation) = columns(doc);
    connection
        .prepare_cached("DELETE FROM vector WHERE memory IS ?1 AND observation IS ?2")?
        .execute(params![memory, observation])?;
    Ok(())
}

/// Deletes the vectors of every model but one; returns how many.
pub(crate) fn delete_except(connection: &Connection, model: &str) -> Result<u64> {
    let gone = connection.execute(
        "DELETE FROM vector WHERE model IN (SELECT row FROM model WHERE name <> ?1)",
        [model],
    )?;
    connection.execute("DELETE FROM model WHERE name <> ?1", [model])?;
    Ok(gone as u64)
}

/// Models that have vectors here: row, name, length of the vectors.
pub(crate) fn models(connection: &Connection) -> Result<Vec<(i64, String, usize)>> {
    let mut statement =
        connection.prepare_cached("SELECT row, name, dims FROM model ORDER BY row")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as usize))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many vectors a model has and the last row among them.
pub(crate) fn extent(connection: &Connection, model: i64) -> Result<(i64, i64)> {
    Ok(connection
        .prepare_cached("SELECT count(*), coalesce(max(row), 0) FROM vector WHERE model = ?1")?
        .query_row([model], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Hands every vector of a model to `take`, by row.
pub(crate) fn each(
    connection: &Connection,
    model: i64,
    mut take: impl FnMut(i64, DocKey, f32, &[u8]),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT row, coalesce(observation, -memory), scale, codes FROM vector WHERE model = ?1 ORDER BY row",
    )?;
    let mut rows = statement.query([model])?;
    while let Some(row) = rows.next()? {
        let codes = row.get_ref(3)?;
        let codes = codes
            .as_blob()
            .map_err(|_| StoreError::Corrupt("database"))?;
        take(
            row.get(0)?,
            row.get(1)?,
            row.get::<_, f64>(2)? as f32,
            codes,
        );
    }
    Ok(())
}

/// Documents without a vector by a model, oldest first: active memories but the vault's, then observations.
pub(crate) fn missing(connection: &Connection, model: &str, limit: usize) -> Result<Vec<DocRef>> {
    let model: Option<i64> = connection
        .prepare_cached("SELECT row FROM model WHERE name = ?1")?
        .query_row([model], |row| row.get(0))
        .optional()?;
    let mut statement = connection.prepare_cached(
        "SELECT -m.row FROM memory m WHERE m.state = 0 AND m.kind <> 5
           AND NOT EXISTS (SELECT 1 FROM vector v WHERE v.memory = m.row AND v.model = ?1)
         UNION ALL
         SELECT o.row FROM observation o
         WHERE NOT EXISTS (SELECT 1 FROM vector v WHERE v.observation = o.row AND v.model = ?1)
         LIMIT ?2",
    )?;
    let keys = statement
        .query_map(params![model.unwrap_or(0), limit as i64], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<DocKey>>>()?;
    let docs = keys.into_iter().map(|key| doc_of(connection, key));
    docs.filter_map(Result::transpose).collect()
}

/// Bytes of all vectors.
pub(crate) fn bytes(connection: &Connection) -> Result<u64> {
    let sum: i64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(n * dims), 0) FROM
             (SELECT model, count(*) AS n FROM vector GROUP BY model) JOIN model ON model.row = model",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(sum as u64)
}

/// The columns `memory` and `observation` of a document.
fn columns(doc: DocKey) -> (Option<i64>, Option<i64>) {
    if doc > 0 {
        (None, Some(doc))
    } else {
        (Some(-doc), None)
    }
}

/// Scales to length 1 and to signed bytes. The error of a cosine is below 0.01 at 256 values and more.
pub(crate) fn quantize(values: &[f32]) -> (f32, Vec<i8>) {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let largest = values
        .iter()
        .fold(0f32, |most, value| most.max(value.abs()));
    if !(length.is_finite() && length > 0.0) {
        return (0.0, vec![0; values.len()]);
    }
    let step = largest / 127.0;
    let codes = values
        .iter()
        .map(|value| (value / step).round() as i8)
        .collect();
    (step / length, codes)
}

/// Signed bytes as they are stored.
pub(crate) fn as_bytes(codes: &[i8]) -> Vec<u8> {
    codes.iter().map(|code| *code as u8).collect()
}
