//! Products with AVX-512 VNNI: one vector is four columns of all 16 rows of a panel, so sums need no shuffling.

use std::arch::x86_64::*;

use super::activations::Quantised;
use super::format::{Format, LINE, PANEL, Panel};

/// Multiplies a panel of quantised weights by a tile of `T` rows, `blocks` being `[block][T]`, into `[T][16]`.
///
/// `F` is the number of the format in [`Format::ALL`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma,f16c")]
pub fn quantised<const F: usize, const T: usize>(
    panel: Panel,
    blocks: &[Quantised],
    into: &mut [[f32; PANEL]],
) {
    let format = const { Format::ALL[F] };
    let mut sums = [_mm512_setzero_ps(); T];
    let values = panel.values.chunks_exact(format.unit_value_bytes());
    let scales = panel.scales.chunks_exact(format.unit_scale_bytes());
    let tiles = blocks.chunks_exact(const { Format::ALL[F].unit_blocks() } * T);
    for ((values, scales), tiles) in values.zip(scales).zip(tiles) {
        let (head, scales) = scales.split_at(format.head_bytes());
        let head = Head::load::<F>(head);
        let values = values.chunks_exact(format.value_bytes());
        let scales = scales.chunks_exact(format.scale_bytes());
        for ((values, scales), tile) in values.zip(scales).zip(tiles.as_chunks::<T>().0) {
            if T <= 8 {
                fetch_ahead(values);
            }
            let weights = codes::<F>(values);
            let scales = Scales::load::<F>(&head, scales);
            // Written out, or the sums would not stay in registers.
            macro_rules! rows {
                ($($row:literal)+) => {
                    $(if $row < T {
                        sums[$row] = add_block::<F>(sums[$row], &weights, &scales, &tile[$row]);
                    })+
                };
            }
            rows!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
    }
    for (into, sum) in into.iter_mut().zip(sums) {
        // SAFETY: `into` is 16 floats.
        unsafe { _mm512_storeu_ps(into.as_mut_ptr(), sum) };
    }
}

/// Asks for what will be read soon. Few rows are multiplied faster than the memory delivers, and the processor's own
/// guesses end at every page.
#[inline]
#[target_feature(enable = "avx512f")]
fn fetch_ahead(values: &[u8]) {
    const AHEAD: usize = 6144;
    for line in (0..values.len()).step_by(LINE) {
        // An address beyond the weights is a hint without effect.
        _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(AHEAD + line).cast());
    }
}

/// The numbers that scale a super-block.
struct Head {
    scale: __m512,
    offset: __m512,
}

impl Head {
    #[inline]
    #[target_feature(enable = "avx512f,f16c")]
    fn load<const F: usize>(bytes: &[u8]) -> Head {
        match const { Format::ALL[F] } {
            Format::Q4K | Format::Q5K => Head {
                scale: halves(&bytes[..32]),
                offset: halves(&bytes[32..64]),
            },
            Format::Q6K => Head {
                scale: halves(&bytes[..32]),
                offset: _mm512_setzero_ps(),
            },
            _ => Head {
                scale: _mm512_setzero_ps(),
                offset: _mm512_setzero_ps(),
            },
        }
    }
}

/// What the sums of a block are multiplied by. `second` is the offset, also that of codes whose zero is not 0; for
/// `Q6_K` it is the scale of the last 16 columns.
struct Scales {
    first: __m512,
    second: __m512,
}

