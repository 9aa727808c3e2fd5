//! Secrets that only their label gives away: `Password: …`, `PIN is …`, a form's field above its value.

use super::{
    Hit, before,
    labels::{LABELS, Value},
    run_end,
    value::{
        accepted, digits, grouped_key, has_digit, has_letter, is_strong, number, phrase, two_words,
        word,
    },
    view::HIDDEN,
};
use Value::{Codes, Digits, Key, National, Password, Phrase};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// How far a value may stand from its label on the same line, in characters.
const REACH: usize = 40;

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(LABELS.iter().map(|(label, _)| label))
        .expect("the labels are few and fixed")
});

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    for (start, end, value) in labels(text) {
        match beside(text, start, end, value) {
            Some(found) => hits.push(found),
            None => below(text, start, end, value, hits),
        }
    }
}

/// Whether a folded text holds the letters of any label.
pub(super) fn has_label(folded: &str) -> bool {
    FINDER.is_match(folded)
}

/// The labels of a text, no one inside another: first byte, first byte after, what it announces.
fn labels(text: &str) -> Vec<(usize, usize, Value)> {
    let folded = fold(text);
    let mut found: Vec<_> = FINDER
        .find_overlapping_iter(&folded)
        .map(|label| {
            (
                label.start(),
                label.end(),
                LABELS[label.pattern().as_usize()].1,
            )
        })
        .filter(|&(start, end, _)| is_whole_word(text, start, end))
        .collect();
    found.sort_by_key(|&(start, end, _)| (start, std::cmp::Reverse(end)));
    let mut outer_end = 0;
    found.retain(|&(_, end, _)| {
        let is_outer = end > outer_end;
        outer_end = outer_end.max(end);
        is_outer
    });
    found.retain(|(_, _, value)| *value != Codes);
    found
}

/// In small letters, each character where it was: those whose small letter takes another number of bytes stay.
pub(super) fn fold(text: &str) -> String {
    let small = |c: char| {
        let mut small = c.to_lowercase();
        match (small.next(), small.next()) {
            (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
            _ => c,
        }
    };
    text.chars().map(small).collect()
}

/// `DB_PASSWORD` and `pinCode` are labels, `spin` and `secretary` are not. Scripts without spaces have no word edges.
fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let label = &text[start..end];
    let wide = label.chars().next().is_some_and(|c| c >= '\u{3000}');
    let starts = !before(text, start).is_some_and(char::is_alphanumeric) || is_hump(text, start);
    let ends = !text[end..].starts_with(char::is_alphanumeric);
    // Short ones are words of some language too, but in capitals.
    let is_word = matches!(
        label,
        "sin" | "Sin" | "nie" | "Nie" | "nir" | "dni" | "Dni" | "tan"
    );
    wide || (starts && ends && !is_word)
}

/// `dbPassword`: a capital after a small letter starts a word.
fn is_hump(text: &str, start: usize) -> bool {
    before(text, start).is_some_and(|c| c.is_ascii_lowercase())
        && text[start..].starts_with(|c: char| c.is_ascii_uppercase())
}

/// How a label and its value are put together.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Link {
    /// A colon or an equals sign.
    Sign,
    /// "is" in some language, or a dash.
    Is,
    /// A gap of a form or a command line, or nothing but the line's end.
    Gap,
}

/// What stands for "is" between spaces.
const IS: [&str; 30] = [
    "was changed to ",
    "has been changed to ",
    "was set to ",
    "has been set to ",
    "was reset to ",
    "is now ",
    "is ",
    "ist ",
    "es ",
    "est ",
    "was ",
    "lautet ",
    "war ",
    "will be ",
    "changed to ",
    "reset to ",
    "set to ",
    "är ",
    "er ",
    "on ",
    "è ",
    "é ",
    "to ",
    "jest ",
    "это ",
    "heißt ",
    "now ",
    "- ",
    "– ",
    "— ",
];

/// The value on the label's own line.
fn beside(text: &str, label_start: usize, label_end: usize, value: Value) -> Option<Hit> {
    let token = text[..label_start].rfind(char::is_whitespace).unwrap_or(0);
    // The name of a cloud's resource, and a hyphen before a number's name: `USt-IdNr.` is a firm's.
    let is_other = text[token..label_start].trim_start().starts_with("arn:")
        || value == National && text[..label_start].ends_with('-');
    if is_other {
        return None;
    }
    let line_end = text[label_end..]
        .find('\n')
        .map_or(text.len(), |length| label_end + length);
    let line = &text[label_end..line_end];
    let (offset, link) = link(line)?;
    let found = hit(
        text,
        label_end + offset + line[offset..].len() - line[offset..].trim_start().len(),
        line_end,
        value,
        link,
    )?;
    let word = &text[found.start..found.end];
    let is_set = link == Link::Sign && !line[..offset].contains(char::is_alphanumeric);
    let is_mixed = word.len() >= 6 && has_digit(word) && has_letter(word);
    let fits = match fold(&text[label_start..label_end]).as_str() {
        "pass" | "pw" => is_set || is_mixed,
        // These name many other things too.
        "wifi" | "wi-fi" | "wlan" | "schlüssel" => link == Link::Sign && is_mixed,
        _ => true,
    };
    fits.then_some(found)
}

