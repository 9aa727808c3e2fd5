//! The document an activity was about, filled in as more of it is seen.

use super::{Batch, event::fresh_lines};
use crate::document::{Document, host};
use afterimage_domain::{Body, Edit, Kind, Memory, MemoryState, NewMemory, Patch, Source, Trust};
use std::collections::HashSet;

/// A document's text is kept up to this many bytes: some 40 screens.
const LONGEST_CONTENT: usize = 60_000;
const MOST_SOURCES: usize = 12;

/// Adds the batch's document, or fills in what memory holds of it. `None` when there is none or nothing new of it.
pub(super) fn resource(batch: &Batch<'_>, similar: &dyn Fn(&str) -> Vec<Memory>) -> Option<Edit> {
    let document = batch.activity.document.as_ref()?;
    let stored = similar(&format!("{}\n{}", document.name, document.locator))
        .into_iter()
        .find(|memory| is_same(memory, &document.locator));
    match stored {
        Some(stored) => filled_in(&stored, batch),
        None => Some(Edit::Add {
            memory: first_seen(document, batch)?,
        }),
    }
}

fn first_seen(document: &Document, batch: &Batch<'_>) -> Option<NewMemory> {
    let body = Body::Resource {
        resource_type: document.resource_type.clone(),
        locator: Some(document.locator.clone()),
        content: appended("", batch)?,
    };
    Some(NewMemory {
        title: document.name.clone(),
        details: String::new(),
        body,
        tree_path: vec![host(&document.locator).to_owned()],
        tags: vec![],
        sources: sources(batch),
        trust: Trust::of_sources(batch.observations.iter().map(|o| o.trust)),
        confidence: 1.0,
        valid_from: batch.activity.from,
    })
}

/// The stored document with what is new of it.
fn filled_in(stored: &Memory, batch: &Batch<'_>) -> Option<Edit> {
    let mut body = stored.content.body.clone();
    let Body::Resource { content, .. } = &mut body else {
        return None;
    };
    *content = appended(content, batch)?;
    let patch = Patch {
        body: Some(body),
        more_sources: sources(batch),
        ..Patch::default()
    };
    Some(Edit::Update {
        id: stored.id,
        patch,
    })
}

fn is_same(memory: &Memory, wanted: &str) -> bool {
    let same = matches!(&memory.content.body, Body::Resource { locator: Some(locator), .. } if locator == wanted);
    same && memory.state == MemoryState::Active && memory.kind() == Kind::Resource
}

/// `content` with the lines of the batch it does not have; `None` when there are none, or no room.
fn appended(content: &str, batch: &Batch<'_>) -> Option<String> {
    let mut known: HashSet<&str> = content.lines().collect();
    let mut longer = content.to_owned();
    for (_, _, line) in fresh_lines(batch) {
        if known.insert(line) && longer.len() + line.len() < LONGEST_CONTENT {
            if !longer.is_empty() {
                longer.push('\n');
            }
            longer.push_str(line);
        }
    }
    (longer.len() > content.len()).then_some(longer)
}

fn sources(batch: &Batch<'_>) -> Vec<Source> {
    batch
        .observations
        .iter()
        .flat_map(|observation| {
            observation.fresh.first().map(|span| Source {
                observation: observation.id,
                span: *span,
            })
        })
        .take(MOST_SOURCES)
        .collect()
}
