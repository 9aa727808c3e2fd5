// Q4_0: d (code - 8); scales: f16 d[groups].

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    return nibbles(group, half);
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    return half_float(0u, group) * vec2<f32>(1.0, -8.0);
}
