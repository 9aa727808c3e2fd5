//! The document an activity was about, filled in as more of it is seen.

use super::{Batch, event::fresh_lines};
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
    let Some(stored) = stored else {
        let content = appended("", batch)?;
        let body = Body::Resource {
            resource_type: document.resource_type.clone(),
            locator: Some(document.locator.clone()),
            content,
        };
        return Some(Edit::Add {
            memory: NewMemory {
                title: document.name.clone(),
                details: String::new(),
                body,
                tree_path: vec![crate::document::host(&document.locator).to_owned()],
                tags: vec![],
                sources: sources(batch),
                trust: Trust::of_sources(batch.observations.iter().map(|o| o.trust)),
                confidence: 1.0,
                valid_from: batch.activity.from,
            },
        });
    };
    let Body::Resource {
        resource_type,
        locator,
        content,
    } = &stored.content.body
    else {
        return None;
    };
    let body = Body::Resource {
        resource_type: resource_type.clone(),
        locator: locator.clone(),
        content: appended(content, batch)?,
    };
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
