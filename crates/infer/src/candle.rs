//! The candle backend, for CUDA and as the reference the other backends are compared with: a decoder-only transformer
//! of the families `qwen2` and `llama`, on quantised GGUF weights.
//!
//! candle's own models hide their key/value state inside the layers and compute scores for every position; this one
//! keeps the state in one place, where it can be cut, kept and put back, and scores the positions asked for only.

#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::QTensor;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};
use candle_nn::rotary_emb::{rope, rope_i};

use crate::gguf::Header;
use crate::model::{LanguageModel, ModelError, Sequence, check};
use crate::pages::common;
use crate::prompt::ChatFormat;
use crate::shape::Shape;
use crate::tokenizer::{Token, Tokenizer};
use crate::weights::{LoadError, WeightFile};
use weights::{Matrix, Weights};

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
    current: Sequence,
    others: BTreeMap<Sequence, Kept>,
    kept: Vec<Kept>,
    logits: Vec<f32>,
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
        let file = WeightFile::open(path, header)?;
        let weights = Weights::new(&file, device);
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
            current: Sequence::default(),
            others: BTreeMap::new(),
            kept: Vec::new(),
            logits: Vec::new(),
        };
        file.require_all_used()?;
        model.warm_up()?;
        Ok(model)
    }

    /// Reads two tokens and forgets them: candle tiles the weights on their first product, and whoever waits for a
    /// model to load should wait for that too, not whoever asks the first question.
    fn warm_up(&mut self) -> Result<()> {
        let hidden = self.forward(&[0, 0])?;
        self.score(&hidden.narrow(0, 1, 1)?)
    }

    /// Runs all of `tokens` through the layers and returns the hidden rows of the last chunk, `[n, width]`.
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
        let vocabulary = self.tokenizer.vocabulary_size();
        check(self.held.len(), tokens, self.shape.context, vocabulary)
    }

    fn forward(&mut self, tokens: &[Token]) -> Result<Tensor> {
        let start = self.held.len();
        let mask = causal_mask(start, tokens.len(), &self.device)?;
        let mut hidden = self
            .embedding
            .embedding(&Tensor::new(tokens, &self.device)?)?
            .to_dtype(DType::F32)?;
        if self.states.is_empty() {
            let state = || State::new(&self.shape, FIRST_CAPACITY, &self.device);
            self.states = (0..self.shape.layers)
                .map(|_| state())
                .collect::<Result<_>>()?;
        }
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
        Ok(hidden)
    }

    /// Scores the rows of `hidden`, `[n, width]`.
    fn score(&mut self, hidden: &Tensor) -> Result<()> {
        let normed = rms_norm(&hidden.contiguous()?, &self.final_norm, self.shape.epsilon)?;
        self.logits = self.output.forward(&normed)?.flatten_all()?.to_vec1()?;
        Ok(())
    }

    fn restore_kept(&mut self, kept: usize, length: usize) -> Result<()> {
        if self.states.is_empty() {
            let state = || State::new(&self.shape, length, &self.device);
            self.states = (0..self.shape.layers)
                .map(|_| state())
                .collect::<Result<_>>()?;
        }
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

    fn describe(&self) -> String {
        match self.device.is_cuda() {
            true => "graphics card through CUDA".into(),
            false => "processor through candle".into(),
        }
    }

    fn context_length(&self) -> usize {
        self.shape.context
    }

    fn switch(&mut self, sequence: Sequence) {
        if sequence == self.current {
            return;
        }
        let next = self.others.remove(&sequence).unwrap_or_else(|| Kept {
            tokens: Vec::new(),
            states: Vec::new(),
        });
        let left = Kept {
            tokens: std::mem::replace(&mut self.held, next.tokens),
            states: std::mem::replace(&mut self.states, next.states),
        };
        self.others.insert(self.current, left);
        self.current = sequence;
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
                if self.restore_kept(at, length).is_err() {
                    self.held.clear();
                }
            }
            _ => self.held.truncate(current),
        }
        self.held.len()
    }

    fn truncate(&mut self, length: usize) {
        self.held.truncate(length);
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
        let last = hidden.dim(0).and_then(|rows| hidden.narrow(0, rows - 1, 1));
        last.and_then(|last| self.score(&last)).map_err(backend)?;
        Ok(&self.logits)
    }

    fn verify(&mut self, tokens: &[Token]) -> std::result::Result<&[f32], ModelError> {
        if tokens.is_empty() {
            return Err(ModelError::Empty);
        }
        self.check(tokens)?;
        let mut scores = Vec::new();
        for chunk in tokens.chunks(CHUNK) {
            let hidden = self.read(chunk)?;
            self.score(&hidden).map_err(backend)?;
            scores.append(&mut self.logits);
        }
        self.logits = scores;
        Ok(&self.logits)
    }

    fn decode_batch(
        &mut self,
        next: &[(Sequence, Token)],
    ) -> std::result::Result<Vec<f32>, ModelError> {
        let before = self.current;
        let mut scores = Vec::new();
        for (sequence, token) in next {
            self.switch(*sequence);
            let read = self.decode(&[*token]).map(|logits| logits.to_vec());
            self.switch(before);
            scores.extend(read?);
        }
        Ok(scores)
    }

    fn forget_oldest(&mut self, tokens: usize) -> std::result::Result<usize, ModelError> {
        const HEAD: usize = 64;
        if self.held.len() < HEAD + tokens || tokens == 0 {
            return Ok(0);
        }
        let rest = self.held.split_off(HEAD + tokens);
        self.held.truncate(HEAD);
        self.prefill(&rest)?;
        Ok(tokens)
    }

    /// Only the tokens: candle's state is read again.
    fn save(&mut self) -> std::result::Result<Vec<u8>, ModelError> {
        Ok(self
            .held
            .iter()
            .flat_map(|token| token.to_le_bytes())
            .collect())
    }

    fn restore(&mut self, saved: &[u8]) -> std::result::Result<(), ModelError> {
        let (words, rest) = saved.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(ModelError::Saved("it is cut short".into()));
        }
        let tokens: Vec<Token> = words
            .iter()
            .map(|word| Token::from_le_bytes(*word))
            .collect();
        self.held.clear();
        self.prefill(&tokens)
    }
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
        let factors = match weights.has("rope_freqs.weight") {
            true => Some(
                weights
                    .vector("rope_freqs.weight", half)?
                    .to_vec1::<f32>()?,
            ),
            false => None,
        };
        let speeds = Tensor::from_vec(shape.rope_speeds(factors.as_deref()), (1, half), device)?;
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

fn backend(error: candle_core::Error) -> ModelError {
    ModelError::Backend(error.to_string())
}
