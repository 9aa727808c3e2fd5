//! The embedders there are, on the processor.

use std::num::NonZero;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tokenizers::{Tokenizer, TruncationParams};

use super::{EmbedError, Embedder, Purpose, nomic, normalised, onnx};
use crate::cpu::encoder::{Encoder, EncoderScratch};
use crate::cpu::layers::On;
use crate::cpu::pool::Pool;
use crate::cpu::processor::Instructions;

/// Rows passed through the model at once: bounds the memory for what is computed on the way to some 100 MB.
const ROWS: usize = 2048;

/// An embedder this program knows how to run.
#[derive(Debug, PartialEq, Eq)]
pub struct EmbedderKind {
    /// Its name.
    pub id: &'static str,
    /// Its files: the weights, and the tokenizer unless that is among them.
    pub files: &'static [&'static str],
    query_prefix: &'static str,
    document_prefix: &'static str,
    pooling: Pooling,
    /// Tokens it was trained for.
    most_tokens: usize,
}

/// What stands for the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    /// The row of the first token.
    First,
    /// The mean of all rows.
    Mean,
}

/// Heads of the small BERT models; their files do not say.
const SMALL_BERT_HEADS: usize = 12;

impl EmbedderKind {
    /// All of them.
    pub const ALL: [EmbedderKind; 3] = [
        EmbedderKind {
            id: "bge-small-en-v1.5",
            files: &["model.onnx", "tokenizer.json"],
            query_prefix: "Represent this sentence for searching relevant passages: ",
            document_prefix: "",
            pooling: Pooling::First,
            most_tokens: 512,
        },
        EmbedderKind {
            id: "gte-small",
            files: &["model.onnx", "tokenizer.json"],
            query_prefix: "",
            document_prefix: "",
            pooling: Pooling::Mean,
            most_tokens: 512,
        },
        EmbedderKind {
            id: "nomic-embed-text-v1.5",
            files: &["model.gguf"],
            query_prefix: "search_query: ",
            document_prefix: "search_document: ",
            pooling: Pooling::Mean,
            most_tokens: 2048,
        },
    ];

    /// The embedder called `id`.
    pub fn of(id: &str) -> Option<&'static EmbedderKind> {
        const ALL: &[EmbedderKind] = &EmbedderKind::ALL;
        ALL.iter().find(|kind| kind.id == id)
    }
}

/// A sentence encoder, ready to run. Texts of one call are computed side by side, without padding.
pub struct SentenceEncoder {
    kind: &'static EmbedderKind,
    encoder: Encoder,
    tokenizer: Tokenizer,
    with: Instructions,
    at_work: Mutex<AtWork>,
}

/// What one call at a time uses.
struct AtWork {
    pool: Pool,
    scratch: EncoderScratch,
}

impl SentenceEncoder {
    /// The cap on tokens when none is given: a paragraph.
    pub const DEFAULT_TOKENS: usize = 256;

    /// Loads `files`, in the order of [`EmbedderKind::files`]. Texts are read up to `most_tokens` tokens, or as many as
    /// the model was trained for. The error says what is wrong with the files.
    pub fn load(
        kind: &'static EmbedderKind,
        files: &[&Path],
        most_tokens: usize,
        threads: NonZero<usize>,
    ) -> Result<SentenceEncoder, String> {
        let (encoder, tokenizer) = match files {
            [weights, tokenizer] => (
                onnx::read(weights, SMALL_BERT_HEADS)?,
                Tokenizer::from_file(tokenizer).map_err(|error| error.to_string())?,
            ),
            [weights] => nomic::read(weights)?,
            _ => return Err(format!("{} files are not a model", files.len())),
        };
        if tokenizer.get_vocab_size(true) > encoder.words.rows() {
            return Err("its tokenizer has more tokens than its table of words".into());
        }
        Ok(SentenceEncoder {
            tokenizer: cut_at(tokenizer, most_tokens.clamp(8, kind.most_tokens))?,
            kind,
            encoder,
            with: Instructions::best(),
            at_work: Mutex::new(AtWork {
                pool: Pool::new(threads),
                scratch: EncoderScratch::default(),
            }),
        })
    }

    fn tokens(&self, text: &str, purpose: Purpose) -> Result<Vec<u32>, EmbedError> {
        let prefix = match purpose {
            Purpose::Query => self.kind.query_prefix,
            Purpose::Document => self.kind.document_prefix,
        };
        let encoding = self.tokenizer.encode_fast(format!("{prefix}{text}"), true);
        let encoding = encoding.map_err(|error| EmbedError::Tokens(error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The vectors of texts that together are not too many rows.
    fn vectors(&self, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let AtWork { pool, scratch } = &mut *at_work;
        let on = On {
            pool,
            with: self.with,
        };
        let mut rows = self.encoder.pass(on, scratch, texts);
        let width = self.encoder.width();
        let pooled = |text: &&[u32]| {
            let (of_text, rest) = rows.split_at(text.len() * width);
            rows = rest;
            normalised(self.kind.pooling.pool(of_text, width))
        };
        texts.iter().map(pooled).collect()
    }
}

impl Embedder for SentenceEncoder {
    fn id(&self) -> &str {
        self.kind.id
    }

    fn dims(&self) -> usize {
        self.encoder.width()
    }

    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
        let tokens = texts.iter().map(|text| self.tokens(text, purpose));
        let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
        let mut vectors = Vec::new();
        let mut rest: Vec<&[u32]> = tokens.iter().map(Vec::as_slice).collect();
        while !rest.is_empty() {
            let mut rows = 0;
            let fits = |text: &&&[u32]| {
                rows += text.len();
                rows <= ROWS
            };
            let count = rest.iter().take_while(fits).count().max(1);
            let others = rest.split_off(count);
            vectors.extend(self.vectors(&rest));
            rest = others;
        }
        Ok(vectors)
    }
}

impl Pooling {
    fn pool(self, rows: &[f32], width: usize) -> Vec<f32> {
        let mut pooled = rows[..width].to_vec();
        if self == Pooling::Mean {
            for row in rows[width..].chunks_exact(width) {
                pooled
                    .iter_mut()
                    .zip(row)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        pooled
    }
}

fn cut_at(mut tokenizer: Tokenizer, most_tokens: usize) -> Result<Tokenizer, String> {
    let truncation = TruncationParams {
        max_length: most_tokens,
        ..TruncationParams::default()
    };
    let cut = tokenizer.with_truncation(Some(truncation));
    cut.map_err(|error| error.to_string())?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}
