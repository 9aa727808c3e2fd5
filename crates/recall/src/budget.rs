//! Cuts a ranking to what the reader can take.

use crate::words::tokens;
use afterimage_domain::EvidenceItem;
use std::collections::BTreeSet;

/// Bytes a token is taken to have.
pub const BYTES_PER_TOKEN: usize = 4;
/// The share of words two texts have in common from which the later one says nothing new.
const SAME: f64 = 0.9;

/// The first `limit` items that are not near-duplicates of better ones and fit into `tokens` together. The best item is always kept, so
/// that there is something to answer from; later ones that do not fit are passed over for smaller ones.
pub fn cut(
    items: impl IntoIterator<Item = EvidenceItem>,
    limit: usize,
    tokens: Option<usize>,
) -> Vec<EvidenceItem> {
    let mut left = tokens.map_or(usize::MAX, |tokens| tokens.saturating_mul(BYTES_PER_TOKEN));
    let mut kept = vec![];
    let mut said: Vec<BTreeSet<String>> = vec![];
    for item in items {
        if kept.len() == limit {
            break;
        }
        let text = item.found.text();
        let fits = text.len() <= left || kept.is_empty();
        let words = word_set(&text);
        if !fits || said.iter().any(|earlier| alike(earlier, &words)) {
            continue;
        }
        left = left.saturating_sub(text.len());
        said.push(words);
        kept.push(item);
    }
    kept
}

fn word_set(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    tokens(&lower)
        .map(|range| lower[range].to_owned())
        .collect()
}

/// Whether most words are the same ones. Texts without words are alike only to texts without words.
fn alike(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    let (small, large) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if (small.len() as f64) < SAME * large.len() as f64 {
        return false;
    }
    let shared = small.intersection(large).count();
    shared as f64 >= SAME * (small.len() + large.len() - shared) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_domain::{Found, Observation, ObservationId, Origin, Timestamp, Trust};

    fn item(text: &str) -> EvidenceItem {
        let origin = Origin::Import {
            thread: "t".into(),
            source: "chat".into(),
            speaker: "a".into(),
        };
        let observation = Observation {
            id: ObservationId(uuid::Uuid::nil()),
            at: Timestamp::default(),
            origin,
            text: text.into(),
            words: vec![],
            fresh: vec![],
            trust: Trust::Client,
            external_id: None,
            redactions: 0,
        };
        EvidenceItem {
            found: Found::Observation { observation },
            score: 0.0,
            word_rank: None,
            meaning_rank: None,
            from: None,
            hits: vec![],
        }
    }

    fn kept(texts: &[&str], limit: usize, tokens: Option<usize>) -> Vec<String> {
        let items = texts.iter().map(|text| item(text));
        cut(items, limit, tokens)
            .iter()
            .map(|item| item.found.text())
            .collect()
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        assert_eq!(kept(&["a", "b", "c"], 2, None), ["a", "b"]);
        assert_eq!(kept(&["a"], 0, None), [""; 0]);
    }

    /// M23
    #[test]
    fn what_does_not_fit_is_passed_over_for_what_does() {
        let texts = ["one two", "three four five six seven", "eight"];
        assert_eq!(kept(&texts, 9, Some(4)), ["one two", "eight"]);
        assert_eq!(kept(&texts, 9, None).len(), 3);
    }

    /// M23
    #[test]
    fn the_best_is_kept_even_when_it_is_too_long() {
        assert_eq!(
            kept(&["three four five", "six"], 9, Some(1)),
            ["three four five"]
        );
    }

    /// M23
    #[test]
    fn what_was_said_already_is_left_out() {
        let page = "alpha beta gamma delta epsilon zeta eta theta iota kappa";
        let again = "Alpha beta gamma delta epsilon zeta eta theta iota: kappa!";
        let other = "alpha beta gamma delta epsilon something else";
        assert_eq!(kept(&[page, again, other], 9, None), [page, other]);
    }
}
