//! Text to tokens and back, rebuilt from the vocabulary inside a GGUF file.
//!
//! [`Tokenizer::encode`] never yields a control token, whatever the text says: words that were seen on a screen cannot
//! open a chat turn. Control tokens are placed by name with [`Tokenizer::control`], or by
//! [`Tokenizer::encode_trusted`] for text this program wrote itself.

use std::collections::{BTreeSet, HashMap};

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use crate::gguf::{GgufError, Header, Value};

/// The index of an entry of the vocabulary.
pub type Token = u32;

/// A byte-level BPE vocabulary with its control tokens.
pub struct Tokenizer {
    bpe: tokenizers::Tokenizer,
    pieces: Vec<Piece>,
    /// Longest first, so that the longest name wins where two begin alike.
    controls: Vec<(String, Token)>,
    end_of_text: Token,
    stops: BTreeSet<Token>,
    first: Option<Token>,
}

/// What one token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of text; not always whole characters.
    Bytes(Vec<u8>),
    /// A control token and its name, such as `<|im_end|>`.
    Control(String),
    /// A place in the table that means nothing.
    Unused,
}

/// Why no tokenizer could be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The metadata is incomplete.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A kind of tokenizer this program does not know.
    #[error(
        "its tokenizer is of the kind `{0}`; known are byte-level BPE (`gpt2`) with the splits qwen2, smollm, llama-bpe and gpt-2"
    )]
    Unsupported(String),
    /// The tables contradict each other.
    #[error("its vocabulary is damaged: {0}")]
    Damaged(String),
}

impl Tokenizer {
    /// Rebuilds the tokenizer described by the metadata of a GGUF file.
    pub fn from_gguf(header: &Header) -> Result<Tokenizer, TokenizerError> {
        let kind = header.text("tokenizer.ggml.model")?;
        if kind != "gpt2" {
            return Err(TokenizerError::Unsupported(kind.into()));
        }
        let names = header.texts("tokenizer.ggml.tokens")?;
        let pieces = pieces(names, header.get("tokenizer.ggml.token_type"))?;
        let end_of_text = token(header, "tokenizer.ggml.eos_token_id", names.len())?;
        let first = match header.flag("tokenizer.ggml.add_bos_token") {
            true => Some(token(header, "tokenizer.ggml.bos_token_id", names.len())?),
            false => None,
        };
        let split = header.text("tokenizer.ggml.pre").unwrap_or("gpt-2");
        let bpe = bpe(names, header.texts("tokenizer.ggml.merges")?, split)?;
        let controls = controls(&pieces);
        let stops = stops(&controls, end_of_text);
        Ok(Tokenizer {
            bpe,
            pieces,
            controls,
            end_of_text,
            stops,
            first,
        })
    }

    /// The tokens of `text`, read as plain words: no part of it becomes a control token. Bytes the vocabulary has no
    /// token for are left out.
    pub fn encode(&self, text: &str) -> Vec<Token> {
        // The only error of this model is an unknown-token entry outside the vocabulary, and none is set.
        self.bpe
            .encode_fast(text, false)
            .map(|encoding| encoding.get_ids().to_vec())
            .unwrap_or_default()
    }

    /// The tokens of `text`, in which names such as `<|im_start|>` are control tokens. Only for text written by the
    /// program itself.
    pub fn encode_trusted(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some((at, name, control)) = self.next_control(rest) {
            tokens.extend(self.encode(&rest[..at]));
            tokens.push(control);
            rest = &rest[at + name.len()..];
        }
        tokens.extend(self.encode(rest));
        tokens
    }

