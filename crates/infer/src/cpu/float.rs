//! Loops over floats, compiled once for each set of instructions: the compiler makes vectors of them.

use super::format::PANEL;
use super::processor::{Instructions, compiled_for};

/// `a * b + c`, in one instruction if there is one.
#[inline(always)]
pub fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    match FUSED {
        true => a.mul_add(b, c),
        false => a * b + c,
    }
}

/// e to the power of `x`, to 2 units in the last place; 0 below -87 and at most e^88. After Cephes' `expf`.
#[inline(always)]
pub fn exp<const FUSED: bool>(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.0, 88.0);
    let shifted = multiply_add::<FUSED>(clamped, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = multiply_add::<FUSED>(n, -0.693_359_4, clamped);
    let r = multiply_add::<FUSED>(n, 2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4;
    for coefficient in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = multiply_add::<FUSED>(p, r, coefficient);
    }
    let p = multiply_add::<FUSED>(p * r, r, r + 1.0);
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    if x < -87.0 { 0.0 } else { p * power }
}

/// `gate / (1 + e^-gate) * up` for each of 16.
pub fn swiglu(with: Instructions, gate: &[f32; PANEL], up: &[f32; PANEL]) -> [f32; PANEL] {
    #[inline(always)]
    fn each<const FUSED: bool>(gate: &[f32; PANEL], up: &[f32; PANEL]) -> [f32; PANEL] {
        // A loop and not `from_fn`: a closure would be compiled for no instructions in particular.
        let mut gated = [0.0; PANEL];
        for at in 0..PANEL {
            gated[at] = gate[at] / (1.0 + exp::<FUSED>(-gate[at])) * up[at];
        }
        gated
    }
    compiled_for!(with, each(gate: &[f32; PANEL], up: &[f32; PANEL]) -> [f32; PANEL])
}

/// `row / sqrt(mean(row²) + epsilon) * weight`.
pub fn rms_norm(with: Instructions, row: &[f32], weight: &[f32], epsilon: f32, into: &mut [f32]) {
    #[inline(always)]
    fn norm<const FUSED: bool>(row: &[f32], weight: &[f32], epsilon: f32, into: &mut [f32]) {
        let squares = sum_of_products::<FUSED>(row, row);
        let factor = 1.0 / (squares / row.len() as f32 + epsilon).sqrt();
        for ((into, value), weight) in into.iter_mut().zip(row).zip(weight) {
            *into = value * factor * weight;
        }
    }
    compiled_for!(with, norm(row: &[f32], weight: &[f32], epsilon: f32, into: &mut [f32]))
}

/// `(row - mean) / sqrt(variance + epsilon) * weight + bias`, in place.
pub fn layer_norm(with: Instructions, row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    #[inline(always)]
    fn norm<const FUSED: bool>(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
        let mean = sum(row) / row.len() as f32;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let variance = sum_of_products::<FUSED>(row, row) / row.len() as f32;
        let factor = 1.0 / (variance + epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *value = multiply_add::<FUSED>(*value * factor, *weight, *bias);
        }
    }
    compiled_for!(with, norm(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32))
}

/// `x / 2 * (1 + erf(x / sqrt(2)))` for each value. The error function is 7.1.26 of Abramowitz and Stegun, right to 2e-7.
pub fn gelu(with: Instructions, values: &mut [f32]) {
    #[inline(always)]
    fn each<const FUSED: bool>(values: &mut [f32]) {
        for value in values {
            let x = value.abs() * std::f32::consts::FRAC_1_SQRT_2;
            let t = 1.0 / multiply_add::<FUSED>(0.327_591_1, x, 1.0);
            let mut p = 1.061_405_4;
            for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
                p = multiply_add::<FUSED>(p, t, coefficient);
            }
            let erf = 1.0 - p * t * exp::<FUSED>(-x * x);
            *value = 0.5 * multiply_add::<FUSED>(value.abs(), erf, *value);
        }
    }
    compiled_for!(with, each(values: &mut [f32]))
}

