// A group of the input of a product as quantise_row left it: codes of a signed byte, value = scale * code.

struct Group {
    first: vec4<u32>,       // codes of values 0..16, four to a word
    last: vec4<u32>,        // codes of values 16..32
    scale: f32,
    sums: vec2<f32>,        // of the values of each 16
}

@group(0) @binding(3) var<storage, read> input: array<vec4<u32>>;           // [groups, 2]
@group(0) @binding(5) var<storage, read> input_scales: array<vec4<f32>>;    // [groups] scale, the two sums, 0

var<private> squares: f32;

fn read_group(group: u32) -> Group {
    let scales = input_scales[group];
    return Group(input[2u * group], input[2u * group + 1u], scales.x, scales.yz);
}

fn finish(product: f32, squares: f32) -> f32 {
    return product;
}
