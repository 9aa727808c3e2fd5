//! Generation: an iterator over pieces of text that can be dropped at any moment.

use std::collections::VecDeque;

use crate::grammar::GrammarError;
use crate::model::{LanguageModel, ModelError};
use crate::prompt::Prompt;
use crate::tokenizer::{Detokenizer, Token};

/// Tokens of a prompt read between two looks at the interruption.
const READ_AT_ONCE: usize = 32;

/// How to generate. The defaults are greedy and reproducible.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The most tokens to generate.
    pub max_tokens: usize,
    /// 0 takes the most likely token each time; 1 samples from the model's own distribution.
    pub temperature: f32,
    /// Samples among the most likely tokens that together reach this probability. 1 means all.
    pub top_p: f32,
    /// Divides the score of tokens among the last 64 that were generated. 1 means no penalty.
    pub repetition_penalty: f32,
    /// The same seed gives the same text.
    pub seed: u64,
    /// Generation ends where one of these appears; it is not part of the text.
    pub stop: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_tokens: 256,
            temperature: 0.0,
            top_p: 1.0,
            repetition_penalty: 1.0,
            seed: 0,
            stop: Vec::new(),
        }
    }
}

/// Why a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The model, a stop string or the grammar ended it.
    Stop,
    /// It reached the most tokens asked for, or the end of the context.
    Length,
    /// The caller's `interrupted` said so.
    Interrupted,
}

/// Changes the scores before a token is chosen, and learns which one was.
pub trait Filter {
    /// Changes `logits`; minus infinity forbids a token. `generated` are the tokens chosen so far.
    fn apply(&mut self, logits: &mut [f32], generated: &[Token]) -> Result<(), GrammarError>;

    /// Learns that `token` was chosen and returns the tokens that must follow it, if that is already certain.
    fn accept(&mut self, token: Token) -> Result<Vec<Token>, GrammarError> {
        let _ = token;
        Ok(Vec::new())
    }

    /// Whether the text is complete and nothing may follow.
    fn is_complete(&self) -> bool {
        false
    }
}

/// Why a generation failed.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The model could not go on.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A filter could not go on.
    #[error(transparent)]
    Grammar(#[from] GrammarError),
}

/// A finished generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What was generated, without control tokens and stop strings.
    pub text: String,
    /// Why it ended.
    pub end: End,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens of the prompt whose state was there already.
    pub reused_tokens: usize,
    /// Tokens generated.
    pub generated_tokens: usize,
}

/// A running generation: yields pieces of text as they become certain. Dropping it stops the work.
pub struct Generation<'a> {
    model: &'a mut dyn LanguageModel,
    interrupted: &'a dyn Fn() -> bool,
    filters: Vec<Box<dyn Filter + 'a>>,
    sampler: Sampler,
    max_tokens: usize,
    unread: Vec<Token>,
    forced: VecDeque<Token>,
    generated: Vec<Token>,
    detokenizer: Detokenizer,
    stops: StopStrings,
    prompt_tokens: usize,
    reused_tokens: usize,
    end: Option<End>,
    logits: Vec<f32>,
}

