//! The pass of a BERT-like encoder: every token sees every other of its text.

use super::activations::Activations;
use super::attention::{Mixture, add_page};
use super::float::{gelu, layer_norm, swiglu};
use super::layers::On;
use super::matrix::Matrix;
use super::product::{Affine, Inputs, multiply, multiply_pair};
use super::rope::Rotation;
use crate::pages::PAGE;

/// Rows normed by one part of the work.
const ROWS: usize = 16;

/// The weights of an encoder.
pub struct Encoder {
    /// Rows for tokens, `[vocabulary, width]`.
    pub words: Matrix,
    /// What is added to each row for its position, `[context, width]`; empty when positions are turned instead.
    pub positions: Vec<f32>,
    /// What is added to every row: the kind of the first of two texts, `[width]`.
    pub kind: Vec<f32>,
    /// The norm of what comes in.
    pub norm: Norm,
    /// Its layers.
    pub layers: Vec<EncoderLayer>,
    /// Turns queries and keys to their positions, if that is how the model knows them.
    pub rotation: Option<Rotation>,
    /// Heads of attention.
    pub heads: usize,
}

/// A layer: attention, then a feed-forward part; each is added to its input and then normed.
pub struct EncoderLayer {
    /// Queries, keys and values, one after the other: `[3 * width, width]`.
    pub attention: Affine,
    /// `[width, width]`.
    pub attention_out: Affine,
    /// The norm after attention.
    pub attention_norm: Norm,
    /// The feed-forward part.
    pub feed: Feed,
    /// The norm after it.
    pub feed_norm: Norm,
}

/// The weights of a norm.
pub struct Norm {
    /// `[width]`.
    pub weight: Vec<f32>,
    /// `[width]`.
    pub bias: Vec<f32>,
    /// What keeps the division from zero.
    pub epsilon: f32,
}

/// The two kinds of feed-forward parts.
pub enum Feed {
    /// `down(gelu(up(x)))`
    Gelu {
        /// `[inner, width]`.
        up: Affine,
        /// `[width, inner]`.
        down: Affine,
    },
    /// `down(silu(gate(x)) * up(x))`
    Gated {
        /// `[inner, width]`.
        gate: Matrix,
        /// `[inner, width]`.
        up: Matrix,
        /// `[width, inner]`.
        down: Affine,
    },
}

/// Memory for what is computed on the way, kept between calls.
#[derive(Default)]
pub struct EncoderScratch {
    hidden: Vec<f32>,
    attended: Vec<f32>,
    heads: Vec<f32>,
    inner: Vec<f32>,
    added: Vec<f32>,
    rounded: Activations,
}

