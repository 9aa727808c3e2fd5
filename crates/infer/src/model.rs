//! The waist of language inference: everything above works with this trait, every backend implements it.

use std::sync::Arc;

pub(crate) use crate::allowed::most_likely;
use crate::prompt::ChatFormat;
use crate::tokenizer::{Token, Tokenizer};

/// Which of several texts a model goes on with. Texts do not disturb each other, and share what they begin with. When
/// memory is short, the state of the highest number is given up first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub u32);

/// A language model with the state of the texts it has read.
///
/// The state of a text is a list of tokens, [`held`](Self::held), together with what the model computed from them.
/// Reading more tokens extends it, [`rewind`](Self::rewind) shortens or swaps it. A prompt head that many prompts share
/// is computed once and kept with [`keep_prefix`](Self::keep_prefix). All calls act on the text that
/// [`switch`](Self::switch) named last.
pub trait LanguageModel: Send {
    /// The vocabulary the token numbers refer to.
    fn tokenizer(&self) -> &Arc<Tokenizer>;

    /// How chat turns are marked for this model.
    fn chat_format(&self) -> ChatFormat;

    /// Where it computes, for people: "processor (AVX-512 VNNI), 2 threads".
    fn describe(&self) -> String;

    /// The most tokens the model can hold, prompt and answer together.
    fn context_length(&self) -> usize;

    /// Goes on with another text; a new one is empty.
    fn switch(&mut self, sequence: Sequence);

    /// The tokens read so far.
    fn held(&self) -> &[Token];

    /// Makes the state a beginning of `tokens`, as long as the other texts and the kept prefixes allow, and returns
    /// its length. The last of `tokens` is never part of it, so that there is always one left to decode.
    fn rewind(&mut self, tokens: &[Token]) -> usize;

    /// Forgets what follows the first `length` tokens held.
    fn truncate(&mut self, length: usize);

    /// Remembers the current state for later calls of [`rewind`](Self::rewind). A few are kept; the one unused for
    /// longest goes first.
    fn keep_prefix(&mut self);

    /// Reads `tokens` after those held. On an error the state is unchanged.
    fn prefill(&mut self, tokens: &[Token]) -> Result<(), ModelError>;

    /// Reads `tokens`, at least one, and returns one score (logit) for each vocabulary entry to come next.
    fn decode(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError>;

    /// Reads `tokens`, at least one, and returns the scores after each of them, `[tokens, vocabulary]`: one pass tells
    /// how far tokens that were guessed are what the model would have said. [`truncate`](Self::truncate) drops the rest.
    fn verify(&mut self, tokens: &[Token]) -> Result<&[f32], ModelError>;

    /// Reads `tokens`, at least one, and returns the most likely one to come next; the lowest number of several. With
    /// `allowed`, bit `t % 32` of word `t / 32` tells whether token `t` may be chosen.
    ///
    /// A backend that computes elsewhere chooses there and sends one number back.
    fn decode_greedy(
        &mut self,
        tokens: &[Token],
        allowed: Option<&[u32]>,
    ) -> Result<Token, ModelError> {
        let logits = self.decode(tokens)?;
        Ok(most_likely(logits, allowed))
    }

    /// Reads one token in each of several texts, all different, and returns the scores after each,
    /// `[texts, vocabulary]`. The text gone on with stays the same. On an error some texts may have been read further;
    /// their [`held`](Self::held) tells.
    fn decode_batch(&mut self, next: &[(Sequence, Token)]) -> Result<Vec<f32>, ModelError>;

    /// Drops the oldest part of the text after its first tokens, at least `tokens` tokens of it, and tells how many went.
    /// What stays is read as if the rest had never been there. 0 when the text is too short for that.
    fn forget_oldest(&mut self, tokens: usize) -> Result<usize, ModelError>;

    /// The state of the current text as bytes, for [`restore`](Self::restore) by the same model and backend. They tell what
    /// the text said: whoever keeps them seals them.
    fn save(&mut self) -> Result<Vec<u8>, ModelError>;

    /// Makes the current text what [`save`](Self::save) returned.
    fn restore(&mut self, saved: &[u8]) -> Result<(), ModelError>;
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
    /// The memory for states is full of texts that are in use; go on with fewer side by side.
    #[error(
        "there is no room for so many texts at once: go on with fewer, or open the model with a longer context"
    )]
    NoRoom,
    /// Saved state that is not of this model, or damaged.
    #[error("the saved state cannot be used ({0}): the text will be read again")]
    Saved(String),
    /// The backend failed: out of memory, a lost device.
    #[error("the model failed to compute: {0}")]
    Backend(String),
}

/// Fails when `tokens` after `held` others do not fit the context or are none of the vocabulary.
pub(crate) fn check(
    held: usize,
    tokens: &[Token],
    context: usize,
    vocabulary: usize,
) -> Result<(), ModelError> {
    let total = held + tokens.len();
    if total > context {
        return Err(ModelError::TooLong {
            tokens: total,
            context,
        });
    }
    match tokens.iter().find(|token| **token as usize >= vocabulary) {
        Some(token) => Err(ModelError::NotAToken(*token)),
        None => Ok(()),
    }
}
