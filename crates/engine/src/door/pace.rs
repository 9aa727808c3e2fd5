//! How fast a client may ask: tokens that come back with time, in memory, by a clock that nobody can set.

use super::locked;
use afterimage_domain::ClientId;
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// Requests a second, and at once after a rest.
const ASKED: Rate = Rate {
    a_second: 10.0,
    at_once: 20.0,
};
/// Things written: sixty a minute.
const WRITTEN: Rate = Rate {
    a_second: 1.0,
    at_once: 60.0,
};

/// Most things that a client hands in with one request.
pub const MOST_WRITTEN: usize = WRITTEN.at_once as usize;

struct Rate {
    a_second: f64,
    at_once: f64,
}

/// What is left of a rate.
struct Bucket {
    left: f64,
    since: Duration,
}

impl Bucket {
    fn full(rate: &Rate, now: Duration) -> Self {
        Self {
            left: rate.at_once,
            since: now,
        }
    }

    /// Takes `count`, or says how long to wait for them; nothing is taken then.
    fn take(&mut self, rate: &Rate, count: f64, now: Duration) -> Result<(), Duration> {
        let passed = now.saturating_sub(self.since).as_secs_f64();
        self.left = (self.left + passed * rate.a_second).min(rate.at_once);
        self.since = self.since.max(now);
        if self.left >= count {
            self.left -= count;
            return Ok(());
        }
        let missing = (count - self.left) / rate.a_second;
        Err(Duration::from_secs_f64(missing))
    }
}

/// Every client's pace since the engine started.
#[derive(Default)]
pub struct Paces(Mutex<HashMap<ClientId, [Bucket; 2]>>);

impl Paces {
    /// One request at `now` that hands in `written` things, at most [`MOST_WRITTEN`]; or how long to wait.
    pub fn take(&self, id: ClientId, written: usize, now: Duration) -> Result<(), Duration> {
        let mut paces = locked(&self.0);
        let [asked, handed] = paces
            .entry(id)
            .or_insert_with(|| [Bucket::full(&ASKED, now), Bucket::full(&WRITTEN, now)]);
        asked.take(&ASKED, 1.0, now)?;
        handed.take(&WRITTEN, written as f64, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d5_twenty_at_once_then_ten_a_second_and_sixty_writes_a_minute() {
        let paces = Paces::default();
        let id = ClientId(uuid::Uuid::nil());
        let taken = |count: usize, written, from: u64, step: u64| {
            let moments = (0..count as u64).map(|n| Duration::from_millis(from + n * step));
            moments
                .filter(|now| paces.take(id, written, *now).is_ok())
                .count()
        };
        assert_eq!(taken(100, 0, 0, 0), 20);
        let hurried = taken(1_000, 0, 1, 1);
        assert!((9..=10).contains(&hurried), "{hurried} in a second");
        assert_eq!(
            taken(50, 0, 100_000, 100),
            50,
            "who keeps the pace is never refused"
        );
        let written = taken(600, 1, 200_000, 100);
        assert!(
            (118..=120).contains(&written),
            "{written} in the first minute"
        );
        let then = taken(600, 1, 260_000, 100);
        assert!((59..=61).contains(&then), "{then} in the next");
    }

    #[test]
    fn d5_the_wait_that_is_named_is_enough() {
        let paces = Paces::default();
        let id = ClientId(uuid::Uuid::nil());
        let now = Duration::from_secs(5);
        assert_eq!(paces.take(id, 60, now), Ok(()));
        let wait = paces.take(id, 30, now).unwrap_err();
        assert_eq!(wait, Duration::from_secs(30));
        assert_eq!(paces.take(id, 30, now + wait), Ok(()));
        // A clock that stands still or runs backwards gives nothing.
        assert!(paces.take(id, 1, Duration::ZERO).is_err());
    }
}
