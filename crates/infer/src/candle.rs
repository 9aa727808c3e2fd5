//! The candle backend: a decoder-only transformer of the families `qwen2` and `llama`, on quantised GGUF weights.
//!
//! candle's own models hide their key/value state inside the layers and compute scores for every position; this one
//! keeps the state in one place, where it can be cut, kept and put back, and scores the last position only.

#[cfg(test)]
mod tests;
mod weights;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::QTensor;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::{rope, rope_i};

use crate::gguf::{GgufError, Header};
use crate::model::{LanguageModel, ModelError};
use crate::prompt::ChatFormat;
use crate::tokenizer::{Token, Tokenizer};
use weights::{Matrix, Weights};

/// The families [`Transformer::load`] knows.
pub const FAMILIES: [&str; 2] = ["qwen2", "llama"];

/// Positions computed at once when reading a prompt. Bounds the attention scores to 30 MB at 4096 tokens.
const CHUNK: usize = 128;
const KEPT_PREFIXES: usize = 4;
const FIRST_CAPACITY: usize = 512;

/// A transformer with its weights and the state of one text.
pub struct Transformer {
    shape: Shape,
    tokenizer: Arc<Tokenizer>,
    chat_format: ChatFormat,
    device: Device,
    embedding: QTensor,
    layers: Vec<Layer>,
    final_norm: Tensor,
    output: Matrix,
    rotation: Rotation,
    states: Vec<State>,
    held: Vec<Token>,
    kept: Vec<Kept>,
    logits: Vec<f32>,
}

/// The sizes of a model, from its metadata.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    layers: usize,
    width: usize,
    heads: usize,
    key_heads: usize,
    head_width: usize,
    inner_width: usize,
    context: usize,
    epsilon: f32,
    rope_base: f64,
    interleaved: bool,
}

struct Layer {
    attention_norm: Tensor,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_out: Matrix,
    feed_norm: Tensor,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

struct Linear {
    weight: Matrix,
    bias: Option<Tensor>,
}

/// Cosines and sines of the rotary embedding, `[context, head_width / 2]`.
struct Rotation {
    cosines: Tensor,
    sines: Tensor,
    interleaved: bool,
}

/// Keys and values of one layer, `[key_heads, capacity, head_width]`; what lies beyond the tokens held is garbage.
struct State {
    keys: Tensor,
    values: Tensor,
}

/// A beginning that many prompts share, with the state of each layer cut to its length.
struct Kept {
    tokens: Vec<Token>,
    states: Vec<State>,
}

impl Transformer {
    /// Loads the model in the file at `path` whose checked header is `header`, with room for `context` tokens or
    /// as many as the model was trained for, whichever is less.
    pub fn load(
        path: &Path,
        header: &Header,
        tokenizer: Arc<Tokenizer>,
        chat_format: ChatFormat,
        device: &Device,
        context: usize,
    ) -> std::result::Result<Transformer, LoadError> {
        let shape = Shape::of(header, context)?;
        let weights = Weights::new(File::open(path).map_err(GgufError::Read)?, header, device);
        let vocabulary = tokenizer.vocabulary_size();
        let embedding = weights.packed("token_embd.weight", &[vocabulary, shape.width])?;
        let output = match header.tensor("output.weight") {
            Ok(_) => weights.matrix("output.weight", vocabulary, shape.width)?,
            Err(_) => weights.matrix("token_embd.weight", vocabulary, shape.width)?,
        };
        let layers = (0..shape.layers)
            .map(|at| Layer::load(&weights, &shape, at))
            .collect::<std::result::Result<_, LoadError>>()?;
        let mut model = Transformer {
            final_norm: weights.vector("output_norm.weight", shape.width)?,
            rotation: Rotation::new(&weights, &shape, device)?,
            states: (0..shape.layers)
                .map(|_| State::new(&shape, FIRST_CAPACITY, device))
                .collect::<Result<_>>()?,
            shape,
            tokenizer,
            chat_format,
            device: device.clone(),
            embedding,
            layers,
            output,
            held: Vec::new(),
            kept: Vec::new(),
            logits: Vec::new(),
        };
        model.warm_up()?;
        Ok(model)
    }

