//! Lines that the edge of a window broke in the middle of a word, put together again for matching.

use super::{Hit, RULES, Rule, SecretKind, WRAPPED_LINE, before, seeds};

/// The broken lines of a text, whole, and for each of their bytes the place in the text.
struct Joined {
    text: String,
    /// `[text.len()]`.
    origin: Vec<usize>,
    /// Whether something that is no plain word was broken.
    breaks_a_key: bool,
}

/// What the rules find once broken lines are whole, in places of `text`. Plain words matter only to the rule that knows them.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let Some(joined) = Joined::of(text) else {
        return;
    };
    let rules: &[Rule] = if joined.breaks_a_key {
        &RULES
    } else {
        &[seeds::find]
    };
    let mut found = Vec::new();
    rules.iter().for_each(|rule| rule(&joined.text, &mut found));
    let places = |hit: Hit| Hit {
        start: joined.origin[hit.start],
        end: joined.origin[hit.end - 1] + 1,
        kind: hit.kind,
    };
    let found = found.into_iter().map(places).map(|mut hit| {
        // A place's last byte must end a character.
        while !text.is_char_boundary(hit.end) {
            hit.end += 1;
        }
        hit
    });
    // What is only random must be so before the break: with the next line's first word most things are.
    let is_sure = |hit: &Hit| {
        hit.kind != SecretKind::Suspect || hits.iter().any(|other| other.start == hit.start)
    };
    let sure: Vec<_> = found.filter(is_sure).collect();
    hits.extend(sure);
}

impl Joined {
    /// `None` where no line was broken.
    fn of(text: &str) -> Option<Self> {
        let mut joined = Self {
            text: String::with_capacity(text.len()),
            origin: Vec::with_capacity(text.len() + 1),
            breaks_a_key: false,
        };
        let (mut line, mut from, mut width) = (0, 0, 0);
        for (at, _) in text.match_indices('\n').chain([(text.len(), "")]) {
            // The rest of a broken line that is shorter than its beginning is the end of it.
            let length = at - line;
            let is_long = length >= WRAPPED_LINE && length * 8 >= width * 7;
            let is_broken = is_long && at < text.len() && breaks_a_word(text, at);
            if is_broken || width > 0 {
                joined.copy(text, from, at);
                joined.breaks_a_key |= is_broken && breaks_a_key(text, at);
            }
            if !is_broken && width > 0 {
                joined.text.push('\n');
                joined.origin.push(at.min(text.len() - 1));
            }
            (line, from, width) = (at + 1, at + 1, if is_broken { length } else { 0 });
        }
        (!joined.text.is_empty()).then_some(joined)
    }

    fn copy(&mut self, text: &str, from: usize, to: usize) {
        self.text.push_str(&text[from..to]);
        self.origin.extend(from..to);
    }
}

fn breaks_a_word(text: &str, at: usize) -> bool {
    let inside = |c: char| c.is_ascii_graphic();
    before(text, at).is_some_and(inside) && text[at + 1..].starts_with(inside)
}

/// Whether the word across the break has a digit, capitals inside, or a sign in it.
fn breaks_a_key(text: &str, at: usize) -> bool {
    let start = text[..at].rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let end = text[at + 1..]
        .find(char::is_whitespace)
        .map_or(text.len(), |length| at + 1 + length);
    let (head, tail) = (&text[start..at], &text[at + 1..end]);
    let plain = |part: &str| {
        part.trim_end_matches(['.', ',', ':', ';', '!', '?'])
            .bytes()
            .all(|b| b.is_ascii_lowercase())
    };
    let first = head.chars().next().map_or(0, char::len_utf8);
    head.len() + tail.len() >= 16 && !(plain(&head[first..]) && plain(tail))
}
