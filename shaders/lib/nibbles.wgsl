// The low four bits of the codes: byte 4 k + j of quants[group] has value 4 k + j in its low and value 16 + 4 k + j in its
// high half.

fn nibbles(group: u32, half: u32) -> vec4<u32> {
    return (quants[group] >> vec4<u32>(4u * half)) & vec4<u32>(0x0f0f0f0fu);
}

// The f16 number `at` of those that begin at word `start` of `scales`.
fn half_float(start: u32, at: u32) -> f32 {
    return unpack2x16float(scales[start + at / 2u])[at % 2u];
}
