// Q4_K: scales as in k_scale.

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    return nibbles(group, half);
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    return k_scale(group);
}
