//! Memories that say the same: one keeps the sources of all, the others give way to it and are kept as its past.

use super::{Consent, Policy, Proposal, Reason, View, quoted};
use crate::absorb::merge::{SAME, differs_in_name, numbers, subject};
use crate::statement::{attribute, said, statement};
use afterimage_domain::{Body, Edit, Kind, Memory, MemoryId, Patch, Timestamp};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

/// Only the memories changed last are compared by meaning: a look at the vectors costs about a millisecond each.
const COMPARED: usize = 300;
/// Words that turn a sentence round.
const OPPOSITES: &[&str] = &[
    "not", "no", "never", "don", "doesn", "isn", "won", "can", "cannot", "dislikes", "hates",
    "without", "likes", "loves", "prefers",
];

pub(super) fn duplicates(view: &View<'_>, _: &Policy, _: Timestamp) -> Vec<Proposal> {
    let mut groups: BTreeMap<String, Vec<&Memory>> = BTreeMap::new();
    // Values of an attribute may come back: their order in time decides, see `conflicts`.
    for memory in view
        .memories
        .iter()
        .filter(|memory| attribute(&memory.content).is_none())
    {
        if let Some(statement) = statement(memory) {
            groups.entry(statement).or_default().push(memory);
        }
    }
    let said_twice = groups.into_values().filter_map(|group| merged(group, view));
    said_twice.chain(nearly_said_twice(view)).collect()
}

/// Which of several is kept: the most trusted, of those a pinned one, of those the oldest.
fn rank(memory: &Memory) -> (Reverse<afterimage_domain::Trust>, bool, Timestamp, MemoryId) {
    let content = &memory.content;
    (
        Reverse(content.trust),
        !memory.pinned,
        content.valid_from,
        memory.id,
    )
}

fn merged(mut group: Vec<&Memory>, view: &View<'_>) -> Option<Proposal> {
    group.sort_by_key(|memory| rank(memory));
    let (keeper, others) = group.split_first()?;
    let others: Vec<&Memory> = others
        .iter()
        .filter(|other| !other.pinned && says_no_more(other, keeper))
        .copied()
        .collect();
    if others.is_empty() {
        return None;
    }
    let ids: Vec<String> = others.iter().map(|other| other.id.to_string()).collect();
    let key = format!("{} {}", keeper.id, ids.join(" "));
    let words = format!("{} is kept {} times.", quoted(keeper), others.len() + 1);
    let edits = merging(keeper, &others, view);
    Some(Proposal::new(
        Reason::Duplicate,
        &key,
        Consent::Safe,
        words,
        edits,
    ))
}

/// The edits by which `others` give way to `keeper`.
fn merging(keeper: &Memory, others: &[&Memory], view: &View<'_>) -> Vec<Edit> {
    let mut more_sources = Vec::new();
    for other in others {
        for source in view.sources_for(keeper, other) {
            if !more_sources.contains(&source) {
                more_sources.push(source);
            }
        }
    }
    let patch = Patch {
        more_sources,
        ..Patch::default()
    };
    let id = keeper.id;
    let sources = (!patch.more_sources.is_empty()).then_some(Edit::Update { id, patch });
    let give_way = others.iter().map(|other| Edit::SupersedeBy {
        old: other.id,
        by: keeper.id,
        // It held no longer than until the one that is kept began to hold.
        at: other.content.valid_from.max(keeper.content.valid_from),
    });
    sources.into_iter().chain(give_way).collect()
}

/// Whether nothing would go out of view with `other`. The details of a memory with sources are the sources' words, which are found
/// themselves; what was typed stands nowhere else.
fn says_no_more(other: &Memory, keeper: &Memory) -> bool {
    let has = |whole: &str, part: &str| {
        let lines: BTreeSet<String> = whole.lines().map(said).collect();
        part.lines().all(|line| lines.contains(&said(line)))
    };
    let typed = other.content.sources.is_empty();
    let details = !typed || has(&keeper.content.details, &other.content.details);
    let content = match (&other.content.body, &keeper.content.body) {
        (
            Body::Resource { content: other, .. },
            Body::Resource {
                content: keeper, ..
            },
        ) => has(keeper, other),
        _ => true,
    };
    details && content
}

/// Pairs that are near in meaning and differ in no name, number or denial. Whether they say the same is asked.
fn nearly_said_twice(view: &View<'_>) -> Vec<Proposal> {
    let known: HashMap<MemoryId, &Memory> = view
        .memories
        .iter()
        .map(|memory| (memory.id, memory))
        .collect();
    let mut latest: Vec<&Memory> = view
        .memories
        .iter()
        .filter(|memory| is_fact(memory))
        .collect();
    latest.sort_by_key(|memory| (Reverse(memory.updated_at), memory.id));
    let pairs = latest.into_iter().take(COMPARED).filter_map(|memory| {
        let near = (view.near)(memory);
        let other = near
            .iter()
            .take_while(|(_, cosine)| *cosine > SAME)
            .filter_map(|(id, _)| known.get(id).copied())
            .find(|other| may_be_same(memory, other))?;
        Some(match rank(memory) < rank(other) {
            true => (memory, other),
            false => (other, memory),
        })
    });
    let mut seen = BTreeSet::new();
    pairs
        .filter(|(keeper, other)| seen.insert((keeper.id, other.id)))
        .map(|(keeper, other)| {
            let words = format!("{} and {} may say the same.", quoted(keeper), quoted(other));
            let key = format!("{} {}", keeper.id, other.id);
            let edits = merging(keeper, &[other], view);
            Proposal::new(Reason::NearDuplicate, &key, Consent::Ask, words, edits)
        })
        .collect()
}

fn is_fact(memory: &Memory) -> bool {
    matches!(memory.kind(), Kind::Core | Kind::Semantic) && !memory.content.is_note()
}

fn may_be_same(one: &Memory, other: &Memory) -> bool {
    let (a, b) = (&one.content, &other.content);
    let turns = |text: &str| -> BTreeSet<String> {
        let said = said(text);
        let words = said.split(' ').filter(|word| OPPOSITES.contains(word));
        words.map(str::to_owned).collect()
    };
    is_fact(other)
        && one.kind() == other.kind()
        && subject(&a.body) == subject(&b.body)
        && statement(one) != statement(other)
        // Two values of one attribute are a conflict, not a duplicate.
        && (attribute(a).is_none() || attribute(a) != attribute(b))
        && !differs_in_name(&a.title, &b.title)
        && numbers(&a.title) == numbers(&b.title)
        && turns(&a.title) == turns(&b.title)
}
