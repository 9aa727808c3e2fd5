//! Weights as the kernels read them: 16-byte words side by side, repacked once when a model is loaded.
//!
//! A row is cut into groups of 32 values. The codes of a group stay as narrow as they are in the file; `shaders/lib/`
//! says for each packing where they lie.

use candle_core::quantized::GgmlDType;

/// Values in a group.
pub(crate) const GROUP: usize = 32;

/// How the values of a matrix are packed, of those there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Packing {
    F32,
    F16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

/// A run of rows as the kernels read them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Repacked {
    pub quants: Vec<u32>,
    /// Scales, offsets and high bits; never empty.
    pub scales: Vec<u32>,
}

impl Packing {
    /// All of them.
    pub const ALL: [Packing; 9] = [
        Packing::F32,
        Packing::F16,
        Packing::Q4_0,
        Packing::Q4_1,
        Packing::Q5_0,
        Packing::Q8_0,
        Packing::Q4K,
        Packing::Q5K,
        Packing::Q6K,
    ];

    /// The packing of a tensor in a file.
    pub fn of(dtype: GgmlDType) -> Option<Packing> {
        Packing::ALL
            .into_iter()
            .find(|packing| packing.dtype() == dtype)
    }

    /// What it is called in files.
    pub fn dtype(self) -> GgmlDType {
        match self {
            Packing::F32 => GgmlDType::F32,
            Packing::F16 => GgmlDType::F16,
            Packing::Q4_0 => GgmlDType::Q4_0,
            Packing::Q4_1 => GgmlDType::Q4_1,
            Packing::Q5_0 => GgmlDType::Q5_0,
            Packing::Q8_0 => GgmlDType::Q8_0,
            Packing::Q4K => GgmlDType::Q4K,
            Packing::Q5K => GgmlDType::Q5K,
            Packing::Q6K => GgmlDType::Q6K,
        }
    }

    /// Whether values are codes of a byte or less with scales.
    pub fn has_codes(self) -> bool {
        !matches!(self, Packing::F32 | Packing::F16)
    }

    /// Words of `quants` in a group.
    pub fn group_words(self) -> usize {
        match self {
            Packing::F32 => 32,
            Packing::F16 => 16,
            Packing::Q8_0 => 8,
            _ => 4,
        }
    }

    /// Bytes of a row of `columns` values in a file.
    pub fn row_bytes(self, columns: usize) -> usize {
        columns / self.dtype().block_size() * self.dtype().type_size()
    }

    /// Rows of a file, `columns` values each, as the kernels read them. Rows of plain numbers are filled up with zeros
    /// to whole groups.
    pub fn repack(self, bytes: &[u8], columns: usize) -> Repacked {
        if !self.has_codes() {
            let quants = filled(bytes, self.row_bytes(columns), self.group_words() * 4);
            return Repacked {
                quants,
                scales: vec![0],
            };
        }
        let groups = bytes.len() / self.row_bytes(columns) * (columns / GROUP);
        let codes = |group| self.codes(bytes, group);
        let quants = match self {
            Packing::Q8_0 => (0..groups)
                .flat_map(|group| bytes_of(&codes(group)))
                .collect(),
            _ => (0..groups)
                .flat_map(|group| nibbles(&codes(group)))
                .collect(),
        };
        Repacked {
            quants,
            scales: self.scales(bytes, groups),
        }
    }

    /// The codes of a group, in order.
    fn codes(self, bytes: &[u8], group: usize) -> [u8; GROUP] {
        let size = self.dtype().type_size();
        match self {
            Packing::Q4_0 => four_bits(&bytes[group * size + 2..]),
            Packing::Q4_1 => four_bits(&bytes[group * size + 4..]),
            Packing::Q5_0 => {
                let block = &bytes[group * size..];
                let low = four_bits(&block[6..]);
                let high = word(&block[2..]);
                std::array::from_fn(|at| low[at] | ((high >> at & 1) << 4) as u8)
            }
            Packing::Q8_0 => std::array::from_fn(|at| bytes[group * size + 2 + at]),
            Packing::Q4K => k_four_bits(&bytes[group / 8 * size + 16..], group % 8),
            Packing::Q5K => {
                let block = &bytes[group / 8 * size..];
                let low = k_four_bits(&block[48..], group % 8);
                std::array::from_fn(|at| low[at] | (block[16 + at] >> (group % 8) & 1) << 4)
            }
            Packing::Q6K => k_six_bits(&bytes[group / 8 * size..], group % 8),
            Packing::F32 | Packing::F16 => unreachable!("plain numbers have no codes"),
        }
    }

