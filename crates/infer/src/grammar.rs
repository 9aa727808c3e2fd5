//! Generation held to a JSON schema: what comes out parses and validates, whatever the model would rather say.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use serde_json::Value;
use toktrie::{InferenceCapabilities, SimpleVob, TokEnv, TokRxInfo, TokTrie, TokenizerEnv};

use crate::allowed::forbid;
use crate::generate::Filter;
use crate::tokenizer::{Piece, Token, Tokenizer};

/// Compiles schemas for one vocabulary. Building it walks the whole vocabulary: build it once for each model.
pub struct Grammars {
    factory: ParserFactory,
}

/// A compiled schema at some point of a text. Clone it to start again.
#[derive(Clone)]
pub struct Grammar {
    matcher: Matcher,
    /// What may follow, as last asked for.
    allowed: SimpleVob,
}

impl Grammar {
    fn may_follow(&mut self) -> Result<&[u32], GrammarError> {
        self.allowed = self.matcher.compute_mask_or_eos().map_err(stuck)?;
        Ok(self.allowed.as_slice())
    }
}

/// Why text could not be held to a schema.
#[derive(Debug, thiserror::Error)]
pub enum GrammarError {
    /// The vocabulary could not be used.
    #[error("the vocabulary cannot be used for constrained generation: {0}")]
    Vocabulary(String),
    /// The schema is wrong or uses what is not supported.
    #[error("the schema cannot be used: {0}")]
    Schema(String),
    /// No token may follow; the schema and the vocabulary do not go together.
    #[error("the text cannot be continued within its schema: {0}")]
    Stuck(String),
}

impl Grammars {
    /// Prepares the vocabulary of `tokenizer`.
    pub fn new(tokenizer: &Arc<Tokenizer>) -> Result<Grammars, GrammarError> {
        let environment: TokEnv = Arc::new(Vocabulary {
            trie: trie(tokenizer),
            tokenizer: tokenizer.clone(),
        });
        let mut factory = ParserFactory::new(
            &environment,
            capabilities(),
            &llguidance::earley::SlicedBiasComputer::json_slices(),
        )
        .map_err(|error| GrammarError::Vocabulary(error.to_string()))?;
        factory.quiet();
        Ok(Grammars { factory })
    }

    /// Compiles a JSON schema. Strings and arrays without `maxLength` and `maxItems` can run until the token limit;
    /// bound them and the result is always whole.
    pub fn json(&self, schema: &Value) -> Result<Grammar, GrammarError> {
        let grammar = TopLevelGrammar::from_json_schema(with_fixed_spacing(schema));
        let parser = self
            .factory
            .create_parser(grammar)
            .map_err(|error| GrammarError::Schema(error.to_string()))?;
        Ok(Grammar {
            matcher: Matcher::new(Ok(parser)),
            allowed: SimpleVob::new(),
        })
    }
}

impl Filter for Grammar {
    fn apply(&mut self, logits: &mut [f32], _generated: &[Token]) -> Result<(), GrammarError> {
        forbid(logits, self.may_follow()?);
        Ok(())
    }

    fn allowed(&mut self) -> Result<Option<&[u32]>, GrammarError> {
        self.may_follow().map(Some)
    }

    fn admits(&mut self, proposed: &[Token]) -> Result<usize, GrammarError> {
        match self.matcher.is_stopped() {
            true => Ok(0),
            false => self.matcher.validate_tokens(proposed).map_err(stuck),
        }
    }

    fn accept(&mut self, token: Token) -> Result<Vec<Token>, GrammarError> {
        if self.matcher.is_stopped() {
            return Ok(Vec::new());
        }
        self.matcher.consume_token(token).map_err(stuck)?;
        match self.matcher.is_stopped() {
            true => Ok(Vec::new()),
            false => Ok(self.matcher.consume_ff_tokens()),
        }
    }

    fn is_complete(&self) -> bool {
        self.matcher.is_stopped()
    }
}

/// One way to put spaces: fewer choices for a small model, more tokens that need no choice.
fn with_fixed_spacing(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(fields) = &mut schema {
        let spacing = serde_json::json!({"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": false});
        fields.entry("x-guidance").or_insert(spacing);
    }
    schema
}

fn capabilities() -> InferenceCapabilities {
    InferenceCapabilities {
        ff_tokens: true,
        conditional_ff_tokens: false,
        backtrack: false,
        fork: false,
    }
}

fn stuck(error: impl std::fmt::Display) -> GrammarError {
    GrammarError::Stuck(error.to_string())
}

struct Vocabulary {
    trie: TokTrie,
    tokenizer: Arc<Tokenizer>,
}

impl TokenizerEnv for Vocabulary {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<Token> {
        self.trie
            .tokenize_with_greedy_fallback(bytes, |text| self.tokenizer.encode(text))
    }
}

/// Bytes of each token; control tokens are marked so that text never matches them.
fn trie(tokenizer: &Tokenizer) -> TokTrie {
    let size = tokenizer.vocabulary_size() as Token;
    let bytes = |token| match tokenizer.piece(token) {
        Piece::Bytes(bytes) => bytes.clone(),
        Piece::Control(name) => [&[TokTrie::SPECIAL_TOKEN_MARKER], name.as_bytes()].concat(),
        Piece::Unused => Vec::new(),
    };
    let words: Vec<Vec<u8>> = (0..size).map(bytes).collect();
    TokTrie::from(&TokRxInfo::new(size, tokenizer.end_of_text()), &words)
}
