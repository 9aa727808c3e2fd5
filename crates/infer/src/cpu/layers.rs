//! The weights of a model and the pass through its layers.

use super::activations::Activations;
use super::attention::{Attention, Run};
use super::float::{rms_norm, swiglu};
use super::format::Format;
use super::matrix::Matrix;
use super::memory::Memory;
use super::pool::Pool;
use super::processor::Instructions;
use super::product::{Affine, Inputs, Product, Then, multiply, multiply_pair};
use super::rope::Rotation;
use crate::pages::PAGE;
use crate::shape::Shape;
use crate::tokenizer::Token;
use crate::weights::{LoadError, Packed, WeightFile};

/// Rows normed by one part of the work.
const ROWS: usize = 16;

/// All weights, repacked.
pub struct Layers {
    pub shape: Shape,
    embedding: Matrix,
    layers: Vec<Layer>,
    final_norm: Vec<f32>,
    /// `None` when the embedding is the output too.
    output: Option<Matrix>,
    pub rotation: Rotation,
}

struct Layer {
    attention_norm: Vec<f32>,
    query: Affine,
    key: Affine,
    value: Affine,
    attention_out: Matrix,
    feed_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

/// Which rows of a batch must come out at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// None: only keys and values are computed.
    Nothing,
    /// The last.
    Last,
    /// All.
    All,
}

/// Memory for what is computed on the way, kept between calls.
#[derive(Default)]
pub struct Scratch {
    hidden: Vec<f32>,
    normed: Vec<f32>,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    attended: Vec<f32>,
    inner: Vec<f32>,
    rounded: Activations,
}

/// Where a pass is computed.
#[derive(Clone, Copy)]
pub struct On<'a> {
    pub pool: &'a Pool,
    pub with: Instructions,
}

impl Layers {
    /// Reads and repacks the weights of a file.
    pub fn load(file: &WeightFile, shape: Shape, vocabulary: usize) -> Result<Layers, LoadError> {
        let width = shape.width;
        let half = shape.head_width / 2;
        let factors = match file.has("rope_freqs.weight") {
            true => Some(vector(file, "rope_freqs.weight", half)?),
            false => None,
        };
        let layers = (0..shape.layers).map(|at| Layer::load(file, &shape, at));
        let layers = Layers {
            embedding: matrix(file, "token_embd.weight", vocabulary, width)?,
            layers: layers.collect::<Result<_, LoadError>>()?,
            final_norm: vector(file, "output_norm.weight", width)?,
            output: match file.has("output.weight") {
                true => Some(matrix(file, "output.weight", vocabulary, width)?),
                false => None,
            },
            rotation: Rotation::new(&shape, factors.as_deref()),
            shape,
        };
        file.require_all_used()?;
        Ok(layers)
    }

    /// Passes `tokens` through the layers. They are the rows of `runs`, one after the other, for whose positions there
    /// are pages. Returns the hidden rows that are wanted.
    pub fn pass<'s>(
        &self,
        on: On,
        memory: &mut Memory,
        scratch: &'s mut Scratch,
        runs: &[Run],
        tokens: &[Token],
        wanted: Wanted,
    ) -> &'s [f32] {
        let width = self.shape.width;
        scratch.hidden.resize(tokens.len() * width, 0.0);
        for (token, row) in tokens.iter().zip(scratch.hidden.chunks_exact_mut(width)) {
            self.embedding.row(*token as usize, row);
        }
        for (at, layer) in self.layers.iter().enumerate() {
            let last = at + 1 == self.layers.len();
            layer.remember(self, on, memory, scratch, runs, at);
            if last && wanted == Wanted::Nothing {
                return &[];
            }
            layer.attend(self, on, memory, scratch, runs, at);
            if last && wanted == Wanted::Last {
                keep_last_row(&mut scratch.hidden, width);
                keep_last_row(&mut scratch.attended, self.shape.query_width());
            }
            layer.feed(self, on, scratch);
        }
        &scratch.hidden
    }

    /// Scores of all tokens for each of the hidden rows, `[rows, vocabulary]`.
    pub fn score(&self, on: On, scratch: &mut Scratch, logits: &mut Vec<f32>) {
        norm(
            on,
            &self.shape,
            &scratch.hidden,
            &self.final_norm,
            &mut scratch.normed,
        );
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.normed,
            self.shape.width,
            &mut scratch.rounded,
        );
        let output = self.output.as_ref().unwrap_or(&self.embedding);
        logits.resize(inputs.count() * output.rows(), 0.0);
        let product = Product {
            matrix: output,
            then: Then::Store,
            into: logits,
        };
        multiply(on.pool, on.with, &inputs, &mut [product]);
    }

    /// Entries of the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.embedding.rows()
    }
}

impl Layer {
    fn load(file: &WeightFile, shape: &Shape, at: usize) -> Result<Layer, LoadError> {
        let name = |part: &str| format!("blk.{at}.{part}");
        let (width, inner) = (shape.width, shape.inner_width);
        let (query_width, key_width) = (shape.query_width(), shape.key_width());
        Ok(Layer {
            attention_norm: vector(file, &name("attn_norm.weight"), width)?,
            query: affine(file, &name("attn_q"), query_width, width)?,
            key: affine(file, &name("attn_k"), key_width, width)?,
            value: affine(file, &name("attn_v"), key_width, width)?,
            attention_out: matrix(file, &name("attn_output.weight"), width, query_width)?,
            feed_norm: vector(file, &name("ffn_norm.weight"), width)?,
            gate: matrix(file, &name("ffn_gate.weight"), inner, width)?,
            up: matrix(file, &name("ffn_up.weight"), inner, width)?,
            down: matrix(file, &name("ffn_down.weight"), width, inner)?,
        })
    }

