//! When to look next.

use std::time::Duration;

/// Stretches the time between looks while nothing changes.
#[derive(Clone, Debug)]
pub struct Pace {
    shortest: Duration,
    current: Duration,
}

/// How much longer each further look at an unchanged screen waits.
const STRETCH: f64 = 1.25;

/// An unchanged screen is looked at this much more rarely than a busy one, at most: 1 s becomes 3 s.
const LONGEST: u32 = 3;

impl Pace {
    /// A pace that looks every `shortest` while the screen is busy.
    pub fn new(shortest: Duration) -> Self {
        Self {
            shortest,
            current: shortest,
        }
    }

    /// How long to wait after a look that found something new, or did not.
    pub fn next(&mut self, changed: bool) -> Duration {
        self.current = if changed {
            self.shortest
        } else {
            self.current.mul_f64(STRETCH).min(self.shortest * LONGEST)
        };
        self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_screen_is_looked_at_ever_more_rarely_up_to_a_third() {
        let mut pace = Pace::new(Duration::from_secs(1));
        let waits: Vec<_> = (0..8).map(|_| pace.next(false)).collect();
        assert!(waits.is_sorted());
        assert_eq!(waits[7], Duration::from_secs(3));
        assert_eq!(pace.next(true), Duration::from_secs(1));
    }
}
