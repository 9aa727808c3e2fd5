//! How hard a passphrase is to guess.

use super::Hidden;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How hard a passphrase is to guess. Estimated without a profile or an engine, in a few milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Strength {
    /// 0 (at once) to 4 (not in a lifetime).
    pub score: u8,
    /// Whether it is taken as a new passphrase.
    pub is_enough: bool,
    /// What is weak about it and what would help, for people; empty where there is nothing to say.
    pub advice: String,
}

impl Strength {
    /// Of `passphrase`.
    pub fn of(passphrase: &Hidden) -> Self {
        let passphrase = SecretString::from(passphrase.0.as_str());
        let found = afterimage_store::Strength::of(&passphrase);
        Self {
            score: found.score,
            is_enough: found.is_enough,
            advice: found.advice,
        }
    }
}
