//! The pixels of a line of text that are not background.
//!
//! The detector's boxes are loose: on dense text they reach into the lines above and below. The ink says where the line is to the
//! pixel, and says it the same way wherever on the screen the line stands.

use std::ops::Range;

use crate::picture::{Image, Rect};

/// A pixel this share of the line's contrast away from the background is ink; half-covered pixels at edges are.
const INK: f32 = 0.3;
/// Rows with more ink than this share are an underline or the edge of a box, not text.
const RULE: f32 = 0.85;
/// What is left free around the ink, as a share of its height: about what the recogniser saw in training.
const MARGIN: f32 = 0.3;

/// Which columns and rows of a box have ink of its middle line.
pub(super) struct Ink {
    place: Rect,
    columns: Vec<bool>,
    rows: Range<usize>,
    /// The rows that may be shown: `rows` and the empty one on either side, or everything where there is none.
    shown: Range<u32>,
}

/// A piece of a picture for the recogniser.
#[derive(Clone)]
pub(super) struct Crop {
    pub rect: Rect,
    /// Rows of the picture outside of these are shown as the nearest row inside: neighbouring lines are not this line's text.
    pub shown: Range<u32>,
}

impl Crop {
    /// The row of the picture that is shown as row `y`.
    pub fn row(&self, y: u32) -> u32 {
        y.clamp(self.shown.start, self.shown.end - 1)
    }
}

impl Ink {
    /// Looks at the pixels inside `place`.
    pub fn of(image: &Image, place: Rect) -> Self {
        let luma: Vec<Vec<u8>> = (place.y..place.bottom())
            .map(|y| {
                image
                    .row(place.x, y, place.w)
                    .chunks_exact(4)
                    .map(luma)
                    .collect()
            })
            .collect();
        let background = median(&luma);
        let contrast = luma
            .iter()
            .flatten()
            .map(|value| value.abs_diff(background))
            .max()
            .unwrap_or(0);
        let threshold = (f32::from(contrast) * INK).max(1.0);
        let is_ink = |value: &u8| f32::from(value.abs_diff(background)) >= threshold;
        let counts: Vec<usize> = luma
            .iter()
            .map(|row| row.iter().filter(|value| is_ink(value)).count())
            .collect();
        let marked: Vec<bool> = counts
            .iter()
            .map(|count| *count > 0 && *count as f32 <= RULE * place.w as f32)
            .collect();
        let rows = middle_band(&marked);
        let mut columns = vec![false; place.w as usize];
        for (row, _) in luma[rows.clone()]
            .iter()
            .zip(&marked[rows.clone()])
            .filter(|(_, marked)| **marked)
        {
            columns
                .iter_mut()
                .zip(row)
                .for_each(|(column, value)| *column |= is_ink(value));
        }
        let empty = |row: Option<usize>| {
            row.filter(|row| counts.get(*row) == Some(&0))
                .map(|row| place.y + row as u32)
        };
        let shown = empty(rows.start.checked_sub(1)).unwrap_or(0)
            ..empty(Some(rows.end)).map_or(image.height(), |row| row + 1);
        Self {
            place,
            columns,
            rows,
            shown,
        }
    }

    /// What the recogniser should see: the ink with some air around it. At least most of the box's height (in steps of four, so
    /// that a line scrolled by a pixel gives the same picture), without which "on" would be enlarged until it reads "ON".
    pub fn crop(&self, image: &Image) -> Crop {
        let height = (self.rows.len() as f32 * (1.0 + 2.0 * MARGIN)).ceil() as u32;
        let height = height.max((self.place.h * 4 / 5) & !3);
        let air = (height - self.rows.len() as u32).div_ceil(2);
        let left = self.columns.iter().position(|ink| *ink).unwrap_or(0) as u32;
        let right = self
            .columns
            .iter()
            .rposition(|ink| *ink)
            .map_or(self.place.w, |last| last as u32 + 1);
        let x = (self.place.x + left).saturating_sub(air);
        let y = (self.place.y + self.rows.start as u32).saturating_sub(air);
        let rect = Rect {
            x,
            y,
            w: (self.place.x + right + air).min(image.width()) - x,
            h: (self.place.y + self.rows.end as u32 + air).min(image.height()) - y,
        };
        Crop {
            rect,
            shown: self.shown.clone(),
        }
    }

    /// The rectangle over the ink's rows between two columns of the picture.
    pub fn between(&self, start: u32, end: u32) -> Rect {
        Rect {
            x: start,
            y: self.place.y + self.rows.start as u32,
            w: end.saturating_sub(start).max(1),
            h: self.rows.len() as u32,
        }
    }

    /// The widest run of empty columns between two positions on the picture, or the point between them when letters touch.
    pub fn gap(&self, from: f32, to: f32) -> Range<u32> {
        let (from, to) = (self.column(from.min(to)), self.column(to.max(from)));
        let middle = (from + to) / 2;
        let run = self
            .empty_runs(from..to)
            .max_by_key(|run| run.len())
            .unwrap_or(middle..middle);
        self.place.x + run.start as u32..self.place.x + run.end as u32
    }

    /// Where the word around `centre` starts: left of it, before a gap too wide to be inside a word.
    pub fn start_of_word(&self, centre: f32) -> u32 {
        let centre = self.column(centre);
        self.place.x
            + (centre - reach(self.columns[..centre].iter().rev(), self.widest_inside())) as u32
    }

    /// Where the word around `centre` ends.
    pub fn end_of_word(&self, centre: f32) -> u32 {
        let centre = self.column(centre);
        self.place.x + (centre + reach(self.columns[centre..].iter(), self.widest_inside())) as u32
    }

    fn column(&self, x: f32) -> usize {
        ((x - self.place.x as f32).max(0.0) as usize).min(self.columns.len())
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

    /// Empty columns there may be between letters of one word: a third of the height.
    fn widest_inside(&self) -> usize {
        (self.rows.len() / 3).max(3)
    }
}

/// The marked rows around the middle one, up to the first empty row on either side; all rows when the middle has none near.
fn middle_band(marked: &[bool]) -> Range<usize> {
    let middle = marked.len() / 2;
    let nearest = (0..marked.len())
        .filter(|row| marked[*row])
        .min_by_key(|row| row.abs_diff(middle));
    let Some(nearest) = nearest else {
        return 0..marked.len();
    };
    let up = reach(marked[..nearest].iter().rev(), ROW_GAP);
    let down = reach(marked[nearest..].iter(), ROW_GAP);
    nearest - up..nearest + down.max(1)
}

/// One empty row is inside a line (the dot of an i, an underline taken out); two are between lines.
const ROW_GAP: usize = 1;

/// How far marks go on without a gap wider than `widest`.
fn reach<'a>(marks: impl Iterator<Item = &'a bool>, widest: usize) -> usize {
    let mut reached = 0;
    for (at, mark) in marks.enumerate() {
        if *mark {
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
    let above_half = |count: &usize| {
        seen += count;
        seen > half
    };
    counts.iter().position(above_half).unwrap_or(0) as u8
}
