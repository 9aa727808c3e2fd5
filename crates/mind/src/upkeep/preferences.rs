//! What somebody likes, dislikes or prefers: how often it was said, since when, and whether lately more or less than over the long run.
//!
//! Two counts that decay, one fast and one slowly, say it: the same mentions at the same pace give the same of both.

use super::{Consent, Policy, Proposal, Reason, View, day_in_words, quoted};
use afterimage_domain::{Edit, Kind, Memory, Patch, Timestamp, Trust};

/// Half-lives of the two counts.
const SHORT_DAYS: f64 = 14.0;
const LONG_DAYS: f64 = 180.0;
/// So many times the pace of the long run is more, and the inverse less.
const MUCH: f64 = 2.0;
/// How the line in the details begins.
const BEGINS: &str = "Said ";

pub(super) fn preferences(view: &View<'_>, policy: &Policy, at: Timestamp) -> Vec<Proposal> {
    let told = view.memories.iter().filter(|memory| is_preference(memory));
    told.filter_map(|memory| tracked(memory, view, policy, at))
        .collect()
}

fn is_preference(memory: &Memory) -> bool {
    const VERBS: &[&str] = &[" likes ", " dislikes ", " prefers "];
    let content = &memory.content;
    matches!(memory.kind(), Kind::Core | Kind::Semantic)
        && !content.is_note()
        && !memory.pinned
        && content.trust < Trust::User
        && VERBS.iter().any(|verb| content.title.contains(verb))
}

fn tracked(memory: &Memory, view: &View<'_>, policy: &Policy, at: Timestamp) -> Option<Proposal> {
    let mut said: Vec<Timestamp> = memory
        .content
        .sources
        .iter()
        .filter_map(|source| (view.observation)(source.observation))
        .map(|seen| seen.at)
        .collect();
    said.sort_unstable();
    said.dedup();
    let (first, last) = (*said.first()?, *said.last()?);
    if said.len() < 2 {
        return None;
    }
    let line = format!(
        "{BEGINS}{} times since {}, last on {}; {}.",
        said.len(),
        day_in_words(first, policy),
        day_in_words(last, policy),
        movement(&said, at)
    );
    let others = memory
        .content
        .details
        .lines()
        .filter(|line| !is_count(line));
    let details: Vec<&str> = others.chain([line.as_str()]).collect();
    let details = details.join("\n");
    if details == memory.content.details {
        return None;
    }
    let key = format!("{} {details}", memory.id);
    let words = format!("How often {} was said has changed.", quoted(memory));
    let patch = Patch {
        details: Some(details),
        more_sources: memory.content.sources.clone(),
        ..Patch::default()
    };
    let edit = Edit::Update {
        id: memory.id,
        patch,
    };
    Some(Proposal::new(
        Reason::Preference,
        &key,
        Consent::Safe,
        words,
        vec![edit],
    ))
}

fn is_count(line: &str) -> bool {
    line.starts_with(BEGINS) && line.contains(" times since ")
}

fn movement(said: &[Timestamp], at: Timestamp) -> &'static str {
    let count = |half_life: f64| -> f64 {
        let left = |when: &Timestamp| {
            let days = at.millis_since(*when).max(0) as f64 / 86_400_000.0;
            0.5f64.powf(days / half_life)
        };
        said.iter().map(left).sum()
    };
    // At an even pace a count is proportional to its half-life.
    let pace = (count(SHORT_DAYS) / SHORT_DAYS) / (count(LONG_DAYS) / LONG_DAYS);
    match pace {
        pace if pace > MUCH => "lately more than before",
        pace if pace < 1.0 / MUCH => "lately less than before",
        _ => "lately as often as before",
    }
}
