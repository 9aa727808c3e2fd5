//! `bge-small-en-v1.5` in 8-bit ONNX, run by rten.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};
use tokenizers::{Tokenizer, TruncationParams};

use super::{EmbedError, Embedder, Purpose, normalised};

const DIMS: usize = 384;
const QUERY_PREFIX: &str = "Represent this sentence for searching relevant passages: ";
/// What the model was trained for.
const MOST_TOKENS: usize = 512;

/// The embedder, ready to run.
pub struct BgeSmall {
    model: Model,
    tokenizer: Tokenizer,
    inputs: Inputs,
    output: NodeId,
    /// One pool of a single thread for each core: texts side by side beat one text on all cores.
    pools: Vec<Arc<ThreadPool>>,
}

struct Inputs {
    tokens: NodeId,
    mask: NodeId,
    kinds: Option<NodeId>,
}

impl BgeSmall {
    /// The cap on tokens when none is given: a paragraph.
    pub const DEFAULT_TOKENS: usize = 256;

    /// Loads `model.onnx` and `tokenizer.json`. Texts are read up to `most_tokens` tokens, 512 at most.
    pub fn load(model: &Path, tokenizer: &Path, most_tokens: usize) -> Result<BgeSmall, String> {
        let bytes = std::fs::read(model).map_err(|error| error.to_string())?;
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(bytes)
            .map_err(|error| error.to_string())?;
        let node = |name: &str| model.node_id(name).map_err(|error| error.to_string());
        Ok(BgeSmall {
            inputs: Inputs {
                tokens: node("input_ids")?,
                mask: node("attention_mask")?,
                kinds: model.find_node("token_type_ids"),
            },
            output: node("last_hidden_state")?,
            tokenizer: load_tokenizer(tokenizer, most_tokens)?,
            model,
            pools: pools(),
        })
    }

    fn tokens(&self, text: &str, purpose: Purpose) -> Result<Vec<i32>, EmbedError> {
        let prefixed = match purpose {
            Purpose::Query => format!("{QUERY_PREFIX}{text}"),
            Purpose::Document => text.into(),
        };
        let encoding = self
            .tokenizer
            .encode_fast(prefixed, true)
            .map_err(|error| EmbedError::Tokens(error.to_string()))?;
        Ok(encoding.get_ids().iter().map(|id| *id as i32).collect())
    }

    /// One text at a time: the 8-bit scales are taken from the whole input, so that texts in a batch would change each
    /// other's vectors, and no work goes into padding.
    fn vector(
        &self,
        tokens: Vec<i32>,
        pool: Option<Arc<ThreadPool>>,
    ) -> Result<Vec<f32>, EmbedError> {
        let shape = [1, tokens.len()];
        let mut inputs = vec![
            (
                self.inputs.tokens,
                NdTensor::from_data(shape, tokens).into(),
            ),
            (self.inputs.mask, NdTensor::full(shape, 1i32).into()),
        ];
        inputs.extend(
            self.inputs
                .kinds
                .map(|kinds| (kinds, NdTensor::full(shape, 0i32).into())),
        );
        let options = RunOptions::default().with_thread_pool(pool);
        let [hidden] = self
            .model
            .run_n(inputs, [self.output], Some(options))
            .map_err(backend)?;
        let hidden: NdTensorView<f32, 3> = hidden
            .as_tensor_view()
            .and_then(|view| view.try_into().ok())
            .ok_or_else(|| backend("the output is not [1, tokens, 384]"))?;
        // The first token stands for the whole text.
        Ok(normalised(hidden.slice((0, 0)).to_vec()))
    }

    fn vectors(&self, tokens: Vec<Vec<i32>>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let next = AtomicUsize::new(0);
        let work = |pool: &Arc<ThreadPool>| {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(tokens) = tokens.get(at) else {
                    return Ok(done);
                };
                done.push((at, self.vector(tokens.clone(), Some(pool.clone()))?));
            }
        };
        let shares: Vec<Result<Vec<_>, EmbedError>> = std::thread::scope(|scope| {
            let workers: Vec<_> = self
                .pools
                .iter()
                .map(|pool| scope.spawn(|| work(pool)))
                .collect();
            workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|_| Err(backend("a worker stopped")))
                })
                .collect()
        });
        let mut vectors = vec![Vec::new(); tokens.len()];
        for (at, vector) in shares
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
        {
            vectors[at] = vector;
        }
        Ok(vectors)
    }
}

impl Embedder for BgeSmall {
    fn id(&self) -> &str {
        "bge-small-en-v1.5"
    }

    fn dims(&self) -> usize {
        DIMS
    }

    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut tokens = texts
            .iter()
            .map(|text| self.tokens(text, purpose))
            .collect::<Result<Vec<_>, _>>()?;
        match tokens.len() {
            1 => Ok(vec![self.vector(tokens.remove(0), None)?]),
            _ => self.vectors(tokens),
        }
    }
}

fn load_tokenizer(path: &Path, most_tokens: usize) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_file(path).map_err(|error| error.to_string())?;
    let truncation = TruncationParams {
        max_length: most_tokens.clamp(8, MOST_TOKENS),
        ..TruncationParams::default()
    };
    tokenizer
        .with_truncation(Some(truncation))
        .map_err(|error| error.to_string())?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

fn pools() -> Vec<Arc<ThreadPool>> {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    (0..cores)
        .map(|_| Arc::new(ThreadPool::with_num_threads(1)))
        .collect()
}

fn backend(error: impl std::fmt::Display) -> EmbedError {
    EmbedError::Backend(error.to_string())
}
