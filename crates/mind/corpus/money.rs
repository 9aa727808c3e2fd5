//! Payment cards and bank accounts.

use super::{Dice, dice::grouped, secret};

/// Leading digits and length, as issuers use them.
const ISSUERS: &[(&str, usize)] = &[
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("36", 14),
    ("3528", 16),
    ("62", 16),
    ("5018", 16),
];

/// Countries, and how their accounts are written: `n` a digit, `a` a capital.
const ACCOUNTS: &[(&str, &str)] = &[
    ("DE", "nnnnnnnnnnnnnnnnnn"),
    ("FR", "nnnnnnnnnnnnnnnnnnnnnnn"),
    ("GB", "aaaannnnnnnnnnnnnn"),
    ("ES", "nnnnnnnnnnnnnnnnnnnn"),
    ("IT", "annnnnnnnnnnnnnnnnnnnnn"),
    ("NL", "aaaannnnnnnnnn"),
    ("BE", "nnnnnnnnnnnn"),
    ("AT", "nnnnnnnnnnnnnnnn"),
    ("CH", "nnnnnnnnnnnnnnnnn"),
    ("PL", "nnnnnnnnnnnnnnnnnnnnnnnn"),
    ("PT", "nnnnnnnnnnnnnnnnnnnnn"),
    ("SE", "nnnnnnnnnnnnnnnnnnnn"),
    ("NO", "nnnnnnnnnnn"),
    ("DK", "nnnnnnnnnnnnnn"),
    ("FI", "nnnnnnnnnnnnnn"),
    ("IE", "aaaannnnnnnnnnnnnn"),
    ("CZ", "nnnnnnnnnnnnnnnnnnnn"),
    ("GR", "nnnnnnnnnnnnnnnnnnnnnnn"),
    ("TR", "nnnnnnnnnnnnnnnnnnnnnn"),
    ("UA", "nnnnnnnnnnnnnnnnnnnnnnnnn"),
    ("RO", "aaaannnnnnnnnnnnnnnn"),
    ("HU", "nnnnnnnnnnnnnnnnnnnnnnnn"),
    ("SA", "nnnnnnnnnnnnnnnnnnnn"),
    ("AE", "nnnnnnnnnnnnnnnnnnn"),
    ("MT", "aaaannnnnnnnnnnnnnnnnnnnnnn"),
];

/// A card's digits.
pub fn card_number(dice: &mut Dice) -> String {
    let (lead, length) = ISSUERS[dice.roll(ISSUERS.len())];
    let body = format!("{lead}{}", dice.text("0123456789", length - 1 - lead.len()));
    with_luhn(&body)
}

/// The digits and the one that makes them pass Luhn.
pub fn with_luhn(body: &str) -> String {
    let sum: u32 = body
        .bytes()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// As cards are printed: 4-4-4-4, Amex 4-6-5, Diners 4-6-4.
fn printed(number: &str, separator: &str) -> String {
    match number.len() {
        14 | 15 => [&number[..4], &number[4..10], &number[10..]].join(separator),
        _ => grouped(number, 4, separator),
    }
}

fn sentence(dice: &mut Dice, number: &str) -> String {
    let number = secret(number);
    match dice.roll(5) {
        0 => number,
        1 => format!("Card number: {number}"),
        2 => format!(
            "Pay with {number} please, exp {}/2{}",
            dice.between(1, 12),
            dice.between(6, 9)
        ),
        3 => format!("Visa {number} 12/29"),
        _ => format!("my card is {number}."),
    }
}

pub fn card(dice: &mut Dice, _: usize) -> String {
    let number = card_number(dice);
    sentence(dice, &number)
}

pub fn card_grouped(dice: &mut Dice, _: usize) -> String {
    let number = card_number(dice);
    let number = match dice.roll(5) {
        0 | 1 => printed(&number, " "),
        2 => printed(&number, "-"),
        3 => printed(&number, "  "),
        _ => grouped(&number, 1, " "),
    };
    sentence(dice, &number)
}

/// A narrow field breaks it at a gap.
pub fn card_wrapped(dice: &mut Dice, _: usize) -> String {
    let printed = printed(&card_number(dice), " ");
    let gap = printed[6..].find(' ').map_or(9, |at| at + 6);
    let number = format!("{}\n{}", &printed[..gap], &printed[gap + 1..]);
    sentence(dice, &number)
}

/// An account with its check digits.
fn account(dice: &mut Dice) -> String {
    let (country, form) = ACCOUNTS[dice.roll(ACCOUNTS.len())];
    let account: String = form
        .chars()
        .map(|place| match place {
            'a' => dice.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1),
            _ => dice.text("0123456789", 1),
        })
        .collect();
    with_check(country, &account)
}

/// ISO 13616.
pub fn with_check(country: &str, account: &str) -> String {
    let rest = format!("{account}{country}00").chars().fold(0, |rest, c| {
        let value = c.to_digit(36).expect("a letter or digit");
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    format!("{country}{:02}{account}", 98 - rest)
}

pub fn iban(dice: &mut Dice, _: usize) -> String {
    let account = account(dice);
    let account = match dice.roll(4) {
        0 => account,
        1 => account.to_lowercase(),
        _ => grouped(&account, 4, " "),
    };
    let account = secret(&account);
    match dice.roll(4) {
        0 => account,
        1 => format!("IBAN: {account}"),
        2 => format!("Please transfer 40.00 EUR to {account} until Friday."),
        _ => format!("Kontoinhaber Anna Berg, {account}, BIC COBADEFFXXX"),
    }
}

pub fn iban_wrapped(dice: &mut Dice, _: usize) -> String {
    let account = grouped(&account(dice), 4, " ");
    let gap = account[8..].find(' ').map_or(9, |at| at + 8);
    format!(
        "IBAN {}",
        secret(&format!("{}\n{}", &account[..gap], &account[gap + 1..]))
    )
}
