//! Memories: six kinds in one table, the body typed by kind. A secret stands sealed in a column of its own and nowhere else.

use super::code::{self, Code};
use crate::{error::Result, filter, types::MemoryPage};
use afterimage_domain::{
    Body, Filter, Kind, Memory, MemoryId, MemoryState, NewMemory, ObservationId, Source, Span,
    Timestamp, Trust,
};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

/// A memory with what only the store sees of it.
#[derive(Clone)]
pub(crate) struct MemoryRow {
    /// Its row; 0 before it is stored.
    pub row: i64,
    /// The memory; its secret is empty.
    pub memory: Memory,
    /// The secret, sealed.
    pub secret: Option<Vec<u8>>,
}

const COLUMNS: &str = "m.row, m.id, m.title, m.details, m.body, m.secret, m.tree_path, m.tags, m.trust, m.confidence, \
     m.valid_from, m.valid_to, m.superseded_by, m.state, m.version, m.created_at, m.updated_at, m.pinned, m.access_count";

/// Stores a new memory with its sources; returns its row. Sources whose observation is gone are left out.
pub(crate) fn insert(connection: &Connection, new: &MemoryRow) -> Result<i64> {
    let memory = &new.memory;
    connection
        .prepare_cached(
            "INSERT INTO memory (id, kind, created_at, title, details, body, tree_path, tags, trust, confidence,
             valid_from, state, version, updated_at, pinned, access_count)
             VALUES (?1, ?2, ?3, '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0)",
        )?
        .execute(params![
            memory.id.0.as_bytes(),
            memory.kind().code(),
            memory.created_at.millis()
        ])?;
    let row = connection.last_insert_rowid();
    update(connection, &MemoryRow { row, ..new.clone() })?;
    Ok(row)
}

/// Writes everything but identity, kind and time of making.
pub(crate) fn update(connection: &Connection, changed: &MemoryRow) -> Result<()> {
    let MemoryRow {
        row,
        memory,
        secret,
    } = changed;
    let content = &memory.content;
    connection
        .prepare_cached(
            "UPDATE memory SET title = ?2, details = ?3, body = ?4, secret = ?5, tree_path = ?6, tags = ?7, trust = ?8,
             confidence = ?9, valid_from = ?10, valid_to = ?11, superseded_by = ?12, state = ?13, version = ?14,
             updated_at = ?15, pinned = ?16, access_count = ?17 WHERE row = ?1",
        )?
        .execute(params![
            row,
            content.title,
            content.details,
            serde_json::to_string(&content.body)?,
            secret,
            serde_json::to_string(&content.tree_path)?,
            serde_json::to_string(&content.tags)?,
            content.trust.code(),
            f64::from(content.confidence),
            content.valid_from.millis(),
            memory.valid_to.map(Timestamp::millis),
            memory.superseded_by.map(|id| *id.0.as_bytes()),
            memory.state.code(),
            memory.version,
            memory.updated_at.millis(),
            memory.pinned,
            memory.access_count,
        ])?;
    set_sources(connection, *row, &content.sources)
}

/// One memory.
pub(crate) fn get(connection: &Connection, id: MemoryId) -> Result<Option<MemoryRow>> {
    select(connection, "m.id = ?1", [id.0.as_bytes()]).map(|found| found.into_iter().next())
}

/// One memory by its row.
pub(crate) fn get_row(connection: &Connection, row: i64) -> Result<Option<MemoryRow>> {
    select(connection, "m.row = ?1", [row]).map(|found| found.into_iter().next())
}

/// Where a sealed secret stands: with the memory, or with one of its past versions.
pub(crate) enum SecretPlace {
    /// The row of the memory.
    Now(i64),
    /// The row of the memory, and the version that took the place of the one with the secret.
    Before(i64, u32),
}

/// A sealed secret.
pub(crate) struct StoredSecret {
    /// Where it stands.
    pub place: SecretPlace,
    /// Whose it is.
    pub item: MemoryId,
    /// Of which version.
    pub version: u32,
    /// As it is stored.
    pub sealed: Vec<u8>,
}

/// Every sealed secret there is.
pub(crate) fn secrets(connection: &Connection) -> Result<Vec<StoredSecret>> {
    let mut statement = connection.prepare(
        "SELECT row, id, version, secret, 0 FROM memory WHERE secret IS NOT NULL
         UNION ALL SELECT v.memory, m.id, v.version, v.secret, 1 FROM memory_version v
         JOIN memory m ON m.row = v.memory WHERE v.secret IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (memory, version) = (row.get(0)?, row.get(2)?);
        found.push(StoredSecret {
            place: match row.get::<_, bool>(4)? {
                false => SecretPlace::Now(memory),
                true => SecretPlace::Before(memory, version),
            },
            item: MemoryId(code::uuid(row, 1)?),
            version,
            sealed: row.get(3)?,
        });
    }
    Ok(found)
}

