// The product of a matrix with several vectors, in tiles of 64 rows by 32 tokens.
//
//   y[t, first + r] = Σ_c W[r, c] x[t, c]                                         or added to what is there (ADD)
//   y[t, first + r] = silu(Σ_c W[2r, c] x[t, c]) * Σ_c W[2r + 1, c] x[t, c]       with gate and up in turn (GATED)
//
// Each step brings one group of 32 columns of both into workgroup memory, weights as numbers of the type Value; each lane then has
// 4 rows by 4 tokens. Sums are f32.
// Grid: rows / 64, tokens / 32.
// With: call, weights, a packing.

@group(0) @binding(3) var<storage, read> input: array<vec4<f32>>;           // [tokens, groups, 8]
@group(0) @binding(4) var<storage, read_write> output: array<f32>;          // [tokens, stride]
@group(0) @binding(5) var<uniform> call: Call;

const LANES: u32 = 128u;
const TILE_ROWS: u32 = 64u;
const TILE_TOKENS: u32 = 32u;
// One more than the 8 of a group, so that lanes read different banks.
const PITCH: u32 = 9u;

var<workgroup> weight_tile: array<vec4<Value>, TILE_ROWS * PITCH>;
// f32 in any case: what some models put into a product is beyond f16.
var<workgroup> input_tile: array<vec4<f32>, TILE_TOKENS * PITCH>;

fn fill(first_row: u32, first_token: u32, group: u32, lane: u32) {
    let row = min(first_row + lane / 2u, matrix.rows - 1u);
    let half = unpack(row * matrix.groups + group, lane % 2u);
    let to = lane / 2u * PITCH + lane % 2u * 4u;
    for (var at = 0u; at < 4u; at++) {
        weight_tile[to + at] = vec4<Value>(half[at]);
    }
    for (var at = lane; at < TILE_TOKENS * 8u; at += LANES) {
        let token = min(first_token + at / 8u, call.tokens - 1u);
        input_tile[at / 8u * PITCH + at % 8u] = input[(token * matrix.groups + group) * 8u + at % 8u];
    }
}

// Four weights of each of the lane's rows 2x, 2x + 1, 2x + 32 and 2x + 33.
fn weights_at(x: u32, at: u32) -> mat4x4<f32> {
    let start = 2u * x * PITCH + at;
    return mat4x4<f32>(
        vec4<f32>(weight_tile[start]),
        vec4<f32>(weight_tile[start + PITCH]),
        vec4<f32>(weight_tile[start + 32u * PITCH]),
        vec4<f32>(weight_tile[start + 33u * PITCH]),
    );
}

fn write(row: u32, token: u32, value: f32) {
    let at = token * matrix.stride + matrix.first + row;
    if ADD {
        output[at] += value;
    } else {
        output[at] = value;
    }
}

fn write_pair(row: u32, token: u32, pair: vec2<f32>) {
    if GATED && row + 1u < matrix.rows {
        write(row / 2u, token, pair.x / (1.0 + exp(-pair.x)) * pair.y);
    } else if !GATED && row < matrix.rows {
        write(row, token, pair.x);
        if row + 1u < matrix.rows {
            write(row + 1u, token, pair.y);
        }
    }
}

@compute @workgroup_size(LANES)
fn matmul(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first_row = tile.x * TILE_ROWS;
    let first_token = tile.y * TILE_TOKENS;
    let x = lane % 16u;
    let y = lane / 16u;
    // For each of the tokens y, y + 8, y + 16 and y + 24, the sums of four rows.
    var sums: array<vec4<f32>, 4>;
    for (var group = 0u; group < matrix.groups; group++) {
        fill(first_row, first_token, group, lane);
        workgroupBarrier();
        for (var at = 0u; at < 8u; at++) {
            let weights = weights_at(x, at);
            for (var token = 0u; token < 4u; token++) {
                sums[token] += input_tile[(y + 8u * token) * PITCH + at] * weights;
            }
        }
        workgroupBarrier();
    }
    for (var at = 0u; at < 4u; at++) {
        let token = first_token + y + 8u * at;
        if token < call.tokens {
            write_pair(first_row + 2u * x, token, sums[at].xy);
            write_pair(first_row + 2u * x + 32u, token, sums[at].zw);
        }
    }
}
