//! Text to labelled spans: what each token of a text is, by a small encoder with a layer of labels behind it.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use tokenizers::{Encoding, Tokenizer};

use crate::cpu::activations::Activations;
use crate::cpu::encoder::{Encoder, EncoderScratch};
use crate::cpu::layers::On;
use crate::cpu::pool::Pool;
use crate::cpu::processor::Instructions;
use crate::cpu::product::{Affine, Inputs, multiply};
use crate::embed::{EmbedError, onnx};

/// The files of such a model, in the order [`TokenClassifier::load`] takes them.
pub const FILES: [&str; 3] = ["model.onnx", "tokenizer.json", "config.json"];

/// Tokens of one window, its two marks among them. What stands far apart says little about each other, and short windows are fast.
const WINDOW: usize = 256;
/// Tokens that neighbouring windows share, so that no span is cut by an edge without being whole beside it.
const SHARED: usize = 32;

/// A span of a text, and what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The label without its `B-` or `I-`, as the model's own configuration names it, e.g. `SURNAME`.
    pub label: String,
    /// First byte.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// The least probability of a token in it.
    pub score: f32,
}

/// What one token is: the number of its label, and how probable that is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Guess {
    label: usize,
    score: f32,
}

/// A model that labels tokens, ready to run.
pub struct TokenClassifier {
    encoder: Encoder,
    scores: Affine,
    /// By number: its name, and whether it begins a span. `None` is nothing.
    labels: Vec<Option<(String, bool)>>,
    tokenizer: Tokenizer,
    marks: [u32; 2],
    with: Instructions,
    at_work: Mutex<(Pool, EncoderScratch)>,
}

/// What of the model's own configuration matters.
#[derive(Deserialize)]
struct Configuration {
    id2label: HashMap<usize, String>,
    num_attention_heads: usize,
}

impl TokenClassifier {
    /// Loads the [`FILES`]. The error says what is wrong with them.
    pub fn load(files: [&Path; 3], threads: NonZero<usize>) -> Result<TokenClassifier, String> {
        let [weights, tokenizer, configuration] = files;
        let text = std::fs::read_to_string(configuration).map_err(|error| error.to_string())?;
        let configuration: Configuration =
            serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let (encoder, scores) = onnx::read_classifier(weights, configuration.num_attention_heads)?;
        let labels = labels(&configuration, scores.weight.rows())?;
        let mut tokenizer = Tokenizer::from_file(tokenizer).map_err(|error| error.to_string())?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| error.to_string())?;
        if tokenizer.get_vocab_size(true) > encoder.words.rows() {
            return Err("its tokenizer has more tokens than its table of words".into());
        }
        let mark = |name: &str| {
            let token = tokenizer.token_to_id(name);
            token.ok_or_else(|| format!("its vocabulary has no `{name}`"))
        };
        Ok(TokenClassifier {
            marks: [mark("[CLS]")?, mark("[SEP]")?],
            encoder,
            scores,
            labels,
            tokenizer,
            with: Instructions::best(),
            at_work: Mutex::new((Pool::new(threads), EncoderScratch::default())),
        })
    }

    /// The spans of `text` that are something, each of whose tokens is so with at least the probability `least`; in order, without overlap.
    pub fn spans(&self, text: &str, least: f32) -> Result<Vec<Labelled>, EmbedError> {
        let encoding = self.tokenizer.encode(text, false);
        let encoding = encoding.map_err(|error| EmbedError::Tokens(error.to_string()))?;
        let mut found: Vec<Labelled> = Vec::new();
        for (start, end) in windows(&encoding) {
            let guesses = self.guesses(&encoding.get_ids()[start..end]);
            let places = &encoding.get_offsets()[start..end];
            for span in self.joined(text, &guesses, places, least) {
                merge(&mut found, span);
            }
        }
        Ok(apart(found))
    }

    /// What each token of a window is.
    fn guesses(&self, tokens: &[u32]) -> Vec<Guess> {
        let marked: Vec<u32> = [&self.marks[..1], tokens, &self.marks[1..]].concat();
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let (pool, scratch) = &mut *at_work;
        let (pool, with) = (&*pool, self.with);
        let rows = self.encoder.pass(On { pool, with }, scratch, &[&marked]);
        let labels = self.labels.len();
        let mut scores = vec![0.0; marked.len() * labels];
        let mut rounded = Activations::default();
        let inputs = Inputs::new(pool, with, rows, self.encoder.width(), &mut rounded);
        multiply(pool, with, &inputs, &mut [self.scores.product(&mut scores)]);
        scores
            .chunks_exact(labels)
            .skip(1)
            .take(tokens.len())
            .map(likeliest)
            .collect()
    }

    /// Tokens of one kind with nothing but space between them are one span, unless one of them begins another.
    fn joined(
        &self,
        text: &str,
        guesses: &[Guess],
        places: &[(usize, usize)],
        least: f32,
    ) -> Vec<Labelled> {
        let mut spans: Vec<Labelled> = Vec::new();
        let mut is_open = false;
        for (guess, &(start, end)) in guesses.iter().zip(places) {
            let Some((label, begins)) = self.labels[guess.label]
                .as_ref()
                .filter(|_| guess.score >= least && end > start)
            else {
                is_open = false;
                continue;
            };
            let goes_on = |last: &&mut Labelled| {
                is_open
                    && last.label == *label
                    && text[last.end..start].trim().is_empty()
                    // A piece of a word begins nothing.
                    && (!begins || last.end == start)
            };
            match spans.last_mut().filter(goes_on) {
                Some(last) => {
                    last.end = end;
                    last.score = last.score.min(guess.score);
                }
                None => spans.push(Labelled {
                    label: label.clone(),
                    start,
                    end,
                    score: guess.score,
                }),
            }
            is_open = true;
        }
        spans
    }
}

