//! Secrets made of words or of lists: wallet seeds, backup codes, passphrases.

use super::{
    Dice,
    dice::{DIGITS, LOWER},
    secret,
};
use sha2::{Digest, Sha256};

/// The English list of BIP 39.
pub const WORDS: &str = include_str!("../src/redact/seed_words.txt");

/// As many words, the last holding the check.
pub fn seed(dice: &mut Dice, words: usize) -> Vec<&'static str> {
    let list: Vec<&str> = WORDS.lines().collect();
    let entropy: Vec<u8> = (0..words * 4 / 3).map(|_| dice.roll(256) as u8).collect();
    let mut bits: Vec<bool> = bits(&entropy).collect();
    bits.extend(self::bits(&Sha256::digest(&entropy)).take(words / 3));
    bits.chunks(11)
        .map(|bits| {
            list[bits
                .iter()
                .fold(0, |number, bit| number * 2 + usize::from(*bit))]
        })
        .collect()
}

fn bits(bytes: &[u8]) -> impl Iterator<Item = bool> {
    bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1 == 1))
}

fn line(dice: &mut Dice, words: usize) -> String {
    let words = seed(dice, words);
    match dice.roll(4) {
        0 => words.join(" "),
        1 => {
            let rows: Vec<_> = words.chunks(6).map(|row| row.join(" ")).collect();
            rows.join("\n")
        }
        2 => words.join(", "),
        _ => words.join(" ").to_uppercase(),
    }
}

pub fn twelve(dice: &mut Dice, _: usize) -> String {
    let seed = secret(&line(dice, 12));
    match dice.roll(3) {
        0 => seed,
        1 => format!("wallet: {seed}"),
        _ => format!("write this down:\n{seed}"),
    }
}

pub fn twenty_four(dice: &mut Dice, _: usize) -> String {
    let seed = secret(&line(dice, 24));
    match dice.roll(3) {
        0 => seed,
        1 => format!("Recovery phrase\n{seed}"),
        _ => format!("my ledger backup is {seed}"),
    }
}

/// `1. word`, one or several a line.
pub fn numbered(dice: &mut Dice, nth: usize) -> String {
    let (columns, point) = ([1, 2, 3, 4][nth % 4], dice.pick(&[".", ")", ""]));
    let words = seed(dice, if nth.is_multiple_of(2) { 12 } else { 24 });
    let numbered: Vec<_> = words
        .iter()
        .zip(1..)
        .map(|(word, number)| format!("{number}{point} {}", secret(word)))
        .collect();
    let rows: Vec<_> = numbered.chunks(columns).map(|row| row.join("  ")).collect();
    format!("Your secret words\n{}", rows.join("\n"))
}

/// Codes to use when the phone is lost.
pub fn backup_codes(dice: &mut Dice, nth: usize) -> String {
    let code = |dice: &mut Dice| match nth % 3 {
        0 => format!("{} {}", dice.text(DIGITS, 4), dice.text(DIGITS, 4)),
        1 => format!("{}-{}", dice.text(LOWER, 5), dice.text(LOWER, 5)),
        _ => dice.text(DIGITS, 8),
    };
    let codes: Vec<_> = (0..6).map(|_| secret(&code(dice))).collect();
    let label = dice.pick(&[
        "Backup codes",
        "Recovery codes:",
        "Save your backup codes",
        "Wiederherstellungscodes",
        "Codes de secours",
    ]);
    match dice.roll(2) {
        0 => format!("{label}\n{}", codes.join("\n")),
        _ => format!(
            "{label}\n{}",
            codes
                .iter()
                .zip(1..)
                .map(|(code, number)| format!("{number}. {code}"))
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}

/// Words from a list, joined.
pub fn passphrase(dice: &mut Dice, nth: usize) -> String {
    let list: Vec<&str> = WORDS.lines().collect();
    let words: Vec<_> = (0..dice.between(4, 6)).map(|_| dice.pick(&list)).collect();
    let phrase = secret(&words.join(dice.pick(&[" ", "-"])));
    let label = [
        "Passphrase: {}",
        "passphrase is {}",
        "Enter passphrase:\n{}",
        "LUKS passphrase = {}",
        "master passphrase: {}",
        "Passphrase\n{}",
    ][nth % 6];
    label.replace("{}", &phrase)
}

/// Whether the last bits of `words` check the others.
pub fn is_seed(words: &[&str]) -> bool {
    let list: Vec<&str> = WORDS.lines().collect();
    let numbers = words.iter().map(|word| {
        list.iter()
            .position(|other| other == word)
            .expect("a word of the list")
    });
    let all: Vec<bool> = numbers
        .flat_map(|number| (0..11).rev().map(move |place| number >> place & 1 == 1))
        .collect();
    let entropy: Vec<u8> = all[..words.len() * 32 / 3]
        .chunks(8)
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
        .collect();
    all[words.len() * 32 / 3..]
        .iter()
        .copied()
        .eq(bits(&Sha256::digest(&entropy)).take(words.len() / 3))
}
