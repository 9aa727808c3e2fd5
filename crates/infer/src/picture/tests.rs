//! Fingerprints see text change and nothing else, and every kernel computes what its twin does.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::{Fingerprint, GpuFingerprints, Image, Tile, changed_tiles, cpu, hamming};
use crate::cpu::processor::Instructions;
use crate::gpu::{Adapters, Gpu, GpuError};

/// Pixels of no particular picture, the same for the same seed.
fn pixels(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..width * height * 4).map(|_| next()).collect()
}

fn of(width: u32, height: u32, rgba: &[u8]) -> Fingerprint {
    cpu::fingerprint(&Image::new(width, height, rgba).expect("it is a picture"))
}

/// Smaller than a tile, than the grid of the hash, and neither a multiple of a tile nor of what is added up at once.
const ODD_SIZES: [(u32, u32); 8] = [
    (1, 1),
    (2, 300),
    (300, 2),
    (33, 31),
    (95, 64),
    (200, 67),
    (257, 131),
    (1366, 30),
];

fn slow_luma(image: &Image, x: u32, y: u32) -> u32 {
    let at = ((y * image.width() + x) * 4) as usize;
    let part = |channel: usize| u32::from(image.rgba()[at + channel]);
    (77 * part(0) + 150 * part(1) + 29 * part(2) + 128) >> 8
}

/// The definition, pixel by pixel.
fn slow_tile(image: &Image, column: u32, row: u32) -> Tile {
    let mut tile = Tile::default();
    for y in row * 32..(row * 32 + 32).min(image.height()) {
        for x in column * 32..(column * 32 + 32).min(image.width()) {
            let luma = slow_luma(image, x, y);
            tile.sum += luma;
            tile.weave += luma * (1 + (7 * (x % 32) + 13 * (y % 32)) % 31);
        }
    }
    tile
}

#[test]
fn tiles_are_what_their_definition_says() {
    for (width, height) in ODD_SIZES {
        let rgba = pixels(width, height, width);
        let image = Image::new(width, height, &rgba).expect("it is a picture");
        let print = cpu::fingerprint(&image);
        assert_eq!(
            (print.columns, print.rows),
            (width.div_ceil(32), height.div_ceil(32))
        );
        for (index, tile) in print.tiles.iter().enumerate() {
            let (column, row) = print.position(index);
            assert_eq!(
                *tile,
                slow_tile(&image, column, row),
                "{width} x {height}, tile {column}, {row}"
            );
        }
    }
}

/// The definition, pixel by pixel.
fn slow_hash(image: &Image) -> u64 {
    let range = |index: u32, parts: u32, length: u32| {
        let start = (index * length / parts).min(length - 1);
        start..((index + 1) * length / parts).max(start + 1)
    };
    let mean = |cell: u32| {
        let (columns, rows) = (
            range(cell % 9, 9, image.width()),
            range(cell / 9, 8, image.height()),
        );
        let count = (columns.len() * rows.len()) as u32;
        let lumas = rows.flat_map(|y| columns.clone().map(move |x| slow_luma(image, x, y)));
        lumas.sum::<u32>() / count
    };
    let bit = |bit: u32| {
        let left = bit / 8 * 9 + bit % 8;
        u64::from(mean(left + 1) > mean(left) + 1) << bit
    };
    (0..64).map(bit).sum()
}

#[test]
fn every_set_of_instructions_gives_the_fingerprint_of_the_definition() {
    for (width, height) in ODD_SIZES {
        let rgba = pixels(width, height, 3 * width + height);
        let image = Image::new(width, height, &rgba).expect("it is a picture");
        let plain = cpu::fingerprint_with(Instructions::Portable, &image);
        assert_eq!(plain.hash, slow_hash(&image), "{width} x {height}");
        for with in Instructions::all() {
            let found = cpu::fingerprint_with(with, &image);
            assert_eq!(found, plain, "{width} x {height}, {with:?}");
        }
    }
}

#[test]
fn the_brightest_picture_does_not_run_over() {
    let white = of(96, 64, &[255; 96 * 64 * 4]);
    let weights: u32 = (0..32 * 32)
        .map(|at| 1 + (7 * (at % 32) + 13 * (at / 32)) % 31)
        .sum();
    let expected = Tile {
        sum: 255 * 32 * 32,
        weave: 255 * weights,
    };
    assert_eq!(white.tiles, [expected; 6]);
}

#[test]
fn the_hash_says_where_it_gets_brighter() {
    let ramp = |falling: bool| -> Vec<u8> {
        let value = |x: u32| if falling { 255 - x as u8 } else { x as u8 };
        (0..256 * 16)
            .flat_map(|at| [value(at % 256), value(at % 256), value(at % 256), 255])
            .collect()
    };
    assert_eq!(of(256, 16, &ramp(false)).hash, u64::MAX);
    assert_eq!(of(256, 16, &ramp(true)).hash, 0);
    assert_eq!(of(256, 16, &[128; 256 * 16 * 4]).hash, 0);
}

