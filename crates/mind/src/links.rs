//! Memories and observations -> links: whom they name, and how those are related. By rule; no model takes part.
//!
//! A name is words with a capital that do not just begin a sentence. Relations are what facts say: who works where, lives where, is whose
//! wife. What cannot be told is left out: a missing link is better than a wrong one.

mod names;
mod relations;

use crate::{absorb::Batch, prose::says_something};
use afterimage_domain::{
    Body, Edit, EntityKind, Linked, Links, Mention, NewMemory, Observation, Origin, Relation, Span,
    link::{USER, plain},
};
use names::Known;

/// Names in one document; more is a list.
const MOST: usize = 24;
/// A subject with more words is a title.
const LONGEST_SUBJECT: usize = 4;

/// The links of a batch: of its observations, and of the memories that `edits` make. They name edits by their place in `edits`.
pub fn of_batch(batch: &Batch<'_>, edits: &[Edit]) -> Vec<Links> {
    let memories = || {
        edits
            .iter()
            .enumerate()
            .filter_map(|(at, edit)| Some((at, made(edit)?)))
    };
    let mut known = Known::default();
    for observation in batch.observations {
        known.speaker(observation.origin.speaker());
        known.read(&observation.text);
    }
    for (_, memory) in memories() {
        subjects(memory)
            .iter()
            .for_each(|subject| known.subject(subject));
    }
    let observations = batch.observations.iter().map(|observation| Links {
        of: Linked::Observation(observation.id),
        mentions: of_observation(observation, &known),
        relations: vec![],
    });
    let memories = memories().map(|(at, memory)| of_memory(memory, at, &known));
    let links = observations.chain(memories);
    links.filter(|links| !links.is_empty()).collect()
}

/// The links of a memory that the user typed or corrected; `place` is that of the edit.
pub fn of_typed(memory: &NewMemory, place: usize) -> Links {
    let mut known = Known::default();
    known.read(&memory.title);
    known.read(&memory.details);
    subjects(memory)
        .iter()
        .for_each(|subject| known.subject(subject));
    of_memory(memory, place, &known)
}

/// The memory with the text that an edit gives it.
fn made(edit: &Edit) -> Option<&NewMemory> {
    match edit {
        Edit::Add { memory } | Edit::Supersede { memory, .. } => Some(memory),
        // What waits for a yes names nobody yet.
        Edit::Propose { .. }
        | Edit::Accept { .. }
        | Edit::Update { .. }
        | Edit::SupersedeBy { .. }
        | Edit::Delete { .. }
        | Edit::Undo { .. } => None,
    }
}

fn of_memory(memory: &NewMemory, place: usize, known: &Known) -> Links {
    let mut links = Links {
        of: Linked::Edit(place),
        mentions: vec![],
        relations: vec![],
    };
    if matches!(memory.body, Body::Vault { .. }) {
        return links;
    }
    for subject in subjects(memory) {
        let kind = known.kind(&subject).unwrap_or(EntityKind::Thing);
        links.mentions.push(about(&subject, kind));
    }
    let text = match memory.details.is_empty() {
        true => memory.title.clone(),
        false => format!("{}\n{}", memory.title, memory.details),
    };
    links.mentions.extend(names::names(&text, known, &|_| true));
    // Details are the words as they were said, in which "I" may be anybody.
    for found in relations::relations(&memory.title) {
        links.mentions.extend([
            about(&found.from.0, found.from.1),
            about(&found.to.0, found.to.1),
        ]);
        links.relations.push(Relation {
            from: found.from.0,
            to: found.to.0,
            label: found.label,
        });
    }
    links.mentions = distinct(links.mentions);
    links
}

/// Who speaks, and whom they name. On screens only sentences are read: menus are full of capitals.
fn of_observation(observation: &Observation, known: &Known) -> Vec<Mention> {
    let speaker = match observation.origin.speaker() {
        "" | "assistant" => None,
        "user" | "me" | "self" => Some(USER),
        name => Some(name),
    };
    if observation.origin.speaker() == "assistant" {
        return vec![];
    }
    let is_screen = matches!(observation.origin, Origin::Screen { .. });
    let mut mentions: Vec<Mention> = speaker
        .map(|name| about(name, EntityKind::Person))
        .into_iter()
        .collect();
    mentions.extend(names::names(&observation.text, known, &|sentence| {
        !is_screen || says_something(sentence)
    }));
    distinct(mentions)
}

/// Whom a memory is about: people and things with a name, not page titles.
fn subjects(memory: &NewMemory) -> Vec<String> {
    let named = match &memory.body {
        Body::Semantic { subject, .. } => vec![subject.as_str()],
        Body::Episodic { actor, .. } => actor.split(" and ").collect(),
        Body::Core { .. } => vec!["user"],
        Body::Procedural { .. } | Body::Resource { .. } | Body::Vault { .. } => vec![],
    };
    let named = named.into_iter().filter_map(|name| match name.trim() {
        "user" | "me" | "self" => Some(USER.to_owned()),
        name => names::is_name(name, LONGEST_SUBJECT).then(|| name.to_owned()),
    });
    named.collect()
}

/// A mention of somebody whose name need not stand in the text.
fn about(name: &str, kind: EntityKind) -> Mention {
    Mention {
        name: name.to_owned(),
        kind: if name == USER {
            EntityKind::Person
        } else {
            kind
        },
        span: Span { start: 0, end: 0 },
    }
}

/// Each name once, where it stands in the text if it does, as the most telling kind.
fn distinct(mentions: Vec<Mention>) -> Vec<Mention> {
    let mut kept: Vec<Mention> = Vec::new();
    for mention in mentions {
        let same = |known: &&mut Mention| plain(&known.name) == plain(&mention.name);
        match kept.iter_mut().find(same) {
            None => kept.push(mention),
            Some(known) => {
                known.kind = known.kind.min(mention.kind);
                if known.span.start == known.span.end {
                    known.span = mention.span;
                }
            }
        }
    }
    kept.truncate(MOST);
    kept
}

#[cfg(test)]
mod tests;