    /// Reads two tokens and forgets them: candle tiles the weights on their first product, and whoever waits for a
    /// model to load should wait for that too, not whoever asks the first question.
    fn warm_up(&mut self) -> Result<()> {
        let hidden = self.forward(&[0, 0])?;
        self.score(&hidden)
    }

    /// Runs all of `tokens` through the layers and returns the last hidden row, `[1, width]`.
    fn read(&mut self, tokens: &[Token]) -> std::result::Result<Tensor, ModelError> {
        self.check(tokens)?;
        let before = self.held.len();
        let mut last = Err(ModelError::Empty);
        for chunk in tokens.chunks(CHUNK) {
            last = self.forward(chunk).map_err(backend);
            if last.is_err() {
                self.held.truncate(before);
                break;
            }
            self.held.extend_from_slice(chunk);
        }
        last
    }

    fn check(&self, tokens: &[Token]) -> std::result::Result<(), ModelError> {
        let total = self.held.len() + tokens.len();
        if total > self.shape.context {
            return Err(ModelError::TooLong {
                tokens: total,
                context: self.shape.context,
            });
        }
        match tokens
            .iter()
            .find(|token| **token as usize >= self.tokenizer.vocabulary_size())
        {
            Some(token) => Err(ModelError::NotAToken(*token)),
            None => Ok(()),
        }
    }

    fn forward(&mut self, tokens: &[Token]) -> Result<Tensor> {
        let start = self.held.len();
        let mask = causal_mask(start, tokens.len(), &self.device)?;
        let mut hidden = self
            .embedding
            .embedding(&Tensor::new(tokens, &self.device)?)?
            .to_dtype(DType::F32)?;
        for (layer, state) in self.layers.iter().zip(&mut self.states) {
            state.reserve(start + tokens.len(), start, &self.shape)?;
            hidden = layer.forward(
                &hidden,
                start,
                mask.as_ref(),
                &self.shape,
                &self.rotation,
                state,
            )?;
        }
        hidden.narrow(0, tokens.len() - 1, 1)
    }

    fn score(&mut self, hidden: &Tensor) -> Result<()> {
        let normed = rms_norm(&hidden.contiguous()?, &self.final_norm, self.shape.epsilon)?;
        self.logits = self.output.forward(&normed)?.flatten_all()?.to_vec1()?;
        Ok(())
    }

    fn restore(&mut self, kept: usize, length: usize) -> Result<()> {
        let kept = self.kept.remove(kept);
        for (state, saved) in self.states.iter_mut().zip(&kept.states) {
            state.reserve(length, 0, &self.shape)?;
            state
                .keys
                .slice_set(&saved.keys.narrow(1, 0, length)?.contiguous()?, 1, 0)?;
            state
                .values
                .slice_set(&saved.values.narrow(1, 0, length)?.contiguous()?, 1, 0)?;
        }
        self.held = kept.tokens[..length].to_vec();
        self.kept.insert(0, kept);
        Ok(())
    }
}

impl LanguageModel for Transformer {
    fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.tokenizer
    }

    fn chat_format(&self) -> ChatFormat {
        self.chat_format
    }

    fn context_length(&self) -> usize {
        self.shape.context
    }

    fn held(&self) -> &[Token] {
        &self.held
    }

    fn rewind(&mut self, tokens: &[Token]) -> usize {
        let most = tokens.len().saturating_sub(1);
        let current = common(&self.held, tokens).min(most);
        let lengths = self
            .kept
            .iter()
            .map(|kept| common(&kept.tokens, tokens).min(most));
        let best = lengths.enumerate().max_by_key(|(_, length)| *length);
        match best {
            Some((at, length)) if length > current => {
                // A copy that fails half way leaves a mixture: then nothing is held.
                if self.restore(at, length).is_err() {
                    self.held.clear();
                }
            }
            _ => self.held.truncate(current),
        }
        self.held.len()
    }

