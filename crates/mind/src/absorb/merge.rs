//! A claim against what memory holds: add it, add its sources, let it take the place of an older one, or nothing.

use super::{AbsorbError, Absorbed, Dropped};
use crate::statement::attribute;
use afterimage_domain::{Body, Edit, Kind, Memory, MemoryState, NewMemory, Patch, Trust};
use afterimage_infer::embed::{Embedder, Purpose, cosine};

/// Claims of the same subject closer than this say the same, by bge-small on one-line facts.
pub(crate) const SAME: f32 = 0.92;
/// A memory that rests on so many sources needs no further ones.
const ENOUGH_SOURCES: usize = 12;

pub(super) fn merge(
    claim: NewMemory,
    similar: &dyn Fn(&str) -> Vec<Memory>,
    embedder: Option<&dyn Embedder>,
    absorbed: &mut Absorbed,
) -> Result<(), AbsorbError> {
    if absorbed.edits.iter().any(|edit| says_same(edit, &claim)) {
        absorbed.drop(Dropped::Empty);
        return Ok(());
    }
    if is_known_event(&claim, similar) {
        absorbed.drop(Dropped::Known);
        return Ok(());
    }
    let stored = comparable(&claim, similar);
    let same = |old: &&Memory| plain(&old.content.title) == plain(&claim.title);
    let other = |old: &&Memory| is_other_value(&old.content, &claim);
    if let Some(old) = stored.iter().find(same) {
        confirm(old, claim, absorbed);
    } else if let Some(old) = stored.iter().find(other) {
        replace(old, claim, absorbed);
    } else {
        match closest(&stored, &claim, embedder)? {
            Some(old) if numbers(&old.content.title) == numbers(&claim.title) => {
                confirm(old, claim, absorbed)
            }
            Some(old) => replace(old, claim, absorbed),
            None => absorbed.edits.push(Edit::Add { memory: claim }),
        }
    }
    Ok(())
}

/// Active memories of the claim's kind that are like it. None for events: what happens again is another event.
fn comparable(claim: &NewMemory, similar: &dyn Fn(&str) -> Vec<Memory>) -> Vec<Memory> {
    let kind = claim.body.kind();
    if kind == Kind::Episodic {
        return vec![];
    }
    let mut stored = similar(&claim.title);
    stored.retain(|memory| memory.state == MemoryState::Active && memory.kind() == kind);
    stored
}

/// Whether memory has the event from the same words: they are thought about once more when something beside them was forgotten.
fn is_known_event(claim: &NewMemory, similar: &dyn Fn(&str) -> Vec<Memory>) -> bool {
    let Body::Episodic { event_type, .. } = &claim.body else {
        return false;
    };
    similar(&claim.title).iter().any(|old| {
        let is_of_type =
            matches!(&old.content.body, Body::Episodic { event_type: of, .. } if of == event_type);
        let is_source = |source: &_| old.content.sources.contains(source);
        old.state == MemoryState::Active && is_of_type && claim.sources.iter().any(is_source)
    })
}

fn says_same(edit: &Edit, claim: &NewMemory) -> bool {
    match edit {
        Edit::Add { memory } | Edit::Supersede { memory, .. } => {
            memory.body.kind() == claim.body.kind() && plain(&memory.title) == plain(&claim.title)
        }
        _ => false,
    }
}

/// Memory says it already; one more source makes it surer.
fn confirm(old: &Memory, claim: NewMemory, absorbed: &mut Absorbed) {
    let is_new = |source: &&_| !old.content.sources.contains(source);
    let more_sources: Vec<_> = claim.sources.iter().filter(is_new).copied().collect();
    if more_sources.is_empty()
        || old.content.sources.len() >= ENOUGH_SOURCES
        || claim.trust < old.content.trust
    {
        return absorbed.drop(Dropped::Known);
    }
    absorbed.edits.push(Edit::Update {
        id: old.id,
        patch: Patch {
            more_sources,
            ..Patch::default()
        },
    });
}

/// Memory says otherwise. The newer holds, unless it is the less trusted: then both stand.
fn replace(old: &Memory, claim: NewMemory, absorbed: &mut Absorbed) {
    let superseded = absorbed
        .edits
        .iter()
        .any(|edit| matches!(edit, Edit::Supersede { old: id, .. } if *id == old.id));
    if claim.valid_from < old.content.valid_from && claim.trust <= old.content.trust {
        return absorbed.drop(Dropped::Known);
    }
    if claim.trust < old.content.trust || superseded || old.pinned && claim.trust < Trust::User {
        return absorbed.edits.push(Edit::Add { memory: claim });
    }
    absorbed.edits.push(Edit::Supersede {
        old: old.id,
        at: claim.valid_from,
        memory: claim,
    });
}

/// Whether both give the one value of the same attribute of the same subject.
fn is_other_value(old: &NewMemory, claim: &NewMemory) -> bool {
    attribute(claim).is_some_and(|of| attribute(old) == Some(of))
}

pub(crate) fn subject(body: &Body) -> String {
    match body {
        Body::Semantic { subject, .. } => subject.to_lowercase(),
        _ => "user".into(),
    }
}

/// The stored memory of the same subject that is so near in meaning that it says the same.
fn closest<'m>(
    stored: &'m [Memory],
    claim: &NewMemory,
    embedder: Option<&dyn Embedder>,
) -> Result<Option<&'m Memory>, AbsorbError> {
    let same_subject: Vec<&Memory> = stored
        .iter()
        .filter(|old| subject(&old.content.body) == subject(&claim.body))
        .collect();
    let Some(embedder) = embedder.filter(|_| !same_subject.is_empty()) else {
        return Ok(None);
    };
    let texts: Vec<&str> = std::iter::once(claim.title.as_str())
        .chain(same_subject.iter().map(|old| old.content.title.as_str()))
        .collect();
    let vectors = embedder.embed(&texts, Purpose::Document)?;
    let likeness = |at: usize| cosine(&vectors[0], &vectors[at + 1]);
    let best = (0..same_subject.len()).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
    Ok(best
        .filter(|at| {
            likeness(*at) > SAME && !differs_in_name(&same_subject[*at].content.title, &claim.title)
        })
        .map(|at| same_subject[at]))
}

/// "Anna likes tea" and "Anna likes Bern" are near in meaning and say different things.
pub(crate) fn differs_in_name(a: &str, b: &str) -> bool {
    let names = |text: &str| {
        text.split_whitespace()
            .skip(1)
            .filter(|word| word.starts_with(char::is_uppercase))
            .map(plain)
            .collect::<std::collections::BTreeSet<_>>()
    };
    names(a) != names(b)
}

pub(crate) fn numbers(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(crate) fn plain(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}
