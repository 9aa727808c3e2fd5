//! How sure it is that the answer is among what was found.

/// How many of the best items are looked at for words of the question.
pub const LOOKED_AT: usize = 10;
/// How many of the nearest items are looked at together: a subject that memory knows has several.
pub const NEAREST: usize = 5;

/// What the first item's nearness, that of the nearest together, and knowing every word count. Fitted on the sets with unanswerable questions:
/// these three are the signs that help on both. How much of the question's words one item holds, the margin of the first over the tenth,
/// raw BM25 and word pairs do not.
const FIRST: f64 = 0.4;
const TOGETHER: f64 = 0.4;
const KNOWN: f64 = 0.2;

/// What speaks for an answer being there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// How many items were found.
    pub found: usize,
    /// The most that one of the best items holds of the question's words, rare words counting more; 0 to 1. It stands in for cosines.
    pub coverage: f64,
    /// The share that the most telling word has of the question if memory does not know it; 0 when it knows every word.
    pub unknown: f64,
    /// Cosines to the question; `None` without vectors.
    pub cosines: Option<Cosines>,
}

/// How near in meaning what was found is to the question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosines {
    /// Of the item ranked first.
    pub first: f32,
    /// The mean of the [`NEAREST`].
    pub together: f32,
}

/// 0 to 1, higher when the signs are better; 0 when nothing was found.
pub fn confidence(signs: Signs) -> f32 {
    if signs.found == 0 {
        return 0.0;
    }
    let coverage = signs.coverage.clamp(0.0, 1.0);
    let near = match signs.cosines {
        Some(Cosines { first, together }) => {
            FIRST * nearness(first.into()) + TOGETHER * nearness(together.into())
        }
        None => (FIRST + TOGETHER) * coverage,
    };
    // Words alone: a question of which nothing stands anywhere has no answer.
    let known = KNOWN * (1.0 - signs.unknown.clamp(0.0, 1.0));
    match signs.cosines {
        None if coverage == 0.0 => 0.0,
        _ => (near + known) as f32,
    }
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
            coverage in 0.01f64..1.0, more in 0.0f64..0.5, unknown in 0.0f64..1.0, cosine in -1.0f32..1.0, nearer in 0.0f32..0.5,
        ) {
            let at = |coverage, unknown, cosines| {
                confidence(Signs { found: 3, coverage, unknown, cosines })
            };
            let near = |first, together| Some(Cosines { first, together });
            let here = at(coverage, unknown, near(cosine, cosine));
            prop_assert!((0.0..=1.0).contains(&here));
            prop_assert!(at(coverage, unknown * 0.5, near(cosine, cosine)) >= here);
            prop_assert!(at(coverage, unknown, near(cosine + nearer, cosine)) >= here);
            prop_assert!(at(coverage, unknown, near(cosine, cosine + nearer)) >= here);
            prop_assert!(at(coverage + more, unknown, None) >= at(coverage, unknown, None));
        }
    }
}
