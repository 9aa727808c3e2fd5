//! A matrix repacked into panels, and its rows read back.

use half::f16;
use rayon::prelude::*;

use super::format::{BLOCK, Format, PANEL, Panel};
use super::weights::Bytes;

/// Bytes of the file repacked between two reports of what has been read.
const SLAB: usize = 8 << 20;

/// A matrix of weights, `[rows, columns]`, in panels (see [`super::format`]). Rows beyond the last are zero.
pub struct Matrix {
    format: Format,
    rows: usize,
    columns: usize,
    bytes: Bytes,
}

/// What a row holds in one unit: codes, and scales as they are in the file.
struct Unit {
    codes: [u8; 256],
    /// Per block: the two numbers that scale it, meaning depends on the format.
    scales: [[u8; 4]; 8],
    head: [u8; 4],
}

impl Matrix {
    /// Repacks `packed`, which holds `rows` rows of `columns` values one after the other as the file has them. `read`
    /// learns how many bytes of it have been read, so that memory of a mapped file can be given back on the way.
    ///
    /// # Panics
    /// When the sizes do not go together; the file's header is checked before.
    pub fn new(
        format: Format,
        rows: usize,
        columns: usize,
        packed: &[u8],
        read: impl Fn(std::ops::Range<usize>),
    ) -> Matrix {
        let units = columns / format.unit_columns();
        assert_eq!(columns % format.unit_columns(), 0);
        assert_eq!(packed.len(), rows * units * format.file_bytes());
        let from = units * format.file_bytes() * PANEL;
        let to = format.panel_bytes(units);
        let mut bytes = Bytes::zeroed(rows.div_ceil(PANEL) * to);
        let at_once = (SLAB / from).max(1);
        let slabs = packed
            .chunks(at_once * from)
            .zip(bytes.chunks_mut(at_once * to));
        for (at, (packed, bytes)) in slabs.enumerate() {
            let panels = packed.par_chunks(from).zip(bytes.par_chunks_mut(to));
            panels.for_each(|(packed, panel)| fill_panel(format, units, packed, panel));
            let start = at * at_once * from;
            read(start..start + packed.len());
        }
        Matrix {
            format,
            rows,
            columns,
            bytes,
        }
    }

    /// Packs floats, `[rows, columns]`, as `Q8_0`: in 8 bits, with a scale for each 32 of a row.
    pub fn eight_bit(rows: usize, columns: usize, values: &[f32]) -> Matrix {
        let (blocks, _) = values.as_chunks::<BLOCK>();
        let packed: Vec<u8> = blocks.iter().flat_map(eight_bit_block).collect();
        Matrix::new(Format::Q8_0, rows, columns, &packed, |_| ())
    }

    /// Its packing.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many panels.
    pub fn panels(&self) -> usize {
        self.rows.div_ceil(PANEL)
    }

    /// Bytes in memory.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The weights of 16 rows.
    pub fn panel(&self, at: usize) -> Panel<'_> {
        let units = self.columns / self.format.unit_columns();
        let size = self.format.panel_bytes(units);
        let bytes = &self.bytes[at * size..][..size];
        let (values, scales) = bytes.split_at(units * self.format.unit_value_bytes());
        Panel { values, scales }
    }

    /// One row as floats.
    pub fn row(&self, row: usize, into: &mut [f32]) {
        let panel = self.panel(row / PANEL);
        let values = panel.values.chunks_exact(self.format.unit_value_bytes());
        let columns = into.chunks_exact_mut(self.format.unit_columns());
        for (at, (values, into)) in values.zip(columns).enumerate() {
            let size = self.format.unit_scale_bytes();
            let scales = &panel.scales[at * size..][..size];
            read_unit(self.format, values, scales, row % PANEL, into);
        }
    }
}

/// The block as a file of `Q8_0` has it.
fn eight_bit_block(values: &[f32; BLOCK]) -> [u8; 34] {
    let largest = values
        .iter()
        .fold(0.0f32, |most, value| most.max(value.abs()));
    let scale = f16::from_f32(largest / 127.0);
    let inverse = if scale == f16::ZERO {
        0.0
    } else {
        1.0 / scale.to_f32()
    };
    let mut block = [0; 34];
    block[..2].copy_from_slice(&scale.to_le_bytes());
    for (into, value) in block[2..].iter_mut().zip(values) {
        *into = (value * inverse).round().clamp(-127.0, 127.0) as i8 as u8;
    }
    block
}

/// `packed` holds up to 16 rows of `units` units each.
fn fill_panel(format: Format, units: usize, packed: &[u8], panel: &mut [u8]) {
    let row = units * format.file_bytes();
    let (values, scales) = panel.split_at_mut(units * format.unit_value_bytes());
    for (at, values) in values
        .chunks_exact_mut(format.unit_value_bytes())
        .enumerate()
    {
        let rows = packed
            .chunks_exact(row)
            .map(|row| &row[at * format.file_bytes()..][..format.file_bytes()]);
        let size = format.unit_scale_bytes();
        match format.is_quantised() {
            true => fill_unit(format, rows, values, &mut scales[at * size..][..size]),
            false => rows
                .zip(values.chunks_exact_mut(format.file_bytes()))
                .for_each(|(value, into)| into.copy_from_slice(value)),
        }
    }
}

