//! Whether words are there: finds a quote in a text, and tells what a claim says that its sources do not.

use super::Dropped;
use afterimage_domain::{Observation, Span};
use std::collections::HashSet;

/// Where `quote` stands in what is fresh of `observation`, letters' case, punctuation and spacing aside.
pub(super) fn find_quote(observation: &Observation, quote: &str) -> Option<Span> {
    let wanted = Letters::of(quote, 0);
    if wanted.text.len() < 3 {
        return None;
    }
    observation.fresh.iter().find_map(|fresh| {
        let letters = Letters::of(fresh.of(&observation.text)?, fresh.start);
        let at = letters.text.find(&wanted.text)?;
        Some(Span { start: letters.places[at].start, end: letters.places[at + wanted.text.len() - 1].end })
    })
}

/// The letters and digits of a text in lower case, words apart by one space, and where each byte comes from.
struct Letters {
    text: String,
    places: Vec<Span>,
}

impl Letters {
    fn of(text: &str, offset: u32) -> Self {
        let mut letters = Self { text: String::new(), places: Vec::new() };
        let mut gap = false;
        for (at, character) in text.char_indices() {
            if !character.is_alphanumeric() {
                gap = !letters.text.is_empty();
                continue;
            }
            let place = Span { start: offset + at as u32, end: offset + (at + character.len_utf8()) as u32 };
            if std::mem::take(&mut gap) {
                letters.push(' ', place);
            }
            character.to_lowercase().for_each(|lower| letters.push(lower, place));
        }
        letters
    }

    fn push(&mut self, character: char, place: Span) {
        self.text.push(character);
        self.places.resize(self.text.len(), place);
    }
}

/// Why `claim` cannot be kept: it has a number, a name or too many words that `sources` do not have. `None` when all is supported.
pub(super) fn unsupported(claim: &str, sources: &[&str]) -> Option<Dropped> {
    let known = known_words(sources);
    let content: Vec<String> = words(claim).into_iter().map(plain).filter(|word| word.chars().count() > 3).collect();
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
            return (!known.contains(&plain) && !numbers.contains(&digits_of(word))).then_some(Dropped::NumberNotInSource);
        }
        (is_name(word, at) && !is_known(&plain, &known)).then_some(Dropped::NameNotInSource)
    })
}

fn known_words(sources: &[&str]) -> HashSet<String> {
    sources.iter().flat_map(|source| words(source)).map(plain).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '.' | ',' | ':')))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn plain(word: &str) -> String {
    let word = word.strip_suffix("'s").or(word.strip_suffix("’s")).unwrap_or(word);
    word.to_lowercase()
}

/// A capital inside the claim, or more than one at its start.
fn is_name(word: &str, at: usize) -> bool {
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    (at > 0 && word.chars().next().is_some_and(char::is_uppercase) && word != "I") || capitals > 1
}

/// The word itself, or one with the same beginning: `lives` for `live`.
fn is_known(word: &str, known: &HashSet<String>) -> bool {
    let stem: String = word.chars().take(word.chars().count().saturating_sub(2).max(3)).collect();
    known.contains(word) || (word.chars().count() > 4 && known.iter().any(|other| other.starts_with(&stem) && other.len() <= word.len() + 3))
}

fn digits(text: &str) -> HashSet<String> {
    words(text).into_iter().map(digits_of).filter(|digits| !digits.is_empty()).collect()
}

fn digits_of(word: &str) -> String {
    word.chars().filter(char::is_ascii_digit).collect()
}

/// Text that tells its reader what to do. From a screen it may be an attack, and is never worth remembering.
pub(super) fn is_instruction(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "ignore previous", "ignore all", "ignore the above", "disregard", "you must", "you should", "you are now", "from now on", "always ", "never ",
        "system prompt", "as an ai", "your instructions", "remember that you", "the assistant", "the user wants", "the user prefers", "![", "](http", "<img", "<script", "do not tell",
    ];
    let text = text.to_lowercase();
    MARKS.iter().any(|mark| text.contains(mark)) || text.split_whitespace().any(|word| word.len() > 64 && !word.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chat;

    #[test]
    fn a_quote_is_found_whatever_its_case_marks_and_spaces() {
        for (text, quote, expected) in [
            ("We meet Anna\non  Friday, 5pm.", "meet anna on friday 5PM", Some("meet Anna\non  Friday, 5pm")),
            ("Über 20 Gäste", "über 20 gäste", Some("Über 20 Gäste")),
            ("nothing here", "something else", None),
            ("ab", "ab", None),
        ] {
            let observation = chat(0, text);
            let found = find_quote(&observation, quote).map(|span| span.of(text).unwrap().to_owned());
            assert_eq!(found.as_deref(), expected, "{quote}");
        }
    }

    #[test]
    fn a_quote_outside_what_is_fresh_is_not_found() {
        let mut observation = chat(0, "old words here, new words there");
        observation.fresh = vec![Span { start: 16, end: 31 }];
        assert_eq!(find_quote(&observation, "old words"), None);
        assert_eq!(find_quote(&observation, "new words"), Some(Span { start: 16, end: 25 }));
    }

    #[test]
    fn claims_with_numbers_names_or_words_from_nowhere_are_dropped() {
        let source = "Mira moved to Bern in 2021 and pays 1,450 francs of rent.";
        for (claim, expected) in [
            ("Mira lives in Bern since 2021", None),
            ("Mira pays 1450 francs rent", None),
            ("Mira moved to Bern in 2022", Some(Dropped::NumberNotInSource)),
            ("Mira moved to Basel", Some(Dropped::NameNotInSource)),
            ("Mira enjoys playing chess professionally", Some(Dropped::WordsNotInSource)),
        ] {
            assert_eq!(unsupported(claim, &[source]), expected, "{claim}");
        }
    }
}
