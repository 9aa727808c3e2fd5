//! What the threads know about each other: one small notice board behind a lock, read for every status.

use crate::{
    api::{CaptureState, Failure, Load, ModelState, Settings},
    clock,
    task::{Task, ToWriter},
};
use afterimage_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A pause the user asked for; kept over restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// `None`: until resumed.
    pub until: Option<Timestamp>,
}

impl Pause {
    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// What the capture thread is doing, as it says itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Watching {
    /// It looks, and will look again after this long at the latest.
    Looking {
        /// Until the next look.
        wait: Duration,
    },
    /// It looks, and everything in view is excluded.
    Filtered(String),
    /// It waits for somebody to touch the machine.
    Idle,
    /// It cannot look.
    Blocked(Failure),
    /// It waits for consent or for the end of a pause.
    Resting,
}

/// The facts.
#[derive(Clone, Debug)]
pub struct Facts {
    /// In force.
    pub settings: Settings,
    /// The user agreed to be watched.
    pub consent: bool,
    /// The user's pause.
    pub pause: Option<Pause>,
    /// What the capture thread does.
    pub watching: Watching,
    /// When it looked last.
    pub last_look: Option<Timestamp>,
    /// When looking should have begun, for a thread that never looked.
    pub watching_since: Timestamp,
    /// The chat model.
    pub model: ModelState,
    /// The model that finds personal details.
    pub details: ModelState,
    /// Frames that are being read.
    pub reading: u32,
    /// Why frames cannot be kept, when they cannot.
    pub trouble: Option<Failure>,
    /// How hard it is to keep up.
    pub load: Load,
    /// Frames passed over for that, since the start.
    pub passed_over: u32,
    /// What was found damaged at the start, in sentences.
    pub damage: Vec<String>,
}

/// The board.
pub struct Board {
    facts: Mutex<Facts>,
    locking: AtomicBool,
    /// Requests that are being worked on, and when the last one came or ended, since the machine started.
    requests: Mutex<(u32, Duration)>,
    /// Until when the vault is open, since the machine started; `None`: nobody opened it.
    vault: Mutex<Option<Duration>>,
    to_writer: ToWriter,
}

/// How long the vault stays open after the passphrase was given.
const VAULT_OPEN: Duration = Duration::from_secs(60);

impl Board {
    /// A board with these facts, whose changes are announced by the writer.
    pub fn new(facts: Facts, to_writer: ToWriter) -> Self {
        Self {
            facts: Mutex::new(facts),
            locking: AtomicBool::new(false),
            requests: Mutex::new((0, clock::since_boot())),
            vault: Mutex::new(None),
            to_writer,
        }
    }

    /// A copy of all facts.
    pub fn facts(&self) -> Facts {
        self.lock().clone()
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// Changes facts without telling anybody.
    pub fn note(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.lock());
    }

    /// Changes facts and has subscribers told, if what they see changed.
    pub fn announce(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.lock());
        self.to_writer.tell(Task::StatusChanged);
    }

    /// A request came; it ends when the returned value is dropped.
    pub fn request(&self) -> Underway<'_> {
        self.count_request(1);
        Underway(self)
    }

    /// How long no client asked for anything.
    pub fn unasked(&self) -> Duration {
        let (underway, last) = *self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        match underway {
            0 => clock::since_boot().saturating_sub(last),
            _ => Duration::ZERO,
        }
    }

    fn count_request(&self, more: i32) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests = (requests.0.saturating_add_signed(more), clock::since_boot());
    }

    /// The vault was opened at this time since the machine started.
    pub fn vault_opened(&self, at: Duration) {
        *self.vault.lock().unwrap_or_else(PoisonError::into_inner) = Some(at + VAULT_OPEN);
    }

    /// Whether the vault was open for long enough. Says so once.
    pub fn is_vault_due(&self, at: Duration) -> bool {
        let mut until = self.vault.lock().unwrap_or_else(PoisonError::into_inner);
        until.take_if(|until| at >= *until).is_some()
    }

    /// From now on every thread ends as soon as it can.
    pub fn begin_locking(&self) {
        self.locking.store(true, Ordering::Relaxed);
    }

    /// Whether the engine is ending.
    pub fn is_locking(&self) -> bool {
        self.locking.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being worked on.
pub struct Underway<'b>(&'b Board);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.count_request(-1);
    }
}

