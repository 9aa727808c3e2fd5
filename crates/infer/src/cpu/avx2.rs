//! Products with AVX2: half a panel at a time.

use std::arch::x86_64::*;

use super::activations::Quantised;
use super::format::{Format, LINE, PANEL, Panel};

/// Rows of inputs multiplied while the codes of a block are in registers.
const ROWS: usize = 4;
const LANES: usize = 8;

/// Multiplies a panel of quantised weights by a tile of `rows` rows, `blocks` being `[block][rows]`, into `[rows][16]`.
///
/// `F` is the number of the format in [`Format::ALL`].
#[target_feature(enable = "avx2,fma,f16c")]
pub fn quantised<const F: usize>(
    panel: Panel,
    blocks: &[Quantised],
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    for half in 0..2 {
        for first in (0..rows).step_by(ROWS) {
            let part = Part { rows, first, half };
            match rows - first {
                1 => rows_of_half::<F, 1>(panel, blocks, part, into),
                2 | 3 => rows_of_half::<F, 2>(panel, blocks, part, into),
                _ => rows_of_half::<F, ROWS>(panel, blocks, part, into),
            }
        }
    }
}

/// Which rows of a tile, and which half of the panel.
#[derive(Clone, Copy)]
struct Part {
    rows: usize,
    first: usize,
    half: usize,
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn rows_of_half<const F: usize, const N: usize>(
    panel: Panel,
    blocks: &[Quantised],
    part: Part,
    into: &mut [[f32; PANEL]],
) {
    let format = const { Format::ALL[F] };
    let mut sums = [_mm256_setzero_ps(); N];
    let values = panel.values.chunks_exact(format.unit_value_bytes());
    let scales = panel.scales.chunks_exact(format.unit_scale_bytes());
    let tiles = blocks.chunks_exact(const { Format::ALL[F].unit_blocks() } * part.rows);
    for ((values, scales), tiles) in values.zip(scales).zip(tiles) {
        let (head, scales) = scales.split_at(format.head_bytes());
        let head = Head::load::<F>(head, part.half);
        let values = values.chunks_exact(format.value_bytes());
        let scales = scales.chunks_exact(format.scale_bytes());
        for ((values, scales), tile) in values.zip(scales).zip(tiles.chunks_exact(part.rows)) {
            if part.half == 0 && part.first == 0 {
                fetch_ahead(values);
            }
            let weights = codes::<F>(values, part.half);
            let scales = Scales::load::<F>(&head, scales, part.half);
            for (sum, block) in sums.iter_mut().zip(&tile[part.first..]) {
                *sum = add_block::<F>(*sum, &weights, &scales, block);
            }
        }
    }
    for (into, sum) in into[part.first..].iter_mut().zip(sums) {
        let into = &mut into[LANES * part.half..][..LANES];
        // SAFETY: `into` is 8 floats.
        unsafe { _mm256_storeu_ps(into.as_mut_ptr(), sum) };
    }
}

/// Asks for what will be read soon: the processor's own guesses end at every page.
#[inline]
#[target_feature(enable = "avx2")]
fn fetch_ahead(values: &[u8]) {
    const AHEAD: usize = 6144;
    for line in (0..values.len()).step_by(LINE) {
        // An address beyond the weights is a hint without effect.
        _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(AHEAD + line).cast());
    }
}

/// The numbers that scale a super-block.
struct Head {
    scale: __m256,
    offset: __m256,
}

impl Head {
    #[inline]
    #[target_feature(enable = "avx2,f16c")]
    fn load<const F: usize>(bytes: &[u8], half: usize) -> Head {
        let none = _mm256_setzero_ps();
        match const { Format::ALL[F] } {
            Format::Q4K | Format::Q5K => Head {
                scale: halves(&bytes[16 * half..]),
                offset: halves(&bytes[32 + 16 * half..]),
            },
            Format::Q6K => Head {
                scale: halves(&bytes[16 * half..]),
                offset: none,
            },
            _ => Head {
                scale: none,
                offset: none,
            },
        }
    }
}

/// What the sums of a block are multiplied by. `second` is the offset, for `Q6_K` the scale of the last 16 columns.
struct Scales {
    first: __m256,
    second: __m256,
}

