//! The people, projects and places of memory and what joins them: the rows of `table::link`, put together when asked.
//!
//! Two names are one entity when one is the beginning of the other ("Anna", "Anna Meier"), both stand in one conversation, and no other
//! longer name begins so. That is worked out here each time, so that it is forgotten with the mentions it rests on.

use crate::{
    error::Result,
    table::{link, memory},
    types::{Edge, Graph, GraphDoc, GraphEntity, Node},
};
use afterimage_domain::{EntityKind, Memory, Timestamp, link::plain};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// A document with more names than this is a list; its names have nothing to do with each other.
const MOST_TOGETHER: usize = 12;
/// Memories given with one entity.
const MOST_MEMORIES: usize = 50;

/// What is known of one entity.
struct Seen<'a> {
    entity: &'a GraphEntity,
    docs: BTreeSet<i64>,
    last: Timestamp,
}

/// The `limit` entities named most, or `around` and the entities most joined to it; `None` where nothing has that name.
pub(crate) fn graph(
    connection: &Connection,
    around: Option<&str>,
    limit: usize,
) -> Result<Option<Graph>> {
    let entities = link::entities(connection)?;
    let mentions = link::mentions(connection)?;
    let same = same(&entities, &mentions);
    let seen = seen(&entities, &mentions, &same);
    let edges = edges(connection, &seen, &mentions, &same)?;
    let Some(centre) = around.map(plain) else {
        let mut rows: Vec<i64> = seen.keys().copied().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((seen[row].docs.len(), seen[row].last)));
        rows.truncate(limit);
        return Ok(Some(drawn(&seen, &edges, &rows, vec![])));
    };
    let found = entities.iter().find(|entity| entity.plain == centre);
    let Some(centre) = found
        .map(|entity| same[&entity.row])
        .filter(|row| seen.contains_key(row))
    else {
        return Ok(None);
    };
    let memories = memories(connection, &seen[&centre])?;
    let rows = neighbourhood(centre, &edges, limit);
    Ok(Some(drawn(&seen, &edges, &rows, memories)))
}

/// For each entity the one it is: itself, or the longer name it is short for.
fn same(entities: &[GraphEntity], mentions: &[GraphDoc]) -> BTreeMap<i64, i64> {
    let mut streams: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    for mention in mentions {
        if let Some(stream) = &mention.stream {
            streams.entry(mention.entity).or_default().insert(stream);
        }
    }
    let meet = |a: i64, b: i64| match (streams.get(&a), streams.get(&b)) {
        (Some(a), Some(b)) => !a.is_disjoint(b),
        _ => false,
    };
    let mut sorted: Vec<&GraphEntity> = entities.iter().collect();
    sorted.sort_by(|a, b| a.plain.cmp(&b.plain));
    let is_person =
        |entity: &GraphEntity| matches!(entity.kind, EntityKind::Person | EntityKind::Thing);
    let own = |entity: &GraphEntity| {
        let begin = format!("{} ", entity.plain);
        let first = sorted.partition_point(|other| other.plain < begin);
        let mut longer = sorted[first..]
            .iter()
            .take_while(|other| other.plain.starts_with(&begin))
            .filter(|other| is_person(other));
        let one = longer.next().filter(|_| longer.next().is_none());
        let one = one.filter(|one| {
            is_person(entity) && !entity.plain.contains(' ') && meet(entity.row, one.row)
        });
        one.map_or(entity.row, |one| one.row)
    };
    entities
        .iter()
        .map(|entity| (entity.row, own(entity)))
        .collect()
}

fn seen<'a>(
    entities: &'a [GraphEntity],
    mentions: &[GraphDoc],
    same: &BTreeMap<i64, i64>,
) -> BTreeMap<i64, Seen<'a>> {
    let by_row: BTreeMap<i64, &GraphEntity> =
        entities.iter().map(|entity| (entity.row, entity)).collect();
    let mut seen: BTreeMap<i64, Seen<'a>> = BTreeMap::new();
    for mention in mentions {
        let row = same[&mention.entity];
        let entry = seen.entry(row).or_insert_with(|| Seen {
            entity: by_row[&row],
            docs: BTreeSet::new(),
            last: mention.at,
        });
        entry.docs.insert(mention.doc);
        entry.last = entry.last.max(mention.at);
    }
    seen
}

