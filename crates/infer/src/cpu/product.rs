//! Products of matrices and rows of inputs, with the instructions the processor has.

use super::activations::{Activations, TILE};
use super::format::{BLOCK, Format, PANEL, Panel};
use super::matrix::Matrix;
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::pool::Pool;
use super::portable;
use super::processor::Instructions;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

#[cfg(test)]
mod tests;

/// Parts of a product for each thread: enough that a thread that is held up does not hold up the others.
const PARTS_PER_THREAD: usize = 4;
/// Panels in a part at most, so that a tile of inputs stays in the cache for all of them.
const PANELS_IN_PART: usize = 16;

/// Rows of inputs, as floats and rounded.
pub struct Inputs<'a> {
    rows: &'a [f32],
    columns: usize,
    rounded: &'a Activations,
}

/// What is done with a result.
#[derive(Clone, Copy)]
pub enum Then<'a> {
    /// It is stored.
    Store,
    /// The bias of its row is added to it.
    Bias(&'a [f32]),
    /// It is added to what is there.
    Add,
}

/// One of several products with the same inputs.
pub struct Product<'a> {
    /// The weights, `[outputs, columns]`.
    pub matrix: &'a Matrix,
    /// What is done with the results.
    pub then: Then<'a>,
    /// `[rows, outputs]`.
    pub into: &'a mut [f32],
}

/// The results of one panel for the rows of a tile.
pub type PanelResults = [[f32; PANEL]; TILE];

/// A matrix and what is added to its products.
pub struct Affine {
    /// `[outputs, inputs]`.
    pub weight: Matrix,
    /// `[outputs]`.
    pub bias: Option<Vec<f32>>,
}

impl Affine {
    /// Its product with rows of inputs, `[rows, outputs]`.
    pub fn product<'a>(&'a self, into: &'a mut [f32]) -> Product<'a> {
        Product {
            matrix: &self.weight,
            then: self.bias.as_deref().map_or(Then::Store, Then::Bias),
            into,
        }
    }
}

impl<'a> Inputs<'a> {
    /// Rounds rows of `columns` values, using the memory of `rounded`.
    pub fn new(
        pool: &Pool,
        with: Instructions,
        rows: &'a [f32],
        columns: usize,
        rounded: &'a mut Activations,
    ) -> Inputs<'a> {
        if columns.is_multiple_of(BLOCK) {
            rounded.fill(pool, with, rows, columns);
        }
        Inputs {
            rows,
            columns,
            rounded,
        }
    }

    /// How many rows.
    pub fn count(&self) -> usize {
        self.rows.len() / self.columns
    }

    fn tiles(&self) -> usize {
        self.count().div_ceil(TILE)
    }

    /// How many rows a tile has.
    fn rows_of_tile(&self, tile: usize) -> usize {
        (self.count() - tile * TILE).min(TILE)
    }
}

/// A place that several threads write to, each its own columns.
#[derive(Clone, Copy)]
struct Shared {
    start: *mut f32,
    /// Floats from one row to the next.
    stride: usize,
    len: usize,
}

// SAFETY: whoever writes takes care that no two threads write the same columns; see `Shared::columns`.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

impl Shared {
    fn new(into: &mut [f32], stride: usize) -> Shared {
        Shared {
            start: into.as_mut_ptr(),
            stride,
            len: into.len(),
        }
    }

    /// Some columns of a row.
    ///
    /// # Safety
    /// Nobody else may have these columns of this row at the same time.
    #[allow(clippy::mut_from_ref)]
    unsafe fn columns(&self, row: usize, first: usize, count: usize) -> &mut [f32] {
        let start = row * self.stride + first;
        assert!(first + count <= self.stride && start + count <= self.len);
        // SAFETY: it lies inside the slice this was made from, and it is the caller's alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), count) }
    }
}

