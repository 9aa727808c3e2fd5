//! Guesses of what a model will say next.

use std::collections::HashMap;

use super::READ_AT_ONCE;
use crate::model::LanguageModel;
use crate::tokenizer::{Token, Tokenizer};

/// Guesses how a text goes on. A wrong guess costs a little time and changes nothing else.
pub trait Draft {
    /// At most `most` tokens that may follow `text`, the prompt and what was generated; none when there is nothing to go by.
    /// Called again, the text has grown.
    fn propose(&mut self, text: &[Token], most: usize) -> Vec<Token>;
}

/// The longest run of tokens that is looked up.
const LONGEST: usize = 4;
/// The shortest.
const SHORTEST: usize = 2;

/// Guesses that what was said before comes again: looks up where the last few tokens occurred last, and proposes what
/// followed there. Right where a model quotes, fills in what it was given or repeats itself. Make one for each text.
#[derive(Debug, Default)]
pub struct PromptLookup {
    /// For each run of tokens the place after its last occurrence.
    places: HashMap<Run, usize>,
    /// Runs that end before this place are entered.
    entered: usize,
}

/// Its length and its tokens, the rest of them 0.
type Run = (usize, [Token; LONGEST]);

impl Draft for PromptLookup {
    fn propose(&mut self, text: &[Token], most: usize) -> Vec<Token> {
        // The run at the very end is not entered: nothing has followed it yet.
        for end in self.entered..text.len() {
            for run in runs(&text[..end]) {
                self.places.insert(run, end);
            }
        }
        self.entered = text.len();
        let place = runs(text).find_map(|run| self.places.get(&run));
        place.map_or(Vec::new(), |place| {
            text[*place..].iter().copied().take(most).collect()
        })
    }
}

/// The runs at the end of `text`, the longest first.
fn runs(text: &[Token]) -> impl Iterator<Item = Run> {
    let lengths = (SHORTEST..=LONGEST.min(text.len())).rev();
    lengths.map(|length| {
        let mut tokens = [0; LONGEST];
        tokens[..length].copy_from_slice(&text[text.len() - length..]);
        (length, tokens)
    })
}

/// Guesses what a smaller model of the same vocabulary would say.
pub struct SmallModel<'a> {
    model: &'a mut dyn LanguageModel,
}

/// The small model's tokens mean other words than those of the model it is to guess for.
#[derive(Debug, thiserror::Error)]
#[error(
    "the two models do not have the same vocabulary: a draft must be a smaller model of the same family"
)]
pub struct OtherVocabulary;

impl<'a> SmallModel<'a> {
    /// A draft for a model whose vocabulary is `target`.
    pub fn new(
        model: &'a mut dyn LanguageModel,
        target: &Tokenizer,
    ) -> Result<SmallModel<'a>, OtherVocabulary> {
        let own = model.tokenizer();
        let mut tokens = 0..target.vocabulary_size() as Token;
        let same = own.vocabulary_size() == target.vocabulary_size()
            && tokens.all(|token| own.piece(token) == target.piece(token));
        match same {
            true => Ok(SmallModel { model }),
            false => Err(OtherVocabulary),
        }
    }
}

impl Draft for SmallModel<'_> {
    fn propose(&mut self, text: &[Token], most: usize) -> Vec<Token> {
        let held = self.model.rewind(text);
        let unread = &text[held..];
        if text.len() + most > self.model.context_length() {
            return Vec::new();
        }
        // A long prompt is read in parts, one each time, so that this returns as soon as a token of the large model would.
        if unread.len() > READ_AT_ONCE {
            if let Err(error) = self.model.prefill(&unread[..READ_AT_ONCE]) {
                tracing::debug!(%error, "nothing guessed");
            }
            return Vec::new();
        }
        let mut proposed: Vec<Token> = Vec::with_capacity(most);
        let mut next = unread.to_vec();
        while proposed.len() < most {
            // What it cannot compute it does not guess.
            let Ok(token) = self.model.decode_greedy(&next, None) else {
                break;
            };
            proposed.push(token);
            next = vec![token];
        }
        proposed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_followed_the_longest_run_seen_last_is_proposed() {
        fn check(text: &[Token], most: usize, expected: &[Token]) {
            assert_eq!(
                PromptLookup::default().propose(text, most),
                expected,
                "{text:?}"
            );
            // The same, told token by token.
            let mut draft = PromptLookup::default();
            let proposed = (0..=text.len()).map(|end| draft.propose(&text[..end], most));
            assert_eq!(proposed.last().unwrap(), expected, "{text:?}");
        }
        check(&[], 4, &[]);
        check(&[1, 2, 3], 4, &[]);
        check(&[1, 9, 1], 4, &[]);
        check(&[1, 2, 3, 4, 1, 2], 4, &[3, 4, 1, 2]);
        check(&[1, 2, 3, 4, 1, 2], 1, &[3]);
        check(&[1, 2, 3, 8, 1, 2, 4, 8, 1, 2], 2, &[4, 8]);
        // Three tokens before tell more than two later.
        check(&[7, 1, 2, 3, 8, 1, 2, 4, 8, 7, 1, 2], 1, &[3]);
        check(&[5, 5, 5], 9, &[5]);
    }
}