impl Scales {
    #[inline]
    #[target_feature(enable = "avx512f,f16c")]
    fn load<const F: usize>(head: &Head, bytes: &[u8]) -> Scales {
        match const { Format::ALL[F] } {
            Format::Q4K | Format::Q5K => Scales {
                first: _mm512_mul_ps(head.scale, unsigned_bytes(&bytes[..16])),
                second: _mm512_sub_ps(
                    _mm512_setzero_ps(),
                    _mm512_mul_ps(head.offset, unsigned_bytes(&bytes[16..32])),
                ),
            },
            Format::Q6K => Scales {
                first: _mm512_mul_ps(head.scale, signed_bytes(&bytes[..16])),
                second: _mm512_mul_ps(head.scale, signed_bytes(&bytes[16..32])),
            },
            Format::Q4_1 | Format::Q5_1 => Scales {
                first: halves(&bytes[..32]),
                second: halves(&bytes[32..64]),
            },
            format => {
                let first = halves(&bytes[..32]);
                Scales {
                    first,
                    second: _mm512_mul_ps(first, _mm512_set1_ps(-format.zero() as f32)),
                }
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn add_block<const F: usize>(
    sum: __m512,
    weights: &[__m512i; 8],
    scales: &Scales,
    block: &Quantised,
) -> __m512 {
    let format = const { Format::ALL[F] };
    let scale = _mm512_set1_ps(block.scale);
    let (words, _) = block.values.as_chunks::<4>();
    let dot = |start: __m512i, groups: std::ops::Range<usize>| {
        let mut products = start;
        for group in groups {
            let word = _mm512_set1_epi32(i32::from_ne_bytes(words[group].map(|byte| byte as u8)));
            products = _mm512_dpbusd_epi32(products, weights[group], word);
        }
        _mm512_mul_ps(_mm512_cvtepi32_ps(products), scale)
    };
    if matches!(format, Format::Q6K) {
        let minus_zeros = |count: i32| _mm512_set1_epi32(-format.zero() * count);
        let sum = _mm512_fmadd_ps(dot(minus_zeros(block.low), 0..4), scales.first, sum);
        return _mm512_fmadd_ps(dot(minus_zeros(block.high), 4..8), scales.second, sum);
    }
    let sum = _mm512_fmadd_ps(dot(_mm512_setzero_si512(), 0..8), scales.first, sum);
    _mm512_fmadd_ps(scales.second, _mm512_set1_ps(block.sum), sum)
}

/// The codes of a block, one vector for each group of four columns.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn codes<const F: usize>(values: &[u8]) -> [__m512i; 8] {
    let bits = const { Format::ALL[F].bits() };
    assert!(values.len() == const { Format::ALL[F].value_bytes() });
    // SAFETY: every caller passes the values of a block, 64 bytes for each of the vectors read.
    let vector =
        |at: usize| unsafe { _mm512_loadu_si512(values[64 * at..64 * at + 64].as_ptr().cast()) };
    let mut codes = [_mm512_setzero_si512(); 8];
    if bits == 8 {
        for (at, code) in codes.iter_mut().enumerate() {
            *code = vector(at);
        }
        return codes;
    }
    let nibble = _mm512_set1_epi8(15);
    for at in 0..4 {
        let both = vector(at);
        codes[at] = _mm512_and_si512(both, nibble);
        codes[at + 4] = _mm512_and_si512(_mm512_srli_epi16::<4>(both), nibble);
    }
    match bits {
        5 => {
            let fifths = vector(4);
            let bit = _mm512_set1_epi8(16);
            for (group, code) in codes.iter_mut().enumerate() {
                *code = or_masked(*code, moved(fifths, 4 - group as i32), bit);
            }
        }
        6 => {
            let bits = _mm512_set1_epi8(48);
            for (group, code) in codes.iter_mut().enumerate() {
                let upper = vector(4 + group / 4);
                *code = or_masked(*code, moved(upper, 4 - 2 * (group as i32 % 4)), bits);
            }
        }
        _ => {}
    }
    codes
}

/// `code | (bits & mask)`.
#[inline]
#[target_feature(enable = "avx512f")]
fn or_masked(code: __m512i, bits: __m512i, mask: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xF8>(code, bits, mask)
}

/// Bits moved up by `by`, or down when it is negative; what crosses into the neighbouring byte is masked away later.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn moved(bits: __m512i, by: i32) -> __m512i {
    match by {
        4 => _mm512_slli_epi16::<4>(bits),
        3 => _mm512_slli_epi16::<3>(bits),
        2 => _mm512_slli_epi16::<2>(bits),
        1 => _mm512_slli_epi16::<1>(bits),
        0 => bits,
        -1 => _mm512_srli_epi16::<1>(bits),
        -2 => _mm512_srli_epi16::<2>(bits),
        _ => _mm512_srli_epi16::<3>(bits),
    }
}

#[inline]
#[target_feature(enable = "avx512f,f16c")]
fn halves(bytes: &[u8]) -> __m512 {
    assert!(bytes.len() == 32);
    // SAFETY: there are 32 bytes.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn unsigned_bytes(bytes: &[u8]) -> __m512 {
    assert!(bytes.len() == 16);
    // SAFETY: there are 16 bytes.
    _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(unsafe {
        _mm_loadu_si128(bytes.as_ptr().cast())
    }))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn signed_bytes(bytes: &[u8]) -> __m512 {
    assert!(bytes.len() == 16);
    // SAFETY: there are 16 bytes.
    _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(unsafe {
        _mm_loadu_si128(bytes.as_ptr().cast())
    }))
}

/// Multiplies a panel of floats, `[column][16]`, by the `into.len()` rows of `columns` values that lie one after the other.
#[target_feature(enable = "avx512f,avx2,fma,f16c")]
pub fn floats<const F: usize>(
    panel: Panel,
    values: &[f32],
    columns: usize,
    into: &mut [[f32; PANEL]],
) {
    const ROWS: usize = 8;
    for (values, into) in values.chunks(ROWS * columns).zip(into.chunks_mut(ROWS)) {
        match into.len() {
            ROWS => float_rows::<F, ROWS, 1>(panel, values, columns, into),
            _ => {
                for (values, into) in values.chunks(columns).zip(into.chunks_mut(1)) {
                    // One row alone would wait for each of its sums: four of them take turns.
                    float_rows::<F, 1, 4>(panel, values, columns, into);
                }
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx2,fma,f16c")]
fn float_rows<const F: usize, const N: usize, const TURNS: usize>(
    panel: Panel,
    values: &[f32],
    columns: usize,
    into: &mut [[f32; PANEL]],
) {
    assert!(values.len() >= N * columns);
    let format = const { Format::ALL[F] };
    let mut sums = [[_mm512_setzero_ps(); TURNS]; N];
    let size = const { Format::ALL[F].unit_value_bytes() };
    for (group, weights) in panel.values.chunks(TURNS * size).enumerate() {
        for (turn, weights) in weights.chunks_exact(size).enumerate() {
            let weights = match format {
                Format::F16 => halves(weights),
                // SAFETY: a unit of F32 is 64 bytes.
                _ => unsafe { _mm512_loadu_ps(weights.as_ptr().cast()) },
            };
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_ps(values[row * columns + group * TURNS + turn]);
                sums[turn] = _mm512_fmadd_ps(weights, value, sums[turn]);
            }
        }
    }
    for (into, sums) in into.iter_mut().zip(sums) {
        let sum = sums
            .into_iter()
            .fold(_mm512_setzero_ps(), |a, b| _mm512_add_ps(a, b));
        // SAFETY: `into` is 16 floats.
        unsafe { _mm512_storeu_ps(into.as_mut_ptr(), sum) };
    }
}