    fn next_control<'a>(&'a self, text: &str) -> Option<(usize, &'a str, Token)> {
        let found = self
            .controls
            .iter()
            .filter_map(|(name, token)| Some((text.find(name.as_str())?, name, *token)));
        let (at, name, token) = found.min_by_key(|(at, name, _)| (*at, usize::MAX - name.len()))?;
        Some((at, name, token))
    }

    /// The control token of this name, if the vocabulary has it.
    pub fn control(&self, name: &str) -> Option<Token> {
        self.controls
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, token)| *token)
    }

    /// What `token` stands for; [`Piece::Unused`] outside the vocabulary.
    pub fn piece(&self, token: Token) -> &Piece {
        self.pieces.get(token as usize).unwrap_or(&Piece::Unused)
    }

    /// The number of entries of the vocabulary.
    pub fn vocabulary_size(&self) -> usize {
        self.pieces.len()
    }

    /// The token that ends a text.
    pub fn end_of_text(&self) -> Token {
        self.end_of_text
    }

    /// Whether a generation ends at `token`: the end of a text or of a chat turn.
    pub fn is_stop(&self, token: Token) -> bool {
        self.stops.contains(&token)
    }

    /// The token every prompt of this model begins with, for models that want one.
    pub fn first(&self) -> Option<Token> {
        self.first
    }

    /// The text of `tokens`; control tokens are left out and broken characters become U+FFFD.
    pub fn decode(&self, tokens: &[Token]) -> String {
        let mut stream = Detokenizer::default();
        let mut text: String = tokens
            .iter()
            .map(|token| stream.push(self.piece(*token)))
            .collect();
        text.push_str(&stream.finish());
        text
    }
}

/// Turns a stream of tokens into text, holding back the bytes of a character until it is whole.
#[derive(Debug, Default, Clone)]
pub struct Detokenizer {
    pending: Vec<u8>,
}

impl Detokenizer {
    /// Takes the next piece and returns the text that is now complete, often nothing.
    pub fn push(&mut self, piece: &Piece) -> String {
        if let Piece::Bytes(bytes) = piece {
            self.pending.extend_from_slice(bytes);
        }
        self.take_complete()
    }

    /// What is left at the end; an unfinished character becomes U+FFFD.
    pub fn finish(&mut self) -> String {
        let bytes = std::mem::take(&mut self.pending);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn take_complete(&mut self) -> String {
        let mut text = String::new();
        let mut done = 0;
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            done += chunk.valid().len();
            let at_end = done + chunk.invalid().len() == self.pending.len();
            if at_end && is_unfinished(chunk.invalid()) {
                break;
            }
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                done += chunk.invalid().len();
            }
        }
        self.pending.drain(..done);
        text
    }
}

