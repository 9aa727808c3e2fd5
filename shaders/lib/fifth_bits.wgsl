// The fifth bit of the codes: bit 8 j + 4 half + k of `word` belongs to value 16 half + 4 k + j.

fn fifth_bits(word: u32, half: u32) -> vec4<u32> {
    let shifts = vec4<u32>(0u, 1u, 2u, 3u) + 4u * half;
    return ((vec4<u32>(word) >> shifts) & vec4<u32>(0x01010101u)) << vec4<u32>(4u);
}
