//! Scores to one token.

use std::cmp::Ordering;

use super::{Filter, Options};
use crate::allowed::most_likely;
use crate::grammar::GrammarError;
use crate::tokenizer::Token;

/// Tokens less likely than this, beside the most likely one, are not chosen once in a hundred million times, however many
/// there are.
const LEAST_WEIGHT: f32 = 1e-12;
/// Tokens looked at first for those that make up `top_p`; they nearly always do.
const FEW: usize = 64;

/// Chooses a token from scores.
pub(super) struct Sampler {
    temperature: f32,
    top_p: f32,
    random: SplitMix,
    weights: Vec<(Token, f32)>,
}

impl Sampler {
    pub fn new(options: &Options) -> Sampler {
        Sampler {
            temperature: options.temperature,
            top_p: options.top_p,
            random: SplitMix(options.seed),
            weights: Vec::new(),
        }
    }

    /// Whether the most likely token is always chosen.
    pub fn is_greedy(&self) -> bool {
        self.temperature <= 0.0
    }

    pub fn sample(&mut self, logits: &[f32]) -> Token {
        let best = most_likely(logits, None);
        if self.is_greedy() {
            return best;
        }
        let highest = logits[best as usize];
        let least = highest + self.temperature * LEAST_WEIGHT.ln();
        let likely = (0..).zip(logits).filter(|(_, logit)| **logit > least);
        self.weights.clear();
        self.weights.extend(
            likely.map(|(token, logit)| (token, ((logit - highest) / self.temperature).exp())),
        );
        if self.top_p < 1.0 {
            keep_heaviest(&mut self.weights, self.top_p);
        }
        pick(&self.weights, self.random.unit()).unwrap_or(best)
    }
}

/// Keeps the heaviest entries that together make up `share` of the whole weight, one at least, heaviest first.
fn keep_heaviest(weights: &mut Vec<(Token, f32)>, share: f32) {
    let heavier = |a: &(Token, f32), b: &(Token, f32)| -> Ordering { b.1.total_cmp(&a.1) };
    let wanted = share * weights.iter().map(|(_, weight)| weight).sum::<f32>();
    let mut sorted = FEW;
    loop {
        if sorted < weights.len() {
            weights.select_nth_unstable_by(sorted, heavier);
        }
        let few = sorted.min(weights.len());
        weights[..few].sort_unstable_by(heavier);
        let mut mass = 0.0;
        let reached = weights[..few].iter().position(|(_, weight)| {
            mass += weight;
            mass >= wanted
        });
        if reached.is_some() || few == weights.len() {
            weights.truncate(reached.map_or(few, |at| at + 1));
            return;
        }
        sorted *= 8;
    }
}

/// The entry at `at` (0..1) of the whole weight.
fn pick(weights: &[(Token, f32)], at: f32) -> Option<Token> {
    let mut left = at * weights.iter().map(|(_, weight)| weight).sum::<f32>();
    let chosen = weights.iter().find(|(_, weight)| {
        left -= weight;
        left < 0.0
    });
    chosen.or(weights.last()).map(|(token, _)| *token)
}

/// SplitMix64: small, seeded, good enough to choose words.
struct SplitMix(u64);

impl SplitMix {
    /// A number in 0..1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Makes tokens that were just said less likely.
pub(super) struct RepetitionPenalty(pub f32);

/// How far back a token counts as just said.
const JUST_SAID: usize = 64;

impl Filter for RepetitionPenalty {
    fn apply(&mut self, logits: &mut [f32], generated: &[Token]) -> Result<(), GrammarError> {
        let recent = &generated[generated.len().saturating_sub(JUST_SAID)..];
        for (at, token) in recent.iter().enumerate() {
            if recent[..at].contains(token) {
                continue;
            }
            if let Some(logit) = logits.get_mut(*token as usize) {
                *logit = if *logit > 0.0 {
                    *logit / self.0
                } else {
                    *logit * self.0
                };
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_p_keeps_the_heaviest_tokens_that_reach_it() {
        fn check(share: f32, expected: &[Token]) {
            let mut weights = vec![(1, 0.2), (7, 0.5), (3, 0.3)];
            keep_heaviest(&mut weights, share);
            let kept: Vec<Token> = weights.iter().map(|(token, _)| *token).collect();
            assert_eq!(kept, expected, "{share}");
        }
        check(0.0, &[7]);
        check(0.5, &[7]);
        check(0.6, &[7, 3]);
        check(1.0, &[7, 3, 1]);
    }

    #[test]
    fn top_p_finds_its_tokens_among_many_that_weigh_alike() {
        let mut weights: Vec<(Token, f32)> = (0..5000).map(|token| (token, 1.0)).collect();
        weights[4321].1 = 2.0;
        keep_heaviest(&mut weights, 0.5);
        assert_eq!(weights[0].0, 4321);
        assert_eq!(weights.len(), 2500);
    }

    #[test]
    fn the_place_in_the_whole_weight_decides() {
        let weights = [(7, 0.5), (3, 0.3), (1, 0.2)];
        assert_eq!(pick(&weights, 0.0), Some(7));
        assert_eq!(pick(&weights, 0.6), Some(3));
        assert_eq!(pick(&weights, 0.99), Some(1));
        assert_eq!(pick(&[], 0.5), None);
    }

    #[test]
    fn sampling_follows_the_distribution_and_the_seed() {
        let draw = |seed| {
            let mut sampler = Sampler::new(&Options {
                temperature: 1.0,
                seed,
                ..Options::default()
            });
            (0..4000)
                .map(|_| sampler.sample(&[0.0, 3f32.ln(), f32::NEG_INFINITY]))
                .collect::<Vec<_>>()
        };
        let ones = draw(5).iter().filter(|token| **token == 1).count();
        assert!((2900..3100).contains(&ones), "{ones} of 4000");
        assert!(!draw(5).contains(&2));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }

    #[test]
    fn scores_that_forbid_everything_still_yield_a_token() {
        let options = Options {
            temperature: 1.0,
            top_p: 0.9,
            ..Options::default()
        };
        assert_eq!(Sampler::new(&options).sample(&[f32::NEG_INFINITY; 3]), 0);
    }

    #[test]
    fn a_token_said_twice_is_made_less_likely_once() {
        let mut logits = [4.0, -4.0, 4.0];
        RepetitionPenalty(2.0)
            .apply(&mut logits, &[0, 1, 0, 1])
            .unwrap();
        assert_eq!(logits, [2.0, -8.0, 4.0]);
    }
}
