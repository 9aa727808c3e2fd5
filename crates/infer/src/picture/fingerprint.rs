//! What is kept of a frame to tell whether the next one shows anything new.

/// Side of a tile in pixels; the last column and row of tiles may be smaller.
pub const TILE: u32 = 32;
/// Columns and rows of the grid behind the difference hash.
pub(super) const CELLS: (u32, u32) = (9, 8);

/// A frame in a few kilobytes: 64 bits for "is this nearly the same picture?", and two numbers per tile for "where did it change?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Difference hash: a bit for each pair of horizontal neighbours in a 9 x 8 grid of mean luma, set when the right one is brighter by
    /// more than one level. Compare with [`hamming`]; up to about 4 bits is the same scene.
    pub hash: u64,
    /// Tiles, row by row.
    pub tiles: Vec<Tile>,
    /// Tiles from left to right.
    pub columns: u32,
    /// Tiles from top to bottom.
    pub rows: u32,
}

/// What is kept of 32 x 32 pixels. A sum alone would miss text whose letters only change places, so the pixels are also summed with a
/// weight that differs between neighbours and over any short distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Tile {
    /// Sum of luma, 0..=255 per pixel.
    pub sum: u32,
    /// Sum of luma times `1 + (7 i + 13 j) mod 31`, `i` and `j` the column and row inside the tile.
    pub weave: u32,
}

/// How many bits of two hashes differ, 0..=64.
pub fn hamming(a: u64, b: u64) -> u32 {
    (a ^ b).count_ones()
}

/// Column and row of each tile of `after` that differs from `before`, row by row; all of them when the frames differ in size.
pub fn changed_tiles(before: &Fingerprint, after: &Fingerprint) -> Vec<(u32, u32)> {
    let same_grid = (before.columns, before.rows) == (after.columns, after.rows);
    let changed = |index: &usize| {
        !same_grid || super::cpu::changed(before.tiles[*index], after.tiles[*index])
    };
    (0..after.tiles.len())
        .filter(changed)
        .map(|index| after.position(index))
        .collect()
}

impl Fingerprint {
    /// Column and row of the tile at `index`.
    pub fn position(&self, index: usize) -> (u32, u32) {
        (index as u32 % self.columns, index as u32 / self.columns)
    }

    /// The 64 bits out of the means of the 9 x 8 cells, row by row.
    pub(super) fn hash_of(cells: &[u32]) -> u64 {
        let pairs = cells
            .chunks_exact(CELLS.0 as usize)
            .flat_map(|row| row.windows(2));
        pairs.enumerate().fold(0, |hash, (bit, pair)| {
            hash | (u64::from(pair[1] > pair[0] + 1) << bit)
        })
    }
}
