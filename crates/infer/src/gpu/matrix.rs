//! Weights in device memory.

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};
use half::f16;

use super::packing::{GROUP, Packing};
use super::{Gpu, GpuError};
use crate::weights::{LoadError, WeightFile};

/// A matrix, in runs of rows: it may be put together from tensors of different packings, and a run is never larger
/// than what a kernel can read at once.
pub(crate) struct Matrix {
    pub runs: Vec<Run>,
    pub columns: usize,
}

/// Rows that lie in one pair of buffers.
pub(crate) struct Run {
    pub packing: Packing,
    pub rows: usize,
    /// `Matrix` of `shaders/lib/weights.wgsl`.
    pub sizes: wgpu::Buffer,
    pub quants: wgpu::Buffer,
    pub scales: wgpu::Buffer,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Sizes {
    rows: u32,
    groups: u32,
    first: u32,
    stride: u32,
    width: f32,
    epsilon: f32,
    /// Uniforms are made of 16 bytes.
    padding: [u32; 2],
}

/// Rows as they are in a file, or what there is a kernel for instead.
#[derive(Clone)]
pub(crate) struct Rows {
    pub packing: Packing,
    pub bytes: Vec<u8>,
    pub columns: usize,
}

/// How the product of a matrix is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Output {
    /// Numbers in a row.
    pub stride: usize,
    /// Whether rows are gate and up in turn, which make one number together.
    pub gated: bool,
    /// Of the norm of the input.
    pub epsilon: f32,
}

impl Rows {
    /// The tensor `name`, `[rows, columns]`. A packing that no kernel reads is unpacked to f16.
    pub fn read(
        file: &WeightFile,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Rows, LoadError> {
        let packed = file.tensor(name, &[rows, columns])?;
        let bytes = packed.bytes.to_vec();
        file.release(packed);
        match Packing::of(packed.info.dtype) {
            Some(packing) => Ok(Rows {
                packing,
                bytes,
                columns,
            }),
            None => {
                let values = floats(bytes, packed.info.dtype, rows * columns)?;
                Ok(Rows::of_floats(&values, columns))
            }
        }
    }

    fn of_floats(values: &[f32], columns: usize) -> Rows {
        let bytes = values
            .iter()
            .flat_map(|value| f16::from_f32(*value).to_le_bytes());
        Rows {
            packing: Packing::F16,
            bytes: bytes.collect(),
            columns,
        }
    }

    fn row_bytes(&self) -> usize {
        self.packing.row_bytes(self.columns)
    }

    fn count(&self) -> usize {
        self.bytes.len() / self.row_bytes()
    }

    /// The rows of `self` and `other` in turn. Of two packings, f16 is made.
    pub fn interleaved(self, other: Rows) -> Result<Rows, LoadError> {
        if self.packing != other.packing {
            return self.unpacked()?.interleaved(other.unpacked()?);
        }
        let size = self.row_bytes();
        let pairs = self
            .bytes
            .chunks_exact(size)
            .zip(other.bytes.chunks_exact(size));
        let bytes = pairs.flat_map(|(a, b)| [a, b]).flatten().copied().collect();
        Ok(Rows { bytes, ..self })
    }

    fn unpacked(self) -> Result<Rows, LoadError> {
        let count = self.count() * self.columns;
        let values = floats(self.bytes, self.packing.dtype(), count)?;
        Ok(Rows::of_floats(&values, self.columns))
    }
}

/// The values of a packed tensor.
pub(crate) fn floats(
    bytes: Vec<u8>,
    dtype: GgmlDType,
    count: usize,
) -> Result<Vec<f32>, LoadError> {
    let storage = QStorage::from_data(bytes.into(), &Device::Cpu, dtype)?;
    let tensor: Tensor = QTensor::new(storage, count)?.dequantize(&Device::Cpu)?;
    Ok(tensor.to_vec1()?)
}

impl Matrix {
    /// Places `stack`, one below the other.
    pub fn place(gpu: &Gpu, stack: Vec<Rows>, output: Output) -> Result<Matrix, GpuError> {
        let columns = stack.first().map_or(0, |rows| rows.columns);
        let mut joined: Vec<Rows> = Vec::new();
        for rows in stack {
            match joined
                .last_mut()
                .filter(|last| last.packing == rows.packing)
            {
                Some(last) => last.bytes.extend(rows.bytes),
                None => joined.push(rows),
            }
        }
        let mut first = 0;
        let mut runs = Vec::new();
        for rows in joined {
            let most = most_rows(gpu, &rows) * rows.row_bytes();
            for bytes in rows.bytes.chunks(most) {
                let run = Run::place(gpu, rows.packing, bytes, columns, first, output)?;
                first += run.rows;
                runs.push(run);
            }
        }
        Ok(Matrix { runs, columns })
    }
}

/// The most rows that fit one buffer; a multiple of what a workgroup of any kernel has.
fn most_rows(gpu: &Gpu, rows: &Rows) -> usize {
    const STEP: usize = 256;
    let row = rows.columns.div_ceil(GROUP) * rows.packing.group_words() * 4;
    let fitting = gpu.largest_buffer() as usize / row;
    (fitting / STEP * STEP).max(STEP)
}

impl Run {
    fn place(
        gpu: &Gpu,
        packing: Packing,
        bytes: &[u8],
        columns: usize,
        first: usize,
        output: Output,
    ) -> Result<Run, GpuError> {
        let rows = bytes.len() / packing.row_bytes(columns);
        let repacked = packing.repack(bytes, columns);
        let sizes = Sizes {
            rows: rows as u32,
            groups: columns.div_ceil(GROUP) as u32,
            first: (if output.gated { first / 2 } else { first }) as u32,
            stride: output.stride as u32,
            width: columns as f32,
            epsilon: output.epsilon,
            padding: [0; 2],
        };
        Ok(Run {
            packing,
            rows,
            sizes: gpu.uniform("sizes", bytemuck::bytes_of(&sizes)),
            quants: gpu.place("quants", &repacked.quants)?,
            scales: gpu.place("scales", &repacked.scales)?,
        })
    }
}
