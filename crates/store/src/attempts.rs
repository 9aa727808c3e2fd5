//! Slowing down whoever guesses: after five wrong attempts each further one has to wait, twice as long each time, up to 30 seconds.
//!
//! The count lies beside the key file, in clear: it must be read before there is a key. It keeps off a person at the keyboard and programs that
//! go through the engine. Whoever copies the key file guesses on a machine of their own, and is held off by Argon2id alone. A file that is
//! missing or damaged counts as the longest wait from now, so deleting it never shortens one. It is changed in place, at a length that never
//! grows, so that a full disk locks nobody out.

use crate::{
    error::{Result, StoreError},
    files,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    io::{Seek, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

/// Wrong attempts that cost nothing but what the passphrase costs.
const FREE: u32 = 5;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);
/// Bytes of the file, whatever it says.
const LENGTH: usize = 256;

/// A reading of two clocks: one that people set, and one that only runs, also while the machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Milliseconds since 1970.
    pub wall: afterimage_domain::Timestamp,
    /// Which start of the machine `since_boot` counts from; nil where the system does not tell.
    pub boot: Uuid,
    /// Since that start.
    pub since_boot: Duration,
}

impl Clocks {
    /// Before anything.
    pub(crate) const NEVER: Self = Self {
        wall: afterimage_domain::Timestamp::from_millis(0),
        boot: Uuid::nil(),
        since_boot: Duration::ZERO,
    };
}

/// How often somebody was wrong, and when last.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Attempts {
    failures: u32,
    wall_ms: i64,
    boot: Uuid,
    since_boot_ms: u64,
    check: String,
}

/// Runs `guess` unless it has to wait. It counts as wrong before it begins, so that ending the process half way does not help.
///
/// # Errors
/// [`StoreError::TooManyAttempts`] with the seconds left, or what `guess` says.
pub(crate) fn guess<T>(
    home: &Path,
    profile: Uuid,
    now: Clocks,
    guess: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let left = wait(home, profile, now);
    if !left.is_zero() {
        // A file that cannot be read begins to count now.
        if read(home, profile).is_none() {
            write(home, profile, FREE + 5, now)?;
        }
        return Err(StoreError::TooManyAttempts {
            seconds: left.as_millis().div_ceil(1_000) as u32,
        });
    }
    let failures = read(home, profile).map_or(0, |attempts| attempts.failures);
    write(home, profile, failures.saturating_add(1), now)?;
    let opened = guess();
    let is_wrong = matches!(
        opened,
        Err(StoreError::WrongPassphrase | StoreError::WrongRecovery)
    );
    match (&opened, is_wrong) {
        (Ok(_), _) => write(home, profile, 0, now)?,
        (Err(_), true) => {}
        // What failed for another reason was no guess.
        (Err(_), false) => write(home, profile, failures, now)?,
    }
    opened
}

/// Begins to count for a profile.
pub(crate) fn begin(home: &Path, profile: Uuid, now: Clocks) -> Result<()> {
    write(home, profile, 0, now)
}

/// How long the next attempt has to wait.
pub(crate) fn wait(home: &Path, profile: Uuid, now: Clocks) -> Duration {
    let Some(attempts) = read(home, profile) else {
        return LONGEST;
    };
    let passed = match attempts.boot == now.boot && !now.boot.is_nil() {
        true => now
            .since_boot
            .saturating_sub(Duration::from_millis(attempts.since_boot_ms)),
        // Another start of the machine: only the clock on the wall is left. Set back, it gives nothing.
        false => {
            Duration::from_millis(now.wall.millis().saturating_sub(attempts.wall_ms).max(0) as u64)
        }
    };
    cost(attempts.failures).saturating_sub(passed)
}

/// What an attempt waits for after so many wrong ones.
fn cost(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1 << more.min(5)).min(LONGEST),
    }
}

fn read(home: &Path, profile: Uuid) -> Option<Attempts> {
    let text = std::fs::read_to_string(path(home)).ok()?;
    let attempts: Attempts = serde_json::from_str(&text).ok()?;
    (attempts.check == attempts.checked(profile)).then_some(attempts)
}

/// A disk that is full takes this all the same, where files are changed in place; where not, the attempt is not counted.
fn write(home: &Path, profile: Uuid, failures: u32, now: Clocks) -> Result<()> {
    let mut attempts = Attempts {
        failures,
        wall_ms: now.wall.millis(),
        boot: now.boot,
        since_boot_ms: now.since_boot.as_millis() as u64,
        check: String::new(),
    };
    attempts.check = attempts.checked(profile);
    let mut text = serde_json::to_vec(&attempts)?;
    text.resize(LENGTH, b' ');
    let written = || -> Result<()> {
        let mut file = files::private_file(&path(home), false)?;
        file.rewind()?;
        file.write_all(&text)?;
        Ok(file.sync_data()?)
    };
    match written() {
        Err(StoreError::DiskFull) => Ok(()),
        other => other,
    }
}