/// The codes of a block, `[group 8][row 16][column 4]`.
type Codes = [[u8; 64]; 8];

fn fill_unit<'a>(
    format: Format,
    rows: impl Iterator<Item = &'a [u8]>,
    values: &mut [u8],
    scales: &mut [u8],
) {
    let mut codes: [Codes; 8] = [[[0; 64]; 8]; 8];
    let (head, scales) = scales.split_at_mut(format.head_bytes());
    for (lane, packed) in rows.enumerate() {
        let parts = split(format, packed);
        for (half, head) in head.chunks_exact_mut(32).enumerate() {
            head[2 * lane..][..2].copy_from_slice(&parts.head[2 * half..][..2]);
        }
        for (at, scales) in scales.chunks_exact_mut(format.scale_bytes()).enumerate() {
            write_scales(format, scales, lane, parts.scales[at]);
            let columns = parts.codes[at * BLOCK..][..BLOCK].chunks_exact(4);
            for (group, columns) in codes[at].iter_mut().zip(columns) {
                group[4 * lane..][..4].copy_from_slice(columns);
            }
        }
    }
    for (values, codes) in values.chunks_exact_mut(format.value_bytes()).zip(&codes) {
        write_codes(format.bits(), values, codes);
    }
}

fn write_scales(format: Format, scales: &mut [u8], lane: usize, parts: [u8; 4]) {
    match format.head_bytes() {
        0 => {
            for half in 0..format.scale_bytes() / 32 {
                scales[32 * half + 2 * lane..][..2].copy_from_slice(&parts[2 * half..][..2]);
            }
        }
        _ => {
            scales[lane] = parts[0];
            scales[PANEL + lane] = parts[1];
        }
    }
}

fn write_codes(bits: usize, values: &mut [u8], codes: &Codes) {
    if bits == 8 {
        values.copy_from_slice(codes.as_flattened());
        return;
    }
    let (nibbles, upper) = values.split_at_mut(256);
    for (at, vector) in nibbles.chunks_exact_mut(64).enumerate() {
        for (byte, into) in vector.iter_mut().enumerate() {
            *into = (codes[at][byte] & 15) | codes[at + 4][byte] << 4;
        }
    }
    let width = bits - 4;
    for (at, vector) in upper.chunks_exact_mut(64).enumerate() {
        for group in 0..8 / width {
            for (into, code) in vector.iter_mut().zip(&codes[at * 8 / width + group]) {
                *into |= (code >> 4) << (group * width);
            }
        }
    }
}

fn read_code(bits: usize, values: &[u8], lane: usize, column: usize) -> u8 {
    let (group, byte) = (column / 4, 4 * lane + column % 4);
    if bits == 8 {
        return values[64 * group + byte];
    }
    let low = (values[64 * (group % 4) + byte] >> (group / 4 * 4)) & 15;
    match bits {
        5 => low | ((values[256 + byte] >> group) & 1) << 4,
        6 => low | ((values[256 + 64 * (group / 4) + byte] >> (2 * (group % 4))) & 3) << 4,
        _ => low,
    }
}

/// The floats of one row of a unit. This is the specification that every product is tested against.
fn read_unit(format: Format, values: &[u8], scales: &[u8], lane: usize, into: &mut [f32]) {
    match format {
        Format::F16 => return into[0] = half_at(values, lane),
        Format::F32 => {
            let bytes = [0, 1, 2, 3].map(|at| values[4 * lane + at]);
            return into[0] = f32::from_le_bytes(bytes);
        }
        _ => {}
    }
    let (head, scales) = scales.split_at(format.head_bytes());
    let blocks = values.chunks_exact(format.value_bytes());
    let scales = scales.chunks_exact(format.scale_bytes());
    for ((values, scales), into) in blocks.zip(scales).zip(into.chunks_exact_mut(BLOCK)) {
        let [first, last, offset] = scales_of(format, head, scales, lane);
        for (column, into) in into.iter_mut().enumerate() {
            let scale = if column < BLOCK / 2 { first } else { last };
            let code = i32::from(read_code(format.bits(), values, lane, column));
            *into = scale * (code - format.zero()) as f32 + offset;
        }
    }
}

/// What multiplies the codes of a row in the first and the last 16 columns of a block, and what is added to them.
pub fn scales_of(format: Format, head: &[u8], scales: &[u8], lane: usize) -> [f32; 3] {
    match format {
        Format::Q4K | Format::Q5K => {
            let scale = half_at(head, lane) * f32::from(scales[lane]);
            let offset = half_at(head, PANEL + lane) * f32::from(scales[PANEL + lane]);
            [scale, scale, -offset]
        }
        Format::Q6K => {
            let scale = |at: usize| half_at(head, lane) * f32::from(scales[at] as i8);
            [scale(lane), scale(PANEL + lane), 0.0]
        }
        Format::Q4_1 | Format::Q5_1 => {
            let scale = half_at(scales, lane);
            [scale, scale, half_at(scales, PANEL + lane)]
        }
        _ => {
            let scale = half_at(scales, lane);
            [scale, scale, 0.0]
        }
    }
}

