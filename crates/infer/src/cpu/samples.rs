//! Made-up weights for tests, and what they mean according to candle.

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::format::Format;

fn dtype(format: Format) -> GgmlDType {
    match format {
        Format::Q4_0 => GgmlDType::Q4_0,
        Format::Q4_1 => GgmlDType::Q4_1,
        Format::Q5_0 => GgmlDType::Q5_0,
        Format::Q5_1 => GgmlDType::Q5_1,
        Format::Q8_0 => GgmlDType::Q8_0,
        Format::Q4K => GgmlDType::Q4K,
        Format::Q5K => GgmlDType::Q5K,
        Format::Q6K => GgmlDType::Q6K,
        Format::F16 => GgmlDType::F16,
        Format::F32 => GgmlDType::F32,
    }
}

/// Numbers between -1 and 1 that look random; another `seed`, other numbers.
pub fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The bytes of a matrix of such numbers as a file has them.
pub fn packed(format: Format, rows: usize, columns: usize) -> Vec<u8> {
    let values = numbers(rows * columns, (rows * 31 + columns) as u32);
    quantised(format, columns, &values)
}

/// The bytes of a matrix of these values, row by row, as a file has them.
pub fn quantised(format: Format, columns: usize, values: &[f32]) -> Vec<u8> {
    let shape = (values.len() / columns, columns);
    let tensor = Tensor::from_slice(values, shape, &Device::Cpu).unwrap();
    let packed = QTensor::quantize(&tensor, dtype(format)).unwrap();
    packed.data().unwrap().into_owned()
}

/// The floats that the bytes stand for.
pub fn reference(format: Format, rows: usize, columns: usize, bytes: &[u8]) -> Vec<f32> {
    let storage = QStorage::from_data(bytes.to_vec().into(), &Device::Cpu, dtype(format)).unwrap();
    let tensor = QTensor::new(storage, (rows, columns)).unwrap();
    let floats = tensor.dequantize(&Device::Cpu).unwrap();
    floats.flatten_all().unwrap().to_vec1().unwrap()
}
