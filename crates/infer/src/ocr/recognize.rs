//! Rectangles with a line of text in each -> characters and where they stand.

use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::OcrError;
use super::ctc::{Dictionary, decode};
use super::network::Network;
use super::resample::{Normal, resample};
use crate::picture::{Image, Rect};

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

/// A character and the centre of where it was read, in pixels from the left edge of its rectangle.
pub(super) struct Character {
    pub text: String,
    pub centre: f32,
}

/// What stands in one rectangle.
pub(super) struct Reading {
    pub characters: Vec<Character>,
    /// Mean probability of the characters, 0 without any.
    pub confidence: f32,
}

/// Reads each rectangle; as many readings as rectangles, in their order.
pub(super) fn recognize(
    network: &Network,
    dictionary: &Dictionary,
    image: &Image,
    lines: &[Rect],
) -> Result<Vec<Reading>, OcrError> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|line| columns(lines[*line]));
    let mut readings: Vec<Option<Reading>> = lines.iter().map(|_| None).collect();
    let mut rest = order.as_slice();
    while let Some(last) = rest.last() {
        let longest = columns(lines[*last]);
        let fits = |line: &&usize| columns(lines[**line]) as f32 >= longest as f32 * SIMILAR;
        let count = rest
            .iter()
            .rev()
            .take_while(fits)
            .count()
            .min((COLUMNS / longest).max(1));
        let (shorter, batch) = rest.split_at(rest.len() - count);
        let read = read_batch(network, dictionary, image, lines, batch, longest)?;
        batch
            .iter()
            .zip(read)
            .for_each(|(line, reading)| readings[*line] = Some(reading));
        rest = shorter;
    }
    Ok(readings.into_iter().flatten().collect())
}

/// Width of a rectangle once it is [`HEIGHT`] high.
fn columns(line: Rect) -> usize {
    let width = line.w as f32 * HEIGHT as f32 / line.h as f32;
    (width.ceil() as usize).max(STEP)
}

fn read_batch(
    network: &Network,
    dictionary: &Dictionary,
    image: &Image,
    lines: &[Rect],
    batch: &[usize],
    longest: usize,
) -> Result<Vec<Reading>, OcrError> {
    let stride = longest.next_multiple_of(STEP);
    let mut input = NdTensor::<f32, 4>::zeros([batch.len(), 3, HEIGHT, stride]);
    if let Some(planes) = input.data_mut() {
        for (planes, line) in planes.chunks_exact_mut(3 * HEIGHT * stride).zip(batch) {
            resample(
                image,
                lines[*line],
                columns(lines[*line]),
                HEIGHT,
                stride,
                NORMAL,
                planes,
            );
        }
    }
    let scores = network.run::<3>(input)?;
    let [_, steps, classes] = scores.shape();
    if classes != dictionary.classes() {
        return Err(OcrError::BrokenModel {
            file: super::RECOGNIZER,
            reason: format!(
                "it knows {classes} characters, {} lists {}",
                super::DICTIONARY,
                dictionary.classes()
            ),
        });
    }
    let scores = scores.data().unwrap_or_default();
    let step = stride as f32 / steps as f32;
    Ok(scores
        .chunks_exact(steps * classes)
        .zip(batch)
        .map(|(scores, line)| reading(scores, dictionary, lines[*line], step))
        .collect())
}

/// `step` is in columns of the network's input.
fn reading(scores: &[f32], dictionary: &Dictionary, line: Rect, step: f32) -> Reading {
    let glyphs = decode(scores, dictionary);
    let pixel = line.w as f32 / columns(line) as f32;
    let confidence =
        glyphs.iter().map(|glyph| glyph.probability).sum::<f32>() / glyphs.len().max(1) as f32;
    let characters = glyphs
        .iter()
        .map(|glyph| Character {
            text: glyph.character.to_owned(),
            centre: (glyph.first + glyph.last + 1) as f32 / 2.0 * step * pixel,
        })
        .collect();
    Reading {
        characters,
        confidence,
    }
}
