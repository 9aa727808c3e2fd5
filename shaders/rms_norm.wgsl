// The RMS norm of each row.
//
//   y[t, c] = x[t, c] * gain[c] / sqrt(Σ_c x[t, c]² / width + epsilon)
//
// Grid: 1, tokens.

struct Norm {
    width: u32,         // values in a row
    stride: u32,        // from one row to the next, both in x and y
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> norm: Norm;
@group(0) @binding(1) var<storage, read> input: array<f32>;             // [tokens, stride]
@group(0) @binding(2) var<storage, read> gain: array<f32>;              // [width]
@group(0) @binding(3) var<storage, read_write> output: array<f32>;      // [tokens, stride]

const LANES: u32 = 64u;

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn rms_norm(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let start = id.y * norm.stride;
    var sum = 0.0;
    for (var at = lane; at < norm.width; at += LANES) {
        sum += input[start + at] * input[start + at];
    }
    partial[lane] = sum;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            partial[lane] += partial[lane + half];
        }
    }
    workgroupBarrier();
    let scale = inverseSqrt(partial[0] / f32(norm.width) + norm.epsilon);
    for (var at = lane; at < norm.width; at += LANES) {
        output[start + at] = input[start + at] * gain[at] * scale;
    }
}
