//! Fingerprints in plain Rust: what the kernels in `shaders/` must compute, and what machines without a graphics adapter run.
//!
//! Nothing is added up along a row, which vectors are bad at: rows are added to each other, column by column, and only every
//! [`STRIP`] rows the columns are added to the tiles and cells they lie in. So one pass over the pixels is enough, and the
//! loops, compiled for the vectors that the processor has, take hardly longer than reading the pixels.

use super::fingerprint::{CELLS, Fingerprint, TILE, Tile};
use super::{Image, Rect};
use crate::cpu::processor::{Instructions, compiled_for};

/// Tiles that differ by no more are the same: dithering and video noise of a level or two stay below, a full stop that became a comma
/// does not.
const NOISE: Tile = Tile {
    sum: 64,
    weave: 1024,
};

/// Side of a tile as an index.
const SIDE: usize = TILE as usize;

/// Rows added to each other at most: 8 times the largest luma times the largest weight, 255 * 31, still fits 16 bits. Tiles are whole
/// numbers of strips high.
const STRIP: u32 = 8;

/// The weight of each pixel of a tile in [`Tile::weave`], `[row][column]`.
static WEIGHTS: [[u16; SIDE]; SIDE] = weights();

/// `luma_tiles.wgsl` and `dhash_cells.wgsl`: one pass over the picture, with the best instructions there are.
pub fn fingerprint(image: &Image) -> Fingerprint {
    fingerprint_with(Instructions::best(), image)
}

pub(super) fn fingerprint_with(with: Instructions, image: &Image) -> Fingerprint {
    let (columns, rows) = (image.width().div_ceil(TILE), image.height().div_ceil(TILE));
    let mut tiles = vec![Tile::default(); (columns * rows) as usize];
    let mut cells = Cells::new(image);
    let mut strip = Strip::new(columns as usize);
    for y in 0..image.height() {
        let weights = &WEIGHTS[(y % TILE) as usize];
        strip.add(with, image.row(0, y, image.width()), weights);
        let next = y + 1;
        if next % STRIP == 0 || next == image.height() || cells.have_an_edge_above(next) {
            let band = (y / TILE * columns) as usize;
            strip.add_to_tiles(with, &mut tiles[band..][..columns as usize]);
            cells.add(with, y, &strip);
            strip.clear();
        }
    }
    Fingerprint {
        hash: Fingerprint::hash_of(&cells.means()),
        tiles,
        columns,
        rows,
    }
}

/// `tile_difference.wgsl`: whether a tile shows something else.
pub fn changed(before: Tile, after: Tile) -> bool {
    before.sum.abs_diff(after.sum) > NOISE.sum || before.weave.abs_diff(after.weave) > NOISE.weave
}

/// Up to [`STRIP`] rows added to each other: for each column of pixels what [`Tile`] keeps of a tile. The last columns of the last tile
/// are zero where the picture is narrower.
struct Strip {
    sums: Vec<[u16; SIDE]>,
    weaves: Vec<[u16; SIDE]>,
}

impl Strip {
    fn new(columns_of_tiles: usize) -> Strip {
        Strip {
            sums: vec![[0; SIDE]; columns_of_tiles],
            weaves: vec![[0; SIDE]; columns_of_tiles],
        }
    }

    fn clear(&mut self) {
        self.sums.fill([0; SIDE]);
        self.weaves.fill([0; SIDE]);
    }

    fn add(&mut self, with: Instructions, row: &[u8], weights: &[u16; SIDE]) {
        let strip = self;
        compiled_for!(with, add_row(strip: &mut Strip, row: &[u8], weights: &[u16; SIDE]));
    }

    fn add_to_tiles(&self, with: Instructions, tiles: &mut [Tile]) {
        let strip = self;
        compiled_for!(with, add_to_each(strip: &Strip, tiles: &mut [Tile]));
    }
}

// The sums below fit (see `STRIP`); they wrap because a check for each of them would keep the compiler from making vectors.

