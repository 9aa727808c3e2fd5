//! Generation: an iterator over pieces of text that can be dropped at any moment.
//!
//! A [`Draft`] guesses what comes next, and the model reads its guesses in one pass: what is said is the same, sooner.
//! Background work on several prompts goes faster [together](complete_together).

mod batch;
mod continuation;
mod draft;
mod pace;
mod sampler;
mod stops;
#[cfg(test)]
mod tests;

use crate::grammar::GrammarError;
use crate::model::{LanguageModel, ModelError};
use crate::pages::common;
use crate::prompt::Prompt;
use crate::tokenizer::Token;
use continuation::{Continuation, Rule};
use pace::Pace;

pub use batch::{Asked, complete_together};
pub use draft::{Draft, OtherVocabulary, PromptLookup, SmallModel};

/// Tokens of a prompt read between two looks at the interruption.
const READ_AT_ONCE: usize = 64;

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
    /// When the context is full, a quarter of it is forgotten, after its first tokens, and the text goes on. Otherwise it
    /// ends there.
    pub past_context: bool,
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
            past_context: false,
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

    /// The tokens that may follow, when forbidding all others is everything this filter does: bit `t % 32` of word
    /// `t / 32` stands for token `t`. With it a device chooses for itself, and scores need not be copied.
    fn allowed(&mut self) -> Result<Option<&[u32]>, GrammarError> {
        Ok(None)
    }

    /// How many of `proposed`, from the first, may follow as far as this filter knows. Reading the others is wasted.
    fn admits(&mut self, proposed: &[Token]) -> Result<usize, GrammarError> {
        Ok(proposed.len())
    }

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
    /// Passes of the model they took; fewer than tokens where guesses were right or a grammar left no choice.
    pub passes: usize,
}

/// A running generation: yields pieces of text as they become certain. Dropping it stops the work.
pub struct Generation<'a> {
    model: &'a mut dyn LanguageModel,
    interrupted: &'a dyn Fn() -> bool,
    past_context: bool,
    continuation: Continuation<'a>,
    draft: Option<Box<dyn Draft + 'a>>,
    pace: Pace,
}

impl<'a> Generation<'a> {
    /// Reads `prompt` and makes ready to continue it. `filters` act in their order, after the repetition penalty.
    /// `interrupted` is asked before each pass of the model: one token, or one part of a prompt.
    pub fn start(
        model: &'a mut dyn LanguageModel,
        prompt: &Prompt,
        options: &Options,
        filters: Vec<Box<dyn Filter + 'a>>,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Result<Generation<'a>, GenerateError> {
        let continuation = Continuation::begin(model, prompt, options, filters, interrupted)?;
        Ok(Generation {
            model,
            interrupted,
            past_context: options.past_context,
            continuation,
            draft: None,
            pace: Pace::default(),
        })
    }

    /// Has `draft` guess what follows. It changes how soon text comes, not which.
    pub fn with_draft(mut self, draft: impl Draft + 'a) -> Generation<'a> {
        self.draft = Some(Box::new(draft));
        self
    }

    /// Why it ended, once it has.
    pub fn end(&self) -> Option<End> {
        self.continuation.end()
    }

    /// The tokens generated so far.
    pub fn tokens(&self) -> &[Token] {
        self.continuation.generated()
    }

    /// Runs to the end and returns the whole text.
    pub fn complete(mut self) -> Result<Completion, GenerateError> {
        let text = self.by_ref().collect::<Result<String, _>>()?;
        Ok(self.continuation.into_completion(text))
    }

    /// One pass of the model and what is certain after it, or the end.
    fn step(&mut self) -> Result<(), GenerateError> {
        if (self.interrupted)() {
            self.continuation.finish(End::Interrupted);
            return Ok(());
        }
        if !self.make_room()? {
            self.continuation.finish(End::Length);
            return Ok(());
        }
        let proposed = self.proposed()?;
        match proposed.is_empty() {
            true => self.read_and_choose(),
            false => self.read_and_compare(&proposed),
        }
    }

    /// Whether the context has room for the tokens to be read next, after a part of it was forgotten if it may be.
    fn make_room(&mut self) -> Result<bool, GenerateError> {
        if self.room().is_some() {
            return Ok(true);
        }
        let quarter = self.model.context_length() / 4;
        Ok(self.past_context && self.model.forget_oldest(quarter)? > 0 && self.room().is_some())
    }

    /// How many tokens the context has room for after those to be read next; `None` when these do not fit.
    fn room(&self) -> Option<usize> {
        let needed = self.model.held().len() + self.continuation.unread().len();
        self.model.context_length().checked_sub(needed)
    }

    /// What the draft guesses, as far as it is worth reading.
    fn proposed(&mut self) -> Result<Vec<Token>, GenerateError> {
        let room = self.room().unwrap_or(0);
        // The token chosen after the last guess needs none.
        let left = self.continuation.left().saturating_sub(1);
        let most = self.pace.most().min(room).min(left);
        let Some(draft) = self.draft.as_mut().filter(|_| most > 0) else {
            return Ok(Vec::new());
        };
        let mut proposed = draft.propose(self.continuation.text(), most);
        let admitted = self.continuation.admitted(&proposed)?;
        proposed.truncate(most.min(admitted));
        Ok(proposed)
    }

    fn read_and_choose(&mut self) -> Result<(), GenerateError> {
        let tokenizer = self.model.tokenizer().clone();
        let unread = self.continuation.unread().to_vec();
        match self.continuation.rule()? {
            Rule::Highest(allowed) => {
                let token = self.model.decode_greedy(&unread, allowed)?;
                self.continuation.count_pass(0);
                self.continuation.take(token, &tokenizer)?;
            }
            Rule::Weighed => {
                let scores = self.model.decode(&unread)?;
                self.continuation.count_pass(0);
                self.continuation.choose(scores, &tokenizer)?;
            }
        }
        Ok(())
    }

    /// Reads `proposed` along, and keeps as much of it as is what would have been chosen.
    fn read_and_compare(&mut self, proposed: &[Token]) -> Result<(), GenerateError> {
        let tokenizer = self.model.tokenizer().clone();
        let (held, before) = (self.model.held().len(), self.continuation.text().len());
        let tokens = [self.continuation.unread(), proposed].concat();
        let unread = tokens.len() - proposed.len();
        let scores = self.model.verify(&tokens)?;
        let vocabulary = scores.len() / tokens.len();
        let mut agreed = 0;
        let chosen = loop {
            // The scores after the last token that is certain: the last unread one, or the last guess that was right.
            let row = &scores[(unread - 1 + agreed) * vocabulary..][..vocabulary];
            self.continuation.choose(row, &tokenizer)?;
            let chosen = &self.continuation.text()[before..];
            agreed = common(chosen, proposed);
            if agreed < chosen.len() || self.continuation.end().is_some() {
                break chosen.len();
            }
        };
        self.model.truncate(held + unread + agreed);
        self.continuation.count_pass(chosen - agreed);
        self.pace.learn(agreed, proposed.len());
        Ok(())
    }
}

impl Iterator for Generation<'_> {
    type Item = Result<String, GenerateError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = self.continuation.take_said();
            if !text.is_empty() {
                return Some(Ok(text));
            }
            if self.end().is_some() {
                return None;
            }
            if let Err(error) = self.step() {
                self.continuation.finish(End::Stop);
                return Some(Err(error));
            }
        }
    }
}
