//! The waist of language inference: everything above works with this trait, every backend implements it.

use std::sync::Arc;

use crate::prompt::ChatFormat;
use crate::tokenizer::{Token, Tokenizer};

/// A language model with the state of one text it has read.
///
/// The state is a list of tokens, [`held`](Self::held), together with what the model computed from them. Reading more
/// tokens extends it, [`rewind`](Self::rewind) shortens or swaps it. A prompt head that many prompts share is computed
/// once and kept with [`keep_prefix`](Self::keep_prefix).
pub trait LanguageModel: Send {
    /// The vocabulary the token numbers refer to.
    fn tokenizer(&self) -> &Arc<Tokenizer>;

    /// How chat turns are marked for this model.
    fn chat_format(&self) -> ChatFormat;

    /// The most tokens the model can hold, prompt and answer together.
    fn context_length(&self) -> usize;

    /// The tokens read so far.
    fn held(&self) -> &[Token];

    /// Makes the state a beginning of `tokens`, as long as the current state and the kept prefixes allow, and returns
    /// its length. The last of `tokens` is never part of it, so that there is always one left to decode.
    fn rewind(&mut self, tokens: &[Token]) -> usize;

    /// Remembers the current state for later calls of [`rewind`](Self::rewind). A few are kept; the one unused for
    /// longest goes first.
    fn keep_prefix(&mut self);

    /// Reads `tokens` after those held. On an error the state is unchanged.
    fn prefill(&mut self, tokens: &[Token]) -> Result<(), ModelError>;

    /// Reads `tokens`, at least one, and returns one score (logit) for each vocabulary entry to come next.
    fn decode(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError>;
}

/// Why a model could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The text does not fit the context; shorten it.
    #[error(
        "the text is {tokens} tokens long and this model holds {context}: shorten it or choose a model with a longer context"
    )]
    TooLong {
        /// Tokens that were to be held.
        tokens: usize,
        /// Tokens that can be.
        context: usize,
    },
    /// There was nothing to read.
    #[error("an empty prompt has no continuation")]
    Empty,
    /// A token that is not in the vocabulary.
    #[error("{0} is not a token of this model")]
    NotAToken(Token),
    /// The backend failed: out of memory, a lost device.
    #[error("the model failed to compute: {0}")]
    Backend(String),
}
