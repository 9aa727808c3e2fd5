// A group of the input of a product, as it is.

struct Group {
    first: mat4x4<f32>,     // values 0..16, four to a column
    last: mat4x4<f32>,      // values 16..32
    sums: vec2<f32>,        // of each 16
}

@group(0) @binding(3) var<storage, read> input: array<vec4<f32>>;   // [groups, 8]

var<private> squares: f32;

fn four(at: u32) -> mat4x4<f32> {
    return mat4x4<f32>(input[at], input[at + 1u], input[at + 2u], input[at + 3u]);
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
    return product;
}
