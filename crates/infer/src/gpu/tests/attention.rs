//! Turning, storing and attending, and choosing a token.

use half::f16;

use super::{gpu, numbers, run, same};
use crate::gpu::dispatch::{Call, Dispatch, Extent, Pipelines};
use crate::gpu::load::rotation;
use crate::gpu::plan::{attend_constants, heads};
use crate::gpu::source::{self, Kernel};
use crate::gpu::{Gpu, twin};
use crate::model::most_likely;
use crate::pages::PAGE;
use crate::shape::Shape;

fn shape(heads: usize, key_heads: usize, head_width: usize, interleaved: bool) -> Shape {
    Shape {
        layers: 1,
        width: 32,
        heads,
        key_heads,
        head_width,
        inner_width: 32,
        context: 512,
        epsilon: 1e-5,
        rope_base: 10_000.0,
        interleaved,
    }
}

/// Shapes with few and many heads, narrow and wide.
fn shapes() -> [Shape; 4] {
    [
        shape(4, 2, 8, true),
        shape(9, 3, 64, true),
        shape(14, 2, 64, false),
        shape(6, 1, 128, false),
    ]
}

fn step(
    gpu: &Gpu,
    kernel: Kernel,
    text: String,
    buffers: &[&wgpu::Buffer],
    grid: [Extent; 3],
) -> Dispatch {
    Pipelines::new(gpu.clone()).dispatch(kernel.name(), text, buffers, grid)
}

fn half_words(numbers: &[f32]) -> Vec<u32> {
    let half = |number: f32| u32::from(f16::from_f32(number).to_bits());
    numbers
        .chunks(2)
        .map(|pair| half(pair[0]) | half(pair[1]) << 16)
        .collect()
}

fn half_floats(words: &[f32]) -> Vec<f32> {
    let half = |bits: u32| f16::from_bits(bits as u16).to_f32();
    let pair = |word: &f32| [half(word.to_bits()), half(word.to_bits() >> 16)];
    words.iter().flat_map(pair).collect()
}

/// Queries, keys and values of a token as the twin has them.
fn turned(shape: &Shape, row: &[f32], bias: &[f32], angles: &[[f32; 2]]) -> Vec<f32> {
    let mut row: Vec<f32> = row.iter().zip(bias).map(|(a, b)| a + b).collect();
    let (queries, rest) = row.split_at_mut(shape.query_width());
    let keys = &mut rest[..shape.key_width()];
    for head in queries
        .chunks_mut(shape.head_width)
        .chain(keys.chunks_mut(shape.head_width))
    {
        twin::turn(head, angles, shape.interleaved);
    }
    let scale = 1.0 / (shape.head_width as f32).sqrt();
    queries.iter_mut().for_each(|number| *number *= scale);
    row
}

#[test]
fn rope_store_agrees_with_its_twin() {
    for shape in shapes() {
        let gpu = gpu();
        let (width, half) = (shape.row_width(), shape.head_width / 2);
        let (rows, bias) = (numbers(3 * width, 1), numbers(width, 2));
        let angles = rotation(&shape.rope_speeds(None), shape.context);
        // Two tokens across the end of a page, and one of another text.
        let places = [[0u32, 63, 0, 0], [0, 64, 0, 0], [0, 5, 2, 0]];
        let tables = [2u32, 0, 1];
        let placed = [
            gpu.place("places", &places).unwrap(),
            gpu.place("tables", &tables).unwrap(),
            gpu.place("rotation", &angles).unwrap(),
            gpu.place("bias", &bias).unwrap(),
            gpu.place("rows", &rows).unwrap(),
            gpu.storage("memory", shape.state_bytes(3 * PAGE, 2))
                .unwrap(),
        ];
        let text = source::plain(
            Kernel::RopeStore,
            &heads(&shape),
            &[("INTERLEAVED", shape.interleaved)],
        );
        let lanes = Extent::Fixed((width as u32 / 4).div_ceil(64));
        let grid = [lanes, Extent::Tokens(1), Extent::Fixed(1)];
        let step = step(&gpu, Kernel::RopeStore, text, &placed.each_ref(), grid);
        let call = Call {
            tokens: 3,
            ..Call::default()
        };
        let memory = half_floats(&run(&gpu, &step, call, &placed[5]));
        let nothing = Call { tokens: 0, ..call };
        let found = run(&gpu, &step, nothing, &placed[4]);
        for (at, [_, position, table, _]) in places.iter().enumerate() {
            let angles = &angles[*position as usize * half..][..half];
            let expected = turned(&shape, &rows[at * width..][..width], &bias, angles);
            let queries = shape.query_width();
            same(
                &found[at * width..][..queries],
                &expected[..queries],
                1e-5,
                "queries",
            );
            let page = tables[(table + position / 64) as usize] as usize;
            for (part, expected) in expected[queries..].chunks(shape.key_width()).enumerate() {
                let slot = (page * 2 + part) * PAGE + *position as usize % PAGE;
                let found = &memory[slot * shape.key_width()..][..shape.key_width()];
                same(found, expected, 2e-3, "keys and values");
            }
        }
    }
}

