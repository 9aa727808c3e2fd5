//! How hard a passphrase is to guess: an estimate of what a program would try that knows common passwords, words, names, dates, keys that lie
//! beside each other, and what people do to them.

use crate::error::{Result, StoreError};
use secrecy::{ExposeSecret, SecretString};
use zxcvbn::{Score, zxcvbn};

/// What a guesser of this program would try first.
const OURS: [&str; 4] = ["afterimage", "memory", "passphrase", "screen"];
/// So many words are taken whatever the estimate, as drawn with dice from a list: 7,776 to the fifth is more than a guesser of passphrases that
/// cost a second each comes to.
const WORDS: usize = 5;
/// Letters of a word.
const WORD: usize = 3;

/// How hard a passphrase is to guess, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0 (at once) to 4 (not in a lifetime).
    pub score: u8,
    /// Whether a new passphrase may be this.
    pub is_enough: bool,
    /// What is weak about it and what would help, in a sentence or two; empty where there is nothing to say.
    pub advice: String,
}

impl Strength {
    /// Of `passphrase`. Takes a few milliseconds, however long it is.
    pub fn of(passphrase: &SecretString) -> Self {
        let passphrase = passphrase.expose_secret();
        let estimate = zxcvbn(passphrase, &OURS);
        let is_enough = estimate.score() >= Score::Three || has_words(passphrase);
        let advice = match (is_enough, estimate.feedback()) {
            (true, _) => String::new(),
            (false, None) => "Add another word or two.".into(),
            (false, Some(feedback)) => {
                let warning = feedback.warning().map(|warning| warning.to_string());
                let suggestions = feedback.suggestions().iter().map(ToString::to_string);
                let all: Vec<_> = warning.into_iter().chain(suggestions).collect();
                all.join(" ")
            }
        };
        Self {
            score: estimate.score().into(),
            is_enough,
            advice,
        }
    }
}

/// Refuses a new passphrase that is too easy to guess.
pub(crate) fn demand(passphrase: &SecretString) -> Result<()> {
    let strength = Strength::of(passphrase);
    match strength.is_enough {
        true => Ok(()),
        false => Err(StoreError::WeakPassphrase(strength.advice)),
    }
}

/// Enough different words, between spaces or hyphens.
fn has_words(passphrase: &str) -> bool {
    let words = passphrase.split([' ', '-', '.', '_']).filter(|word| {
        let mut letters = word.chars();
        let first = letters.next();
        word.chars().count() >= WORD
            && word.chars().all(char::is_alphabetic)
            && letters.any(|letter| Some(letter) != first)
    });
    let mut words: Vec<_> = words.map(str::to_lowercase).collect();
    words.sort_unstable();
    words.dedup();
    words.len() >= WORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Strength {
        Strength::of(&SecretString::from(text))
    }

    #[test]
    fn k14_a_new_passphrase_is_hard_to_guess_or_says_what_would_help() {
        for weak in [
            "",
            "password",
            "Passw0rd!",
            "afterimage2026",
            "qwertyuiop",
            "aaaaaaaaaaaaaaaa",
            "12.04.1987",
            "maria1987",
            "no no no no no",
        ] {
            let strength = of(weak);
            assert!(!strength.is_enough, "{weak}: {strength:?}");
            assert!(!strength.advice.is_empty(), "{weak}");
        }
        for good in [
            "correct horse battery staple",
            "four plain words here",
            "kW7#pq!2vLz9",
            "abacus-banish-cactus-dainty-easel",
        ] {
            let strength = of(good);
            assert!(
                strength.is_enough && strength.score >= 3,
                "{good}: {strength:?}"
            );
            assert_eq!(strength.advice, "", "{good}");
        }
    }

    #[test]
    fn k14_the_refusal_says_why() {
        let refused = demand(&SecretString::from("password")).unwrap_err();
        let said = refused.to_string();
        assert!(
            said.contains("common password") && said.contains("word"),
            "{said}"
        );
    }

    proptest! {
        #[test]
        fn k14_every_text_is_judged(text in "\\PC{0,200}") {
            prop_assert!(of(&text).score <= 4);
        }

        #[test]
        fn k14_five_words_of_a_list_are_enough(words in proptest::collection::hash_set("[a-z]{4,8}", 5..8)) {
            let words: Vec<_> = words.into_iter().filter(|word| {
                let first = word.chars().next();
                word.chars().any(|letter| Some(letter) != first)
            }).collect();
            prop_assume!(words.len() >= WORDS);
            prop_assert!(of(&words.join(" ")).is_enough);
        }
    }
}
