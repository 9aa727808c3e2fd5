//! The kernels in plain Rust: what they are to compute, as simply as it can be said.

/// `y[t, r] = Σ_c W[r, c] x[t, c]`, for weights `[rows, columns]` and inputs `[tokens, columns]`.
pub fn matmul(weights: &[f32], input: &[f32], columns: usize) -> Vec<f32> {
    let rows = |x: &[f32]| -> Vec<f32> { weights.chunks(columns).map(|row| dot(row, x)).collect() };
    input.chunks(columns).flat_map(rows).collect()
}

/// `y[r] = silu(x[2r]) * x[2r + 1]`.
#[cfg(test)]
pub fn gated(products: &[f32]) -> Vec<f32> {
    let gate = |pair: &[f32]| pair[0] / (1.0 + (-pair[0]).exp()) * pair[1];
    products.chunks(2).map(gate).collect()
}

/// The RMS norm of one row.
#[cfg(test)]
pub fn rms_norm(input: &[f32], gain: &[f32], epsilon: f32) -> Vec<f32> {
    let scale = 1.0 / (dot(input, input) / input.len() as f32 + epsilon).sqrt();
    input
        .iter()
        .zip(gain)
        .map(|(x, gain)| x * gain * scale)
        .collect()
}

/// A row as it is after each 32 numbers were rounded to codes of a signed byte with one scale.
#[cfg(test)]
pub fn quantised(row: &[f32]) -> Vec<f32> {
    let group = |group: &[f32]| -> Vec<f32> {
        let scale = group.iter().fold(0.0f32, |most, x| most.max(x.abs())) / 127.0;
        group.iter().map(|x| (x / scale).round() * scale).collect()
    };
    row.chunks(32).flat_map(group).collect()
}

/// Turns the pairs of one head by `angles`, given as cosine and sine.
#[cfg(test)]
pub fn turn(head: &mut [f32], angles: &[[f32; 2]], interleaved: bool) {
    let half = head.len() / 2;
    for (at, [cosine, sine]) in angles.iter().enumerate() {
        let (low, high) = match interleaved {
            true => (2 * at, 2 * at + 1),
            false => (at, at + half),
        };
        let (a, b) = (head[low], head[high]);
        head[low] = a * cosine - b * sine;
        head[high] = b * cosine + a * sine;
    }
}

/// Attention of one query head, already scaled, to keys and values of its head, one for each position it sees.
#[cfg(test)]
pub fn attend(query: &[f32], keys: &[&[f32]], values: &[&[f32]]) -> Vec<f32> {
    let scores: Vec<f32> = keys.iter().map(|key| dot(query, key)).collect();
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let weights: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let column = |at: usize| {
        let weighed = weights
            .iter()
            .zip(values)
            .map(|(weight, value)| weight * value[at]);
        weighed.sum::<f32>() / sum
    };
    (0..query.len()).map(column).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
