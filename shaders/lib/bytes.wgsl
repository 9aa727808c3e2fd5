// Packings by codes: value = scale.x * code + scale.y, with codes of one signed byte and one scale for 16 values at most.

fn codes(bytes: vec4<u32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        vec4<f32>(unpack4xI8(bytes.x)),
        vec4<f32>(unpack4xI8(bytes.y)),
        vec4<f32>(unpack4xI8(bytes.z)),
        vec4<f32>(unpack4xI8(bytes.w)),
    );
}

fn unpack(group: u32, half: u32) -> mat4x4<f32> {
    let scale = half_scale(group, half);
    let offset = vec4<f32>(scale.y);
    return codes(half_bytes(group, half)) * scale.x + mat4x4<f32>(offset, offset, offset, offset);
}