    fn keep_prefix(&mut self) {
        let length = self.held.len();
        self.kept.retain(|kept| kept.tokens != self.held);
        let states: Result<Vec<State>> =
            self.states.iter().map(|state| state.cut(length)).collect();
        // Without memory for a copy the next prompt is slower, nothing else.
        if let Ok(states) = states {
            self.kept.insert(
                0,
                Kept {
                    tokens: self.held.clone(),
                    states,
                },
            );
        }
        self.kept.truncate(KEPT_PREFIXES);
    }

    fn prefill(&mut self, tokens: &[Token]) -> std::result::Result<(), ModelError> {
        if tokens.is_empty() {
            return Ok(());
        }
        self.read(tokens).map(|_| ())
    }

    fn decode(&mut self, tokens: &[Token]) -> std::result::Result<&[f32], ModelError> {
        let hidden = self.read(tokens)?;
        self.score(&hidden).map_err(backend)?;
        Ok(&self.logits)
    }
}

impl Shape {
    fn of(header: &Header, context: usize) -> std::result::Result<Shape, LoadError> {
        let family = header.architecture()?;
        if !FAMILIES.contains(&family) {
            return Err(LoadError::Family(family.into()));
        }
        let number = |key: &str| header.number(&format!("{family}.{key}"));
        let heads = number("attention.head_count")?;
        let width = number("embedding_length")?;
        let shape = Shape {
            layers: number("block_count")?,
            width,
            heads,
            key_heads: number("attention.head_count_kv").unwrap_or(heads),
            head_width: number("attention.key_length").unwrap_or(width / heads.max(1)),
            inner_width: number("feed_forward_length")?,
            context: number("context_length")?.min(context),
            epsilon: header.float(&format!("{family}.attention.layer_norm_rms_epsilon"))? as f32,
            rope_base: header
                .float(&format!("{family}.rope.freq_base"))
                .unwrap_or(10_000.0),
            interleaved: family == "llama",
        };
        shape.checked()
    }

    fn checked(self) -> std::result::Result<Shape, LoadError> {
        const MOST: usize = 1 << 20;
        let sizes = [
            self.layers,
            self.width,
            self.heads,
            self.key_heads,
            self.head_width,
            self.inner_width,
            self.context,
        ];
        let sane = sizes.iter().all(|size| (1..=MOST).contains(size));
        let fits =
            sane && self.heads.is_multiple_of(self.key_heads) && self.head_width.is_multiple_of(2);
        match fits {
            true => Ok(self),
            false => {
                Err(GgufError::Damaged(format!("its sizes do not go together: {self:?}")).into())
            }
        }
    }

    /// Bytes of keys and values for `tokens` tokens.
    pub(crate) fn state_bytes(&self, tokens: usize) -> u64 {
        (self.layers * self.key_heads * self.head_width * 2 * 4) as u64 * tokens as u64
    }
}

/// Bytes that loading the model in this file and reading a full context will take, about.
pub(crate) fn bytes_needed(header: &Header, context: usize) -> std::result::Result<u64, LoadError> {
    let shape = Shape::of(header, context)?;
    let weights: u64 = header
        .tensors()
        .map(|(_, tensor)| weights::loaded_size(tensor))
        .sum();
    Ok(weights + shape.state_bytes(shape.context))
}

impl Layer {
    fn load(weights: &Weights, shape: &Shape, at: usize) -> std::result::Result<Layer, LoadError> {
        let name = |part: &str| format!("blk.{at}.{part}");
        let query_width = shape.heads * shape.head_width;
        let key_width = shape.key_heads * shape.head_width;
        Ok(Layer {
            attention_norm: weights.vector(&name("attn_norm.weight"), shape.width)?,
            query: Linear::load(weights, &name("attn_q"), query_width, shape.width)?,
            key: Linear::load(weights, &name("attn_k"), key_width, shape.width)?,
            value: Linear::load(weights, &name("attn_v"), key_width, shape.width)?,
            attention_out: weights.matrix(&name("attn_output.weight"), shape.width, query_width)?,
            feed_norm: weights.vector(&name("ffn_norm.weight"), shape.width)?,
            gate: weights.matrix(&name("ffn_gate.weight"), shape.inner_width, shape.width)?,
            up: weights.matrix(&name("ffn_up.weight"), shape.inner_width, shape.width)?,
            down: weights.matrix(&name("ffn_down.weight"), shape.width, shape.inner_width)?,
        })
    }

