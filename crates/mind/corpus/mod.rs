//! Texts with made-up secrets in them, and texts that only look like it: what redaction is measured on.
//!
//! Everything is drawn from a seed, so that a figure can be had again and rules that were made against one seed can be judged on
//! another. No secret here was ever in use: check digits are computed, keys are random. A kind is a row of [`SECRETS`] or
//! [`LOOK_ALIKES`]; how its texts are written stands in the file of its family.

mod dice;
mod keys;
mod labelled;
mod lifelike;
mod money;
mod national;
mod phrases;
mod prose;
mod score;
mod surroundings;
mod technical;
mod unseen;

pub use dice::Dice;
#[allow(unused_imports, reason = "the bench does not ask for it")]
pub use phrases::WORDS;
#[allow(unused_imports, reason = "the tests name no rows")]
pub use score::{Outcome, Row, measure, measure_unseen, rows};

use std::ops::Range;

/// Rules may be changed after looking at the texts of this seed.
#[allow(dead_code, reason = "the tests hold the other")]
pub const TUNING_SEED: u64 = 7;
/// Figures are told, and gates held, on this one.
pub const REPORT_SEED: u64 = 20_261_120;

/// A text of one kind.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The row of the table it was made by.
    pub kind: &'static str,
    /// As it stands on a screen or in a file.
    pub text: String,
    /// Where the secrets in it stand, in bytes; none in a look-alike.
    pub secrets: Vec<Range<usize>>,
}

/// Draws the inside of a text: number `nth` of its kind, with its secrets between [`OPEN`] and [`CLOSE`].
type Draw = fn(&mut Dice, usize) -> String;

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Notes that this part of a text is a secret.
fn secret(text: &str) -> String {
    format!("{OPEN}{text}{CLOSE}")
}

/// What must go.
pub const SECRETS: &[(&str, Draw)] = &[
    ("provider key", keys::provider),
    ("provider key, assigned", keys::assigned),
    ("provider key in an address", keys::in_address),
    ("random key without a form", keys::formless),
    ("labelled key", keys::labelled),
    ("authorization header", keys::header),
    ("web token", keys::web_token),
    ("private key block", keys::private_block),
    ("age or wallet key", keys::age_or_wallet),
    ("one-time code seed", keys::otp_seed),
    ("database address", keys::database),
    ("connection string", keys::connection_string),
    ("card", money::card),
    ("card, grouped", money::card_grouped),
    ("card, wrapped", money::card_wrapped),
    ("bank account", money::iban),
    ("bank account, wrapped", money::iban_wrapped),
    ("card code", labelled::card_code),
    ("PIN", labelled::pin),
    ("one-time code", labelled::one_time_code),
    ("seed of 12 words", phrases::twelve),
    ("seed of 24 words", phrases::twenty_four),
    ("seed, numbered", phrases::numbered),
    ("backup codes", phrases::backup_codes),
    ("passphrase", phrases::passphrase),
    ("national number by its form", national::by_form),
    ("national number by its label", national::by_label),
    ("password after a label", labelled::password_after),
    ("password below a label", labelled::password_below),
    ("password in a sentence", labelled::password_in_sentence),
    ("password in a table", labelled::password_in_table),
    ("password in a setting", labelled::password_in_setting),
    ("password in a command", labelled::password_in_command),
    ("broken apart by marks", keys::broken_apart),
];

/// What must stay.
pub const LOOK_ALIKES: &[(&str, Draw)] = &[
    ("UUID", technical::uuid),
    ("git commit", technical::commit),
    ("named hash", technical::named_hash),
    ("lock file", technical::lock_file),
    ("version", technical::version),
    ("colour or address of memory", technical::colour),
    ("network address", technical::network),
    ("path", technical::path),
    ("web address", technical::address),
    ("code", technical::code),
    ("code that fetches a secret", technical::fetches_secret),
    ("placeholder", technical::placeholder),
    ("public key", technical::public_key),
    ("object id", technical::object_id),
    ("log line", technical::log_line),
    ("data in an address", technical::data_address),
    ("order number", lifelike::order),
    ("phone number", lifelike::phone),
    ("date and time", lifelike::date),
    ("ISBN", lifelike::isbn),
    ("parcel number", lifelike::parcel),
    ("number in a table", lifelike::figures),
    ("wrong card", lifelike::wrong_card),
    ("wrong bank account", lifelike::wrong_iban),
    ("masked number", lifelike::masked),
    ("ticket", lifelike::ticket),
    ("plain number of national length", lifelike::plain_number),
    ("prose about passwords", prose::about_passwords),
    ("form without values", prose::empty_form),
    ("prose with label words", prose::with_label_words),
    ("words of the seed list", prose::seed_words),
    ("long words", prose::long_words),
];

/// `count` texts of each kind of `table`, drawn from `seed`.
pub fn samples(table: &'static [(&'static str, Draw)], seed: u64, count: usize) -> Vec<Sample> {
    let kinds = table.iter().zip(1..);
    kinds
        .flat_map(|(&(kind, draw), number)| {
            let mut dice = Dice::new(seed, number);
            (0..count).map(move |nth| {
                let inside = draw(&mut dice, nth);
                Sample::of(kind, &surroundings::around(&mut dice, nth, &inside))
            })
        })
        .collect()
}

/// The texts written by hand, with secrets and without: those rules were changed for afterwards, or those written later.
pub fn unseen(later: bool) -> (Vec<Sample>, Vec<Sample>) {
    let sample = |text: &&str| {
        let marked = text.replace('⟦', &OPEN.to_string());
        Sample::of("by hand", &marked.replace('⟧', &CLOSE.to_string()))
    };
    let samples = |texts: &[&str]| texts.iter().map(sample).collect();
    match later {
        false => (samples(unseen::SECRETS), samples(unseen::LOOK_ALIKES)),
        true => (
            samples(unseen::LATER_SECRETS),
            samples(unseen::LATER_LOOK_ALIKES),
        ),
    }
}

impl Sample {
    fn of(kind: &'static str, marked: &str) -> Self {
        let (mut text, mut secrets, mut start) = (String::new(), Vec::new(), 0);
        for character in marked.chars() {
            match character {
                OPEN => start = text.len(),
                CLOSE => secrets.push(start..text.len()),
                _ => text.push(character),
            }
        }
        Self {
            kind,
            text,
            secrets,
        }
    }
}
