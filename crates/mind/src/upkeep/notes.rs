//! Notes of days, weeks, people and projects: existing sentences put together, each with its sources, none made up.
//!
//! A note is changed in place when what it rests on has changed, and goes when nothing of that is left. A note the user has changed is his.

mod about;
mod periods;

use super::{Consent, Policy, Proposal, Reason, View, quoted};
use crate::absorb::support::{invented, is_instruction};
use afterimage_domain::{Body, Edit, Memory, NewMemory, Patch, Source, Timestamp, Trust};
use std::collections::HashSet;

/// Notes made or changed at a time; the rest comes with the next.
const MOST: usize = 30;

pub(super) fn notes(view: &View<'_>, policy: &Policy, at: Timestamp) -> Vec<Proposal> {
    let mut proposals = periods::notes(view, policy, at);
    proposals.extend(about::notes(view, policy));
    proposals.truncate(MOST);
    proposals
}

/// A note on its way: what it would say, out of which memories.
struct Draft {
    title: String,
    body: Body,
    tree_path: Vec<String>,
    valid_from: Timestamp,
    lines: Vec<String>,
    sources: Vec<Source>,
}

impl Draft {
    /// Takes over those of `lines` that the sources of `from` support word for word in names and numbers. Whether any was.
    fn take<'l>(
        &mut self,
        from: &Memory,
        lines: impl Iterator<Item = &'l str>,
        view: &View<'_>,
        policy: &Policy,
    ) -> bool {
        let seen = from.content.sources.iter();
        let texts: Vec<String> = seen
            .filter_map(|source| (view.observation)(source.observation))
            .map(|seen| seen.searchable(&policy.zone))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let before = self.lines.len();
        for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
            let is_new = !self.lines.iter().any(|known| known == line);
            let holds = !texts.is_empty() && invented(line, &texts).is_none();
            if is_new && holds && !is_instruction(line) {
                self.lines.push(line.to_owned());
            }
        }
        let taken = self.lines.len() > before;
        if taken {
            // All of them: when one is forgotten, its words must not stay.
            let new = from
                .content
                .sources
                .iter()
                .filter(|source| !self.sources.contains(source));
            let new: Vec<Source> = new.copied().collect();
            self.sources.extend(new);
        }
        taken
    }

    /// The proposal that makes the note so; `None` when it is so, or there is nothing to say and no note.
    fn proposal(self, stored: Option<&Memory>, key: &str) -> Option<Proposal> {
        let details = self.lines.join("\n");
        let key = format!("{key} {} {details}", self.title);
        let (words, edit) = match stored {
            Some(note) if details.is_empty() => (
                format!("Nothing is left of what {} was made of.", quoted(note)),
                Edit::Delete { id: note.id },
            ),
            Some(note) if note.content.details == details => return None,
            Some(note) => {
                let patch = Patch {
                    details: Some(details),
                    more_sources: self.sources,
                    ..Patch::default()
                };
                let words = format!("{} has changed.", quoted(note));
                (words, Edit::Update { id: note.id, patch })
            }
            None if details.is_empty() => return None,
            None => (
                format!(
                    "A note of “{}” out of {} lines.",
                    self.title,
                    self.lines.len()
                ),
                Edit::Add {
                    memory: self.new_memory(details),
                },
            ),
        };
        Some(Proposal::new(
            Reason::Note,
            &key,
            Consent::Safe,
            words,
            vec![edit],
        ))
    }

    fn new_memory(self, details: String) -> NewMemory {
        NewMemory {
            title: self.title,
            details,
            body: self.body,
            tree_path: self.tree_path,
            tags: vec![],
            sources: self.sources,
            // A note may come to rest on anything, so it is never more trusted than that.
            trust: Trust::Screen,
            confidence: 0.8,
            valid_from: self.valid_from,
        }
    }
}

/// Whether a note was made after the last change of all of `parts` and rests on nothing else.
fn is_fresh(note: &Memory, parts: &[&Memory]) -> bool {
    let sources: HashSet<Source> = parts
        .iter()
        .flat_map(|part| part.content.sources.iter().copied())
        .collect();
    parts.iter().all(|part| part.updated_at <= note.updated_at)
        && note
            .content
            .sources
            .iter()
            .all(|source| sources.contains(source))
}

/// Whether a note may be changed without asking.
fn is_ours(note: &Memory, view: &View<'_>) -> bool {
    !note.pinned && !view.own.contains(&note.id)
}

/// How much an event or fact matters: how long it took, how often it was used, on how much it rests.
fn weight(memory: &Memory) -> i64 {
    let lasted = match &memory.content.body {
        Body::Episodic {
            until: Some(until), ..
        } => until.millis_since(memory.content.valid_from) / 60_000,
        _ => 0,
    };
    lasted.clamp(0, 120)
        + 5 * i64::from(memory.access_count)
        + 2 * memory.content.sources.len() as i64
}

/// The heaviest `most` of `memories`, in the order of time.
fn heaviest<'m>(memories: &[&'m Memory], most: usize) -> Vec<&'m Memory> {
    let mut chosen = memories.to_vec();
    chosen.sort_by_key(|memory| {
        (
            std::cmp::Reverse(weight(memory)),
            memory.content.valid_from,
            memory.id,
        )
    });
    chosen.truncate(most);
    chosen.sort_by_key(|memory| (memory.content.valid_from, memory.id));
    chosen
}
