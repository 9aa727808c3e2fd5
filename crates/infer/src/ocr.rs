//! Picture -> lines of text, every word with its place on the picture.
//!
//! PP-OCRv6 small through `rten`: [`detect`] finds the lines on a scaled-down picture, [`recognize`] reads each from the full one,
//! [`ink`] says where exactly they stand, [`words`] puts boxes around the words, [`order`] puts the lines in the order they are read
//! in. Light on dark needs nothing special. [`memory`] keeps what was read from which pixels, so that a line that stayed or scrolled is
//! not read again; [`Ocr::forget`] empties it.

mod ctc;
mod detect;
mod ink;
mod memory;
mod network;
mod order;
mod recognize;
mod resample;
mod scale;
mod words;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rten::ThreadPool;
use thiserror::Error;

use crate::picture::{Image, Rect};
use ctc::Dictionary;
use ink::{Crop, Ink};
use memory::{Memory, Pixels};
use network::Network;
use recognize::Reading;

pub use order::reading_order;
pub use scale::Scale;

const DETECTOR: &str = "det.rten";
const RECOGNIZER: &str = "rec.rten";
const DICTIONARY: &str = "dict.txt";

/// Lines the recogniser is less sure of than this are scrollbars, icons and noise (PaddleOCR's `drop_score`).
const LEAST_CONFIDENCE: f32 = 0.5;
/// Narrower or lower regions hold no readable character.
const SMALLEST_REGION: u32 = 4;

/// A line of text on a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The words, one space between each two.
    pub text: String,
    /// Around all words, in pixels of the picture.
    pub rect: Rect,
    /// Mean probability of the characters, 0.5..=1.
    pub confidence: f32,
    /// Its words from left to right; never empty.
    pub words: Vec<Word>,
}

/// A run of characters without a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// First byte in the line's text.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
    /// Around its ink, in pixels of the picture.
    pub rect: Rect,
}

/// Why a picture was not read.
#[derive(Debug, Error)]
pub enum OcrError {
    /// A file of the model is not in the cache.
    #[error("the text reader's file {file} is missing in {}; fetch it with `cargo xtask models`", dir.display())]
    MissingModel {
        /// Its name.
        file: &'static str,
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// A file of the model is there but is not what it should be.
    #[error(
        "the text reader's file {file} is broken ({reason}); delete it and fetch it again with `cargo xtask models`"
    )]
    BrokenModel {
        /// Its name.
        file: &'static str,
        /// What was found.
        reason: String,
    },
    /// The network refused its input; a mistake in this program.
    #[error("the text reader failed: {0}")]
    Run(String),
}

/// The reader: both networks, loaded once (about 40 MB), usable from any thread.
pub struct Ocr {
    detector: Network,
    recognizer: Network,
    dictionary: Dictionary,
    scale: Scale,
    memory: Memory,
}

impl Ocr {
    /// Loads `det.rten`, `rec.rten` and `dict.txt` from `dir`; reading uses `threads` threads of its own.
    pub fn open(dir: &Path, threads: usize) -> Result<Self, OcrError> {
        let threads = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
        Ok(Self {
            detector: Network::open(dir, DETECTOR, threads.clone())?,
            recognizer: Network::open(dir, RECOGNIZER, threads)?,
            dictionary: Dictionary::open(dir, DICTIONARY)?,
            scale: Scale::default(),
            memory: Memory::default(),
        })
    }

    /// The same reader looking for lines at another scale.
    pub fn with_scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// All lines of the picture, in reading order. A picture without text has none.
    pub fn read(&self, image: &Image) -> Result<Vec<Line>, OcrError> {
        self.read_region(image, image.bounds())
    }

    /// The lines inside `region` (the part of it that is on the picture), their places in pixels of the whole picture. A line
    /// that the region cuts is read as far as it is inside, so grow a changed region by a line or two.
    pub fn read_region(&self, image: &Image, region: Rect) -> Result<Vec<Line>, OcrError> {
        let Some(region) = region
            .intersection(&image.bounds())
            .filter(|part| part.w.min(part.h) >= SMALLEST_REGION)
        else {
            return Ok(Vec::new());
        };
        let places = detect::detect(&self.detector, image, region, self.scale)?;
        let inks: Vec<Ink> = places
            .into_iter()
            .map(|place| Ink::of(image, place))
            .collect();
        let crops: Vec<Crop> = inks.iter().map(|ink| ink.crop(image)).collect();
        let readings = self.readings(image, &crops)?;
        let read = inks.iter().zip(&crops).zip(&readings);
        let sure = read.filter(|(_, reading)| reading.confidence >= LEAST_CONFIDENCE);
        let lines =
            sure.filter_map(|((ink, crop), reading)| words::line(ink, crop.rect.x, reading));
        Ok(order::reading_order(lines.collect()))
    }

    /// Lets go of every line remembered from earlier pictures; for when the user forgets, locks or pauses.
    pub fn forget(&self) {
        self.memory.clear();
    }

    /// From memory where the same pixels were read before, else from the network.
    fn readings(&self, image: &Image, crops: &[Crop]) -> Result<Vec<Reading>, OcrError> {
        let pixels: Vec<Pixels> = crops
            .iter()
            .map(|crop| self.memory.pixels(image, crop))
            .collect();
        let mut readings: Vec<Option<Reading>> = pixels
            .iter()
            .map(|pixels| self.memory.recall(*pixels))
            .collect();
        let unread: Vec<usize> = (0..crops.len())
            .filter(|line| readings[*line].is_none())
            .collect();
        let unread_crops: Vec<Crop> = unread.iter().map(|line| crops[*line].clone()).collect();
        let fresh = recognize::recognize(&self.recognizer, &self.dictionary, image, &unread_crops)?;
        for (line, reading) in unread.into_iter().zip(fresh) {
            self.memory.keep(pixels[line], reading.clone());
            readings[line] = Some(reading);
        }
        Ok(readings.into_iter().flatten().collect())
    }
}