impl Attempts {
    fn checked(&self, profile: Uuid) -> String {
        let Self {
            failures,
            wall_ms,
            boot,
            since_boot_ms,
            ..
        } = self;
        let said = format!("{profile}|{failures}|{wall_ms}|{boot}|{since_boot_ms}");
        crate::keyslots::hex(&Sha256::digest(said)[..8])
    }
}

/// Where the count lies.
pub(crate) fn path(home: &Path) -> PathBuf {
    home.join("attempts.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Uuid = Uuid::from_u128(7);

    fn at(seconds: u64) -> Clocks {
        Clocks {
            wall: afterimage_domain::Timestamp::from_millis(1_000_000 + seconds as i64 * 1_000),
            boot: Uuid::from_u128(1),
            since_boot: Duration::from_secs(seconds),
        }
    }

    fn wrong(home: &Path, now: Clocks) -> Result<()> {
        guess(home, ME, now, || Err(StoreError::WrongPassphrase))
    }

    fn started() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        begin(folder.path(), ME, at(0)).unwrap();
        folder
    }

    #[test]
    fn k6_after_five_wrong_attempts_each_one_waits_twice_as_long_up_to_half_a_minute() {
        let folder = started();
        let mut now = 100;
        for _ in 0..FREE {
            assert!(matches!(
                wrong(folder.path(), at(now)),
                Err(StoreError::WrongPassphrase)
            ));
        }
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let refused = wrong(folder.path(), at(now));
            assert!(
                matches!(refused, Err(StoreError::TooManyAttempts { seconds }) if seconds == expected),
                "{expected}: {refused:?}"
            );
            now += u64::from(expected);
            assert!(matches!(
                wrong(folder.path(), at(now)),
                Err(StoreError::WrongPassphrase)
            ));
        }
        now += 30;
        guess(folder.path(), ME, at(now), || Ok(())).unwrap();
        assert!(
            wait(folder.path(), ME, at(now)).is_zero(),
            "a right one ends it"
        );
    }

    #[test]
    fn k6_ending_the_process_half_way_through_an_attempt_does_not_help() {
        let folder = started();
        for _ in 0..FREE {
            let ended = std::panic::catch_unwind(|| {
                guess(folder.path(), ME, at(1), || -> Result<()> {
                    panic!("ended")
                })
            });
            assert!(ended.is_err());
        }
        assert_eq!(wait(folder.path(), ME, at(1)), Duration::from_secs(1));
    }

    #[test]
    fn k6_deleting_or_changing_the_count_costs_the_longest_wait() {
        let folder = started();
        let spoilt: [fn(&Path); 3] = [
            |file| std::fs::remove_file(file).unwrap(),
            |file| std::fs::write(file, b"{}").unwrap(),
            |file| {
                let text = std::fs::read_to_string(file).unwrap();
                std::fs::write(file, text.replace("\"failures\":", "\"failures\":1")).unwrap();
            },
        ];
        for (turn, spoil) in (1..).zip(spoilt) {
            spoil(&path(folder.path()));
            let now = turn * 1_000;
            let refused = wrong(folder.path(), at(now));
            assert!(matches!(
                refused,
                Err(StoreError::TooManyAttempts { seconds: 30 })
            ));
            let later = wrong(folder.path(), at(now + 29));
            assert!(matches!(
                later,
                Err(StoreError::TooManyAttempts { seconds: 1 })
            ));
            guess(folder.path(), ME, at(now + 31), || Ok(())).unwrap();
        }
    }

    #[test]
    fn k6_neither_a_restart_of_the_machine_nor_a_clock_set_back_shortens_a_wait() {
        let folder = started();
        for _ in 0..9 {
            write(folder.path(), ME, 12, at(50)).unwrap();
        }
        let another_start = |seconds| Clocks {
            boot: Uuid::from_u128(2),
            since_boot: Duration::from_secs(900),
            ..at(seconds)
        };
        assert_eq!(wait(folder.path(), ME, another_start(10)), LONGEST);
        assert_eq!(
            wait(folder.path(), ME, another_start(60)),
            Duration::from_secs(20)
        );
        let set_forward = Clocks {
            wall: afterimage_domain::Timestamp::from_millis(i64::MAX / 2),
            ..at(51)
        };
        assert_eq!(
            wait(folder.path(), ME, set_forward),
            Duration::from_secs(29)
        );
    }

    #[test]
    fn k6_what_is_no_guess_does_not_count() {
        let folder = started();
        for _ in 0..20 {
            let other = guess::<()>(folder.path(), ME, at(1), || {
                Err(StoreError::MistypedRecovery)
            });
            assert!(matches!(other, Err(StoreError::MistypedRecovery)));
        }
        assert!(wait(folder.path(), ME, at(1)).is_zero());
    }
}
