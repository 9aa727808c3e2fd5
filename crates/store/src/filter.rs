//! A filter as a condition in SQL. Within one kind of document: the scope is the caller's business.

use crate::table::{code::Code, personal::bits};
use afterimage_domain::{Bounds, Filter, Kind, Scope, TimeRange};
use rusqlite::types::Value;

/// A condition with its values, in order of their question marks.
pub(crate) struct Condition {
    /// Never empty.
    pub sql: String,
    /// One a question mark.
    pub values: Vec<Value>,
}

impl Condition {
    /// Holds for every row.
    fn always() -> Self {
        Self {
            sql: "1".into(),
            values: Vec::new(),
        }
    }

    fn and(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.extend(values);
    }
}

/// Whether observations are asked for.
pub(crate) fn wants_observations(filter: &Filter) -> bool {
    filter.scope != Scope::Memories
}

/// Whether memories are asked for.
pub(crate) fn wants_memories(filter: &Filter) -> bool {
    filter.scope != Scope::Observations
}

/// Whether anything but the scope narrows it.
pub(crate) fn narrows(filter: &Filter) -> bool {
    !filter.kinds.is_empty()
        || !filter.apps.is_empty()
        || filter.time.is_some()
        || filter.bounds.is_some()
        || !filter.details.is_empty()
}

/// On `observation o`.
pub(crate) fn on_observations(filter: &Filter) -> Condition {
    let mut condition = Condition::always();
    if let Some(range) = filter.time {
        condition.and("o.at >= ? AND o.at < ?", ends(range));
    }
    if !filter.apps.is_empty() {
        condition.and(&listed("o.app", filter.apps.len()), texts(&filter.apps));
    }
    if let Some(bounds) = &filter.bounds {
        bound_observations(&mut condition, bounds);
    }
    if !filter.details.is_empty() {
        condition.and(
            "o.personal & ? <> 0",
            [Value::Integer(bits(&filter.details))],
        );
    }
    condition
}

/// On `memory m`: active ones. A memory is of the times and apps of its sources, and of the time it happened.
pub(crate) fn on_memories(filter: &Filter) -> Condition {
    let mut condition = Condition::always();
    condition.and("m.state = 0", []);
    if !filter.kinds.is_empty() {
        let kinds = filter.kinds.iter().map(|kind| Value::Integer(kind.code()));
        condition.and(&listed("m.kind", filter.kinds.len()), kinds);
    }
    if let Some(range) = filter.time {
        condition.and(
            &format!(
                "((m.valid_from >= ? AND m.valid_from < ?) OR {})",
                from_sources("o.at >= ? AND o.at < ?")
            ),
            ends(range).into_iter().chain(ends(range)),
        );
    }
    if !filter.apps.is_empty() {
        condition.and(
            &from_sources(&listed("o.app", filter.apps.len())),
            texts(&filter.apps),
        );
    }
    if let Some(bounds) = &filter.bounds {
        bound_memories(&mut condition, bounds);
    }
    if !filter.details.is_empty() {
        condition.and(
            "m.personal & ? <> 0",
            [Value::Integer(bits(&filter.details))],
        );
    }
    condition
}

fn bound_observations(condition: &mut Condition, bounds: &Bounds) {
    if !bounds.observations {
        condition.and("0", []);
    }
    condition.and("o.trust >= ?", [Value::Integer(bounds.min_trust.code())]);
    if let Some(since) = bounds.since {
        condition.and("o.at >= ?", [Value::Integer(since.millis())]);
    }
    if !bounds.apps_left_out.is_empty() {
        let among = listed("lower(o.app)", bounds.apps_left_out.len());
        condition.and(&format!("NOT {among}"), texts(&bounds.apps_left_out));
    }
}

/// What lies outside behind a memory takes the memory out with it. The vault is outside of all bounds.
fn bound_memories(condition: &mut Condition, bounds: &Bounds) {
    let kinds = bounds.kinds.iter().filter(|kind| **kind != Kind::Vault);
    let kinds: Vec<Value> = kinds.map(|kind| Value::Integer(kind.code())).collect();
    condition.and(&listed("m.kind", kinds.len()), kinds);
    condition.and("m.trust >= ?", [Value::Integer(bounds.min_trust.code())]);
    if let Some(since) = bounds.since {
        let since = Value::Integer(since.millis());
        condition.and("m.valid_from >= ?", [since.clone()]);
        condition.and(&format!("NOT {}", from_sources("o.at < ?")), [since]);
    }
    if !bounds.apps_left_out.is_empty() {
        let among = listed("lower(o.app)", bounds.apps_left_out.len());
        condition.and(
            &format!("NOT {}", from_sources(&among)),
            texts(&bounds.apps_left_out),
        );
    }
}

fn from_sources(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM memory_source s JOIN observation o ON o.row = s.observation
         WHERE s.memory = m.row AND {condition})"
    )
}

fn listed(column: &str, count: usize) -> String {
    format!("{column} IN ({})", vec!["?"; count].join(", "))
}

fn ends(range: TimeRange) -> [Value; 2] {
    [range.from.millis(), range.to.millis()].map(Value::Integer)
}

fn texts(texts: &[String]) -> impl Iterator<Item = Value> {
    texts.iter().map(|text| Value::Text(text.clone()))
}
