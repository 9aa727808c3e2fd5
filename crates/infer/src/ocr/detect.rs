//! Picture -> rectangles with a line of text in each.

use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::OcrError;
use super::ink::Crop;
use super::network::Network;
use super::resample::{Normal, Target, resample};
use super::scale::Scale;
use crate::picture::{Image, Rect};

const NORMAL: Normal = Normal::from_mean_std([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/// A pixel of the probability map belongs to text from here on, as in PaddleOCR's configuration of this model.
const TEXT_PIXEL: f32 = 0.3;
/// A box counts when its pixels are text with this mean probability, as there.
const TEXT_BOX: f32 = 0.6;
/// The network is trained on boxes shrunk by their area over their length; this undoes it (PaddleOCR: 1.5).
const UNCLIP: f32 = 1.5;
/// Smaller components, in pixels of the probability map, are specks.
const SMALLEST_SIDE: usize = 3;

/// Finds lines of text in `region`; the rectangles are in pixels of the picture, inside `region`, in no order.
pub(super) fn detect(
    network: &Network,
    image: &Image,
    region: Rect,
    scale: Scale,
) -> Result<Vec<Rect>, OcrError> {
    let (width, height) = scale.fit(region);
    let mut input = NdTensor::<f32, 4>::zeros([1, 3, height, width]);
    if let Some(planes) = input.data_mut() {
        let whole = Crop {
            rect: region,
            shown: 0..image.height(),
        };
        let target = Target {
            planes,
            width,
            height,
            stride: width,
        };
        resample(image, &whole, NORMAL, target);
    }
    let map = network.run::<4>(input)?;
    let map = Map {
        width,
        height,
        text: map.data().unwrap_or_default(),
    };
    let back = (
        region.w as f32 / width as f32,
        region.h as f32 / height as f32,
    );
    Ok(components(&map)
        .into_iter()
        .filter_map(|component| component.line(region, back))
        .collect())
}

/// Probability that a pixel is text; `text` is `height` rows of `width`.
struct Map<'a> {
    width: usize,
    height: usize,
    text: &'a [f32],
}

/// Touching text pixels and the box around them, edges included.
struct Component {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    pixels: usize,
    probability: f32,
}

impl Component {
    fn at(x: usize, y: usize) -> Self {
        Self {
            left: x,
            top: y,
            right: x,
            bottom: y,
            pixels: 0,
            probability: 0.0,
        }
    }

    fn add(&mut self, x: usize, y: usize, probability: f32) {
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
        self.pixels += 1;
        self.probability += probability;
    }

    /// Grown to the size it had before training shrank it, and moved to the picture.
    fn line(&self, region: Rect, (across, down): (f32, f32)) -> Option<Rect> {
        let (width, height) = (self.right + 1 - self.left, self.bottom + 1 - self.top);
        if width.min(height) < SMALLEST_SIDE || self.probability / (self.pixels as f32) < TEXT_BOX {
            return None;
        }
        let grow = (width * height) as f32 * UNCLIP / (2 * (width + height)) as f32;
        let edge = |at: f32, scale: f32, limit: u32| (at * scale).clamp(0.0, limit as f32);
        let left = edge(self.left as f32 - grow, across, region.w).floor() as u32;
        let top = edge(self.top as f32 - grow, down, region.h).floor() as u32;
        let right = edge(self.right as f32 + 1.0 + grow, across, region.w).ceil() as u32;
        let bottom = edge(self.bottom as f32 + 1.0 + grow, down, region.h).ceil() as u32;
        (right > left && bottom > top).then(|| Rect {
            x: region.x + left,
            y: region.y + top,
            w: right - left,
            h: bottom - top,
        })
    }
}

fn components(map: &Map) -> Vec<Component> {
    let mut seen: Vec<bool> = map
        .text
        .iter()
        .map(|probability| *probability <= TEXT_PIXEL)
        .collect();
    let mut found = Vec::new();
    let mut open = Vec::new();
    for start in 0..seen.len() {
        if seen[start] {
            continue;
        }
        let mut component = Component::at(start % map.width, start / map.width);
        seen[start] = true;
        open.push(start);
        while let Some(at) = open.pop() {
            let (x, y) = (at % map.width, at / map.width);
            component.add(x, y, map.text[at]);
            for (near_x, near_y) in neighbours(x, y, map) {
                let near = near_y * map.width + near_x;
                if !std::mem::replace(&mut seen[near], true) {
                    open.push(near);
                }
            }
        }
        found.push(component);
    }
    found
}

fn neighbours(x: usize, y: usize, map: &Map) -> impl Iterator<Item = (usize, usize)> {
    let columns = x.saturating_sub(1)..=(x + 1).min(map.width - 1);
    (y.saturating_sub(1)..=(y + 1).min(map.height - 1))
        .flat_map(move |row| columns.clone().map(move |column| (column, row)))
}
