//! Core blocks that are nearly full: what is said within another line goes behind it, then what is used least becomes a fact, until the
//! block is half full. Core memory is always in the prompt; a fact is found when it is asked for. Nothing is lost.

use super::{Consent, Policy, Proposal, Reason, View, quoted};
use crate::statement::said;
use afterimage_domain::{Body, Edit, Memory, NewMemory, Timestamp, Trust, memory::CoreBlock};
use std::collections::BTreeSet;

/// Characters of a block.
const MOST: usize = 5_000;
/// A block this full is made smaller.
const FULL: usize = MOST * 9 / 10;
/// To this size.
const HALF: usize = MOST / 2;
/// The span in which an unused line of a block loses half its heat.
const HALF_LIFE_DAYS: f32 = 30.0;

pub(super) fn blocks(view: &View<'_>, _: &Policy, at: Timestamp) -> Vec<Proposal> {
    let blocks = [CoreBlock::Human, CoreBlock::Persona, CoreBlock::Custom];
    blocks
        .into_iter()
        .filter_map(|block| smaller(block, view, at))
        .collect()
}

fn smaller(block: CoreBlock, view: &View<'_>, at: Timestamp) -> Option<Proposal> {
    let is_in = |memory: &&Memory| matches!(&memory.content.body, Body::Core { block: own } if *own == block);
    let mut lines: Vec<&Memory> = view.memories.iter().filter(is_in).collect();
    let mut size: usize = lines.iter().map(|line| length(line)).sum();
    if size < FULL {
        return None;
    }
    let mut edits = Vec::new();
    let mut moved = Vec::new();
    let contained: Vec<(&Memory, &Memory)> = lines
        .iter()
        .filter_map(|line| Some((*line, contains(&lines, line)?)))
        .collect();
    for (line, by) in contained {
        size -= length(line);
        lines.retain(|other| other.id != line.id);
        edits.push(Edit::SupersedeBy {
            old: line.id,
            by: by.id,
            at,
        });
    }
    // Pinned lines stay; of equals the older goes first.
    lines.retain(|line| !line.pinned);
    lines.sort_by(|a, b| {
        heat(a, at)
            .total_cmp(&heat(b, at))
            .then(a.created_at.cmp(&b.created_at))
    });
    for line in lines {
        if size <= HALF {
            break;
        }
        size -= length(line);
        moved.push(line);
        edits.push(Edit::Supersede {
            old: line.id,
            memory: as_fact(line),
            at,
        });
    }
    let first = edits.first()?;
    let concerned = view.memories.iter().find(|memory| names(first, memory))?;
    // Wishes steer the assistant only from their block, and what was typed is the user's to move.
    let typed = moved
        .iter()
        .any(|line| line.content.trust == Trust::User || line.content.sources.is_empty());
    let consent = match block {
        CoreBlock::Human if !typed => Consent::Safe,
        _ => Consent::Ask,
    };
    let words = format!(
        "What is always in mind is nearly full: {} and {} more leave it and are kept as facts.",
        quoted(concerned),
        edits.len() - 1
    );
    let ids: Vec<String> = moved.iter().map(|line| line.id.to_string()).collect();
    let key = format!("{block:?} {}", ids.join(" "));
    Some(Proposal::new(Reason::Block, &key, consent, words, edits))
}

fn names(edit: &Edit, memory: &Memory) -> bool {
    matches!(edit, Edit::SupersedeBy { old, .. } | Edit::Supersede { old, .. } if *old == memory.id)
}

fn length(line: &Memory) -> usize {
    line.content.title.chars().count() + line.content.details.chars().count()
}

/// Its uses, halved with each half-life since it was last touched.
fn heat(line: &Memory, at: Timestamp) -> f32 {
    let days = at.millis_since(line.updated_at).max(0) as f32 / 86_400_000.0;
    (1.0 + line.access_count as f32) * 0.5f32.powf(days / HALF_LIFE_DAYS)
}

/// A line that says all this one says and more, is as trusted, and is not itself said by another.
fn contains<'m>(lines: &[&'m Memory], line: &Memory) -> Option<&'m Memory> {
    let words = |memory: &Memory| -> BTreeSet<String> {
        said(&memory.content.title)
            .split(' ')
            .map(str::to_owned)
            .collect()
    };
    let own = words(line);
    let says_more = |other: &&&'m Memory| {
        let others = words(other);
        let title = said(&other.content.title);
        other.id != line.id
            && own.len() < others.len()
            && format!(" {title} ").contains(&format!(" {} ", said(&line.content.title)))
            && other.content.trust >= line.content.trust
    };
    let largest = lines
        .iter()
        .filter(says_more)
        .max_by_key(|other| (length(other), other.id));
    let typed = line.content.sources.is_empty() && !line.content.details.is_empty();
    largest.copied().filter(|_| !line.pinned && !typed)
}

fn as_fact(line: &Memory) -> NewMemory {
    NewMemory {
        body: Body::Semantic {
            subject: "user".into(),
            learned_from: "core memory".into(),
        },
        ..line.content.clone()
    }
}