/// Relations, each label for itself, and how often two entities stand in one document without a relation.
fn edges(
    connection: &Connection,
    seen: &BTreeMap<i64, Seen<'_>>,
    mentions: &[GraphDoc],
    same: &BTreeMap<i64, i64>,
) -> Result<Vec<(i64, i64, Edge)>> {
    let mut found: BTreeMap<(i64, i64, String), (u32, Timestamp)> = BTreeMap::new();
    let mut count = |key: (i64, i64, String), at: Timestamp| {
        let edge = found.entry(key).or_insert((0, at));
        *edge = (edge.0 + 1, edge.1.max(at));
    };
    let mut related = BTreeSet::new();
    for relation in link::relations(connection)? {
        let ends = (same[&relation.source], same[&relation.target]);
        if ends.0 != ends.1 {
            related.extend([ends, (ends.1, ends.0)]);
            count((ends.0, ends.1, relation.label), relation.at);
        }
    }
    let mut docs: BTreeMap<i64, (BTreeSet<i64>, Timestamp)> = BTreeMap::new();
    for mention in mentions {
        let doc = docs
            .entry(mention.doc)
            .or_insert((BTreeSet::new(), mention.at));
        doc.0.insert(same[&mention.entity]);
    }
    for (together, at) in docs
        .values()
        .filter(|(together, _)| together.len() <= MOST_TOGETHER)
    {
        for a in together {
            for b in together.range(a + 1..) {
                if !related.contains(&(*a, *b)) {
                    count((*a, *b, String::new()), *at);
                }
            }
        }
    }
    let both = found
        .into_iter()
        .filter(|((a, b, _), _)| seen.contains_key(a) && seen.contains_key(b));
    let edge = |((a, b, label), (count, last_seen)): ((i64, i64, String), (u32, Timestamp))| {
        let edge = Edge {
            from: seen[&a].entity.id,
            to: seen[&b].entity.id,
            label,
            count,
            last_seen,
        };
        (a, b, edge)
    };
    Ok(both.map(edge).collect())
}

/// The entity and those most joined to it, `limit` in all.
fn neighbourhood(centre: i64, edges: &[(i64, i64, Edge)], limit: usize) -> Vec<i64> {
    let mut weights: BTreeMap<i64, (bool, u32)> = BTreeMap::new();
    for (a, b, edge) in edges {
        let other = match centre {
            centre if centre == *a => *b,
            centre if centre == *b => *a,
            _ => continue,
        };
        let weight = weights.entry(other).or_default();
        *weight = (weight.0 || !edge.label.is_empty(), weight.1 + edge.count);
    }
    let mut others: Vec<(i64, (bool, u32))> = weights.into_iter().collect();
    others.sort_by_key(|(row, weight)| (std::cmp::Reverse(*weight), *row));
    let others = others.into_iter().map(|(row, _)| row);
    std::iter::once(centre)
        .chain(others)
        .take(limit.max(1))
        .collect()
}

fn drawn(
    seen: &BTreeMap<i64, Seen<'_>>,
    edges: &[(i64, i64, Edge)],
    rows: &[i64],
    memories: Vec<Memory>,
) -> Graph {
    let node = |row: &i64| {
        let seen = &seen[row];
        Node {
            id: seen.entity.id,
            name: seen.entity.name.clone(),
            kind: seen.entity.kind,
            count: seen.docs.len() as u32,
            last_seen: seen.last,
        }
    };
    let shown: BTreeSet<i64> = rows.iter().copied().collect();
    let edges = edges
        .iter()
        .filter(|(a, b, _)| shown.contains(a) && shown.contains(b));
    Graph {
        nodes: rows.iter().map(node).collect(),
        edges: edges.map(|(_, _, edge)| edge.clone()).collect(),
        memories,
    }
}

/// The active memories that name an entity, newest first.
fn memories(connection: &Connection, seen: &Seen<'_>) -> Result<Vec<Memory>> {
    // A memory's document is its row, negated.
    let rows = seen.docs.iter().filter(|doc| **doc < 0).map(|doc| -doc);
    let mut memories = Vec::new();
    for row in rows {
        memories.extend(memory::get_row(connection, row)?.map(|row| row.memory));
    }
    memories.sort_by_key(|memory| std::cmp::Reverse((memory.content.valid_from, memory.id)));
    memories.truncate(MOST_MEMORIES);
    Ok(memories)
}
