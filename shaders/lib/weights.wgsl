// A matrix of weights [rows, 32 groups], or a run of its rows. The part for its packing tells how 32 values lie in `quants` and
// `scales`, and gives `unpack` and `dot_group`.

struct Matrix {
    rows: u32,      // in this buffer
    groups: u32,    // of 32 values in a row
    first: u32,     // where row 0 goes in a row of the output; for a table of rows, the number of row 0
    stride: u32,    // numbers in a row of the output
    width: f32,     // values in a row of the input, without what fills up its last group
    epsilon: f32,   // of the norm of the input
}

@group(0) @binding(0) var<uniform> matrix: Matrix;
@group(0) @binding(1) var<storage, read> quants: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;

// The product of two times 16 values, four to a column.
fn dot_half(a: mat4x4<f32>, b: mat4x4<f32>) -> f32 {
    return dot(a[0], b[0]) + dot(a[1], b[1]) + dot(a[2], b[2]) + dot(a[3], b[3]);
}
