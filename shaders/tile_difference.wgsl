// Which tiles differ between two frames by more than the noise of a screen that did not change.
//
//   changed = |Δ sum| > 64  or  |Δ weave| > 1024
//
// Grid: one lane per tile.

@group(0) @binding(0) var<storage, read> before: array<vec2<u32>>;       // [tiles] sum, weave
@group(0) @binding(1) var<storage, read> after: array<vec2<u32>>;        // [tiles] sum, weave
@group(0) @binding(2) var<storage, read_write> changed: array<u32>;      // [tiles] 1 or 0

@compute @workgroup_size(64)
fn tile_difference(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&changed) {
        return;
    }
    let a = before[id.x];
    let b = after[id.x];
    let difference = max(a, b) - min(a, b);
    changed[id.x] = u32(difference.x > 64u || difference.y > 1024u);
}
