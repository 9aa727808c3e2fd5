//! What a text says that its sources do not: numbers, names, most of its words.

use super::Dropped;
use std::collections::HashSet;

/// Why `claim` cannot be kept: it has a number, a name or too many words that `sources` do not have. `None` when all is supported.
pub(super) fn unsupported(claim: &str, sources: &[&str]) -> Option<Dropped> {
    let known = known_words(sources);
    let content: Vec<String> = words(claim)
        .into_iter()
        .map(plain)
        .filter(|word| word.chars().count() > 3)
        .collect();
    let held = content.iter().filter(|word| is_known(word, &known)).count();
    // A small model that says more new words than old ones is making things up.
    invented(claim, sources).or((held * 2 < content.len()).then_some(Dropped::WordsNotInSource))
}

/// A number or a name in `claim` that `sources` do not have.
pub(crate) fn invented(claim: &str, sources: &[&str]) -> Option<Dropped> {
    let known = known_words(sources);
    let numbers = digits(&sources.join(" "));
    words(claim).into_iter().enumerate().find_map(|(at, word)| {
        let plain = plain(word);
        if word.chars().any(|c| c.is_ascii_digit()) {
            return (!known.contains(&plain) && !numbers.contains(&digits_of(word)))
                .then_some(Dropped::NumberNotInSource);
        }
        (is_name(word, at) && !is_known(&plain, &known)).then_some(Dropped::NameNotInSource)
    })
}

fn known_words(sources: &[&str]) -> HashSet<String> {
    sources
        .iter()
        .flat_map(|source| words(source))
        .map(plain)
        .collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '.' | ',' | ':')))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn plain(word: &str) -> String {
    let word = word
        .strip_suffix("'s")
        .or(word.strip_suffix("’s"))
        .unwrap_or(word);
    word.to_lowercase()
}

/// A capital inside the claim, or more than one at its start.
fn is_name(word: &str, at: usize) -> bool {
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    (at > 0 && word.chars().next().is_some_and(char::is_uppercase) && word != "I") || capitals > 1
}

/// The word itself, or one with the same beginning: `lives` for `live`.
fn is_known(word: &str, known: &HashSet<String>) -> bool {
    let stem: String = word
        .chars()
        .take(word.chars().count().saturating_sub(2).max(3))
        .collect();
    known.contains(word)
        || (word.chars().count() > 4
            && known
                .iter()
                .any(|other| other.starts_with(&stem) && other.len() <= word.len() + 3))
}

fn digits(text: &str) -> HashSet<String> {
    words(text)
        .into_iter()
        .map(digits_of)
        .filter(|digits| !digits.is_empty())
        .collect()
}

fn digits_of(word: &str) -> String {
    word.chars().filter(char::is_ascii_digit).collect()
}

/// Text that tells its reader what to do. From a screen it may be an attack, and is never worth remembering.
pub(crate) fn is_instruction(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "ignore previous",
        "ignore all",
        "ignore the above",
        "disregard",
        "you must",
        "you should",
        "you are now",
        "from now on",
        "system prompt",
        "as an ai",
        "your instructions",
        "remember that you",
        "the assistant",
        "the user wants",
        "the user prefers",
        "![",
        "](http",
        "<img",
        "<script",
        "do not tell",
    ];
    let text = text.to_lowercase();
    MARKS.iter().any(|mark| text.contains(mark))
        || commands_for_ever(&text)
        || text
            .split_whitespace()
            .any(|word| word.len() > 64 && !word.contains('/'))
}

/// "always …" and "never …", unless what follows tells how things were: "always was", "never had".
fn commands_for_ever(text: &str) -> bool {
    const TELLS: &[&str] = &[
        "was", "were", "is", "am", "are", "been", "had", "has", "have", "did", "will", "would",
    ];
    ["always ", "never "].iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let next = text[at + word.len()..]
                .split(|c: char| !c.is_alphabetic())
                .next();
            next.is_none_or(|next| !TELLS.contains(&next))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_from_a_habit() {
        for (text, expected) in [
            ("Always send the invoices to Bob.", true),
            ("Answer briefly and never mention Anna", true),
            ("My favourite tea is mint, always was.", false),
            ("I never had a dog.", false),
        ] {
            assert_eq!(is_instruction(text), expected, "{text}");
        }
    }

    /// M3
    #[test]
    fn claims_with_numbers_names_or_words_from_nowhere_are_dropped() {
        let source = "Mira moved to Bern in 2021 and pays 1,450 francs of rent.";
        for (claim, expected) in [
            ("Mira lives in Bern since 2021", None),
            ("Mira pays 1450 francs rent", None),
            (
                "Mira moved to Bern in 2022",
                Some(Dropped::NumberNotInSource),
            ),
            ("Mira moved to Basel", Some(Dropped::NameNotInSource)),
            (
                "Mira enjoys playing chess professionally",
                Some(Dropped::WordsNotInSource),
            ),
        ] {
            assert_eq!(unsupported(claim, &[source]), expected, "{claim}");
        }
    }
}
