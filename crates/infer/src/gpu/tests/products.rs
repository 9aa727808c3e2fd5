//! Products with weights, norms and the table of tokens.

use candle_core::quantized::QTensor;
use candle_core::{Device, Tensor};

use super::{gpu, numbers, run, same};
use crate::gpu::dispatch::{Call, Extent, Pipelines};
use crate::gpu::matrix::{Matrix, Output, Rows, floats};
use crate::gpu::packing::{GROUP, Packing};
use crate::gpu::products::matvec_grid;
use crate::gpu::source::{self, Input, Kernel, Team, Write};
use crate::gpu::{Gpu, twin};

const EPSILON: f32 = 1e-5;

/// Rows in a packing, and their values.
fn weights(packing: Packing, rows: usize, columns: usize, seed: u32) -> (Rows, Vec<f32>) {
    let values = Tensor::new(numbers(rows * columns, seed), &Device::Cpu).unwrap();
    let packed = QTensor::quantize(&values, packing.dtype()).unwrap();
    let bytes = packed.data().unwrap().to_vec();
    let values = floats(bytes.clone(), packing.dtype(), rows * columns).unwrap();
    (
        Rows {
            packing,
            bytes,
            columns,
        },
        values,
    )
}

/// Columns that are few, and no multiple of a group where the packing has none.
fn columns(packing: Packing) -> usize {
    match packing.dtype().block_size() {
        1 => 48,
        32 => 96,
        _ => 768,
    }
}

fn place(gpu: &Gpu, rows: Rows, stride: usize, write: Write) -> Matrix {
    let output = Output {
        stride,
        gated: write == Write::Gated,
        epsilon: EPSILON,
    };
    Matrix::place(gpu, vec![rows], output).unwrap()
}

/// Rows of `columns` numbers, filled up with zeros to whole groups.
fn padded(rows: &[f32], columns: usize) -> Vec<f32> {
    let filled = |row: &[f32]| {
        let mut row = row.to_vec();
        row.resize(columns.next_multiple_of(GROUP), 0.0);
        row
    };
    rows.chunks(columns).flat_map(filled).collect()
}

fn written(products: Vec<f32>, before: &[f32], write: Write) -> Vec<f32> {
    match write {
        Write::Store => products,
        Write::Add => products.iter().zip(before).map(|(a, b)| a + b).collect(),
        Write::Gated => twin::gated(&products),
    }
}

/// The codes of an input, and their scales, as the kernel makes them.
fn quantised(gpu: &Gpu, input: &wgpu::Buffer, width: usize) -> [wgpu::Buffer; 2] {
    let groups = width.div_ceil(GROUP);
    let norm = gpu.uniform("norm", bytemuck::cast_slice(&[width as u32, 0, 0, 0]));
    let call = gpu.uniform("call", bytemuck::bytes_of(&Call::default()));
    let codes = gpu.storage("codes", (groups * 32) as u64).unwrap();
    let scales = gpu.storage("scales", (groups * 16) as u64).unwrap();
    let buffers = [&norm, input, input, &codes, &scales, &call];
    let groups = [("GROUPS", groups as u32)];
    let text = source::plain(Kernel::QuantiseRow, &groups, &[("NORMED", false)]);
    let grid = [Extent::Fixed(1); 3];
    let step = Pipelines::new(gpu.clone()).dispatch("quantise_row", text, &buffers, grid);
    run(gpu, &step, Call::default(), &codes);
    [codes, scales]
}