    /// `hidden` is `[n, width]`, the rows of positions `start..start + n`.
    fn forward(
        &self,
        hidden: &Tensor,
        start: usize,
        mask: Option<&Tensor>,
        shape: &Shape,
        rotation: &Rotation,
        state: &State,
    ) -> Result<Tensor> {
        let normed = rms_norm(hidden, &self.attention_norm, shape.epsilon)?;
        let attended = self.attend(&normed, start, mask, shape, rotation, state)?;
        let hidden = (hidden + self.attention_out.forward(&attended)?)?;
        let normed = rms_norm(&hidden, &self.feed_norm, shape.epsilon)?;
        let inner = (silu(&self.gate.forward(&normed)?)? * self.up.forward(&normed)?)?;
        &hidden + self.down.forward(&inner)?
    }

    fn attend(
        &self,
        normed: &Tensor,
        start: usize,
        mask: Option<&Tensor>,
        shape: &Shape,
        rotation: &Rotation,
        state: &State,
    ) -> Result<Tensor> {
        let count = normed.dim(0)?;
        let queries = rotation.turn(
            &heads_first(&self.query.forward(normed)?, shape.heads)?,
            start,
        )?;
        let keys = rotation.turn(
            &heads_first(&self.key.forward(normed)?, shape.key_heads)?,
            start,
        )?;
        let values = heads_first(&self.value.forward(normed)?, shape.key_heads)?;
        let (keys, values) = state.append(&keys, &values, start)?;
        // Query heads that share a key head are stacked as more rows of one product, so that keys are not repeated.
        let rows = shape.heads / shape.key_heads * count;
        let queries = queries.reshape((shape.key_heads, rows, shape.head_width))?;
        let scores = (queries.matmul(&keys.t()?)? * (shape.head_width as f64).powf(-0.5))?;
        let scores = match mask {
            None => scores,
            Some(mask) => scores
                .reshape((shape.heads, count, start + count))?
                .broadcast_add(mask)?,
        };
        let weights = softmax_last_dim(&scores)?.reshape((shape.key_heads, rows, start + count))?;
        let mixed = weights
            .matmul(&values)?
            .reshape((shape.heads, count, shape.head_width))?;
        mixed
            .transpose(0, 1)?
            .contiguous()?
            .reshape((count, shape.heads * shape.head_width))
    }
}

impl Linear {
    fn load(
        weights: &Weights,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> std::result::Result<Linear, LoadError> {
        let bias = format!("{name}.bias");
        Ok(Linear {
            weight: weights.matrix(&format!("{name}.weight"), rows, columns)?,
            bias: weights
                .has(&bias)
                .then(|| weights.vector(&bias, rows))
                .transpose()?,
        })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let output = self.weight.forward(input)?;
        match &self.bias {
            Some(bias) => output.broadcast_add(bias),
            None => Ok(output),
        }
    }
}

impl Rotation {
    fn new(
        weights: &Weights,
        shape: &Shape,
        device: &Device,
    ) -> std::result::Result<Rotation, LoadError> {
        let half = shape.head_width / 2;
        // Llama 3 stretches its slow frequencies by factors that come with the weights.
        let factors = match weights.has("rope_freqs.weight") {
            true => weights
                .vector("rope_freqs.weight", half)?
                .to_vec1::<f32>()?,
            false => vec![1.0; half],
        };
        let speed = |at: usize| {
            (shape
                .rope_base
                .powf(-2.0 * at as f64 / shape.head_width as f64)) as f32
                / factors[at]
        };
        let speeds = Tensor::from_vec((0..half).map(speed).collect(), (1, half), device)?;
        let positions = Tensor::arange(0u32, shape.context as u32, device)?.to_dtype(DType::F32)?;
        let angles = positions.reshape((shape.context, 1))?.matmul(&speeds)?;
        Ok(Rotation {
            cosines: angles.cos()?,
            sines: angles.sin()?,
            interleaved: shape.interleaved,
        })
    }

