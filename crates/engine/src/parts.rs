//! Documents to parts no longer than the embedder reads, so that nothing of a long text is lost to search by meaning.

use afterimage_domain::{Observation, Origin};

/// Bytes of one part: about 200 tokens of English, which the embedder reads whole.
const PART: usize = 900;
/// Parts of one document at most: a very long text is known by its first 50 kilobytes.
const MOST: usize = 64;

/// The text an observation is embedded by: who spoke or what the window was called goes before the words.
pub fn text_of(observation: &Observation) -> String {
    let lead = match &observation.origin {
        Origin::Screen { title, .. } => title.as_str(),
        Origin::Chat { .. } => "",
        Origin::Import { speaker, .. } => speaker.as_str(),
    };
    match lead {
        "" => observation.text.clone(),
        lead => format!("{lead}: {}", observation.text),
    }
}

/// `text` in parts, cut at line ends or spaces where there are any. Empty text has none.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (part, after) = rest.split_at(end_of_part(rest));
        rest = after.trim_start();
        Some(part.trim_end())
    })
    .take(MOST)
}

fn end_of_part(text: &str) -> usize {
    if text.len() <= PART {
        return text.len();
    }
    let most = text.floor_char_boundary(PART);
    let head = &text[..most];
    let is_late = |at: &usize| *at >= PART / 2;
    head.rfind('\n')
        .filter(is_late)
        .or_else(|| head.rfind(char::is_whitespace).filter(is_late))
        .unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[usize]) {
        let lengths: Vec<usize> = parts(text).map(str::len).collect();
        assert_eq!(lengths, expected);
    }

    #[test]
    fn long_texts_are_cut_where_they_have_gaps() {
        check("", &[]);
        check(" \n ", &[]);
        check("short", &[5]);
        check(&"x".repeat(2_000), &[900, 900, 200]);
        check(
            &format!("{}\n{}", "a".repeat(600), "b".repeat(600)),
            &[600, 600],
        );
        check(
            &format!("{} {}", "a".repeat(800), "b".repeat(600)),
            &[800, 600],
        );
        check(&"ß".repeat(600), &[900, 300]);
    }

    #[test]
    fn a_very_long_text_has_a_bounded_number_of_parts() {
        assert_eq!(parts(&"word ".repeat(100_000)).count(), MOST);
    }
}