fn check_matvec(packing: Packing, team: Team, form: Input, write: Write) {
    let what = format!("{packing:?}, {team:?}, {form:?}, {write:?}");
    let (gpu, rows, columns) = (gpu(), 70, columns(packing));
    let (packed, values) = weights(packing, rows, columns, 1);
    let (input, gain) = (numbers(columns, 2), numbers(columns, 3));
    let outputs = if write == Write::Gated {
        rows / 2
    } else {
        rows
    };
    let before = numbers(outputs, 4);
    let matrix = place(&gpu, packed, outputs, write);
    let output = gpu.place("output", &before).unwrap();
    let placed = |row: &[f32]| gpu.place("input", &padded(row, columns)).unwrap();
    let (x, g, call) = (placed(&input), placed(&gain), gpu.call_uniform());
    let [codes, code_scales] = quantised(&gpu, &x, columns);
    let (of, text) = (&matrix.runs[0], source::matvec(packing, team, form, write));
    let x = if form == Input::Packed { &codes } else { &x };
    let mut buffers = vec![&of.sizes, &of.quants, &of.scales, x, &output];
    match form {
        Input::Plain => {}
        Input::Normed => buffers.extend([&g, &call]),
        Input::Packed => buffers.push(&code_scales),
    }
    let grid = matvec_grid(rows as u32, team);
    let step = Pipelines::new(gpu.clone()).dispatch("matvec", text, &buffers, grid);
    let found = run(&gpu, &step, Call::default(), &output);
    let read = match form {
        Input::Normed => twin::rms_norm(&input, &gain, EPSILON),
        Input::Plain => input,
        Input::Packed => twin::quantised(&input),
    };
    let products = twin::matmul(&values, &read, columns);
    same(&found, &written(products, &before, write), 1e-3, &what);
}

#[test]
fn matvec_agrees_with_its_twin() {
    let teams = [(1, 32, 2), (4, 8, 2), (32, 2, 4), (64, 1, 4)];
    for packing in Packing::ALL {
        for (lanes, teams, rows) in teams {
            let team = Team {
                lanes,
                teams,
                rows,
                subgroups: false,
            };
            check_matvec(packing, team, Input::Normed, Write::Gated);
            check_matvec(packing, team, Input::Plain, Write::Add);
        }
    }
    let team = Team {
        lanes: 16,
        teams: 2,
        rows: 2,
        subgroups: false,
    };
    check_matvec(Packing::Q4_1, team, Input::Normed, Write::Store);
}

#[test]
fn matvec_of_codes_agrees_with_its_twin() {
    for packing in Packing::ALL
        .into_iter()
        .filter(|packing| packing.has_codes())
    {
        let team = Team {
            lanes: 4,
            teams: 8,
            rows: 2,
            subgroups: false,
        };
        check_matvec(packing, team, Input::Packed, Write::Store);
        check_matvec(packing, team, Input::Packed, Write::Gated);
    }
}

#[test]
fn quantise_row_agrees_with_its_twin() {
    for normed in [false, true] {
        let (gpu, width, groups) = (gpu(), 2400, 75);
        let (input, gain) = (numbers(2 * width, 1), numbers(width, 2));
        let norm = [width as u32, width as u32, EPSILON.to_bits(), 0];
        let call = Call {
            row: 1,
            ..Call::default()
        };
        let placed = [
            gpu.uniform("norm", bytemuck::cast_slice(&norm)),
            gpu.place("input", &input).unwrap(),
            gpu.place("gain", &gain).unwrap(),
            gpu.storage("codes", groups * 32).unwrap(),
            gpu.storage("scales", groups * 16).unwrap(),
            gpu.uniform("call", bytemuck::bytes_of(&call)),
        ];
        let text = source::plain(
            Kernel::QuantiseRow,
            &[("GROUPS", groups as u32)],
            &[("NORMED", normed)],
        );
        let grid = [Extent::Fixed(1); 3];
        let step =
            Pipelines::new(gpu.clone()).dispatch("quantise_row", text, &placed.each_ref(), grid);
        let scales = run(&gpu, &step, call, &placed[4]);
        let codes = run(&gpu, &step, call, &placed[3]);
        let codes: &[i8] = bytemuck::cast_slice(&codes);
        let found = codes
            .iter()
            .enumerate()
            .map(|(at, code)| f32::from(*code) * scales[at / GROUP * 4]);
        let read = match normed {
            true => twin::rms_norm(&input[width..], &gain, EPSILON),
            false => input[width..].to_vec(),
        };
        // One step where the two round a number half way differently.
        same(
            &found.collect::<Vec<_>>(),
            &twin::quantised(&read),
            1.01 / 127.0,
            "codes",
        );
        for (group, scales) in scales.chunks(4).enumerate() {
            let sum = |half: usize| {
                let codes = &codes[group * GROUP + half * 16..][..16];
                codes.iter().map(|code| f32::from(*code)).sum::<f32>() * scales[0]
            };
            same(&scales[1..3], &[sum(0), sum(1)], 1e-4, "sums");
        }
    }
}

