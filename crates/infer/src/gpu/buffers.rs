//! What the kernels of a model leave for each other.

use super::packing::GROUP;
use super::plan::{CHUNK, PARTS, SCORED};
use super::{Gpu, GpuError};
use crate::shape::Shape;

/// Between the kernels. Rows are filled up with zeros to whole groups.
pub(crate) struct Buffers {
    pub call: wgpu::Buffer,
    /// `[CHUNK]` token, position, table, 0.
    pub places: wgpu::Buffer,
    pub tables: wgpu::Buffer,
    pub hidden: wgpu::Buffer,
    pub normed: wgpu::Buffer,
    pub norm: wgpu::Buffer,
    pub rows: wgpu::Buffer,
    pub parts: wgpu::Buffer,
    pub attended: wgpu::Buffer,
    pub inner: wgpu::Buffer,
    /// One row of any of them as codes, `[groups, 8]`, and their scales, `[groups, 4]`.
    pub codes: wgpu::Buffer,
    pub code_scales: wgpu::Buffer,
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
        let widest = shape.width.max(shape.query_width()).max(shape.inner_width);
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
            codes: words("codes", widest.div_ceil(GROUP) * 8)?,
            code_scales: words("scales of codes", widest.div_ceil(GROUP) * 4)?,
            logits: words("scores", SCORED * vocabulary)?,
            mask: words("mask", vocabulary.div_ceil(32))?,
            chosen: words("chosen", 1)?,
        })
    }
}