impl Encoder {
    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.words.columns()
    }

    /// Passes texts through the layers and returns the hidden rows of all their tokens, one text after the other.
    pub fn pass<'s>(&self, on: On, scratch: &'s mut EncoderScratch, texts: &[&[u32]]) -> &'s [f32] {
        self.embed(on, &mut scratch.hidden, texts);
        for layer in &self.layers {
            self.attend(on, layer, scratch, texts);
            layer.attention_norm.apply(on, &mut scratch.hidden);
            self.feed(on, layer, scratch);
            layer.feed_norm.apply(on, &mut scratch.hidden);
        }
        &scratch.hidden
    }

    fn embed(&self, on: On, hidden: &mut Vec<f32>, texts: &[&[u32]]) {
        let width = self.width();
        let rows: usize = texts.iter().map(|text| text.len()).sum();
        hidden.resize(rows * width, 0.0);
        let tokens = texts.iter().flat_map(|text| text.iter().enumerate());
        for ((position, token), row) in tokens.zip(hidden.chunks_exact_mut(width)) {
            self.words.row(*token as usize, row);
            row.iter_mut()
                .zip(&self.kind)
                .for_each(|(value, kind)| *value += kind);
            let place = self.positions.get(position * width..(position + 1) * width);
            let place = place.unwrap_or_default();
            row.iter_mut()
                .zip(place)
                .for_each(|(value, place)| *value += place);
        }
        self.norm.apply(on, hidden);
    }

    /// Adds the output of attention to the hidden rows.
    fn attend(&self, on: On, layer: &EncoderLayer, scratch: &mut EncoderScratch, texts: &[&[u32]]) {
        let width = self.width();
        let rows = scratch.hidden.len() / width;
        scratch.heads.resize(3 * rows * width, 0.0);
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.hidden,
            width,
            &mut scratch.rounded,
        );
        multiply(
            on.pool,
            on.with,
            &inputs,
            &mut [layer.attention.product(&mut scratch.heads)],
        );
        let mut first = 0;
        let runs: Vec<(usize, usize)> = texts
            .iter()
            .map(|text| {
                first += text.len();
                (first - text.len(), text.len())
            })
            .collect();
        if let Some(rotation) = &self.rotation {
            turn(rotation, &runs, width, &mut scratch.heads);
        }
        scratch.attended.resize(rows * width, 0.0);
        let mut places: Vec<Place> = Vec::new();
        let mut rest = scratch.attended.as_mut_slice();
        for run in runs {
            let (rows, others) = rest.split_at_mut(run.1 * width);
            places.push((run, rows));
            rest = others;
        }
        let heads = &scratch.heads;
        on.pool.chunks(&mut places, 1, &|_, place| {
            self.mix(on, heads, &mut place[0])
        });
        scratch.added.resize(rows * width, 0.0);
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.attended,
            width,
            &mut scratch.rounded,
        );
        multiply(
            on.pool,
            on.with,
            &inputs,
            &mut [layer.attention_out.product(&mut scratch.added)],
        );
        add(&mut scratch.hidden, &scratch.added);
    }

    /// Attention of one text.
    fn mix(&self, on: On, rows: &[f32], place: &mut Place) {
        let ((first, count), into) = place;
        let (width, head_width) = (self.width(), self.width() / self.heads);
        let part = |row: usize, kind: usize, head: usize| {
            &rows[(*first + row) * 3 * width + kind * width + head * head_width..][..head_width]
        };
        let (mut keys, mut values) = (vec![0.0; head_width * PAGE], vec![0.0; head_width * PAGE]);
        for head in 0..self.heads {
            let mut mixtures = vec![Mixture::empty(head_width); *count];
            for start in (0..*count).step_by(PAGE) {
                let seen = (*count - start).min(PAGE);
                for slot in 0..seen {
                    let column = keys[slot..].iter_mut().step_by(PAGE);
                    column
                        .zip(part(start + slot, 1, head))
                        .for_each(|(into, key)| *into = *key);
                    values[slot * head_width..][..head_width].copy_from_slice(part(
                        start + slot,
                        2,
                        head,
                    ));
                }
                for (row, mixture) in mixtures.iter_mut().enumerate() {
                    add_page(on.with, part(row, 0, head), &keys, &values, seen, mixture);
                }
            }
            for (row, mixture) in mixtures.iter().enumerate() {
                mixture.store(&mut into[row * width + head * head_width..][..head_width]);
            }
        }
    }

    /// Adds the output of the feed-forward part to the hidden rows.
    fn feed(&self, on: On, layer: &EncoderLayer, scratch: &mut EncoderScratch) {
        let width = self.width();
        let rows = scratch.hidden.len() / width;
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.hidden,
            width,
            &mut scratch.rounded,
        );
        let down = match &layer.feed {
            Feed::Gelu { up, down } => {
                scratch.inner.resize(rows * up.weight.rows(), 0.0);
                multiply(
                    on.pool,
                    on.with,
                    &inputs,
                    &mut [up.product(&mut scratch.inner)],
                );
                let size = ROWS * up.weight.rows();
                on.pool
                    .chunks(&mut scratch.inner, size, &|_, values| gelu(on.with, values));
                down
            }
            Feed::Gated { gate, up, down } => {
                scratch.inner.resize(rows * up.rows(), 0.0);
                let gated = |gate: &_, up: &_| swiglu(on.with, gate, up);
                multiply_pair(
                    on.pool,
                    on.with,
                    &inputs,
                    [gate, up],
                    gated,
                    &mut scratch.inner,
                );
                down
            }
        };
        scratch.added.resize(rows * width, 0.0);
        let inner = down.weight.columns();
        let inputs = Inputs::new(
            on.pool,
            on.with,
            &scratch.inner,
            inner,
            &mut scratch.rounded,
        );
        multiply(
            on.pool,
            on.with,
            &inputs,
            &mut [down.product(&mut scratch.added)],
        );
        add(&mut scratch.hidden, &scratch.added);
    }
}

/// The rows of a text (first, count), and where its output goes.
type Place<'a> = ((usize, usize), &'a mut [f32]);

impl Norm {
    fn apply(&self, on: On, rows: &mut [f32]) {
        let width = self.weight.len();
        on.pool.chunks(rows, ROWS * width, &|_, rows| {
            for row in rows.chunks_exact_mut(width) {
                layer_norm(on.with, row, &self.weight, &self.bias, self.epsilon);
            }
        });
    }
}

/// Turns the queries and keys of each text to their positions.
fn turn(rotation: &Rotation, runs: &[(usize, usize)], width: usize, heads: &mut [f32]) {
    for (first, count) in runs {
        let rows = heads[first * 3 * width..]
            .chunks_exact_mut(3 * width)
            .take(*count);
        for (position, row) in rows.enumerate() {
            rotation.turn(&mut row[..2 * width], position);
        }
    }
}

fn add(rows: &mut [f32], added: &[f32]) {
    rows.iter_mut()
        .zip(added)
        .for_each(|(value, added)| *value += added);
}
