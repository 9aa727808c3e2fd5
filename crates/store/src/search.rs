//! Finding by words and by vectors, within a filter.

use crate::{
    error::Result,
    filter::{self, Condition},
    index::{Among, VectorIndex},
    index_text,
    table::{
        code, memory, observation,
        vector::{self, DocKey},
        words,
    },
    types::DocRef,
};
use afterimage_domain::{Filter, MemoryId, ObservationId};
use rusqlite::{Connection, params_from_iter, types::Value};
use std::collections::HashSet;

/// The index may know a document that this view of the database does not, or no longer: so many more are asked for.
const SPARE: usize = 16;

/// Documents that hold any of the words, best first.
pub(crate) fn by_words(
    connection: &Connection,
    text: &str,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<(DocRef, f64)>> {
    let expression = index_text::match_any(text);
    if expression.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let narrows = filter::narrows(filter);
    let mut found = Vec::new();
    for (table, condition) in tables(filter) {
        let condition = narrows.then_some(condition);
        let sql = table.best(condition.as_ref());
        let ranked = ranked(connection, &sql, &expression, condition, limit)?;
        found.extend(ranked.map(|(id, score)| ((table.doc)(id), score)));
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(limit);
    Ok(found)
}

/// Documents of the filter's scope that hold a word of each group, oldest first: memories by when they happened, then observations.
pub(crate) fn holding(
    connection: &Connection,
    groups: &[Vec<String>],
    filter: &Filter,
    limit: usize,
) -> Result<Vec<DocRef>> {
    let expression = index_text::match_all(groups);
    if expression.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (table, condition) in tables(filter) {
        let sql = table.oldest(&condition);
        let held = ranked(connection, &sql, &expression, Some(condition), limit)?;
        found.extend(held.map(|(id, _)| (table.doc)(id)));
    }
    Ok(found)
}

/// Documents with the nearest vectors, best first.
pub(crate) fn by_vector(
    connection: &Connection,
    index: &VectorIndex,
    model: &str,
    query: &[f32],
    filter: &Filter,
    limit: usize,
) -> Result<Vec<(DocRef, f32)>> {
    let keys = match filter::narrows(filter) {
        true => Some(keys_within(connection, filter)?),
        false => None,
    };
    let among = match &keys {
        Some(keys) => Among::Keys(keys),
        None => Among::Kinds {
            memories: filter::wants_memories(filter),
            observations: filter::wants_observations(filter),
        },
    };
    let mut found = Vec::new();
    for (key, cosine) in index.search(model, query, &among, limit.saturating_add(SPARE))? {
        if let Some(doc) = vector::doc_of(connection, key)? {
            found.push((doc, cosine));
        }
    }
    found.truncate(limit);
    Ok(found)
}

fn keys_within(connection: &Connection, filter: &Filter) -> Result<HashSet<DocKey>> {
    let mut keys = HashSet::new();
    if filter::wants_observations(filter) {
        let condition = filter::on_observations(filter);
        keys.extend(observation::rows_where(connection, &condition)?);
    }
    if filter::wants_memories(filter) {
        let condition = filter::on_memories(filter);
        let rows = memory::rows_where(connection, &condition)?;
        keys.extend(rows.into_iter().map(|row| -row));
    }
    Ok(keys)
}

/// A table of words and the documents it is about. Only documents that may be found have words in it.
struct Table {
    words: &'static str,
    weights: &'static str,
    documents: &'static str,
    id: &'static str,
    row: &'static str,
    time: &'static str,
    doc: fn(uuid::Uuid) -> DocRef,
}

const MEMORIES: Table = Table {
    words: "memory_words",
    weights: words::MEMORY_WEIGHTS,
    documents: "memory m",
    id: "m.id",
    row: "m.row",
    time: "m.valid_from",
    doc: |id| DocRef::Memory(MemoryId(id)),
};

const OBSERVATIONS: Table = Table {
    words: "observation_words",
    weights: words::OBSERVATION_WEIGHTS,
    documents: "observation o",
    id: "o.id",
    row: "o.row",
    time: "o.at",
    doc: |id| DocRef::Observation(ObservationId(id)),
};

/// The tables of the filter's scope, with what it asks of their documents.
fn tables(filter: &Filter) -> impl Iterator<Item = (Table, Condition)> {
    let memories = filter::wants_memories(filter).then(|| (MEMORIES, filter::on_memories(filter)));
    let observations =
        filter::wants_observations(filter).then(|| (OBSERVATIONS, filter::on_observations(filter)));
    memories.into_iter().chain(observations)
}

impl Table {
    /// Documents that match, by score. Without a condition only the best are looked up: a common word stands in many.
    fn best(&self, condition: Option<&Condition>) -> String {
        let Self {
            words,
            weights,
            documents,
            id,
            row,
            ..
        } = self;
        match condition {
            Some(condition) => format!(
                "SELECT {id}, bm25({words}, {weights}) FROM {words} JOIN {documents} ON {row} = {words}.rowid
                 WHERE {words} MATCH ? AND {} ORDER BY 2, 1 LIMIT ?",
                condition.sql
            ),
            None => format!(
                "SELECT {id}, best.score FROM (SELECT rowid AS row, bm25({words}, {weights}) AS score FROM {words}
                 WHERE {words} MATCH ? ORDER BY score, row LIMIT ?) best JOIN {documents} ON {row} = best.row ORDER BY 2, 1"
            ),
        }
    }

    /// Documents that match, by their time.
    fn oldest(&self, condition: &Condition) -> String {
        let Self {
            words,
            documents,
            id,
            row,
            time,
            ..
        } = self;
        format!(
            "SELECT {id}, {time} FROM {words} JOIN {documents} ON {row} = {words}.rowid
             WHERE {words} MATCH ? AND {} ORDER BY 2, 1 LIMIT ?",
            condition.sql
        )
    }
}

/// By the second column, ascending, which comes back negated: SQLite's scores are lower for better, ours higher.
fn ranked(
    connection: &Connection,
    sql: &str,
    expression: &str,
    condition: Option<Condition>,
    limit: usize,
) -> Result<impl Iterator<Item = (uuid::Uuid, f64)>> {
    let values = std::iter::once(Value::Text(expression.to_owned()))
        .chain(condition.into_iter().flat_map(|condition| condition.values))
        .chain([Value::Integer(limit as i64)]);
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map(params_from_iter(values), |row| {
            Ok((code::uuid(row, 0)?, -row.get::<_, f64>(1)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter())
}
