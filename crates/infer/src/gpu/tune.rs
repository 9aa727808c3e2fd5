//! Which variant of the product kernels is fastest on an adapter: tried once, checked against the twin, remembered.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::quantized::QTensor;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::dispatch::{Call, Dispatch, Extent, Pipelines};
use super::matrix::{Matrix, Output, Rows, floats};
use super::packing::{GROUP, Packing};
use super::products::matvec_grid;
use super::source::{self, Input, Kernel, Team, Write};
use super::{Gpu, twin};
use crate::weights::LoadError;

/// How the product kernels are shaped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tuning {
    pub team: Team,
    /// Whether products with one row are taken of its codes.
    pub packed: bool,
    /// Whether the tiles of weights of products with many are f16.
    pub half_tiles: bool,
}

/// The file in a folder that remembers.
pub(crate) const FILE: &str = "adapters.json";

/// What was found for adapters, each with the version of its driver and of the kernels.
type Found = BTreeMap<String, Tuning>;

impl Tuning {
    /// What is right nearly everywhere, without trying.
    pub fn usual(gpu: &Gpu) -> Tuning {
        // A software adapter has no lanes that wait together: a row each, and nothing to add up.
        let (lanes, teams, rows) = if gpu.is_hardware() {
            (32, 2, 4)
        } else {
            (1, 32, 2)
        };
        Tuning {
            team: Team {
                lanes,
                teams,
                rows,
                subgroups: false,
            },
            packed: false,
            half_tiles: false,
        }
    }

    /// What is fastest for weights in `packing`: as remembered in `folder`, or tried now and remembered there.
    pub fn fastest(gpu: &Gpu, packing: Packing, folder: &Path) -> Result<Tuning, LoadError> {
        let key = key(gpu, packing);
        let file = folder.join(FILE);
        let mut found = remembered(&file);
        if let Some(tuning) = found.get(&key) {
            return Ok(*tuning);
        }
        let tuning = Trial::new(gpu, packing)?.fastest();
        tracing::info!(adapter = gpu.describe(), ?packing, ?tuning, "kernels tuned");
        found.insert(key, tuning);
        // A folder that cannot be written to costs the next start a second.
        let written = serde_json::to_vec_pretty(&found)
            .map_err(std::io::Error::from)
            .and_then(|bytes| std::fs::write(file, bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "what was found for the adapter could not be written");
        }
        Ok(tuning)
    }
}

/// What the file remembers; nothing when it is missing or damaged.
fn remembered(file: &Path) -> Found {
    let bytes = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The adapter, its driver, and the kernels: what a finding holds for.
fn key(gpu: &Gpu, packing: Packing) -> String {
    let info = &gpu.info;
    let text = source::matvec(packing, Tuning::usual(gpu).team, Input::Packed, Write::Add)
        + &source::matmul(packing, true, Write::Add);
    let kernels: String = Sha256::digest(text)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!(
        "{} / {} {} / {:?} / {packing:?} / {kernels}",
        info.name, info.driver, info.driver_info, info.backend
    )
}

/// Sizes of the matrix tried: enough rows that every lane of a large adapter has work.
const ROWS: usize = 4096;
const COLUMNS: usize = 1024;
/// Rows made up; the rest repeats them.
const MADE_UP: usize = 64;
/// Tokens of the products with many.
const TOKENS: usize = 32;
/// How far a variant may be from the twin, in parts of the largest number: codes of 8 bits are 0.01 away.
const TOLERANCE: f32 = 0.03;

/// A made-up matrix with its inputs, and what its products must be.
struct Trial<'a> {
    gpu: &'a Gpu,
    matrix: Matrix,
    input: wgpu::Buffer,
    codes: wgpu::Buffer,
    code_scales: wgpu::Buffer,
    norm: wgpu::Buffer,
    call: wgpu::Buffer,
    output: wgpu::Buffer,
    staging: wgpu::Buffer,
    expected: Vec<f32>,
}

