// The fingerprint of each tile of 32 x 32 pixels (smaller at the right and bottom edge).
//
//   luma(x, y) = (77 red + 150 green + 29 blue + 128) >> 8
//   sum        = Σ luma(x, y)
//   weave      = Σ luma(x, y) * (1 + (7 i + 13 j) mod 31)      i, j: column and row inside the tile
//
// Grid: one workgroup per tile, one lane per column.

@group(0) @binding(0) var<uniform> size: vec2<u32>;                       // width, height in pixels
@group(0) @binding(1) var<storage, read> pixels: array<u32>;              // [height, width] RGBA, red lowest
@group(0) @binding(2) var<storage, read_write> tiles: array<vec2<u32>>;   // [rows, columns] sum, weave

const TILE: u32 = 32u;

var<workgroup> partial: array<vec2<u32>, TILE>;

fn luma(pixel: u32) -> u32 {
    return (77u * (pixel & 255u) + 150u * ((pixel >> 8u) & 255u) + 29u * ((pixel >> 16u) & 255u) + 128u) >> 8u;
}

@compute @workgroup_size(TILE)
fn luma_tiles(
    @builtin(workgroup_id) tile: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let x = tile.x * TILE + lane;
    var column = vec2<u32>(0u, 0u);
    if x < size.x {
        let rows = min(TILE, size.y - tile.y * TILE);
        for (var j = 0u; j < rows; j++) {
            let value = luma(pixels[(tile.y * TILE + j) * size.x + x]);
            column += vec2<u32>(value, value * (1u + (7u * lane + 13u * j) % 31u));
        }
    }
    partial[lane] = column;
    for (var half = TILE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half {
            partial[lane] += partial[lane + half];
        }
    }
    if lane == 0u {
        tiles[tile.y * grid.x + tile.x] = partial[0];
    }
}