impl Facts {
    /// What capture honestly does at this moment: it is `Capturing` only while looks arrive.
    pub fn capture(&self, now: Timestamp) -> CaptureState {
        if !self.consent {
            return CaptureState::NoConsent;
        }
        if let Some(pause) = self.pause.filter(|pause| pause.holds(now)) {
            return CaptureState::Paused { until: pause.until };
        }
        match &self.watching {
            Watching::Blocked(Failure { code, message }) => CaptureState::Blocked {
                code: *code,
                message: message.clone(),
            },
            Watching::Idle => CaptureState::Idle,
            Watching::Filtered(reason) => self.unless_stalled(
                now,
                CaptureState::Filtered {
                    reason: reason.clone(),
                },
            ),
            Watching::Looking { .. } | Watching::Resting => {
                self.unless_stalled(now, CaptureState::Capturing)
            }
        }
    }

    fn unless_stalled(&self, now: Timestamp, state: CaptureState) -> CaptureState {
        let interval = Duration::from_millis(self.settings.interval_ms.into());
        let wait = match self.watching {
            Watching::Looking { wait } => wait.max(interval),
            _ => interval,
        };
        let since = self
            .last_look
            .map_or(self.watching_since, |look| look.max(self.watching_since));
        match now.millis_since(since) > 3 * wait.as_millis() as i64 {
            true => CaptureState::Stalled { since },
            false => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Code;

    fn facts(change: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = Facts {
            settings: Settings {
                interval_ms: 1_000,
                ..Settings::default()
            },
            consent: true,
            pause: None,
            watching: Watching::Looking {
                wait: Duration::from_secs(1),
            },
            last_look: Some(Timestamp::from_millis(10_000)),
            watching_since: Timestamp::from_millis(0),
            model: ModelState::Loading { id: String::new() },
            details: ModelState::Loading { id: "d".into() },
            reading: 0,
            trouble: None,
            load: Load::Normal,
            passed_over: 0,
            damage: vec![],
        };
        change(&mut facts);
        facts
    }

    fn check(now: i64, expected: CaptureState, change: impl FnOnce(&mut Facts)) {
        assert_eq!(facts(change).capture(Timestamp::from_millis(now)), expected);
    }

    #[test]
    fn k7_the_vault_is_due_to_close_a_minute_after_it_was_opened_and_once() {
        let (sender, _tasks) = std::sync::mpsc::sync_channel(1);
        let board = Board::new(facts(|_| ()), ToWriter::new(sender));
        let at = Duration::from_secs;
        assert!(!board.is_vault_due(at(1_000)), "nobody opened it");
        board.vault_opened(at(100));
        assert!(!board.is_vault_due(at(159)));
        board.vault_opened(at(110));
        assert!(!board.is_vault_due(at(169)));
        assert!(board.is_vault_due(at(170)));
        assert!(!board.is_vault_due(at(171)));
    }

    #[test]
    fn k10_a_request_that_is_worked_on_is_somebody() {
        let (sender, _tasks) = std::sync::mpsc::sync_channel(1);
        let board = Board::new(facts(|_| ()), ToWriter::new(sender));
        let underway = board.request();
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(board.unasked(), Duration::ZERO);
        drop(underway);
        std::thread::sleep(Duration::from_millis(20));
        assert!(board.unasked() >= Duration::from_millis(20));
    }

    #[test]
    fn capturing_is_said_only_while_looks_arrive() {
        check(11_000, CaptureState::Capturing, |_| ());
        check(13_000, CaptureState::Capturing, |_| ());
        let since = Timestamp::from_millis(10_000);
        check(13_001, CaptureState::Stalled { since }, |_| ());
        check(18_000, CaptureState::Capturing, |facts| {
            facts.watching = Watching::Looking {
                wait: Duration::from_secs(3),
            };
        });
        let never = |facts: &mut Facts| facts.last_look = None;
        check(
            60_000,
            CaptureState::Stalled {
                since: Timestamp::from_millis(0),
            },
            never,
        );
    }

    #[test]
    fn consent_and_pause_come_before_everything() {
        check(11_000, CaptureState::NoConsent, |facts| {
            facts.consent = false
        });
        let pause = |until: Option<i64>| {
            Some(Pause {
                until: until.map(Timestamp::from_millis),
            })
        };
        check(11_000, CaptureState::Paused { until: None }, |facts| {
            facts.pause = pause(None)
        });
        let until = Some(Timestamp::from_millis(12_000));
        check(11_000, CaptureState::Paused { until }, |facts| {
            facts.pause = pause(Some(12_000))
        });
        check(12_000, CaptureState::Capturing, |facts| {
            facts.pause = pause(Some(12_000))
        });
    }

    #[test]
    fn what_blocks_is_named() {
        let failure = Failure::new(Code::NoDisplay, "no screen");
        let expected = CaptureState::Blocked {
            code: Code::NoDisplay,
            message: "no screen".into(),
        };
        check(99_000, expected, |facts| {
            facts.watching = Watching::Blocked(failure)
        });
        check(99_000, CaptureState::Idle, |facts| {
            facts.watching = Watching::Idle
        });
    }
}
