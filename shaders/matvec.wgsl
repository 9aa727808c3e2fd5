// The product of a matrix with one vector.
//
//   y[first + r] = Σ_c W[r, c] x[c]                                   or added to what is there (ADD)
//   y[first + r] = silu(Σ_c W[2r, c] x[c]) * Σ_c W[2r + 1, c] x[c]    with gate and up in turn (GATED)
//
// where x is the input or its RMS norm. LANES lanes share a row, TEAMS teams a workgroup, and each team has ROWS rows, for which
// it reads the input once.
// Grid: rows / (TEAMS * ROWS) workgroups, in two dimensions where one is too short.
// With: weights, a packing, input_plain or input_normed, team_sum or team_sum_subgroup.

@group(0) @binding(4) var<storage, read_write> output: array<f32>;  // [stride]

const SUMS: u32 = ROWS + 1u;

fn write_row(row: u32, value: f32) {
    let at = matrix.first + row;
    if ADD {
        output[at] += value;
    } else {
        output[at] = value;
    }
}

fn write_rows(first: u32, sums: ptr<function, array<f32, SUMS>>) {
    let squares = (*sums)[ROWS];
    for (var row = 0u; row < ROWS && first + row < matrix.rows; row++) {
        let value = finish((*sums)[row], squares);
        if !GATED {
            write_row(first + row, value);
        } else if row % 2u == 1u {
            let gate = finish((*sums)[row - 1u], squares);
            write_row((first + row) / 2u, gate / (1.0 + exp(-gate)) * value);
        }
    }
}

@compute @workgroup_size(LANES, TEAMS)
fn matvec(at: Lane) {
    let first = ((at.workgroup.y * at.workgroups.x + at.workgroup.x) * TEAMS + at.local.y) * ROWS;
    var sums: array<f32, SUMS>;
    for (var group = at.local.x; group < matrix.groups; group += LANES) {
        let input = read_group(group);
        for (var row = 0u; row < ROWS; row++) {
            sums[row] += dot_group(min(first + row, matrix.rows - 1u) * matrix.groups + group, input);
        }
    }
    sums[ROWS] = squares;
    team_sum(&sums, at);
    if at.local.x == 0u {
        write_rows(first, &sums);
    }
}
