//! How long looking takes: medians over a desktop of 1920 x 1080 put together from the test screens, as a table.
//!
//! `cargo xtask bench eyes`

use std::convert::Infallible;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use afterimage_infer::gpu::{Adapters, Gpu};
use afterimage_infer::models::ModelFolder;
use afterimage_infer::ocr::Ocr;
use afterimage_infer::picture::{GpuFingerprints, Image, Rect, changed_tiles, cpu};
use image::RgbaImage;

const THREADS: usize = 2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (desktop, large) = (
        desktop()?,
        image::imageops::resize(
            &desktop()?,
            3840,
            2160,
            image::imageops::FilterType::Nearest,
        ),
    );
    let (desktop, large) = (picture(&desktop)?, picture(&large)?);
    let ocr = Ocr::open(
        &ModelFolder::from_environment()
            .path()
            .join("pp-ocrv6-small"),
        THREADS,
    )?;
    println!("| what | median |\n|---|---|");
    let lines = ocr.read(&desktop)?;
    let characters: usize = lines.iter().map(|line| line.text.chars().count()).sum();
    let whole = format!(
        "read 1920 x 1080, {} lines, {characters} characters, {THREADS} threads",
        lines.len()
    );
    row(&whole, 3, || ocr.read(&desktop).map(drop))?;
    let paragraph = Rect {
        x: 0,
        y: 0,
        w: 640,
        h: 60,
    };
    row("read a changed region of 640 x 60", 5, || {
        ocr.read_region(&desktop, paragraph).map(drop)
    })?;
    for (name, picture) in [("1920 x 1080", &desktop), ("3840 x 2160", &large)] {
        let before = cpu::fingerprint(picture);
        row(&format!("frame of {name} to verdict, one core"), 21, || {
            black_box(changed_tiles(&before, &cpu::fingerprint(picture)));
            Ok::<_, Infallible>(())
        })?;
        row(&format!("reading {name} and no more, one core"), 21, || {
            black_box(read(picture.rgba()));
            Ok::<_, Infallible>(())
        })?;
    }
    let mut kernels = GpuFingerprints::new(Gpu::open(Adapters::Any)?);
    for (name, picture) in [("1920 x 1080", &desktop), ("3840 x 2160", &large)] {
        let what = format!("fingerprint {name}, {}", kernels.describe());
        row(&what, 11, || kernels.fingerprint(picture).map(drop))?;
    }
    Ok(())
}

fn row<E>(what: &str, times: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let mut milliseconds = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        work()?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    milliseconds.sort_by(f64::total_cmp);
    println!("| {what} | {:.1} ms |", milliseconds[times / 2]);
    Ok(())
}

/// As little work as there can be for each byte: the bound of everything that looks at a whole picture.
fn read(bytes: &[u8]) -> [u64; 16] {
    let mut folded = [0u64; 16];
    for line in bytes.as_chunks::<128>().0 {
        for (folded, word) in folded.iter_mut().zip(line.as_chunks::<8>().0) {
            *folded ^= u64::from_ne_bytes(*word);
        }
    }
    folded
}

/// Six windows side by side.
fn desktop() -> Result<RgbaImage, image::ImageError> {
    let screens = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/screens");
    let mut desktop = RgbaImage::from_pixel(1920, 1080, image::Rgba([60, 70, 90, 255]));
    let windows = [
        "light-12", "columns", "dark-13", "terminal", "light-12", "columns",
    ];
    for (index, name) in (0..).zip(windows) {
        let window = image::open(screens.join(format!("{name}.png")))?.to_rgba8();
        image::imageops::replace(&mut desktop, &window, index % 3 * 640, index / 3 * 540);
    }
    Ok(desktop)
}

fn picture(pixels: &RgbaImage) -> Result<Image<'_>, afterimage_infer::picture::PictureError> {
    Image::new(pixels.width(), pixels.height(), pixels.as_raw())
}
