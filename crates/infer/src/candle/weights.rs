//! Tensors out of a GGUF file, repacked where the processor has no fast product for their packing.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::LoadError;
use crate::gguf::{GgufError, Header, TensorInfo};

/// Reads tensors by name and checks their shapes.
pub(super) struct Weights<'a> {
    file: RefCell<File>,
    header: &'a Header,
    device: &'a Device,
}

impl<'a> Weights<'a> {
    pub(super) fn new(file: File, header: &'a Header, device: &'a Device) -> Weights<'a> {
        Weights {
            file: RefCell::new(file),
            header,
            device,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.header.tensor(name).is_ok()
    }

    /// A tensor as packed in the file.
    pub(super) fn packed(&self, name: &str, shape: &[usize]) -> Result<QTensor, LoadError> {
        let info = self.info(name, shape)?;
        let bytes = self.bytes(info)?;
        Ok(place(bytes, info.dtype, shape, self.device)?)
    }

    /// A matrix to multiply by, `[rows, columns]`.
    pub(super) fn matrix(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<QMatMul, LoadError> {
        let info = self.info(name, &[rows, columns])?;
        let bytes = self.bytes(info)?;
        let tensor = match self.device.is_cpu() {
            true => repacked(bytes, info.dtype, &[rows, columns])?,
            false => place(bytes, info.dtype, &[rows, columns], self.device)?,
        };
        Ok(QMatMul::from_qtensor(tensor)?)
    }

    /// A vector of floats.
    pub(super) fn vector(&self, name: &str, length: usize) -> Result<Tensor, LoadError> {
        Ok(self.packed(name, &[length])?.dequantize(self.device)?)
    }

    fn info(&self, name: &str, shape: &[usize]) -> Result<&TensorInfo, LoadError> {
        let info = self.header.tensor(name)?;
        match info.shape == shape {
            true => Ok(info),
            false => Err(LoadError::Shape {
                name: name.into(),
                found: info.shape.clone(),
                expected: shape.into(),
            }),
        }
    }

    fn bytes(&self, info: &TensorInfo) -> Result<Vec<u8>, LoadError> {
        let mut file = self.file.borrow_mut();
        let mut bytes = vec![0; info.size];
        file.seek(SeekFrom::Start(info.start))
            .map_err(GgufError::Read)?;
        file.read_exact(&mut bytes).map_err(GgufError::Read)?;
        Ok(bytes)
    }
}

/// Bytes a tensor takes once loaded on the CPU.
pub(super) fn loaded_size(info: &TensorInfo) -> u64 {
    let elements: u64 = info.shape.iter().map(|&n| n as u64).product();
    match info.dtype {
        GgmlDType::Q5_0 | GgmlDType::Q4_1 | GgmlDType::Q5_1 => elements / 32 * 34,
        GgmlDType::F16 | GgmlDType::BF16 => elements * 4,
        // Packings with super-blocks get a second copy, tiled for the processor, on first use.
        GgmlDType::Q4K | GgmlDType::Q6K => info.size as u64 * 9 / 4,
        _ => info.size as u64,
    }
}

fn place(
    bytes: Vec<u8>,
    dtype: GgmlDType,
    shape: &[usize],
    device: &Device,
) -> candle_core::Result<QTensor> {
    QTensor::new(QStorage::from_data(bytes.into(), device, dtype)?, shape)
}

/// candle multiplies 8-bit blocks with vector instructions, but 5-bit blocks and blocks with an offset one value at
/// a time. Those become 8-bit blocks: exactly for Q5_0, to 1/255 of a block's range for the others.
fn repacked(bytes: Vec<u8>, dtype: GgmlDType, shape: &[usize]) -> candle_core::Result<QTensor> {
    match dtype {
        GgmlDType::Q5_0 => place(q8_0_of_q5_0(&bytes), GgmlDType::Q8_0, shape, &Device::Cpu),
        GgmlDType::Q4_1 | GgmlDType::Q5_1 => {
            let floats = place(bytes, dtype, shape, &Device::Cpu)?.dequantize(&Device::Cpu)?;
            QTensor::quantize(&floats, GgmlDType::Q8_0)
        }
        _ => place(bytes, dtype, shape, &Device::Cpu),
    }
}

const Q5_0_BLOCK: usize = 22;
const Q8_0_BLOCK: usize = 34;

/// Q5_0 block: scale f16, fifth bits u32, 16 bytes with value j in the low and value j + 16 in the high nibble; values
/// are offset by 16. Q8_0 block: scale f16, 32 signed bytes. The scale is the same, so nothing is rounded.
fn q8_0_of_q5_0(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0; bytes.len() / Q5_0_BLOCK * Q8_0_BLOCK];
    for (from, to) in bytes
        .chunks_exact(Q5_0_BLOCK)
        .zip(packed.chunks_exact_mut(Q8_0_BLOCK))
    {
        to[..2].copy_from_slice(&from[..2]);
        let fifths = u32::from_le_bytes([from[2], from[3], from[4], from[5]]);
        for (j, nibbles) in from[6..].iter().enumerate() {
            let low = (nibbles & 15) | (((fifths >> j) & 1) << 4) as u8;
            let high = (nibbles >> 4) | (((fifths >> (j + 16)) & 1) << 4) as u8;
            to[2 + j] = low.wrapping_sub(16);
            to[2 + j + 16] = high.wrapping_sub(16);
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_bit_blocks_become_eight_bit_blocks_without_rounding() {
        let values: Vec<f32> = (0..256)
            .map(|n| ((n * 37 % 101) as f32 - 50.0) / 7.0)
            .collect();
        let floats = Tensor::from_vec(values, (2, 128), &Device::Cpu).unwrap();
        let five = QTensor::quantize(&floats, GgmlDType::Q5_0).unwrap();
        let eight = repacked(
            five.data().unwrap().into_owned(),
            GgmlDType::Q5_0,
            &[2, 128],
        )
        .unwrap();
        assert_eq!(eight.dtype(), GgmlDType::Q8_0);
        let read = |tensor: &QTensor| {
            tensor
                .dequantize(&Device::Cpu)
                .unwrap()
                .flatten_all()
                .unwrap()
                .to_vec1::<f32>()
                .unwrap()
        };
        assert_eq!(read(&five), read(&eight));
    }
}
