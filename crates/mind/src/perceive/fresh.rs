//! Which lines of a window are new: not shown before, by more than a reader's slips and a scrolled page.

use super::WindowText;
use std::collections::{HashSet, VecDeque};

/// Lines of a window that are remembered: some screens of a scrolled page.
const MOST_LINES: usize = 600;
/// Lines shorter than this must be the same; longer ones may differ by one letter in so many.
const LETTERS_A_SLIP: usize = 8;

/// The lines a window has shown, newest last, as they are compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    keys: HashSet<String>,
    lines: VecDeque<Key>,
}

/// A line as it is compared.
#[derive(Clone, Debug)]
struct Key {
    /// Letters and digits, those that readers confuse made the same.
    letters: String,
    /// Digits alone: other numbers are news, however alike the lines.
    digits: String,
}

/// For each line of `text`, whether it is new.
pub(super) fn lines(text: &WindowText, known: Option<&Known>) -> Vec<bool> {
    text.lines()
        .map(|line| !is_noise(line) && !known.is_some_and(|known| known.has(&Key::of(line))))
        .collect()
}

impl Known {
    pub(super) fn add<'t>(&mut self, lines: impl Iterator<Item = &'t str>) {
        for line in lines {
            let key = Key::of(line);
            if !key.letters.is_empty() && self.keys.insert(key.letters.clone()) {
                self.lines.push_back(key);
            }
        }
        while self.lines.len() > MOST_LINES {
            if let Some(oldest) = self.lines.pop_front() {
                self.keys.remove(&oldest.letters);
            }
        }
    }

    fn has(&self, key: &Key) -> bool {
        self.keys.contains(&key.letters)
            || self.lines.iter().rev().any(|known| known.is_slip_of(key))
    }
}

impl Key {
    fn of(line: &str) -> Self {
        Self {
            letters: line
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .map(fold)
                .collect(),
            digits: line.chars().filter(char::is_ascii_digit).collect(),
        }
    }

    fn is_slip_of(&self, other: &Self) -> bool {
        let (short, long) = (
            self.letters.len().min(other.letters.len()),
            self.letters.len().max(other.letters.len()),
        );
        let most = (short / LETTERS_A_SLIP).min(6);
        most > 0
            && long - short <= most
            && self.digits == other.digits
            && differences(&self.letters, &other.letters, most) <= most
    }
}

fn fold(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | 'i' | '|' => 'l',
        '5' => 's',
        '8' => 'b',
        c => c,
    }
}

/// Letters to insert, delete or change to get from one to the other; anything above `most` when they are more.
fn differences(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
        if row.iter().min().is_some_and(|least| *least > most) {
            return most + 1;
        }
    }
    row[b.len()]
}

/// Nothing to think about: lone signs, and clocks and players' counters, which change each second.
fn is_noise(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let digits = line.chars().filter(|c| c.is_numeric()).count();
    letters + digits < 2 || (is_clock(line) && letters <= 8)
}

fn is_clock(line: &str) -> bool {
    line.as_bytes().windows(4).any(|four| {
        four[0].is_ascii_digit()
            && four[1] == b':'
            && four[2].is_ascii_digit()
            && four[3].is_ascii_digit()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &[&str], line: &str, is_known: bool) {
        let mut known = Known::default();
        known.add(before.iter().copied());
        assert_eq!(
            known.has(&Key::of(line)),
            is_known,
            "{line:?} after {before:?}"
        );
    }

    #[test]
    fn a_readers_slips_are_not_news_and_other_numbers_are() {
        check(
            &["The quick brown fox jumps"],
            "The quick brown fox jumps",
            true,
        );
        check(
            &["The quick brown fox jumps"],
            "The qu1ck brOwn fox jumps.",
            true,
        );
        check(
            &["The quick brown fox jumps"],
            "Tne quick brovn fox jumps",
            true,
        );
        check(
            &["The quick brown fox jumps"],
            "The quick brown fox sleeps",
            false,
        );
        check(&["Total amount: 105 EUR"], "Total amount: 106 EUR", false);
        check(&["cat"], "car", false);
        check(&[], "anything", false);
    }

    #[test]
    fn clocks_and_lone_signs_are_noise() {
        for (line, noise) in [
            ("12:01", true),
            ("Fri 12:01 PM", true),
            ("0:31 / 4:20", true),
            ("x", true),
            ("42.50", false),
            ("Meeting at 12:30 with Tom", false),
        ] {
            assert_eq!(is_noise(line), noise, "{line}");
        }
    }

    #[test]
    fn what_is_known_stays_bounded() {
        let mut known = Known::default();
        let lines: Vec<_> = (0..2000).map(|n| format!("line number {n}")).collect();
        known.add(lines.iter().map(String::as_str));
        assert_eq!(
            (known.lines.len(), known.keys.len()),
            (MOST_LINES, MOST_LINES)
        );
    }
}