/// Computes all of `products` with the same `inputs`.
pub fn multiply(pool: &Pool, with: Instructions, inputs: &Inputs<'_>, products: &mut [Product]) {
    let places: Vec<(&Matrix, Then, Shared)> = products
        .iter_mut()
        .map(|product| {
            let outputs = product.matrix.rows();
            assert_eq!(product.into.len(), inputs.count() * outputs);
            (
                product.matrix,
                product.then,
                Shared::new(product.into, outputs),
            )
        })
        .collect();
    let total = places.iter().map(|(matrix, ..)| matrix.panels()).sum();
    let size = part_size(pool, total);
    // A part is a run of panels of one of the products.
    let parts: Vec<(usize, usize)> = places
        .iter()
        .enumerate()
        .flat_map(|(at, (matrix, ..))| {
            (0..matrix.panels())
                .step_by(size)
                .map(move |first| (at, first))
        })
        .collect();
    pool.run(parts.len(), &|part| {
        let (product, first) = parts[part];
        let (matrix, then, place) = places[product];
        let panels = first..matrix.panels().min(first + size);
        for_each_panel(with, inputs, panels, &[matrix], |panel, tile, results| {
            let outputs = (matrix.rows() - panel * PANEL).min(PANEL);
            for (row, results) in results[0][..inputs.rows_of_tile(tile)].iter().enumerate() {
                // SAFETY: a panel is in one part, and its columns are in no other panel.
                let into = unsafe { place.columns(tile * TILE + row, panel * PANEL, outputs) };
                finish(then, panel * PANEL, results, into);
            }
        });
    });
}

fn finish(then: Then, first: usize, results: &[f32; PANEL], into: &mut [f32]) {
    match then {
        Then::Store => into.copy_from_slice(&results[..into.len()]),
        Then::Bias(bias) => {
            let sums = results.iter().zip(&bias[first..]);
            into.iter_mut()
                .zip(sums)
                .for_each(|(into, (result, bias))| *into = result + bias);
        }
        Then::Add => into
            .iter_mut()
            .zip(results)
            .for_each(|(into, result)| *into += result),
    }
}

/// Computes `combine(a · row, b · row)` for two matrices of the same size, as a gated feed-forward layer needs it, into
/// `[rows, outputs]`.
pub fn multiply_pair(
    pool: &Pool,
    with: Instructions,
    inputs: &Inputs<'_>,
    matrices: [&Matrix; 2],
    combine: impl Fn(&[f32; PANEL], &[f32; PANEL]) -> [f32; PANEL] + Sync,
    into: &mut [f32],
) {
    let outputs = matrices[0].rows();
    assert_eq!(into.len(), inputs.count() * outputs);
    let place = Shared::new(into, outputs);
    let total = matrices[0].panels();
    let size = part_size(pool, total);
    pool.run(total.div_ceil(size), &|part| {
        let panels = part * size..total.min((part + 1) * size);
        for_each_panel(with, inputs, panels, &matrices, |panel, tile, results| {
            let columns = (outputs - panel * PANEL).min(PANEL);
            let pairs = results[0].iter().zip(&results[1]);
            for (row, (a, b)) in pairs.take(inputs.rows_of_tile(tile)).enumerate() {
                let combined = combine(a, b);
                // SAFETY: a panel is in one part, and its columns are in no other panel.
                let into = unsafe { place.columns(tile * TILE + row, panel * PANEL, columns) };
                into.copy_from_slice(&combined[..columns]);
            }
        });
    });
}

fn part_size(pool: &Pool, panels: usize) -> usize {
    panels
        .div_ceil(pool.threads() * PARTS_PER_THREAD)
        .clamp(1, PANELS_IN_PART)
}