/// A window with text in it: dark strokes on white, from a pattern per character.
fn page(text: &str) -> Vec<u8> {
    let (width, height) = (320u32, 200u32);
    let mut rgba = vec![255; (width * height * 4) as usize];
    for (index, character) in text.chars().enumerate() {
        let (left, top) = (8 + (index as u32 % 40) * 7, 10 + (index as u32 / 40) * 16);
        for bit in 0..60 {
            let (x, y) = (left + bit % 6, top + bit / 6);
            if (u64::from(character as u32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> bit) & 1 == 1 {
                let at = ((y * width + x) * 4) as usize;
                rgba[at..at + 3].fill(30);
            }
        }
    }
    rgba
}

fn changes(before: &[u8], after: &[u8]) -> Vec<(u32, u32)> {
    changed_tiles(&of(320, 200, before), &of(320, 200, after))
}

#[test]
fn a_changed_character_is_seen_where_it_stands() {
    assert_eq!(
        changes(&page("the quick fox"), &page("the quick fix")),
        vec![(2, 0)]
    );
}

#[test]
fn two_characters_that_change_places_are_seen() {
    assert_eq!(changes(&page("ab"), &page("ba")), vec![(0, 0)]);
}

#[test]
fn the_same_picture_has_no_changed_tiles() {
    assert_eq!(
        changes(&page("the quick fox"), &page("the quick fox")),
        vec![]
    );
}

#[test]
fn noise_of_one_level_is_not_a_change() {
    let before: Vec<u8> = page("the quick brown fox")
        .iter()
        .map(|value| value / 2 + 40)
        .collect();
    let noisy = |(value, noise): (&u8, &u8)| {
        [*value - 1, *value, *value, value + 1][usize::from(noise & 3)]
    };
    let after: Vec<u8> = before.iter().zip(&pixels(320, 200, 7)).map(noisy).collect();
    assert_eq!(changes(&before, &after), vec![]);
}

#[test]
fn one_pixel_leaves_the_hash_alone_and_another_window_does_not() {
    let before = page("the quick brown fox jumps over the lazy dog and runs away from here");
    let mut pixel = before.clone();
    pixel[((100 * 320 + 160) * 4) as usize..][..3].fill(0);
    assert!(hamming(of(320, 200, &before).hash, of(320, 200, &pixel).hash) <= 1);
    let other = pixels(320, 200, 3)
        .chunks_exact(4)
        .enumerate()
        .flat_map(|(at, _)| [if at / 32 % 2 == 0 { 20 } else { 220 }; 4])
        .collect::<Vec<u8>>();
    assert!(hamming(of(320, 200, &before).hash, of(320, 200, &other).hash) > 8);
}

#[test]
fn a_frame_of_another_size_is_changed_everywhere() {
    let (small, large) = (of(64, 64, &[0; 64 * 64 * 4]), of(96, 64, &[0; 96 * 64 * 4]));
    assert_eq!(changed_tiles(&small, &large).len(), 6);
}

/// Software adapters count: this machine has one (Debian: mesa-vulkan-drivers), so a kernel that does not run is a failure.
fn gpu() -> Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| Gpu::open(Adapters::Any).unwrap_or_else(|error| panic!("{error}")))
        .clone()
}

fn check_kernels_against_twin(width: u32, height: u32, seed: u32) {
    let rgba = pixels(width, height, seed);
    let image = Image::new(width, height, &rgba).expect("it is a picture");
    let mut kernels = GpuFingerprints::new(gpu());
    let computed = kernels
        .fingerprint(&image)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(computed, cpu::fingerprint(&image), "{width} x {height}");
}

#[test]
fn luma_tiles_and_dhash_cells_agree_with_their_twin() {
    for (width, height) in [
        (1, 1),
        (2, 300),
        (31, 33),
        (32, 32),
        (65, 9),
        (257, 131),
        (1366, 768),
    ] {
        check_kernels_against_twin(width, height, width * height);
    }
}

#[test]
fn kernels_follow_a_frame_that_changes_size() {
    let mut kernels = GpuFingerprints::new(gpu());
    for (width, height) in [(100, 50), (100, 50), (33, 77), (100, 50)] {
        let rgba = pixels(width, height, height);
        let image = Image::new(width, height, &rgba).expect("it is a picture");
        assert_eq!(
            kernels.fingerprint(&image).expect("it runs"),
            cpu::fingerprint(&image)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn kernels_agree_with_their_twin_at_any_size(width in 1u32..200, height in 1u32..150, seed: u32) {
        check_kernels_against_twin(width, height, seed);
    }

    #[test]
    fn tile_difference_agrees_with_its_twin(tiles in prop::collection::vec((0u32..261_121, -2000i64..2000, -70i64..70), 0..150)) {
        let before: Vec<Tile> = tiles.iter().map(|(sum, ..)| Tile { sum: *sum, weave: sum * 16 }).collect();
        let moved = |value: u32, by: i64| (i64::from(value) + by).max(0) as u32;
        let after: Vec<Tile> = before.iter().zip(&tiles).map(|(tile, (_, weave, sum))| Tile { sum: moved(tile.sum, *sum), weave: moved(tile.weave, *weave) }).collect();
        let expected: Vec<bool> = before.iter().zip(&after).map(|(before, after)| cpu::changed(*before, *after)).collect();
        prop_assert_eq!(GpuFingerprints::new(gpu()).changed(&before, &after).expect("it runs"), expected);
    }
}

#[test]
fn a_buffer_beyond_the_adapter_is_refused_with_its_limit() {
    assert!(matches!(
        gpu().storage("too large", u64::MAX),
        Err(GpuError::TooLarge { .. })
    ));
}

#[test]
fn without_an_adapter_the_message_says_what_to_do() {
    let message = GpuError::NoAdapter("none at all".into()).to_string();
    assert!(
        message.contains("mesa-vulkan-drivers") && message.contains("processor"),
        "{message}"
    );
}
