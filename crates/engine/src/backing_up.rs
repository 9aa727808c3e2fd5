//! The thread that keeps verified copies of the database: one an hour, and one soon after something was forgotten, which then takes the place
//! of all that hold it. First of all it reads the database once from end to end, and once a month it tries to restore the newest copy.

use crate::{api::Failure, board::Board, clock, failure::sentence};
use afterimage_domain::Timestamp;
use afterimage_store::{Backup, Drill, JobKind, Readers};
use std::{sync::Arc, thread, time::Duration};

/// How often it looks whether a copy is due: what was forgotten must have left them within a minute.
const LOOK: Duration = Duration::from_secs(15);
/// The engine may be locked between two of these.
const NAP: Duration = Duration::from_millis(500);
const HOUR_MS: i64 = 3_600_000;
/// Between two trials of a copy.
const MONTH_MS: i64 = 30 * 24 * HOUR_MS;
/// So much later it is tried whatever else is to be done.
const WEEK_MS: i64 = 7 * 24 * HOUR_MS;

const DAMAGED: &str = "The database is damaged: what is found may be less than there is. Put a copy back: `afterimage backup list`, then `afterimage backup restore`.";

/// The thread's state.
pub struct BackingUp {
    /// For the settings.
    pub board: Arc<Board>,
    /// For the copies.
    pub readers: Readers,
}

impl BackingUp {
    /// Works until the engine is locked.
    pub fn run(self) {
        self.check();
        loop {
            for _ in 0..LOOK.as_millis() / NAP.as_millis() {
                if self.board.is_locking() {
                    return;
                }
                thread::sleep(NAP);
            }
            match self.back_up(clock::now()) {
                Ok(None) => {}
                Ok(Some(backup)) => tracing::info!(bytes = backup.bytes, "backed up"),
                Err(failure) => tracing::warn!(code = ?failure.code, "not backed up"),
            }
            if let Err(failure) = self.drill(clock::now()) {
                tracing::warn!(code = ?failure.code, "no copy was tried");
            }
        }
    }

    /// Reads the whole database once and says so if a page of it is damaged, before somebody meets it.
    fn check(&self) {
        if matches!(self.readers.is_whole(), Ok(true)) {
            return;
        }
        tracing::error!("the database is damaged");
        self.board
            .announce(|facts| facts.damage.push(DAMAGED.into()));
    }

    /// Makes a copy if one is due. What was forgotten leaves the copies whether or not new ones are wanted.
    fn back_up(&self, now: Timestamp) -> Result<Option<Backup>, Failure> {
        let is_wanted = self.board.settings().backups;
        let newest = self.readers.backups()?.last().map(|backup| backup.at);
        if (is_wanted && is_due(newest, now)) || self.readers.backups_are_stale()? {
            return Ok(self.readers.back_up(now)?);
        }
        Ok(None)
    }

    /// Tries the newest copy when that was not done for a month, and tells when it cannot be restored.
    fn drill(&self, now: Timestamp) -> Result<(), Failure> {
        let last = self.readers.last_drill().map(|drill| drill.at);
        if !is_drill_due(last, now, self.is_idle()?) {
            return Ok(());
        }
        let go_on = || !self.board.is_locking();
        if let Some(drill) = self.readers.drill(now, &go_on)? {
            self.board
                .announce(|facts| facts.damage.extend(told(&drill)));
        }
        Ok(())
    }

    /// Whether nothing waits to be thought about or made a vector of.
    fn is_idle(&self) -> Result<bool, Failure> {
        let view = self.readers.begin()?;
        let waiting = |kind| view.backlog(kind).map(|backlog| backlog.docs);
        Ok(waiting(JobKind::Absorb)? == 0 && waiting(JobKind::Embed)? == 0)
    }
}

/// What people should know of a trial.
fn told(drill: &Drill) -> Option<String> {
    let fault = sentence(drill.fault.as_ref()?);
    Some(format!(
        "The newest backup could not be restored when it was tried. {fault} A fresh one was made."
    ))
}

/// A month after the last, in a moment when nothing else is to be done; a week later in any. One from the future is none.
fn is_drill_due(last: Option<Timestamp>, now: Timestamp, is_idle: bool) -> bool {
    let Some(last) = last else {
        return is_idle;
    };
    match now.millis_since(last) {
        past if past < 0 => is_idle,
        past if past < MONTH_MS => false,
        past => is_idle || past >= MONTH_MS + WEEK_MS,
    }
}

/// An hour after the newest. One from the future was made when the calendar was wrong.
fn is_due(newest: Option<Timestamp>, now: Timestamp) -> bool {
    newest.is_none_or(|newest| !(0..HOUR_MS).contains(&now.millis_since(newest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_a_trial_is_due_after_a_month_when_nothing_else_is_to_be_done_and_a_week_later_anyway() {
        let day = |day: i64| Timestamp::from_millis(day * 24 * HOUR_MS);
        for (last, now, is_idle, expected) in [
            (None, 0, true, true),
            (None, 0, false, false),
            (Some(10), 39, true, false),
            (Some(10), 40, true, true),
            (Some(10), 40, false, false),
            (Some(10), 47, false, true),
            (Some(10), 9, true, true),
        ] {
            let due = is_drill_due(last.map(day), day(now), is_idle);
            assert_eq!(due, expected, "{last:?} {now} {is_idle}");
        }
    }

    #[test]
    fn f16_a_trial_that_failed_is_told_and_one_that_went_well_is_not() {
        let drill = |fault: Option<&str>| Drill {
            at: Timestamp::default(),
            of: Timestamp::default(),
            fault: fault.map(str::to_owned),
        };
        assert_eq!(told(&drill(None)), None);
        let sentence = told(&drill(Some("the backup is damaged"))).unwrap();
        assert!(
            sentence.contains("The backup is damaged. A fresh one"),
            "{sentence}"
        );
    }

    #[test]
    fn f12_a_copy_is_due_after_an_hour_and_when_the_calendar_jumped() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        for (newest, now, expected) in [
            (None, 0, true),
            (Some(at(10)), 10, false),
            (Some(at(10)), 69, false),
            (Some(at(10)), 70, true),
            (Some(at(10)), 9, true),
        ] {
            assert_eq!(is_due(newest, at(now)), expected, "{newest:?} {now}");
        }
    }
}