/// Puts a sealed secret in the place of another.
pub(crate) fn set_secret(
    connection: &Connection,
    place: &SecretPlace,
    sealed: &[u8],
) -> Result<()> {
    match place {
        SecretPlace::Now(row) => connection.execute(
            "UPDATE memory SET secret = ?2 WHERE row = ?1",
            params![row, sealed],
        )?,
        SecretPlace::Before(row, version) => connection.execute(
            "UPDATE memory_version SET secret = ?3 WHERE memory = ?1 AND version = ?2",
            params![row, version, sealed],
        )?,
    };
    Ok(())
}

/// The row of an id.
pub(crate) fn row_of(connection: &Connection, id: MemoryId) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT row FROM memory WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Every memory, whatever became of it.
pub(crate) fn ids(connection: &Connection) -> Result<Vec<MemoryId>> {
    let mut statement = connection.prepare("SELECT id FROM memory")?;
    let ids = statement.query_map([], |row| Ok(MemoryId(code::uuid(row, 0)?)))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// The id in a row, when that memory is active.
pub(crate) fn active_id_of(connection: &Connection, row: i64) -> Result<Option<MemoryId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM memory WHERE row = ?1 AND state = 0")?
        .query_row([row], |row| code::uuid(row, 0))
        .optional()?
        .map(MemoryId))
}

/// A page of active memories, pinned first, then newest, and how many there are in all.
pub(crate) fn page(connection: &Connection, page: &MemoryPage) -> Result<(Vec<Memory>, u32)> {
    let mut condition = "m.state = 0".to_owned();
    let mut values = Vec::new();
    if let Some(kind) = page.kind {
        condition.push_str(" AND m.kind = ?");
        values.push(Value::Integer(kind.code()));
    }
    if page.bounds.is_some() {
        let filter = Filter {
            bounds: page.bounds.clone(),
            ..Filter::default()
        };
        let bounded = filter::on_memories(&filter);
        condition.push_str(&format!(" AND {}", bounded.sql));
        values.extend(bounded.values);
    }
    if let Some(text) = page.text.as_deref().filter(|text| !text.trim().is_empty()) {
        // The vault is not indexed: its captions are compared letter by letter.
        condition.push_str(
            " AND (m.row IN (SELECT rowid FROM memory_words WHERE memory_words MATCH ?) OR instr(lower(m.title), lower(?)) > 0)",
        );
        values.push(Value::Text(crate::index_text::match_beginnings(text)));
        values.push(Value::Text(text.trim().to_owned()));
    }
    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM memory m WHERE {condition}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    condition.push_str(" ORDER BY m.pinned DESC, m.updated_at DESC, m.row DESC LIMIT ? OFFSET ?");
    values.push(Value::Integer(page.limit.into()));
    values.push(Value::Integer(page.offset.into()));
    let found = select(connection, &condition, params_from_iter(&values))?;
    Ok((found.into_iter().map(|row| row.memory).collect(), total))
}

/// A page of memories that wait for the user's yes, newest first, and how many there are in all.
pub(crate) fn waiting(
    connection: &Connection,
    offset: u32,
    limit: u32,
) -> Result<(Vec<Memory>, u32)> {
    let condition = "m.state = 3 ORDER BY m.created_at DESC, m.row DESC LIMIT ?1 OFFSET ?2";
    let found = select(connection, condition, [limit, offset])?;
    let memories = found.into_iter().map(|row| row.memory).collect();
    Ok((memories, count_waiting(connection)?))
}

/// How many wait.
pub(crate) fn count_waiting(connection: &Connection) -> Result<u32> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM memory WHERE state = 3")?
        .query_row([], |row| row.get(0))?)
}

/// Lets go what has waited since before `moment`.
pub(crate) fn let_go_waiting(connection: &Connection, moment: Timestamp) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM memory WHERE state = 3 AND created_at < ?1")?
        .execute([moment.millis()])?;
    Ok(())
}

/// Whether a memory of this kind and title is there, in whatever state: one that was refused is not asked for again. The states are named
/// so that the index of lists serves: without it each claim would read the whole table.
pub(crate) fn is_known(connection: &Connection, kind: Kind, title: &str) -> Result<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM memory WHERE state IN (0, 1, 2, 3) AND kind = ?1 AND lower(title) = lower(?2))",
        )?
        .query_row(params![kind.code(), title], |row| row.get(0))?)
}

/// Active memories that rest on an observation.
pub(crate) fn resting_on(
    connection: &Connection,
    observation: ObservationId,
) -> Result<Vec<Memory>> {
    let found = select(
        connection,
        "m.state = 0 AND m.row IN (SELECT s.memory FROM memory_source s
         JOIN observation o ON o.row = s.observation WHERE o.id = ?1) ORDER BY m.row",
        [observation.0.as_bytes()],
    )?;
    Ok(found.into_iter().map(|row| row.memory).collect())
}

