//! The words of a text that carry meaning, and how many of them another text holds.

use afterimage_domain::Span;
use std::collections::HashSet;

/// English words that carry none, or that questions are made of.
const STOP_WORDS: &str = "a an the is are was were be been am do does did has have had will would can could should shall may might must i me \
    my mine you your we our us he him his she her it its they them their this that these those what which who whom whose when where why how \
    and or but if of in on at to for with from by about as into over than then so not no there here s t m re ve ll d much many long tell \
    say said know time day date name please remember user get got go goes going out up any some";

/// Endings that are cut off, longest first.
const ENDINGS: [&str; 9] = ["ings", "edly", "ing", "ies", "ied", "ed", "es", "ly", "s"];

/// The share of `words` that `text` holds, 0 to 1.
pub(super) fn share(words: &HashSet<String>, text: &str) -> f32 {
    let held = content_words(text);
    words.intersection(&held).count() as f32 / words.len().max(1) as f32
}

/// The words of `text` that carry meaning, reduced to their stems.
pub(super) fn content_words(text: &str) -> HashSet<String> {
    let words = plain_words(text).map(str::to_lowercase);
    words
        .filter(|word| !is_stop_word(word))
        .map(|word| stem(&word))
        .collect()
}

/// Where words of `question` stand in `text`.
pub(super) fn places(text: &str, question: &str) -> Vec<Span> {
    let wanted = content_words(question);
    let mut from = 0;
    let mut places = Vec::new();
    for word in plain_words(text) {
        let start = from + text[from..].find(word).unwrap_or_default();
        from = start + word.len();
        if wanted.contains(&stem(&word.to_lowercase())) {
            places.push(crate::domain_span(start, from));
        }
    }
    places
}

/// Runs of letters and digits.
pub(super) fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// A word in lower case without its English ending, roughly: enough to let `goes` meet `go` and `meeting` meet `meet`.
pub(super) fn stem(word: &str) -> String {
    let long_enough = |stem: &&str| stem.chars().count() >= 2;
    let cut = ENDINGS
        .iter()
        .find_map(|end| word.strip_suffix(end).filter(long_enough));
    let stem = match cut {
        Some(stem) if word.ends_with("ies") || word.ends_with("ied") => format!("{stem}y"),
        cut => cut.unwrap_or(word).to_owned(),
    };
    let silent = stem
        .strip_suffix('e')
        .filter(|stem| stem.chars().count() > 2);
    silent.map_or(stem.clone(), str::to_owned)
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.split_whitespace().any(|stop| stop == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_their_stem() {
        for (one, other) in [
            ("glaciers", "glacier"),
            ("meetings", "meet"),
            ("studies", "study"),
            ("moved", "move"),
            ("melting", "melt"),
        ] {
            assert_eq!(stem(one), stem(other));
        }
        assert_ne!(stem("bern"), stem("basel"));
    }

    #[test]
    fn places_are_where_the_words_stand() {
        let text = "A glacier, the glaciers of Bern";
        let found: Vec<_> = places(text, "Which glacier in Bern?")
            .iter()
            .map(|span| span.of(text).unwrap().to_owned())
            .collect();
        assert_eq!(found, ["glacier", "glaciers", "Bern"]);
    }
}
