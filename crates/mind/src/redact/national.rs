//! Numbers that states give to people. Those whose form is their own are found anywhere; digits that could be a customer's or a
//! phone's number only beside the word that says what they are ([`super::labels`]).

use super::{Hit, SecretKind, before};
use regex::Regex;
use std::sync::LazyLock;

/// Whether a number is one in fact: with the signs taken out, capitals.
type Fits = fn(&str) -> bool;

/// A form, and whether what has it is a number in fact.
struct Form {
    pattern: Regex,
    fits: Fits,
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms: [(&str, Fits); 11] = [
        (r"\d{3}-\d{2}-\d{4}", is_social_security),
        (
            r"[12] ?\d{2} ?\d{2} ?[0-9][0-9AB] ?\d{3} ?\d{3} ?\d{2}",
            is_nir,
        ),
        (r"\d{11}", is_pesel),
        (r"\d{3}\.\d{3}\.\d{3}-\d{2}", is_cpf),
        (r"(?:[XYZ]-?\d{7}|\d{8})-?[A-HJ-NP-TV-Z]", is_dni),
        (r"\b[A-Za-z0-9]{16}\b", is_codice_fiscale),
        (r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}", is_ahv),
        (r"\d{6}[-+A-FYXWVU]\d{3}[0-9A-FHJ-NPR-Y]", is_hetu),
        (
            r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
            is_national_insurance,
        ),
        (r"\d{6}[-+]\d{4}", is_personnummer),
        (r"[1-9]\d{5}(?:19|20)\d{9}[0-9X]", is_resident_identity),
    ];
    forms
        .into_iter()
        .map(|(pattern, fits)| Form {
            pattern: Regex::new(pattern).expect("a fixed pattern"),
            fits,
        })
        .collect()
});

/// Lines with fewer digits hold no such number.
const LEAST_DIGITS: usize = 5;

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.bytes().filter(u8::is_ascii_digit).count() >= LEAST_DIGITS {
            in_line(text, start, line, hits);
        }
        start += line.len();
    }
}

fn in_line(text: &str, line_start: usize, line: &str, hits: &mut Vec<Hit>) {
    for form in FORMS.iter() {
        for found in form.pattern.find_iter(line) {
            let (start, end) = (line_start + found.start(), line_start + found.end());
            let plain: String = found
                .as_str()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_uppercase())
                .collect();
            if stands_alone(text, start, end) && (form.fits)(&plain) {
                hits.push(Hit {
                    start,
                    end,
                    kind: SecretKind::NationalId,
                });
            }
        }
    }
}

/// Not a part of a longer number, word, address or decimal.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let joins =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '#' | '=' | '@');
    let opens = before(text, start).is_some_and(|c| joins(c) && c != '=')
        || text[..start].ends_with(['.', ','])
            && text[..start - 1].ends_with(|c: char| c.is_ascii_digit());
    let rest = &text[end..];
    let closes = rest.starts_with(joins)
        || rest.starts_with(['.', ',', ':']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    !opens && !closes
}

fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

fn weighed(number: &str, weights: &[u32]) -> u32 {
    number
        .bytes()
        .zip(weights)
        .map(|(byte, weight)| digit(byte) * weight)
        .sum()
}

fn part(number: &str, from: usize, to: usize) -> u32 {
    number[from..to].parse().unwrap_or(u32::MAX)
}

fn is_day(month: u32, day: u32) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// United States. It has no check digit; its grouping is its own.
fn is_social_security(number: &str) -> bool {
    let area = part(number, 0, 3);
    !matches!(area, 0 | 666 | 900..) && part(number, 3, 5) > 0 && part(number, 5, 9) > 0
}

/// France: key is 97 less the rest by 97. Corsica's 2A and 2B count as 19 and 18.
fn is_nir(number: &str) -> bool {
    let (month, key) = (part(number, 3, 5), part(number, 13, 15));
    let number = number.replace('A', "9").replace('B', "8");
    let body = number[..13].parse::<u64>().unwrap_or(0);
    (matches!(month, 1..=12 | 20..=42 | 50..=99)) && key == 97 - (body % 97) as u32
}

