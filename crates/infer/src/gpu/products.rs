//! The part of a plan that reads weights: the table of tokens and products with matrices.

use super::buffers::Buffers;
use super::dispatch::{Dispatch, Extent};
use super::matrix::{Matrix, Run};
use super::packing::GROUP;
use super::plan::{Planner, Width};
use super::source::{self, Input, Kernel, Team, Write};

impl Planner<'_> {
    pub fn embed(&mut self) -> Vec<Dispatch> {
        let Buffers { places, hidden, .. } = self.buffers;
        let lanes = 2 * self.weights.embedding.columns.div_ceil(GROUP) as u32;
        let grid = [
            Extent::Fixed(lanes.div_ceil(64)),
            Extent::Tokens(1),
            Extent::Fixed(1),
        ];
        let mut step = |run: &Run| {
            let buffers = [&run.sizes, &run.quants, &run.scales, places, hidden];
            let text = source::embed_rows(run.packing);
            self.pipelines
                .dispatch(Kernel::EmbedRows.name(), text, &buffers, grid)
        };
        self.weights.embedding.runs.iter().map(&mut step).collect()
    }

    /// The product of a matrix with the norm of the hidden state: in one kernel for one token.
    pub fn normed_product(
        &mut self,
        width: Width,
        matrix: &Matrix,
        gain: &wgpu::Buffer,
        output: &wgpu::Buffer,
        write: Write,
    ) -> Vec<Dispatch> {
        let Buffers {
            norm,
            hidden,
            normed,
            ..
        } = self.buffers;
        if width == Width::One {
            return self.matvec(matrix, hidden, output, Some(gain), write);
        }
        let grid = [Extent::Fixed(1), Extent::Tokens(1), Extent::Fixed(1)];
        let kernel = Kernel::RmsNorm;
        let text = source::plain(kernel, &[], &[]);
        let buffers = [norm, hidden, gain, normed];
        let mut steps = vec![self.pipelines.dispatch(kernel.name(), text, &buffers, grid)];
        steps.extend(self.product(width, matrix, normed, output, write));
        steps
    }

    pub fn product(
        &mut self,
        width: Width,
        matrix: &Matrix,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        write: Write,
    ) -> Vec<Dispatch> {
        match width {
            Width::One => self.matvec(matrix, input, output, None, write),
            Width::Many | Width::Batch => self.matmul(matrix, input, output, write),
        }
    }

    /// The product of a matrix with one row: with its norm where there is a `gain`, and of its codes where that is faster.
    pub fn matvec(
        &mut self,
        matrix: &Matrix,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        gain: Option<&wgpu::Buffer>,
        write: Write,
    ) -> Vec<Dispatch> {
        let packed = |run: &Run| self.tuning.packed && run.packing.has_codes();
        let mut steps = Vec::new();
        if matrix.runs.iter().any(packed) {
            steps.push(self.quantise_row(matrix.columns, input, gain));
        }
        for run in &matrix.runs {
            let form = match (self.tuning.packed && run.packing.has_codes(), gain) {
                (true, _) => Input::Packed,
                (false, Some(_)) => Input::Normed,
                (false, None) => Input::Plain,
            };
            steps.push(self.run_matvec(run, form, input, output, gain, write));
        }
        steps
    }

    fn run_matvec(
        &mut self,
        run: &Run,
        form: Input,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        gain: Option<&wgpu::Buffer>,
        write: Write,
    ) -> Dispatch {
        let Buffers {
            call,
            codes,
            code_scales,
            ..
        } = self.buffers;
        let team = self.tuning.team;
        let input = if form == Input::Packed { codes } else { input };
        let mut buffers = vec![&run.sizes, &run.quants, &run.scales, input, output];
        match form {
            Input::Packed => buffers.push(code_scales),
            Input::Normed => buffers.extend(gain.into_iter().chain([call])),
            Input::Plain => {}
        }
        let text = source::matvec(run.packing, team, form, write);
        let grid = matvec_grid(run.rows as u32, team);
        let name = Kernel::Matvec.name();
        self.pipelines
            .dispatch(name, text, &buffers, grid)
            .reading(run)
    }

    fn quantise_row(
        &mut self,
        columns: usize,
        input: &wgpu::Buffer,
        gain: Option<&wgpu::Buffer>,
    ) -> Dispatch {
        let Buffers {
            call,
            norm,
            codes,
            code_scales,
            ..
        } = self.buffers;
        let kernel = Kernel::QuantiseRow;
        let groups = columns.div_ceil(GROUP) as u32;
        let text = source::plain(kernel, &[("GROUPS", groups)], &[("NORMED", gain.is_some())]);
        let buffers = [norm, input, gain.unwrap_or(input), codes, code_scales, call];
        self.pipelines
            .dispatch(kernel.name(), text, &buffers, [Extent::Fixed(1); 3])
    }

    fn matmul(
        &mut self,
        matrix: &Matrix,
        input: &wgpu::Buffer,
        output: &wgpu::Buffer,
        write: Write,
    ) -> Vec<Dispatch> {
        let half = self.tuning.half_tiles;
        let step = |run: &Run| {
            let text = source::matmul(run.packing, half, write);
            let call = &self.buffers.call;
            let buffers = [&run.sizes, &run.quants, &run.scales, input, output, call];
            let tiles = (run.rows as u32).div_ceil(64);
            let grid = [Extent::Fixed(tiles), Extent::Tokens(32), Extent::Fixed(1)];
            self.pipelines
                .dispatch(Kernel::Matmul.name(), text, &buffers, grid)
                .reading(run)
        };
        matrix.runs.iter().map(step).collect()
    }
}

/// Workgroups for `rows` rows, in two dimensions where one would be too long.
pub(crate) fn matvec_grid(rows: u32, team: Team) -> [Extent; 3] {
    const LONGEST: u32 = 32_768;
    let workgroups = rows.div_ceil(team.teams * team.rows);
    let x = workgroups.min(LONGEST);
    [
        Extent::Fixed(x),
        Extent::Fixed(workgroups.div_ceil(x)),
        Extent::Fixed(1),
    ]
}
