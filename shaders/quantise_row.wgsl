// The input of a product, or its RMS norm (NORMED), as codes of a signed byte with one scale for 32.
//
//   x' = x, or x * gain / sqrt(Σ x² / width + epsilon)
//   scale[g] = max |x'| / 127 over group g;  code = round(x' / scale);  sums[g] = scale * Σ code of each 16
//
// Grid: 1; the row is `row` of the call.
// With: call.

struct Norm {
    width: u32,         // values in a row
    stride: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> norm: Norm;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;           // [tokens, GROUPS, 8]
@group(0) @binding(2) var<storage, read> gain: array<vec4<f32>>;            // [GROUPS, 8]
@group(0) @binding(3) var<storage, read_write> codes: array<vec4<u32>>;     // [GROUPS, 2]
@group(0) @binding(4) var<storage, read_write> scales: array<vec4<f32>>;    // [GROUPS] scale, the two sums, 0
@group(0) @binding(5) var<uniform> call: Call;

const LANES: u32 = 64u;

var<workgroup> partial: array<f32, LANES>;

// 1 / the root mean square of the row.
fn norm_scale(lane: u32) -> f32 {
    var sum = 0.0;
    for (var at = lane; at < GROUPS * 8u; at += LANES) {
        let four = input[call.row * GROUPS * 8u + at];
        sum += dot(four, four);
    }
    partial[lane] = sum;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            partial[lane] += partial[lane + half];
        }
    }
    workgroupBarrier();
    return inverseSqrt(partial[0] / f32(norm.width) + norm.epsilon);
}

fn four(at: u32, scale: f32) -> vec4<f32> {
    let value = input[call.row * GROUPS * 8u + at];
    if NORMED {
        return value * gain[at] * scale;
    }
    return value;
}

// The codes of 16 values from `start` on, in words; their sum goes to `sum`.
fn pack(start: u32, scale: f32, inverse: f32, sum: ptr<function, i32>) -> vec4<u32> {
    var words: vec4<u32>;
    for (var word = 0u; word < 4u; word++) {
        let whole = vec4<i32>(round(four(start + word, scale) * inverse));
        *sum += whole.x + whole.y + whole.z + whole.w;
        words[word] = pack4xI8(whole);
    }
    return words;
}

@compute @workgroup_size(LANES)
fn quantise_row(@builtin(local_invocation_index) lane: u32) {
    var scale = 1.0;
    if NORMED {
        scale = norm_scale(lane);
    }
    for (var group = lane; group < GROUPS; group += LANES) {
        var most = vec4<f32>(0.0);
        for (var at = 0u; at < 8u; at++) {
            most = max(most, abs(four(8u * group + at, scale)));
        }
        let largest = max(max(most.x, most.y), max(most.z, most.w));
        let inverse = select(0.0, 127.0 / largest, largest > 0.0);
        var first = 0i;
        var last = 0i;
        codes[2u * group] = pack(8u * group, scale, inverse, &first);
        codes[2u * group + 1u] = pack(8u * group + 4u, scale, inverse, &last);
        let step = largest / 127.0;
        scales[group] = vec4<f32>(step, step * f32(first), step * f32(last), 0.0);
    }
}
