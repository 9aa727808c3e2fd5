// A group of the input of a product, with the RMS norm of the input taken on the way: its gain on reading, its scale, which every
// workgroup adds up for itself, on the finished product.

struct Group {
    first: mat4x4<f32>,     // values 0..16, four to a column
    last: mat4x4<f32>,      // values 16..32
    sums: vec2<f32>,        // of each 16
}

@group(0) @binding(3) var<storage, read> input: array<vec4<f32>>;   // [tokens, groups, 8]
@group(0) @binding(5) var<storage, read> gain: array<vec4<f32>>;    // [groups, 8]
@group(0) @binding(6) var<uniform> call: Call;

var<private> squares: f32;

fn four(at: u32) -> mat4x4<f32> {
    let start = call.row * matrix.groups * 8u + at;
    let half = mat4x4<f32>(input[start], input[start + 1u], input[start + 2u], input[start + 3u]);
    squares += dot_half(half, half);
    return mat4x4<f32>(half[0] * gain[at], half[1] * gain[at + 1u], half[2] * gain[at + 2u], half[3] * gain[at + 3u]);
}

fn sum(half: mat4x4<f32>) -> f32 {
    return dot(half[0] + half[1] + half[2] + half[3], vec4<f32>(1.0));
}

fn read_group(group: u32) -> Group {
    let first = four(8u * group);
    let last = four(8u * group + 4u);
    return Group(first, last, vec2<f32>(sum(first), sum(last)));
}

fn finish(product: f32, squares: f32) -> f32 {
    return product * inverseSqrt(squares / matrix.width + matrix.epsilon);
}
