//! Documents to parts no longer than the embedder reads, so that nothing of a long text is lost to search by meaning.

use afterimage_domain::Observation;
use jiff::tz::TimeZone;

/// Bytes of one part: about 200 tokens of English, which the embedder reads whole.
const PART: usize = 900;
/// Parts of one document at most: a very long text is known by its first 50 kilobytes.
const MOST: usize = 64;

/// The parts an observation is embedded by, each led by who or where and the day, as the word index has them.
pub fn observation_parts(observation: &Observation) -> Vec<String> {
    let searchable = observation.searchable(&TimeZone::UTC);
    let lead = searchable
        .strip_suffix(&observation.text)
        .unwrap_or_default();
    let led = |part| format!("{lead}{part}");
    parts(&observation.text).map(led).collect()
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
    use afterimage_domain::{ObservationId, Origin, Timestamp, Trust};

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
    fn every_part_says_who_spoke_and_when() {
        let observation = Observation {
            id: ObservationId(uuid::Uuid::nil()),
            at: Timestamp::from_millis(1_795_169_700_000),
            origin: Origin::Import {
                thread: "t".into(),
                source: "chat".into(),
                speaker: "Ann".into(),
            },
            text: "word ".repeat(300),
            words: vec![],
            fresh: vec![],
            trust: Trust::Client,
            external_id: None,
            redactions: 0,
        };
        let parts = observation_parts(&observation);
        assert_eq!(parts.len(), 2);
        let lead = "Ann, 20 November 2026, Friday: word";
        assert!(parts.iter().all(|part| part.starts_with(lead)), "{parts:?}");
    }

    #[test]
    fn a_very_long_text_has_a_bounded_number_of_parts() {
        assert_eq!(parts(&"word ".repeat(100_000)).count(), MOST);
    }
}
