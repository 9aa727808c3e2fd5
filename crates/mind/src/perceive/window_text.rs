//! What one window shows: its lines, already redacted, and where each word stands.

use super::fresh::Known;
use crate::redact;
use afterimage_domain::{Frame, Rect, Span, Window, Word};
use afterimage_infer::{ocr, ocr::Line, picture};
use std::{collections::HashMap, sync::Arc};

/// What each window showed when it was last read. Holds redacted text only.
#[derive(Clone, Debug, Default)]
pub struct Shown(HashMap<(String, u32), Seen>);

/// A window's text, shared between the frames on which it stayed the same.
#[derive(Clone, Debug)]
struct Seen {
    text: Arc<WindowText>,
    /// Frames since it was last on the picture.
    age: u32,
    /// Its title while it showed a site that is left out.
    left_out: Option<String>,
}

/// Windows out of sight are remembered up to this number, so that what comes back to the front is not new.
const MOST_WINDOWS: usize = 64;

/// What one window shows.
#[derive(Clone, Debug, Default)]
pub struct WindowText {
    bounds: Rect,
    /// In reading order; text redacted; a word of a secret spans the whole marker.
    lines: Vec<Line>,
    redactions: u32,
    known: Known,
}

impl Shown {
    /// What `window` showed, if it has not moved since.
    pub(super) fn of(&self, monitor: &str, window: &Window) -> Option<&Arc<WindowText>> {
        let seen = self.0.get(&(monitor.to_owned(), window.handle))?;
        (seen.age == 0 && seen.text.bounds == window.bounds).then_some(&seen.text)
    }

    /// The lines `window` has shown, moved or not.
    pub(super) fn known(&self, monitor: &str, window: &Window) -> Option<&Known> {
        self.0
            .get(&(monitor.to_owned(), window.handle))
            .map(|seen| &seen.text.known)
    }

    /// Whether `window` showed a site that is left out when its site was last known, and the same page since, by its title.
    pub(super) fn was_left_out(&self, monitor: &str, window: &Window) -> bool {
        self.0
            .get(&(monitor.to_owned(), window.handle))
            .and_then(|seen| seen.left_out.as_ref())
            .is_some_and(|title| *title == window.title)
    }

    pub(super) fn insert(
        &mut self,
        monitor: &str,
        window: &Window,
        text: Arc<WindowText>,
        is_left_out: bool,
    ) {
        let seen = Seen {
            text,
            age: 0,
            left_out: is_left_out.then(|| window.title.clone()),
        };
        self.0.insert((monitor.to_owned(), window.handle), seen);
    }

    /// What each window of a frame shows now that was perceived with it.
    pub fn texts<'a>(&'a self, frame: &'a Frame) -> impl Iterator<Item = &'a Arc<WindowText>> {
        let windows = frame.windows.iter();
        windows.filter_map(|window| self.of(&frame.monitor, window))
    }

    /// Takes over from `before` the windows that are not on this picture of `monitor`: those of other monitors as they are, covered or minimised
    /// ones for their known lines only, the longest unseen forgotten first.
    pub(super) fn keep_unseen(&mut self, before: &Self, monitor: &str) {
        let mut unseen: Vec<_> = before
            .0
            .iter()
            .filter(|(key, _)| !self.0.contains_key(*key))
            .collect();
        unseen.sort_by_key(|(key, seen)| (seen.age, key.1));
        for (key, seen) in unseen.into_iter().take(MOST_WINDOWS) {
            let mut seen = seen.clone();
            seen.age = seen.age.saturating_add(u32::from(key.0 == monitor));
            self.0.insert(key.clone(), seen);
        }
    }
}

/// The words of each line given to the front-most window that holds their centre: `[windows]`, each in reading order.
pub(super) fn by_window(lines: &[Line], windows: &[Window]) -> Vec<Vec<Line>> {
    let mut pieces = vec![Vec::new(); windows.len()];
    for line in lines {
        let owners: Vec<_> = line
            .words
            .iter()
            .map(|word| front_most(windows, domain_rect(&word.rect)))
            .collect();
        for (at, pieces) in pieces.iter_mut().enumerate() {
            let words: Vec<_> = line
                .words
                .iter()
                .zip(&owners)
                .filter(|(_, owner)| **owner == Some(at))
                .map(|(word, _)| *word)
                .collect();
            pieces.extend(piece(line, &words));
        }
    }
    pieces
}

fn front_most(windows: &[Window], rect: Rect) -> Option<usize> {
    let (x, y) = rect.center();
    windows
        .iter()
        .position(|window| window.bounds.contains(x, y))
}