/// Poland: the century is added to the month.
fn is_pesel(number: &str) -> bool {
    let (year, month, day) = (part(number, 0, 2), part(number, 2, 4), part(number, 4, 6));
    let born = is_day(month, day) || (year < 30 && month > 20 && is_day(month - 20, day));
    let check = (10 - weighed(number, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    born && check == digit(number.as_bytes()[10])
}

/// Brazil.
fn is_cpf(number: &str) -> bool {
    [9, 10].into_iter().all(|length| {
        let weights: Vec<u32> = (2..=length as u32 + 1).rev().collect();
        weighed(number, &weights) * 10 % 11 % 10 == digit(number.as_bytes()[length])
    })
}

/// Spain, residents (`X`, `Y`, `Z`) too: the letter is the rest by 23.
fn is_dni(number: &str) -> bool {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let (body, letter) = number.split_at(number.len() - 1);
    let body = body.replace('X', "0").replace('Y', "1").replace('Z', "2");
    let value: usize = body.parse().unwrap_or(0);
    letter.as_bytes()[0] == LETTERS[value % 23]
}

/// Italy: letters at odd places count by a table of their own. Letters read as digits and digits read as letters count as meant.
fn is_codice_fiscale(number: &str) -> bool {
    let Some(number) = read_as(number, "aaaaaannannannna") else {
        return false;
    };
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        letter => letter - b'A',
    };
    let sum: u32 = number.as_bytes()[..15]
        .iter()
        .zip(0..)
        .map(|(byte, at)| match at % 2 {
            0 => ODD[usize::from(value(*byte))],
            _ => u32::from(value(*byte)),
        })
        .sum();
    number.as_bytes()[15] == b'A' + (sum % 26) as u8
}

/// The number with every place in its class, `a` letters and `n` digits; `None` where one cannot be.
fn read_as(number: &str, form: &str) -> Option<String> {
    const ALIKE: [(char, char); 5] = [('O', '0'), ('I', '1'), ('S', '5'), ('B', '8'), ('L', '1')];
    let meant = |(c, class): (char, char)| match class {
        'a' if c.is_ascii_alphabetic() => Some(c),
        'n' if c.is_ascii_digit() => Some(c),
        'a' => Some(ALIKE.iter().find(|(_, digit)| *digit == c)?.0),
        _ => Some(ALIKE.iter().find(|(letter, _)| *letter == c)?.1),
    };
    number.chars().zip(form.chars()).map(meant).collect()
}

/// Switzerland: an EAN that begins with its country.
fn is_ahv(number: &str) -> bool {
    let check = (10 - weighed(number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10;
    check == digit(number.as_bytes()[12])
}

/// Finland: date of birth, a mark of the century (taken out here where it is a sign), a serial number, the rest by 31.
fn is_hetu(number: &str) -> bool {
    const MARKS: &[u8] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let (date, tail) = (&number[..6], &number[number.len() - 4..]);
    let value: usize = format!("{date}{}", &tail[..3]).parse().unwrap_or(0);
    is_day(part(date, 2, 4), part(date, 0, 2)) && tail.as_bytes()[3] == MARKS[value % 31]
}

/// United Kingdom. It has no check digit; some beginnings were never given out.
fn is_national_insurance(number: &str) -> bool {
    !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&&number[..2])
}

/// Sweden.
fn is_personnummer(number: &str) -> bool {
    let digits: Vec<u8> = number.bytes().map(|byte| byte - b'0').collect();
    is_day(part(number, 2, 4), part(number, 4, 6)) && super::checksum::luhn(&digits)
}

/// China: ISO 7064, mod 11,2.
fn is_resident_identity(number: &str) -> bool {
    let weights: Vec<u32> = (0..17)
        .rev()
        .map(|power| (0..=power).fold(1, |w, _| w * 2 % 11))
        .collect();
    let check = (12 - weighed(&number[..17], &weights) % 11) % 11;
    let last = match number.as_bytes()[17] {
        b'X' => 10,
        byte => digit(byte),
    };
    is_day(part(number, 10, 12), part(number, 12, 14)) && check == last
}
