//! Whether a sentence tells that something happened: by whom, when, how many, for how much. What is only planned, denied, asked or done by
//! others did not happen; what is done again and again cannot be counted.

use super::{
    amount,
    phrase::{Event, Who},
    span,
    word::{self, Term, Token, is_past, read},
};
use crate::time;
use afterimage_domain::{Observation, Origin, Span, TimeRange, tally::Amount};
use jiff::tz::TimeZone;
use unicode_segmentation::UnicodeSegmentation;

/// What a sentence says of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// That it happened.
    Happened(Telling),
    /// Nothing that counts.
    Nothing,
    /// Something that a count may not pass over and cannot use.
    Unclear,
}

/// A sentence that tells of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// The sentence.
    pub span: Span,
    /// The day it happened, or the days among which it did.
    pub on: TimeRange,
    /// Whether the sentence says when, rather than only when it was said.
    pub is_dated: bool,
}

/// Longer sentences are pasted text.
const LONGEST: usize = 500;

const SUBJECTS: &[&str] = &[
    "i", "we", "he", "she", "they", "you", "it", "who", "that", "which",
];
const FIRST_PERSON: &[&str] = &["i", "we", "my", "our", "me", "us"];
/// What may stand between a subject and its verb.
const BETWEEN: &[&str] = &[
    "just", "have", "has", "ve", "had", "d", "did", "also", "then", "finally", "really",
    "recently", "both", "all", "even", "again", "actually", "was", "were", "been", "am", "m", "re",
    "once", "already", "only", "still", "and", "i", "we", "first", "last", "ended", "up", "got",
    "to", "managed", "went", "started", "finished", "tried", "spent",
];
const QUESTION_WORDS: &[&str] = &[
    "how", "what", "when", "which", "where", "who", "why", "did", "do", "does", "have", "has",
    "is", "are", "can", "could", "would", "should", "will",
];
/// Before a verb or beside a thing: it has not happened.
const NOT_YET: &[&str] = &[
    "not",
    "t",
    "never",
    "will",
    "ll",
    "would",
    "should",
    "might",
    "could",
    "can",
    "cannot",
    "if",
    "want",
    "wanted",
    "wants",
    "plan",
    "planning",
    "plans",
    "planned",
    "hope",
    "hoping",
    "wish",
    "need",
    "going",
    "considering",
    "about",
    "supposed",
    "almost",
    "nearly",
    "wanna",
    "gonna",
    "let",
    "without",
    "instead",
    "tomorrow",
    "upcoming",
];
/// The infinitive after these is something that was done.
const DONE_TO: &[&str] = &["managed", "had", "got", "able"];
/// Something that happens again and again, or a count that somebody else has made.
const HABITUAL: &[&str] = &[
    "every",
    "always",
    "usually",
    "often",
    "sometimes",
    "weekly",
    "daily",
    "monthly",
    "twice",
    "times",
    "regularly",
    "frequently",
    "each",
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
    "saturdays",
    "sundays",
    "weekends",
    "altogether",
    "total",
];

/// Every sentence of `text` and its words.
pub fn sentences(text: &str) -> Vec<(Span, Vec<Token>)> {
    let lines = text
        .split_sentence_bound_indices()
        .flat_map(|(start, piece)| {
            let mut at = start;
            piece.split_inclusive('\n').map(move |line| {
                let begin = at + line.len() - line.trim_start().len();
                at += line.len();
                (begin, line.trim())
            })
        });
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(begin, line)| {
            let span = Span {
                start: begin as u32,
                end: (begin + line.len()) as u32,
            };
            (span, read(line))
        })
        .collect()
}

/// What one sentence of `observation` says of `event`.
pub fn said(
    event: &Event,
    observation: &Observation,
    (sentence, tokens): &(Span, Vec<Token>),
    zone: &TimeZone,
) -> Said {
    let text = sentence.of(&observation.text).unwrap_or_default();
    let is_question = text.ends_with('?')
        || tokens
            .first()
            .is_some_and(|first| QUESTION_WORDS.contains(&first.word.as_str()));
    let holds_all = event.terms.iter().all(|term| term.place(tokens).is_some());
    if !holds_all || is_question || text.len() > LONGEST {
        return Said::Nothing;
    }
    let happened = match event.terms.iter().find(|term| term.is_verb) {
        Some(verb) => was_done(verb, &event.who, &observation.origin, tokens),
        None => took_place(&event.who, &observation.origin, tokens),
    };
    match happened {
        true if has(tokens, HABITUAL) => Said::Unclear,
        true => dated(observation, *sentence, text, zone),
        false => Said::Nothing,
    }
}

/// Whether the one who is asked about did it: the verb in its past, with that subject, not denied.
fn was_done(verb: &Term, who: &Who, origin: &Origin, tokens: &[Token]) -> bool {
    let places = (0..tokens.len()).filter(|at| verb.is(&tokens[*at].word));
    places.into_iter().any(|at| {
        let before = &tokens[at.saturating_sub(4)..at];
        is_done_form(tokens, at) && !denied(before) && subject_is(who, origin, tokens, at)
    })
}

