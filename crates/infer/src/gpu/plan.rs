//! What is run for a token and for many: the kernels of the whole model in order, with their buffers, made once.

use super::buffers::Buffers;
use super::dispatch::{Dispatch, Extent, Pipelines};
use super::load::{Layer, Weights};
use super::memory::Memory;
use super::packing::GROUP;
use super::source::{self, Kernel, Write};
use super::tune::Tuning;
use crate::shape::Shape;

/// Tokens computed in one pass when reading.
pub(crate) const CHUNK: usize = 128;
/// Tokens whose scores are computed in one pass.
pub(crate) const SCORED: usize = 16;
/// The most parts of attention there is room for, over all tokens of a pass.
pub(crate) const PARTS: usize = 1024;

/// The dispatches of a model.
#[derive(Default)]
pub(crate) struct Plan {
    /// From one token to its hidden state.
    pub one: Vec<Dispatch>,
    /// From up to [`CHUNK`] tokens of one text to their hidden states.
    pub many: Vec<Dispatch>,
    /// The same for up to [`SCORED`] tokens, each of any text.
    pub batch: Vec<Dispatch>,
    /// From the hidden state of one token to its scores.
    pub score_one: Vec<Dispatch>,
    /// From up to [`SCORED`] hidden states to their scores.
    pub score_many: Vec<Dispatch>,
    /// From scores to a token.
    pub choose: Vec<Dispatch>,
    /// Turns the keys of a text back, in every layer.
    pub turn: Vec<Dispatch>,
}

/// What a plan is made from.
pub(crate) struct Planner<'a> {
    pub pipelines: &'a mut Pipelines,
    pub shape: &'a Shape,
    pub weights: &'a Weights,
    pub buffers: &'a Buffers,
    pub memory: &'a Memory,
    pub tuning: Tuning,
    pub vocabulary: usize,
    /// Bytes of workgroup memory.
    pub workgroup_memory: usize,
}

/// How many tokens a pass has, and whether they are of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Width {
    One,
    Many,
    Batch,
}

