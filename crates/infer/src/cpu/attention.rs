//! Attention of several query heads to the pages of one key head, with a running softmax: no score is kept.

use half::slice::HalfFloatSliceExt;

use super::float::{LANES, exp, largest, multiply_add, sum};
use super::memory::Memory;
use super::pool::Pool;
use super::processor::{Instructions, compiled_for};
use crate::pages::{PAGE, Page};
use crate::shape::Shape;

/// Positions whose queries are worked on together: they share the reading of keys and values.
const QUERIES: usize = 16;
/// Pages that one part of the work goes through when a single position looks back at many.
const PAGES_IN_PART: usize = 8;

/// One text's rows in a batch: positions `start..start + count`, whose state is in the pages of `table`.
pub struct Run<'a> {
    /// The pages of the text.
    pub table: &'a [Page],
    /// Position of the first row.
    pub start: usize,
    /// How many rows.
    pub count: usize,
}

/// What is attended to: one layer of all pages.
pub struct Attention<'a> {
    /// Where to compute.
    pub pool: &'a Pool,
    /// With which instructions.
    pub with: Instructions,
    /// The sizes of the model.
    pub shape: &'a Shape,
    /// Keys and values.
    pub memory: &'a Memory,
    /// Which layer of them.
    pub layer: usize,
}

/// A mixture of values that is not complete: what was mixed, weighted by `e^(score - largest)`, and the sum of the weights.
#[derive(Clone)]
pub struct Mixture {
    largest: f32,
    total: f32,
    mixed: Vec<f32>,
}

/// A part of the work: rows of queries, a key head, and the pages looked at.
struct Part {
    rows: std::ops::Range<usize>,
    key_head: usize,
    pages: std::ops::Range<usize>,
}

impl Attention<'_> {
    /// For each row of queries, `[count, heads * head_width]`, the mixture of values up to its own position.
    pub fn attend(&self, run: &Run, queries: &[f32], into: &mut [f32]) {
        let parts = self.parts(run);
        let mut results: Vec<Vec<Mixture>> = vec![Vec::new(); parts.len()];
        self.pool.chunks(&mut results, 1, &|at, result| {
            result[0] = self.part(run, &parts[at], queries);
        });
        let pages_split = parts
            .iter()
            .filter(|part| part.rows.start == 0 && part.key_head == 0)
            .count();
        // Parts that differ only in their pages follow each other.
        for (parts, results) in parts
            .chunks(pages_split)
            .zip(results.chunks_mut(pages_split))
        {
            let (first, others) = results.split_at_mut(1);
            for other in others {
                for (mixture, other) in first[0].iter_mut().zip(other.iter()) {
                    mixture.join(other);
                }
            }
            self.store(&parts[0], &first[0], into);
        }
    }

    fn parts(&self, run: &Run) -> Vec<Part> {
        let pages = (run.start + run.count).div_ceil(PAGE);
        // Many rows are enough parts; few rows are split along the context.
        let pages_in_part = if run.count >= QUERIES {
            pages
        } else {
            PAGES_IN_PART
        };
        let mut parts = Vec::new();
        for first in (0..run.count).step_by(QUERIES) {
            for key_head in 0..self.shape.key_heads {
                for page in (0..pages).step_by(pages_in_part) {
                    parts.push(Part {
                        rows: first..run.count.min(first + QUERIES),
                        key_head,
                        pages: page..pages.min(page + pages_in_part),
                    });
                }
            }
        }
        parts
    }

    /// The mixtures of a part, `[row][head of the group]`.
    fn part(&self, run: &Run, part: &Part, queries: &[f32]) -> Vec<Mixture> {
        let width = self.shape.head_width;
        let group = self.shape.heads / self.shape.key_heads;
        let mut mixtures = vec![Mixture::empty(width); part.rows.len() * group];
        let (mut keys, mut values) = (vec![0.0; width * PAGE], vec![0.0; width * PAGE]);
        for page in part.pages.clone() {
            let last = run.start + part.rows.end;
            if page * PAGE >= last {
                break;
            }
            let at = run.table[page];
            let memory = self.memory;
            memory
                .keys(at, self.layer, part.key_head)
                .convert_to_f32_slice(&mut keys);
            memory
                .values(at, self.layer, part.key_head)
                .convert_to_f32_slice(&mut values);
            for (at, mixture) in mixtures.iter_mut().enumerate() {
                let (row, head) = (
                    part.rows.start + at / group,
                    part.key_head * group + at % group,
                );
                let seen = (run.start + row + 1).saturating_sub(page * PAGE).min(PAGE);
                let query = &queries[row * self.shape.query_width() + head * width..][..width];
                add_page(self.with, query, &keys, &values, seen, mixture);
            }
        }
        mixtures
    }

    fn store(&self, part: &Part, mixtures: &[Mixture], into: &mut [f32]) {
        let width = self.shape.head_width;
        let group = self.shape.heads / self.shape.key_heads;
        for (at, mixture) in mixtures.iter().enumerate() {
            let (row, head) = (
                part.rows.start + at / group,
                part.key_head * group + at % group,
            );
            mixture.store(&mut into[row * self.shape.query_width() + head * width..][..width]);
        }
    }
}

