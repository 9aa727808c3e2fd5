//! The model's one pass over an activity: a line that names it, and facts quoted from its text.

use super::{AbsorbError, Batch, Dropped, claim, cut, event::fresh_lines, learned_from, support};
use crate::{document, thinker::Thinker};
use afterimage_domain::{Body, NewMemory, Observation, Origin, Span, Trust};
use afterimage_infer::{
    generate::{End, Options},
    prompt::Message,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

const INSTRUCTIONS: &str = include_str!("../../prompts/distil.md");
/// Lines shown to the model together take at most so many bytes: some 300 tokens, four seconds of reading on a small machine.
const MOST_BYTES: usize = 1200;
const LONGEST_LINE: usize = 200;
/// Below this there is nothing to say that rules have not said.
const LEAST_BYTES: usize = 80;
const MOST_FACTS: usize = 3;
const MOST_TOKENS: usize = 220;

/// What the model made of an activity, as far as its text supports it.
#[derive(Debug, Default)]
pub(super) struct Distilled {
    pub(super) title: Option<String>,
    pub(super) facts: Vec<NewMemory>,
}

#[derive(Deserialize)]
struct Reply {
    title: String,
    #[serde(default)]
    facts: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    line: usize,
    about: String,
    quote: String,
}

/// A line shown to the model.
struct Shown<'a> {
    observation: &'a Observation,
    span: Span,
    text: &'a str,
}

/// Whether the batch has prose enough for the model to be asked. A terminal's output is left to the rules.
pub(super) fn is_worth_it(batch: &Batch<'_>) -> bool {
    !document::is_terminal(&batch.activity.app) && lines(batch).iter().map(|line| line.text.len()).sum::<usize>() >= LEAST_BYTES
}

pub(super) fn distil(
    batch: &Batch<'_>,
    thinker: &mut Thinker,
    dropped: &mut BTreeMap<Dropped, u32>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Distilled, AbsorbError> {
    let lines = lines(batch);
    let options = Options { max_tokens: MOST_TOKENS, ..Options::default() };
    let asked = Message::user(numbered(&lines));
    let completion = thinker.fill_in(&schema(lines.len()), &fixed(), &[asked], &options, interrupted)?;
    if completion.end == End::Interrupted {
        return Err(AbsorbError::Interrupted);
    }
    // Cut off at the token limit: rare, and rules have said the rest.
    let Ok(reply) = serde_json::from_str::<Reply>(&completion.text) else {
        return Ok(Distilled::default());
    };
    let mut distilled = Distilled { title: supported_title(&reply.title, batch, &lines), facts: vec![] };
    for fact in reply.facts {
        match checked(&fact, &lines, distilled.title.as_deref()) {
            Ok(memory) => distilled.facts.push(memory),
            Err(reason) => *dropped.entry(reason).or_default() += 1,
        }
    }
    Ok(distilled)
}

/// Lines worth showing: those that read like sentences first, in their order, within [`MOST_BYTES`].
fn lines<'a>(batch: &Batch<'a>) -> Vec<Shown<'a>> {
    let mut seen = HashSet::new();
    let mut all: Vec<(usize, Shown<'a>)> = fresh_lines(batch)
        .filter(|(_, _, text)| text.chars().filter(|c| c.is_alphabetic()).count() > 3 && seen.insert(*text))
        .map(|(observation, span, text)| Shown { observation, span, text })
        .enumerate()
        .collect();
    all.sort_by_key(|(at, line)| (std::cmp::Reverse(line.text.split_whitespace().count().min(6)), *at));
    let mut bytes = 0;
    all.retain(|(_, line)| {
        bytes += line.text.len().min(LONGEST_LINE);
        bytes <= MOST_BYTES
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, line)| line).collect()
}

