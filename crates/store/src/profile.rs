//! A profile folder: who may open it, and the keys once it is open.
//!
//! ```text
//! instance.lock         held by the engine that has it open
//! keyslots.json         the wrapped master key (keyslots.prev.json: its copy)
//! db/main.db            everything but pictures, SQLCipher
//! blob/aa/….b           pictures, sealed, one key each
//! spool/….s             intakes not yet safe in the database, sealed
//! idx/….x               snapshot of the vector index, sealed
//! seal/high.0, high.1   how far the database had come, sealed
//! backup/….db           verified copies of the database
//! reserve               empty room, given up so that one can forget on a full disk
//! ```

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{Key, Keys},
    keyslots::Keyslots,
};
use secrecy::SecretString;
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The folders of every profile.
pub(crate) const FOLDERS: [&str; 5] = ["db", "blob", "spool", "idx", "seal"];

/// The shortest passphrase that is taken, in characters.
pub const PASSPHRASE_FLOOR: usize = 8;

/// How a profile is opened.
pub enum Unlock {
    /// By the system keychain.
    Keychain,
    /// By a passphrase.
    Passphrase {
        /// The passphrase.
        passphrase: SecretString,
        /// What a guess costs; used when the slot is made, read from the slot afterwards.
        cost: PassphraseCost,
    },
    /// By a key the caller holds; nothing about it is written. For evaluation and tests.
    Ephemeral(Zeroizing<[u8; 32]>),
}

/// Argon2id parameters. The default is what a real profile uses; cheaper ones are for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PassphraseCost {
    /// 128 MiB, 3 passes, 4 lanes: 0.9 s on two cores of 2026.
    fn default() -> Self {
        Self {
            memory_kib: 128 << 10,
            passes: 3,
            lanes: 4,
        }
    }
}

/// Which ways of opening a profile has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The system keychain.
    pub keychain: bool,
    /// A passphrase.
    pub passphrase: bool,
}

/// An unlocked profile: its folder, its keys and the lock that keeps other engines out.
pub struct Profile {
    pub(crate) home: PathBuf,
    pub(crate) keys: Keys,
    pub(crate) lock: File,
}

impl Profile {
    /// Makes a profile in `home` (made if missing, and closed to other users) and unlocks it.
    pub fn create(home: &Path, unlock: &Unlock, entropy: &Entropy) -> Result<Self> {
        files::private_folder(home)?;
        let lock = take_lock(home)?;
        let used = std::fs::metadata(database(home)).is_ok_and(|file| file.len() > 0);
        if used || Keyslots::read(home)?.is_some() {
            return Err(StoreError::ProfileExists(home.into()));
        }
        for folder in FOLDERS {
            files::private_folder(&home.join(folder))?;
        }
        files::private_file(&database(home), false)?;
        files::sync_folder(home)?;
        let (master, profile) = match unlock {
            Unlock::Ephemeral(key) => (key.clone(), Uuid::nil()),
            _ => make_slots(home, unlock, entropy)?,
        };
        Ok(Self::opened(home, &master, profile, lock))
    }

    /// Unlocks the profile in `home`.
    pub fn unlock(home: &Path, unlock: &Unlock) -> Result<Self> {
        let slots = if home.is_dir() {
            Keyslots::read(home)?
        } else {
            None
        };
        let known = slots.is_some() || matches!(unlock, Unlock::Ephemeral(_));
        if !known || !database(home).exists() {
            return Err(StoreError::NoProfile(home.into()));
        }
        let lock = take_lock(home)?;
        let (master, profile) = match (unlock, slots) {
            (Unlock::Ephemeral(key), None) => (key.clone(), Uuid::nil()),
            (Unlock::Ephemeral(_), Some(_)) | (_, None) => return Err(StoreError::WrongKey),
            (Unlock::Keychain, Some(slots)) => (slots.open_by_keychain()?, slots.profile),
            (Unlock::Passphrase { passphrase, .. }, Some(slots)) => {
                (slots.open_by_passphrase(passphrase)?, slots.profile)
            }
        };
        Ok(Self::opened(home, &master, profile, lock))
    }

    /// How the profile in `home` can be opened; `None` when there is none.
    pub fn slots(home: &Path) -> Result<Option<Slots>> {
        Ok(Keyslots::read(home)?.map(|slots| slots.slots()))
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    fn opened(home: &Path, master: &Key, profile: Uuid, lock: File) -> Self {
        Self {
            home: home.into(),
            keys: Keys::derive(master, profile),
            lock,
        }
    }
}

/// Where the database lies.
pub(crate) fn database(home: &Path) -> PathBuf {
    home.join("db").join("main.db")
}

fn make_slots(home: &Path, unlock: &Unlock, entropy: &Entropy) -> Result<(Key, Uuid)> {
    let master = Key::new(entropy.draw());
    let profile = uuid::Builder::from_random_bytes(entropy.draw()).into_uuid();
    let mut slots = Keyslots::new(profile);
    match unlock {
        Unlock::Keychain => slots.add_keychain(&master, entropy)?,
        Unlock::Passphrase { passphrase, cost } => {
            slots.add_passphrase(&master, passphrase, *cost, entropy)?;
        }
        Unlock::Ephemeral(_) => {}
    }
    slots.write(home)?;
    Ok((master, profile))
}

/// How often the lock of an engine that is ending is tried, and the pause between: half a second in all.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// The lock outlives an engine by moments: until the system has taken it down, and while a program it was just starting
/// still has its files.
fn take_lock(home: &Path) -> Result<File> {
    let file = files::private_file(&home.join("instance.lock"), false)?;
    for _ in 1..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::AlreadyRunning)
}