/// The line that only has `words` of `line`; `None` without words.
fn piece(line: &Line, words: &[ocr::Word]) -> Option<Line> {
    let mut piece = Line {
        text: String::new(),
        rect: words.first()?.rect,
        confidence: line.confidence,
        words: Vec::new(),
    };
    for word in words {
        if !piece.text.is_empty() {
            piece.text.push(' ');
        }
        let start = piece.text.len();
        piece.text.push_str(line.text.get(word.start..word.end)?);
        piece.rect = piece.rect.union(&word.rect);
        piece.words.push(ocr::Word {
            start,
            end: piece.text.len(),
            rect: word.rect,
        });
    }
    Some(piece)
}

/// The lines of `before` that were not read again and still belong to window number `at`.
pub(super) fn kept(
    before: &WindowText,
    regions: &[Rect],
    at: usize,
    windows: &[Window],
) -> Vec<Line> {
    let stays = |line: &&Line| {
        let rect = domain_rect(&line.rect);
        regions
            .iter()
            .all(|region| region.intersection(&rect).is_none())
            && front_most(windows, rect) == Some(at)
    };
    before.lines.iter().filter(stays).cloned().collect()
}

/// The text of `window` from lines carried over and lines just read, secrets replaced.
pub(super) fn read(window: &Window, kept: Vec<Line>, pieces: Vec<Line>) -> WindowText {
    let reorder = !kept.is_empty();
    let new: Vec<_> = pieces
        .into_iter()
        .filter(|piece| !kept.iter().any(|line| covers(&line.rect, &piece.rect)))
        .collect();
    let mut lines = [kept, new].concat();
    if reorder {
        lines = ocr::reading_order(lines);
    }
    redact_lines(&mut lines);
    WindowText {
        bounds: window.bounds,
        redactions: lines
            .iter()
            .map(|line| line.text.matches("[secret:").count() as u32)
            .sum(),
        lines,
        known: Known::default(),
    }
}

/// Whether `line` holds more than half of `piece`: the same line, met again at a region's edge.
fn covers(line: &picture::Rect, piece: &picture::Rect) -> bool {
    let area = |rect: &picture::Rect| u64::from(rect.w) * u64::from(rect.h);
    line.intersection(piece)
        .is_some_and(|common| 2 * area(&common) > area(piece))
}

/// Secrets are looked for in all lines together, since a label can stand above its value, and replaced in each.
fn redact_lines(lines: &mut [Line]) {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(before) = at.checked_sub(1).map(|before| &lines[before]) {
            text.push(if is_same_row(before, line) {
                '\t'
            } else {
                '\n'
            });
        }
        text.push_str(&line.text);
    }
    let findings = redact::find(&text);
    let mut start = 0u32;
    for line in lines {
        let own = Span {
            start,
            end: start + line.text.len() as u32,
        };
        start = own.end + 1;
        let inside: Vec<_> = findings
            .iter()
            .filter(|(_, span)| span.overlaps(&own))
            .map(|(kind, span)| {
                (
                    span.start.max(own.start) - own.start,
                    span.end.min(own.end) - own.start,
                    kind.marker(),
                )
            })
            .collect();
        if !inside.is_empty() {
            replace(line, &inside);
        }
    }
}

/// Whether `line` stands to the right of `before` at its height: cells of a table are lines of their own to the reader.
fn is_same_row(before: &Line, line: &Line) -> bool {
    let (one, other) = (domain_rect(&before.rect), domain_rect(&line.rect));
    let common = one.bottom().min(other.bottom()) - one.y.max(other.y);
    let is_right = other.x >= one.x.saturating_add_unsigned(one.width);
    is_right && 2 * common >= one.height.min(other.height) as i32
}

/// Replaces parts of a line (first byte, first byte after, marker; in order, apart). Words stay where they are on the picture; those that
/// held a part of a secret now span its marker.
fn replace(line: &mut Line, parts: &[(u32, u32, &str)]) {
    let mut text = String::new();
    let mut copied = 0;
    // New places of the parts: `(old start, old end, new start, new end)`.
    let mut moved = Vec::new();
    for (start, end, marker) in parts {
        let (start, end) = (*start as usize, *end as usize);
        text.push_str(&line.text[copied..start]);
        let new = text.len();
        text.push_str(marker);
        moved.push((start, end, new, text.len()));
        copied = end;
    }
    text.push_str(&line.text[copied..]);
    for word in &mut line.words {
        let (start, end) = (word.start, word.end);
        word.start = moved_to(start, &moved, false);
        word.end = moved_to(end, &moved, true);
    }
    line.text = text;
}

