//! Rectangles with a line of text in each -> characters and where they stand.

use rayon::prelude::*;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::OcrError;
use super::ctc::{Dictionary, decode};
use super::ink::Crop;
use super::network::Network;
use super::resample::{Normal, Target, resample};
use crate::picture::Image;

const NORMAL: Normal = Normal::from_mean_std([0.5; 3], [0.5; 3]);
/// The height the network was trained at.
const HEIGHT: usize = 48;
/// Columns of the input that make one step of the output.
const STEP: usize = 8;
/// Lines go through the network together while they are within this share of the longest one's length.
const SIMILAR: f32 = 0.8;
/// Columns of one pass. A long line goes alone: two lines of 1,700 columns together took 8 % more time than one after the other,
/// twelve took 20 % more, because their activations no longer fit the cache.
const COLUMNS: usize = 1600;

/// What stands in one crop.
#[derive(Clone, Default)]
pub(super) struct Reading {
    pub text: String,
    /// For each `char` of the text the centre of where it was read, in pixels of the picture from the crop's left edge.
    pub centres: Vec<f32>,
    /// Mean probability of the characters, 0 without any.
    pub confidence: f32,
}

/// Reads each crop; as many readings as crops, in their order.
pub(super) fn recognize(
    network: &Network,
    dictionary: &Dictionary,
    image: &Image,
    lines: &[Crop],
) -> Result<Vec<Reading>, OcrError> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|line| columns(&lines[*line]));
    let batches = batches(&order, lines);
    let read = |batch: &&[usize]| read_batch(network, dictionary, image, lines, batch);
    let read: Vec<Vec<Reading>> =
        network.on_its_threads(|| batches.par_iter().map(read).collect::<Result<_, _>>())?;
    let mut readings = vec![Reading::default(); lines.len()];
    batches
        .iter()
        .copied()
        .flatten()
        .zip(read.into_iter().flatten())
        .for_each(|(line, reading)| readings[*line] = reading);
    Ok(readings)
}

/// Cuts lines sorted by length into runs of similar length, the longest first.
fn batches<'a>(order: &'a [usize], lines: &[Crop]) -> Vec<&'a [usize]> {
    let mut batches = Vec::new();
    let mut rest = order;
    while let Some(last) = rest.last() {
        let longest = columns(&lines[*last]);
        let similar = |line: &&usize| columns(&lines[**line]) as f32 >= longest as f32 * SIMILAR;
        let count = rest
            .iter()
            .rev()
            .take_while(similar)
            .count()
            .min((COLUMNS / longest).max(1));
        let (shorter, batch) = rest.split_at(rest.len() - count);
        batches.push(batch);
        rest = shorter;
    }
    batches
}

/// Width of a crop once it is [`HEIGHT`] high.
fn columns(line: &Crop) -> usize {
    let width = line.rect.w as f32 * HEIGHT as f32 / line.rect.h as f32;
    (width.ceil() as usize).max(STEP)
}

fn read_batch(
    network: &Network,
    dictionary: &Dictionary,
    image: &Image,
    lines: &[Crop],
    batch: &[usize],
) -> Result<Vec<Reading>, OcrError> {
    let longest = batch
        .iter()
        .map(|line| columns(&lines[*line]))
        .max()
        .unwrap_or(STEP);
    let stride = longest.next_multiple_of(STEP);
    let mut input = NdTensor::<f32, 4>::zeros([batch.len(), 3, HEIGHT, stride]);
    if let Some(planes) = input.data_mut() {
        for (planes, line) in planes.chunks_exact_mut(3 * HEIGHT * stride).zip(batch) {
            let line = &lines[*line];
            let target = Target {
                planes,
                width: columns(line),
                height: HEIGHT,
                stride,
            };
            resample(image, line, NORMAL, target);
        }
    }
    let scores = network.run::<3>(input)?;
    let [_, steps, classes] = scores.shape();
    if classes != dictionary.classes() {
        let reason = format!(
            "it knows {classes} characters, {} lists {}",
            super::DICTIONARY,
            dictionary.classes()
        );
        return Err(OcrError::BrokenModel {
            file: super::RECOGNIZER,
            reason,
        });
    }
    let scores = scores.data().unwrap_or_default();
    let step = stride as f32 / steps as f32;
    Ok(scores
        .chunks_exact(steps * classes)
        .zip(batch)
        .map(|(scores, line)| reading(scores, dictionary, &lines[*line], step))
        .collect())
}

/// `step` is in columns of the network's input.
fn reading(scores: &[f32], dictionary: &Dictionary, line: &Crop, step: f32) -> Reading {
    let glyphs = decode(scores, dictionary);
    let pixel = line.rect.w as f32 / columns(line) as f32;
    let mut reading = Reading::default();
    for glyph in &glyphs {
        let centre = (glyph.first + glyph.last + 1) as f32 / 2.0 * step * pixel;
        reading.text.push_str(glyph.character);
        reading
            .centres
            .extend(glyph.character.chars().map(|_| centre));
        reading.confidence += glyph.probability / glyphs.len() as f32;
    }
    reading
}
