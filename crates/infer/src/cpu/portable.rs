//! Products in plain Rust: what runs where there is nothing better, and what the other products are compared with.

use half::f16;

use super::activations::Quantised;
use super::format::{BLOCK, Format, PANEL};

/// Multiplies a panel of quantised weights by a tile of `rows` rows, `blocks` being `[block][rows]`, into `[rows][16]`.
pub fn quantised(
    format: Format,
    panel: &[u8],
    blocks: &[Quantised],
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    into[..rows].fill([0.0; PANEL]);
    let per_unit = format.unit_columns() / BLOCK;
    let units = panel.chunks_exact(format.unit_bytes());
    for (unit, blocks) in units.zip(blocks.chunks_exact(per_unit * rows)) {
        let (head, records) = unit.split_at(format.head_bytes());
        let records = records.chunks_exact(format.block_bytes());
        for (record, tile) in records.zip(blocks.chunks_exact(rows)) {
            let (scales, values) = record.split_at(format.scale_bytes());
            let (scales, codes) = (
                block_scales(format, head, scales),
                codes(format.bits(), values),
            );
            for (into, block) in into.iter_mut().zip(tile) {
                add_block(format, &scales, &codes, block, into);
            }
        }
    }
}

/// Multiplies a panel of floats, `[column][16]`, by `count` rows of `columns` values that lie one after the other.
pub fn floats(
    format: Format,
    panel: &[u8],
    rows: &[f32],
    columns: usize,
    count: usize,
    into: &mut [[f32; PANEL]],
) {
    into[..count].fill([0.0; PANEL]);
    for (column, weights) in panel.chunks_exact(format.unit_bytes()).enumerate() {
        let weight = |lane: usize| match format {
            Format::F16 => half(weights, lane),
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

fn block_scales(format: Format, head: &[u8], scales: &[u8]) -> Scales {
    std::array::from_fn(|lane| match format {
        Format::Q4K | Format::Q5K => {
            let scale = half(head, lane) * f32::from(scales[lane]);
            let offset = half(head, PANEL + lane) * f32::from(scales[PANEL + lane]);
            [scale, scale, -offset]
        }
        Format::Q6K => {
            let scale = |at: usize| half(head, lane) * f32::from(scales[at] as i8);
            [scale(lane), scale(PANEL + lane), 0.0]
        }
        Format::Q4_1 | Format::Q5_1 => {
            let scale = half(scales, lane);
            [scale, scale, half(scales, PANEL + lane)]
        }
        _ => {
            let scale = half(scales, lane);
            [scale, scale, 0.0]
        }
    })
}

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

fn half(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]).to_f32()
}
