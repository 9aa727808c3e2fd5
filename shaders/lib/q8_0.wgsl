// Q8_0: d code; quants[2 group + half] has 16 codes in order; scales: f16 d[groups].

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    return quants[2u * group + half];
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    return vec2<f32>(unpack2x16float(scales[group / 2u])[group % 2u], 0.0);
}
