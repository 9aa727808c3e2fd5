// The product of a group of codes with a group of the input: the scale and the offset are applied once for 16 values.

fn dot_codes(group: u32, half: u32, input: mat4x4<f32>, sum: f32) -> f32 {
    let scale = half_scale(group, half);
    return scale.x * dot_half(codes(half_bytes(group, half)), input) + scale.y * sum;
}

fn dot_group(group: u32, input: Group) -> f32 {
    return dot_codes(group, 0u, input.first, input.sums.x) + dot_codes(group, 1u, input.last, input.sums.y);
}
