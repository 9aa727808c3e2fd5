//! Keys and values in half precision, in pages.
//!
//! A page holds [`PAGE`] positions of all layers. For each layer and key head it has the keys, `[head_width][PAGE]`, and the
//! values, `[PAGE][head_width]`: in this order neither scores nor mixtures need a sum across a vector.

use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::pages::{Copy, PAGE, Page};
use crate::shape::Shape;

/// The memory of all pages in use.
pub struct Memory {
    pages: Vec<Box<[f16]>>,
    layers: usize,
    heads: usize,
    head_width: usize,
}

impl Memory {
    /// Memory for a model of this shape; it grows page by page.
    pub fn new(shape: &Shape) -> Memory {
        Memory {
            pages: Vec::new(),
            layers: shape.layers,
            heads: shape.key_heads,
            head_width: shape.head_width,
        }
    }

    /// Makes sure that there are `count` pages.
    pub fn grow(&mut self, count: usize) {
        let size = self.page_size();
        while self.pages.len() < count {
            self.pages.push(vec![f16::ZERO; size].into_boxed_slice());
        }
    }

    /// Makes a copy of positions of a page.
    pub fn copy(&mut self, copy: Copy) {
        let from = std::mem::take(&mut self.pages[copy.from as usize]);
        self.pages[copy.to as usize].copy_from_slice(&from);
        self.pages[copy.from as usize] = from;
    }

    /// The keys of a head, `[head_width][PAGE]`.
    pub fn keys(&self, page: Page, layer: usize, head: usize) -> &[f16] {
        let start = self.start(layer, head);
        &self.pages[page as usize][start..start + self.half_size()]
    }

    /// The values of a head, `[PAGE][head_width]`.
    pub fn values(&self, page: Page, layer: usize, head: usize) -> &[f16] {
        let start = self.start(layer, head) + self.half_size();
        &self.pages[page as usize][start..start + self.half_size()]
    }

    /// Writes the keys and values of one position, `[heads * head_width]` each.
    pub fn write(&mut self, page: Page, slot: usize, layer: usize, keys: &[f32], values: &[f32]) {
        let width = self.head_width;
        for head in 0..self.heads {
            let (start, half) = (self.start(layer, head), self.half_size());
            let both = &mut self.pages[page as usize][start..start + 2 * half];
            let (of_keys, of_values) = both.split_at_mut(half);
            let column = of_keys[slot..].iter_mut().step_by(PAGE);
            for (into, key) in column.zip(&keys[head * width..][..width]) {
                *into = f16::from_f32(*key);
            }
            of_values[slot * width..][..width]
                .convert_from_f32_slice(&values[head * width..][..width]);
        }
    }

    /// Calls `turn` with each key of a page, `[head_width]`, to change it.
    pub fn change_keys(&mut self, page: Page, turn: impl Fn(&mut [f32])) {
        let mut key = vec![0.0; self.head_width];
        for (layer, head) in
            (0..self.layers).flat_map(|layer| (0..self.heads).map(move |head| (layer, head)))
        {
            let (start, half) = (self.start(layer, head), self.half_size());
            let keys = &mut self.pages[page as usize][start..start + half];
            for slot in 0..PAGE {
                let column = keys[slot..].iter().step_by(PAGE);
                key.iter_mut()
                    .zip(column)
                    .for_each(|(into, value)| *into = value.to_f32());
                turn(&mut key);
                let column = keys[slot..].iter_mut().step_by(PAGE);
                column
                    .zip(&key)
                    .for_each(|(into, value)| *into = f16::from_f32(*value));
            }
        }
    }

    /// All of a page.
    pub fn page(&self, page: Page) -> &[f16] {
        &self.pages[page as usize]
    }

    /// All of a page, to write.
    pub fn page_mut(&mut self, page: Page) -> &mut [f16] {
        &mut self.pages[page as usize]
    }

    /// Numbers in a page.
    pub fn page_size(&self) -> usize {
        self.layers * self.heads * 2 * self.half_size()
    }

    fn half_size(&self) -> usize {
        self.head_width * PAGE
    }

    fn start(&self, layer: usize, head: usize) -> usize {
        (layer * self.heads + head) * 2 * self.half_size()
    }
}
