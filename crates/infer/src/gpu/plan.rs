//! What is run for a token and for many: the kernels of the whole model in order, with their buffers, made once.

use super::dispatch::{Dispatch, Extent, Pipelines};
use super::load::{Layer, Weights};
use super::matrix::{Matrix, Run};
use super::memory::Memory;
use super::packing::GROUP;
use super::source::{self, Kernel, Team, Write};
use super::{Gpu, GpuError};
use crate::shape::Shape;

/// Tokens computed in one pass when reading.
pub(crate) const CHUNK: usize = 128;
/// Tokens whose scores are computed in one pass.
pub(crate) const SCORED: usize = 16;
/// The most parts of attention there is room for, over all tokens of a pass.
pub(crate) const PARTS: usize = 1024;

/// How the kernels are shaped for an adapter.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tuning {
    pub team: Team,
    /// Whether the tiles of products are f16.
    pub half_tiles: bool,
}

/// The dispatches of a model.
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
    pub choose: Dispatch,
    /// Turns the keys of a text back, in every layer.
    pub turn: Vec<Dispatch>,
}

/// Between the kernels. Rows are filled up with zeros to whole groups.
pub(crate) struct Buffers {
    pub call: wgpu::Buffer,
    /// `[CHUNK]` token, position, table, 0.
    pub places: wgpu::Buffer,
    pub tables: wgpu::Buffer,
    pub hidden: wgpu::Buffer,
    normed: wgpu::Buffer,
    norm: wgpu::Buffer,
    rows: wgpu::Buffer,
    parts: wgpu::Buffer,
    attended: wgpu::Buffer,
    inner: wgpu::Buffer,
    /// `[SCORED, vocabulary]`.
    pub logits: wgpu::Buffer,
    pub mask: wgpu::Buffer,
    pub chosen: wgpu::Buffer,
}

impl Buffers {
    /// Buffers for passes of [`CHUNK`] tokens and tables of `pages` pages.
    pub fn new(
        gpu: &Gpu,
        shape: &Shape,
        vocabulary: usize,
        pages: usize,
    ) -> Result<Buffers, GpuError> {
        let words = |label: &str, count: usize| gpu.storage(label, count as u64 * 4);
        let chunk = |label: &str, width: usize| words(label, CHUNK * width.next_multiple_of(GROUP));
        let norm = [
            shape.width as u32,
            shape.width.next_multiple_of(GROUP) as u32,
            shape.epsilon.to_bits(),
            0,
        ];
        Ok(Buffers {
            call: gpu.call_uniform(),
            places: words("places", CHUNK * 4)?,
            tables: words("tables", pages)?,
            hidden: chunk("hidden", shape.width)?,
            normed: chunk("normed", shape.width)?,
            norm: gpu.uniform("norm", bytemuck::cast_slice(&norm)),
            rows: chunk("queries, keys, values", shape.row_width())?,
            parts: words("attention", PARTS * shape.heads * (shape.head_width + 2))?,
            attended: chunk("attended", shape.query_width())?,
            inner: chunk("inner", shape.inner_width)?,
            logits: words("scores", SCORED * vocabulary)?,
            mask: words("mask", vocabulary.div_ceil(32))?,
            chosen: words("chosen", 1)?,
        })
    }
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
enum Width {
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
            choose: self.choose(),
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

    fn embed(&mut self) -> Vec<Dispatch> {
        let Buffers { places, hidden, .. } = self.buffers;
        let lanes = 2 * self.weights.embedding.columns.div_ceil(GROUP) as u32;
        let grid = [
            Extent::Fixed(lanes.div_ceil(64)),
            Extent::Tokens(1),
            Extent::Fixed(1),
        ];
        let mut step = |run: &Run| {
            let buffers = [&run.sizes, &run.quants, &run.scales, places, hidden];
            let text = source::embed_rows(run.packing);
            self.pipelines
                .dispatch(Kernel::EmbedRows.name(), text, &buffers, grid)
        };
        self.weights.embedding.runs.iter().map(&mut step).collect()
    }

    /// The product of a matrix with the norm of the hidden state: in one kernel for one token.
    fn normed_product(
        &mut self,
        width: Width,
        matrix: &Matrix,
        gain: &wgpu::Buffer,
        output: &wgpu::Buffer,
        write: Write,
    ) -> Vec<Dispatch> {
        let Buffers {
            norm,
            hidden,
            normed,
            ..
        } = self.buffers;
        if width == Width::One {
            return self.matvec(matrix, hidden, output, Some(gain), write);
        }
        let grid = [Extent::Fixed(1), Extent::Tokens(1), Extent::Fixed(1)];
        let kernel = Kernel::RmsNorm;
        let text = source::plain(kernel, &[], false);
        let buffers = [norm, hidden, gain, normed];
        let mut steps = vec![self.pipelines.dispatch(kernel.name(), text, &buffers, grid)];
        steps.extend(self.product(width, matrix, normed, output, write));
        steps
    }

    fn product(
        &mut self,
        width: Width,
        matrix: &Matrix,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        write: Write,
    ) -> Vec<Dispatch> {
        match width {
            Width::One => self.matvec(matrix, input, output, None, write),
            Width::Many | Width::Batch => self.matmul(matrix, input, output, write),
        }
    }

    fn matvec(
        &mut self,
        matrix: &Matrix,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        gain: Option<&wgpu::Buffer>,
        write: Write,
    ) -> Vec<Dispatch> {
        let team = self.tuning.team;
        let step = |run: &Run| {
            let text = source::matvec(run.packing, team, gain.is_some(), write);
            let mut buffers = vec![&run.sizes, &run.quants, &run.scales, input, output];
            buffers.extend(gain.into_iter().flat_map(|gain| [gain, &self.buffers.call]));
            let grid = matvec_grid(run.rows as u32, team);
            self.pipelines
                .dispatch(Kernel::Matvec.name(), text, &buffers, grid)
        };
        matrix.runs.iter().map(step).collect()
    }

    fn matmul(
        &mut self,
        matrix: &Matrix,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        write: Write,
    ) -> Vec<Dispatch> {
        let half = self.tuning.half_tiles;
        let step = |run: &Run| {
            let text = source::matmul(run.packing, half, write);
            let call = &self.buffers.call;
            let buffers = [&run.sizes, &run.quants, &run.scales, input, output, call];
            let tiles = (run.rows as u32).div_ceil(64);
            let grid = [Extent::Fixed(tiles), Extent::Tokens(32), Extent::Fixed(1)];
            self.pipelines
                .dispatch(Kernel::Matmul.name(), text, &buffers, grid)
        };
        matrix.runs.iter().map(step).collect()
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
        let text = source::plain(kernel, constants, self.shape.interleaved);
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

/// Workgroups for `rows` rows, in two dimensions where one would be too long.
pub(crate) fn matvec_grid(rows: u32, team: Team) -> [Extent; 3] {
    const LONGEST: u32 = 32_768;
    let workgroups = rows.div_ceil(team.teams * team.rows);
    let x = workgroups.min(LONGEST);
    [
        Extent::Fixed(x),
        Extent::Fixed(workgroups.div_ceil(x)),
        Extent::Fixed(1),
    ]
}
