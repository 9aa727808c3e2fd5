// Adds the biases to queries, keys and values, turns queries and keys by their position, and stores keys and values as f16.
//
//   q[t] = turn(q[t] + bias, position t) / sqrt(HEAD)
//   keys[page, slot] = turn(k[t] + bias, position t);  values[page, slot] = v[t] + bias
//   turn: (a, b) -> (a cos - b sin, b cos + a sin) for pairs of neighbours (INTERLEAVED) or of the two halves of a head
//   page = table of t [position / 64], slot = position % 64
//
// Grid: one lane for four numbers of a row, tokens.
// With: pairs.

@group(0) @binding(0) var<storage, read> places: array<vec4<u32>>;      // [tokens] token, position, table, 0
@group(0) @binding(1) var<storage, read> tables: array<u32>;            // pages of each text in order
@group(0) @binding(2) var<storage, read> rotation: array<vec2<f32>>;    // [context, HEAD / 2] cosine, sine
@group(0) @binding(3) var<storage, read> bias: array<f32>;              // [(HEADS + 2 KEY_HEADS) HEAD]
@group(0) @binding(4) var<storage, read_write> rows: array<f32>;        // [tokens, (HEADS + 2 KEY_HEADS) HEAD] q, k, v
@group(0) @binding(5) var<storage, read_write> memory: array<u32>;      // [pages, keys and values, 64, KEY_HEADS HEAD / 2]

const PAGE: u32 = 64u;
const KEY_WIDTH: u32 = KEY_HEADS * HEAD;
const ROW: u32 = HEADS * HEAD + 2u * KEY_WIDTH;

@compute @workgroup_size(64)
fn rope_store(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= ROW / 4u {
        return;
    }
    let head = id.x / (HEAD / 4u);
    let at = offsets(id.x % (HEAD / 4u));
    let start = id.y * ROW + head * HEAD;
    var four = vec4<f32>(rows[start + at.x], rows[start + at.y], rows[start + at.z], rows[start + at.w]);
    let biases = head * HEAD;
    four += vec4<f32>(bias[biases + at.x], bias[biases + at.y], bias[biases + at.z], bias[biases + at.w]);
    let position = places[id.y].y;
    if head < HEADS + KEY_HEADS {
        let angles = position * (HEAD / 2u) + id.x % (HEAD / 4u) * 2u;
        four = turned(four, rotation[angles], rotation[angles + 1u]);
    }
    if head < HEADS {
        four *= inverseSqrt(f32(HEAD));
        rows[start + at.x] = four.x;
        rows[start + at.y] = four.y;
        rows[start + at.z] = four.z;
        rows[start + at.w] = four.w;
        return;
    }
    let part = (head - HEADS) / KEY_HEADS;
    let page = tables[places[id.y].z + position / PAGE];
    let slot = (page * 2u + part) * PAGE + position % PAGE;
    let column = ((head - HEADS) % KEY_HEADS) * HEAD;
    let words = words(four);
    memory[(slot * KEY_WIDTH + column + at.x) / 2u] = words.x;
    memory[(slot * KEY_WIDTH + column + at.z) / 2u] = words.y;
}
