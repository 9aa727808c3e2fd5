// Q6_K: d s (code - 32); scales: the two high bits u32[groups, 2], then for each 8 groups s as 16 signed bytes, one for 16
// values, and f16 d. Bits 8 j + 2 k of high word `half` belong to value 16 half + 4 k + j.

fn half_bytes(group: u32, half: u32) -> vec4<u32> {
    let high = vec4<u32>(scales[2u * group + half]) >> vec4<u32>(0u, 2u, 4u, 6u);
    return nibbles(group, half) | ((high & vec4<u32>(0x03030303u)) << vec4<u32>(4u));
}

fn half_scale(group: u32, half: u32) -> vec2<f32> {
    let block = 2u * matrix.rows * matrix.groups + group / 8u * 5u;
    let at = group % 8u * 2u + half;
    let s = extractBits(bitcast<i32>(scales[block + at / 4u]), at % 4u * 8u, 8u);
    return unpack2x16float(scales[block + 4u]).x * f32(s) * vec2<f32>(1.0, -32.0);
}