/// Where the value starts after a label on the rest of its line, and by what it is linked.
fn link(line: &str) -> Option<(usize, Link)> {
    for (at, character) in line.char_indices().take(REACH) {
        let after = at + character.len_utf8();
        match character {
            HIDDEN => return None,
            // `type="password" name="x"`: the sign is another name's.
            '=' if line[..at].contains(char::is_alphanumeric)
                && line[..at].contains([' ', '"']) =>
            {
                break;
            }
            ':' | '=' | '：' | '→' => {
                // `:=`, `=>`, `==` and `::` are one sign, or code.
                let more =
                    line[after..].len() - line[after..].trim_start_matches(['=', '>', ':']).len();
                return (more == 0 || line[after..].starts_with(['=', '>']))
                    .then_some((after + more, Link::Sign));
            }
            '是' | '为' | 'は' => return Some((after, Link::Is)),
            ' ' => {
                let rest = &line[after..];
                if let Some(word) = IS.iter().find(|word| rest.starts_with(**word)) {
                    return Some((after + word.len(), Link::Is));
                }
            }
            '.' | '?' | '!' | ';' => break,
            _ => {}
        }
    }
    let gap = line.len() - line.trim_start().len();
    (gap > 0 && gap < line.len()).then_some((gap, Link::Gap))
}

/// The value on the next line, where the label has its own line for itself; and the values on the lines after it, where it heads a column.
fn below(text: &str, label_start: usize, label_end: usize, value: Value, hits: &mut Vec<Hit>) {
    let line_start = text[..label_start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = run_end(text, label_end, |c| c != '\n');
    if !is_heading(&text[line_start..label_start], &text[label_end..line_end]) {
        return;
    }
    let mut end = line_end;
    while end < text.len() {
        let (start, is_first) = (end + 1, end == line_end);
        end = run_end(text, start, |c| c != '\n');
        let Some(hit) = alone(text, start, end, value) else {
            return;
        };
        let is_more = matches!(value, Password | Key) && is_strong(&text[hit.start..hit.end]);
        if !is_first && !is_more {
            return;
        }
        hits.push(hit);
    }
}

/// The value that is all of a line.
fn alone(text: &str, start: usize, end: usize, value: Value) -> Option<Hit> {
    let line = &text[start..end];
    let one = match value {
        Password => two_words(line.trim()).is_some() || line.split_whitespace().count() == 1,
        Key => line.split_whitespace().count() == 1 || !grouped_key(line.trim()).is_empty(),
        _ => true,
    };
    let start = start + line.len() - line.trim_start().len();
    (one && !is_assignment(line))
        .then(|| hit(text, start, end, value, Link::Gap))
        .flatten()
}

/// `NAME=value`, `name: value`: the line speaks for itself.
fn is_assignment(line: &str) -> bool {
    let name = line.split(['=', ':']).next().unwrap_or(line);
    name.len() < line.len()
        && name.len() > 1
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b' '))
}

/// A few words before the label, and after it nothing but signs, a note in brackets, or three words and a colon.
fn is_heading(before: &str, after: &str) -> bool {
    let after = match after.split_once('(') {
        Some((start, rest)) => {
            format!("{start}{}", rest.split_once(')').map_or("", |(_, end)| end))
        }
        None => after.to_owned(),
    };
    let plain = after.chars().all(|c| !c.is_alphanumeric());
    let sentence = after.trim_end().ends_with(':') && after.split_whitespace().count() <= 3;
    !after.contains(['=', '?', '!', '？', HIDDEN])
        && !before.contains(['=', '(', '<', '"'])
        && before.split_whitespace().count() <= if plain { 3 } else { 7 }
        && (plain || sentence)
}

fn hit(text: &str, start: usize, line_end: usize, value: Value, link: Link) -> Option<Hit> {
    let line = text[start..line_end].trim_end();
    let token = text[..start].rfind(char::is_whitespace).unwrap_or(0);
    let in_query = link == Link::Sign
        && text
            .get(token..start)
            .is_some_and(|token| token.contains(['?', '&', ';', '=']));
    let (skip, word) = match value {
        Phrase => (0, phrase(line)),
        Digits => (0, digits(line)),
        National => (0, number(line)),
        Key if !grouped_key(line).is_empty() => (0, grouped_key(line)),
        Password if link != Link::Gap || text[..start].ends_with('\n') => {
            two_words(line.trim_end()).map_or_else(|| word(line, in_query), |words| (0, words))
        }
        Password | Key | Codes => word(line, in_query),
    };
    let kind = accepted(word, line, value, link)?;
    let start = start + skip;
    Some(Hit {
        start,
        end: start + word.len(),
        kind,
    })
}