impl Planner<'_> {
    /// Makes all pipelines and bind groups.
    pub fn plan(mut self) -> Plan {
        let output = self.weights.output();
        let norm = &self.weights.final_norm;
        let (hidden, logits) = (&self.buffers.hidden, &self.buffers.logits);
        Plan {
            one: self.pass(Width::One),
            many: self.pass(Width::Many),
            batch: self.pass(Width::Batch),
            score_one: self.matvec(output, hidden, logits, Some(norm), Write::Store),
            score_many: self.normed_product(Width::Many, output, norm, logits, Write::Store),
            choose: vec![self.choose()],
            turn: self.turn(),
        }
    }

    fn pass(&mut self, width: Width) -> Vec<Dispatch> {
        let mut steps = self.embed();
        for (at, layer) in self.weights.layers.iter().enumerate() {
            steps.extend(self.layer(width, layer, &self.memory.layers[at]));
        }
        steps
    }

    fn layer(&mut self, width: Width, layer: &Layer, memory: &wgpu::Buffer) -> Vec<Dispatch> {
        let Buffers {
            hidden,
            rows,
            attended,
            inner,
            ..
        } = self.buffers;
        let norm = &layer.attention_norm;
        let mut steps = self.normed_product(width, &layer.qkv, norm, rows, Write::Store);
        steps.push(self.rope_store(&layer.bias, memory));
        steps.push(self.attend(width, memory));
        steps.push(self.merge());
        steps.extend(self.product(width, &layer.attention_out, attended, hidden, Write::Add));
        let norm = &layer.feed_norm;
        steps.extend(self.normed_product(width, &layer.gate_up, norm, inner, Write::Gated));
        steps.extend(self.product(width, &layer.down, inner, hidden, Write::Add));
        steps
    }

    fn rope_store(&mut self, bias: &wgpu::Buffer, memory: &wgpu::Buffer) -> Dispatch {
        let Buffers {
            places,
            tables,
            rows,
            ..
        } = self.buffers;
        let rotation = &self.weights.rotation;
        let lanes = (self.shape.row_width() / 4) as u32;
        let grid = [
            Extent::Fixed(lanes.div_ceil(64)),
            Extent::Tokens(1),
            Extent::Fixed(1),
        ];
        let buffers = [places, tables, rotation, bias, rows, memory];
        self.plain(Kernel::RopeStore, &heads(self.shape), &buffers, grid)
    }

    fn attend(&mut self, width: Width, memory: &wgpu::Buffer) -> Dispatch {
        let Buffers {
            call,
            places,
            tables,
            rows,
            parts,
            ..
        } = self.buffers;
        let tile = match width {
            Width::Many => tile(self.shape, self.workgroup_memory),
            Width::One | Width::Batch => 1,
        };
        let key_heads = Extent::Fixed(self.shape.key_heads as u32);
        let grid = [Extent::Splits, key_heads, Extent::Tokens(tile)];
        let buffers = [call, places, tables, rows, memory, parts];
        self.plain(
            Kernel::Attend,
            &attend_constants(self.shape, tile),
            &buffers,
            grid,
        )
    }

    fn merge(&mut self) -> Dispatch {
        let Buffers {
            call,
            parts,
            attended,
            ..
        } = self.buffers;
        let stride = self.shape.query_width().next_multiple_of(GROUP) as u32;
        let constants = [&heads(self.shape)[..], &[("STRIDE", stride)]].concat();
        let count = Extent::Fixed(self.shape.heads as u32);
        let grid = [count, Extent::Tokens(1), Extent::Fixed(1)];
        self.plain(
            Kernel::MergeAttention,
            &constants,
            &[call, parts, attended],
            grid,
        )
    }

    fn turn(&mut self) -> Vec<Dispatch> {
        let Buffers { call, tables, .. } = self.buffers;
        let rotation = &self.weights.rotation;
        let lanes = (self.shape.key_width() / 4) as u32;
        let grid = [
            Extent::Fixed(lanes.div_ceil(64)),
            Extent::Tokens(1),
            Extent::Fixed(1),
        ];
        let layers = self.memory.layers.iter();
        layers
            .map(|memory| {
                let buffers = [call, tables, rotation, memory];
                self.plain(Kernel::TurnKeys, &heads(self.shape), &buffers, grid)
            })
            .collect()
    }

    fn choose(&mut self) -> Dispatch {
        let Buffers {
            call,
            logits,
            mask,
            chosen,
            ..
        } = self.buffers;
        let constants = [("VOCABULARY", self.vocabulary as u32)];
        let buffers = [call, logits, mask, chosen];
        self.plain(Kernel::Argmax, &constants, &buffers, [Extent::Fixed(1); 3])
    }

    fn plain(
        &mut self,
        kernel: Kernel,
        constants: &[(&str, u32)],
        buffers: &[&wgpu::Buffer],
        grid: [Extent; 3],
    ) -> Dispatch {
        let flags = [("INTERLEAVED", self.shape.interleaved)];
        let text = source::plain(kernel, constants, &flags);
        self.pipelines.dispatch(kernel.name(), text, buffers, grid)
    }
}

/// The sizes of heads, for kernels.
pub(crate) fn heads(shape: &Shape) -> [(&'static str, u32); 3] {
    [
        ("HEAD", shape.head_width as u32),
        ("HEADS", shape.heads as u32),
        ("KEY_HEADS", shape.key_heads as u32),
    ]
}

/// The constants of attention for tiles of `tile` tokens.
pub(crate) fn attend_constants(shape: &Shape, tile: u32) -> [(&'static str, u32); 5] {
    let group = (shape.heads / shape.key_heads) as u32;
    // The lanes of a workgroup, shared out among the queries.
    let share = (1 << (64 / (tile * group)).ilog2()).max(1);
    [
        ("HEAD", shape.head_width as u32),
        ("KEY_HEADS", shape.key_heads as u32),
        ("GROUP", group),
        ("TILE", tile),
        ("SHARE", share),
    ]
}

/// Bytes of workgroup memory that attention takes for `queries` queries at once.
pub(crate) fn attention_memory(shape: &Shape, queries: usize) -> usize {
    const PAGE_SCORES: usize = 64;
    (queries * (shape.head_width + PAGE_SCORES + 1) + PAGE_SCORES) * 4
}

/// Tokens of a tile of attention: as many as let sixteen queries share what is read.
fn tile(shape: &Shape, workgroup_memory: usize) -> u32 {
    const QUERIES: usize = 16;
    let group = shape.heads / shape.key_heads;
    let fits = |tile: &usize| {
        tile * group <= QUERIES && attention_memory(shape, tile * group) <= workgroup_memory
    };
    (1..=QUERIES).rev().find(fits).unwrap_or(1) as u32
}