impl<'a> Generation<'a> {
    /// Reads `prompt` and makes ready to continue it. `filters` act in their order, after the repetition penalty.
    /// `interrupted` is asked before each token and every few tokens while the prompt is read.
    pub fn start(
        model: &'a mut dyn LanguageModel,
        prompt: &Prompt,
        options: &Options,
        filters: Vec<Box<dyn Filter + 'a>>,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Result<Generation<'a>, GenerateError> {
        let (last, context) = (
            *prompt.tokens.last().ok_or(ModelError::Empty)?,
            model.context_length(),
        );
        if prompt.tokens.len() >= context {
            return Err(ModelError::TooLong {
                tokens: prompt.tokens.len(),
                context,
            }
            .into());
        }
        let reused_tokens = model.rewind(&prompt.tokens);
        let read = read_prompt(model, prompt, interrupted)?;
        Ok(Generation {
            max_tokens: options.max_tokens.min(context - prompt.tokens.len()),
            model,
            interrupted,
            filters: with_penalty(options, filters),
            sampler: Sampler::new(options),
            unread: vec![last],
            forced: VecDeque::new(),
            generated: Vec::new(),
            detokenizer: Detokenizer::default(),
            stops: StopStrings::new(&options.stop),
            prompt_tokens: prompt.tokens.len(),
            reused_tokens,
            end: (!read).then_some(End::Interrupted),
            logits: Vec::new(),
        })
    }

    /// Why it ended, once it has.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// The tokens generated so far.
    pub fn tokens(&self) -> &[Token] {
        &self.generated
    }

    /// Runs to the end and returns the whole text.
    pub fn complete(mut self) -> Result<Completion, GenerateError> {
        let text = self.by_ref().collect::<Result<String, _>>()?;
        Ok(Completion {
            text,
            end: self.end.unwrap_or(End::Stop),
            prompt_tokens: self.prompt_tokens,
            reused_tokens: self.reused_tokens,
            generated_tokens: self.generated.len(),
        })
    }

    /// The next token, or the end.
    fn advance(&mut self) -> Result<Option<Token>, GenerateError> {
        if (self.interrupted)() {
            return Ok(self.finish(End::Interrupted));
        }
        if self.filters.iter().any(|filter| filter.is_complete()) && self.forced.is_empty() {
            return Ok(self.finish(End::Stop));
        }
        if self.generated.len() >= self.max_tokens {
            return Ok(self.finish(End::Length));
        }
        let token = match self.forced.pop_front() {
            Some(token) => token,
            None => self.choose()?,
        };
        if self.model.tokenizer().is_stop(token) {
            return Ok(self.finish(End::Stop));
        }
        self.generated.push(token);
        self.unread.push(token);
        Ok(Some(token))
    }

    fn finish(&mut self, end: End) -> Option<Token> {
        self.end = Some(end);
        None
    }

    fn choose(&mut self) -> Result<Token, GenerateError> {
        let logits = self.model.decode(&self.unread)?;
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        self.unread.clear();
        for filter in &mut self.filters {
            filter.apply(&mut self.logits, &self.generated)?;
        }
        let token = self.sampler.sample(&mut self.logits);
        for filter in &mut self.filters {
            self.forced.extend(filter.accept(token)?);
        }
        Ok(token)
    }

    /// Text that is certain after one more token; `None` at the end.
    fn step(&mut self) -> Result<Option<String>, GenerateError> {
        let Some(token) = self.advance()? else {
            let rest = self.detokenizer.finish();
            let rest = self.stops.push(&rest) + &self.stops.finish();
            return Ok((!rest.is_empty()).then_some(rest));
        };
        let text = self.detokenizer.push(self.model.tokenizer().piece(token));
        let text = self.stops.push(&text);
        if self.stops.found {
            self.end = Some(End::Stop);
        }
        Ok(Some(text))
    }
}

impl Iterator for Generation<'_> {
    type Item = Result<String, GenerateError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.end.is_none() {
            match self.step() {
                Ok(Some(text)) if text.is_empty() => continue,
                Ok(text) => return text.map(Ok),
                Err(error) => {
                    self.end = Some(End::Stop);
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Reads all of `prompt` but its last token; `false` when interrupted.
fn read_prompt(
    model: &mut dyn LanguageModel,
    prompt: &Prompt,
    interrupted: &dyn Fn() -> bool,
) -> Result<bool, ModelError> {
    let last = prompt.tokens.len() - 1;
    let fixed = prompt.fixed.min(last);
    if model.held().len() < fixed {
        if !read_to(model, &prompt.tokens[..fixed], interrupted)? {
            return Ok(false);
        }
        model.keep_prefix();
    }
    read_to(model, &prompt.tokens[..last], interrupted)
}

fn read_to(
    model: &mut dyn LanguageModel,
    tokens: &[Token],
    interrupted: &dyn Fn() -> bool,
) -> Result<bool, ModelError> {
    while model.held().len() < tokens.len() {
        if interrupted() {
            return Ok(false);
        }
        let held = model.held().len();
        model.prefill(&tokens[held..tokens.len().min(held + READ_AT_ONCE)])?;
    }
    Ok(true)
}

fn with_penalty<'a>(
    options: &Options,
    filters: Vec<Box<dyn Filter + 'a>>,
) -> Vec<Box<dyn Filter + 'a>> {
    let penalty = (options.repetition_penalty != 1.0)
        .then(|| Box::new(RepetitionPenalty(options.repetition_penalty)) as Box<dyn Filter>);
    penalty.into_iter().chain(filters).collect()
}

/// Makes tokens that were just said less likely.
struct RepetitionPenalty(f32);

impl Filter for RepetitionPenalty {
    fn apply(&mut self, logits: &mut [f32], generated: &[Token]) -> Result<(), GrammarError> {
        let mut recent = generated[generated.len().saturating_sub(64)..].to_vec();
        recent.sort_unstable();
        recent.dedup();
        for token in recent {
            if let Some(logit) = logits.get_mut(token as usize) {
                *logit = if *logit > 0.0 {
                    *logit / self.0
                } else {
                    *logit * self.0
                };
            }
        }
        Ok(())
    }
}

/// Chooses a token from scores.
struct Sampler {
    temperature: f32,
    top_p: f32,
    random: SplitMix,
}

impl Sampler {
    fn new(options: &Options) -> Sampler {
        Sampler {
            temperature: options.temperature,
            top_p: options.top_p,
            random: SplitMix(options.seed),
        }
    }

    fn sample(&mut self, logits: &mut [f32]) -> Token {
        let best = most_likely(logits);
        if self.temperature <= 0.0 {
            return best as Token;
        }
        let highest = logits[best];
        let mut weights: Vec<(usize, f32)> = logits
            .iter()
            .enumerate()
            .map(|(token, logit)| (token, ((logit - highest) / self.temperature).exp()))
            // Beyond this a token is not chosen once in a hundred million times, however many there are.
            .filter(|(_, weight)| *weight > 1e-12)
            .collect();
        weights.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
        let total: f32 = weights.iter().map(|(_, weight)| weight).sum();
        pick(&weights, total, self.top_p, self.random.unit()) as Token
    }
}

fn most_likely(logits: &[f32]) -> usize {
    let better = |best: usize, at: usize| {
        if logits[at] > logits[best] || logits[best].is_nan() {
            at
        } else {
            best
        }
    };
    (1..logits.len()).fold(0, better)
}

/// The entry at `at` (0..1) of the part of `weights`, heaviest first, that makes up `top_p` of `total`.
fn pick(weights: &[(usize, f32)], total: f32, top_p: f32, at: f32) -> usize {
    let mut kept = 0;
    let mut mass = 0.0;
    while kept < weights.len() && (kept == 0 || mass < top_p * total) {
        mass += weights[kept].1;
        kept += 1;
    }
    let mut left = at * mass;
    for (token, weight) in &weights[..kept] {
        left -= weight;
        if left < 0.0 {
            return *token;
        }
    }
    weights[kept - 1].0
}

/// SplitMix64: small, seeded, good enough to choose words.
struct SplitMix(u64);

impl SplitMix {
    /// A number in 0..1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Holds text back while it could be the beginning of a stop string.
struct StopStrings {
    stops: Vec<String>,
    pending: String,
    found: bool,
}

impl StopStrings {
    fn new(stops: &[String]) -> StopStrings {
        let stops = stops
            .iter()
            .filter(|stop| !stop.is_empty())
            .cloned()
            .collect();
        StopStrings {
            stops,
            pending: String::new(),
            found: false,
        }
    }

    /// Takes text and returns what cannot be part of a stop string.
    fn push(&mut self, text: &str) -> String {
        self.pending.push_str(text);
        if let Some(at) = self
            .stops
            .iter()
            .filter_map(|stop| self.pending.find(stop.as_str()))
            .min()
        {
            self.found = true;
            self.pending.truncate(at);
            return std::mem::take(&mut self.pending);
        }
        let certain = self.pending.len() - self.held_back();
        let rest = self.pending.split_off(certain);
        std::mem::replace(&mut self.pending, rest)
    }

    fn finish(&mut self) -> String {
        std::mem::take(&mut self.pending)
    }

    /// Bytes at the end that are the beginning of a stop string.
    fn held_back(&self) -> usize {
        let overlap = |stop: &String| {
            let lengths = (1..stop.len())
                .rev()
                .filter(|length| stop.is_char_boundary(*length));
            lengths
                .into_iter()
                .find(|length| self.pending.ends_with(&stop[..*length]))
                .unwrap_or(0)
        };
        self.stops.iter().map(overlap).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_before_a_stop_string_comes_out_and_nothing_after_it() {
        fn check(stops: &[&str], pieces: &[&str], expected: &str, found: bool) {
            let mut strings = StopStrings::new(
                &stops
                    .iter()
                    .map(|stop| stop.to_string())
                    .collect::<Vec<_>>(),
            );
            let mut out = String::new();
            for piece in pieces {
                out.push_str(&strings.push(piece));
                if strings.found {
                    break;
                }
            }
            out.push_str(&strings.finish());
            assert_eq!((out.as_str(), strings.found), (expected, found));
        }
        check(&[], &["a", "b"], "ab", false);
        check(&["END"], &["one E", "ND two"], "one ", true);
        check(&["END"], &["E", "E", "N", "D"], "E", true);
        check(&["END"], &["the EN"], "the EN", false);
        check(&["\n\n", "User:"], &["hi\n", "Us", "er: x"], "hi\n", true);
        check(&["é!"], &["caf", "é", " é", "!"], "café ", true);
        check(&[""], &["kept"], "kept", false);
    }

    #[test]
    fn top_p_keeps_the_heaviest_tokens_that_reach_it() {
        let weights = [(7, 0.5), (3, 0.3), (1, 0.2)];
        assert_eq!(pick(&weights, 1.0, 0.0, 0.99), 7);
        assert_eq!(pick(&weights, 1.0, 0.6, 0.99), 3);
        assert_eq!(pick(&weights, 1.0, 1.0, 0.99), 1);
        assert_eq!(pick(&weights, 1.0, 1.0, 0.0), 7);
    }

    #[test]
    fn sampling_follows_the_distribution_and_the_seed() {
        let draw = |seed| {
            let mut sampler = Sampler::new(&Options {
                temperature: 1.0,
                seed,
                ..Options::default()
            });
            (0..4000)
                .map(|_| sampler.sample(&mut [0.0, 3f32.ln(), f32::NEG_INFINITY]))
                .collect::<Vec<_>>()
        };
        let ones = draw(5).iter().filter(|token| **token == 1).count();
        assert!((2900..3100).contains(&ones), "{ones} of 4000");
        assert!(!draw(5).contains(&2));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }
}
