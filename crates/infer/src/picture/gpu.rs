//! Fingerprints on a graphics adapter, by the kernels in `shaders/`. Exactly what [`super::cpu`] computes.

use super::fingerprint::{CELLS, Fingerprint, TILE, Tile};
use super::{Image, cpu};
use crate::gpu::{Gpu, GpuError, Kernel, Step};

/// The kernels, and the buffers for frames of the last size.
pub struct GpuFingerprints {
    gpu: Gpu,
    luma_tiles: Kernel,
    dhash_cells: Kernel,
    tile_difference: Kernel,
    frame: Option<Frame>,
}

/// Everything that depends on the size of a frame.
struct Frame {
    size: [u32; 2],
    grid: [u32; 2],
    pixels: wgpu::Buffer,
    tiles: wgpu::Buffer,
    cells: wgpu::Buffer,
    steps: [Step; 2],
}

impl GpuFingerprints {
    /// Compiles the kernels.
    pub fn new(gpu: Gpu) -> Self {
        Self {
            luma_tiles: gpu.kernel(
                "luma_tiles",
                include_str!("../../../../shaders/luma_tiles.wgsl"),
            ),
            dhash_cells: gpu.kernel(
                "dhash_cells",
                include_str!("../../../../shaders/dhash_cells.wgsl"),
            ),
            tile_difference: gpu.kernel(
                "tile_difference",
                include_str!("../../../../shaders/tile_difference.wgsl"),
            ),
            gpu,
            frame: None,
        }
    }

    /// The adapter, for people.
    pub fn describe(&self) -> String {
        self.gpu.describe()
    }

    /// The same as [`cpu::fingerprint`].
    pub fn fingerprint(&mut self, image: &Image) -> Result<Fingerprint, GpuError> {
        let size = [image.width(), image.height()];
        let frame = match self.frame.take().filter(|frame| frame.size == size) {
            Some(frame) => frame,
            None => self.prepare(size)?,
        };
        self.gpu.write(&frame.pixels, image.rgba());
        let read = self.gpu.run(
            &[&frame.steps[0], &frame.steps[1]],
            &[&frame.tiles, &frame.cells],
        )?;
        let [columns, rows] = frame.grid;
        let tiles = read[0]
            .chunks_exact(2)
            .map(|tile| Tile {
                sum: tile[0],
                weave: tile[1],
            })
            .collect();
        self.frame = Some(frame);
        Ok(Fingerprint {
            hash: Fingerprint::hash_of(&read[1]),
            tiles,
            columns,
            rows,
        })
    }

    /// The same as [`cpu::changed`] for each pair of tiles; both slices are equally long.
    pub fn changed(&self, before: &[Tile], after: &[Tile]) -> Result<Vec<bool>, GpuError> {
        if before.is_empty() {
            return Ok(Vec::new());
        }
        let upload = |label, tiles: &[Tile]| -> Result<wgpu::Buffer, GpuError> {
            let buffer = self.gpu.storage(label, size_of_val(tiles) as u64)?;
            self.gpu.write(&buffer, bytemuck::cast_slice(tiles));
            Ok(buffer)
        };
        let (before_tiles, after_tiles) = (upload("before", before)?, upload("after", after)?);
        let changed = self.gpu.storage("changed", before.len() as u64 * 4)?;
        let grid = [(before.len() as u32).div_ceil(64), 1, 1];
        let step = self.gpu.step(
            &self.tile_difference,
            &[&before_tiles, &after_tiles, &changed],
            grid,
        );
        let read = self.gpu.run(&[&step], &[&changed])?;
        Ok(read[0].iter().map(|changed| *changed == 1).collect())
    }

    fn prepare(&self, size: [u32; 2]) -> Result<Frame, GpuError> {
        let grid = size.map(|side| side.div_ceil(TILE));
        let pixels = self
            .gpu
            .storage("pixels", u64::from(size[0]) * u64::from(size[1]) * 4)?;
        let tiles = self.gpu.storage(
            "tiles",
            u64::from(grid[0]) * u64::from(grid[1]) * size_of::<Tile>() as u64,
        )?;
        let cells = self
            .gpu
            .storage("cells", u64::from(CELLS.0 * CELLS.1) * 4)?;
        let uniform = self.gpu.uniform("size", bytemuck::cast_slice(&size));
        let steps = [
            self.gpu.step(
                &self.luma_tiles,
                &[&uniform, &pixels, &tiles],
                [grid[0], grid[1], 1],
            ),
            self.gpu.step(
                &self.dhash_cells,
                &[&uniform, &pixels, &cells],
                [CELLS.0, CELLS.1, 1],
            ),
        ];
        Ok(Frame {
            size,
            grid,
            pixels,
            tiles,
            cells,
            steps,
        })
    }
}

/// Fingerprints on whichever is faster here.
pub enum Fingerprinter {
    /// On graphics hardware.
    Gpu(Box<GpuFingerprints>),
    /// On the processor, and why.
    Cpu(GpuError),
}

impl Fingerprinter {
    /// Graphics hardware where there is some; a software adapter would only be a slower processor.
    pub fn choose() -> Self {
        match Gpu::shared(crate::gpu::Adapters::Hardware) {
            Ok(gpu) => Self::Gpu(Box::new(GpuFingerprints::new(gpu))),
            Err(reason) => Self::Cpu(reason),
        }
    }

    /// Never fails: when the adapter is lost the processor takes over for good, when one frame is too large for it, for that frame.
    pub fn fingerprint(&mut self, image: &Image) -> Fingerprint {
        let Self::Gpu(kernels) = self else {
            return cpu::fingerprint(image);
        };
        match kernels.fingerprint(image) {
            Ok(fingerprint) => return fingerprint,
            Err(GpuError::TooLarge { .. }) => {}
            Err(reason) => {
                tracing::warn!(%reason, "fingerprints continue on the processor");
                *self = Self::Cpu(reason);
            }
        }
        cpu::fingerprint(image)
    }

    /// What computes, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Gpu(kernels) => kernels.describe(),
            Self::Cpu(reason) => format!("the processor ({reason})"),
        }
    }
}