fn half_at(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]).to_f32()
}

/// Takes a unit of the file apart. The layouts are those of ggml's `block_q*` structures.
fn split(format: Format, packed: &[u8]) -> Unit {
    let mut unit = Unit {
        codes: [0; 256],
        scales: [[0; 4]; 8],
        head: [0; 4],
    };
    match format {
        Format::Q4_0 | Format::Q5_0 => {
            unit.scales[0][..2].copy_from_slice(&packed[..2]);
            split_nibbles(&packed[2..], format.bits(), &mut unit.codes);
        }
        Format::Q4_1 | Format::Q5_1 => {
            unit.scales[0].copy_from_slice(&packed[..4]);
            split_nibbles(&packed[4..], format.bits(), &mut unit.codes);
        }
        Format::Q8_0 => {
            unit.scales[0][..2].copy_from_slice(&packed[..2]);
            for (code, value) in unit.codes.iter_mut().zip(&packed[2..]) {
                *code = value ^ 0x80;
            }
        }
        Format::Q4K | Format::Q5K => split_k(format, packed, &mut unit),
        Format::Q6K => split_q6k(packed, &mut unit),
        Format::F16 | Format::F32 => {}
    }
    unit
}

/// With 5 bits a `u32` of fifth bits comes first. Value j is in the low, value j + 16 in the high nibble of byte j.
fn split_nibbles(packed: &[u8], bits: usize, codes: &mut [u8; 256]) {
    let (fifths, nibbles) = match bits {
        5 => (
            u32::from_le_bytes([packed[0], packed[1], packed[2], packed[3]]),
            &packed[4..],
        ),
        _ => (0, packed),
    };
    for j in 0..16 {
        codes[j] = (nibbles[j] & 15) | ((fifths >> j & 1) << 4) as u8;
        codes[j + 16] = (nibbles[j] >> 4) | ((fifths >> (j + 16) & 1) << 4) as u8;
    }
}

fn split_k(format: Format, packed: &[u8], unit: &mut Unit) {
    unit.head.copy_from_slice(&packed[..4]);
    let table = &packed[4..16];
    for (block, scales) in unit.scales.iter_mut().enumerate() {
        // Six bits each: the first four of a kind lie in six bits of a byte, the upper two bits there belong to the others.
        let (scale, offset) = match block {
            0..4 => (table[block] & 63, table[block + 4] & 63),
            _ => (
                (table[block + 4] & 15) | (table[block - 4] >> 6) << 4,
                (table[block + 4] >> 4) | (table[block] >> 6) << 4,
            ),
        };
        *scales = [scale, offset, 0, 0];
    }
    let (fifths, nibbles) = match format {
        Format::Q5K => (Some(&packed[16..48]), &packed[48..]),
        _ => (None, &packed[16..]),
    };
    for at in 0..256 {
        let (block, column) = (at / 32, at % 32);
        let low = nibbles[block / 2 * 32 + column] >> (block % 2 * 4) & 15;
        let fifth = fifths.map_or(0, |fifths| fifths[column] >> block & 1);
        unit.codes[at] = low | fifth << 4;
    }
}

fn split_q6k(packed: &[u8], unit: &mut Unit) {
    let (low, rest) = packed.split_at(128);
    let (high, rest) = rest.split_at(64);
    let (scales, head) = rest.split_at(16);
    unit.head[..2].copy_from_slice(head);
    for (block, pair) in scales.chunks_exact(2).enumerate() {
        unit.scales[block] = [pair[0], pair[1], 0, 0];
    }
    for at in 0..256 {
        let (half, quarter, column) = (at / 128, at / 32 % 4, at % 32);
        let nibble = low[half * 64 + quarter % 2 * 32 + column] >> (quarter / 2 * 4) & 15;
        let upper = high[half * 32 + column] >> (2 * quarter) & 3;
        unit.codes[at] = nibble | upper << 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::samples::{packed, reference};

    #[test]
    fn rows_read_back_as_candle_reads_them() {
        for format in Format::ALL {
            for (rows, columns) in [(1, 256), (37, 512), (16, 768)] {
                let bytes = packed(format, rows, columns);
                let matrix = Matrix::new(format, rows, columns, &bytes, |_| ());
                let expected = reference(format, rows, columns, &bytes);
                let mut row = vec![0.0; columns];
                for at in 0..rows {
                    matrix.row(at, &mut row);
                    for (found, expected) in row.iter().zip(&expected[at * columns..]) {
                        let most = expected.abs().max(1e-3) * 1e-5;
                        assert!(
                            (found - expected).abs() <= most,
                            "{format:?} {found} {expected}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_matrix_takes_the_memory_it_takes_in_the_file() {
        for format in Format::ALL {
            let bytes = packed(format, 32, 512);
            let matrix = Matrix::new(format, 32, 512, &bytes, |_| ());
            let more = if format.has_offset() { 1.03 } else { 1.0 };
            assert!(
                matrix.size() as f64 <= bytes.len() as f64 * more,
                "{format:?}"
            );
        }
    }
}
