// Puts the parts of attention together.
//
//   max = max_s max[s];  y[t, h] = Σ_s exp(max[s] - max) y[s] / Σ_s exp(max[s] - max) sum[s]
//
// Grid: HEADS, tokens.
// With: call.

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> parts: array<f32>;             // [tokens, HEADS, splits, HEAD + 2] y, max, sum
@group(0) @binding(2) var<storage, read_write> output: array<f32>;      // [tokens, STRIDE]

@compute @workgroup_size(64)
fn merge_attention(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let start = (id.y * HEADS + id.x) * call.splits * (HEAD + 2u);
    var most = parts[start + HEAD];
    for (var split = 1u; split < call.splits; split++) {
        most = max(most, parts[start + split * (HEAD + 2u) + HEAD]);
    }
    for (var at = lane; at < HEAD; at += 64u) {
        var value = 0.0;
        var sum = 0.0;
        for (var split = 0u; split < call.splits; split++) {
            let begin = start + split * (HEAD + 2u);
            let factor = exp(parts[begin + HEAD] - most);
            value += factor * parts[begin + at];
            sum += factor * parts[begin + HEAD + 1u];
        }
        output[id.y * STRIDE + id.x * HEAD + at] = value / sum;
    }
}