    /// Computes queries, keys and values, and writes the last two to their pages.
    fn remember(
        &self,
        model: &Layers,
        on: On,
        memory: &mut Memory,
        scratch: &mut Scratch,
        runs: &[Run],
        at: usize,
    ) {
        let shape = &model.shape;
        norm(
            on,
            shape,
            &scratch.hidden,
            &self.attention_norm,
            &mut scratch.normed,
        );
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.normed,
            shape.width,
            &mut scratch.rounded,
        );
        let rows = inputs.count();
        scratch.queries.resize(rows * shape.query_width(), 0.0);
        scratch.keys.resize(rows * shape.key_width(), 0.0);
        scratch.values.resize(rows * shape.key_width(), 0.0);
        let mut products = [
            self.query.product(&mut scratch.queries),
            self.key.product(&mut scratch.keys),
            self.value.product(&mut scratch.values),
        ];
        multiply(on.pool, on.with, &inputs, &mut products);
        let mut row = 0;
        for run in runs {
            for position in run.start..run.start + run.count {
                let keys = &mut scratch.keys[row * shape.key_width()..][..shape.key_width()];
                model.rotation.turn(keys, position);
                model.rotation.turn(
                    &mut scratch.queries[row * shape.query_width()..][..shape.query_width()],
                    position,
                );
                let values = &scratch.values[row * shape.key_width()..][..shape.key_width()];
                memory.write(
                    run.table[position / PAGE],
                    position % PAGE,
                    at,
                    keys,
                    values,
                );
                row += 1;
            }
        }
    }

    fn attend(
        &self,
        model: &Layers,
        on: On,
        memory: &Memory,
        scratch: &mut Scratch,
        runs: &[Run],
        at: usize,
    ) {
        let width = model.shape.query_width();
        scratch.attended.resize(scratch.queries.len(), 0.0);
        let attention = Attention {
            pool: on.pool,
            with: on.with,
            shape: &model.shape,
            memory,
            layer: at,
        };
        let mut row = 0;
        for run in runs {
            let rows = row * width..(row + run.count) * width;
            attention.attend(
                run,
                &scratch.queries[rows.clone()],
                &mut scratch.attended[rows],
            );
            row += run.count;
        }
    }

    /// The output of attention and the feed-forward part, both added to the hidden rows.
    fn feed(&self, model: &Layers, on: On, scratch: &mut Scratch) {
        let shape = &model.shape;
        add_product(
            on,
            &mut scratch.rounded,
            &scratch.attended,
            &self.attention_out,
            &mut scratch.hidden,
        );
        norm(
            on,
            shape,
            &scratch.hidden,
            &self.feed_norm,
            &mut scratch.normed,
        );
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.normed,
            shape.width,
            &mut scratch.rounded,
        );
        scratch
            .inner
            .resize(inputs.count() * shape.inner_width, 0.0);
        let gated = |gate: &_, up: &_| swiglu(on.with, gate, up);
        let pair = [&self.gate, &self.up];
        multiply_pair(on.pool, on.with, &inputs, pair, gated, &mut scratch.inner);
        add_product(
            on,
            &mut scratch.rounded,
            &scratch.inner,
            &self.down,
            &mut scratch.hidden,
        );
    }
}

/// The matrix `name.weight`, with `name.bias` where the file has one.
fn affine(file: &WeightFile, name: &str, rows: usize, columns: usize) -> Result<Affine, LoadError> {
    let bias = format!("{name}.bias");
    Ok(Affine {
        weight: matrix(file, &format!("{name}.weight"), rows, columns)?,
        bias: match file.has(&bias) {
            true => Some(vector(file, &bias, rows)?),
            false => None,
        },
    })
}

/// Adds the product of a matrix and rows to `into`.
fn add_product(on: On, rounded: &mut Activations, rows: &[f32], matrix: &Matrix, into: &mut [f32]) {
    let inputs = Inputs::new(on.pool, on.with, rows, matrix.columns(), rounded);
    let then = Then::Add;
    multiply(
        on.pool,
        on.with,
        &inputs,
        &mut [Product { matrix, then, into }],
    );
}

fn norm(on: On, shape: &Shape, rows: &[f32], weight: &[f32], into: &mut Vec<f32>) {
    into.resize(rows.len(), 0.0);
    let width = shape.width;
    on.pool.chunks(into, ROWS * width, &|at, into| {
        let rows = rows[at * ROWS * width..].chunks_exact(width);
        for (row, into) in rows.zip(into.chunks_exact_mut(width)) {
            rms_norm(on.with, row, weight, shape.epsilon, into);
        }
    });
}

fn keep_last_row(rows: &mut Vec<f32>, width: usize) {
    rows.drain(..rows.len() - width);
}

fn matrix(file: &WeightFile, name: &str, rows: usize, columns: usize) -> Result<Matrix, LoadError> {
    let packed = file.tensor(name, &[rows, columns])?;
    let format = format(name, packed)?;
    let read = |range| file.release_part(packed, range);
    Ok(Matrix::new(format, rows, columns, packed.bytes, read))
}

fn vector(file: &WeightFile, name: &str, length: usize) -> Result<Vec<f32>, LoadError> {
    let packed = file.tensor(name, &[length])?;
    let format = format(name, packed)?;
    let mut values = vec![0.0; length];
    Matrix::new(format, 1, length, packed.bytes, |_| ()).row(0, &mut values);
    Ok(values)
}

fn format(name: &str, packed: Packed) -> Result<Format, LoadError> {
    Format::of(packed.info.dtype).ok_or_else(|| LoadError::Packing {
        name: name.into(),
        packing: format!("{:?}", packed.info.dtype),
    })
}
