//! A profile folder: who may open it, and the keys once it is open.

use crate::{entropy::Entropy, error::Result};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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

/// Argon2id parameters.
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
    fn default() -> Self {
        Self {
            memory_kib: 128 << 10,
            passes: 3,
            lanes: 4,
        }
    }
}

/// An unlocked profile: its folder, its keys and the lock that keeps other engines out.
pub struct Profile {}

impl Profile {
    /// Makes a profile in `home` (created if missing) and unlocks it.
    pub fn create(home: &Path, unlock: &Unlock, entropy: &mut Entropy) -> Result<Self> {
        todo!()
    }
    /// Unlocks the profile in `home`. For [`Unlock::Ephemeral`] the folder must have been made with the same key.
    pub fn unlock(home: &Path, unlock: &Unlock) -> Result<Self> {
        todo!()
    }
    /// How the profile in `home` can be opened; `None` when there is none.
    pub fn slots(home: &Path) -> Result<Option<Slots>> {
        todo!()
    }
    /// Its folder.
    pub fn home(&self) -> &Path {
        todo!()
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

fn _p(_: PathBuf) {}
