//! Lines of a window -> the sentences a person reads in them.

use crate::domain_span;
use afterimage_domain::Span;
use unicode_segmentation::UnicodeSegmentation;

/// A line at least this long that ends without a mark was cut by the window's width; most headings are shorter.
const LONG_LINE: usize = 70;

/// A sentence of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// Where it stands.
    pub(crate) span: Span,
    /// Its words, single spaces between them.
    pub(crate) text: String,
}

/// The sentences of `text`; lines that a window's width has cut are put together, other lines end a sentence. Abbreviations may cut one short.
pub(crate) fn sentences(text: &str) -> Vec<Sentence> {
    let whole = unwrapped(text);
    let mut found = Vec::new();
    for (start, sentence) in whole.split_sentence_bound_indices() {
        let mut at = start;
        for line in sentence.split_inclusive('\n') {
            let begin = at + line.len() - line.trim_start().len();
            let words = line.trim();
            at += line.len();
            if words.chars().any(char::is_alphanumeric) {
                found.push(Sentence {
                    span: domain_span(begin, begin + words.len()),
                    text: words.split_whitespace().collect::<Vec<_>>().join(" "),
                });
            }
        }
    }
    found
}

/// The same text, byte for byte, with spaces for the line breaks inside paragraphs.
fn unwrapped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut last = "";
    for line in text.split_inclusive('\n') {
        let goes_on = line.starts_with(char::is_lowercase)
            || (last.len() >= LONG_LINE && !last.trim_end().ends_with(['.', '!', '?', ':', ';']));
        if goes_on && whole.ends_with('\n') {
            whole.pop();
            whole.push(' ');
        }
        whole.push_str(line);
        last = line;
    }
    whole
}

/// Whether a sentence says something, rather than being a menu, a heading, a button, an advertisement.
pub(crate) fn says_something(sentence: &str) -> bool {
    const NOISE: &[&str] = &[
        "sign up",
        "sign in",
        "log in",
        "subscribe",
        "newsletter",
        "cookie",
        "advertis",
        "privacy policy",
        "terms of",
        "all rights reserved",
        "click here",
        "read more",
        "accept all",
        "learn more",
        "skip to",
        "follow us",
        "download the app",
        "your inbox",
        "loading",
        "javascript",
    ];
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let small = words
        .iter()
        .filter(|word| word.starts_with(char::is_lowercase))
        .count();
    let letters = sentence
        .chars()
        .filter(|c| c.is_alphabetic() || c.is_whitespace())
        .count();
    let plain = sentence.to_lowercase();
    let spaced = words.len() >= 5 && small * 5 >= words.len() * 2;
    // Scripts without spaces or capitals: long enough is a sentence.
    let unspaced = sentence.chars().filter(|c| *c >= '\u{2e80}').count() >= 10;
    (spaced || unspaced)
        && letters * 10 >= sentence.chars().count() * 7
        && !NOISE.iter().any(|noise| plain.contains(noise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_are_one_sentence_and_headings_their_own() {
        let text = "A heading\nThe Aletsch glacier, the largest one in the Alps, retreated\nby 92 metres. Another one.\n1. step\n2. step\nThe figures were presented last Friday in the old town hall of the city of\nBern to everyone.";
        let found: Vec<_> = sentences(text)
            .into_iter()
            .map(|sentence| sentence.text)
            .collect();
        assert_eq!(
            found[..3],
            [
                "A heading",
                "The Aletsch glacier, the largest one in the Alps, retreated by 92 metres.",
                "Another one."
            ]
        );
        assert!(
            found
                .last()
                .is_some_and(|last| last.ends_with("of Bern to everyone."))
        );
        for sentence in sentences(text) {
            assert_eq!(
                sentence
                    .span
                    .of(text)
                    .unwrap()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
                sentence.text
            );
        }
    }

    #[test]
    fn menus_and_advertisements_say_nothing() {
        for (sentence, says) in [
            ("Swiss glaciers have lost 10 percent of their volume.", true),
            ("Budget approved: 48,000 EUR until end of June.", true),
            ("Home News Sport Weather iPlayer Sounds", false),
            ("Sign up for our morning newsletter and get it free.", false),
            ("Cookie settings", false),
            ("1 2 3 4 5 6 7", false),
            ("冰川在两年内失去了十分之一的冰。", true),
        ] {
            assert_eq!(says_something(sentence), says, "{sentence}");
        }
    }
}
