// Q5_0: d (code - 16); scales: fifth bits u32[groups], then f16 d[groups].

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    return nibbles(group, half) | fifth_bits(scales[group], half);
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    return half_float(matrix.rows * matrix.groups, group) * vec2<f32>(1.0, -16.0);
}