#[test]
fn turn_keys_undoes_a_turn() {
    for shape in shapes() {
        let gpu = gpu();
        let (width, half) = (shape.key_width(), shape.head_width / 2);
        let angles = rotation(&shape.rope_speeds(None), shape.context);
        let keys = numbers(3 * 2 * PAGE * width, 1);
        let placed = [
            gpu.uniform(
                "call",
                bytemuck::bytes_of(&Call {
                    turn: 100,
                    ..Call::default()
                }),
            ),
            gpu.place("tables", &[1u32, 2]).unwrap(),
            gpu.place("rotation", &angles).unwrap(),
            gpu.place("memory", &half_words(&keys)).unwrap(),
        ];
        let text = source::plain(
            Kernel::TurnKeys,
            &heads(&shape),
            &[("INTERLEAVED", shape.interleaved)],
        );
        let lanes = Extent::Fixed((width as u32 / 4).div_ceil(64));
        let grid = [lanes, Extent::Tokens(1), Extent::Fixed(1)];
        let step = step(&gpu, Kernel::TurnKeys, text, &placed.each_ref(), grid);
        let call = Call {
            tokens: 5,
            ..Call::default()
        };
        let found = half_floats(&run(&gpu, &step, call, &placed[3]));
        let mut expected = keys.clone();
        for slot in 0..5 {
            let row = (2 * 2 * PAGE + slot) * width;
            for head in expected[row..row + width].chunks_mut(shape.head_width) {
                let back: Vec<[f32; 2]> = angles[100 * half..][..half]
                    .iter()
                    .map(|[cosine, sine]| [*cosine, -sine])
                    .collect();
                twin::turn(head, &back, shape.interleaved);
            }
        }
        same(&found, &expected, 2e-3, &format!("{shape:?}"));
    }
}