impl<'a> Trial<'a> {
    fn new(gpu: &'a Gpu, packing: Packing) -> Result<Trial<'a>, LoadError> {
        let (rows, values) = made_up(packing)?;
        let input: Vec<f32> = (0..TOKENS * COLUMNS).map(number).collect();
        let output = Output {
            stride: ROWS,
            gated: false,
            epsilon: 0.0,
        };
        let bytes = (TOKENS * ROWS * 4) as u64;
        Ok(Trial {
            gpu,
            matrix: Matrix::place(gpu, vec![rows], output)?,
            input: gpu.place("input", &input)?,
            codes: gpu.storage("codes", COLUMNS as u64)?,
            code_scales: gpu.storage("scales of codes", (COLUMNS / GROUP * 16) as u64)?,
            norm: gpu.uniform(
                "norm",
                bytemuck::cast_slice(&[COLUMNS as u32, COLUMNS as u32, 0, 0]),
            ),
            call: gpu.uniform("call", bytemuck::bytes_of(&call())),
            output: gpu.storage("output", bytes)?,
            staging: gpu.readable(bytes),
            expected: twin::matmul(&values, &input, COLUMNS),
        })
    }

    /// The fastest of the variants that compute what the twin does.
    fn fastest(&self) -> Tuning {
        let usual = Tuning::usual(self.gpu);
        let has_codes = self.matrix.runs[0].packing.has_codes();
        let variants = teams(self.gpu).into_iter().flat_map(|team| {
            let forms = [false, true]
                .into_iter()
                .filter(|packed| has_codes || !packed);
            forms.map(move |packed| Tuning {
                team,
                packed,
                ..usual
            })
        });
        let steps = variants.map(|tuning| (tuning, self.matvec(tuning.team, tuning.packed)));
        let best = self.best(steps.collect(), 1).unwrap_or(usual);
        let halves = [false, true]
            .into_iter()
            .filter(|half| !half || self.gpu.offers(wgpu::Features::SHADER_F16));
        let tiles = halves.map(|half| (half, self.matmul(half))).collect();
        Tuning {
            half_tiles: self.best(tiles, TOKENS).unwrap_or(false),
            ..best
        }
    }

    /// The fastest of those that compute what the twin does for `tokens` tokens. They take turns, so that what else the
    /// machine does hits all of them.
    fn best<T: Copy>(&self, variants: Vec<(T, Vec<Dispatch>)>, tokens: usize) -> Option<T> {
        const ROUNDS: usize = 5;
        let right = |(_, steps): &&(T, Vec<Dispatch>)| self.computes(steps, tokens);
        let variants: Vec<&(T, Vec<Dispatch>)> = variants.iter().filter(right).collect();
        let mut least = vec![Duration::MAX; variants.len()];
        for _ in 0..ROUNDS {
            for ((_, steps), least) in variants.iter().zip(&mut least) {
                *least = self.time(steps).unwrap_or(Duration::MAX).min(*least);
            }
        }
        let timed = variants.iter().zip(least);
        timed
            .min_by_key(|(_, least)| *least)
            .map(|((variant, _), _)| *variant)
    }

    fn matvec(&self, team: Team, packed: bool) -> Vec<Dispatch> {
        let mut pipelines = Pipelines::new(self.gpu.clone());
        let run = &self.matrix.runs[0];
        let grid = matvec_grid(run.rows as u32, team);
        let form = if packed { Input::Packed } else { Input::Plain };
        let input = if packed { &self.codes } else { &self.input };
        let mut buffers = vec![&run.sizes, &run.quants, &run.scales, input, &self.output];
        let mut steps = Vec::new();
        if packed {
            buffers.push(&self.code_scales);
            let kernel = Kernel::QuantiseRow;
            let groups = [("GROUPS", (COLUMNS / GROUP) as u32)];
            let text = source::plain(kernel, &groups, &[("NORMED", false)]);
            let own = [
                &self.norm,
                &self.input,
                &self.input,
                &self.codes,
                &self.code_scales,
                &self.call,
            ];
            steps.push(pipelines.dispatch(kernel.name(), text, &own, [Extent::Fixed(1); 3]));
        }
        let text = source::matvec(run.packing, team, form, Write::Store);
        steps.push(pipelines.dispatch(Kernel::Matvec.name(), text, &buffers, grid));
        steps
    }

    fn matmul(&self, half: bool) -> Vec<Dispatch> {
        let run = &self.matrix.runs[0];
        let text = source::matmul(run.packing, half, Write::Store);
        let buffers = [
            &run.sizes,
            &run.quants,
            &run.scales,
            &self.input,
            &self.output,
            &self.call,
        ];
        let grid = [
            Extent::Fixed((ROWS / 64) as u32),
            Extent::Tokens(32),
            Extent::Fixed(1),
        ];
        vec![Pipelines::new(self.gpu.clone()).dispatch(Kernel::Matmul.name(), text, &buffers, grid)]
    }

    /// Whether the steps compute what the twin does for `tokens` tokens.
    fn computes(&self, steps: &[Dispatch], tokens: usize) -> bool {
        let bytes = (tokens * ROWS * 4) as u64;
        self.gpu.submit(steps, &call(), |commands| {
            commands.copy_buffer_to_buffer(&self.output, 0, &self.staging, 0, bytes);
        });
        let right = |found: &[u8]| self.right(bytemuck::cast_slice(found));
        self.gpu
            .read_back(&self.staging, bytes, right)
            .unwrap_or(false)
    }

    fn time(&self, steps: &[Dispatch]) -> Option<Duration> {
        let start = Instant::now();
        self.gpu.submit(steps, &call(), |_| {});
        self.gpu.wait().ok().map(|()| start.elapsed())
    }

    /// Whether products, `[tokens, ROWS]`, are those of the twin, `[tokens, MADE_UP]`, over and over.
    fn right(&self, found: &[f32]) -> bool {
        let largest = self
            .expected
            .iter()
            .fold(0.0f32, |largest, x| largest.max(x.abs()));
        let rows = found.chunks(ROWS).zip(self.expected.chunks(MADE_UP));
        rows.flat_map(|(found, expected)| found.iter().zip(expected.iter().cycle()))
            .all(|(found, expected)| (found - expected).abs() <= TOLERANCE * largest)
    }
}

fn call() -> Call {
    Call {
        tokens: TOKENS as u32,
        ..Call::default()
    }
}

/// The shapes worth trying.
fn teams(gpu: &Gpu) -> Vec<Team> {
    let plain = [
        (1, 32, 2),
        (1, 64, 2),
        (8, 8, 2),
        (16, 4, 4),
        (32, 2, 4),
        (32, 4, 2),
        (64, 1, 4),
    ];
    let subgroups = [(32, 1, 4), (64, 1, 4), (64, 1, 8)];
    let team = |subgroups| {
        move |(lanes, teams, rows)| Team {
            lanes,
            teams,
            rows,
            subgroups,
        }
    };
    let offered = gpu.offers(wgpu::Features::SUBGROUP);
    let subgroups = subgroups.into_iter().filter(|_| offered).map(team(true));
    plain
        .into_iter()
        .map(team(false))
        .chain(subgroups)
        .collect()
}

/// A number from -1 to 1 that looks like chance.
fn number(at: usize) -> f32 {
    let mixed = (at as u32).wrapping_mul(2_654_435_761);
    ((mixed ^ mixed >> 15) & 0xffff) as f32 / 32_768.0 - 1.0
}

/// Rows in a packing, and the values of the first [`MADE_UP`] of them.
fn made_up(packing: Packing) -> Result<(Rows, Vec<f32>), LoadError> {
    let values: Vec<f32> = (0..MADE_UP * COLUMNS).map(|at| number(at + 7)).collect();
    let packed = QTensor::quantize(&Tensor::new(values, &Device::Cpu)?, packing.dtype())?;
    let bytes = packed.data()?.into_owned();
    let values = floats(bytes.clone(), packing.dtype(), MADE_UP * COLUMNS)?;
    let rows = Rows {
        packing,
        bytes: bytes.repeat(ROWS / MADE_UP),
        columns: COLUMNS,
    };
    Ok((rows, values))
}
