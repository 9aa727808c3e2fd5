//! The inputs of products: rows of floats, and the same rounded to 8 bits for integer products.

use super::format::BLOCK;
use super::pool::Pool;
use super::processor::{Instructions, compiled_for};

/// Rows that are multiplied together: they share what is read of the weights.
pub const TILE: usize = 16;

/// Rows of inputs in 8 bits, in tiles: `[tile][block][row of the tile]`.
///
/// A value is `scale * q` with one scale for each 32 values of a row: the largest of them becomes 127.
#[derive(Default)]
pub struct Activations {
    blocks: Vec<Quantised>,
    rows: usize,
    /// Rows of a tile: a power of two up to [`TILE`].
    tile: usize,
    columns: usize,
}

/// 32 values of a row, and their sums.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Quantised {
    /// The rounded values.
    pub values: [i8; BLOCK],
    /// What a rounded value stands for.
    pub scale: f32,
    /// The sum of the first 16 rounded values.
    pub low: i32,
    /// The sum of the values, rounded: `scale * (low + high)`.
    pub sum: f32,
    /// The sum of the last 16.
    pub high: i32,
}

const ZERO: Quantised = Quantised {
    values: [0; BLOCK],
    scale: 0.0,
    sum: 0.0,
    low: 0,
    high: 0,
};

impl Activations {
    /// Rounds `rows`, each of `columns` values (a multiple of 32), reusing the memory of before.
    pub fn fill(&mut self, pool: &Pool, with: Instructions, rows: &[f32], columns: usize) {
        assert_eq!(columns % BLOCK, 0);
        self.rows = rows.len() / columns;
        self.columns = columns;
        self.tile = self.rows.next_power_of_two().min(TILE);
        let blocks = columns / BLOCK;
        let size = self.rows.next_multiple_of(self.tile) * blocks;
        self.blocks.resize(size, ZERO);
        let tile = self.tile;
        pool.chunks(&mut self.blocks, tile * blocks, &|at, into| {
            let rows = &rows[at * tile * columns..];
            for row in 0..tile {
                match rows.get(row * columns..(row + 1) * columns) {
                    Some(values) => fill_row(with, values, &mut into[row..], tile),
                    None => into[row..]
                        .iter_mut()
                        .step_by(tile)
                        .for_each(|block| *block = ZERO),
                }
            }
        });
    }

    /// How many rows.
    #[cfg(test)]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows in a tile.
    pub fn tile(&self) -> usize {
        self.tile
    }

    /// The blocks of a tile, `[block][row of the tile]`.
    pub fn of_tile(&self, tile: usize) -> &[Quantised] {
        let size = self.tile * (self.columns / BLOCK);
        &self.blocks[tile * size..][..size]
    }
}

/// Rounds one row into every `tile`th of the blocks.
fn fill_row(with: Instructions, values: &[f32], into: &mut [Quantised], tile: usize) {
    #[inline(always)]
    fn fill<const FUSED: bool>(values: &[f32], into: &mut [Quantised], tile: usize) {
        let (blocks, _) = values.as_chunks::<BLOCK>();
        for (at, values) in blocks.iter().enumerate() {
            round(values, &mut into[at * tile]);
        }
    }
    compiled_for!(with, fill(values: &[f32], into: &mut [Quantised], tile: usize))
}

#[inline(always)]
fn round(values: &[f32; BLOCK], into: &mut Quantised) {
    // 1.5 * 2^23: a number added to it is rounded to a whole one, which is then the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    // Sizes are ordered as their bits are, and a maximum of whole numbers becomes vectors.
    let mut largest = 0;
    for value in values {
        largest = largest.max(value.abs().to_bits());
    }
    let largest = f32::from_bits(largest);
    if largest == 0.0 || !largest.is_finite() {
        *into = ZERO;
        return;
    }
    let inverse = 127.0 / largest;
    // Each step is a loop of its own over whole arrays: together they would not become vectors.
    let mut wide = [0i32; BLOCK];
    for (wide, value) in wide.iter_mut().zip(values) {
        *wide = (value * inverse + ROUND).to_bits() as i32 - ROUND.to_bits() as i32;
    }
    for (into, wide) in into.values.iter_mut().zip(&wide) {
        *into = *wide as i8;
    }
    // Both halves at once, each in half as many lanes at every step.
    for lanes in [8, 4, 2, 1] {
        for lane in 0..lanes {
            wide[lane] += wide[lane + lanes];
            wide[BLOCK / 2 + lane] += wide[BLOCK / 2 + lane + lanes];
        }
    }
    [into.low, into.high] = [wide[0], wide[BLOCK / 2]];
    into.scale = largest / 127.0;
    into.sum = into.scale * (into.low + into.high) as f32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_moves_a_value_by_at_most_half_a_step() {
        let rows: Vec<f32> = (0..5 * 96)
            .map(|n| ((n * 37 % 101) as f32 - 50.0) / 7.0)
            .collect();
        let mut activations = Activations::default();
        let pool = Pool::new(std::num::NonZero::<usize>::MIN);
        activations.fill(&pool, Instructions::best(), &rows, 96);
        assert_eq!((activations.rows(), activations.tile()), (5, 8));
        for (at, row) in rows.chunks_exact(96).enumerate() {
            for (block, values) in row.chunks_exact(32).enumerate() {
                let found = activations.of_tile(0)[block * 8 + at];
                for (found_value, value) in found.values.iter().zip(values) {
                    let difference = (f32::from(*found_value) * found.scale - value).abs();
                    assert!(difference <= found.scale * 0.5001);
                }
                let sum: i32 = found.values.iter().map(|value| i32::from(*value)).sum();
                assert_eq!(found.low + found.high, sum);
            }
        }
    }

    #[test]
    fn blocks_of_zeros_and_of_infinities_are_zero() {
        for value in [0.0, f32::INFINITY, f32::NAN] {
            let mut block = Quantised { scale: 1.0, ..ZERO };
            round(&[value; 32], &mut block);
            assert_eq!((block.scale, block.values), (0.0, [0; 32]));
        }
    }
}
