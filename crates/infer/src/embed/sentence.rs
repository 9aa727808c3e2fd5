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

/// Rows passed through the model at once, unless one text has more: what is computed on the way stays in the cache.
const ROWS: usize = 160;

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
    /// All threads.
    pool: Pool,
    /// One thread, for a pass that has others beside it.
    alone: Pool,
    /// Memory for as many passes as there are threads.
    passes: Vec<Mutex<EncoderScratch>>,
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
            at_work: Mutex::new(AtWork::new(threads)),
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

    /// The vectors of the texts of one pass.
    fn pass(&self, pool: &Pool, scratch: &mut EncoderScratch, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        let with = self.with;
        let mut rows = self.encoder.pass(On { pool, with }, scratch, texts);
        let width = self.encoder.width();
        let pooled = |text: &&[u32]| {
            let (of_text, rest) = rows.split_at(text.len() * width);
            rows = rest;
            normalised(self.kind.pooling.pool(of_text, width))
        };
        texts.iter().map(pooled).collect()
    }

    /// The vectors of texts: one pass on all threads, or many of them, each on one thread.
    fn vectors(&self, texts: &[&[u32]]) -> Vec<Vec<f32>> {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let passes = passes(texts, at_work.pool.threads());
        let mut vectors = vec![Vec::new(); passes.len()];
        match &passes[..] {
            [texts] => {
                vectors[0] = at_work.on_all_threads(|pool, scratch| self.pass(pool, scratch, texts))
            }
            _ => at_work.pool.chunks(&mut vectors, 1, &|at, into| {
                into[0] =
                    at_work.on_one_thread(|pool, scratch| self.pass(pool, scratch, passes[at]));
            }),
        }
        vectors.into_iter().flatten().collect()
    }
}

/// Cuts texts into runs for one pass each: few rows, and enough runs for all threads.
fn passes<'t, 'a>(texts: &'t [&'a [u32]], threads: usize) -> Vec<&'t [&'a [u32]]> {
    let all: usize = texts.iter().map(|text| text.len()).sum();
    let most = all.div_ceil(threads).min(ROWS);
    let mut passes = Vec::new();
    let mut rest = texts;
    while !rest.is_empty() {
        let mut rows = 0;
        let fits = |text: &&&[u32]| {
            rows += text.len();
            rows <= most
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (pass, others) = rest.split_at(count);
        passes.push(pass);
        rest = others;
    }
    passes
}

impl AtWork {
    fn new(threads: NonZero<usize>) -> AtWork {
        AtWork {
            pool: Pool::new(threads),
            alone: Pool::new(NonZero::<usize>::MIN),
            passes: (0..threads.get()).map(|_| Mutex::default()).collect(),
        }
    }

    fn on_all_threads<T>(&mut self, pass: impl FnOnce(&Pool, &mut EncoderScratch) -> T) -> T {
        let scratch = self.passes[0]
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        pass(&self.pool, scratch)
    }

    /// Runs a pass with memory that no other thread has at the moment.
    fn on_one_thread<T>(&self, pass: impl FnOnce(&Pool, &mut EncoderScratch) -> T) -> T {
        let free = self
            .passes
            .iter()
            .find_map(|scratch| scratch.try_lock().ok());
        match free {
            Some(mut scratch) => pass(&self.alone, &mut scratch),
            // Only after a panic, which poisons: it goes on with memory of its own.
            None => pass(&self.alone, &mut EncoderScratch::default()),
        }
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
        let tokens: Vec<&[u32]> = tokens.iter().map(Vec::as_slice).collect();
        Ok(self.vectors(&tokens))
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
