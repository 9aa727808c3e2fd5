//! A model's answer -> an answer whose every citation is a note it was given, and whose numbers and names are in the notes.

use super::{
    Question,
    notes::Note,
    words::{content_words, share},
};
use crate::{absorb::support, prose};
use afterimage_domain::Span;
use afterimage_infer::embed::{Embedder, Purpose, cosine};
use regex::Regex;
use std::sync::LazyLock;

/// A sentence shares at least this much of its words with the note it is from.
const LEAST_SHARE: f32 = 0.34;
/// Or is this near to it in meaning, by bge-small.
const LEAST_LIKENESS: f32 = 0.72;

static MARK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\s*\[(?:note )?(\d{1,3})\]").expect("a fixed pattern"));

/// An answer and the notes it cites.
pub(super) struct Cited {
    /// With `[1]`, `[2]`, … = place in `notes` plus one.
    pub(super) text: String,
    /// The notes cited, each once.
    pub(super) notes: Vec<Cite>,
}

/// A note, and the words of it that are relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cite {
    /// Its place among the notes given.
    pub(super) note: usize,
    /// In the text of what was found.
    pub(super) span: Span,
}

/// The sentences of `text` that the notes support, each with its citation. `None` when nothing of it is supported, or when it says that it does
/// not know.
pub(super) fn cited(
    text: &str,
    notes: &[Note<'_>],
    question: &Question<'_>,
    embedder: Option<&dyn Embedder>,
) -> Option<Cited> {
    let mut cited = Cited {
        text: String::new(),
        notes: Vec::new(),
    };
    for sentence in with_their_marks(text) {
        let bare = MARK.replace_all(&sentence, "").trim().to_owned();
        if says_nothing(&bare) || repeats(&bare, question.text) {
            continue;
        }
        let named = named(&sentence, notes);
        if let Some(supporting) = supporting(&bare, &named, notes, question, embedder) {
            cited.push(&bare, &supporting, notes);
        }
    }
    (!cited.text.is_empty()).then_some(cited)
}

impl Cited {
    fn push(&mut self, sentence: &str, supporting: &[usize], notes: &[Note<'_>]) {
        let body = sentence.trim_end_matches(['.', ' ']);
        let end = if sentence.ends_with('.') { "." } else { "" };
        let mut marks = String::new();
        for note in supporting {
            let at = self
                .notes
                .iter()
                .position(|known| known.note == *note)
                .unwrap_or_else(|| {
                    let span = notes[*note].sentence_with(&content_words(sentence));
                    self.notes.push(Cite { note: *note, span });
                    self.notes.len() - 1
                });
            marks.push_str(&format!(" [{}]", at + 1));
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&format!("{body}{marks}{end}"));
    }
}

/// Sentences; a mark that follows a full stop belongs to the sentence before.
fn with_their_marks(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for sentence in prose::sentences(text) {
        // "May. [1] The": the next sentence begins with the mark.
        let leading = MARK
            .find(&sentence.text)
            .filter(|mark| mark.start() == 0)
            .map_or(0, |mark| mark.end());
        let (mark, rest) = sentence.text.split_at(leading);
        match found.last_mut() {
            Some(last) => last.push_str(mark),
            None => found.push(mark.to_owned()),
        }
        if !rest.trim().is_empty() {
            found.push(rest.trim().to_owned());
        }
    }
    found
}

/// Notes the sentence names and that exist.
fn named(sentence: &str, notes: &[Note<'_>]) -> Vec<usize> {
    let mut named = Vec::new();
    for found in MARK.captures_iter(sentence) {
        let number = found[1].parse::<usize>().ok();
        if let Some(at) = notes
            .iter()
            .position(|note| Some(note.number) == number)
            .filter(|at| !named.contains(at))
        {
            named.push(at);
        }
    }
    named
}

/// The notes a sentence is from: those it names, unless another one holds clearly more of its words; small models often name the wrong one.
fn supporting(
    sentence: &str,
    named: &[usize],
    notes: &[Note<'_>],
    question: &Question<'_>,
    embedder: Option<&dyn Embedder>,
) -> Option<Vec<usize>> {
    let words = content_words(sentence);
    let held = |at: &usize| share(&words, &notes[*at].line);
    let able = |at: &usize| is_supported(sentence, &[*at], notes, question);
    let best = (0..notes.len())
        .filter(able)
        .max_by(|a, b| held(a).total_cmp(&held(b)).then(b.cmp(a)));
    let most = best.as_ref().map_or(0.0, held);
    let named: Vec<usize> = named
        .iter()
        .copied()
        .filter(|at| held(at) >= LEAST_SHARE && held(at) + 0.2 >= most)
        .collect();
    if !named.is_empty() && is_supported(sentence, &named, notes, question) {
        return Some(named);
    }
    let best = best?;
    let likeness = || {
        embedder
            .and_then(|embedder| likeness(sentence, &notes[best].line, embedder))
            .unwrap_or(0.0)
    };
    (most >= LEAST_SHARE || likeness() >= LEAST_LIKENESS).then(|| vec![best])
}

fn likeness(a: &str, b: &str, embedder: &dyn Embedder) -> Option<f32> {
    let vectors = embedder.embed(&[a, b], Purpose::Document).ok()?;
    Some(cosine(&vectors[0], &vectors[1]))
}

/// Whether its numbers and names are in the notes or known of the user. Those of the question do not count: it may take something for granted.
fn is_supported(
    sentence: &str,
    named: &[usize],
    notes: &[Note<'_>],
    question: &Question<'_>,
) -> bool {
    let mut sources: Vec<&str> = named.iter().map(|at| notes[*at].line.as_str()).collect();
    sources.extend(
        question
            .core
            .iter()
            .map(|memory| memory.content.title.as_str()),
    );
    support::invented(sentence, &sources).is_none()
}

/// Whether a sentence has no word that the question does not have.
fn repeats(sentence: &str, question: &str) -> bool {
    content_words(sentence).is_subset(&content_words(question))
}

/// "I don't know" and its kin.
fn says_nothing(sentence: &str) -> bool {
    const PHRASES: &[&str] = &[
        "i don't know",
        "i do not know",
        "i don’t know",
        "not mentioned",
        "no information",
        "does not mention",
        "do not mention",
        "not provided",
        "cannot answer",
        "can't answer",
        "not specified",
        "do not contain",
        "does not contain",
        "do not answer",
        "i'm sorry",
        "i am sorry",
        "not enough information",
        "unable to",
    ];
    let sentence = sentence.to_lowercase();
    sentence.chars().filter(|c| c.is_alphanumeric()).count() < 2
        || PHRASES.iter().any(|phrase| sentence.contains(phrase))
}