/// Numbers that a vector holds at most. Sums and maxima are taken in so many lanes first: one after the other, each would
/// wait for the one before.
pub const LANES: usize = 16;

/// The sum of the values.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    let mut total = sum_of_lanes(sums);
    for value in rest {
        total += value;
    }
    total
}

#[inline(always)]
fn sum_of_lanes(mut lanes: [f32; LANES]) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    lanes[0]
}

/// `a` if it is larger, else `b`: one instruction, while `f32::max` also looks for what is no number.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The largest of values whose number is a multiple of 16, at least `least`. What is no number is not looked at.
#[inline(always)]
pub fn largest(values: &[f32], least: f32) -> f32 {
    let mut lanes = [least; LANES];
    for chunk in values.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            lanes[lane] = larger(chunk[lane], lanes[lane]);
        }
    }
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = larger(lanes[lane + half], lanes[lane]);
        }
    }
    lanes[0]
}

#[inline(always)]
fn sum_of_products<const FUSED: bool>(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] = multiply_add::<FUSED>(a[lane], b[lane], sums[lane]);
        }
    }
    let mut total = sum_of_lanes(sums);
    for (a, b) in a_rest.iter().zip(b_rest) {
        total += a * b;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_right_to_a_millionth() {
        for n in -8800..=8800 {
            let x = n as f32 / 100.0;
            for found in [exp::<true>(x), exp::<false>(x)] {
                let expected = f64::from(x).exp();
                let error = (f64::from(found) - expected).abs() / expected.max(1e-37);
                assert!(
                    error < 1e-6 || x < -87.0 && found == 0.0,
                    "{x}: {found} {expected}"
                );
            }
        }
        assert_eq!(exp::<true>(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn centred_norms_and_error_functions_agree_with_their_formulas() {
        let row: Vec<f32> = (0..50).map(|n| (n as f32 - 20.0) / 9.0).collect();
        let (weight, bias) = (vec![1.5; 50], vec![0.25; 50]);
        let mean = row.iter().sum::<f32>() / 50.0;
        let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 50.0;
        // Of a table of the error function.
        let known = [
            (0.0, 0.0),
            (1.0, 0.841_344_8),
            (-1.0, -0.158_655_2),
            (2.0, 1.954_499_7),
            (-3.0, -0.004_049_7),
        ];
        for with in Instructions::all() {
            let mut normed = row.clone();
            layer_norm(with, &mut normed, &weight, &bias, 1e-12);
            for (found, value) in normed.iter().zip(&row) {
                let expected = (value - mean) / variance.sqrt() * 1.5 + 0.25;
                assert!((found - expected).abs() < 1e-5);
            }
            let mut values = known.map(|(x, _)| x);
            gelu(with, &mut values);
            for (found, (_, expected)) in values.iter().zip(known) {
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }

    #[test]
    fn norms_and_gates_agree_with_their_formulas() {
        let row: Vec<f32> = (0..50).map(|n| (n as f32 - 20.0) / 9.0).collect();
        let weight: Vec<f32> = (0..50).map(|n| n as f32 / 25.0).collect();
        let mean = row.iter().map(|value| value * value).sum::<f32>() / 50.0;
        for with in Instructions::all() {
            let mut normed = vec![0.0; 50];
            rms_norm(with, &row, &weight, 1e-5, &mut normed);
            for at in 0..50 {
                let expected = row[at] / (mean + 1e-5).sqrt() * weight[at];
                assert!((normed[at] - expected).abs() < 1e-5);
            }
            let gate: [f32; 16] = std::array::from_fn(|at| row[2 * at]);
            let up: [f32; 16] = std::array::from_fn(|at| row[at + 30]);
            for (at, found) in swiglu(with, &gate, &up).into_iter().enumerate() {
                let expected = gate[at] / (1.0 + (-gate[at]).exp()) * up[at];
                assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0));
            }
        }
    }
}
