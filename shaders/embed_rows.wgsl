// The hidden state each token begins with: its row of the embedding table.
//
//   y[t, c] = W[token t, c]
//
// A table too large for one buffer comes in runs of rows; tokens of other runs are left alone.
// Grid: 64 lanes for 64 halves of groups, tokens.
// With: weights, a packing.

@group(0) @binding(3) var<storage, read> places: array<vec4<u32>>;          // [tokens] token, position, table, 0
@group(0) @binding(4) var<storage, read_write> output: array<vec4<f32>>;    // [tokens, groups, 8]

@compute @workgroup_size(64)
fn embed_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let token = places[id.y].x;
    if id.x >= 2u * matrix.groups || token < matrix.first || token >= matrix.first + matrix.rows {
        return;
    }
    let half = unpack((token - matrix.first) * matrix.groups + id.x / 2u, id.x % 2u);
    let to = (id.y * matrix.groups * 2u + id.x) * 4u;
    for (var at = 0u; at < 4u; at++) {
        output[to + at] = half[at];
    }
}
