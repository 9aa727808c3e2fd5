//! Notes about a person or project: what is known of it, and where it came up.

use super::{Draft, MOST, heaviest, is_fresh, is_ours};
use crate::statement::{attribute, said};
use crate::upkeep::{Policy, Proposal, View};
use afterimage_domain::{Body, Memory, memory::FROM_MEMORIES};
use std::collections::BTreeMap;

/// Facts and events together that make a note worth while.
const ENOUGH: usize = 3;
const MOST_FACTS: usize = 12;
const MOST_EVENTS: usize = 4;
/// What people have and projects do not.
const PERSONAL: &[&str] = &[
    "name", "home", "origin", "employer", "job", "birth", "birthday",
];

pub(super) fn notes(view: &View<'_>, policy: &Policy) -> Vec<Proposal> {
    let mut subjects: BTreeMap<String, Vec<&Memory>> = BTreeMap::new();
    for memory in view
        .memories
        .iter()
        .filter(|memory| !memory.content.sources.is_empty())
    {
        if let Some(subject) = subject(memory) {
            subjects
                .entry(subject.to_lowercase())
                .or_default()
                .push(memory);
        }
    }
    for note in view.memories.iter().filter(|memory| is_note(memory)) {
        subjects.entry(name(note).to_lowercase()).or_default();
    }
    let events = events(view);
    let notes = subjects.iter().filter_map(|(subject, facts)| {
        let naming = events.iter().filter(|(_, lines)| is_named(subject, lines));
        let naming: Vec<&Memory> = naming.map(|(event, _)| *event).collect();
        note(subject, facts, &naming, view, policy)
    });
    notes.take(MOST).collect()
}

fn note(
    subject: &str,
    facts: &[&Memory],
    events: &[&Memory],
    view: &View<'_>,
    policy: &Policy,
) -> Option<Proposal> {
    let stored = view
        .memories
        .iter()
        .find(|memory| is_note(memory) && name(memory).to_lowercase() == subject);
    if stored.is_none() && facts.len() < 2 {
        return None;
    }
    if stored.is_some_and(|note| !is_ours(note, view)) {
        return None;
    }
    let parts: Vec<&Memory> = facts.iter().chain(events).copied().collect();
    if stored.is_some_and(|note| is_fresh(note, &parts))
        || (stored.is_none() && parts.len() < ENOUGH)
    {
        return None;
    }
    let subject = stored
        .or(facts.first().copied())
        .map_or(subject, name)
        .to_owned();
    let mut draft = Draft {
        title: format!("{subject}: what is known"),
        tree_path: vec![folder(&subject, facts, view).into(), subject.clone()],
        valid_from: parts
            .iter()
            .map(|part| part.content.valid_from)
            .min()
            .unwrap_or_default(),
        body: Body::Semantic {
            subject: subject.clone(),
            learned_from: FROM_MEMORIES.into(),
        },
        lines: vec![],
        sources: vec![],
    };
    for fact in heaviest(facts, MOST_FACTS) {
        draft.take(
            fact,
            std::iter::once(fact.content.title.as_str()),
            view,
            policy,
        );
    }
    for event in heaviest(events, MOST_EVENTS) {
        let lines = event.content.details.lines();
        let naming = lines
            .filter(|line| is_named(&subject, &[padded(line)]))
            .take(1);
        draft.take(event, naming, view, policy);
    }
    draft.proposal(stored, &format!("about {subject}"))
}

/// Whom or what a fact is about; `None` for the user himself, whom Core memory is about, and for notes.
fn subject(memory: &Memory) -> Option<&str> {
    match &memory.content.body {
        Body::Semantic {
            subject,
            learned_from,
        } if learned_from != FROM_MEMORIES => {
            Some(subject.trim()).filter(|subject| !matches!(*subject, "" | "user" | "me"))
        }
        _ => None,
    }
}

fn name(memory: &Memory) -> &str {
    match &memory.content.body {
        Body::Semantic { subject, .. } => subject.trim(),
        _ => "",
    }
}

fn is_note(memory: &Memory) -> bool {
    matches!(memory.content.body, Body::Semantic { .. }) && memory.content.is_note()
}

/// Events with their sentences as [`said`].
fn events<'v>(view: &View<'v>) -> Vec<(&'v Memory, Vec<String>)> {
    let events = view.memories.iter().filter(|memory| {
        matches!(memory.content.body, Body::Episodic { .. })
            && !memory.content.is_note()
            && !memory.content.sources.is_empty()
    });
    let with_lines = events.map(|event| {
        let lines = event.content.details.lines();
        (event, lines.map(padded).collect())
    });
    with_lines.collect()
}

fn padded(text: &str) -> String {
    format!(" {} ", said(text))
}

/// Whether one of the lines has the words of a name beside each other.
fn is_named(name: &str, lines: &[String]) -> bool {
    let name = padded(name);
    name.len() > 2 && lines.iter().any(|line| line.contains(&name))
}

fn folder(subject: &str, facts: &[&Memory], view: &View<'_>) -> &'static str {
    let personal = |fact: &&Memory| {
        attribute(&fact.content)
            .is_some_and(|(_, _, attribute)| PERSONAL.contains(&attribute.as_str()))
    };
    let speaks = |fact: &&Memory| {
        let sources = fact.content.sources.iter();
        sources
            .filter_map(|source| (view.observation)(source.observation))
            .any(|seen| seen.origin.speaker().eq_ignore_ascii_case(subject))
    };
    match facts.iter().any(|fact| personal(fact) || speaks(fact)) {
        true => "people",
        false => "projects",
    }
}
