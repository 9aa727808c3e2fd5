//! The activity itself as an event: who did what, when, for how long. By template.

use super::{Batch, cut};
use crate::{
    document::{host, is_browser, is_editor, is_terminal, page_title},
    prose::{says_something, sentences},
};
use afterimage_domain::{Body, NewMemory, Observation, Origin, Source, Span, Trust};

/// At most this many observations are named as sources of an event, spread over it.
const MOST_SOURCES: usize = 12;
/// Less new text than this, in bytes, is a glimpse, not an event.
const LEAST_TEXT: usize = 16;

/// The event, `title` being the model's name for it if it gave one. `None` for a glimpse.
pub(super) fn event(batch: &Batch<'_>, title: Option<&str>) -> Option<NewMemory> {
    let first = batch.observations.first()?;
    let text: usize = batch
        .observations
        .iter()
        .flat_map(|o| &o.fresh)
        .map(|span| (span.end - span.start) as usize)
        .sum();
    if text < LEAST_TEXT {
        return None;
    }
    let activity = batch.activity;
    let (event_type, plain) = described(batch, first, title);
    let highlights = highlights(batch);
    let lines: Vec<String> = highlights
        .iter()
        .map(|(_, _, text)| cut(text, 160))
        .collect();
    let lasted = activity.to.millis_since(activity.from) >= 1000;
    Some(NewMemory {
        title: cut(&plain, 160),
        details: lines.join("\n"),
        body: Body::Episodic {
            actor: actor(batch),
            event_type: event_type.into(),
            until: lasted.then_some(activity.to),
        },
        tree_path: vec![activity.app.clone()],
        tags: vec![],
        sources: sources(batch, &highlights),
        trust: Trust::of_sources(batch.observations.iter().map(|o| o.trust)),
        confidence: 1.0,
        valid_from: activity.from,
    })
}

/// The type of event and one line for it: from what the window system says, and `about`, the model's name for it, where that says little.
fn described(
    batch: &Batch<'_>,
    first: &Observation,
    about: Option<&str>,
) -> (&'static str, String) {
    let conversation = || about.map_or_else(|| opening(batch), str::to_owned);
    match &first.origin {
        Origin::Screen { title, url, .. } => on_screen(batch, title, url.as_deref(), about),
        Origin::Chat { .. } => (
            "conversation",
            format!("Asked the assistant: {}", conversation()),
        ),
        Origin::Import { .. } => (
            "conversation",
            format!("{}: {}", actor(batch), conversation()),
        ),
    }
}

fn on_screen(
    batch: &Batch<'_>,
    title: &str,
    url: Option<&str>,
    about: Option<&str>,
) -> (&'static str, String) {
    let app = batch.activity.app.as_str();
    let named = |plain: String| about.map_or(plain.clone(), |about| format!("{plain}: {about}"));
    let title = cut(&page_title(app, title), 80);
    match (&batch.activity.document, url) {
        (_, Some(url)) if is_browser(app) => {
            ("reading", format!("Read “{title}” on {}", host(url)))
        }
        (Some(document), _) if is_editor(app) => (
            "edit",
            named(format!("Worked on {} in {app}", document.name)),
        ),
        _ if is_terminal(app) => ("terminal", format!("Used the terminal ({app})")),
        _ if title.is_empty() => ("using", named(format!("Used {app}"))),
        _ => ("using", format!("Used {app}: {title}")),
    }
}

/// The first sentence of some length that somebody other than the assistant said.
fn opening(batch: &Batch<'_>) -> String {
    let spoken = batch
        .observations
        .iter()
        .find(|o| o.origin.speaker() != "assistant")
        .or(batch.observations.first());
    let said = sentences(spoken.map_or("", |observation| observation.text.as_str()));
    let first = said
        .iter()
        .find(|sentence| sentence.text.split_whitespace().count() > 3)
        .or(said.first());
    cut(first.map_or("", |sentence| &sentence.text), 90)
}

fn actor(batch: &Batch<'_>) -> String {
    let mut speakers: Vec<&str> = batch
        .observations
        .iter()
        .map(|o| o.origin.speaker())
        .filter(|name| !matches!(*name, "" | "assistant"))
        .collect();
    speakers.dedup();
    match speakers.first() {
        None => "user".into(),
        Some(first) => speakers.iter().find(|name| *name != first).map_or_else(
            || (*first).to_owned(),
            |second| format!("{first} and {second}"),
        ),
    }
}

/// The three longest new sentences, in their order: what a person would recognise it by. Lines where there are no sentences.
fn highlights<'a>(batch: &Batch<'a>) -> Vec<(&'a Observation, Span, String)> {
    let sentences = fresh_sentences(batch);
    let mut found: Vec<_> = sentences
        .filter(|(_, _, text)| says_something(text))
        .collect();
    if found.is_empty() || is_terminal(&batch.activity.app) {
        let lines = fresh_lines(batch);
        found = lines
            .map(|(observation, span, line)| (observation, span, line.to_owned()))
            .collect();
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count().min(80);
    let mut numbered: Vec<_> = found.into_iter().enumerate().collect();
    numbered.sort_by_key(|(at, (_, _, text))| (std::cmp::Reverse(letters(text)), *at));
    numbered.dedup_by(|a, b| a.1.2 == b.1.2);
    numbered.truncate(3);
    numbered.sort_by_key(|(at, _)| *at);
    numbered.into_iter().map(|(_, found)| found).collect()
}

/// Every new sentence: its observation, its span, its text.
pub(super) fn fresh_sentences<'a>(
    batch: &Batch<'a>,
) -> impl Iterator<Item = (&'a Observation, Span, String)> {
    batch.observations.iter().flat_map(|observation| {
        observation.fresh.iter().flat_map(move |fresh| {
            let found = sentences(fresh.of(&observation.text).unwrap_or_default());
            found.into_iter().map(move |sentence| {
                let span = Span {
                    start: fresh.start + sentence.span.start,
                    end: fresh.start + sentence.span.end,
                };
                (observation, span, sentence.text)
            })
        })
    })
}

/// Every new line: its observation, its span, its text.
pub(super) fn fresh_lines<'a>(
    batch: &Batch<'a>,
) -> impl Iterator<Item = (&'a Observation, Span, &'a str)> {
    batch
        .observations
        .iter()
        .flat_map(|observation| {
            observation.fresh.iter().flat_map(move |fresh| {
                let mut at = fresh.start as usize;
                fresh
                    .of(&observation.text)
                    .unwrap_or_default()
                    .split_inclusive('\n')
                    .map(move |line| {
                        let start = at + line.len() - line.trim_start().len();
                        at += line.len();
                        let text = line.trim();
                        (
                            observation,
                            Span {
                                start: start as u32,
                                end: (start + text.len()) as u32,
                            },
                            text,
                        )
                    })
            })
        })
        .filter(|(_, _, line)| !line.is_empty())
}

/// What the details rest on first, then others spread over the event.
fn sources(batch: &Batch<'_>, highlights: &[(&Observation, Span, String)]) -> Vec<Source> {
    let quoted = highlights.iter().map(|(observation, span, _)| Source {
        observation: observation.id,
        span: *span,
    });
    let mut sources: Vec<Source> = quoted.collect();
    let step = batch.observations.len().div_ceil(MOST_SOURCES).max(1);
    for observation in batch.observations.iter().step_by(step) {
        let named = |source: &Source| source.observation == observation.id;
        if let Some(span) = observation.fresh.first()
            && !sources.iter().any(named)
            && sources.len() < MOST_SOURCES
        {
            sources.push(Source {
                observation: observation.id,
                span: *span,
            });
        }
    }
    sources
}