/// Calls `done(panel, tile, results)` for all panels and tiles, with the results of each of the matrices.
fn for_each_panel<const N: usize>(
    with: Instructions,
    inputs: &Inputs<'_>,
    panels: std::ops::Range<usize>,
    matrices: &[&Matrix; N],
    mut done: impl FnMut(usize, usize, &[PanelResults; N]),
) {
    let mut results = [[[0.0; PANEL]; TILE]; N];
    for tile in 0..inputs.tiles() {
        for panel in panels.clone() {
            for (matrix, results) in matrices.iter().zip(&mut results) {
                multiply_panel(with, matrix, panel, inputs, tile, results);
            }
            done(panel, tile, &results);
        }
    }
}

/// One panel times one tile.
pub fn multiply_panel(
    with: Instructions,
    matrix: &Matrix,
    panel: usize,
    inputs: &Inputs<'_>,
    tile: usize,
    results: &mut PanelResults,
) {
    let (format, panel) = (matrix.format(), matrix.panel(panel));
    debug_assert_eq!(inputs.columns, matrix.columns());
    if !format.is_quantised() {
        let rows = inputs.rows_of_tile(tile);
        let values = &inputs.rows[tile * TILE * inputs.columns..][..rows * inputs.columns];
        return multiply_floats(with, format, panel, values, inputs.columns, rows, results);
    }
    let (blocks, rows) = (inputs.rounded.of_tile(tile), inputs.rounded.tile());
    match with {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has these instructions.
        Instructions::Avx512 => unsafe {
            by_format!(format, F => by_rows!(rows, T => avx512::quantised::<F, T>(panel, blocks, results)))
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has these instructions.
        Instructions::Avx2 => unsafe {
            by_format!(format, F => avx2::quantised::<F>(panel, blocks, rows, results))
        },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the processor has these instructions.
        Instructions::NeonDot => unsafe {
            by_format!(format, F => neon::quantised_dot::<F>(panel, blocks, rows, results))
        },
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon => {
            by_format!(format, F => neon::quantised::<F>(panel, blocks, rows, results))
        }
        Instructions::Portable => portable::quantised(format, panel, blocks, rows, results),
    }
}

fn multiply_floats(
    with: Instructions,
    format: Format,
    panel: Panel,
    values: &[f32],
    columns: usize,
    rows: usize,
    results: &mut PanelResults,
) {
    match with {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has these instructions.
        Instructions::Avx512 => unsafe {
            float_format!(format, F => avx512::floats::<F>(panel, values, columns, &mut results[..rows]))
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has these instructions.
        Instructions::Avx2 => unsafe {
            float_format!(format, F => avx2::floats::<F>(panel, values, columns, rows, results))
        },
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon | Instructions::NeonDot => {
            float_format!(format, F => neon::floats::<F>(panel, values, columns, rows, results))
        }
        Instructions::Portable => portable::floats(format, panel, values, columns, rows, results),
    }
}

/// Calls with the number of the format, one of those named, as a constant.
macro_rules! constant_format {
    ($format:expr, [$($name:ident)+], $F:ident => $call:expr) => {
        match $format {
            $(Format::$name => {
                const $F: usize = Format::$name as usize;
                $call
            })+
            other => unreachable!("{other:?} has products of another kind"),
        }
    };
}

/// The formats of codes.
macro_rules! by_format {
    ($format:expr, $F:ident => $call:expr) => {
        constant_format!($format, [Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q4K Q5K Q6K], $F => $call)
    };
}

/// The formats of floats.
macro_rules! float_format {
    ($format:expr, $F:ident => $call:expr) => {
        constant_format!($format, [F16 F32], $F => $call)
    };
}

/// Calls with the rows of a tile as a constant.
macro_rules! by_rows {
    ($rows:expr, $T:ident => $call:expr) => {
        match $rows {
            1 => {
                const $T: usize = 1;
                $call
            }
            2 => {
                const $T: usize = 2;
                $call
            }
            4 => {
                const $T: usize = 4;
                $call
            }
            8 => {
                const $T: usize = 8;
                $call
            }
            _ => {
                const $T: usize = TILE;
                $call
            }
        }
    };
}
use {by_format, by_rows, constant_format, float_format};
