// Scale and offset of a group in blocks of 8: scales from word 0: (f16 d, f16 e), then 12 bytes, for each 8 groups. Of the
// bytes, 0..4 and 4..8 have the 6-bit s and m of groups 0..4; the low and high halves of 8..12 have the low bits of s and m of
// groups 4..8, whose high bits are on top of bytes 0..4 and 4..8.
//
//   value = d s code - e m

fn k_scale(group: u32) -> vec2<f32> {
    let block = group / 8u * 4u;
    let shift = group % 4u * 8u;
    let a = (scales[block + 1u] >> shift) & 255u;
    let b = (scales[block + 2u] >> shift) & 255u;
    let c = (scales[block + 3u] >> shift) & 255u;
    let low = vec2<u32>(a & 63u, b & 63u);
    let high = vec2<u32>((c & 15u) | ((a >> 6u) << 4u), (c >> 4u) | ((b >> 6u) << 4u));
    let six_bits = select(low, high, group % 8u >= 4u);
    return unpack2x16float(scales[block]) * vec2<f32>(six_bits) * vec2<f32>(1.0, -1.0);
}
