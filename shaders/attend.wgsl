// Attention of TILE tokens of one text to a part of the text's pages, by the query heads that share a key head.
//
//   s[m, p] = q[m] · keys[p]               for positions p up to the token's own
//   max[m]  = max_p s[m, p];  sum[m] = Σ_p exp(s[m, p] - max[m]);  y[m] = Σ_p exp(s[m, p] - max[m]) values[p]
//
// taken over the part page by page, rescaling what is there when the maximum grows. merge_attention puts the parts together.
// Grid: parts, KEY_HEADS, tokens / TILE.
// With: call.

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> places: array<vec4<u32>>;      // [tokens] token, position, table, 0
@group(0) @binding(2) var<storage, read> tables: array<u32>;            // pages of each text in order
@group(0) @binding(3) var<storage, read> rows: array<vec4<f32>>;        // [tokens, (GROUP + 2) KEY_HEADS HEAD / 4] q, k, v
@group(0) @binding(4) var<storage, read> memory: array<vec4<u32>>;      // [pages, keys and values, 64, KEY_HEADS, HEAD / 8]
@group(0) @binding(5) var<storage, read_write> parts: array<f32>;       // [tokens, heads, splits, HEAD + 2] y, max, sum

const PAGE: u32 = 64u;
const LANES: u32 = 64u;
const QUERIES: u32 = TILE * GROUP;
const ROW: u32 = (GROUP + 2u) * KEY_HEADS * HEAD / 4u;
const WORDS: u32 = HEAD / 8u;
// Accumulators of 8 numbers that a lane has.
const SLOTS: u32 = (QUERIES * WORDS + LANES - 1u) / LANES;
const LEAST: f32 = -1e30;

var<workgroup> queries: array<vec4<f32>, QUERIES * HEAD / 4u>;
var<workgroup> scores: array<f32, QUERIES * PAGE>;
// Of each query, what each of its SHARE lanes found.
var<workgroup> found: array<f32, QUERIES * SHARE>;
var<workgroup> factors: array<f32, QUERIES>;

// Eight numbers of f16 as two columns.
fn eight(words: vec4<u32>) -> mat2x4<f32> {
    return mat2x4<f32>(
        vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y)),
        vec4<f32>(unpack2x16float(words.z), unpack2x16float(words.w)),
    );
}

fn token_of(query: u32, first: u32) -> u32 {
    return min(first + query / GROUP, call.tokens - 1u);
}

fn load_queries(first: u32, key_head: u32, lane: u32) {
    for (var at = lane; at < QUERIES * HEAD / 4u; at += LANES) {
        let query = at / (HEAD / 4u);
        let head = key_head * GROUP + query % GROUP;
        queries[at] = rows[token_of(query, first) * ROW + head * (HEAD / 4u) + at % (HEAD / 4u)];
    }
}

// Lane `lane` scores slot `lane` of the page whose keys of this head begin at `keys`.
fn score(keys: u32, position: u32, first: u32, lane: u32) {
    var sums: array<f32, QUERIES>;
    let start = keys + lane * KEY_HEADS * WORDS;
    for (var word = 0u; word < WORDS; word++) {
        let key = eight(memory[start + word]);
        for (var query = 0u; query < QUERIES; query++) {
            let at = query * (HEAD / 4u) + 2u * word;
            sums[query] += dot(queries[at], key[0]) + dot(queries[at + 1u], key[1]);
        }
    }
    for (var query = 0u; query < QUERIES; query++) {
        let seen = position + lane <= places[token_of(query, first)].y;
        scores[query * PAGE + lane] = select(LEAST, sums[query], seen);
    }
}

// The greatest score among the lane's share of a query's.
fn greatest(query: u32, share: u32) -> f32 {
    var most = LEAST;
    for (var at = share; at < PAGE; at += SHARE) {
        most = max(most, scores[query * PAGE + at]);
    }
    return most;
}

// Makes weights of the lane's share of a query's scores, and returns their sum.
fn weigh(query: u32, share: u32, most: f32) -> f32 {
    var sum = 0.0;
    for (var at = share; at < PAGE; at += SHARE) {
        let score = scores[query * PAGE + at];
        let weight = select(0.0, exp(score - most), score > LEAST);
        scores[query * PAGE + at] = weight;
        sum += weight;
    }
    return sum;
}

// The accumulator of 8 numbers of a query: `old`, and the weighed values of a page added.
fn add_values(old: mat2x4<f32>, values: u32, query: u32, word: u32) -> mat2x4<f32> {
    var sum = old * factors[query];
    for (var at = 0u; at < PAGE; at++) {
        sum += eight(memory[values + at * KEY_HEADS * WORDS + word]) * scores[query * PAGE + at];
    }
    return sum;
}

@compute @workgroup_size(LANES)
fn attend(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = id.z * TILE;
    load_queries(first, id.y, lane);
    workgroupBarrier();
    let query = lane / SHARE;
    let share = lane % SHARE;
    var most = LEAST;
    var sum = 0.0;
    var sums: array<mat2x4<f32>, SLOTS>;
    let pages = places[min(first + TILE, call.tokens) - 1u].y / PAGE + 1u;
    let end = min((id.x + 1u) * call.split_pages, pages);
    for (var page = id.x * call.split_pages; page < end; page++) {
        let keys = (tables[places[first].z + page] * 2u * PAGE * KEY_HEADS + id.y) * WORDS;
        score(keys, page * PAGE, first, lane);
        workgroupBarrier();
        if query < QUERIES {
            found[lane] = greatest(query, share);
        }
        workgroupBarrier();
        if query < QUERIES {
            let before = most;
            for (var other = 0u; other < SHARE; other++) {
                most = max(most, found[query * SHARE + other]);
            }
            let factor = exp(before - most);
            factors[query] = factor;
            sum = sum * factor + weigh(query, share, most);
        }
        workgroupBarrier();
        for (var slot = 0u; slot < SLOTS; slot++) {
            let at = lane + slot * LANES;
            if at < QUERIES * WORDS {
                sums[slot] = add_values(sums[slot], keys + PAGE * KEY_HEADS * WORDS, at / WORDS, at % WORDS);
            }
        }
        workgroupBarrier();
    }
    if query < QUERIES {
        found[lane] = sum;
        if share == 0u {
            factors[query] = most;
        }
    }
    workgroupBarrier();
    write(first, id, lane, &sums);
}

// Where the part of a query begins in `parts`.
fn part(query: u32, first: u32, id: vec3<u32>) -> u32 {
    let head = id.y * GROUP + query % GROUP;
    return (((first + query / GROUP) * GROUP * KEY_HEADS + head) * call.splits + id.x) * (HEAD + 2u);
}

fn write(first: u32, id: vec3<u32>, lane: u32, sums: ptr<function, array<mat2x4<f32>, SLOTS>>) {
    for (var slot = 0u; slot < SLOTS; slot++) {
        let at = lane + slot * LANES;
        let query = at / WORDS;
        if query < QUERIES && first + query / GROUP < call.tokens {
            let to = part(query, first, id) + at % WORDS * 8u;
            for (var number = 0u; number < 4u; number++) {
                parts[to + number] = (*sums)[slot][0][number];
                parts[to + 4u + number] = (*sums)[slot][1][number];
            }
        }
    }
    if lane < QUERIES && first + lane / GROUP < call.tokens {
        var sum = 0.0;
        for (var other = 0u; other < SHARE; other++) {
            sum += found[lane * SHARE + other];
        }
        let to = part(lane, first, id) + HEAD;
        parts[to] = factors[lane];
        parts[to + 1u] = sum;
    }
}
