//! Evidence -> numbered notes: when, where, and the words around what was found, within a budget.

use super::{
    Options, Question,
    words::{content_words, places, share},
};
use crate::{
    absorb::cut,
    prose::{self, Sentence},
    when,
};
use afterimage_domain::{Body, EvidenceItem, Found, Origin, Span, Timestamp};
use std::collections::HashSet;

/// A note's words, in bytes: two or three sentences around the best place.
const LONGEST_SNIPPET: usize = 360;
/// Texts up to this many bytes are looked through for sentences as a whole.
const LONGEST_READ: usize = 64 << 10;
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
    /// Sentences and lines of the text, all of them unless it is very long.
    pub(super) sentences: Vec<Sentence>,
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

pub(super) fn note<'a>(item: &'a EvidenceItem, number: usize, question: &Question<'_>) -> Note<'a> {
    let text = item.found.text();
    let span = around(&text, &item.hits, question.text);
    // Only the surroundings of what was found are read in very long texts.
    let read = if text.len() <= LONGEST_READ {
        Span::whole(&text)
    } else {
        span
    };
    let mut sentences = prose::sentences(read.of(&text).unwrap_or_default());
    for sentence in &mut sentences {
        sentence.span.start += read.start;
        sentence.span.end += read.start;
    }
    let shown = prose::sentences(span.of(&text).unwrap_or_default());
    let at = moment(&item.found);
    let shown = shown.into_iter();
    let shown: Vec<String> = shown
        .map(|sentence| match &item.found {
            Found::Observation { .. } => dated(sentence.text, at, question.time_zone),
            // Its time is in it already.
            Found::Memory { .. } => sentence.text,
        })
        .collect();
    let date = date(at, question.time_zone);
    let line = format!(
        "[{number}] {date}, {}: {}",
        place(&item.found),
        shown.join(" · ")
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

/// A sentence with the days meant behind "yesterday" and its like.
fn dated(sentence: String, at: Timestamp, time_zone: &str) -> String {
    match when::meant(&sentence, at, time_zone) {
        Some(time) => {
            let both = format!("{} ({})", time.words, time.spelled());
            sentence.replacen(&time.words, &both, 1)
        }
        None => sentence,
    }
}

impl Note<'_> {
    /// The sentence that shares most of `words`; what is shown of the text when none does.
    pub(super) fn sentence_with(&self, words: &HashSet<String>) -> Span {
        let held = |sentence: &&Sentence| share(words, &sentence.text);
        let best = self
            .sentences
            .iter()
            .max_by(|a, b| held(a).total_cmp(&held(b)));
        best.filter(|best| held(best) > 0.0)
            .map_or(self.span, |best| best.span)
    }

    /// One line for a chip.
    pub(super) fn label(&self) -> String {
        match &self.item.found {
            Found::Memory { memory } => cut(&memory.content.title, 80),
            Found::Observation { observation } if !observation.origin.title().is_empty() => {
                cut(observation.origin.title(), 80)
            }
            Found::Observation { observation } => {
                cut(self.span.of(&observation.text).unwrap_or_default(), 80)
            }
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
        own = places(text, question);
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
            .flat_map(content_words)
            .collect::<HashSet<_>>()
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
    written(at, time_zone, "%a %-d %B %Y, %H:%M")
}

/// E.g. `Thu 12 March 2026`.
pub(super) fn day(at: Timestamp, time_zone: &str) -> String {
    written(at, time_zone, "%a %-d %B %Y")
}

fn written(at: Timestamp, time_zone: &str, form: &str) -> String {
    let moment =
        jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::get(time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    moment.to_zoned(zone).strftime(form).to_string()
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

/// Whether the question names people or things and nothing found has any of those names: it is about something memory does not hold, however
/// near the rest may sound.
pub(super) fn know_none_of_its_names(question: &Question<'_>) -> bool {
    let words = question
        .text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1);
    let names: Vec<String> = words
        .skip(1)
        .filter(|word| word.starts_with(char::is_uppercase) && !is_calendar(word))
        .map(str::to_lowercase)
        .collect();
    let core = question
        .core
        .iter()
        .map(|memory| memory.content.title.to_lowercase());
    let items = question.evidence.items.iter();
    let mut known = items
        .map(|item| format!("{} {}", place(&item.found), item.found.text()).to_lowercase())
        .chain(core);
    !names.is_empty() && !known.any(|text| names.iter().any(|name| text.contains(name.as_str())))
}

fn is_calendar(word: &str) -> bool {
    const NAMES: [&str; 19] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun",
        "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let word = word.to_lowercase();
    NAMES.iter().any(|name| word.starts_with(name)) && word.len() <= 9
}