/// Where byte `at` went: inside a replaced part, to that part's start or end.
fn moved_to(at: usize, moved: &[(usize, usize, usize, usize)], is_end: bool) -> usize {
    let mut shift = 0i64;
    for &(start, end, new_start, new_end) in moved {
        let before = if is_end { at <= start } else { at < start };
        if before {
            break;
        }
        let inside = if is_end { at <= end } else { at < end };
        if inside {
            return if is_end { new_end } else { new_start };
        }
        shift = new_end as i64 - end as i64;
    }
    (at as i64 + shift) as usize
}

impl WindowText {
    /// Whether all of it, and nothing else, is `kept`.
    pub(super) fn is_all_of(&self, kept: &[Line], pieces: &[Line]) -> bool {
        pieces.is_empty() && kept.len() == self.lines.len()
    }

    /// `region` grown so that it cuts no line it touches.
    pub(super) fn with_cut_lines(&self, region: Rect) -> Rect {
        let touched = self
            .lines
            .iter()
            .map(|line| domain_rect(&line.rect))
            .filter(|line| line.intersection(&region).is_some());
        touched.fold(region, |region, line| region.union(&line.grown(2)))
    }

    /// Its lines' text.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    /// Lines near its upper edge, where address bars are.
    pub(super) fn top_lines(&self) -> Vec<&str> {
        let edge = self
            .bounds
            .y
            .saturating_add_unsigned((self.bounds.height / 4).clamp(90, 180));
        self.lines
            .iter()
            .filter(|line| domain_rect(&line.rect).center().1 < edge)
            .map(|line| line.text.as_str())
            .collect()
    }

    /// Where the words stand that `find` finds in the text, on the picture.
    pub fn places(&self, find: impl FnOnce(&str) -> Vec<Span>) -> Vec<Rect> {
        let found = find(&self.text());
        let is_found = |word: &Word| {
            found
                .iter()
                .any(|span| span.start < word.span.end && word.span.start < span.end)
        };
        let words = self.words().into_iter().filter(is_found);
        words.map(|word| word.bounds).collect()
    }

    /// The lines joined by line breaks.
    pub(super) fn text(&self) -> String {
        self.lines().collect::<Vec<_>>().join("\n")
    }

    /// Every word, its span in [`WindowText::text`].
    pub(super) fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        for (line, start) in self.lines.iter().zip(self.starts()) {
            words.extend(line.words.iter().map(|word| Word {
                span: Span {
                    start: start + word.start as u32,
                    end: start + word.end as u32,
                },
                bounds: domain_rect(&word.rect),
            }));
        }
        words
    }

    /// Where each line starts in the text.
    fn starts(&self) -> impl Iterator<Item = u32> {
        self.lines.iter().scan(0, |next, line| {
            let start = *next;
            *next += line.text.len() as u32 + 1;
            Some(start)
        })
    }

    /// Spans of the chosen lines; neighbours in one.
    pub(super) fn spans(&self, chosen: &[bool]) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for ((line, start), _) in self
            .lines
            .iter()
            .zip(self.starts())
            .zip(chosen)
            .filter(|(_, chosen)| **chosen)
        {
            let end = start + line.text.len() as u32;
            match spans.last_mut().filter(|last| last.end + 1 == start) {
                Some(last) => last.end = end,
                None => spans.push(Span { start, end }),
            }
        }
        spans
    }

    /// Where words of secrets stand on the picture.
    pub(super) fn secrets(&self) -> impl Iterator<Item = Rect> {
        self.lines.iter().flat_map(|line| {
            let is_secret = |word: &&ocr::Word| {
                line.text
                    .get(word.start..word.end)
                    .is_some_and(|text| text.contains("[secret:"))
            };
            line.words
                .iter()
                .filter(is_secret)
                .map(|word| domain_rect(&word.rect).grown(1))
        })
    }

    /// How many secrets were replaced.
    pub(super) fn redactions(&self) -> u32 {
        self.redactions
    }

    /// Adds its lines to those known before.
    pub(super) fn remember(&mut self, known: Option<&Known>) {
        self.known = known.cloned().unwrap_or_default();
        let lines: Vec<_> = self.lines.iter().map(|line| line.text.clone()).collect();
        self.known.add(lines.iter().map(String::as_str));
    }
}

pub(super) fn domain_rect(rect: &picture::Rect) -> Rect {
    Rect::new(rect.x as i32, rect.y as i32, rect.w, rect.h)
}
