//! The thread that keeps verified copies of the database: one an hour, and one soon after something was forgotten, which then takes the place
//! of all that hold it. First of all it reads the database once from end to end.

use crate::{api::Failure, board::Board, clock};
use afterimage_domain::Timestamp;
use afterimage_store::{Backup, Readers};
use std::{sync::Arc, thread, time::Duration};

/// How often it looks whether a copy is due: what was forgotten must have left them within a minute.
const LOOK: Duration = Duration::from_secs(15);
/// The engine may be locked between two of these.
const NAP: Duration = Duration::from_millis(500);
const HOUR_MS: i64 = 3_600_000;

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
}

/// An hour after the newest. One from the future was made when the calendar was wrong.
fn is_due(newest: Option<Timestamp>, now: Timestamp) -> bool {
    newest.is_none_or(|newest| !(0..HOUR_MS).contains(&now.millis_since(newest)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