impl Scales {
    #[inline]
    #[target_feature(enable = "avx2,f16c")]
    fn load<const F: usize>(head: &Head, bytes: &[u8], half: usize) -> Scales {
        let (first, second) = (LANES * half, PANEL + LANES * half);
        match const { Format::ALL[F] } {
            Format::Q4K | Format::Q5K => Scales {
                first: _mm256_mul_ps(head.scale, unsigned_bytes(&bytes[first..])),
                second: _mm256_sub_ps(
                    _mm256_setzero_ps(),
                    _mm256_mul_ps(head.offset, unsigned_bytes(&bytes[second..])),
                ),
            },
            Format::Q6K => Scales {
                first: _mm256_mul_ps(head.scale, signed_bytes(&bytes[first..])),
                second: _mm256_mul_ps(head.scale, signed_bytes(&bytes[second..])),
            },
            Format::Q4_1 | Format::Q5_1 => Scales {
                first: halves(&bytes[2 * first..]),
                second: halves(&bytes[2 * second..]),
            },
            _ => Scales {
                first: halves(&bytes[2 * first..]),
                second: _mm256_setzero_ps(),
            },
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn add_block<const F: usize>(
    sum: __m256,
    weights: &[__m256i; 8],
    scales: &Scales,
    block: &Quantised,
) -> __m256 {
    let format = const { Format::ALL[F] };
    let scale = _mm256_set1_ps(block.scale);
    let scaled = |products: __m256i, count: i32| {
        // Codes of 8 bits were made signed for the product, so there is nothing to take away.
        let zeros = match format {
            Format::Q8_0 => 0,
            _ => format.zero() * count,
        };
        let products = _mm256_sub_epi32(products, _mm256_set1_epi32(zeros));
        _mm256_mul_ps(_mm256_cvtepi32_ps(products), scale)
    };
    if matches!(format, Format::Q6K) {
        let low = scaled(dot::<F>(weights, block, 0), block.low);
        let high = scaled(dot::<F>(weights, block, 4), block.high);
        return _mm256_fmadd_ps(high, scales.second, _mm256_fmadd_ps(low, scales.first, sum));
    }
    let both = _mm256_add_epi32(dot::<F>(weights, block, 0), dot::<F>(weights, block, 4));
    let sum = _mm256_fmadd_ps(scaled(both, block.low + block.high), scales.first, sum);
    match format.has_offset() {
        true => _mm256_fmadd_ps(scales.second, _mm256_set1_ps(block.sum), sum),
        false => sum,
    }
}

/// The product of four groups of columns from `first` on.
#[inline]
#[target_feature(enable = "avx2")]
fn dot<const F: usize>(weights: &[__m256i; 8], block: &Quantised, first: usize) -> __m256i {
    let bits = const { Format::ALL[F].bits() };
    let (words, _) = block.values.as_chunks::<4>();
    let ones = _mm256_set1_epi16(1);
    // Sums of so many products of two columns fit 16 bits: 2 * 127 * (2^bits - 1) each.
    let at_once = match bits {
        4 | 5 => 4,
        6 => 2,
        _ => 1,
    };
    let mut sum = _mm256_setzero_si256();
    for start in (0..4).step_by(at_once) {
        let mut pairs = _mm256_setzero_si256();
        for group in first + start..first + start + at_once {
            let word = _mm256_set1_epi32(i32::from_ne_bytes(words[group].map(|byte| byte as u8)));
            let products = match bits {
                8 => _mm256_maddubs_epi16(
                    _mm256_abs_epi8(weights[group]),
                    _mm256_sign_epi8(word, weights[group]),
                ),
                _ => _mm256_maddubs_epi16(weights[group], word),
            };
            pairs = _mm256_add_epi16(pairs, products);
        }
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
    }
    sum
}

/// The codes of a block, one vector for each group of four columns; codes of 8 bits less 128.
#[inline]
#[target_feature(enable = "avx2")]
fn codes<const F: usize>(values: &[u8], half: usize) -> [__m256i; 8] {
    let bits = const { Format::ALL[F].bits() };
    let vector = |at: usize| {
        let bytes = &values[64 * at + 32 * half..][..32];
        // SAFETY: there are 32 bytes.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    };
    let mut codes = [_mm256_setzero_si256(); 8];
    if bits == 8 {
        let sign = _mm256_set1_epi8(-128);
        for (at, code) in codes.iter_mut().enumerate() {
            *code = _mm256_xor_si256(vector(at), sign);
        }
        return codes;
    }
    let nibble = _mm256_set1_epi8(15);
    for at in 0..4 {
        let both = vector(at);
        codes[at] = _mm256_and_si256(both, nibble);
        codes[at + 4] = _mm256_and_si256(_mm256_srli_epi16::<4>(both), nibble);
    }
    let mask = _mm256_set1_epi8(if bits == 5 { 16 } else { 48 });
    for (group, code) in codes.iter_mut().enumerate() {
        let upper = match bits {
            5 => moved(vector(4), 4 - group as i32),
            6 => moved(vector(4 + group / 4), 4 - 2 * (group as i32 % 4)),
            _ => continue,
        };
        *code = _mm256_or_si256(*code, _mm256_and_si256(upper, mask));
    }
    codes
}

/// Bits moved up by `by`, or down when it is negative; what crosses into the neighbouring byte is masked away later.
#[inline]
#[target_feature(enable = "avx2")]
fn moved(bits: __m256i, by: i32) -> __m256i {
    match by {
        4 => _mm256_slli_epi16::<4>(bits),
        3 => _mm256_slli_epi16::<3>(bits),
        2 => _mm256_slli_epi16::<2>(bits),
        1 => _mm256_slli_epi16::<1>(bits),
        0 => bits,
        -1 => _mm256_srli_epi16::<1>(bits),
        -2 => _mm256_srli_epi16::<2>(bits),
        _ => _mm256_srli_epi16::<3>(bits),
    }
}

#[inline]
#[target_feature(enable = "avx2,f16c")]
fn halves(bytes: &[u8]) -> __m256 {
    let bytes = &bytes[..16];
    // SAFETY: there are 16 bytes.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn unsigned_bytes(bytes: &[u8]) -> __m256 {
    let bytes = &bytes[..LANES];
    // SAFETY: there are 8 bytes.
    _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(unsafe {
        _mm_loadl_epi64(bytes.as_ptr().cast())
    }))
}

#[inline]
#[target_feature(enable = "avx2")]
fn signed_bytes(bytes: &[u8]) -> __m256 {
    let bytes = &bytes[..LANES];
    // SAFETY: there are 8 bytes.
    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(unsafe {
        _mm_loadl_epi64(bytes.as_ptr().cast())
    }))
}

/// Multiplies a panel of floats, `[column][16]`, by `rows` rows of `columns` values that lie one after the other.
#[target_feature(enable = "avx2,fma,f16c")]
pub fn floats<const F: usize>(
    panel: Panel,
    values: &[f32],
    columns: usize,
    rows: usize,
    into: &mut [[f32; PANEL]],
) {
    for (values, into) in values
        .chunks(ROWS * columns)
        .zip(into[..rows].chunks_mut(ROWS))
    {
        match into.len() {
            ROWS => float_rows::<F, ROWS>(panel, values, columns, into),
            _ => {
                for (values, into) in values.chunks(columns).zip(into.chunks_mut(1)) {
                    float_rows::<F, 1>(panel, values, columns, into);
                }
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn float_rows<const F: usize, const N: usize>(
    panel: Panel,
    values: &[f32],
    columns: usize,
    into: &mut [[f32; PANEL]],
) {
    let format = const { Format::ALL[F] };
    let mut sums = [[_mm256_setzero_ps(); 2]; N];
    let columns_of = panel.values.chunks_exact(format.unit_value_bytes());
    for (column, weights) in columns_of.enumerate() {
        let weights = [0, 1].map(|half| match format {
            Format::F16 => halves(&weights[16 * half..]),
            // SAFETY: a unit of F32 is 64 bytes.
            _ => unsafe { _mm256_loadu_ps(weights[32 * half..][..32].as_ptr().cast()) },
        });
        for (row, sum) in sums.iter_mut().enumerate() {
            let value = _mm256_set1_ps(values[row * columns + column]);
            for (sum, weights) in sum.iter_mut().zip(&weights) {
                *sum = _mm256_fmadd_ps(*weights, value, *sum);
            }
        }
    }
    for (into, sum) in into.iter_mut().zip(sums) {
        for (into, sum) in into.chunks_exact_mut(LANES).zip(sum) {
            // SAFETY: `into` is 8 floats.
            unsafe { _mm256_storeu_ps(into.as_mut_ptr(), sum) };
        }
    }
}