/// Adds a span of a later window: what neighbouring windows both have is one span, and of two kinds the first counts.
fn merge(found: &mut Vec<Labelled>, span: Labelled) {
    let mut met = found.iter_mut().rev();
    let meets = |known: &&mut Labelled| span.start < known.end && known.start < span.end;
    match met.find(meets) {
        Some(known) if known.label == span.label => {
            known.start = known.start.min(span.start);
            known.end = known.end.max(span.end);
        }
        Some(_) => {}
        None => found.push(span),
    }
}

/// In order; of those that came to overlap, the first.
fn apart(mut found: Vec<Labelled>) -> Vec<Labelled> {
    found.sort_by_key(|span| span.start);
    let mut end = 0;
    found.retain(|span| {
        let is_apart = span.start >= end;
        end = end.max(span.end);
        is_apart
    });
    found
}

fn labels(
    configuration: &Configuration,
    count: usize,
) -> Result<Vec<Option<(String, bool)>>, String> {
    (0..count)
        .map(|number| {
            let name = configuration.id2label.get(&number);
            let name = name.ok_or_else(|| format!("its label {number} has no name"))?;
            Ok(name
                .split_once('-')
                .map(|(place, label)| (label.to_owned(), place == "B")))
        })
        .collect()
}

/// Where windows over the tokens begin and end; each but the first begins at a word.
fn windows(encoding: &Encoding) -> Vec<(usize, usize)> {
    let words = encoding.get_word_ids();
    let (room, count) = (WINDOW - 2, words.len());
    let (mut windows, mut start) = (Vec::new(), 0);
    while start < count {
        let end = count.min(start + room);
        windows.push((start, end));
        if end == count {
            break;
        }
        let mut next = end - SHARED;
        while next - 1 > start && words[next] == words[next - 1] {
            next -= 1;
        }
        start = next;
    }
    windows
}

fn likeliest(scores: &[f32]) -> Guess {
    let best = |best: (usize, f32), (at, score): (usize, &f32)| {
        if *score > best.1 { (at, *score) } else { best }
    };
    let (label, most) = scores.iter().enumerate().fold((0, f32::NEG_INFINITY), best);
    let sum: f32 = scores.iter().map(|score| (score - most).exp()).sum();
    Guess {
        label,
        score: 1.0 / sum,
    }
}
