// The highest of the scores that are allowed, the lowest token of several.
//
//   chosen = min { t : allowed(t), y[t] = max over allowed u of y[u] };  allowed(t) = bit t % 32 of mask[t / 32], or always
//
// 0 when none is allowed.
// Grid: 1.
// With: call.

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> scores: array<f32>;            // [VOCABULARY]
@group(0) @binding(2) var<storage, read> mask: array<u32>;              // [VOCABULARY / 32]
@group(0) @binding(3) var<storage, read_write> chosen: array<u32>;      // [1]

const LANES: u32 = 256u;
const NONE: u32 = 0xffffffffu;

struct Best {
    score: f32,
    token: u32,
}

var<workgroup> best: array<Best, LANES>;

fn better(a: Best, b: Best) -> Best {
    if b.token != NONE && (a.token == NONE || b.score > a.score || (b.score == a.score && b.token < a.token)) {
        return b;
    }
    return a;
}

@compute @workgroup_size(LANES)
fn argmax(@builtin(local_invocation_index) lane: u32) {
    var own = Best(0.0, NONE);
    for (var token = lane; token < VOCABULARY; token += LANES) {
        if call.masked == 0u || ((mask[token / 32u] >> (token % 32u)) & 1u) == 1u {
            own = better(own, Best(scores[token], token));
        }
    }
    best[lane] = own;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            best[lane] = better(best[lane], best[lane + half]);
        }
    }
    if lane == 0u {
        chosen[0] = select(best[0].token, 0u, best[0].token == NONE);
    }
}
