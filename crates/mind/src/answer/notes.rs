//! Evidence -> numbered notes: when, where, and the words around what was found, within a budget.

use super::{Options, Question};
use crate::{absorb::cut, prose};
use afterimage_domain::{Body, EvidenceItem, Found, Origin, Span, Timestamp};

/// A note's words, in bytes: two or three sentences around the best place.
const LONGEST_SNIPPET: usize = 360;
/// Bytes a token, as [`afterimage_domain::Query::token_budget`] estimates.
const BYTES_A_TOKEN: usize = 4;

/// One item of the evidence as the model reads it.
pub(super) struct Note<'a> {
    pub(super) item: &'a EvidenceItem,
    /// Its number in the prompt: its place among the evidence, from 1.
    pub(super) number: usize,
    /// When it was seen, said or happened.
    pub(super) at: Timestamp,
    /// That moment for the reader.
    pub(super) date: String,
    /// The part of the text of [`Found`] that is shown.
    pub(super) span: Span,
    /// Its sentences and lines.
    pub(super) sentences: Vec<String>,
    /// The whole line of the prompt.
    pub(super) line: String,
}

/// As many notes as fit the budget, best first; at least one.
pub(super) fn notes<'a>(question: &Question<'a>, options: &Options) -> Vec<Note<'a>> {
    let mut left = options.notes * BYTES_A_TOKEN;
    let mut notes = Vec::new();
    for (at, item) in question.evidence.items.iter().enumerate() {
        let note = note(item, at + 1, question);
        if note.line.len() > left && !notes.is_empty() {
            break;
        }
        left = left.saturating_sub(note.line.len());
        notes.push(note);
    }
    notes
}

fn note<'a>(item: &'a EvidenceItem, number: usize, question: &Question<'_>) -> Note<'a> {
    let text = item.found.text();
    let span = around(&text, &item.hits, question.text);
    let sentences: Vec<String> = prose::sentences(span.of(&text).unwrap_or_default())
        .into_iter()
        .map(|sentence| sentence.text)
        .collect();
    let at = moment(&item.found);
    let date = date(at, question.time_zone);
    let line = format!(
        "[{number}] {date}, {}: {}",
        place(&item.found),
        sentences.join(" · ")
    );
    Note {
        item,
        number,
        at,
        date,
        span,
        sentences,
        line,
    }
}

impl Note<'_> {
    /// One line for a chip.
    pub(super) fn label(&self) -> String {
        match &self.item.found {
            Found::Memory { memory } => cut(&memory.content.title, 80),
            Found::Observation { observation } if !observation.origin.title().is_empty() => {
                cut(observation.origin.title(), 80)
            }
            Found::Observation { .. } => cut(&self.sentences.join(" "), 80),
        }
    }
}

pub(super) fn moment(found: &Found) -> Timestamp {
    match found {
        Found::Memory { memory } => memory.content.valid_from,
        Found::Observation { observation } => observation.at,
    }
}

/// Where it comes from, in a word or two.
pub(super) fn place(found: &Found) -> String {
    match found {
        Found::Memory { memory } => match &memory.content.body {
            Body::Semantic { learned_from, .. } if !learned_from.is_empty() => {
                format!("learned from {learned_from}")
            }
            body => body.kind().name().to_owned(),
        },
        Found::Observation { observation } => match &observation.origin {
            Origin::Screen { app, title, .. } => format!("{app} “{}”", cut(title, 50)),
            Origin::Chat { by_user: true, .. } => "the user said".into(),
            Origin::Chat { by_user: false, .. } => "the assistant said".into(),
            Origin::Import {
                speaker, source, ..
            } if speaker.is_empty() => source.clone(),
            Origin::Import { speaker, .. } => format!("{speaker} said"),
        },
    }
}

/// The stretch of `text`, at most [`LONGEST_SNIPPET`] long and on word boundaries, that holds most hits; by the question's words without hits.
fn around(text: &str, hits: &[Span], question: &str) -> Span {
    if text.len() <= LONGEST_SNIPPET {
        return Span::whole(text);
    }
    let own: Vec<Span>;
    let hits = if hits.is_empty() {
        own = super::extract::places(text, question);
        &own
    } else {
        hits
    };
    let held = |from: u32| {
        let inside = hits
            .iter()
            .filter(|hit| hit.start >= from && hit.end <= from + LONGEST_SNIPPET as u32 * 3 / 4);
        // The same word again and again is less than several words.
        inside
            .filter_map(|hit| hit.of(text))
            .map(str::to_lowercase)
            .collect::<std::collections::HashSet<_>>()
            .len()
    };
    let best = hits
        .iter()
        .max_by_key(|hit| (held(hit.start), std::cmp::Reverse(hit.start)))
        .map_or(0, |hit| hit.start as usize);
    let start = boundary(text, best.saturating_sub(LONGEST_SNIPPET / 4));
    let end = boundary(text, (start + LONGEST_SNIPPET).min(text.len()));
    Span {
        start: start as u32,
        end: end as u32,
    }
}

/// The first word boundary at or after `at`.
fn boundary(text: &str, at: usize) -> usize {
    if at == 0 || at >= text.len() {
        return at.min(text.len());
    }
    let at = (at..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    text[at..]
        .find(char::is_whitespace)
        .filter(|length| *length < 40)
        .map_or(at, |length| at + length)
}

/// E.g. `Thu 12 March 2026, 09:05`.
pub(super) fn date(at: Timestamp, time_zone: &str) -> String {
    let moment =
        jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    moment
        .to_zoned(zone)
        .strftime("%a %-d %B %Y, %H:%M")
        .to_string()
}

/// What is said when memory holds nothing on the question.
pub(super) fn nothing_found(question: &Question<'_>) -> String {
    let Some(range) = question.evidence.time else {
        return "I found nothing about that in your memory.".into();
    };
    let (from, to) = (
        date(range.from, question.time_zone),
        date(range.to.plus_seconds(-1), question.time_zone),
    );
    format!("I found nothing about that in your memory between {from} and {to}.")
}