    /// The words beside the codes, in the order that the part of the packing says.
    fn scales(self, bytes: &[u8], groups: usize) -> Vec<u32> {
        let size = self.dtype().type_size();
        let halves = || half_words(bytes.chunks_exact(size).map(|block| [block[0], block[1]]));
        let k_heads = || {
            bytes
                .chunks_exact(size)
                .flat_map(|block| words(&block[..16]))
        };
        let fifths = (0..groups).map(|group| fifth_bits(&self.codes(bytes, group)));
        match self {
            Packing::Q4_1 => bytes.chunks_exact(size).map(word).collect(),
            Packing::Q5_0 => fifths.chain(halves()).collect(),
            Packing::Q4K => k_heads().collect(),
            Packing::Q5K => k_heads().chain(fifths).collect(),
            Packing::Q6K => {
                let high = (0..groups).flat_map(|group| two_bits(&self.codes(bytes, group)));
                let scales = bytes.chunks_exact(size).flat_map(|block| {
                    let d = u32::from(u16::from_le_bytes([block[208], block[209]]));
                    words(&block[192..208]).chain([d])
                });
                high.chain(scales).collect()
            }
            _ => halves(),
        }
    }
}

/// Rows of `row` bytes, filled up with zeros to a multiple of `group` bytes, as words.
fn filled(bytes: &[u8], row: usize, group: usize) -> Vec<u32> {
    let long = row.next_multiple_of(group);
    let mut rows = vec![0u8; bytes.len() / row * long];
    for (from, to) in bytes.chunks_exact(row).zip(rows.chunks_exact_mut(long)) {
        to[..row].copy_from_slice(from);
    }
    words(&rows).collect()
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(word)
}

/// Numbers of 16 bits, two to a word.
fn half_words(halves: impl Iterator<Item = [u8; 2]>) -> Vec<u32> {
    let halves: Vec<[u8; 2]> = halves.collect();
    let pair = |pair: &[[u8; 2]]| {
        let high = pair.get(1).copied().unwrap_or_default();
        u32::from_le_bytes([pair[0][0], pair[0][1], high[0], high[1]])
    };
    halves.chunks(2).map(pair).collect()
}

/// Sixteen bytes with value `j` in the low and value `j + 16` in the high half of byte `j`.
fn four_bits(bytes: &[u8]) -> [u8; GROUP] {
    std::array::from_fn(|at| match at < 16 {
        true => bytes[at] & 15,
        false => bytes[at - 16] >> 4,
    })
}

/// Of 32 bytes for each two groups, the low halves for the first and the high halves for the second.
fn k_four_bits(bytes: &[u8], group: usize) -> [u8; GROUP] {
    std::array::from_fn(|at| bytes[group / 2 * 32 + at] >> (group % 2 * 4) & 15)
}

/// Of 128 bytes of low and 64 of high bits: each half of a block has 64 and 32 of them for its four groups.
fn k_six_bits(block: &[u8], group: usize) -> [u8; GROUP] {
    let (half, quarter) = (group / 4, group % 4);
    let low = &block[half * 64 + quarter % 2 * 32..];
    let high = &block[128 + half * 32..];
    std::array::from_fn(|at| {
        (low[at] >> (quarter / 2 * 4) & 15) | (high[at] >> (quarter * 2) & 3) << 4
    })
}

/// The low four bits as [`four_bits`] has them, in words.
fn nibbles(codes: &[u8; GROUP]) -> [u32; 4] {
    let byte = |at: usize| codes[at] & 15 | codes[at + 16] << 4;
    std::array::from_fn(|k| word(&std::array::from_fn::<u8, 4, _>(|j| byte(4 * k + j))))
}

fn bytes_of(codes: &[u8; GROUP]) -> [u32; 8] {
    std::array::from_fn(|k| word(&codes[4 * k..]))
}

/// Bit `8 j + 4 half + k` is the fifth bit of value `16 half + 4 k + j`.
fn fifth_bits(codes: &[u8; GROUP]) -> u32 {
    let bit = |at: usize| u32::from(codes[at] >> 4 & 1) << (at % 4 * 8 + at / 4);
    (0..GROUP).map(bit).sum()
}

/// Bits `8 j + 2 k` of word `half` are the two high bits of value `16 half + 4 k + j`.
fn two_bits(codes: &[u8; GROUP]) -> [u32; 2] {
    std::array::from_fn(|half| {
        let bits =
            |at: usize| u32::from(codes[16 * half + at] >> 4 & 3) << (at % 4 * 8 + at / 4 * 2);
        (0..16).map(bits).sum()
    })
}