fn numbered(lines: &[Shown<'_>]) -> String {
    let line = |(at, line): (usize, &Shown<'_>)| {
        let speaker = line.observation.origin.speaker();
        let said = if speaker.is_empty() { String::new() } else { format!("{speaker}: ") };
        format!("{}| {said}{}", at + 1, cut(line.text, LONGEST_LINE))
    };
    lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// Instructions and one example; small models follow the example.
fn fixed() -> [Message; 3] {
    [
        Message::system(INSTRUCTIONS),
        Message::user("1| File Edit View Help\n2| Release plan for Atlas\n3| The beta goes out on 14 May and Jonas Weber owns testing.\n4| Accept all cookies"),
        Message::assistant(
            r#"{"title": "Release plan for Atlas", "facts": [{"line": 3, "about": "Atlas", "quote": "The beta goes out on 14 May"}, {"line": 3, "about": "Jonas Weber", "quote": "Jonas Weber owns testing"}]}"#,
        ),
    ]
}

fn schema(lines: usize) -> Value {
    let text = |most: usize| json!({"type": "string", "minLength": 2, "maxLength": most});
    json!({
        "type": "object",
        "properties": {
            "title": text(80),
            "facts": {
                "type": "array",
                "maxItems": MOST_FACTS,
                "items": {
                    "type": "object",
                    "properties": {"line": {"type": "integer", "minimum": 1, "maximum": lines}, "about": text(40), "quote": text(160)},
                    "required": ["line", "about", "quote"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["title", "facts"],
        "additionalProperties": false
    })
}

/// The model's title, if its words are those of the lines or of the window's title.
fn supported_title(title: &str, batch: &Batch<'_>, lines: &[Shown<'_>]) -> Option<String> {
    let mut sources: Vec<&str> = lines.iter().map(|line| line.text).collect();
    sources.push(&batch.activity.title);
    let title = title.trim().trim_end_matches('.');
    (title.len() > 3 && support::unsupported(title, &sources).is_none() && !support::is_instruction(title)).then(|| title.to_owned())
}

/// The fact as a memory, resting on the quoted words; or why not.
fn checked(fact: &Fact, lines: &[Shown<'_>], title: Option<&str>) -> Result<NewMemory, Dropped> {
    let named = lines.get(fact.line.wrapping_sub(1)).ok_or(Dropped::NoSource)?;
    // Small models miscount lines; the words decide.
    let (line, span) = std::iter::once(named).chain(lines).find_map(|line| Some((line, quoted(line, &fact.quote)?))).ok_or(Dropped::NoSource)?;
    let quote = span.of(&line.observation.text).ok_or(Dropped::NoSource)?.replace('\n', " ");
    if quote.split_whitespace().count() < 3 {
        return Err(Dropped::Empty);
    }
    let subject = subject(&fact.about, lines, title);
    let origin = &line.observation.origin;
    let body = Body::Semantic { subject: subject.clone(), learned_from: learned_from(origin) };
    let mut memory = claim(line.observation, span, said(origin, &subject, &quote), body);
    memory.details = cut(line.text, 300);
    memory.confidence = if line.observation.trust == Trust::Screen { 0.5 } else { 0.7 };
    Ok(memory)
}

fn quoted(line: &Shown<'_>, quote: &str) -> Option<Span> {
    support::find_quote(line.observation, quote).filter(|span| span.overlaps(&line.span))
}

/// Whom it is about, if the lines know that name; otherwise what the whole is about.
fn subject(about: &str, lines: &[Shown<'_>], title: Option<&str>) -> String {
    let about = about.trim();
    let is_known = lines.iter().any(|line| line.text.to_lowercase().contains(&about.to_lowercase()));
    let fallback = || title.unwrap_or(about).to_owned();
    if is_known { about.to_owned() } else { fallback() }
}

/// From a screen only what was said, never what is so.
fn said(origin: &Origin, subject: &str, quote: &str) -> String {
    let quote = if quote.to_lowercase().contains(&subject.to_lowercase()) { quote.to_owned() } else { format!("{subject}: {quote}") };
    match origin {
        Origin::Screen { url: Some(url), .. } => format!("{} says: {quote}", document::host(url)),
        Origin::Screen { app, .. } => format!("Seen in {app}: {quote}"),
        Origin::Import { speaker, .. } if !speaker.is_empty() => format!("{speaker}: {quote}"),
        _ => quote,
    }
}
