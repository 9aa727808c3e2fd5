//! Every kernel computes what its twin does, on sizes that are no multiple of a workgroup, in every variant.

mod attention;
mod model;
mod products;
mod sources;
mod tuning;

use std::sync::OnceLock;

use super::dispatch::{Call, Dispatch};
use super::{Adapters, Gpu};

/// Software adapters count: this machine has one (Debian: mesa-vulkan-drivers), so a kernel that does not run is a
/// failure.
fn gpu() -> Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| Gpu::open(Adapters::Any).unwrap_or_else(|error| panic!("{error}")))
        .clone()
}

/// Numbers from -1 to 1, the same for the same seed.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Runs one dispatch and reads back `buffer`.
fn run(gpu: &Gpu, dispatch: &Dispatch, call: Call, buffer: &wgpu::Buffer) -> Vec<f32> {
    let staging = gpu.readable(buffer.size());
    gpu.submit([dispatch], &call, |commands| {
        commands.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
    });
    gpu.read_back(&staging, buffer.size(), |bytes| {
        bytemuck::cast_slice(bytes).to_vec()
    })
    .unwrap()
}

/// Fails when the numbers differ by more than `tolerance`, or are not as many.
fn same(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        assert!(
            difference <= tolerance,
            "{what}: number {at} is {found}, not {expected}"
        );
    }
}
