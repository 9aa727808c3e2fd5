//! Characters and the ink they were read from -> a line with a tight box around each word.
//!
//! The recogniser says where a character was read only to within half a character. The ink says it to the pixel: a word ends
//! where the widest gap between two characters around a space begins.

use std::ops::Range;

use super::ink::Ink;
use super::recognize::Reading;
use super::{Line, Word};

/// The line and its words; nothing when there are no characters. `left` is where the crop that was read begins.
pub(super) fn line(ink: &Ink, left: u32, reading: &Reading) -> Option<Line> {
    let (text, spans) = spell(reading, left as f32);
    let (first, last) = (spans.first()?, spans.last()?);
    let start = ink.start_of_word(first.start);
    let end = ink.end_of_word(last.end);
    let gaps: Vec<Range<u32>> = spans
        .windows(2)
        .map(|pair| ink.gap(pair[0].end, pair[1].start))
        .collect();
    let starts = std::iter::once(start).chain(gaps.iter().map(|gap| gap.end));
    let ends = gaps.iter().map(|gap| gap.start).chain(std::iter::once(end));
    let words = spans
        .iter()
        .zip(starts.zip(ends))
        .map(|(span, (start, end))| Word {
            start: span.bytes.start,
            end: span.bytes.end,
            rect: ink.between(start, end),
        })
        .collect();
    Some(Line {
        rect: ink.between(start, end),
        text,
        confidence: reading.confidence,
        words,
    })
}

/// A word: its bytes in the text and the centres of its first and last character, in columns of the picture.
struct Span {
    bytes: Range<usize>,
    start: f32,
    end: f32,
}

/// The text without space at its ends or twice in a row, and its words.
fn spell(reading: &Reading, left: f32) -> (String, Vec<Span>) {
    let mut text = String::new();
    let mut spans: Vec<Span> = Vec::new();
    let mut inside = false;
    for (character, centre) in reading.text.chars().zip(&reading.centres) {
        if character.is_whitespace() {
            inside = false;
            continue;
        }
        if !inside && !text.is_empty() {
            text.push(' ');
        }
        if !std::mem::replace(&mut inside, true) {
            spans.push(Span {
                bytes: text.len()..text.len(),
                start: left + centre,
                end: left + centre,
            });
        }
        text.push(character);
        if let Some(span) = spans.last_mut() {
            span.bytes.end = text.len();
            span.end = left + centre;
        }
    }
    (text, spans)
}