impl Mixture {
    /// Nothing yet, of values of `width` numbers.
    pub fn empty(width: usize) -> Mixture {
        Mixture {
            largest: f32::NEG_INFINITY,
            total: 0.0,
            mixed: vec![0.0; width],
        }
    }

    /// The mixture, with weights that sum to one.
    pub fn store(&self, into: &mut [f32]) {
        for (into, mixed) in into.iter_mut().zip(&self.mixed) {
            *into = mixed / self.total;
        }
    }

    /// Takes in what another part of the same context gave.
    fn join(&mut self, other: &Mixture) {
        if other.total == 0.0 {
            return;
        }
        let largest = self.largest.max(other.largest);
        let (ours, theirs) = (
            (self.largest - largest).exp(),
            (other.largest - largest).exp(),
        );
        for (mixed, other) in self.mixed.iter_mut().zip(&other.mixed) {
            *mixed = *mixed * ours + other * theirs;
        }
        self.total = self.total * ours + other.total * theirs;
        self.largest = largest;
    }
}

/// Adds the first `seen` positions of a page to a mixture. `keys` are `[head_width][PAGE]`, `values` `[PAGE][head_width]`.
pub fn add_page(
    with: Instructions,
    query: &[f32],
    keys: &[f32],
    values: &[f32],
    seen: usize,
    mixture: &mut Mixture,
) {
    #[inline(always)]
    fn add<const FUSED: bool>(
        query: &[f32],
        keys: &[f32],
        values: &[f32],
        seen: usize,
        mixture: &mut Mixture,
    ) {
        if seen == 0 {
            return;
        }
        let mut scores = [f32::NEG_INFINITY; PAGE];
        match seen.div_ceil(LANES) {
            1 => score::<FUSED, 1>(query, keys, &mut scores),
            2 => score::<FUSED, 2>(query, keys, &mut scores),
            _ => score::<FUSED, { PAGE / LANES }>(query, keys, &mut scores),
        }
        scores[seen..].fill(f32::NEG_INFINITY);
        let here = largest(&scores, f32::NEG_INFINITY);
        if here > mixture.largest {
            let factor = exp::<FUSED>(mixture.largest - here);
            for mixed in &mut mixture.mixed {
                *mixed *= factor;
            }
            mixture.total *= factor;
            mixture.largest = here;
        }
        for score in &mut scores {
            *score = exp::<FUSED>(*score - mixture.largest);
        }
        mixture.total += sum(&scores);
        mix::<FUSED>(&scores[..seen], values, &mut mixture.mixed);
    }
    compiled_for!(with, add(query: &[f32], keys: &[f32], values: &[f32], seen: usize, mixture: &mut Mixture))
}

/// The scores of the first `GROUPS` times 16 positions of a page.
#[inline(always)]
fn score<const FUSED: bool, const GROUPS: usize>(
    query: &[f32],
    keys: &[f32],
    scores: &mut [f32; PAGE],
) {
    let scale = 1.0 / (query.len() as f32).sqrt();
    let mut sums = [[0.0f32; LANES]; GROUPS];
    for (query, keys) in query.iter().zip(keys.as_chunks::<PAGE>().0) {
        let query = query * scale;
        for (sums, keys) in sums.iter_mut().zip(keys.as_chunks::<LANES>().0) {
            for (sum, key) in sums.iter_mut().zip(keys) {
                *sum = multiply_add::<FUSED>(query, *key, *sum);
            }
        }
    }
    scores[..GROUPS * LANES].copy_from_slice(sums.as_flattened());
}

/// Adds `weights[i] * values[i]` to `mixed`, 64 or 32 of its numbers at a time so that they stay in registers.
#[inline(always)]
fn mix<const FUSED: bool>(weights: &[f32], values: &[f32], mixed: &mut [f32]) {
    let width = mixed.len();
    let mut from = 0;
    while from + 64 <= width {
        mix_columns::<FUSED, 64>(weights, values, width, from, mixed);
        from += 64;
    }
    if from + 32 <= width {
        mix_columns::<FUSED, 32>(weights, values, width, from, mixed);
        from += 32;
    }
    for (weight, values) in weights.iter().zip(values.chunks_exact(width)) {
        for (sum, value) in mixed[from..].iter_mut().zip(&values[from..]) {
            *sum = multiply_add::<FUSED>(*weight, *value, *sum);
        }
    }
}

/// The same for `COUNT` numbers from the `from`th on.
#[inline(always)]
fn mix_columns<const FUSED: bool, const COUNT: usize>(
    weights: &[f32],
    values: &[f32],
    width: usize,
    from: usize,
    mixed: &mut [f32],
) {
    let mut sums = [0.0; COUNT];
    for (weight, values) in weights.iter().zip(values.chunks_exact(width)) {
        for (sum, value) in sums.iter_mut().zip(&values[from..from + COUNT]) {
            *sum = multiply_add::<FUSED>(*weight, *value, *sum);
        }
    }
    for (mixed, sum) in mixed[from..].iter_mut().zip(&sums) {
        *mixed += sum;
    }
}
