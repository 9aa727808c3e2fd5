//! Words that restore a wallet (BIP 39): 12 to 24 of one list, the last of which checks the others.

use super::{Hit, SecretKind};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::LazyLock};

/// The English list, in order; https://github.com/bitcoin/bips/blob/master/bip-0039/english.txt.
static NUMBERS: LazyLock<HashMap<&'static str, u16>> =
    LazyLock::new(|| include_str!("seed_words.txt").lines().zip(0..).collect());

/// How many words a seed has, the longest first.
const LENGTHS: [usize; 5] = [24, 21, 18, 15, 12];
/// Characters between two words of a seed: a number, signs, a line's end.
const WIDEST_GAP: usize = 12;
/// Where words that say "seed" may stand before one, in bytes.
const REACH: usize = 160;
/// Beside such words as many words of the list are a seed, checked or not: a word may have been misread.
const LABELS: [&str; 9] = [
    "seed",
    "recovery phrase",
    "mnemonic",
    "secret words",
    "secret phrase",
    "backup phrase",
    "wallet",
    "wiederherstellungs",
    "récupération",
];

/// A word of the list in a text.
struct Word {
    start: usize,
    end: usize,
    number: u16,
    /// The number written before it, if any.
    place: Option<u32>,
}

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    for run in runs(text) {
        let mut from = 0;
        while from + 12 <= run.len() {
            let fits = LENGTHS.into_iter().find(|&length| {
                stands_apart(text, &run, from, length) && is_seed(&run[from..from + length])
            });
            let length =
                fits.or_else(|| (from == 0 && is_announced(text, &run)).then_some(run.len()));
            if let Some(length) = length {
                hits.push(Hit {
                    start: run[from].start,
                    end: run[from + length - 1].end,
                    kind: SecretKind::SeedPhrase,
                });
            }
            from += length.unwrap_or(1);
        }
    }
}

/// Whether the words are all of the run, or begin and end with a line, or after a colon: of many words some will check by chance.
fn stands_apart(text: &str, run: &[Word], from: usize, length: usize) -> bool {
    let parts = |last: usize| text[run[last].end..run[last + 1].start].contains(['\n', ':', '"']);
    let end = from + length;
    end <= run.len() && (from == 0 || parts(from - 1)) && (end == run.len() || parts(end - 1))
}

/// Runs of 12 and more words of the list with nothing but numbers and signs among them.
fn runs(text: &str) -> Vec<Vec<Word>> {
    let mut runs: Vec<Vec<Word>> = vec![vec![]];
    let mut last_end = 0;
    for (start, word) in words(text) {
        let gap = &text[last_end..start];
        last_end = start + word.len();
        let number = NUMBERS.get(word.to_ascii_lowercase().as_str());
        let run = runs.last_mut().expect("begun with one");
        if !run.is_empty() && (number.is_none() || !is_gap(gap)) {
            runs.push(vec![]);
        }
        let run = runs.last_mut().expect("begun with one");
        run.extend(number.map(|&number| Word {
            start,
            end: start + word.len(),
            number,
            place: place(gap),
        }));
    }
    runs.retain(|run| run.len() >= 12);
    runs
}

/// Words of letters, and where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end + text[end..].find(char::is_alphabetic)?;
        end = text[start..]
            .find(|c: char| !c.is_alphabetic())
            .map_or(text.len(), |length| start + length);
        Some((start, &text[start..end]))
    })
}

fn is_gap(gap: &str) -> bool {
    let sign = |c: char| {
        c.is_whitespace()
            || c.is_ascii_digit()
            || matches!(
                c,
                '.' | ')' | ',' | ';' | ':' | '#' | '|' | '-' | '"' | '\''
            )
    };
    !gap.is_empty() && gap.len() <= WIDEST_GAP && gap.chars().all(sign)
}

fn place(gap: &str) -> Option<u32> {
    gap.split(|c: char| !c.is_ascii_digit())
        .rfind(|digits| !digits.is_empty())?
        .parse()
        .ok()
}

/// Whether the words check, as they stand or in the order of the numbers before them (lists are set in columns).
fn is_seed(words: &[Word]) -> bool {
    let numbers: Vec<_> = words.iter().map(|word| word.number).collect();
    if checks(&numbers) {
        return true;
    }
    let places: Option<Vec<_>> = words
        .iter()
        .map(|word| word.place.zip(Some(word.number)))
        .collect();
    places.is_some_and(|mut placed| {
        placed.sort_by_key(|(place, _)| *place);
        checks(&placed.iter().map(|(_, number)| *number).collect::<Vec<_>>())
    })
}

/// The last bits of the numbers, one for every 32 of the others, begin the hash of the others.
fn checks(numbers: &[u16]) -> bool {
    let bit = |at: usize| numbers[at / 11] >> (10 - at % 11) & 1;
    let entropy = numbers.len() * 32 / 3;
    let bytes: Vec<u8> = (0..entropy / 8)
        .map(|byte| (0..8).fold(0, |value, at| value << 1 | bit(byte * 8 + at) as u8))
        .collect();
    let hash = Sha256::digest(&bytes);
    (0..numbers.len() / 3)
        .all(|at| u16::from(hash[at / 8] >> (7 - at % 8) & 1) == bit(entropy + at))
}

fn is_announced(text: &str, run: &[Word]) -> bool {
    let mut from = run[0].start.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text[from..run[0].start].to_lowercase();
    LABELS.iter().any(|label| before.contains(label))
}