/// Whether `bytes` could become a character when more bytes follow.
fn is_unfinished(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn token(header: &Header, key: &str, size: usize) -> Result<Token, TokenizerError> {
    match header.number(key)? {
        token if token < size => Ok(token as Token),
        token => Err(TokenizerError::Damaged(format!(
            "`{key}` is {token}, beyond its {size} entries"
        ))),
    }
}

/// The kinds of llama.cpp: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte.
fn pieces(names: &[String], kinds: Option<&Value>) -> Result<Vec<Piece>, TokenizerError> {
    let kinds = match kinds {
        Some(Value::Integers(kinds)) if kinds.len() == names.len() => kinds.as_slice(),
        Some(_) => {
            return Err(TokenizerError::Damaged(
                "tokens and token types differ in number".into(),
            ));
        }
        None => &[],
    };
    let bytes_of = bytes_of_letters();
    let piece = |(at, name): (usize, &String)| match kinds.get(at).copied().unwrap_or(1) {
        3 => Piece::Control(name.clone()),
        2 | 5 => Piece::Unused,
        4 => Piece::Bytes(name.clone().into_bytes()),
        _ => name
            .chars()
            .map(|letter| bytes_of.get(&letter).copied())
            .collect::<Option<_>>()
            .map_or(Piece::Unused, Piece::Bytes),
    };
    Ok(names.iter().enumerate().map(piece).collect())
}

/// Byte-level BPE writes each byte as a printable letter; this is the way back.
fn bytes_of_letters() -> HashMap<char, u8> {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let same = (0..=255u8)
        .filter(printable)
        .map(|byte| (char::from(byte), byte));
    let moved = (0..=255u8).filter(|byte| !printable(byte)).zip(256u32..);
    same.chain(moved.filter_map(|(byte, code)| Some((char::from_u32(code)?, byte))))
        .collect()
}

fn controls(pieces: &[Piece]) -> Vec<(String, Token)> {
    let named = |(token, piece): (usize, &Piece)| match piece {
        Piece::Control(name) if !name.is_empty() => Some((name.clone(), token as Token)),
        _ => None,
    };
    let mut controls: Vec<_> = pieces.iter().enumerate().filter_map(named).collect();
    controls.sort_by_key(|(name, _)| usize::MAX - name.len());
    controls
}

fn stops(controls: &[(String, Token)], end_of_text: Token) -> BTreeSet<Token> {
    const ENDS: [&str; 5] = [
        "<|im_end|>",
        "<|endoftext|>",
        "<|eot_id|>",
        "<|end_of_text|>",
        "<|end|>",
    ];
    let named = controls
        .iter()
        .filter(|(name, _)| ENDS.contains(&name.as_str()))
        .map(|(_, token)| *token);
    named.chain([end_of_text]).collect()
}

fn bpe(
    names: &[String],
    merges: &[String],
    split: &str,
) -> Result<tokenizers::Tokenizer, TokenizerError> {
    let damaged = |error: tokenizers::Error| TokenizerError::Damaged(error.to_string());
    let vocabulary: Vocab = names
        .iter()
        .enumerate()
        .map(|(token, name)| (name.clone(), token as Token))
        .collect();
    let pair = |merge: &String| {
        merge
            .split_once(' ')
            .map(|(a, b)| (a.to_string(), b.to_string()))
    };
    let merges = merges.iter().map(pair).collect::<Option<Vec<_>>>();
    let merges = merges.ok_or_else(|| TokenizerError::Damaged("a merge is not a pair".into()))?;
    // The builder panics where a merge is longer than every token.
    let unknown = merges
        .iter()
        .map(|(a, b)| format!("{a}{b}"))
        .find(|merged| !vocabulary.contains_key(merged));
    if let Some(merged) = unknown {
        return Err(TokenizerError::Damaged(format!(
            "a merge makes `{merged}`, which is no token"
        )));
    }
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .build()
        .map_err(damaged)?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    if split == "qwen2" {
        tokenizer.with_normalizer(Some(NFC)).map_err(damaged)?;
    }
    tokenizer.with_pre_tokenizer(Some(pre_tokenizer(split)?));
    Ok(tokenizer)
}

/// How text is cut before merging, by the name llama.cpp gives the rule.
fn pre_tokenizer(split: &str) -> Result<PreTokenizerWrapper, TokenizerError> {
    const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    let parts: Vec<PreTokenizerWrapper> = match split {
        "qwen2" => vec![
            by_pattern(QWEN2)?,
            ByteLevel::new(false, false, false).into(),
        ],
        "llama-bpe" | "llama3" | "llama-v3" | "smaug-bpe" => vec![
            by_pattern(LLAMA3)?,
            ByteLevel::new(false, false, false).into(),
        ],
        "smollm" => vec![
            Digits::new(true).into(),
            ByteLevel::new(false, false, true).into(),
        ],
        "gpt-2" | "default" => vec![ByteLevel::new(false, false, true).into()],
        other => return Err(TokenizerError::Unsupported(other.into())),
    };
    Ok(Sequence::new(parts).into())
}

fn by_pattern(pattern: &str) -> Result<PreTokenizerWrapper, TokenizerError> {
    Split::new(
        SplitPattern::Regex(pattern.into()),
        SplitDelimiterBehavior::Isolated,
        false,
    )
    .map(Into::into)
    .map_err(|error| TokenizerError::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_must_be_pairs_that_make_a_token() {
        let names = ["a", "b", "ab"].map(String::from);
        let check = |merge: &str, expected: Option<&str>| {
            let found = bpe(&names, &[merge.to_owned()], "gpt-2").err();
            let message = found.map(|error| error.to_string());
            match (&message, expected) {
                (None, None) => {}
                (Some(message), Some(expected)) => assert!(message.contains(expected), "{message}"),
                _ => panic!("{merge}: {message:?}"),
            }
        };
        check("a b", None);
        check("b a", Some("`ba`"));
        check("a ab", Some("`aab`"));
    }
}