fn is_done_form(tokens: &[Token], at: usize) -> bool {
    const LEADS: &[&str] = &[
        "was", "were", "been", "went", "finished", "started", "spent", "tried", "did", "ended",
    ];
    let word = tokens[at].word.as_str();
    let before = &tokens[at.saturating_sub(3)..at];
    let infinitive = before.last().is_some_and(|token| token.word == "to");
    match () {
        () if infinitive => has(before, DONE_TO),
        () if is_past(word) => true,
        () if word.ends_with("ing") => has(before, LEADS),
        () => before.last().is_some_and(|token| token.word == "did"),
    }
}

/// Whether the words before a verb deny it. What stands before an "and" belongs to another verb.
fn denied(before: &[Token]) -> bool {
    const BREAKS: &[&str] = &["and", "then", "but", "so", "because"];
    let own = before.iter().rev();
    own.take_while(|token| !BREAKS.contains(&token.word.as_str()))
        .any(|token| NOT_YET.contains(&token.word.as_str()))
}

/// Whether the words before the verb at `at` lead back to the one who is asked about.
fn subject_is(who: &Who, origin: &Origin, tokens: &[Token], at: usize) -> bool {
    let speaks = speaks(who, origin);
    for (place, token) in tokens[..at].iter().enumerate().rev() {
        let word = token.word.as_str();
        if ["i", "we"].contains(&word) {
            return speaks;
        }
        if let Who::Named(names) = who
            && names.iter().any(|name| name == word)
        {
            return true;
        }
        let continues = place > 0 && joined_by_and(tokens, place, at);
        if SUBJECTS.contains(&word)
            || !(BETWEEN.contains(&word) || word.ends_with("ly") || continues)
        {
            return false;
        }
    }
    // "Went to the beach today."
    speaks
}

/// Whether "and" or "then" stands right before the verb: its subject is that of the verb before.
fn joined_by_and(tokens: &[Token], place: usize, at: usize) -> bool {
    let lead = tokens
        .get(at.wrapping_sub(1))
        .map(|token| token.word.as_str());
    place < at - 1 && matches!(lead, Some("and" | "then"))
}

/// Whether a thing is told of as past: beside a verb in its past, by somebody whom it concerns.
fn took_place(who: &Who, origin: &Origin, tokens: &[Token]) -> bool {
    let is_past = tokens.iter().any(|token| {
        word::is_past(&token.word) || ["was", "were", "had"].contains(&token.word.as_str())
    });
    let concerns = speaks(who, origin) && (*who != Who::User || has(tokens, FIRST_PERSON));
    is_past && concerns && !has(tokens, NOT_YET)
}

/// Whether "I" means the one who is asked about.
fn speaks(who: &Who, origin: &Origin) -> bool {
    let speaker = origin.speaker().to_lowercase();
    match who {
        Who::User => ["user", "me", "self"].contains(&speaker.as_str()),
        Who::Named(names) => read(&speaker)
            .iter()
            .any(|token| names.contains(&token.word)),
        Who::Anyone => !["", "assistant", "system", "bot", "model"].contains(&speaker.as_str()),
    }
}

/// When the sentence says it was; the day it was said where it does not say.
fn dated(observation: &Observation, span: Span, text: &str, zone: &TimeZone) -> Said {
    let mentions = time::mentions(text, observation.at, zone);
    let said_on = TimeRange {
        from: observation.at,
        to: observation.at.plus_seconds(1),
    };
    let range = match mentions.as_slice() {
        [] => said_on,
        [mention] => mention.range,
        _ => return Said::Unclear,
    };
    if range.from > observation.at {
        return Said::Nothing;
    }
    let range = TimeRange {
        to: range.to.min(
            span::day_of(observation.at, zone)
                .and_then(|day| span::days(day, day, zone))
                .map_or(range.to, |day| day.to),
        ),
        ..range
    };
    match span::touched(range, zone) {
        Some(on) => Said::Happened(Telling {
            span,
            on,
            is_dated: !mentions.is_empty(),
        }),
        None => Said::Unclear,
    }
}

/// How many of `noun` a sentence speaks of; `None` when it does not say, as in "the books" or plain "books".
pub fn how_many(noun: &Term, tokens: &[Token]) -> Option<u32> {
    const LOOKED_BACK: usize = 3;
    let mut places = (0..tokens.len()).filter(|at| noun.is(&tokens[*at].word));
    let at = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let before = tokens[at.saturating_sub(LOOKED_BACK)..at].iter().rev();
    before
        .take_while(|token| {
            !["the", "my", "those", "these", "of", "and"].contains(&token.word.as_str())
        })
        .find_map(|token| amount::number(&token.word))
}

/// The one amount that a sentence names; `None` when there are several, or when it is a price, a plan or a part.
pub fn how_much(text: &str, tokens: &[Token]) -> Option<Amount> {
    const NOT_A_SUM: &[&str] = &[
        "per", "each", "apiece", "budget", "worth", "save", "saved", "saving", "discount", "off",
        "refund", "refunded", "instead", "usually", "less", "more", "over", "under", "between",
        "month", "hour", "percent",
    ];
    let mut amounts = amount::amounts(text);
    let one = (amounts.len() == 1).then(|| amounts.remove(0));
    one.filter(|_| !has(tokens, NOT_A_SUM))
}

fn has(tokens: &[Token], words: &[&str]) -> bool {
    tokens
        .iter()
        .any(|token| words.contains(&token.word.as_str()))
}
