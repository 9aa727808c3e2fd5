//! Characters and the pixels they were read from -> a line with a tight box around each word.
//!
//! The recogniser says where a character was read only to within half a character. The ink says it to the pixel: a word ends
//! where the widest gap between two characters around a space begins.

use std::ops::Range;

use super::recognize::{Character, Reading};
use super::{Line, Word};
use crate::picture::{Image, Rect};

/// A pixel this share of the line's contrast away from the background is ink; half-covered pixels at edges are.
const INK: f32 = 0.3;
/// Rows with more ink than this share are an underline or the edge of a box, not text.
const RULE: f32 = 0.85;

/// The line and its words, boxes trimmed to the ink; nothing when there are no characters.
pub(super) fn line(image: &Image, rect: Rect, reading: Reading) -> Option<Line> {
    let (text, spans) = spell(&reading.characters);
    let (first, last) = (spans.first()?, spans.last()?);
    let ink = Ink::of(image, rect);
    let mut edges = vec![ink.outer_left(first.start)];
    for pair in spans.windows(2) {
        let gap = ink.gap(pair[0].end, pair[1].start);
        edges.extend([gap.start, gap.end]);
    }
    edges.push(ink.outer_right(last.end));
    let place = |start: usize, end: usize| Rect {
        x: rect.x + start as u32,
        y: rect.y + ink.rows.start as u32,
        w: end.saturating_sub(start).max(1) as u32,
        h: ink.rows.len() as u32,
    };
    let words = spans
        .iter()
        .zip(edges.chunks_exact(2))
        .map(|(span, edge)| Word {
            start: span.bytes.start,
            end: span.bytes.end,
            rect: place(edge[0], edge[1]),
        })
        .collect();
    Some(Line {
        rect: place(edges[0], edges[edges.len() - 1]),
        text,
        confidence: reading.confidence,
        words,
    })
}

/// A word: its bytes in the text and the centres of its first and last character, in pixels.
struct Span {
    bytes: Range<usize>,
    start: f32,
    end: f32,
}

/// The text without space at its ends or twice in a row, and its words.
fn spell(characters: &[Character]) -> (String, Vec<Span>) {
    let mut text = String::new();
    let mut spans: Vec<Span> = Vec::new();
    let mut inside = false;
    for character in characters {
        if character.text.trim().is_empty() {
            inside = false;
            continue;
        }
        if !inside {
            if !text.is_empty() {
                text.push(' ');
            }
            spans.push(Span {
                bytes: text.len()..text.len(),
                start: character.centre,
                end: character.centre,
            });
            inside = true;
        }
        text.push_str(&character.text);
        if let Some(span) = spans.last_mut() {
            span.bytes.end = text.len();
            span.end = character.centre;
        }
    }
    (text, spans)
}

/// Which columns and rows of a line have ink.
struct Ink {
    columns: Vec<bool>,
    rows: Range<usize>,
}

impl Ink {
    fn of(image: &Image, rect: Rect) -> Self {
        let luma: Vec<Vec<u8>> = (rect.y..rect.bottom())
            .map(|y| {
                image
                    .row(rect.x, y, rect.w)
                    .chunks_exact(4)
                    .map(luma)
                    .collect()
            })
            .collect();
        let background = median(&luma);
        let away = |value: u8| value.abs_diff(background);
        let contrast = luma
            .iter()
            .flatten()
            .map(|value| away(*value))
            .max()
            .unwrap_or(0);
        let threshold = (f32::from(contrast) * INK).max(1.0);
        let is_ink = |value: &u8| f32::from(away(*value)) >= threshold;
        let mut columns = vec![false; rect.w as usize];
        let mut rows: Option<Range<usize>> = None;
        for (y, row) in luma.iter().enumerate() {
            let count = row.iter().filter(|value| is_ink(value)).count();
            if count == 0 || count as f32 > RULE * rect.w as f32 {
                continue;
            }
            columns
                .iter_mut()
                .zip(row)
                .for_each(|(column, value)| *column |= is_ink(value));
            rows = Some(rows.map_or(y, |rows| rows.start)..y + 1);
        }
        Self {
            columns,
            rows: rows.unwrap_or(0..rect.h as usize),
        }
    }

    /// The widest run of empty columns between two positions, or the point between them when letters touch.
    fn gap(&self, from: f32, to: f32) -> Range<usize> {
        let to_column = |at: f32| (at.max(0.0) as usize).min(self.columns.len());
        let (from, to) = (to_column(from.min(to)), to_column(to.max(from)));
        let middle = (from + to) / 2;
        self.empty_runs(from..to)
            .max_by_key(|run| run.len())
            .unwrap_or(middle..middle)
    }

    fn empty_runs(&self, columns: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut at = columns.start;
        std::iter::from_fn(move || {
            while at < columns.end && self.columns[at] {
                at += 1;
            }
            let start = at;
            while at < columns.end && !self.columns[at] {
                at += 1;
            }
            (at > start).then_some(start..at)
        })
    }

    /// Where the word around `centre` starts: left of it, before a gap too wide to be inside a word.
    fn outer_left(&self, centre: f32) -> usize {
        let centre = (centre.max(0.0) as usize).min(self.columns.len());
        let inside = self.columns[..centre].iter().rev();
        centre - reach(inside, self.widest_inside())
    }

    /// Where the word around `centre` ends.
    fn outer_right(&self, centre: f32) -> usize {
        let centre = (centre.max(0.0) as usize).min(self.columns.len());
        centre + reach(self.columns[centre..].iter(), self.widest_inside())
    }

    /// Empty columns there may be between letters of one word: a third of the height.
    fn widest_inside(&self) -> usize {
        (self.rows.len() / 3).max(3)
    }
}

/// How far ink goes on without a gap wider than `widest`.
fn reach<'a>(columns: impl Iterator<Item = &'a bool>, widest: usize) -> usize {
    let mut reached = 0;
    for (at, ink) in columns.enumerate() {
        if *ink {
            reached = at + 1;
        } else if at - reached >= widest {
            break;
        }
    }
    reached
}

fn luma(pixel: &[u8]) -> u8 {
    ((77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2])) >> 8) as u8
}

/// The background of a line: text covers less than half of it.
fn median(luma: &[Vec<u8>]) -> u8 {
    let mut counts = [0usize; 256];
    luma.iter()
        .flatten()
        .for_each(|value| counts[usize::from(*value)] += 1);
    let half = counts.iter().sum::<usize>() / 2;
    let mut seen = 0;
    counts
        .iter()
        .position(|count| {
            seen += count;
            seen > half
        })
        .unwrap_or(0) as u8
}
