//! Entities, where they are mentioned, and how they are related. An entity is made with its first mention and goes with its last.

use super::code::{self, Code};
use crate::{
    entropy::Entropy,
    error::Result,
    types::{GraphDoc, GraphEntity, GraphRelation},
};
use afterimage_domain::{EntityId, EntityKind, Links, Mention, Timestamp, link::plain};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// The row that links are of.
#[derive(Clone, Copy)]
pub(crate) enum Doc {
    /// Of a memory.
    Memory(i64),
    /// Of an observation.
    Observation(i64),
}

/// Puts `links` in the place of what the document had; entities without a mention stay until [`delete_unmentioned`]. Relations whose ends
/// it does not mention are left out, as are those of observations.
pub(crate) fn put(
    connection: &Connection,
    entropy: &Entropy,
    doc: Doc,
    links: &Links,
    at: Timestamp,
) -> Result<()> {
    clear(connection, doc)?;
    let mut named: BTreeMap<String, i64> = BTreeMap::new();
    let (memory, observation) = match doc {
        Doc::Memory(row) => (Some(row), None),
        Doc::Observation(row) => (None, Some(row)),
    };
    for mention in &links.mentions {
        let Some(entity) = entity(connection, entropy, mention, at)? else {
            continue;
        };
        named.insert(plain(&mention.name), entity);
        connection
            .prepare_cached(
                "INSERT INTO mention (entity, memory, observation, start, end) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![entity, memory, observation, mention.span.start, mention.span.end])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO relation (source, target, label, memory) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for relation in &links.relations {
        let ends = (
            named.get(&plain(&relation.from)),
            named.get(&plain(&relation.to)),
        );
        if let (Some(source), Some(target), Some(memory)) = (ends.0, ends.1, memory)
            && source != target
        {
            insert.execute(params![source, target, relation.label, memory])?;
        }
    }
    Ok(())
}

/// Takes a document's links out; entities without a mention stay until [`delete_unmentioned`].
pub(crate) fn clear(connection: &Connection, doc: Doc) -> Result<()> {
    match doc {
        Doc::Memory(row) => {
            connection
                .prepare_cached("DELETE FROM relation WHERE memory = ?1")?
                .execute([row])?;
            connection
                .prepare_cached("DELETE FROM mention WHERE memory = ?1")?
                .execute([row])?;
        }
        Doc::Observation(row) => {
            connection
                .prepare_cached("DELETE FROM mention WHERE observation = ?1")?
                .execute([row])?;
        }
    }
    Ok(())
}

/// Deletes every entity that nothing mentions any more, with its relations.
pub(crate) fn delete_unmentioned(connection: &Connection) -> Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM entity WHERE NOT EXISTS (SELECT 1 FROM mention WHERE mention.entity = entity.row)",
        )?
        .execute([])?;
    Ok(())
}

/// The row of the entity a mention names, made if it is new. What was only a thing becomes what this mention says it is.
fn entity(
    connection: &Connection,
    entropy: &Entropy,
    mention: &Mention,
    at: Timestamp,
) -> Result<Option<i64>> {
    let plain = plain(&mention.name);
    if plain.is_empty() {
        return Ok(None);
    }
    let known: Option<(i64, i64)> = connection
        .prepare_cached("SELECT row, kind FROM entity WHERE plain = ?1")?
        .query_row([&plain], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((row, kind)) = known {
        if kind == EntityKind::Thing.code() && mention.kind != EntityKind::Thing {
            connection
                .prepare_cached("UPDATE entity SET kind = ?2 WHERE row = ?1")?
                .execute(params![row, mention.kind.code()])?;
        }
        return Ok(Some(row));
    }
    let id = EntityId(entropy.id(at));
    connection
        .prepare_cached("INSERT INTO entity (id, kind, name, plain) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            id.0.as_bytes(),
            mention.kind.code(),
            mention.name.trim(),
            plain
        ])?;
    Ok(Some(connection.last_insert_rowid()))
}

/// Every entity.
pub(crate) fn entities(connection: &Connection) -> Result<Vec<GraphEntity>> {
    let mut statement =
        connection.prepare_cached("SELECT row, id, kind, name, plain FROM entity ORDER BY row")?;
    let mut rows = statement.query([])?;
    let mut entities = Vec::new();
    while let Some(row) = rows.next()? {
        entities.push(GraphEntity {
            row: row.get(0)?,
            id: EntityId(code::uuid(row, 1)?),
            kind: EntityKind::from_code(row.get(2)?)?,
            name: row.get(3)?,
            plain: row.get(4)?,
        });
    }
    Ok(entities)
}

/// Every mention in an active memory or an observation: the entity, the document, when it happened or was said, and its conversation.
pub(crate) fn mentions(connection: &Connection) -> Result<Vec<GraphDoc>> {
    let mut statement = connection.prepare_cached(
        "SELECT n.entity, -n.memory, m.valid_from, o.stream FROM mention n JOIN memory m ON m.row = n.memory
         LEFT JOIN memory_source s ON s.memory = m.row LEFT JOIN observation o ON o.row = s.observation
         WHERE m.state = 0
         UNION
         SELECT n.entity, o.row, o.at, o.stream FROM mention n JOIN observation o ON o.row = n.observation",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(GraphDoc {
            entity: row.get(0)?,
            doc: row.get(1)?,
            at: code::time(row, 2)?,
            stream: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every relation that an active memory tells of.
pub(crate) fn relations(connection: &Connection) -> Result<Vec<GraphRelation>> {
    let mut statement = connection.prepare_cached(
        "SELECT r.source, r.target, r.label, m.valid_from FROM relation r JOIN memory m ON m.row = r.memory
         WHERE m.state = 0 ORDER BY r.row",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(GraphRelation {
            source: row.get(0)?,
            target: row.get(1)?,
            label: row.get(2)?,
            at: code::time(row, 3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