#[test]
fn matvec_agrees_with_its_twin_with_subgroups() {
    if !gpu().offers(wgpu::Features::SUBGROUP) {
        return;
    }
    for packing in [Packing::F16, Packing::Q4_1, Packing::Q6K] {
        let team = Team {
            lanes: 32,
            teams: 1,
            rows: 4,
            subgroups: true,
        };
        check_matvec(packing, team, Input::Normed, Write::Gated);
        check_matvec(packing, team, Input::Plain, Write::Add);
    }
}

fn check_matmul(packing: Packing, tokens: usize, half: bool, write: Write) {
    let what = format!("{packing:?}, {tokens} tokens, half {half}, {write:?}");
    let (gpu, rows, columns) = (gpu(), 70, columns(packing));
    let (packed, values) = weights(packing, rows, columns, 1);
    let input = numbers(tokens * columns, 2);
    let outputs = if write == Write::Gated {
        rows / 2
    } else {
        rows
    };
    let before = numbers(tokens * outputs, 4);
    let matrix = place(&gpu, packed, outputs, write);
    let output = gpu.place("output", &before).unwrap();
    let x = gpu.place("input", &padded(&input, columns)).unwrap();
    let call = Call {
        tokens: tokens as u32,
        ..Call::default()
    };
    let uniform = gpu.uniform("call", bytemuck::bytes_of(&call));
    let of = &matrix.runs[0];
    let buffers = [&of.sizes, &of.quants, &of.scales, &x, &output, &uniform];
    let grid = [Extent::Fixed(2), Extent::Tokens(32), Extent::Fixed(1)];
    let text = source::matmul(packing, half, write);
    let step = Pipelines::new(gpu.clone()).dispatch("matmul", text, &buffers, grid);
    let found = run(&gpu, &step, call, &output);
    let products = twin::matmul(&values, &input, columns);
    let tolerance = if half { 1e-2 } else { 1e-3 };
    same(&found, &written(products, &before, write), tolerance, &what);
}

#[test]
fn matmul_agrees_with_its_twin() {
    for packing in Packing::ALL {
        check_matmul(packing, 37, false, Write::Store);
        check_matmul(packing, 5, false, Write::Add);
        check_matmul(packing, 33, false, Write::Gated);
    }
}

#[test]
fn matmul_agrees_with_its_twin_in_half_floats() {
    if !gpu().offers(wgpu::Features::SHADER_F16) {
        return;
    }
    for packing in [Packing::F32, Packing::Q4_1, Packing::Q6K] {
        check_matmul(packing, 37, true, Write::Store);
    }
}

#[test]
fn embed_rows_gives_the_rows_of_the_tokens() {
    for packing in Packing::ALL {
        let (gpu, columns) = (gpu(), columns(packing));
        let (packed, values) = weights(packing, 50, columns, 1);
        let matrix = place(&gpu, packed, columns, Write::Store);
        let tokens = [49u32, 0, 7];
        let places: Vec<[u32; 4]> = tokens.iter().map(|token| [*token, 0, 0, 0]).collect();
        let places = gpu.place("places", &places).unwrap();
        let width = columns.next_multiple_of(GROUP);
        let output = gpu.storage("output", (3 * width * 4) as u64).unwrap();
        let of = &matrix.runs[0];
        let buffers = [&of.sizes, &of.quants, &of.scales, &places, &output];
        let lanes = Extent::Fixed((width as u32 / 16).div_ceil(64));
        let grid = [lanes, Extent::Tokens(1), Extent::Fixed(1)];
        let text = source::embed_rows(packing);
        let step = Pipelines::new(gpu.clone()).dispatch("embed_rows", text, &buffers, grid);
        let call = Call {
            tokens: 3,
            ..Call::default()
        };
        let found = run(&gpu, &step, call, &output);
        let row = |token: &u32| &values[*token as usize * columns..][..columns];
        let expected: Vec<f32> = tokens.iter().flat_map(row).copied().collect();
        same(
            &found,
            &padded(&expected, columns),
            1e-5,
            &format!("{packing:?}"),
        );
    }
}

