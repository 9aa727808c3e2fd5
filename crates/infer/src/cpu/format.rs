//! How matrices lie in memory: panels of 16 rows, in the order in which the products read them.
//!
//! A panel holds 16 rows; within it the columns come in blocks of 32, and K-quants in super-blocks of 8 such blocks. First
//! come the values of all blocks, then the scales of all, so that vectors do not straddle cache lines. The values of a
//! block are, for each four columns `4g..4g + 4` ("group" g, 0..8), a vector of 64 bytes, `[row 16][column 4]`, which is
//! what an integer dot product wants. They are unsigned codes; what has fewer than 8 bits is spread as follows.
//!
//! | bits | vectors of 64 bytes |
//! |---|---|
//! | 4 | 4: group g in the low, group g + 4 in the high nibbles of vector g |
//! | 5 | the same, then 1 with the fifth bit of group g in bit g |
//! | 6 | the same, then 2 with bits 5 and 6 of group g in bits `2 (g mod 4)` of vector g / 4 |
//! | 8 | 8: group g in vector g |
//!
//! A matrix takes the memory it takes in the file (`Q4_K` and `Q5_K` 3 % more: their scales are whole bytes here). `F16` and
//! `F32` panels are `[column][row 16]` and are multiplied as floats.

use candle_core::quantized::GgmlDType;

/// Rows in a panel.
pub const PANEL: usize = 16;
/// Columns in a block.
pub const BLOCK: usize = 32;

/// The packing of a matrix; the names are those of the file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Format {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
    F16,
    F32,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 10] = [
        Format::Q4_0,
        Format::Q4_1,
        Format::Q5_0,
        Format::Q5_1,
        Format::Q8_0,
        Format::Q4K,
        Format::Q5K,
        Format::Q6K,
        Format::F16,
        Format::F32,
    ];

    /// The format of tensors of this kind, if there are products for it.
    pub fn of(dtype: GgmlDType) -> Option<Format> {
        Some(match dtype {
            GgmlDType::Q4_0 => Format::Q4_0,
            GgmlDType::Q4_1 => Format::Q4_1,
            GgmlDType::Q5_0 => Format::Q5_0,
            GgmlDType::Q5_1 => Format::Q5_1,
            GgmlDType::Q8_0 => Format::Q8_0,
            GgmlDType::Q4K => Format::Q4K,
            GgmlDType::Q5K => Format::Q5K,
            GgmlDType::Q6K => Format::Q6K,
            GgmlDType::F16 => Format::F16,
            GgmlDType::F32 => Format::F32,
            _ => return None,
        })
    }

    /// Whether values are codes to be multiplied as integers.
    pub const fn is_quantised(self) -> bool {
        !matches!(self, Format::F16 | Format::F32)
    }

    /// Bits of a code.
    pub const fn bits(self) -> usize {
        match self {
            Format::Q4_0 | Format::Q4_1 | Format::Q4K => 4,
            Format::Q5_0 | Format::Q5_1 | Format::Q5K => 5,
            Format::Q6K => 6,
            Format::Q8_0 => 8,
            Format::F16 => 16,
            Format::F32 => 32,
        }
    }

    /// What is taken from a code before it is scaled.
    pub const fn zero(self) -> i32 {
        match self {
            Format::Q4_0 => 8,
            Format::Q5_0 => 16,
            Format::Q6K => 32,
            Format::Q8_0 => 128,
            _ => 0,
        }
    }

    /// Whether an offset is added to scaled codes.
    pub const fn has_offset(self) -> bool {
        matches!(
            self,
            Format::Q4_1 | Format::Q5_1 | Format::Q4K | Format::Q5K
        )
    }

    /// Columns that make up a unit: a block, for K-quants a super-block, for floats one column.
    pub const fn unit_columns(self) -> usize {
        match self {
            Format::Q4K | Format::Q5K | Format::Q6K => 256,
            Format::F16 | Format::F32 => 1,
            _ => BLOCK,
        }
    }

    /// Bytes of a unit of one row in the file.
    pub const fn file_bytes(self) -> usize {
        match self {
            Format::Q4_0 => 18,
            Format::Q4_1 => 20,
            Format::Q5_0 => 22,
            Format::Q5_1 => 24,
            Format::Q8_0 => 34,
            Format::Q4K => 144,
            Format::Q5K => 176,
            Format::Q6K => 210,
            Format::F16 => 2,
            Format::F32 => 4,
        }
    }

    /// Blocks in a unit.
    pub const fn unit_blocks(self) -> usize {
        self.unit_columns().div_ceil(BLOCK)
    }

    /// Bytes that begin a unit's scales: those of the super-block, `f16[16]` each.
    pub const fn head_bytes(self) -> usize {
        match self {
            Format::Q4K | Format::Q5K => 64,
            Format::Q6K => 32,
            _ => 0,
        }
    }

    /// Bytes of a block's scales: `f16[16]` scales and offsets, or bytes that scale those of the super-block.
    pub const fn scale_bytes(self) -> usize {
        match self {
            Format::Q4_1 | Format::Q5_1 => 64,
            Format::F16 | Format::F32 => 0,
            _ => 32,
        }
    }

    /// Bytes of a unit's scales.
    pub const fn unit_scale_bytes(self) -> usize {
        self.head_bytes() + self.unit_blocks() * self.scale_bytes()
    }

    /// Bytes of a block's values.
    pub const fn value_bytes(self) -> usize {
        BLOCK * PANEL * self.bits() / 8
    }

    /// Bytes of a unit's values.
    pub const fn unit_value_bytes(self) -> usize {
        self.unit_columns() * PANEL * self.bits() / 8
    }

    /// Bytes of a panel of so many units; panels begin at cache lines.
    pub const fn panel_bytes(self, units: usize) -> usize {
        (units * (self.unit_value_bytes() + self.unit_scale_bytes())).next_multiple_of(LINE)
    }
}

/// Bytes of a cache line.
pub const LINE: usize = 64;

/// The weights of 16 rows.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// The values of all units.
    pub values: &'a [u8],
    /// The scales of all units.
    pub scales: &'a [u8],
}
