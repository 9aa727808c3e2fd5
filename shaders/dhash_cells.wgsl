// The mean luma of each of 9 x 8 cells, from which the 64 bits of the difference hash are taken.
//
//   cell (c, r) = pixels with  c W / 9 <= x < (c + 1) W / 9  and  r H / 8 <= y < (r + 1) H / 8, at least one pixel
//   mean        = Σ luma(x, y) / count                           all divisions rounding down
//
// Grid: one workgroup per cell (9 x 8); its lanes take the cell's pixels in turn.

@group(0) @binding(0) var<uniform> size: vec2<u32>;                     // width, height in pixels
@group(0) @binding(1) var<storage, read> pixels: array<u32>;            // [height, width] RGBA, red lowest
@group(0) @binding(2) var<storage, read_write> cells: array<u32>;       // [8, 9]

const LANES: u32 = 64u;

var<workgroup> partial: array<u32, LANES>;

fn luma(pixel: u32) -> u32 {
    return (77u * (pixel & 255u) + 150u * ((pixel >> 8u) & 255u) + 29u * ((pixel >> 16u) & 255u) + 128u) >> 8u;
}

@compute @workgroup_size(LANES)
fn dhash_cells(
    @builtin(workgroup_id) cell: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let start = min(cell.xy * size / grid.xy, size - 1u);
    let end = max((cell.xy + 1u) * size / grid.xy, start + 1u);
    let width = end.x - start.x;
    let count = width * (end.y - start.y);
    var sum = 0u;
    for (var at = lane; at < count; at += LANES) {
        sum += luma(pixels[(start.y + at / width) * size.x + start.x + at % width]);
    }
    partial[lane] = sum;
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            partial[lane] += partial[lane + half];
        }
    }
    if lane == 0u {
        cells[cell.y * grid.x + cell.x] = partial[0] / count;
    }
}
