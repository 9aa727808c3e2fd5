// The product of a group of codes with a group of codes of the input: whole numbers, scaled once for 16.

fn dot_bytes(a: vec4<u32>, b: vec4<u32>) -> f32 {
    return f32(dot4I8Packed(a.x, b.x) + dot4I8Packed(a.y, b.y) + dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w));
}

fn dot_codes(group: u32, half: u32, input: vec4<u32>, input_scale: f32, sum: f32) -> f32 {
    let scale = half_scale(group, half);
    return scale.x * input_scale * dot_bytes(half_bytes(group, half), input) + scale.y * sum;
}

fn dot_group(group: u32, input: Group) -> f32 {
    return dot_codes(group, 0u, input.first, input.scale, input.sums.x)
        + dot_codes(group, 1u, input.last, input.scale, input.sums.y);
}
