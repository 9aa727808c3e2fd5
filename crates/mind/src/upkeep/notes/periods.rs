//! Notes of whole days and weeks, out of their events.

use super::{Draft, MOST, heaviest, is_fresh, is_ours, weight};
use crate::{
    prose::says_something,
    upkeep::{Policy, Proposal, View},
};
use afterimage_domain::{Body, Memory, Timestamp};
use jiff::{civil::Date, tz::TimeZone};
use std::collections::BTreeMap;

/// Events named in the note of a day.
const EVENTS_A_DAY: usize = 10;
/// Events of a day named in the note of its week.
const EVENTS_A_WEEKDAY: usize = 2;
/// Events heavier than this get a sentence beside their title: a quarter of an hour.
const TELLING: i64 = 15;

pub(super) fn notes(view: &View<'_>, policy: &Policy, at: Timestamp) -> Vec<Proposal> {
    let mut days: BTreeMap<Date, Vec<&Memory>> = BTreeMap::new();
    let events = view.memories.iter().filter(|memory| is_event(memory));
    for event in events.filter(|event| !event.content.sources.is_empty()) {
        if let Some(day) = day(event.content.valid_from, &policy.zone) {
            days.entry(day).or_default().push(event);
        }
    }
    let Some(today) = day(at, &policy.zone) else {
        return vec![];
    };
    let mut periods: BTreeMap<(Date, bool), Vec<&Memory>> = BTreeMap::new();
    for (day, events) in &days {
        periods.entry((*day, false)).or_default().extend(events);
        let monday = monday(*day);
        periods
            .entry((monday, true))
            .or_default()
            .extend(heaviest(events, EVENTS_A_WEEKDAY));
    }
    // A note whose events are all gone goes too.
    for note in view
        .memories
        .iter()
        .filter(|memory| period(memory).is_some())
    {
        if let (Some(day), Some(is_week)) =
            (day(note.content.valid_from, &policy.zone), period(note))
        {
            periods.entry((day, is_week)).or_default();
        }
    }
    let whole = periods
        .into_iter()
        .filter(|((from, is_week), _)| end(*from, *is_week).is_some_and(|end| end <= today));
    let newest_first: Vec<_> = whole.collect();
    let notes = newest_first
        .into_iter()
        .rev()
        .filter_map(|((from, is_week), events)| note(from, is_week, &events, view, policy));
    notes.take(MOST).collect()
}

fn note(
    from: Date,
    is_week: bool,
    events: &[&Memory],
    view: &View<'_>,
    policy: &Policy,
) -> Option<Proposal> {
    let start = moment(from, &policy.zone)?;
    let stored = view
        .memories
        .iter()
        .find(|memory| period(memory) == Some(is_week) && memory.content.valid_from == start);
    if stored.is_some_and(|note| !is_ours(note, view) || is_fresh(note, events)) {
        return None;
    }
    let (name, folder) = match is_week {
        true => ("week", from.strftime("%Y").to_string()),
        false => ("day", from.strftime("%Y-%m").to_string()),
    };
    let mut draft = Draft {
        title: match is_week {
            true => from.strftime("Week of %-d %B %Y").to_string(),
            false => from.strftime("%A, %-d %B %Y").to_string(),
        },
        body: Body::Episodic {
            actor: "user".into(),
            event_type: name.into(),
            until: moment(end(from, is_week)?, &policy.zone),
        },
        tree_path: vec![format!("{name}s"), folder],
        valid_from: start,
        lines: vec![],
        sources: vec![],
    };
    let most = if is_week { usize::MAX } else { EVENTS_A_DAY };
    for event in heaviest(events, most) {
        let content = &event.content;
        let telling = content
            .details
            .lines()
            .find(|line| !is_week && weight(event) >= TELLING && says_something(line));
        let lines = std::iter::once(content.title.as_str()).chain(telling);
        draft.take(event, lines, view, policy);
    }
    draft.proposal(stored, &format!("{name} {from}"))
}

fn is_event(memory: &Memory) -> bool {
    matches!(memory.content.body, Body::Episodic { .. }) && !memory.content.is_note()
}

/// Whether a memory is the note of a week (`true`) or a day.
fn period(memory: &Memory) -> Option<bool> {
    match &memory.content.body {
        Body::Episodic { event_type, .. } if event_type == "week" => Some(true),
        Body::Episodic { event_type, .. } if event_type == "day" => Some(false),
        _ => None,
    }
}

fn day(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(zone.to_datetime(moment).date())
}

fn moment(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let start = day.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(start.timestamp().as_millisecond()))
}

fn monday(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(jiff::Span::new().days(back)).unwrap_or(day)
}

/// The first day after.
fn end(from: Date, is_week: bool) -> Option<Date> {
    from.checked_add(jiff::Span::new().days(if is_week { 7 } else { 1 }))
        .ok()
}
