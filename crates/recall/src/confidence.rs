//! How sure it is that the answer is among what was found.

/// How many of the best items are looked at for words of the question.
pub const LOOKED_AT: usize = 10;

/// How much the words count, where the cosine counts the rest. Of the signs tried on the sets with unanswerable questions (also the margin
/// of the first over the tenth, raw BM25 and word pairs) no other helped on both; reading what was found tells more than any of them.
const COVERAGE: f64 = 0.35;

/// What speaks for an answer being there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// How many items were found.
    pub found: usize,
    /// The most that one of the best items holds of the question's words, rare words counting more; 0 to 1.
    pub coverage: f64,
    /// The cosine of the nearest item to the question; `None` without vectors.
    pub cosine: Option<f32>,
}

/// 0 to 1, higher when the signs are better; 0 when nothing was found.
pub fn confidence(signs: Signs) -> f32 {
    if signs.found == 0 {
        return 0.0;
    }
    let coverage = signs.coverage.clamp(0.0, 1.0);
    let nearness = signs
        .cosine
        .map_or(coverage, |cosine| nearness(f64::from(cosine)));
    (COVERAGE * coverage + (1.0 - COVERAGE) * nearness) as f32
}

/// Cosines of this family of embedders lie between about 0.5 (unrelated) and 0.9 (the same).
fn nearness(cosine: f64) -> f64 {
    ((cosine - 0.5) / 0.4).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// M24
    #[test]
    fn nothing_found_is_no_confidence() {
        assert_eq!(confidence(Signs::default()), 0.0);
    }

    proptest! {
        /// M24
        #[test]
        fn it_is_a_share_that_grows_with_each_sign(
            coverage in 0.0f64..1.0, more in 0.0f64..0.5, cosine in -1.0f32..1.0, nearer in 0.0f32..0.5,
        ) {
            let at = |coverage, cosine| confidence(Signs { found: 3, coverage, cosine });
            let here = at(coverage, Some(cosine));
            prop_assert!((0.0..=1.0).contains(&here));
            prop_assert!(at(coverage + more, Some(cosine)) >= here);
            prop_assert!(at(coverage, Some(cosine + nearer)) >= here);
            prop_assert!(at(coverage + more, None) >= at(coverage, None));
        }
    }
}
