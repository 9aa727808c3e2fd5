//! Products against exact ones, and what is done with their results.

use std::num::NonZero;

use super::*;
use crate::cpu::samples::{numbers, packed, quantised, reference};

/// Products of exact floats, `[rows, outputs]`.
fn exact(weights: &[f32], inputs: &[f32], columns: usize) -> Vec<f32> {
    let dot =
        |row: &[f32], weights: &[f32]| -> f32 { row.iter().zip(weights).map(|(a, b)| a * b).sum() };
    let rows = inputs.chunks_exact(columns);
    rows.flat_map(|row| {
        weights
            .chunks_exact(columns)
            .map(move |weights| dot(row, weights))
    })
    .collect()
}

fn close(found: &[f32], expected: &[f32], most: f32, what: &str) {
    assert_eq!(found.len(), expected.len());
    let largest = expected
        .iter()
        .fold(0.0f32, |most, value| most.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(
            difference <= most * largest,
            "{what}: {found} for {expected} of {largest}"
        );
    }
}

/// Every set of instructions gives, within the rounding of inputs, what exact products give, and the same as every other.
fn check(format: Format, columns: usize, weights: &[f32], values: &[f32]) {
    let pool = Pool::new(NonZero::new(3).unwrap());
    let (outputs, rows) = (weights.len() / columns, values.len() / columns);
    let bytes = quantised(format, columns, weights);
    let matrix = Matrix::new(format, outputs, columns, &bytes, |_| ());
    let weights = reference(format, outputs, columns, &bytes);
    let expected = exact(&weights, values, columns);
    let mut rounded = Activations::default();
    let inputs = Inputs::new(&pool, Instructions::best(), values, columns, &mut rounded);
    let mut of_portable = None;
    for with in Instructions::all() {
        let what = format!("{format:?} {with:?} {outputs} x {columns}, {rows} rows");
        let mut found = vec![0.0; rows * outputs];
        let product = Product {
            matrix: &matrix,
            then: Then::Store,
            into: &mut found,
        };
        multiply(&pool, with, &inputs, &mut [product]);
        // Inputs are rounded to 8 bits; that moves a sum by less than a hundredth of the largest.
        close(&found, &expected, 0.01, &what);
        let of_portable = of_portable.get_or_insert(found.clone());
        close(&found, of_portable, 1e-5, &what);
    }
}

#[test]
fn products_agree_with_exact_ones_on_every_set_of_instructions() {
    for format in Format::ALL {
        for (outputs, columns, rows) in [
            (1, 256, 1),
            (37, 512, 2),
            (50, 256, 5),
            (64, 768, 16),
            (33, 256, 37),
        ] {
            let weights = numbers(outputs * columns, (outputs * 31 + columns) as u32);
            check(format, columns, &weights, &numbers(rows * columns, 7));
        }
    }
}

#[test]
fn the_largest_codes_and_inputs_do_not_run_over() {
    // One value of the other sign in each block makes the largest of all codes of the others.
    let weight = |at: usize| if at.is_multiple_of(32) { -1.0 } else { 0.99 };
    let weights: Vec<f32> = (0..20 * 512).map(weight).collect();
    for format in Format::ALL {
        for value in [1.0, -1.0] {
            for rows in [1, 2, 4, 19] {
                check(format, 512, &weights, &vec![value; rows * 512]);
            }
        }
    }
}

#[test]
fn results_are_stored_added_biased_or_combined_as_asked() {
    let pool = Pool::new(NonZero::new(2).unwrap());
    let with = Instructions::best();
    let bytes = packed(Format::Q8_0, 21, 64);
    let matrix = Matrix::new(Format::Q8_0, 21, 64, &bytes, |_| ());
    let (values, mut rounded) = (numbers(3 * 64, 1), Activations::default());
    let inputs = Inputs::new(&pool, with, &values, 64, &mut rounded);
    let run = |then: Then, before: f32| {
        let mut into = vec![before; 3 * 21];
        multiply(
            &pool,
            with,
            &inputs,
            &mut [Product {
                matrix: &matrix,
                then,
                into: &mut into,
            }],
        );
        into
    };
    let plain = run(Then::Store, 9.0);
    let bias: Vec<f32> = (0..21).map(|n| n as f32).collect();
    let biased = run(Then::Bias(&bias), 9.0);
    let added = run(Then::Add, 9.0);
    let mut pair = vec![0.0; 3 * 21];
    let twice = |a: &[f32; PANEL], b: &[f32; PANEL]| std::array::from_fn(|at| a[at] + b[at]);
    multiply_pair(&pool, with, &inputs, [&matrix, &matrix], twice, &mut pair);
    for (at, plain) in plain.iter().enumerate() {
        assert_eq!(biased[at], plain + bias[at % 21]);
        assert_eq!(added[at], 9.0 + plain);
        assert_eq!(pair[at], plain + plain);
    }
}
