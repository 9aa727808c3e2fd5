//! The model's one pass over an activity: a line that names it, and which of its sentences are worth remembering.
//!
//! The model chooses, it does not write: a fact is a sentence as it was seen, so that nothing can be made up. Small models choose passably
//! and phrase badly.

use super::{
    AbsorbError, Batch, Dropped, attributed, by_rules, claim, event::fresh_sentences, learned_from,
    support,
};
use crate::{
    document,
    prose::says_something,
    thinker::{Form, Thinker},
};
use afterimage_domain::{Body, NewMemory, Observation, Span, Trust};
use afterimage_infer::{
    generate::{End, Options},
    prompt::Message,
};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    sync::LazyLock,
};

const INSTRUCTIONS: &str = include_str!("../../prompts/distil.md");
/// Sentences shown to the model together take at most so many bytes: some 250 tokens, half the cost of a pass.
const MOST_BYTES: usize = 1000;
/// Longer sentences are tables and code.
const LONGEST_SENTENCE: usize = 300;
/// Below this there is nothing to choose from.
const LEAST_BYTES: usize = 120;
const MOST_FACTS: usize = 3;
const MOST_TOKENS: usize = 120;

/// What the model made of an activity, as far as its text supports it.
#[derive(Debug, Default)]
pub(super) struct Distilled {
    pub(super) title: Option<String>,
    pub(super) facts: Vec<NewMemory>,
    pub(super) dropped: BTreeMap<Dropped, u32>,
}

#[derive(Deserialize)]
struct Reply {
    title: String,
    facts: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    line: usize,
    about: String,
}

/// A sentence shown to the model.
struct Line<'a> {
    observation: &'a Observation,
    span: Span,
    text: String,
}

/// One pass over each of `batches`, all side by side; the same number comes back. A batch is left to rules when there is not prose enough
/// to choose from besides what rules make of it already, or when it is a terminal's output.
pub(super) fn distil(
    batches: &[Batch<'_>],
    thinker: &mut Thinker,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<Distilled>, AbsorbError> {
    let lines: Vec<Vec<Line<'_>>> = batches.iter().map(worth_distilling).collect();
    let forms: Vec<Form> = lines
        .iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| form(lines))
        .collect();
    let options = Options {
        max_tokens: MOST_TOKENS,
        ..Options::default()
    };
    let completions = thinker.fill_in(&forms, &fixed(), &options, interrupted)?;
    if completions.iter().any(|done| done.end == End::Interrupted) {
        return Err(AbsorbError::Interrupted);
    }
    let mut completions = completions.into_iter();
    let distilled = batches.iter().zip(&lines).map(|(batch, lines)| {
        let completion = (!lines.is_empty()).then(|| completions.next()).flatten();
        // Cut off at the token limit: rare, and rules have said the rest.
        let reply = completion.and_then(|done| serde_json::from_str(&done.text).ok());
        reply.map_or_else(Distilled::default, |reply| supported(reply, batch, lines))
    });
    Ok(distilled.collect())
}

/// The sentences the model is shown; none when rules are to do alone.
fn worth_distilling<'a>(batch: &Batch<'a>) -> Vec<Line<'a>> {
    if document::is_terminal(&batch.activity.app) {
        return vec![];
    }
    let lines = lines(batch, &by_rules(batch));
    match lines.iter().map(|line| line.text.len()).sum::<usize>() {
        LEAST_BYTES.. => lines,
        _ => vec![],
    }
}

fn form(lines: &[Line<'_>]) -> Form {
    Form {
        schema: schema(lines.len()),
        messages: vec![Message::user(numbered(lines))],
    }
}

/// What of the model's `reply` is so.
fn supported(reply: Reply, batch: &Batch<'_>, lines: &[Line<'_>]) -> Distilled {
    let mut distilled = Distilled {
        title: supported_title(&reply.title, batch, lines),
        ..Distilled::default()
    };
    for fact in reply.facts {
        match checked(&fact, lines, batch) {
            Ok(memory) => distilled.facts.push(memory),
            Err(reason) => *distilled.dropped.entry(reason).or_default() += 1,
        }
    }
    distilled
}

/// Sentences of people and windows that say something `known` does not, each once, within [`MOST_BYTES`]; those with numbers and names are
/// preferred, all are in their order.
fn lines<'a>(batch: &Batch<'a>, known: &[NewMemory]) -> Vec<Line<'a>> {
    let mut seen = HashSet::new();
    let all = fresh_sentences(batch).map(|(observation, span, text)| Line {
        observation,
        span,
        text,
    });
    let mut kept: Vec<(usize, Line<'a>)> = all
        .filter(|line| line.is_worth_showing() && !known.iter().any(|claim| line.supports(claim)))
        .filter(|line| seen.insert(line.text.clone()))
        .enumerate()
        .collect();
    kept.sort_by_key(|(at, line)| (!has_substance(&line.text), *at));
    let mut bytes = 0;
    kept.retain(|(_, line)| {
        bytes += line.text.len();
        bytes <= MOST_BYTES
    });
    kept.sort_by_key(|(at, _)| *at);
    kept.into_iter().map(|(_, line)| line).collect()
}

impl Line<'_> {
    fn is_worth_showing(&self) -> bool {
        says_something(&self.text)
            && self.text.len() <= LONGEST_SENTENCE
            && !self.text.contains("[secret:")
            && self.observation.origin.speaker() != "assistant"
    }

    fn supports(&self, claim: &NewMemory) -> bool {
        let sources = &mut claim.sources.iter();
        sources.any(|source| {
            source.observation == self.observation.id && source.span.overlaps(&self.span)
        })
    }
}

