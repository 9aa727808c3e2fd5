//! Products with NEON, a quarter of a panel at a time: a vector is four columns of four rows.
//!
//! Newer processors multiply and add such a vector in one instruction, `sdot`; the others take four, in 16 bits. These
//! products are tested under emulation, with and without that instruction, and have not been timed on an Arm processor.

use std::arch::aarch64::*;
use std::arch::asm;
use std::mem::transmute;

use super::activations::Quantised;
use super::format::{Format, PANEL, Panel};

/// Rows of inputs multiplied while the codes of a block are in registers.
const ROWS: usize = 4;
/// Rows of a panel in a vector.
const LANES: usize = 4;
/// Vectors that make up the rows of a panel.
const QUARTERS: usize = PANEL / LANES;

// Everything below is always inlined, so that it is compiled with `sdot` where that is called for.

/// Multiplies a panel of quantised weights by a tile of `rows` rows, `blocks` being `[block][rows]`, into `[rows][16]`.
///
/// `F` is the number of the format in [`Format::ALL`].
#[target_feature(enable = "neon,dotprod")]
pub fn quantised_dot<const F: usize>(
    panel: Panel,
    blocks: &[Quantised],
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    all_rows::<F, true>(panel, blocks, rows, into);
}

/// The same without `sdot`.
pub fn quantised<const F: usize>(
    panel: Panel,
    blocks: &[Quantised],
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    all_rows::<F, false>(panel, blocks, rows, into);
}

#[inline(always)]
fn all_rows<const F: usize, const DOT: bool>(
    panel: Panel,
    blocks: &[Quantised],
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    for first in (0..rows).step_by(ROWS) {
        let into = &mut into[first..];
        match rows - first {
            1 => some_rows::<F, DOT, 1>(panel, blocks, rows, first, into),
            2 | 3 => some_rows::<F, DOT, 2>(panel, blocks, rows, first, into),
            _ => some_rows::<F, DOT, ROWS>(panel, blocks, rows, first, into),
        }
    }
}

/// The rows `first..first + N` of a tile.
#[inline(always)]
fn some_rows<const F: usize, const DOT: bool, const N: usize>(
    panel: Panel,
    blocks: &[Quantised],
    rows: usize,
    first: usize,
    into: &mut [[f32; PANEL]],
) {
    let format = const { Format::ALL[F] };
    let mut sums = [[zero(); QUARTERS]; N];
    let values = panel.values.chunks_exact(format.unit_value_bytes());
    let scales = panel.scales.chunks_exact(format.unit_scale_bytes());
    let tiles = blocks.chunks_exact(const { Format::ALL[F].unit_blocks() } * rows);
    for ((values, scales), tiles) in values.zip(scales).zip(tiles) {
        let (head, scales) = scales.split_at(format.head_bytes());
        let values = values.chunks_exact(format.value_bytes());
        let scales = scales.chunks_exact(format.scale_bytes());
        for ((values, scales), tile) in values.zip(scales).zip(tiles.chunks_exact(rows)) {
            for quarter in 0..QUARTERS {
                let weights = codes::<F>(values, quarter);
                let scales = Scales::load::<F>(head, scales, quarter);
                for (sums, block) in sums.iter_mut().zip(&tile[first..]) {
                    sums[quarter] = add_block::<F, DOT>(sums[quarter], &weights, &scales, block);
                }
            }
        }
    }
    for (into, sums) in into.iter_mut().zip(&sums) {
        store(sums, into);
    }
}

/// What the sums of a block are multiplied by. `second` is the offset, for `Q6_K` the scale of the last 16 columns.
struct Scales {
    first: float32x4_t,
    second: float32x4_t,
}

impl Scales {
    #[inline(always)]
    fn load<const F: usize>(head: &[u8], bytes: &[u8], quarter: usize) -> Scales {
        let (first, second) = (LANES * quarter, PANEL + LANES * quarter);
        // SAFETY: every processor of this architecture has NEON.
        unsafe {
            match const { Format::ALL[F] } {
                Format::Q4K | Format::Q5K => Scales {
                    first: vmulq_f32(halves(&head[2 * first..]), unsigned_bytes(&bytes[first..])),
                    second: vnegq_f32(vmulq_f32(
                        halves(&head[2 * second..]),
                        unsigned_bytes(&bytes[second..]),
                    )),
                },
                Format::Q6K => Scales {
                    first: vmulq_f32(halves(&head[2 * first..]), signed_bytes(&bytes[first..])),
                    second: vmulq_f32(halves(&head[2 * first..]), signed_bytes(&bytes[second..])),
                },
                Format::Q4_1 | Format::Q5_1 => Scales {
                    first: halves(&bytes[2 * first..]),
                    second: halves(&bytes[2 * second..]),
                },
                _ => Scales {
                    first: halves(&bytes[2 * first..]),
                    second: zero(),
                },
            }
        }
    }
}

