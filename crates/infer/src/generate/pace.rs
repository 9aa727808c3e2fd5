//! How many tokens to guess at a time.

/// What a pass over so many tokens costs, in passes over one; measured on a processor, where small models are bound by
/// memory until about four tokens are read at once.
const COSTS: [(f32, f32); 4] = [(1.0, 1.0), (4.0, 1.3), (8.0, 2.0), (16.0, 3.4)];
/// The most guesses read in one pass.
const MOST: usize = 15;
/// How much of what was learned stays with each pass.
const MEMORY: f32 = 0.9;
/// What is taken for granted at first: of so many guesses so many were right.
const FIRST: (f32, f32) = (3.0, 5.0);

/// Learns how many of the guesses lately were right, and chooses how many are worth reading.
pub(super) struct Pace {
    right: f32,
    tried: f32,
}

impl Default for Pace {
    fn default() -> Pace {
        let (right, tried) = FIRST;
        Pace { right, tried }
    }
}

impl Pace {
    /// The number of guesses that promises the most tokens for its cost; one at least, so that better times are noticed.
    pub fn most(&self) -> usize {
        let rate = self.right / self.tried;
        // The first guess brings a token with the probability that it is right, the second with the square, and so on; the
        // pass itself always brings one.
        let mut tokens = 1.0;
        let mut best = (0, 0.0);
        for guesses in 1..=MOST {
            tokens += rate.powi(guesses as i32);
            let gain = tokens / cost(guesses + 1);
            if gain > best.1 {
                best = (guesses, gain);
            }
        }
        best.0
    }

    /// Of `proposed` guesses the first `right` were right. Those after the first wrong one tell nothing.
    pub fn learn(&mut self, right: usize, proposed: usize) {
        let tried = proposed.min(right + 1);
        self.right = self.right * MEMORY + right as f32;
        self.tried = self.tried * MEMORY + tried as f32;
    }
}

/// The cost of a pass over `tokens`, between and beyond the measured ones in a straight line.
fn cost(tokens: usize) -> f32 {
    let tokens = tokens as f32;
    let at = COSTS[1..COSTS.len() - 1]
        .iter()
        .take_while(|(measured, _)| *measured < tokens)
        .count();
    let ((few, low), (many, high)) = (COSTS[at], COSTS[at + 1]);
    low + (high - low) * (tokens - few) / (many - few)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_between_the_measured_ones_lie_between() {
        for (tokens, expected) in COSTS {
            assert_eq!(cost(tokens as usize), expected);
        }
        assert!((1.0..1.3).contains(&cost(2)));
        assert!((2.0..3.4).contains(&cost(9)));
    }

    #[test]
    fn right_guesses_bring_more_guesses_and_wrong_ones_fewer() {
        fn check(right: usize, proposed: usize, expected: std::ops::RangeInclusive<usize>) {
            let mut pace = Pace::default();
            (0..30).for_each(|_| pace.learn(right, proposed));
            assert!(
                expected.contains(&pace.most()),
                "{right} of {proposed}: {}",
                pace.most()
            );
        }
        check(15, 15, MOST..=MOST);
        check(9, 10, 5..=9);
        check(2, 4, 2..=4);
        check(0, 4, 1..=1);
    }
}
