//! What the threads know about each other: one small notice board behind a lock, read for every status.

use crate::{
    api::{CaptureState, Failure, Load, ModelState, Settings},
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
    /// Frames that are being read.
    pub reading: u32,
    /// Why frames cannot be kept, when they cannot.
    pub trouble: Option<Failure>,
    /// How hard it is to keep up.
    pub load: Load,
    /// What was found damaged at the start, in sentences.
    pub damage: Vec<String>,
}

/// The board.
pub struct Board {
    facts: Mutex<Facts>,
    locking: AtomicBool,
    to_writer: ToWriter,
}

impl Board {
    /// A board with these facts, whose changes are announced by the writer.
    pub fn new(facts: Facts, to_writer: ToWriter) -> Self {
        Self {
            facts: Mutex::new(facts),
            locking: AtomicBool::new(false),
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
            reading: 0,
            trouble: None,
            load: Load::Normal,
            damage: vec![],
        };
        change(&mut facts);
        facts
    }

    fn check(now: i64, expected: CaptureState, change: impl FnOnce(&mut Facts)) {
        assert_eq!(facts(change).capture(Timestamp::from_millis(now)), expected);
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
