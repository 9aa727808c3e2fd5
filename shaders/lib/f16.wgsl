// f16: values 8 k .. 8 k + 7 of a group are in quants[4 group + k], two to a word.

fn four_halves(low: u32, high: u32) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(low), unpack2x16float(high));
}

fn unpack(group: u32, half: u32) -> mat4x4<f32> {
    let a = quants[4u * group + 2u * half];
    let b = quants[4u * group + 2u * half + 1u];
    return mat4x4<f32>(four_halves(a.x, a.y), four_halves(a.z, a.w), four_halves(b.x, b.y), four_halves(b.z, b.w));
}
