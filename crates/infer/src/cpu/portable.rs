//! Products in plain Rust: what runs where there is nothing better, and what the other products are compared with.

use half::f16;

use super::activations::Quantised;
use super::format::{Format, PANEL, Panel};
use super::matrix::scales_of;

/// Multiplies a panel of quantised weights by a tile of `rows` rows, `blocks` being `[block][rows]`, into `[rows][16]`.
pub fn quantised(
    format: Format,
    panel: Panel,
    blocks: &[Quantised],
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    into[..rows].fill([0.0; PANEL]);
    let values = panel.values.chunks_exact(format.unit_value_bytes());
    let scales = panel.scales.chunks_exact(format.unit_scale_bytes());
    let tiles = blocks.chunks_exact(format.unit_blocks() * rows);
    for ((values, scales), tiles) in values.zip(scales).zip(tiles) {
        let (head, scales) = scales.split_at(format.head_bytes());
        let values = values.chunks_exact(format.value_bytes());
        let scales = scales.chunks_exact(format.scale_bytes());
        for ((values, scales), tile) in values.zip(scales).zip(tiles.chunks_exact(rows)) {
            let scales = std::array::from_fn(|lane| scales_of(format, head, scales, lane));
            let codes = codes(format.bits(), values);
            for (into, block) in into.iter_mut().zip(tile) {
                add_block(format, &scales, &codes, block, into);
            }
        }
    }
}

/// Multiplies a panel of floats, `[column][16]`, by `count` rows of `columns` values that lie one after the other.
pub fn floats(
    format: Format,
    panel: Panel,
    rows: &[f32],
    columns: usize,
    count: usize,
    into: &mut [[f32; PANEL]],
) {
    into[..count].fill([0.0; PANEL]);
    let columns_of = panel.values.chunks_exact(format.unit_value_bytes());
    for (column, weights) in columns_of.enumerate() {
        let weight = |lane: usize| match format {
            Format::F16 => f16::from_le_bytes([weights[2 * lane], weights[2 * lane + 1]]).to_f32(),
            _ => f32::from_le_bytes([0, 1, 2, 3].map(|at| weights[4 * lane + at])),
        };
        let weights: [f32; PANEL] = std::array::from_fn(weight);
        for (row, into) in into[..count].iter_mut().enumerate() {
            let value = rows[row * columns + column];
            for (sum, weight) in into.iter_mut().zip(&weights) {
                *sum += weight * value;
            }
        }
    }
}

/// For each row of the panel: scales of the two halves of the block, and the offset.
type Scales = [[f32; 3]; PANEL];

fn codes(bits: usize, values: &[u8]) -> [[u8; 64]; 8] {
    std::array::from_fn(|group| {
        let vector = |at: usize| &values[64 * at..][..64];
        std::array::from_fn(|byte| {
            let low = || vector(group % 4)[byte] >> (group / 4 * 4) & 15;
            match bits {
                8 => vector(group)[byte],
                5 => low() | (vector(4)[byte] >> group & 1) << 4,
                6 => low() | (vector(4 + group / 4)[byte] >> (2 * (group % 4)) & 3) << 4,
                _ => low(),
            }
        })
    })
}

fn add_block(
    format: Format,
    scales: &Scales,
    codes: &[[u8; 64]; 8],
    block: &Quantised,
    into: &mut [f32; PANEL],
) {
    for (lane, sum) in into.iter_mut().enumerate() {
        let products = |groups: std::ops::Range<usize>| -> i32 {
            let values = &block.values[4 * groups.start..4 * groups.end];
            let codes = codes[groups]
                .iter()
                .flat_map(|group| &group[4 * lane..4 * lane + 4]);
            codes
                .zip(values)
                .map(|(code, value)| i32::from(*code) * i32::from(*value))
                .sum()
        };
        let low = products(0..4) - format.zero() * block.low;
        let high = products(4..8) - format.zero() * block.high;
        let [first, last, offset] = scales[lane];
        *sum += block.scale * (first * low as f32 + last * high as f32) + offset * block.sum;
    }
}
