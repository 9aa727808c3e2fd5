//! Secrets that stand in a column under a heading, or in a list under its name.

use super::{
    Hit, SecretKind, label,
    labels::{LABELS, Value},
    value,
};
use std::{collections::HashMap, sync::LazyLock};

static COLUMNS: LazyLock<HashMap<&'static str, Value>> = LazyLock::new(|| {
    let columns = LABELS.iter().copied();
    columns
        .filter(|(_, value)| matches!(value, Value::Password | Value::Key | Value::Digits))
        .collect()
});

/// What parts the cells of a row, the surest first.
const SEPARATORS: [&str; 6] = ["|", "\t", "  ", ";", ",", " "];
/// Rows of a table and lines of a list that are looked at.
const MOST_ROWS: usize = 200;

/// A line and the byte it starts at.
type Line<'t> = (usize, &'t str);

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let lines: Vec<Line> = text
        .split('\n')
        .map(|line| (line.as_ptr() as usize - text.as_ptr() as usize, line))
        .collect();
    let folded = label::fold(text);
    let has_label = |line: &Line<'_>| label::has_label(&folded[line.0..line.0 + line.1.len()]);
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| has_label(line)) {
        let below = &lines[at + 1..lines.len().min(at + 1 + MOST_ROWS)];
        columns(*line, below, hits);
        if names_codes(line.1) {
            codes(below, hits);
        }
    }
}

/// The values under each cell of `heading` that is a label.
fn columns(heading: Line<'_>, rows: &[Line<'_>], hits: &mut Vec<Hit>) {
    if heading.1.len() > 200 || rows.is_empty() {
        return;
    }
    for separator in SEPARATORS {
        let titles = cells(heading, separator);
        // Words with one space between are a table only when there are enough of them.
        if titles.len() < if separator == " " { 3 } else { 2 } {
            continue;
        }
        let is_title = |(_, title): &Line<'_>| {
            title
                .chars()
                .all(|c| c.is_alphanumeric() || " -_/.*'’".contains(c))
        };
        if !titles.iter().all(is_title) {
            return;
        }
        let labelled = titles
            .iter()
            .enumerate()
            .filter_map(|(column, (_, title))| {
                let title = label::fold(title.trim_matches(|c: char| !c.is_alphanumeric()));
                Some((column, *COLUMNS.get(title.as_str())?))
            });
        for (column, value) in labelled {
            for row in rows {
                let cells = cells(*row, separator);
                if cells.len() != titles.len() {
                    break;
                }
                let (start, cell) = cells[column];
                if let Some(kind) = kind_in_column(cell, value)
                    .filter(|_| separator != " " || cell.contains(char::is_alphabetic))
                {
                    let end = start + cell.len();
                    hits.push(Hit { start, end, kind });
                }
            }
        }
        // A surer separator decides: in `a | b c` the space does not.
        return;
    }
}

/// The cells of a row, without the empty ones of a border, and where each starts.
fn cells<'t>((start, line): Line<'t>, separator: &str) -> Vec<Line<'t>> {
    let is_bar = separator == "|";
    let inside = line.trim();
    let inside = if is_bar {
        inside.trim_matches('|')
    } else {
        inside
    };
    // A reader takes an upright line for a letter.
    let read = if is_bar {
        inside.replace(" I ", " | ").replace(" l ", " | ")
    } else {
        inside.to_owned()
    };
    let first = inside.as_ptr() as usize - line.as_ptr() as usize;
    let mut cells = Vec::new();
    for part in read.split(separator) {
        let at = part.as_ptr() as usize - read.as_ptr() as usize;
        let at = at + part.len() - part.trim_start().len();
        let cell = &inside[at..at + part.trim().len()];
        if is_bar || !cell.is_empty() {
            cells.push((start + first + at, cell));
        }
    }
    cells
}

fn kind_in_column(cell: &str, value: Value) -> Option<SecretKind> {
    let is_one_word = !cell.contains(char::is_whitespace);
    match value {
        Value::Digits => ((3..=8).contains(&cell.len())
            && cell.bytes().all(|b| b.is_ascii_digit()))
        .then_some(SecretKind::Pin),
        Value::Key => {
            (is_one_word && cell.len() >= 12 && value::is_strong(cell) && value::is_value(cell))
                .then_some(SecretKind::ApiKey)
        }
        _ => (is_one_word && cell.len() >= 4 && value::is_strong(cell) && value::is_value(cell))
            .then_some(SecretKind::Password),
    }
}

fn names_codes(line: &str) -> bool {
    let folded = label::fold(line);
    let mut lists = LABELS.iter().filter(|(_, value)| *value == Value::Codes);
    line.len() < 120 && lists.any(|(name, _)| folded.contains(name))
}

/// Two lines and more, each a code or several, maybe numbered; one line without any may stand before them.
fn codes(lines: &[Line<'_>], hits: &mut Vec<Hit>) {
    let skip = usize::from(
        lines
            .first()
            .is_some_and(|line| code_places(*line).is_none()),
    );
    let found: Vec<_> = lines[skip.min(lines.len())..]
        .iter()
        .map_while(|line| code_places(*line))
        .collect();
    if found.iter().flatten().count() >= 2 {
        hits.extend(found.into_iter().flatten());
    }
}

/// Where the codes of a line stand, when it holds nothing else.
fn code_places((start, line): Line<'_>) -> Option<Vec<Hit>> {
    let place = |part: &str| start + (part.as_ptr() as usize - line.as_ptr() as usize);
    let words = line
        .split_whitespace()
        .filter(|word| !is_number_of_line(word));
    let words: Vec<&str> = words.map(without_number).collect();
    let is_code = |word: &&str| {
        let (letters, digits) = (
            word.bytes().filter(u8::is_ascii_alphabetic).count(),
            word.bytes().filter(u8::is_ascii_digit).count(),
        );
        let signs = word.len() - letters - digits;
        letters + digits >= 4
            && signs <= 3
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && (digits > 0 || signs > 0)
    };
    (!words.is_empty() && words.iter().all(is_code)).then(|| {
        let hit = |word: &&str| Hit {
            start: place(word),
            end: place(word) + word.len(),
            kind: SecretKind::Pin,
        };
        words.iter().map(hit).collect()
    })
}

/// `1.ua0kh-v0qyr`: a reader left the gap after the number out.
fn without_number(word: &str) -> &str {
    match word.split_once(['.', ')']) {
        Some((number, rest))
            if number.len() <= 2
                && !rest.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest
        }
        _ => word,
    }
}

/// `1.`, `12)`, `-`, `•`.
fn is_number_of_line(word: &str) -> bool {
    let plain = word.trim_end_matches(['.', ')', ':']);
    plain.len() <= 2 && plain.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        || matches!(word, "•" | "*" | "☐")
}
