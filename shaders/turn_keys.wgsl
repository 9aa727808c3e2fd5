// Turns the keys of a text back after its middle was dropped: what follows moves forward by `turn` positions.
//
//   keys[page, slot] = turn(keys[page, slot], -turn)          for positions 64 .. 64 + tokens
//
// Grid: one lane for four numbers of a row of keys, tokens.
// With: call, pairs.

@group(0) @binding(0) var<uniform> call: Call;
@group(0) @binding(1) var<storage, read> tables: array<u32>;            // pages of the text in order
@group(0) @binding(2) var<storage, read> rotation: array<vec2<f32>>;    // [context, HEAD / 2] cosine, sine
@group(0) @binding(3) var<storage, read_write> memory: array<u32>;      // [pages, keys and values, 64, KEY_HEADS HEAD / 2]

const PAGE: u32 = 64u;
const KEY_WIDTH: u32 = KEY_HEADS * HEAD;

@compute @workgroup_size(64)
fn turn_keys(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= KEY_WIDTH / 4u {
        return;
    }
    let position = PAGE + id.y;
    let slot = tables[position / PAGE] * 2u * PAGE + position % PAGE;
    let at = offsets(id.x % (HEAD / 4u));
    let start = slot * KEY_WIDTH + id.x / (HEAD / 4u) * HEAD;
    let low = (start + at.x) / 2u;
    let high = (start + at.z) / 2u;
    let four = vec4<f32>(unpack2x16float(memory[low]), unpack2x16float(memory[high]));
    let angles = call.turn * (HEAD / 2u) + id.x % (HEAD / 4u) * 2u;
    let back = vec2<f32>(1.0, -1.0);
    let words = words(turned(four, rotation[angles] * back, rotation[angles + 1u] * back));
    memory[low] = words.x;
    memory[high] = words.y;
}