#[inline(always)]
fn add_block<const F: usize, const DOT: bool>(
    sum: float32x4_t,
    weights: &[int8x16_t; 8],
    scales: &Scales,
    block: &Quantised,
) -> float32x4_t {
    let format = const { Format::ALL[F] };
    // Codes of 8 bits were made signed for the product, so there is nothing to take away.
    let zero = match format {
        Format::Q8_0 => 0,
        _ => format.zero(),
    };
    let (inputs, _) = block.values.as_chunks::<16>();
    // SAFETY: every processor of this architecture has NEON; a vector is 16 bytes of any value.
    unsafe {
        let [low, high] = [0, 1].map(|half| transmute::<[i8; 16], int8x16_t>(inputs[half]));
        let minus_zeros = |count: i32| vdupq_n_s32(-zero * count);
        if matches!(format, Format::Q6K) {
            let low = dot::<F, DOT>(minus_zeros(block.low), &weights[..4], low);
            let high = dot::<F, DOT>(minus_zeros(block.high), &weights[4..], high);
            let low = vmulq_n_f32(vcvtq_f32_s32(low), block.scale);
            let high = vmulq_n_f32(vcvtq_f32_s32(high), block.scale);
            return vfmaq_f32(vfmaq_f32(sum, low, scales.first), high, scales.second);
        }
        let products = minus_zeros(block.low + block.high);
        let products = dot::<F, DOT>(products, &weights[..4], low);
        let products = dot::<F, DOT>(products, &weights[4..], high);
        let scaled = vmulq_n_f32(vcvtq_f32_s32(products), block.scale);
        let sum = vfmaq_f32(sum, scaled, scales.first);
        match format.has_offset() {
            true => vfmaq_n_f32(sum, scales.second, block.sum),
            false => sum,
        }
    }
}

/// Adds the products of four groups of columns with `inputs`, their 16 values, to the sums of four rows.
#[inline(always)]
fn dot<const F: usize, const DOT: bool>(
    sums: int32x4_t,
    weights: &[int8x16_t],
    inputs: int8x16_t,
) -> int32x4_t {
    if DOT {
        let sums = sdot::<0>(sums, weights[0], inputs);
        let sums = sdot::<1>(sums, weights[1], inputs);
        let sums = sdot::<2>(sums, weights[2], inputs);
        return sdot::<3>(sums, weights[3], inputs);
    }
    // SAFETY: every processor of this architecture has NEON.
    unsafe {
        let words = vreinterpretq_s32_s8(inputs);
        let words = [
            vdupq_laneq_s32::<0>(words),
            vdupq_laneq_s32::<1>(words),
            vdupq_laneq_s32::<2>(words),
            vdupq_laneq_s32::<3>(words),
        ];
        // Sums of so many products fit 16 bits: 127 * 63 each, with codes of 8 bits 127 * 128.
        let at_once = match const { Format::ALL[F].bits() } {
            8 => 2,
            _ => 4,
        };
        let mut sums = sums;
        for (weights, words) in weights
            .chunks_exact(at_once)
            .zip(words.chunks_exact(at_once))
        {
            let (mut low, mut high) = (vdupq_n_s16(0), vdupq_n_s16(0));
            for (weights, word) in weights.iter().zip(words) {
                let word = vreinterpretq_s8_s32(*word);
                low = vmlal_s8(low, vget_low_s8(*weights), vget_low_s8(word));
                high = vmlal_high_s8(high, *weights, word);
            }
            sums = vaddq_s32(sums, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
        }
        sums
    }
}

/// Adds to each of four sums four products: of its codes and the four inputs of group `GROUP`. The intrinsic of this
/// instruction is not stable yet.
#[inline(always)]
fn sdot<const GROUP: usize>(
    mut sums: int32x4_t,
    weights: int8x16_t,
    inputs: int8x16_t,
) -> int32x4_t {
    // SAFETY: it is only reached from `quantised_dot`, whose caller knows that the instruction is there; it changes
    // nothing but the register that it returns.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {weights:v}.16b, {inputs:v}.4b[{group}]",
            sums = inout(vreg) sums,
            weights = in(vreg) weights,
            inputs = in(vreg) inputs,
            group = const GROUP,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// The codes of a block, one vector for each group of four columns; codes of 8 bits less 128.
#[inline(always)]
fn codes<const F: usize>(values: &[u8], quarter: usize) -> [int8x16_t; 8] {
    let bits = const { Format::ALL[F].bits() };
    let vector = |at: usize| load(&values[64 * at + 16 * quarter..]);
    // SAFETY: every processor of this architecture has NEON.
    unsafe {
        let mut codes = [vdupq_n_u8(0); 8];
        if bits == 8 {
            for (at, code) in codes.iter_mut().enumerate() {
                *code = veorq_u8(vector(at), vdupq_n_u8(128));
            }
            return codes.map(|code| vreinterpretq_s8_u8(code));
        }
        for at in 0..4 {
            let both = vector(at);
            codes[at] = vandq_u8(both, vdupq_n_u8(15));
            codes[at + 4] = vshrq_n_u8::<4>(both);
        }
        let mask = vdupq_n_u8(if bits == 5 { 16 } else { 48 });
        for (group, code) in codes.iter_mut().enumerate() {
            let (upper, by) = match bits {
                5 => (vector(4), 4 - group as i8),
                6 => (vector(4 + group / 4), 4 - 2 * (group as i8 % 4)),
                _ => continue,
            };
            // Up, or down when it is negative.
            let moved = vshlq_u8(upper, vdupq_n_s8(by));
            *code = vorrq_u8(*code, vandq_u8(moved, mask));
        }
        codes.map(|code| vreinterpretq_s8_u8(code))
    }
}

/// The first 16 bytes. (`vld1q_u8` goes through the stack in builds with debug assertions.)
#[inline(always)]
fn load(bytes: &[u8]) -> uint8x16_t {
    let (bytes, _) = bytes.as_chunks::<16>();
    // SAFETY: a vector is 16 bytes of any value.
    unsafe { transmute(bytes[0]) }
}

#[inline(always)]
fn zero() -> float32x4_t {
    // SAFETY: every processor of this architecture has NEON.
    unsafe { vdupq_n_f32(0.0) }
}

#[inline(always)]
fn halves(bytes: &[u8]) -> float32x4_t {
    let bytes = &bytes[..2 * LANES];
    // SAFETY: there are 8 bytes; every processor of this architecture has NEON and converts these numbers.
    unsafe { vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(bytes.as_ptr()))) }
}

