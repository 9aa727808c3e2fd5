//! How far the database had come, sealed outside of it. SQLCipher cannot tell an older copy of itself from the newest, and SQLite drops
//! the end of a damaged log without a word: this mark notices both.

use crate::{
    entropy::Entropy,
    error::Result,
    files,
    keys::{self, Key},
};
use std::{
    io::{Seek, Write},
    path::{Path, PathBuf},
};

/// Two slots, written in turn: a torn write leaves the other.
pub(crate) struct HighWater {
    slots: [PathBuf; 2],
    key: Key,
    writes: u64,
}

/// What was read at opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Commits that were made, and whether the last run ended properly.
    Known {
        /// Commits.
        sequence: i64,
        /// The last run closed the store.
        closed: bool,
    },
    /// There is no mark.
    None,
    /// There are files, and none opens.
    Damaged,
}

impl HighWater {
    /// Reads the newer of the two slots.
    pub fn open(folder: &Path, key: Key) -> (Self, Mark) {
        let slots = [folder.join("high.0"), folder.join("high.1")];
        let read: Vec<_> = slots.iter().map(|slot| read(slot, &key)).collect();
        let newest = read
            .iter()
            .flatten()
            .flatten()
            .max_by_key(|(writes, ..)| *writes);
        let (writes, mark) = match newest {
            Some((writes, sequence, closed)) => (
                *writes,
                Mark::Known {
                    sequence: *sequence,
                    closed: *closed,
                },
            ),
            None if read.iter().any(Option::is_some) => (0, Mark::Damaged),
            None => (0, Mark::None),
        };
        (Self { slots, key, writes }, mark)
    }

    /// Writes the mark. Only after a checkpoint need it be `synced`: in between it may lag behind, never run ahead.
    pub fn write(
        &mut self,
        sequence: i64,
        closed: bool,
        synced: bool,
        entropy: &Entropy,
    ) -> Result<()> {
        self.writes += 1;
        let mut plain = self.writes.to_le_bytes().to_vec();
        plain.extend(sequence.to_le_bytes());
        plain.push(u8::from(closed));
        let slot = &self.slots[(self.writes % 2) as usize];
        let sealed = keys::seal(&self.key, entropy.draw(), ABOUT, &plain);
        let mut file = files::private_file(slot, false)?;
        file.rewind()?;
        file.write_all(&sealed)?;
        if synced {
            files::sync(&file)?;
        }
        Ok(())
    }
}

/// Removes both slots, because another database takes the place of the one they speak of.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    for slot in ["high.0", "high.1"] {
        files::remove(&folder.join(slot))?;
    }
    files::sync_folder(folder)
}

const ABOUT: &[u8] = b"afterimage/high/1";

/// The outer `None` when there is no file, the inner when it does not open: writes, commits, closed.
fn read(slot: &Path, key: &Key) -> Option<Option<(u64, i64, bool)>> {
    let sealed = std::fs::read(slot).ok()?;
    let parse = || {
        let plain = keys::unseal(key, ABOUT, &sealed)?;
        let (writes, rest) = plain.split_first_chunk()?;
        let (sequence, closed) = rest.split_first_chunk()?;
        Some((
            u64::from_le_bytes(*writes),
            i64::from_le_bytes(*sequence),
            closed == [1],
        ))
    };
    Some(parse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_slot_that_opens_counts() {
        let folder = tempfile::tempdir().unwrap();
        let key = || Key::new([5; 32]);
        let (mut high, mark) = HighWater::open(folder.path(), key());
        assert_eq!(mark, Mark::None);
        for sequence in 1..=3 {
            let closed = sequence == 3;
            high.write(sequence, closed, true, &Entropy::system())
                .unwrap();
        }
        let mark = |sequence, closed| Mark::Known { sequence, closed };
        assert_eq!(HighWater::open(folder.path(), key()).1, mark(3, true));
        std::fs::write(folder.path().join("high.1"), b"torn").unwrap();
        assert_eq!(HighWater::open(folder.path(), key()).1, mark(2, false));
        std::fs::write(folder.path().join("high.0"), b"torn").unwrap();
        assert_eq!(HighWater::open(folder.path(), key()).1, Mark::Damaged);
    }
}
