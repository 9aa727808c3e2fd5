//! Facts that give the one value of the same attribute of the same subject: the newest holds, the others held until then.
//!
//! A less trusted fact never takes the place of a more trusted one by itself: that is asked. The spans in which the values of one attribute
//! hold do not overlap once everything proposed is applied.

use super::{Consent, Policy, Proposal, Reason, View, quoted};
use crate::statement::{attribute, said};
use afterimage_domain::{Edit, Memory, Patch, Timestamp, Trust};
use std::collections::BTreeMap;

pub(super) fn conflicts(view: &View<'_>, _: &Policy, _: Timestamp) -> Vec<Proposal> {
    let mut groups: BTreeMap<_, Vec<&Memory>> = BTreeMap::new();
    for memory in view.memories {
        if let Some(attribute) = attribute(&memory.content) {
            groups.entry(attribute).or_default().push(memory);
        }
    }
    let groups = groups.into_values().filter(|group| group.len() > 1);
    groups.flat_map(|group| in_order(group, view)).collect()
}

/// The values of one attribute on their way through time.
struct Course<'m> {
    /// Holds at the moment looked at.
    holds: &'m Memory,
    /// Those that may not take its place without a yes.
    waiting: Vec<&'m Memory>,
    /// What is changed without asking.
    edits: Vec<Edit>,
    /// What was said by it, for the user.
    said: Vec<String>,
    values: usize,
}

fn in_order(mut group: Vec<&Memory>, view: &View<'_>) -> Vec<Proposal> {
    group.sort_by_key(|memory| (begins(memory), memory.created_at, memory.id));
    let mut course = Course {
        holds: group[0],
        waiting: vec![],
        edits: vec![],
        said: vec![],
        values: 1,
    };
    for next in &group[1..] {
        course.meets(next, view);
    }
    course.closes();
    course.proposals(&group)
}

/// When a value began to hold; of values that began at the same moment the most trusted came last.
fn begins(memory: &Memory) -> (Timestamp, Trust) {
    (memory.content.valid_from, memory.content.trust)
}

impl<'m> Course<'m> {
    fn meets(&mut self, next: &'m Memory, view: &View<'_>) {
        let holds = self.holds;
        let is_same = said(&holds.content.title) == said(&next.content.title);
        let is_later = begins(next) > begins(holds);
        let is_trusted = next.content.trust >= holds.content.trust;
        if is_same && next.content.trust <= holds.content.trust && !next.pinned {
            self.carries(holds, next, view);
            self.gives_way(next, holds, next.content.valid_from);
        } else if (is_same || is_later) && is_trusted && !holds.pinned {
            if is_same {
                self.carries(next, holds, view);
            } else {
                self.values += 1;
                self.said.push(format!(
                    "{} no longer holds: {} is newer.",
                    quoted(holds),
                    quoted(next)
                ));
            }
            self.gives_way(holds, next, next.content.valid_from);
            self.holds = next;
        } else {
            self.waits(next, view);
        }
    }

    /// One that says the same as another that waits gives way to it.
    fn waits(&mut self, next: &'m Memory, view: &View<'_>) {
        let same = self.waiting.iter().copied().find(|other| {
            said(&other.content.title) == said(&next.content.title)
                && other.content.trust >= next.content.trust
        });
        match same.filter(|_| !next.pinned) {
            Some(other) => {
                self.carries(other, next, view);
                self.gives_way(next, other, next.content.valid_from);
            }
            None => self.waiting.push(next),
        }
    }

    /// What waited and is older than what holds in the end never held.
    fn closes(&mut self) {
        let holds = self.holds;
        let (past, waiting): (Vec<&Memory>, Vec<&Memory>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|old| {
                begins(old) < begins(holds)
                    && old.content.trust <= holds.content.trust
                    && !old.pinned
            });
        for old in past {
            self.values += 1;
            self.said
                .push(format!("{} is older than {}.", quoted(old), quoted(holds)));
            self.gives_way(old, holds, old.content.valid_from);
        }
        self.waiting = waiting;
    }

    fn gives_way(&mut self, old: &Memory, by: &Memory, at: Timestamp) {
        self.edits.push(Edit::SupersedeBy {
            old: old.id,
            by: by.id,
            at,
        });
    }

    fn carries(&mut self, to: &Memory, from: &Memory, view: &View<'_>) {
        let more_sources = view.sources_for(to, from);
        if !more_sources.is_empty() {
            let patch = Patch {
                more_sources,
                ..Patch::default()
            };
            self.edits.push(Edit::Update { id: to.id, patch });
        }
    }

    fn proposals(self, group: &[&Memory]) -> Vec<Proposal> {
        let ids: Vec<String> = group.iter().map(|memory| memory.id.to_string()).collect();
        let (reason, words) = match self.values {
            1 => (
                Reason::Duplicate,
                format!("{} is kept more than once.", quoted(self.holds)),
            ),
            _ => (Reason::Conflict, self.said.join(" ")),
        };
        let settled = (!self.edits.is_empty())
            .then(|| Proposal::new(reason, &ids.join(" "), Consent::Safe, words, self.edits));
        let holds = self.holds;
        let waiting = self.waiting;
        let differs = |next: &&&Memory| said(&next.content.title) != said(&holds.content.title);
        let asked = waiting.iter().filter(differs);
        let asked = asked.map(|next| question(holds, next, &waiting));
        settled.into_iter().chain(asked).collect()
    }
}

/// Whether `next` is to hold instead; when it is the older and waits only because it is pinned, whether it ever held. With a yes to it,
/// the older ones of those that waited never held.
fn question(holds: &Memory, next: &Memory, waiting: &[&Memory]) -> Proposal {
    let is_newer = next.content.valid_from >= holds.content.valid_from;
    let (old, by) = if is_newer {
        (holds, next)
    } else {
        (next, holds)
    };
    let words = format!("{} or {}? The second is newer.", quoted(old), quoted(by));
    let gives_way = |old: &Memory, at: Timestamp| Edit::SupersedeBy {
        old: old.id,
        by: by.id,
        at,
    };
    let overtaken = waiting
        .iter()
        .filter(|other| is_newer && begins(other) < begins(next) && !other.pinned)
        .map(|other| gives_way(other, other.content.valid_from));
    let first = gives_way(old, next.content.valid_from);
    let edits = std::iter::once(first).chain(overtaken).collect();
    let key = format!("{} {}", old.id, by.id);
    Proposal::new(Reason::Conflict, &key, Consent::Ask, words, edits)
}