#[inline(always)]
fn unsigned_bytes(bytes: &[u8]) -> float32x4_t {
    let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    // SAFETY: every processor of this architecture has NEON.
    unsafe {
        let words = vmovl_u8(vcreate_u8(u64::from(word)));
        vcvtq_f32_u32(vmovl_u16(vget_low_u16(words)))
    }
}

#[inline(always)]
fn signed_bytes(bytes: &[u8]) -> float32x4_t {
    let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    // SAFETY: every processor of this architecture has NEON.
    unsafe {
        let words = vmovl_s8(vcreate_s8(u64::from(word)));
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)))
    }
}

#[inline(always)]
fn store(sums: &[float32x4_t; QUARTERS], into: &mut [f32; PANEL]) {
    for (into, sum) in into.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
        // SAFETY: `into` is 4 floats; every processor of this architecture has NEON.
        unsafe { vst1q_f32(into.as_mut_ptr(), *sum) };
    }
}

/// Multiplies a panel of floats, `[column][16]`, by `rows` rows of `columns` values that lie one after the other.
pub fn floats<const F: usize>(
    panel: Panel,
    values: &[f32],
    columns: usize,
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    let values = values.chunks(ROWS * columns);
    for (values, into) in values.zip(into[..rows].chunks_mut(ROWS)) {
        if into.len() == ROWS {
            float_rows::<F, ROWS>(panel, values, columns, into);
            continue;
        }
        for (values, into) in values.chunks(columns).zip(into.chunks_mut(1)) {
            float_rows::<F, 1>(panel, values, columns, into);
        }
    }
}

#[inline(always)]
fn float_rows<const F: usize, const N: usize>(
    panel: Panel,
    values: &[f32],
    columns: usize,
    into: &mut [[f32; PANEL]],
) {
    let format = const { Format::ALL[F] };
    let mut sums = [[zero(); QUARTERS]; N];
    let columns_of = panel.values.chunks_exact(format.unit_value_bytes());
    for (column, weights) in columns_of.enumerate() {
        for quarter in 0..QUARTERS {
            let weights = match format {
                Format::F16 => halves(&weights[8 * quarter..]),
                // SAFETY: a unit of F32 is 64 bytes; every processor of this architecture has NEON.
                _ => unsafe { vld1q_f32(weights[16 * quarter..][..16].as_ptr().cast()) },
            };
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = values[row * columns + column];
                // SAFETY: every processor of this architecture has NEON.
                sums[quarter] = unsafe { vfmaq_n_f32(sums[quarter], weights, value) };
            }
        }
    }
    for (into, sums) in into.iter_mut().zip(&sums) {
        store(sums, into);
    }
}
