// f32: value 4 k + j of a group is number j of quants[8 group + k].

fn unpack(group: u32, half: u32) -> mat4x4<f32> {
    let at = 8u * group + 4u * half;
    return mat4x4<f32>(
        bitcast<vec4<f32>>(quants[at]),
        bitcast<vec4<f32>>(quants[at + 1u]),
        bitcast<vec4<f32>>(quants[at + 2u]),
        bitcast<vec4<f32>>(quants[at + 3u]),
    );
}
