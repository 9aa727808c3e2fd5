//! How hard it is to keep up with the screen, and so what is given up for it. What the user does is never given up: it waits, or is told
//! that it must.

use crate::{
    api::{Code, Failure, Load},
    home, power,
};
use std::{fs, path::Path};

/// What bears on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    /// Frames that wait to be read, as a share of those that may.
    pub queue: f32,
    /// The share of the processors that other programs use.
    pub busy: f32,
    /// The machine runs on a battery that is nearly empty.
    pub battery_is_low: bool,
    /// Room on the disk.
    pub room: Room,
}

/// Room on the disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Free.
    pub free: u64,
    /// Acknowledged, and waiting to be stored.
    pub spool: u64,
}

/// Shares of the queue from which on each level holds.
const STRICTER: f32 = 0.5;
const SLOWER: f32 = 0.75;
const NARROWER: f32 = 0.9;
/// A share of the processors from which on the first level holds.
const BUSY: f32 = 0.7;
/// A level ends when its cause has fallen this much below where it began, so that levels do not flutter.
const SLACK: f32 = 0.2;
/// The rest of the disk belongs to the user.
const LEAST_FREE: u64 = 1 << 30;
/// A backlog this long is not caught up with by waiting.
const MOST_SPOOLED: u64 = 2 << 30;

/// The level after `now`: up at once, down with some slack.
pub fn next(now: Load, pressure: &Pressure) -> Load {
    let up = level(pressure, 0.0);
    match up >= now {
        true => up,
        false => now.min(level(pressure, SLACK)),
    }
}

fn level(pressure: &Pressure, slack: f32) -> Load {
    let Room { free, spool } = pressure.room;
    let queue = pressure.queue + slack;
    if (free as f32) < LEAST_FREE as f32 * (1.0 + slack)
        || spool as f32 > MOST_SPOOLED as f32 * (1.0 - slack)
    {
        return Load::Full;
    }
    match queue {
        _ if queue > NARROWER => Load::Narrower,
        _ if queue > SLOWER || pressure.battery_is_low => Load::Slower,
        _ if queue > STRICTER || pressure.busy + slack > BUSY => Load::Stricter,
        _ => Load::Normal,
    }
}

impl Pressure {
    /// What it is now, in the profile folder `dir`, with so many of `most` frames waiting and so much of the processors used by others.
    pub fn now(dir: &Path, waiting: u32, most: usize, busy: f32) -> Self {
        Self {
            queue: waiting as f32 / most as f32,
            busy,
            battery_is_low: power::is_low(),
            room: Room {
                // Where it cannot be told, writing will tell.
                free: home::free(dir).unwrap_or(u64::MAX),
                spool: bytes_in(&dir.join("spool")),
            },
        }
    }

    /// Why nothing is looked at, for people.
    pub fn failure(&self) -> Failure {
        match self.room.free as f32 <= LEAST_FREE as f32 * (1.0 + SLACK) {
            true => Failure::new(
                Code::DiskFull,
                "Less than 1 GiB is free on the disk, so nothing is recorded. Free some space, or forget what you no longer need, and it goes on.",
            ),
            false => Failure::new(
                Code::Timeout,
                "More than 2 GiB of frames wait to be stored, so nothing more is recorded until they are.",
            ),
        }
    }
}

fn bytes_in(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.metadata().ok())
        .map(|file| file.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Load; 5] = [
        Load::Normal,
        Load::Stricter,
        Load::Slower,
        Load::Narrower,
        Load::Full,
    ];

    fn pressure(queue: f32) -> Pressure {
        Pressure {
            queue,
            busy: 0.0,
            battery_is_low: false,
            room: Room {
                free: 100 << 30,
                spool: 0,
            },
        }
    }

    #[test]
    fn f5_each_level_begins_and_ends_where_it_should() {
        for (now, queue, expected) in [
            (Load::Normal, 0.5, Load::Normal),
            (Load::Normal, 0.51, Load::Stricter),
            (Load::Stricter, 0.31, Load::Stricter),
            (Load::Stricter, 0.3, Load::Normal),
            (Load::Normal, 0.8, Load::Slower),
            (Load::Normal, 1.0, Load::Narrower),
            (Load::Narrower, 0.71, Load::Narrower),
            (Load::Narrower, 0.6, Load::Slower),
            (Load::Narrower, 0.0, Load::Normal),
        ] {
            assert_eq!(next(now, &pressure(queue)), expected, "{now:?} {queue}");
        }
    }

    #[test]
    fn f5_what_is_the_same_stays_the_same_and_more_is_never_less() {
        for now in ALL {
            let mut last = Load::Normal;
            for step in 0..=100 {
                let pressure = pressure(step as f32 / 100.0);
                let level = next(now, &pressure);
                assert_eq!(next(level, &pressure), level, "{now:?} {step}");
                assert!(level >= last, "{now:?} {step}");
                last = level;
            }
        }
    }

    #[test]
    fn f5_others_that_use_the_processors_make_it_stricter_and_no_more() {
        let busy = |busy| Pressure {
            busy,
            ..pressure(0.0)
        };
        for (now, share, expected) in [
            (Load::Normal, 0.7, Load::Normal),
            (Load::Normal, 0.71, Load::Stricter),
            (Load::Normal, 1.0, Load::Stricter),
            (Load::Stricter, 0.51, Load::Stricter),
            (Load::Stricter, 0.5, Load::Normal),
        ] {
            assert_eq!(next(now, &busy(share)), expected, "{now:?} {share}");
        }
    }

    #[test]
    fn f5_without_room_nothing_is_looked_at_and_it_goes_on_by_itself() {
        let room = |free: u64, spool: u64| Pressure {
            room: Room {
                free: free << 20,
                spool: spool << 20,
            },
            ..pressure(0.0)
        };
        assert_eq!(next(Load::Normal, &room(1_023, 0)), Load::Full);
        assert_eq!(room(1_023, 0).failure().code, Code::DiskFull);
        assert_eq!(next(Load::Full, &room(1_100, 0)), Load::Full);
        assert_eq!(next(Load::Full, &room(1_300, 0)), Load::Normal);
        assert_eq!(next(Load::Normal, &room(9_999, 2_049)), Load::Full);
        assert_eq!(next(Load::Full, &room(9_999, 1_000)), Load::Normal);
        let low = Pressure {
            battery_is_low: true,
            ..pressure(0.0)
        };
        assert_eq!(next(Load::Normal, &low), Load::Slower);
    }
}