/// A pass of attention: tokens of one text from `start` on, split into `splits` parts.
fn check_attention(shape: &Shape, tile: u32, start: usize, tokens: usize, splits: usize) {
    let what = format!("{shape:?}, tile {tile}, {tokens} tokens from {start}, {splits} parts");
    let gpu = gpu();
    let (key_width, head) = (shape.key_width(), shape.head_width);
    let pages = (start + tokens).div_ceil(PAGE);
    let split_pages = pages.div_ceil(splits);
    let call = Call {
        tokens: tokens as u32,
        splits: splits as u32,
        split_pages: split_pages as u32,
        ..Call::default()
    };
    // Pages lie in memory backwards.
    let tables: Vec<u32> = (0..pages as u32).rev().collect();
    let places: Vec<[u32; 4]> = (0..tokens)
        .map(|at| [0, (start + at) as u32, 0, 0])
        .collect();
    let memory = half_floats(
        &half_words(&numbers(pages * 2 * PAGE * key_width, 1))
            .iter()
            .map(|word| f32::from_bits(*word))
            .collect::<Vec<_>>(),
    );
    let rows: Vec<f32> = numbers(tokens * shape.row_width(), 2)
        .iter()
        .map(|number| number * 2.0)
        .collect();
    let uniform = gpu.uniform("call", bytemuck::bytes_of(&call));
    let parts = tokens * splits * shape.heads * (head + 2) * 4;
    let placed = [
        gpu.place("places", &places).unwrap(),
        gpu.place("tables", &tables).unwrap(),
        gpu.place("rows", &rows).unwrap(),
        gpu.place("memory", &half_words(&memory)).unwrap(),
        gpu.storage("parts", parts as u64).unwrap(),
        gpu.storage("output", (tokens * shape.query_width() * 4) as u64)
            .unwrap(),
    ];
    let [places, tables, queries, keys, parts, output] = placed.each_ref();
    let text = source::plain(Kernel::Attend, &attend_constants(shape, tile), &[]);
    let grid = [
        Extent::Splits,
        Extent::Fixed(shape.key_heads as u32),
        Extent::Tokens(tile),
    ];
    let attend = step(
        &gpu,
        Kernel::Attend,
        text,
        &[&uniform, places, tables, queries, keys, parts],
        grid,
    );
    run(&gpu, &attend, call, parts);
    let constants = [&heads(shape)[..], &[("STRIDE", shape.query_width() as u32)]].concat();
    let text = source::plain(Kernel::MergeAttention, &constants, &[]);
    let grid = [
        Extent::Fixed(shape.heads as u32),
        Extent::Tokens(1),
        Extent::Fixed(1),
    ];
    let merge = step(
        &gpu,
        Kernel::MergeAttention,
        text,
        &[&uniform, parts, output],
        grid,
    );
    let found = run(&gpu, &merge, call, output);
    let slot = |position: usize, part: usize| {
        (pages - 1 - position / PAGE) * 2 * PAGE + part * PAGE + position % PAGE
    };
    for (at, found) in found.chunks(head).enumerate() {
        let (token, query_head) = (at / shape.heads, at % shape.heads);
        let column = query_head / (shape.heads / shape.key_heads) * head;
        let seen = |part: usize| -> Vec<&[f32]> {
            (0..=start + token)
                .map(|position| &memory[slot(position, part) * key_width + column..][..head])
                .collect()
        };
        let query = &rows[token * shape.row_width() + query_head * head..][..head];
        same(found, &twin::attend(query, &seen(0), &seen(1)), 1e-4, &what);
    }
}

#[test]
fn attention_agrees_with_its_twin() {
    for shape in shapes() {
        for (start, splits) in [(0, 1), (5, 1), (63, 1), (64, 2), (200, 4), (300, 2)] {
            check_attention(&shape, 1, start, 1, splits);
        }
        let tile = if shape.heads / shape.key_heads < 5 {
            4
        } else {
            2
        };
        for (start, tokens, splits) in [(0, 1, 1), (0, 9, 1), (60, 7, 2), (129, 70, 3)] {
            check_attention(&shape, tile, start, tokens, splits);
        }
    }
}

fn check_argmax(scores: &[f32], allowed: Option<&[u32]>) {
    let gpu = gpu();
    let call = Call {
        masked: u32::from(allowed.is_some()),
        ..Call::default()
    };
    let text = source::plain(Kernel::Argmax, &[("VOCABULARY", scores.len() as u32)], &[]);
    let placed = [
        gpu.uniform("call", bytemuck::bytes_of(&call)),
        gpu.place("scores", scores).unwrap(),
        gpu.place("mask", allowed.unwrap_or(&[0])).unwrap(),
        gpu.storage("chosen", 4).unwrap(),
    ];
    let step = step(
        &gpu,
        Kernel::Argmax,
        text,
        &placed.each_ref(),
        [Extent::Fixed(1); 3],
    );
    let found = run(&gpu, &step, call, &placed[3])[0].to_bits();
    assert_eq!(
        found,
        most_likely(scores, allowed),
        "{} scores",
        scores.len()
    );
}

#[test]
fn argmax_agrees_with_its_twin() {
    for count in [1, 31, 255, 1000, 5001] {
        let mut scores = numbers(count, count as u32);
        let mask: Vec<u32> = numbers(count.div_ceil(32), 3)
            .iter()
            .map(|word| word.to_bits())
            .collect();
        check_argmax(&scores, None);
        check_argmax(&scores, Some(&mask));
        scores.fill(-3.5);
        check_argmax(&scores, None);
        check_argmax(&scores, Some(&mask));
        check_argmax(&scores, Some(&vec![0; count.div_ceil(32)]));
    }
}
