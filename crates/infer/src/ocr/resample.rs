//! A rectangle of pixels -> the planes a network wants, scaled in one go.

use super::ink::Crop;
use crate::picture::Image;

/// How 0..=255 becomes what a network was trained on: `value * scale + offset`, per plane.
#[derive(Clone, Copy)]
pub(super) struct Normal {
    pub scale: [f32; 3],
    pub offset: [f32; 3],
}

impl Normal {
    /// From the mean and deviation of values in 0..=1, the form training configurations use.
    pub const fn from_mean_std(mean: [f32; 3], std: [f32; 3]) -> Self {
        let mut normal = Self {
            scale: [0.0; 3],
            offset: [0.0; 3],
        };
        let mut plane = 0;
        while plane < 3 {
            normal.scale[plane] = 1.0 / (255.0 * std[plane]);
            normal.offset[plane] = -mean[plane] / std[plane];
            plane += 1;
        }
        normal
    }
}

/// Where the planes go: blue, green, red (the order the networks were trained with), each `height` rows of `stride`.
pub(super) struct Target<'a> {
    pub planes: &'a mut [f32],
    pub width: usize,
    pub height: usize,
    /// At least `width`; what lies between is left as it is.
    pub stride: usize,
}

/// Writes the crop, scaled to the target's size.
///
/// The filter is a triangle as wide as a source or target pixel, whichever is larger: plain bilinear when growing, and an
/// average over all covered pixels when shrinking, without which the thin strokes of small text fall between the samples.
pub(super) fn resample(image: &Image, crop: &Crop, normal: Normal, target: Target) {
    let Target {
        planes,
        width,
        height,
        stride,
    } = target;
    let rect = crop.rect;
    let columns = taps(rect.w as usize, width);
    let rows = taps(rect.h as usize, height);
    let most = rows.iter().map(|row| row.weights.len()).max().unwrap_or(1);
    let mut narrow = Ring::new(width, most);
    for (y, row) in rows.iter().enumerate() {
        for source in row.first..row.first + row.weights.len() {
            let pixels = image.row(rect.x, crop.row(rect.y + source as u32), rect.w);
            narrow.fill(source, |line| shrink_row(pixels, &columns, line));
        }
        for (plane, out) in planes.chunks_exact_mut(stride * height).enumerate() {
            let out = &mut out[y * stride..y * stride + width];
            out.fill(normal.offset[plane]);
            for (tap, weight) in row.weights.iter().enumerate() {
                let weight = weight * normal.scale[plane];
                let line = &narrow.line(row.first + tap)[plane * width..(plane + 1) * width];
                out.iter_mut()
                    .zip(line)
                    .for_each(|(out, value)| *out += weight * value);
            }
        }
    }
}

/// Which source samples make one target sample, and how much of each; the weights sum to one.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

fn taps(source: usize, target: usize) -> Vec<Taps> {
    let scale = source as f32 / target as f32;
    let reach = scale.max(1.0);
    (0..target)
        .map(|index| {
            let centre = (index as f32 + 0.5) * scale;
            let first = ((centre - reach).floor().max(0.0) as usize).min(source - 1);
            let end = ((centre + reach).ceil() as usize).clamp(first + 1, source);
            let mut weights: Vec<f32> = (first..end)
                .map(|at| (1.0 - ((at as f32 + 0.5 - centre) / reach).abs()).max(0.0))
                .collect();
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
            Taps { first, weights }
        })
        .collect()
}

fn shrink_row(source: &[u8], columns: &[Taps], line: &mut [f32]) {
    let width = columns.len();
    let (blue, rest) = line.split_at_mut(width);
    let (green, red) = rest.split_at_mut(width);
    for (x, column) in columns.iter().enumerate() {
        let mut sum = [0.0f32; 3];
        for (pixel, weight) in source[column.first * 4..]
            .chunks_exact(4)
            .zip(&column.weights)
        {
            sum[0] += weight * f32::from(pixel[2]);
            sum[1] += weight * f32::from(pixel[1]);
            sum[2] += weight * f32::from(pixel[0]);
        }
        (blue[x], green[x], red[x]) = (sum[0], sum[1], sum[2]);
    }
}

/// The last few horizontally scaled source rows; each is made once although several target rows use it.
struct Ring {
    width: usize,
    held: Vec<Option<usize>>,
    lines: Vec<f32>,
}

impl Ring {
    fn new(width: usize, rows: usize) -> Self {
        Self {
            width,
            held: vec![None; rows],
            lines: vec![0.0; rows * width * 3],
        }
    }

    fn fill(&mut self, row: usize, make: impl FnOnce(&mut [f32])) {
        let slot = row % self.held.len();
        if self.held[slot] != Some(row) {
            make(&mut self.lines[slot * self.width * 3..(slot + 1) * self.width * 3]);
            self.held[slot] = Some(row);
        }
    }

    fn line(&self, row: usize) -> &[f32] {
        let slot = row % self.held.len();
        &self.lines[slot * self.width * 3..(slot + 1) * self.width * 3]
    }
}
