//! Class scores per step -> characters, each with the step it was read at.

use std::path::Path;

use super::OcrError;

/// Class number -> character. Class 0 is "nothing new" and class `len + 1` is a space, as PaddleOCR trains them.
pub(super) struct Dictionary {
    characters: Vec<String>,
}

impl Dictionary {
    pub fn open(dir: &Path, file: &'static str) -> Result<Self, OcrError> {
        let text = std::fs::read_to_string(dir.join(file)).map_err(|_| OcrError::MissingModel {
            file,
            dir: dir.to_path_buf(),
        })?;
        let mut characters: Vec<String> = text.lines().map(str::to_owned).collect();
        characters.push(" ".into());
        Ok(Self { characters })
    }

    /// How many classes the recogniser must have.
    pub fn classes(&self) -> usize {
        self.characters.len() + 1
    }
}

/// One character read, between the steps `first` and `last`.
pub(super) struct Glyph<'a> {
    pub character: &'a str,
    pub first: usize,
    pub last: usize,
    pub probability: f32,
}

/// The most likely class of each step; runs of a class are one character, class 0 separates. `scores` is
/// `steps` x `dictionary.classes()`, probabilities.
pub(super) fn decode<'a>(scores: &[f32], dictionary: &'a Dictionary) -> Vec<Glyph<'a>> {
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut before = 0;
    for (step, scores) in scores.chunks_exact(dictionary.classes()).enumerate() {
        let (class, probability) = best(scores);
        if class != 0 && class == before {
            if let Some(glyph) = glyphs.last_mut() {
                glyph.last = step;
                glyph.probability = glyph.probability.max(probability);
            }
        } else if class != 0 {
            glyphs.push(Glyph {
                character: &dictionary.characters[class - 1],
                first: step,
                last: step,
                probability,
            });
        }
        before = class;
    }
    glyphs
}

/// Class and score of the highest score. Eight running maxima first: one chain over 18,710 classes would wait on itself.
fn best(scores: &[f32]) -> (usize, f32) {
    let mut lanes = [f32::NEG_INFINITY; 8];
    for chunk in scores.chunks_exact(8) {
        lanes
            .iter_mut()
            .zip(chunk)
            .for_each(|(lane, score)| *lane = if *score > *lane { *score } else { *lane });
    }
    let rest = scores.chunks_exact(8).remainder();
    let highest = lanes
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    (
        scores
            .iter()
            .position(|score| *score == highest)
            .unwrap_or(0),
        highest,
    )
}