/// How many memories are active; without the vault's, how many can be found.
pub(crate) fn active(connection: &Connection, with_vault: bool) -> Result<u32> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM memory WHERE state = 0 AND (?1 OR kind <> 5)")?
        .query_row([with_vault], |row| row.get(0))?)
}

/// Active memories that happened or were learned in each quarter of an hour that has any.
pub(crate) fn per_quarter(connection: &Connection) -> Result<Vec<(i64, u32)>> {
    let mut statement = connection.prepare_cached(
        "SELECT valid_from / 900000, count(*) FROM memory WHERE state = 0 GROUP BY 1",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Hands every active memory with its row to `take`.
pub(crate) fn each_active(
    connection: &Connection,
    mut take: impl FnMut(&MemoryRow) -> Result<()>,
) -> Result<()> {
    let condition = filter::on_memories(&Default::default());
    for row in rows_where(connection, &condition)? {
        if let Some(found) = get_row(connection, row)? {
            take(&found)?;
        }
    }
    Ok(())
}

/// Counts uses in answers.
pub(crate) fn note_access(connection: &Connection, id: MemoryId) -> Result<()> {
    connection
        .prepare_cached("UPDATE memory SET access_count = access_count + 1 WHERE id = ?1")?
        .execute([id.0.as_bytes()])?;
    Ok(())
}

/// Rows of memories that rest on an observation, whatever their state.
pub(crate) fn rows_resting_on(connection: &Connection, observation: i64) -> Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT memory FROM memory_source WHERE observation = ?1")?;
    let rows = statement.query_map([observation], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Rows of the observations a memory rests on.
pub(crate) fn source_rows(connection: &Connection, memory: i64) -> Result<Vec<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT observation FROM memory_source WHERE memory = ?1")?;
    let rows = statement.query_map([memory], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Rows that a condition on `memory m` holds for.
pub(crate) fn rows_where(
    connection: &Connection,
    condition: &filter::Condition,
) -> Result<Vec<i64>> {
    let sql = format!("SELECT m.row FROM memory m WHERE {}", condition.sql);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(&condition.values), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a row with its history, sources and vectors; memories it replaced no longer name it.
pub(crate) fn delete(connection: &Connection, row: i64, id: MemoryId) -> Result<()> {
    connection
        .prepare_cached("UPDATE memory SET superseded_by = NULL WHERE superseded_by = ?1")?
        .execute([id.0.as_bytes()])?;
    connection
        .prepare_cached("DELETE FROM memory WHERE row = ?1")?
        .execute([row])?;
    Ok(())
}

fn set_sources(connection: &Connection, row: i64, sources: &[Source]) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM memory_source WHERE memory = ?1")?
        .execute([row])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO memory_source (memory, position, observation, start, end)
         SELECT ?1, ?2, row, ?4, ?5 FROM observation WHERE id = ?3",
    )?;
    for (position, source) in (0i64..).zip(sources) {
        insert.execute(params![
            row,
            position,
            source.observation.0.as_bytes(),
            source.span.start,
            source.span.end
        ])?;
    }
    Ok(())
}

fn sources(connection: &Connection, row: i64) -> Result<Vec<Source>> {
    let mut statement = connection.prepare_cached(
        "SELECT o.id, s.start, s.end FROM memory_source s JOIN observation o ON o.row = s.observation
         WHERE s.memory = ?1 ORDER BY s.position",
    )?;
    let rows = statement.query_map([row], |row| {
        Ok(Source {
            observation: ObservationId(code::uuid(row, 0)?),
            span: Span {
                start: row.get(1)?,
                end: row.get(2)?,
            },
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn select(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<MemoryRow>> {
    let sql = format!("SELECT {COLUMNS} FROM memory m WHERE {condition}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut memory = read(row)?;
        memory.memory.content.sources = sources(connection, memory.row)?;
        found.push(memory);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<MemoryRow> {
    let body: Body = serde_json::from_str(&row.get::<_, String>(4)?)?;
    let content = NewMemory {
        title: row.get(2)?,
        details: row.get(3)?,
        body,
        tree_path: serde_json::from_str(&row.get::<_, String>(6)?)?,
        tags: serde_json::from_str(&row.get::<_, String>(7)?)?,
        sources: Vec::new(),
        trust: Trust::from_code(row.get(8)?)?,
        confidence: row.get::<_, f64>(9)? as f32,
        valid_from: code::time(row, 10)?,
    };
    let memory = Memory {
        id: MemoryId(code::uuid(row, 1)?),
        content,
        state: MemoryState::from_code(row.get(13)?)?,
        valid_to: row.get::<_, Option<i64>>(11)?.map(Timestamp::from_millis),
        superseded_by: code::maybe_uuid(row, 12)?.map(MemoryId),
        version: row.get(14)?,
        created_at: code::time(row, 15)?,
        updated_at: code::time(row, 16)?,
        pinned: row.get(17)?,
        access_count: row.get(18)?,
    };
    Ok(MemoryRow {
        row: row.get(0)?,
        memory,
        secret: row.get(5)?,
    })
}
