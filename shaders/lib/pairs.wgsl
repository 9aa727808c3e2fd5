// Four numbers of a head whose angles are neighbours: two pairs, in an order in which numbers 0, 1 and 2, 3 make whole words of f16.

// Where they are in the head: lane `at` has angles 2 at and 2 at + 1.
fn offsets(at: u32) -> vec4<u32> {
    if INTERLEAVED {
        return vec4<u32>(0u, 1u, 2u, 3u) + 4u * at;
    }
    return vec4<u32>(0u, 1u, HEAD / 2u, HEAD / 2u + 1u) + 2u * at;
}

fn turn(pair: vec2<f32>, angle: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(pair.x * angle.x - pair.y * angle.y, pair.y * angle.x + pair.x * angle.y);
}

// Each of the pairs by its angle, given as cosine and sine.
fn turned(four: vec4<f32>, first: vec2<f32>, second: vec2<f32>) -> vec4<f32> {
    if INTERLEAVED {
        return vec4<f32>(turn(four.xy, first), turn(four.zw, second));
    }
    let a = turn(four.xz, first);
    let b = turn(four.yw, second);
    return vec4<f32>(a.x, b.x, a.y, b.y);
}

fn words(four: vec4<f32>) -> vec2<u32> {
    return vec2<u32>(pack2x16float(four.xy), pack2x16float(four.zw));
}
