//! The activity itself as an event: who did what, when, for how long. By template.

use super::{Batch, cut, facts::sentences};
use crate::document::{host, is_browser, is_editor, is_terminal, page_title};
use afterimage_domain::{Body, NewMemory, Observation, Origin, Source, Span, Trust};

/// At most this many observations are named as sources of an event, spread over it.
const MOST_SOURCES: usize = 12;
/// Less new text than this, in bytes, is a glimpse, not an event.
const LEAST_TEXT: usize = 16;

/// The event, `title` being the model's name for it if it gave one. `None` for a glimpse.
pub(super) fn event(batch: &Batch<'_>, title: Option<&str>) -> Option<NewMemory> {
    let first = batch.observations.first()?;
    let text: usize = batch.observations.iter().flat_map(|o| &o.fresh).map(|span| (span.end - span.start) as usize).sum();
    if text < LEAST_TEXT {
        return None;
    }
    let activity = batch.activity;
    let (event_type, plain) = described(batch, first);
    let lasted = activity.to.millis_since(activity.from) >= 1000;
    Some(NewMemory {
        title: cut(&title.map_or(plain.clone(), |title| format!("{plain}: {title}")), 160),
        details: highlights(batch),
        body: Body::Episodic { actor: actor(batch), event_type: event_type.into(), until: lasted.then_some(activity.to) },
        tree_path: vec![activity.app.clone()],
        tags: vec![],
        sources: sources(batch),
        trust: Trust::of_sources(batch.observations.iter().map(|o| o.trust)),
        confidence: 1.0,
        valid_from: activity.from,
    })
}

/// The type of event and one line for it, from what the window system says.
fn described(batch: &Batch<'_>, first: &Observation) -> (&'static str, String) {
    let (app, document) = (batch.activity.app.as_str(), batch.activity.document.as_ref());
    match &first.origin {
        Origin::Screen { url: Some(url), title, .. } if is_browser(app) => {
            ("reading", format!("Read “{}” on {}", cut(&page_title(app, title), 80), host(url)))
        }
        Origin::Screen { .. } if is_editor(app) && document.is_some() => {
            ("edit", format!("Worked on {} in {app}", document.map_or("", |document| &document.name)))
        }
        Origin::Screen { .. } if is_terminal(app) => ("terminal", format!("Used the terminal ({app})")),
        Origin::Screen { title, .. } if title.is_empty() => ("using", format!("Used {app}")),
        Origin::Screen { title, .. } => ("using", format!("Used {app}: {}", cut(&page_title(app, title), 80))),
        Origin::Chat { .. } => ("conversation", format!("Asked the assistant: {}", opening(batch))),
        Origin::Import { .. } => ("conversation", format!("{}: {}", actor(batch), opening(batch))),
    }
}

/// The first sentence somebody other than the assistant said.
fn opening(batch: &Batch<'_>) -> String {
    let spoken = batch.observations.iter().find(|o| o.origin.speaker() != "assistant").or(batch.observations.first());
    let text = spoken.map_or("", |observation| observation.text.as_str());
    cut(sentences(text).first().map_or(text, |(_, sentence)| sentence), 90)
}

fn actor(batch: &Batch<'_>) -> String {
    let mut speakers: Vec<&str> = batch.observations.iter().map(|o| o.origin.speaker()).filter(|name| !matches!(*name, "" | "assistant")).collect();
    speakers.dedup();
    match speakers.first() {
        None => "user".into(),
        Some(first) => speakers.iter().find(|name| *name != first).map_or_else(|| (*first).to_owned(), |second| format!("{first} and {second}")),
    }
}

/// The longest new lines, in their order: what a person would recognise it by.
fn highlights(batch: &Batch<'_>) -> String {
    let mut lines: Vec<(usize, &str)> = fresh_lines(batch).map(|(_, _, line)| line).enumerate().collect();
    lines.sort_by_key(|(at, line)| (std::cmp::Reverse(line.chars().filter(|c| c.is_alphabetic()).count().min(80)), *at));
    lines.dedup_by_key(|(_, line)| *line);
    lines.truncate(3);
    lines.sort_unstable();
    lines.into_iter().map(|(_, line)| cut(line, 160)).collect::<Vec<_>>().join("\n")
}

/// Every new line: its observation, its span, its text.
pub(super) fn fresh_lines<'a>(batch: &Batch<'a>) -> impl Iterator<Item = (&'a Observation, Span, &'a str)> {
    batch.observations.iter().flat_map(|observation| {
        observation.fresh.iter().flat_map(move |fresh| {
            let mut at = fresh.start as usize;
            fresh.of(&observation.text).unwrap_or_default().split_inclusive('\n').map(move |line| {
                let start = at + line.len() - line.trim_start().len();
                at += line.len();
                let text = line.trim();
                (observation, Span { start: start as u32, end: (start + text.len()) as u32 }, text)
            })
        })
    })
    .filter(|(_, _, line)| !line.is_empty())
}

fn sources(batch: &Batch<'_>) -> Vec<Source> {
    let step = batch.observations.len().div_ceil(MOST_SOURCES).max(1);
    batch
        .observations
        .iter()
        .step_by(step)
        .filter_map(|observation| Some(Source { observation: observation.id, span: *observation.fresh.first()? }))
        .collect()
}