    /// Turns `[heads, n, head_width]` by the angles of the positions from `start`.
    fn turn(&self, heads: &Tensor, start: usize) -> Result<Tensor> {
        let count = heads.dim(1)?;
        let (cosines, sines) = (
            self.cosines.narrow(0, start, count)?,
            self.sines.narrow(0, start, count)?,
        );
        let turn = if self.interleaved { rope_i } else { rope };
        turn(&heads.unsqueeze(0)?, &cosines, &sines)?.squeeze(0)
    }
}

impl State {
    fn new(shape: &Shape, capacity: usize, device: &Device) -> Result<State> {
        let dims = (
            shape.key_heads,
            capacity.min(shape.context),
            shape.head_width,
        );
        Ok(State {
            keys: Tensor::zeros(dims, DType::F32, device)?,
            values: Tensor::zeros(dims, DType::F32, device)?,
        })
    }

    /// Makes room for `needed` positions, keeping the first `used`.
    fn reserve(&mut self, needed: usize, used: usize, shape: &Shape) -> Result<()> {
        if needed <= self.keys.dim(1)? {
            return Ok(());
        }
        let bigger = State::new(shape, needed.next_power_of_two(), self.keys.device())?;
        if used > 0 {
            bigger.append(
                &self.keys.narrow(1, 0, used)?,
                &self.values.narrow(1, 0, used)?,
                0,
            )?;
        }
        *self = bigger;
        Ok(())
    }

    /// Writes keys and values at `start` and returns views of all of them so far.
    fn append(&self, keys: &Tensor, values: &Tensor, start: usize) -> Result<(Tensor, Tensor)> {
        let end = start + keys.dim(1)?;
        self.keys.slice_set(&keys.contiguous()?, 1, start)?;
        self.values.slice_set(&values.contiguous()?, 1, start)?;
        Ok((self.keys.narrow(1, 0, end)?, self.values.narrow(1, 0, end)?))
    }

    fn cut(&self, length: usize) -> Result<State> {
        Ok(State {
            keys: self.keys.narrow(1, 0, length)?.force_contiguous()?,
            values: self.values.narrow(1, 0, length)?.force_contiguous()?,
        })
    }
}

/// `[n, heads * head_width]` to `[heads, n, head_width]`.
fn heads_first(rows: &Tensor, heads: usize) -> Result<Tensor> {
    let (count, width) = rows.dims2()?;
    rows.reshape((count, heads, width / heads))?
        .transpose(0, 1)?
        .contiguous()
}

/// `[n, start + n]`, minus infinity where a position would see a later one; none is needed for a single position.
fn causal_mask(start: usize, count: usize, device: &Device) -> Result<Option<Tensor>> {
    if count == 1 {
        return Ok(None);
    }
    let row = |at: usize| {
        (0..start + count).map(move |seen| {
            if seen > start + at {
                f32::NEG_INFINITY
            } else {
                0.0
            }
        })
    };
    Tensor::from_vec(
        (0..count).flat_map(row).collect::<Vec<f32>>(),
        (count, start + count),
        device,
    )
    .map(Some)
}

fn common(held: &[Token], tokens: &[Token]) -> usize {
    held.iter().zip(tokens).take_while(|(a, b)| a == b).count()
}

fn backend(error: candle_core::Error) -> ModelError {
    ModelError::Backend(error.to_string())
}

/// Why weights could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is damaged or incomplete.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A family this program has no code for.
    #[error("models of the family `{0}` are not supported; supported are {known}", known = FAMILIES.join(" and "))]
    Family(String),
    /// A tensor is not as long or wide as the metadata says.
    #[error("its tensor `{name}` has the shape {found:?} where {expected:?} is needed")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that the metadata calls for.
        expected: Vec<usize>,
    },
    /// The backend failed: out of memory, a lost device.
    #[error("the weights could not be placed: {0}")]
    Backend(#[from] candle_core::Error),
}
