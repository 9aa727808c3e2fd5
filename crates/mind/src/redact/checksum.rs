//! Numbers that prove themselves: payment cards (issuer range and Luhn) and bank accounts (length by country and mod 97).

use super::{Hit, SecretKind, before};

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    cards(text, hits);
    ibans(text, hits);
}

/// A run of digits without a gap: first byte, first byte after, the digits, and what is between it and the group before.
struct Group {
    start: usize,
    end: usize,
    digits: Vec<u8>,
    gap: Gap,
    /// `/` and two digits follow.
    before_date: bool,
}

/// What parts two groups of one run.
#[derive(Clone, Copy, PartialEq)]
enum Gap {
    /// One sign.
    Tight,
    /// Two spaces, as between the boxes of a form and the columns of a table.
    Wide,
    /// A line's end.
    Break,
}

fn cards(text: &str, hits: &mut Vec<Hit>) {
    for run in digit_runs(text) {
        let mut from = 0;
        while from < run.len() {
            match longest_card(&run, from) {
                Some(groups) => {
                    let (start, end) = (run[from].start, run[from + groups - 1].end);
                    hits.push(Hit {
                        start,
                        end,
                        kind: SecretKind::Card,
                    });
                    from += groups;
                }
                None => from += 1,
            }
        }
    }
}

/// How many groups from number `from` on make up a card's number, as many as possible.
fn longest_card(run: &[Group], from: usize) -> Option<usize> {
    let rest = &run[from..];
    let whole = (1..=rest.len().min(19)).rev().find(|&count| {
        let card = &rest[..count];
        is_written_like_a_card(card) && stands_apart(run, from, count) && is_card(&digits(card))
    });
    whole.or_else(|| rest[0].begins_with_card().then_some(1))
}

impl Group {
    /// `411111111111111112/29`: a reader left the gap before the date out.
    fn begins_with_card(&self) -> bool {
        self.before_date && self.digits.len() > 15 && is_card(&self.digits[..self.digits.len() - 2])
    }
}

/// A number with a wide gap or one line's end inside must have no more groups beside it: those are the cells of a table.
fn stands_apart(run: &[Group], from: usize, count: usize) -> bool {
    let inside = |gap| {
        run[from + 1..from + count]
            .iter()
            .filter(|group| group.gap == gap)
            .count()
    };
    let is_cell = |group: &Group| group.digits.len() > 2;
    let follows_cell = from > 0 && run[from].gap != Gap::Break && is_cell(&run[from - 1]);
    let next = run.get(from + count);
    let precedes_cell = next.is_some_and(|next| next.gap != Gap::Break && is_cell(next));
    let (wide, breaks) = (inside(Gap::Wide), inside(Gap::Break));
    breaks <= 1 && (wide + breaks == 0 || !(follows_cell || precedes_cell))
}

fn digits(groups: &[Group]) -> Vec<u8> {
    groups
        .iter()
        .flat_map(|group| group.digits.iter().copied())
        .collect()
}

/// Together, in fours, as Amex and Diners do (4-6-5, 4-6-4), or digit by digit as form fields are read.
fn is_written_like_a_card(groups: &[Group]) -> bool {
    let lengths: Vec<_> = groups.iter().map(|group| group.digits.len()).collect();
    match lengths.as_slice() {
        [_] | [4, 6, 5] | [4, 6, 4] | [6, 13] | [8, 8] => true,
        [4, 4, 4, rest @ ..] if rest.iter().sum::<usize>() <= 7 => {
            rest.iter().rev().skip(1).all(|length| *length == 4)
        }
        lengths => lengths.len() >= 13 && lengths.iter().all(|length| *length == 1),
    }
}

fn is_card(digits: &[u8]) -> bool {
    has_issuer(digits) && luhn(digits)
}