#[inline(always)]
fn add_row<const FUSED: bool>(strip: &mut Strip, row: &[u8], weights: &[u16; SIDE]) {
    let (whole, rest) = row.as_chunks::<{ 4 * SIDE }>();
    let mut tiles = strip.sums.iter_mut().zip(&mut strip.weaves);
    for (pixels, (sums, weaves)) in whole.iter().zip(&mut tiles) {
        let (pixels, _) = pixels.as_chunks::<4>();
        for x in 0..SIDE {
            let luma = luma(pixels[x]);
            sums[x] = sums[x].wrapping_add(luma);
            weaves[x] = weaves[x].wrapping_add(luma.wrapping_mul(weights[x]));
        }
    }
    if let Some((sums, weaves)) = tiles.next() {
        for (x, pixel) in rest.as_chunks::<4>().0.iter().enumerate() {
            let luma = luma(*pixel);
            sums[x] += luma;
            weaves[x] += luma * weights[x];
        }
    }
}

#[inline(always)]
fn add_to_each<const FUSED: bool>(strip: &Strip, tiles: &mut [Tile]) {
    let columns = strip.sums.iter().zip(&strip.weaves);
    for (tile, (sums, weaves)) in tiles.iter_mut().zip(columns) {
        tile.sum += total::<FUSED>(sums);
        tile.weave += total::<FUSED>(weaves);
    }
}

#[inline(always)]
fn total<const FUSED: bool>(values: &[u16]) -> u32 {
    let mut total = 0u32;
    for value in values {
        total = total.wrapping_add(u32::from(*value));
    }
    total
}

/// `(77 red + 150 green + 29 blue + 128) >> 8`, rounded so that noise does not darken.
#[inline(always)]
fn luma(pixel: [u8; 4]) -> u16 {
    // A pixel as one number is read many at a time, four bytes would not be.
    let pixel = u32::from_le_bytes(pixel);
    let (red, green, blue) = (pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255);
    ((77 * red + 150 * green + 29 * blue + 128) >> 8) as u16
}

const fn weights() -> [[u16; SIDE]; SIDE] {
    let mut weights = [[0; SIDE]; SIDE];
    let mut at = 0;
    while at < SIDE * SIDE {
        let (i, j) = (at % SIDE, at / SIDE);
        weights[j][i] = 1 + ((7 * i + 13 * j) % 31) as u16;
        at += 1;
    }
    weights
}

/// The grid behind the hash: where its cells are and what they have summed so far.
struct Cells {
    places: Vec<Rect>,
    sums: Vec<u32>,
}

impl Cells {
    fn new(image: &Image) -> Self {
        let place = |index: u32| {
            let (x, w) = part(index % CELLS.0, CELLS.0, image.width());
            let (y, h) = part(index / CELLS.0, CELLS.1, image.height());
            Rect { x, y, w, h }
        };
        let places: Vec<Rect> = (0..CELLS.0 * CELLS.1).map(place).collect();
        Self {
            sums: vec![0; places.len()],
            places,
        }
    }

    /// Whether a row of cells begins or ends between the row of pixels at `y` and the one above.
    fn have_an_edge_above(&self, y: u32) -> bool {
        let edge = |place: &Rect| place.y == y || place.bottom() == y;
        self.places.iter().step_by(CELLS.0 as usize).any(edge)
    }

    /// Adds a strip that ends with the row `y`; all its rows are in the same cells.
    fn add(&mut self, with: Instructions, y: u32, strip: &Strip) {
        let columns = strip.sums.as_flattened();
        let holds = |place: &Rect| y >= place.y && y < place.bottom();
        for (sum_so_far, place) in self
            .sums
            .iter_mut()
            .zip(&self.places)
            .filter(|(_, place)| holds(place))
        {
            let columns = &columns[place.x as usize..place.right() as usize];
            *sum_so_far += compiled_for!(with, total(columns: &[u16]) -> u32);
        }
    }

    fn means(&self) -> Vec<u32> {
        self.sums
            .iter()
            .zip(&self.places)
            .map(|(sum, place)| sum / (place.w * place.h))
            .collect()
    }
}

/// Start and length of part `index` of `parts` of `length` pixels; at least one pixel even when there are fewer pixels than parts.
fn part(index: u32, parts: u32, length: u32) -> (u32, u32) {
    let cut = |index: u32| index * length / parts;
    let start = cut(index).min(length - 1);
    (start, cut(index + 1).max(start + 1) - start)
}
