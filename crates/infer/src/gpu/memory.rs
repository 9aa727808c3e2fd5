//! Keys and values in device memory, in pages.

use super::{Gpu, GpuError};
use crate::pages::{Copy, PAGE, Page};
use crate::shape::Shape;

/// Keys and values of each layer as f16, `[pages, 2, PAGE, key_width]`, and how many pages there is room for.
pub(crate) struct Memory {
    pub layers: Vec<wgpu::Buffer>,
    pages: usize,
    page_bytes: u64,
    /// A page that is on its way: a buffer cannot be copied to itself.
    spare: wgpu::Buffer,
}

impl Memory {
    /// Room for `pages` pages.
    pub fn new(gpu: &Gpu, shape: &Shape, pages: usize) -> Result<Memory, GpuError> {
        let page_bytes = shape.state_bytes(PAGE, 2) / shape.layers as u64;
        let layer = |_| gpu.storage("keys and values", page_bytes * pages as u64);
        Ok(Memory {
            layers: (0..shape.layers).map(layer).collect::<Result<_, _>>()?,
            pages,
            page_bytes,
            spare: gpu.storage("page", page_bytes)?,
        })
    }

    /// How many pages there is room for.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Bytes of a page in one layer.
    pub fn page_bytes(&self) -> u64 {
        self.page_bytes
    }

    /// Takes over all that is in `old`, which is smaller.
    pub fn take_over(&self, gpu: &Gpu, old: &Memory) {
        gpu.copy(|commands| {
            for (from, to) in old.layers.iter().zip(&self.layers) {
                commands.copy_buffer_to_buffer(from, 0, to, 0, from.size());
            }
        });
    }

    /// Copies pages, one after the other.
    pub fn copy(&self, gpu: &Gpu, copies: &[Copy]) {
        if copies.is_empty() {
            return;
        }
        gpu.copy(|commands| {
            for copy in copies {
                let (from, to) = (self.start(copy.from), self.start(copy.to));
                for layer in &self.layers {
                    commands.copy_buffer_to_buffer(layer, from, &self.spare, 0, self.page_bytes);
                    commands.copy_buffer_to_buffer(&self.spare, 0, layer, to, self.page_bytes);
                }
            }
        });
    }

    /// What the pages of a table hold, layer after layer, page after page.
    pub fn read(&self, gpu: &Gpu, table: &[Page]) -> Result<Vec<u8>, GpuError> {
        let bytes = self.page_bytes * table.len() as u64;
        let mut read = Vec::with_capacity(bytes as usize * self.layers.len());
        if table.is_empty() {
            return Ok(read);
        }
        let staging = gpu.readable(bytes);
        for layer in &self.layers {
            gpu.copy(|commands| {
                for (page, to) in table.iter().zip((0..).step_by(self.page_bytes as usize)) {
                    let from = self.start(*page);
                    commands.copy_buffer_to_buffer(layer, from, &staging, to, self.page_bytes);
                }
            });
            gpu.read_back(&staging, bytes, |page| read.extend_from_slice(page))?;
        }
        Ok(read)
    }

    /// Fills the pages of a table with what [`read`](Self::read) returned for a table as long.
    pub fn write(&self, gpu: &Gpu, table: &[Page], bytes: &[u8]) {
        let mut pages = bytes.chunks_exact(self.page_bytes as usize);
        for layer in &self.layers {
            for (page, bytes) in table.iter().zip(&mut pages) {
                gpu.write_at(layer, self.start(*page), bytes);
            }
            gpu.flush();
        }
    }

    fn start(&self, page: Page) -> u64 {
        u64::from(page) * self.page_bytes
    }
}
