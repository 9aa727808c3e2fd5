//! The text as the rules see it: without invisible characters, in compatibility form, each hidden secret one opaque character.

use super::{Hit, SecretKind};
use afterimage_domain::Span;
use unicode_normalization::UnicodeNormalization;

/// Stands for a hidden secret. No rule matches it, and no rule looks past it.
pub(super) const HIDDEN: char = '\u{1}';

const MARKER: &str = "[secret:";

/// A text for matching, and for each of its bytes the place in the original.
pub(super) struct View {
    text: String,
    /// `[text.len() + 1]`: where in the original the character of each byte starts; last, the original's length.
    origin: Vec<u32>,
    found: Vec<(SecretKind, Span)>,
}

impl View {
    /// Markers that stand in the text already are hidden.
    pub(super) fn of(original: &str) -> Self {
        let mut view = Self {
            text: String::with_capacity(original.len()),
            origin: Vec::with_capacity(original.len() + 1),
            found: Vec::new(),
        };
        for (at, character) in original.char_indices() {
            if character.is_ascii() {
                view.push(character, at);
            } else if !is_invisible(character) {
                std::iter::once(character)
                    .nfkc()
                    .filter(|part| !is_invisible(*part))
                    .for_each(|part| view.push(part, at));
            }
        }
        view.origin.push(original.len() as u32);
        let markers = markers(&view.text);
        view.collapse(&markers);
        view
    }

    fn push(&mut self, character: char, at: usize) {
        self.text.push(character);
        self.origin.resize(self.text.len(), at as u32);
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Makes a hit cover whole characters of the original: one of those can have become several here.
    pub(super) fn widen(&self, hit: &mut Hit) {
        while hit.start > 0 && self.origin[hit.start - 1] == self.origin[hit.start] {
            hit.start -= 1;
        }
        while hit.end < self.text.len() && self.origin[hit.end] == self.origin[hit.end - 1] {
            hit.end += 1;
        }
    }

    /// Takes the hits (in order, apart) out of sight and remembers where they stand in the original.
    pub(super) fn hide(&mut self, hits: Vec<Hit>) {
        for hit in &hits {
            let (start, end) = (self.origin[hit.start], self.origin[hit.end]);
            self.found.push((hit.kind, Span { start, end }));
        }
        let places: Vec<_> = hits.iter().map(|hit| (hit.start, hit.end)).collect();
        self.collapse(&places);
    }

    fn collapse(&mut self, places: &[(usize, usize)]) {
        if places.is_empty() {
            return;
        }
        let (mut text, mut origin) = (String::with_capacity(self.text.len()), Vec::new());
        let mut copied = 0;
        for &(start, end) in places {
            text.push_str(&self.text[copied..start]);
            origin.extend_from_slice(&self.origin[copied..start]);
            text.push(HIDDEN);
            origin.push(self.origin[start]);
            copied = end;
        }
        text.push_str(&self.text[copied..]);
        origin.extend_from_slice(&self.origin[copied..]);
        (self.text, self.origin) = (text, origin);
    }

    /// Everything hidden, as spans of the original on character boundaries, in order, apart.
    pub(super) fn into_findings(mut self) -> Vec<(SecretKind, Span)> {
        self.found.sort_by_key(|(_, span)| span.start);
        let mut apart: Vec<(SecretKind, Span)> = Vec::with_capacity(self.found.len());
        for (kind, span) in self.found {
            match apart.last_mut().filter(|(_, last)| span.start < last.end) {
                Some((_, last)) => last.end = last.end.max(span.end),
                None => apart.push((kind, span)),
            }
        }
        apart
    }
}

/// Zero width, joining, direction and tag characters: used to break patterns apart without being seen.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}')
}

fn markers(text: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    for (start, _) in text.match_indices(MARKER) {
        let rest = &text[start + MARKER.len()..];
        let marker = SecretKind::ALL.iter().find(|kind| {
            rest.strip_prefix(kind.name())
                .is_some_and(|rest| rest.starts_with(']'))
        });
        if let Some(kind) = marker {
            places.push((start, start + MARKER.len() + kind.name().len() + 1));
        }
    }
    places
}
