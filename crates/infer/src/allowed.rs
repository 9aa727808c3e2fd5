//! Which tokens may be chosen, as bits: bit `t % 32` of word `t / 32` stands for token `t`.

use crate::tokenizer::Token;

const WORD: usize = u32::BITS as usize;

/// The index of the highest score, the lowest of several; of those `allowed` when it is given. Tokens beyond the words
/// of `allowed` are not; 0 when there is none to choose.
pub(crate) fn most_likely(scores: &[f32], allowed: Option<&[u32]>) -> Token {
    let mut best: Option<(usize, f32)> = None;
    for (at, scores) in scores.chunks(WORD).enumerate() {
        let word = allowed.map_or(u32::MAX, |words| words.get(at).copied().unwrap_or(0));
        // Most groups hold nothing allowed or nothing higher: they are passed over as a whole.
        if word == 0 || best.is_some_and(|(_, highest)| largest(scores) <= highest) {
            continue;
        }
        for (bit, score) in scores.iter().enumerate() {
            let may = word >> bit & 1 == 1 && !score.is_nan();
            if may && best.is_none_or(|(_, highest)| *score > highest) {
                best = Some((at * WORD + bit, *score));
            }
        }
    }
    best.map_or(0, |(token, _)| token as Token)
}

/// The largest of `scores` that is a number; comparing in lanes is what compilers make vectors of.
fn largest(scores: &[f32]) -> f32 {
    let (groups, rest) = scores.as_chunks::<8>();
    let mut lanes = [f32::NEG_INFINITY; 8];
    for group in groups {
        for (lane, score) in lanes.iter_mut().zip(group) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    lanes
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max)
}

/// Makes every score minus infinity whose token is not `allowed`.
pub(crate) fn forbid(scores: &mut [f32], allowed: &[u32]) {
    for (at, scores) in scores.chunks_mut(WORD).enumerate() {
        match allowed.get(at).copied().unwrap_or(0) {
            u32::MAX => {}
            0 => scores.fill(f32::NEG_INFINITY),
            word => {
                for (bit, score) in scores.iter_mut().enumerate() {
                    if word >> bit & 1 == 0 {
                        *score = f32::NEG_INFINITY;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn may(allowed: Option<&[u32]>, token: usize) -> bool {
        let bit = |words: &[u32]| Some(words.get(token / 32)? >> (token % 32) & 1 == 1);
        allowed.is_none_or(|words| bit(words).unwrap_or(false))
    }

    /// A few values, so that equal scores are common.
    fn scores() -> impl Strategy<Value = Vec<f32>> {
        let score = prop_oneof![
            Just(f32::NAN),
            Just(f32::NEG_INFINITY),
            (-3i8..9).prop_map(f32::from)
        ];
        proptest::collection::vec(score, 0..200)
    }

    fn masks() -> impl Strategy<Value = Vec<u32>> {
        let word = prop_oneof![Just(0), Just(u32::MAX), any::<u32>()];
        proptest::collection::vec(word, 0..8)
    }

    proptest! {
        #[test]
        fn the_first_of_the_highest_that_may_be_chosen_is(scores in scores(), words in masks(), masked: bool) {
            let allowed = masked.then_some(words.as_slice());
            let candidates = scores.iter().enumerate().filter(|(token, score)| may(allowed, *token) && !score.is_nan());
            let expected = candidates.fold(None, |best: Option<(usize, f32)>, (token, score)| match best {
                Some((_, highest)) if *score <= highest => best,
                _ => Some((token, *score)),
            });
            prop_assert_eq!(most_likely(&scores, allowed), expected.map_or(0, |(token, _)| token as Token));
        }

        #[test]
        fn what_is_not_allowed_is_forbidden_and_nothing_else_changes(scores in scores(), words in masks()) {
            let mut changed = scores.clone();
            forbid(&mut changed, &words);
            for (token, (before, after)) in scores.iter().zip(changed).enumerate() {
                let expected = if may(Some(&words), token) { *before } else { f32::NEG_INFINITY };
                prop_assert_eq!(after.to_bits(), expected.to_bits());
            }
        }
    }
}
