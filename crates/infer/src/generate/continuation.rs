//! One text being continued: how its next token is chosen, and what of it is certain to be said.

use super::sampler::{RepetitionPenalty, Sampler};
use super::stops::StopStrings;
use super::{Completion, End, Filter, Options, READ_AT_ONCE};
use crate::allowed::most_likely;
use crate::grammar::GrammarError;
use crate::model::{LanguageModel, ModelError};
use crate::prompt::Prompt;
use crate::tokenizer::{Detokenizer, Token, Tokenizer};

/// A prompt, what was generated after it, and everything that decides what follows. The model is not part of it: one
/// reads for many texts.
pub(super) struct Continuation<'a> {
    filters: Vec<Box<dyn Filter + 'a>>,
    sampler: Sampler,
    text: Vec<Token>,
    prompt_tokens: usize,
    reused_tokens: usize,
    passes: usize,
    unread: usize,
    most_tokens: usize,
    detokenizer: Detokenizer,
    stops: StopStrings,
    said: String,
    end: Option<End>,
    scores: Vec<f32>,
}

/// What decides the next token.
pub(super) enum Rule<'m> {
    /// The highest score, of the tokens allowed where that is given.
    Highest(Option<&'m [u32]>),
    /// All the scores, changed by the filters.
    Weighed,
}

impl<'a> Continuation<'a> {
    /// Has `model` read all of `prompt` but its last token. It has ended already when `interrupted` said so.
    pub fn begin(
        model: &mut dyn LanguageModel,
        prompt: &Prompt,
        options: &Options,
        filters: Vec<Box<dyn Filter + 'a>>,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Continuation<'a>, ModelError> {
        let (tokens, context) = (prompt.tokens.len(), model.context_length());
        if tokens == 0 {
            return Err(ModelError::Empty);
        }
        if tokens >= context {
            return Err(ModelError::TooLong { tokens, context });
        }
        let reused_tokens = model.rewind(&prompt.tokens);
        let read = read_prompt(model, prompt, interrupted)?;
        let room = match options.past_context {
            true => usize::MAX,
            false => context - tokens,
        };
        Ok(Continuation {
            filters: with_penalty(options, filters),
            sampler: Sampler::new(options),
            text: prompt.tokens.clone(),
            prompt_tokens: tokens,
            reused_tokens,
            passes: 0,
            unread: 1,
            most_tokens: options.max_tokens.min(room),
            detokenizer: Detokenizer::default(),
            stops: StopStrings::new(&options.stop),
            said: String::new(),
            end: match read {
                false => Some(End::Interrupted),
                true if options.max_tokens == 0 => Some(End::Length),
                true => None,
            },
            scores: Vec::new(),
        })
    }

    /// The prompt and what was generated.
    pub fn text(&self) -> &[Token] {
        &self.text
    }

    /// What was generated.
    pub fn generated(&self) -> &[Token] {
        &self.text[self.prompt_tokens..]
    }

    /// The tokens at the end that the model has not read; one at least until the text has ended.
    pub fn unread(&self) -> &[Token] {
        &self.text[self.text.len() - self.unread..]
    }

    /// How many tokens may still come.
    pub fn left(&self) -> usize {
        self.most_tokens.saturating_sub(self.generated().len())
    }

    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// Counts a pass of the model after which the last `unread` tokens of the text are still to be read.
    pub fn count_pass(&mut self, unread: usize) {
        self.passes += 1;
        self.unread = unread;
    }

    /// What decides the next token.
    pub fn rule(&mut self) -> Result<Rule<'_>, GrammarError> {
        if !self.sampler.is_greedy() {
            return Ok(Rule::Weighed);
        }
        match self.filters.as_mut_slice() {
            [] => Ok(Rule::Highest(None)),
            [only] => Ok(match only.allowed()? {
                Some(allowed) => Rule::Highest(Some(allowed)),
                None => Rule::Weighed,
            }),
            _ => Ok(Rule::Weighed),
        }
    }

    /// How many of `proposed`, from the first, the filters would let follow.
    pub fn admitted(&mut self, proposed: &[Token]) -> Result<usize, GrammarError> {
        let filters = &mut self.filters.iter_mut();
        filters.try_fold(proposed.len(), |most, filter| {
            Ok(filter.admits(&proposed[..most])?.min(most))
        })
    }

    /// Chooses the next token by `scores`, one for each entry of the vocabulary, and takes it.
    pub fn choose(&mut self, scores: &[f32], tokenizer: &Tokenizer) -> Result<(), GrammarError> {
        let token = match self.rule()? {
            Rule::Highest(allowed) => most_likely(scores, allowed),
            Rule::Weighed => {
                self.scores.clear();
                self.scores.extend_from_slice(scores);
                let generated = &self.text[self.prompt_tokens..];
                for filter in &mut self.filters {
                    filter.apply(&mut self.scores, generated)?;
                }
                self.sampler.sample(&self.scores)
            }
        };
        self.take(token, tokenizer)
    }

    /// Continues with `token` and whatever must follow it.
    pub fn take(&mut self, token: Token, tokenizer: &Tokenizer) -> Result<(), GrammarError> {
        let mut tokens = vec![token];
        for filter in &mut self.filters {
            tokens.extend(filter.accept(token)?);
        }
        for token in tokens {
            if self.end.is_none() {
                self.push(token, tokenizer);
            }
        }
        let complete = self.filters.iter().any(|filter| filter.is_complete());
        match self.end {
            None if complete => self.finish(End::Stop),
            None if self.left() == 0 => self.finish(End::Length),
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, token: Token, tokenizer: &Tokenizer) {
        if tokenizer.is_stop(token) {
            return self.finish(End::Stop);
        }
        if self.left() == 0 {
            return self.finish(End::Length);
        }
        self.text.push(token);
        self.unread += 1;
        let text = self.detokenizer.push(tokenizer.piece(token));
        self.said.push_str(&self.stops.push(&text));
        if self.stops.found {
            self.end = Some(End::Stop);
        }
    }

    /// Ends the text; what was held back is certain now.
    pub fn finish(&mut self, end: End) {
        let rest = self.detokenizer.finish();
        self.said.push_str(&self.stops.push(&rest));
        self.said.push_str(&self.stops.finish());
        self.end = Some(end);
    }

    /// The text that became certain since it was last asked for.
    pub fn take_said(&mut self) -> String {
        std::mem::take(&mut self.said)
    }

    /// The whole of it, when `text` was said before what is left.
    pub fn into_completion(self, text: String) -> Completion {
        Completion {
            text: text + &self.said,
            end: self.end.unwrap_or(End::Stop),
            prompt_tokens: self.prompt_tokens,
            reused_tokens: self.reused_tokens,
            generated_tokens: self.text.len() - self.prompt_tokens,
            passes: self.passes,
        }
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

/// Has `model` read on until it holds `tokens`, of which it holds a beginning; `false` when interrupted.
pub(super) fn read_to(
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