#[test]
fn a_matrix_of_several_tensors_is_their_products_side_by_side() {
    let gpu = gpu();
    let (a, a_values) = weights(Packing::Q4_1, 37, 96, 1);
    let (b, b_values) = weights(Packing::Q4_1, 20, 96, 2);
    let (c, c_values) = weights(Packing::Q8_0, 5, 96, 3);
    let output = Output {
        stride: 62,
        gated: false,
        epsilon: EPSILON,
    };
    let matrix = Matrix::place(&gpu, vec![a, b, c], output).unwrap();
    assert_eq!(matrix.runs.len(), 2, "equal packings are one run");
    let input = numbers(96, 4);
    let x = gpu.place("input", &input).unwrap();
    let y = gpu.storage("output", 62 * 4).unwrap();
    let team = Team {
        lanes: 8,
        teams: 4,
        rows: 2,
        subgroups: false,
    };
    let mut found = Vec::new();
    for of in &matrix.runs {
        let text = source::matvec(of.packing, team, Input::Plain, Write::Store);
        let buffers = [&of.sizes, &of.quants, &of.scales, &x, &y];
        let grid = matvec_grid(of.rows as u32, team);
        let step = Pipelines::new(gpu.clone()).dispatch("matvec", text, &buffers, grid);
        found = run(&gpu, &step, Call::default(), &y);
    }
    let values = [a_values, b_values, c_values].concat();
    same(
        &found,
        &twin::matmul(&values, &input, 96),
        1e-3,
        "side by side",
    );
}

#[test]
fn gate_and_up_in_two_packings_become_one_matrix() {
    let (gate, gate_values) = weights(Packing::Q4_1, 3, 32, 1);
    let (up, up_values) = weights(Packing::Q8_0, 3, 32, 2);
    let both = gate.interleaved(up).unwrap();
    let values = floats(both.bytes, both.packing.dtype(), 6 * 32).unwrap();
    let expected: Vec<f32> = gate_values
        .chunks(32)
        .zip(up_values.chunks(32))
        .flat_map(|(gate, up)| [gate, up].concat())
        .collect();
    same(&values, &expected, 1e-3, "rows in turn");
}

#[test]
fn rms_norm_agrees_with_its_twin() {
    for width in [1, 63, 64, 200] {
        let (gpu, stride) = (gpu(), 224usize);
        let (input, gain) = (numbers(3 * stride, 1), numbers(width, 2));
        let norm = [width as u32, stride as u32, EPSILON.to_bits(), 0];
        let norm = gpu.uniform("norm", bytemuck::cast_slice(&norm));
        let x = gpu.place("input", &input).unwrap();
        let g = gpu.place("gain", &gain).unwrap();
        let y = gpu.storage("output", x.size()).unwrap();
        let grid = [Extent::Fixed(1), Extent::Tokens(1), Extent::Fixed(1)];
        let text = source::plain(Kernel::RmsNorm, &[], &[]);
        let step =
            Pipelines::new(gpu.clone()).dispatch("rms_norm", text, &[&norm, &x, &g, &y], grid);
        let found = run(
            &gpu,
            &step,
            Call {
                tokens: 3,
                ..Call::default()
            },
            &y,
        );
        for (found, input) in found.chunks(stride).zip(input.chunks(stride)) {
            let expected = twin::rms_norm(&input[..width], &gain, EPSILON);
            same(&found[..width], &expected, 1e-5, &format!("width {width}"));
        }
    }
}
