// Q5_K: scales as in k_scale, then fifth bits u32[groups].

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    return nibbles(group, half) | fifth_bits(scales[matrix.rows * matrix.groups / 2u + group], half);
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    return k_scale(group);
}
