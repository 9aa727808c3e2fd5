//! Ways of doing something, out of actions that were done in the same order again and again. What was only seen becomes a procedure only
//! with a yes.

use super::{Consent, Policy, Proposal, Reason, View};
use crate::absorb::cut;
use crate::statement::said;
use afterimage_domain::{
    Body, Edit, Memory, NewMemory, Source, Timestamp, Trust, memory::ProcedureType,
};
use std::collections::{BTreeMap, HashSet};

/// Steps of a sequence.
const LEAST_STEPS: usize = 3;
const MOST_STEPS: usize = 6;
/// So often it must have been done.
const OFTEN: usize = 3;
/// A pause longer than this ends a sequence.
const PAUSE_MS: i64 = 30 * 60_000;
/// Proposed at a time.
const MOST: usize = 5;
/// Occurrences whose events are named as sources.
const SHOWN: usize = 3;

pub(super) fn procedures(view: &View<'_>, policy: &Policy, _: Timestamp) -> Vec<Proposal> {
    let mut known: HashSet<Vec<String>> = view.memories.iter().filter_map(steps_of).collect();
    let mut sequences: Vec<_> = repeated(&sessions(view)).into_iter().collect();
    // The longest say most; what is part of one of them says nothing more.
    sequences.sort_by_key(|(actions, seen)| {
        (
            std::cmp::Reverse((actions.len(), seen.len())),
            actions.clone(),
        )
    });
    let mut chosen: Vec<Vec<String>> = Vec::new();
    let mut proposals = Vec::new();
    for (actions, seen) in sequences {
        let is_part = chosen
            .iter()
            .any(|longer| longer.windows(actions.len()).any(|part| part == actions));
        let steps: Vec<String> = seen[0].iter().map(|event| step(event)).collect();
        let stated: Vec<String> = steps.iter().map(|step| said(step)).collect();
        if is_part || proposals.len() == MOST {
            continue;
        }
        chosen.push(actions);
        if known.insert(stated) {
            proposals.push(proposed(steps, &seen, policy));
        }
    }
    proposals
}

/// One time a sequence was done.
type Seen<'m> = Vec<&'m Memory>;

/// An event and what is done in it.
struct Action<'m> {
    event: &'m Memory,
    name: String,
}

/// Actions with little time between them, oldest first; what goes on in the same way is one.
fn sessions<'m>(view: &View<'m>) -> Vec<Vec<Action<'m>>> {
    let mut events: Vec<&Memory> = view
        .memories
        .iter()
        .filter(|memory| is_action(memory))
        .collect();
    events.sort_by_key(|event| (event.content.valid_from, event.id));
    let mut sessions: Vec<Vec<Action<'_>>> = Vec::new();
    let mut ended = Timestamp::from_millis(i64::MIN);
    for event in events {
        let next = Action {
            event,
            name: named(event),
        };
        let goes_on = event.content.valid_from.millis_since(ended) <= PAUSE_MS;
        ended = ended.max(end(event));
        match sessions.last_mut().filter(|_| goes_on) {
            None => sessions.push(vec![next]),
            Some(session) if session.last().is_some_and(|last| last.name == next.name) => {}
            Some(session) => session.push(next),
        }
    }
    sessions
}

fn is_action(memory: &Memory) -> bool {
    let content = &memory.content;
    matches!(&content.body, Body::Episodic { event_type, .. } if event_type != "conversation")
        && !content.is_note()
        && !content.sources.is_empty()
}

fn end(event: &Memory) -> Timestamp {
    match event.content.body {
        Body::Episodic {
            until: Some(until), ..
        } => until,
        _ => event.content.valid_from,
    }
}

/// What is done, in words: without what it was about that day, and without numbers.
fn step(event: &Memory) -> String {
    let title = event.content.title.as_str();
    cut(title.split_once(": ").map_or(title, |(head, _)| head), 80)
}

fn named(event: &Memory) -> String {
    let words = said(&step(event));
    words.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Sequences of different actions that were done often, with each time they were done, oldest first.
fn repeated<'m>(sessions: &[Vec<Action<'m>>]) -> BTreeMap<Vec<String>, Vec<Seen<'m>>> {
    let mut found: BTreeMap<Vec<String>, Vec<Seen<'_>>> = BTreeMap::new();
    for session in sessions {
        for length in LEAST_STEPS..=MOST_STEPS {
            for part in session.windows(length) {
                let actions: Vec<String> = part.iter().map(|action| action.name.clone()).collect();
                let different: HashSet<&String> = actions.iter().collect();
                if different.len() < length {
                    continue;
                }
                let seen = found.entry(actions).or_default();
                // Two times do not share an event.
                let is_apart = seen.last().is_none_or(|last| {
                    last.iter()
                        .all(|event| part.iter().all(|other| other.event.id != event.id))
                });
                if is_apart {
                    seen.push(part.iter().map(|action| action.event).collect());
                }
            }
        }
    }
    found.retain(|_, seen| seen.len() >= OFTEN);
    found
}

fn steps_of(memory: &Memory) -> Option<Vec<String>> {
    match &memory.content.body {
        Body::Procedural { steps, .. } => Some(steps.iter().map(|step| said(step)).collect()),
        _ => None,
    }
}

fn proposed(steps: Vec<String>, seen: &[Seen<'_>], policy: &Policy) -> Proposal {
    let latest = seen.iter().rev().take(SHOWN).flatten();
    let mut sources: Vec<Source> = Vec::new();
    for source in latest
        .clone()
        .filter_map(|event| event.content.sources.first())
    {
        if !sources.contains(source) {
            sources.push(*source);
        }
    }
    let (first, last) = (seen[0][0], seen[seen.len() - 1][0]);
    let key = steps.join("; ");
    let title = cut(&format!("Routine: {}", steps.join(", then ")), 120);
    let words = format!(
        "“{title}” was done {} times. Keep it as a how-to?",
        seen.len()
    );
    let memory = NewMemory {
        title,
        details: format!(
            "Done {} times, last on {}.",
            seen.len(),
            super::day_in_words(last.content.valid_from, policy)
        ),
        body: Body::Procedural {
            entry_type: ProcedureType::Workflow,
            steps,
        },
        tree_path: vec!["routines".into()],
        tags: vec![],
        sources,
        trust: Trust::of_sources(latest.map(|event| event.content.trust)),
        confidence: 0.6,
        valid_from: first.content.valid_from,
    };
    Proposal::new(
        Reason::Procedure,
        &key,
        Consent::Ask,
        words,
        vec![Edit::Add { memory }],
    )
}