/// Whether it names a number or, after its first word, somebody or something.
fn has_substance(sentence: &str) -> bool {
    sentence.chars().any(|c| c.is_numeric())
        || sentence
            .split_whitespace()
            .skip(1)
            .any(|word| word.starts_with(char::is_uppercase) && word.chars().count() > 1)
}

fn numbered(lines: &[Line<'_>]) -> String {
    let line = |(at, line): (usize, &Line<'_>)| {
        let speaker = line.observation.origin.speaker();
        let said = if speaker.is_empty() {
            String::new()
        } else {
            format!("{speaker}: ")
        };
        format!("{}| {said}{}", at + 1, line.text)
    };
    lines
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Instructions and examples; small models follow the examples. Read once and kept, so their length costs nothing later.
fn fixed() -> [Message; 5] {
    [
        Message::system(INSTRUCTIONS),
        Message::user(
            "1| The team met again after the summer break.\n2| The beta of Atlas goes out on 14 May.\n3| It was a long and friendly meeting in the end.\n4| Jonas Weber owns the user tests.",
        ),
        Message::assistant(
            r#"{"title": "Plans for the Atlas beta", "facts": [{"line": 2, "about": "Atlas"}, {"line": 4, "about": "Jonas Weber"}]}"#,
        ),
        Message::user(
            "1| Tom: how was your weekend then?\n2| Sara: I bought a red bicycle from my neighbour for 80 euros.\n3| Tom: oh that sounds like a lot of fun!",
        ),
        Message::assistant(
            r#"{"title": "Sara bought a red bicycle", "facts": [{"line": 2, "about": "Sara"}]}"#,
        ),
    ]
}

fn schema(lines: usize) -> Value {
    let text = |most: usize| json!({"type": "string", "minLength": 2, "maxLength": most});
    json!({
        "type": "object",
        "properties": {
            "title": text(70),
            "facts": {
                "type": "array",
                "maxItems": MOST_FACTS.min(lines),
                "items": {
                    "type": "object",
                    "properties": {"line": {"type": "integer", "minimum": 1, "maximum": lines}, "about": text(40)},
                    "required": ["line", "about"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["title", "facts"],
        "additionalProperties": false
    })
}

/// The model's title, if its words are those of the sentences or of the window's title.
fn supported_title(title: &str, batch: &Batch<'_>, lines: &[Line<'_>]) -> Option<String> {
    let mut sources: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    sources.extend(
        batch
            .observations
            .iter()
            .map(|observation| observation.origin.speaker()),
    );
    sources.push(&batch.activity.title);
    let title = title.trim().trim_end_matches('.');
    (title.len() > 3
        && support::unsupported(title, &sources).is_none()
        && !support::is_instruction(title))
    .then(|| title.to_owned())
}

/// The chosen sentence as a memory; or why not.
fn checked(fact: &Fact, lines: &[Line<'_>], batch: &Batch<'_>) -> Result<NewMemory, Dropped> {
    let line = lines
        .get(fact.line.wrapping_sub(1))
        .ok_or(Dropped::NoSource)?;
    let origin = &line.observation.origin;
    if !has_substance(&line.text) || line.text.ends_with('?') || is_address(&line.text) {
        return Err(Dropped::Empty);
    }
    let subject = subject(&fact.about, line, batch);
    let words = if origin.speaker().is_empty() {
        named_after(&subject, &line.text)
    } else {
        line.text.clone()
    };
    let body = Body::Semantic {
        subject,
        learned_from: learned_from(origin),
    };
    let mut memory = claim(
        line.observation,
        line.span,
        attributed(origin, words.trim_end_matches('.')),
        body,
    );
    memory.confidence = if line.observation.trust == Trust::Screen {
        0.5
    } else {
        0.7
    };
    Ok(memory)
}

/// Whether a sentence is said to somebody, and of nothing else: "Wow, that sounds great!", "Hope you're doing well".
fn is_address(sentence: &str) -> bool {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:wow|hey|hi|hello|thanks|thank you|congrat\w*|great|cool|awesome|nice|yeah|yep|yes|no|ok(?:ay)?|haha|oh|sure|sounds|so (?:glad|happy|proud)|glad|keep|good luck|just do|believe|remember)\b|\b(?:you|your|you['’]re)\b")
            .expect("a fixed pattern")
    });
    static TELLING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bI(?:['’]\w+)? \w+ \w+|(?i)\b(?:my|we|our)\b").expect("a fixed pattern")
    });
    OPENING.is_match(sentence) && !TELLING.is_match(sentence)
}

/// Whom it is about: who the model says if the sentence knows that name, else the speaker, else what was open.
fn subject(about: &str, line: &Line<'_>, batch: &Batch<'_>) -> String {
    let speaker = line.observation.origin.speaker();
    if line
        .text
        .to_lowercase()
        .contains(&about.trim().to_lowercase())
    {
        return about.trim().to_owned();
    }
    if !speaker.is_empty() {
        return speaker.to_owned();
    }
    let activity = batch.activity;
    activity.document.as_ref().map_or_else(
        || document::page_title(&activity.app, &activity.title),
        |document| document.name.clone(),
    )
}

/// The sentence; preceded by what it is about when it begins with a word that points there.
fn named_after(subject: &str, sentence: &str) -> String {
    const POINTERS: [&str; 12] = [
        "it", "its", "they", "their", "he", "she", "his", "her", "this", "these", "that", "there",
    ];
    let first = sentence
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let points = POINTERS.contains(&first.as_str()) && !subject.is_empty();
    if points {
        format!("{subject}: {sentence}")
    } else {
        sentence.to_owned()
    }
}
