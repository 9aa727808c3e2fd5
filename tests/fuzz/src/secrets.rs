//! Secrets made to measure, of forms that need no label beside them.

use arbitrary::Arbitrary;

/// One, and what its letters are drawn from.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct Planted {
    form: Form,
    seed: u64,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
enum Form {
    Github,
    Aws,
    Gitlab,
    Card,
    Iban,
    Jwt,
}

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";
const CAPITALS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ234567";
const DIGITS: &[u8] = b"0123456789";

impl Planted {
    /// As it stands in a text.
    pub fn written(self) -> String {
        let mut seed = self.seed;
        let mut draw = |count: usize, from: &[u8]| -> String {
            let sign = |_| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(from[(seed >> 33) as usize % from.len()])
            };
            (0..count).map(sign).collect()
        };
        match self.form {
            Form::Github => format!("ghp_{}", draw(36, LETTERS)),
            Form::Aws => format!("AKIA{}", draw(16, CAPITALS)),
            Form::Gitlab => format!("glpat-{}", draw(20, LETTERS)),
            Form::Card => card(&format!("4{}", draw(14, DIGITS))),
            Form::Iban => iban(&draw(18, DIGITS)),
            Form::Jwt => format!(
                "eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}",
                draw(40, LETTERS),
                draw(43, LETTERS)
            ),
        }
    }
}

/// Fifteen digits and the one that makes them a card's number, in groups of four.
fn card(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(at, digit)| {
            let double = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
            double / 10 + double % 10
        })
        .sum();
    let whole = format!("{digits}{}", (10 - sum % 10) % 10);
    [&whole[..4], &whole[4..8], &whole[8..12], &whole[12..]].join(" ")
}

/// A German account's number, with its check.
fn iban(account: &str) -> String {
    // D and E are 13 and 14; 00 stands for the check.
    let remainder = format!("{account}131400")
        .bytes()
        .fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - remainder)
}
