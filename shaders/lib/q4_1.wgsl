// Q4_1: d code + m; scales: (f16 d, f16 m)[groups].

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    return nibbles(group, half);
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    return unpack2x16float(scales[group]);
}
