//! Lines on a screen -> the order a person reads them in.
//!
//! A recursive cut: across a column gap when there is one, else across a gap between rows, else row by row. A table also has column
//! gaps but is read row by row; it shows itself by both sides having their lines on the same height.

use super::Line;
use crate::picture::Rect;

/// A gap between columns is at least this many line heights wide.
const COLUMN_GAP: f32 = 1.5;
/// A gap between blocks is at least this many line heights high.
const BLOCK_GAP: f32 = 0.9;
/// Both sides of a gap are one table when this share of each side's lines have a partner on the other.
const SAME_TABLE: f32 = 0.7;

/// Sorts the lines top to bottom and left to right, column by column where there are columns.
pub fn reading_order(lines: Vec<Line>) -> Vec<Line> {
    let mut heights: Vec<u32> = lines.iter().map(|line| line.rect.h).collect();
    heights.sort_unstable();
    let height = heights.get(heights.len() / 2).copied().unwrap_or(1) as f32;
    let mut ordered = Vec::with_capacity(lines.len());
    place(lines, height, &mut ordered);
    ordered
}

fn place(lines: Vec<Line>, height: f32, ordered: &mut Vec<Line>) {
    if lines.len() < 2 {
        return ordered.extend(lines);
    }
    let side = gap(&lines, |rect| (rect.x, rect.right()))
        .filter(|gap| gap.size >= COLUMN_GAP * height && !is_table(&lines, gap.at));
    let below =
        gap(&lines, |rect| (rect.y, rect.bottom())).filter(|gap| gap.size >= BLOCK_GAP * height);
    let (first, second): (Vec<Line>, Vec<Line>) = match (side, below) {
        (Some(side), below) if below.as_ref().is_none_or(|below| side.size >= below.size) => {
            lines.into_iter().partition(|line| line.rect.x < side.at)
        }
        (_, Some(below)) => lines.into_iter().partition(|line| line.rect.y < below.at),
        _ => return rows(lines, ordered),
    };
    place(first, height, ordered);
    place(second, height, ordered);
}

/// An empty band and where the lines behind it begin.
struct Gap {
    at: u32,
    size: f32,
}

/// The widest band that no line crosses, along the axis `extent` gives.
fn gap(lines: &[Line], extent: impl Fn(&Rect) -> (u32, u32)) -> Option<Gap> {
    let mut extents: Vec<(u32, u32)> = lines.iter().map(|line| extent(&line.rect)).collect();
    extents.sort_unstable();
    let mut end = extents.first()?.1;
    let mut widest: Option<Gap> = None;
    for (start, stop) in extents {
        let size = start.saturating_sub(end) as f32;
        if size > widest.as_ref().map_or(0.0, |gap| gap.size) {
            widest = Some(Gap { at: start, size });
        }
        end = end.max(stop);
    }
    widest
}

fn is_table(lines: &[Line], at: u32) -> bool {
    let (left, right): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line.rect.x < at);
    let partnered = |side: &[&Line], other: &[&Line]| {
        let has_partner =
            |line: &&&Line| other.iter().any(|other| same_row(&line.rect, &other.rect));
        side.iter().filter(has_partner).count() as f32 >= SAME_TABLE * side.len() as f32
    };
    partnered(&left, &right) && partnered(&right, &left)
}

fn same_row(a: &Rect, b: &Rect) -> bool {
    (2 * a.y + a.h).abs_diff(2 * b.y + b.h) <= a.h.min(b.h) / 2
}

/// Lines whose middles lie within each other's height are one row, read from the left.
fn rows(mut lines: Vec<Line>, ordered: &mut Vec<Line>) {
    lines.sort_by_key(|line| 2 * line.rect.y + line.rect.h);
    let mut row: Vec<Line> = Vec::new();
    for line in lines {
        if row
            .first()
            .is_some_and(|first| line.rect.y + line.rect.h / 2 >= first.rect.bottom())
        {
            flush(&mut row, ordered);
        }
        row.push(line);
    }
    flush(&mut row, ordered);
}

fn flush(row: &mut Vec<Line>, ordered: &mut Vec<Line>) {
    row.sort_by_key(|line| line.rect.x);
    ordered.append(row);
}
