//! Locking by itself: nobody at the machine, the screen locked, the machine about to sleep.

#[cfg(target_os = "linux")]
mod bus;

use crate::board::Board;
use std::{sync::Arc, time::Duration};

/// How often it is asked whether somebody is there.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// How long nobody was there, with the time the machine slept: an hour of sleep is an hour without anybody.
#[derive(Default)]
pub struct Absence {
    asked: Option<(Duration, Duration)>,
    asleep: Duration,
}

impl Absence {
    /// Whether it is time to ask again; `boot` is the time since the machine started.
    pub fn is_due(&self, boot: Duration) -> bool {
        self.asked
            .is_none_or(|(asked, _)| boot.saturating_sub(asked) >= ASK_EVERY)
    }

    /// How long nobody was there. `boot` is the time since the machine started, `awake` the same without sleep, `idle` how long nobody was
    /// there as far as clocks that stop in sleep can tell.
    pub fn so_far(&mut self, boot: Duration, awake: Duration, idle: Duration) -> Duration {
        let (asked, asked_awake) = self.asked.replace((boot, awake)).unwrap_or((boot, awake));
        let waking = awake.saturating_sub(asked_awake);
        let slept = boot.saturating_sub(asked).saturating_sub(waking);
        // The touch that wakes a machine does not undo its sleep; the next one after it does.
        self.asleep = match idle < waking {
            true => slept,
            false => self.asleep + slept,
        };
        idle + self.asleep
    }
}

/// Locks when the session is locked or the machine is about to sleep, where the system tells.
pub fn watch_session(board: &Arc<Board>) {
    #[cfg(target_os = "linux")]
    bus::watch(board);
    #[cfg(not(target_os = "linux"))]
    let _ = board;
}

/// The same as a signal from outside: the api thread flushes and ends the process.
pub fn lock_politely() {
    // SAFETY: a signal to this process, which has a handler for it.
    unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(polls: &[(u64, u64, u64)], expected: u64) {
        let mut absence = Absence::default();
        let seconds = Duration::from_secs;
        let last = polls.iter().fold(Duration::ZERO, |_, (boot, awake, idle)| {
            absence.so_far(seconds(*boot), seconds(*awake), seconds(*idle))
        });
        assert_eq!(last, seconds(expected), "{polls:?}");
    }

    #[test]
    fn k10_time_asleep_counts_as_time_without_anybody() {
        check(&[(100, 100, 40)], 40);
        check(&[(100, 100, 40), (102, 102, 42)], 42);
        // An hour of sleep, seen by one clock only.
        check(&[(100, 100, 40), (3702, 102, 42)], 3642);
        check(&[(100, 100, 40), (3702, 102, 42), (3704, 104, 44)], 3644);
        // The touch that woke it, and one after it.
        check(&[(100, 100, 40), (3702, 102, 1)], 3601);
        check(&[(100, 100, 40), (3702, 102, 1), (3704, 104, 0)], 0);
        // A clock that runs back gives nothing.
        check(&[(100, 100, 40), (90, 90, 41)], 41);
    }

    #[test]
    fn k10_somebody_who_stays_away_is_asked_for_every_other_second() {
        let mut absence = Absence::default();
        assert!(absence.is_due(Duration::from_secs(9)));
        absence.so_far(
            Duration::from_secs(9),
            Duration::from_secs(9),
            Duration::ZERO,
        );
        assert!(!absence.is_due(Duration::from_secs(10)));
        assert!(absence.is_due(Duration::from_secs(11)));
    }
}