/// Issuer ranges and lengths in use (ISO/IEC 7812, issuers' public pages). Visa's 19 digits are left out: chat services number their
/// messages with 19 digits, and a tenth of those pass Luhn; its 13 too: articles are numbered with as many, and no such card is left.
fn has_issuer(digits: &[u8]) -> bool {
    let lead = |count: usize| {
        digits
            .iter()
            .take(count)
            .fold(0u32, |n, d| n * 10 + u32::from(*d))
    };
    let length = digits.len();
    match (lead(1), lead(2), lead(3), lead(4)) {
        (4, ..) => length == 16,
        (_, 51..=55, ..) | (.., 2221..=2720) => length == 16,
        (_, 34 | 37, ..) => length == 15,
        (.., 300..=305, _) | (_, 36 | 38 | 39, ..) => length == 14,
        (.., 6011 | 3528..=3589) | (.., 644..=649, _) | (_, 65 | 62, ..) => {
            (16..=19).contains(&length)
        }
        (.., 2200..=2204 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763) => {
            (16..=19).contains(&length)
        }
        (.., 508, _) | (_, 60 | 81 | 82, ..) => length == 16,
        _ => false,
    }
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Runs of digit groups with one separator between them, each run standing by itself.
fn digit_runs(text: &str) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    for mut group in groups(text) {
        let last = runs.last().and_then(|run| run.last());
        let gap = last.and_then(|last| match &text[last.end..group.start] {
            " " | "-" | "." | "\u{2010}" | "\u{2011}" | "\u{2013}" => Some(Gap::Tight),
            "  " => Some(Gap::Wide),
            "\n" => Some(Gap::Break),
            _ => None,
        });
        group.gap = gap.unwrap_or(Gap::Tight);
        match runs.last_mut().filter(|_| gap.is_some()) {
            Some(run) => run.push(group),
            None => runs.push(vec![group]),
        }
    }
    runs
}

/// Words of digits, a few letters among them taken for the digits they look like.
fn groups(text: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut end = 0;
    for (start, first) in text.char_indices() {
        if start < end || !first.is_ascii_alphanumeric() {
            continue;
        }
        let stop = |c: char| !c.is_alphanumeric() && c != '_';
        end = text[start..]
            .find(stop)
            .map_or(text.len(), |length| start + length);
        let joined =
            before(text, start).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '#'));
        if let Some(digits) = (!joined).then(|| as_digits(&text[start..end])).flatten() {
            groups.push(Group {
                start,
                end,
                digits,
                gap: Gap::Tight,
                before_date: text[end..].starts_with('/')
                    && text[end + 1..].starts_with(|c: char| c.is_ascii_digit()),
            });
        }
    }
    groups
}

fn as_digits(word: &str) -> Option<Vec<u8>> {
    if word.len() > 19 || word.bytes().filter(u8::is_ascii_digit).count() * 4 < word.len() * 3 {
        return None;
    }
    word.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'O' | b'o' => Some(0),
            b'l' | b'I' => Some(1),
            b'S' => Some(5),
            b'B' => Some(8),
            _ => None,
        })
        .collect()
}

fn ibans(text: &str, hits: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    for start in 0..bytes.len().saturating_sub(14) {
        let letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'0' | b'1');
        let check = |byte: u8| byte.is_ascii_digit() || b"OoIl".contains(&byte);
        let begins = bytes[start].is_ascii_alphabetic()
            && letter(bytes[start + 1])
            && bytes[start + 2..start + 4].iter().all(|byte| check(*byte));
        if !begins || before(text, start).is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        if let Some(end) = iban_end(text, start) {
            hits.push(Hit {
                start,
                end,
                kind: SecretKind::Iban,
            });
        }
    }
}

fn iban_end(text: &str, start: usize) -> Option<usize> {
    let country = text
        .get(start..start + 2)?
        .to_ascii_uppercase()
        .replace('0', "O")
        .replace('1', "I");
    let length = IBAN_LENGTHS.iter().find(|(code, _)| *code == country)?.1;
    let (mut account, mut end, mut gap) = (String::new(), start, false);
    for (at, character) in text[start..].char_indices() {
        match character {
            c if c.is_ascii_alphanumeric() && account.len() < length => {
                account.push(c.to_ascii_uppercase());
                (end, gap) = (start + at + 1, false);
            }
            // Single separators only: two spaces end a column.
            ' ' | '-' | '\n' if !gap && account.len() < length => gap = true,
            c if c.is_alphanumeric() => return None,
            _ => break,
        }
        if account.len() == length && !text[end..].starts_with(|c: char| c.is_alphanumeric()) {
            break;
        }
    }
    let folded = || {
        format!(
            "{country}{}",
            account[2..].replace('O', "0").replace(['I', 'L'], "1")
        )
    };
    (account.len() == length && (mod_97(&account) || mod_97(&folded()))).then_some(end)
}

/// ISO 13616: the account moved before its country and check digits, letters as 10..35, leaves 1.
fn mod_97(account: &str) -> bool {
    let rest = account[4..]
        .bytes()
        .chain(account[..4].bytes())
        .try_fold(0u32, |rest, byte| match byte {
            b'0'..=b'9' => Some((rest * 10 + u32::from(byte - b'0')) % 97),
            b'A'..=b'Z' => Some((rest * 100 + u32::from(byte - b'A') + 10) % 97),
            _ => None,
        });
    account.as_bytes()[2..4]
        .iter()
        .all(|byte| byte.is_ascii_digit() || b"OIL".contains(byte))
        && rest == Some(1)
}

/// Characters of an account number by country (SWIFT IBAN registry, release 99).
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SC", 31),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
];
