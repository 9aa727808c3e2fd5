//! A profile folder: who may open it, and the keys once it is open.
//!
//! ```text
//! instance.lock         held by the engine that has it open
//! keyslots.json         the wrapped keys (keyslots.prev.json: its copy)
//! attempts.json         how often somebody gave a wrong passphrase
//! db/main.db            everything but pictures, SQLCipher
//! blob/aa/….b           pictures, sealed, one key each
//! spool/….s             intakes not yet safe in the database, sealed
//! idx/….x               snapshot of the vector index, sealed
//! seal/high.0, high.1   how far the database had come, sealed
//! backup/….db           verified copies of the database; ….rows: what each says it holds, sealed
//! backup/blob/aa/….b    the pictures of those copies: second names of the files in blob
//! arriving, archive, restore, drill      work that is under way; what an interrupted one leaves is removed at the next start
//! reserve               empty room, given up so that one can forget on a full disk
//! ```

use crate::{
    archive,
    attempts::{self, Clocks},
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{self, Key, Keys},
    keyslots::{COST_CEILING_KIB, Keyslots, Secrets},
    strength,
    types::Warning,
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
    /// By the recovery code; it opens, and makes nothing.
    Recovery(SecretString),
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

impl PassphraseCost {
    /// The cost at which a guess that took `took` at this cost takes about a second: memory is doubled while it stays within 1.2 s and within
    /// `most_kib`. `None` when this is enough already. It never falls.
    pub fn raised(self, took: Duration, most_kib: u32) -> Option<Self> {
        let most = most_kib.min(COST_CEILING_KIB);
        let (mut memory_kib, mut took) = (self.memory_kib, took);
        while took * 2 <= LONGEST_GUESS && memory_kib.saturating_mul(2) <= most {
            memory_kib *= 2;
            took *= 2;
        }
        (memory_kib > self.memory_kib).then_some(Self { memory_kib, ..self })
    }
}

/// What a guess may take: the engine's start comes on top of it, and a busy machine takes twice as long.
const LONGEST_GUESS: Duration = Duration::from_millis(1_200);

/// A way of opening a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// The system keychain.
    Keychain,
    /// A passphrase.
    Passphrase,
    /// The recovery code.
    Recovery,
}

/// Which ways of opening a profile has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The system keychain.
    pub keychain: bool,
    /// A passphrase.
    pub passphrase: bool,
    /// A recovery code.
    pub recovery: bool,
    /// Whether the passphrase needs a secret of the system keychain beside it.
    pub tied: bool,
}

/// An unlocked profile: its folder, its keys and the lock that keeps other engines out.
pub struct Profile {
    pub(crate) home: PathBuf,
    pub(crate) keys: Keys,
    pub(crate) vault: Option<Key>,
    pub(crate) lock: File,
    pub(crate) key_file: KeyFile,
    recovery: Option<SecretString>,
}

/// The key file a profile was opened with.
#[derive(Default)]
pub(crate) struct KeyFile {
    /// How often its ways were changed; `None` without a key file.
    pub generation: Option<u64>,
    /// What was wrong with it.
    pub warning: Option<Warning>,
}

impl Profile {
    /// The same keys over another folder, under the same lock; the vault stays closed.
    pub(crate) fn within(&self, folder: &Path) -> Result<Self> {
        let lock = self.lock.try_clone()?;
        Ok(Self::inside(folder, self.keys.clone(), None, lock))
    }

    /// Makes a profile in `home` (made if missing, and closed to other users) and unlocks it.
    pub fn create(home: &Path, unlock: &Unlock, entropy: &Entropy) -> Result<Self> {
        files::private_folder(home)?;
        archive::clear_half_read(home)?;
        let lock = take_lock(home)?;
        refuse_used(home)?;
        demand_strength(unlock)?;
        for folder in FOLDERS {
            files::private_folder(&home.join(folder))?;
        }
        files::private_file(&database(home), false)?;
        files::sync_folder(home)?;
        if let Unlock::Ephemeral(key) = unlock {
            return Ok(Self::ephemeral(home, key, lock));
        }
        let secrets = Secrets {
            master: Key::new(entropy.draw()),
            vault: Some(Key::new(entropy.draw())),
            opened: None,
        };
        let (slots, recovery) = make_slots(home, unlock, &secrets, entropy)?;
        Ok(Self {
            key_file: slots.key_file(None),
            recovery: Some(recovery),
            ..Self::opened(home, secrets, slots.profile, lock)
        })
    }

    /// Unlocks the profile in `home`. Wrong passphrases and recovery codes are counted, and slow down the next attempts.
    pub fn unlock(home: &Path, unlock: &Unlock, now: Clocks, entropy: &Entropy) -> Result<Self> {
        let found = match home.is_dir() {
            true => Keyslots::find(home)?,
            false => None,
        };
        let known = found.is_some() || matches!(unlock, Unlock::Ephemeral(_));
        if !known || !database(home).exists() {
            return Err(StoreError::NoProfile(home.into()));
        }
        let lock = take_lock(home)?;
        let (mut slots, source) = match (unlock, found) {
            (Unlock::Ephemeral(key), None) => return Ok(Self::ephemeral(home, key, lock)),
            (Unlock::Ephemeral(_), Some(_)) | (_, None) => return Err(StoreError::WrongKey),
            (_, Some(found)) => found,
        };
        let mut secrets = open(home, &mut slots, unlock, now)?;
        let mended = slots.mend(home, source, &secrets.master);
        let warning = mended.unwrap_or_else(|error| {
            tracing::warn!(%error, "the key file could not be mended");
            None
        });
        if let Err(error) = give_vault(home, &mut slots, &mut secrets, unlock, entropy) {
            tracing::warn!(%error, "the key file could not be brought up to date");
        }
        Ok(Self {
            key_file: slots.key_file(warning),
            ..Self::opened(home, secrets, slots.profile, lock)
        })
    }

    /// The profile in a folder where work is done on a copy, under keys the caller has.
    pub(crate) fn inside(folder: &Path, keys: Keys, vault: Option<Key>, lock: File) -> Self {
        Self {
            home: folder.into(),
            keys,
            vault,
            lock,
            key_file: KeyFile::default(),
            recovery: None,
        }
    }

    /// A profile that came whole out of an archive.
    pub(crate) fn arrived(
        home: &Path,
        secrets: Secrets,
        profile: Uuid,
        lock: File,
        recovery: SecretString,
    ) -> Self {
        Self {
            recovery: Some(recovery),
            ..Self::opened(home, secrets, profile, lock)
        }
    }

    /// How the profile in `home` can be opened; `None` when there is none.
    pub fn slots(home: &Path) -> Result<Option<Slots>> {
        Ok(Keyslots::read(home)?.map(|slots| slots.slots()))
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The recovery code of a profile that was just made. It is not kept: show it once.
    pub fn take_recovery(&mut self) -> Option<SecretString> {
        self.recovery.take()
    }

    fn opened(home: &Path, secrets: Secrets, profile: Uuid, lock: File) -> Self {
        Self {
            home: home.into(),
            keys: Keys::derive(&secrets.master, profile),
            vault: secrets.vault,
            lock,
            key_file: KeyFile::default(),
            recovery: None,
        }
    }

    /// Nobody else has its key, so its vault needs none that is asked for again.
    fn ephemeral(home: &Path, master: &Key, lock: File) -> Self {
        let vault = keys::derive(
            master.as_slice(),
            Uuid::nil(),
            "afterimage/v1/ephemeral/vault",
        );
        let secrets = Secrets {
            master: master.clone(),
            vault: Some(vault),
            opened: None,
        };
        Self::opened(home, secrets, Uuid::nil(), lock)
    }
}

/// What a way of opening gives. What can be guessed is slowed down. Where the key file and its copy differ though they are of one change,
/// somebody altered one of them: then `slots` becomes the one that opens.
pub(crate) fn open(home: &Path, slots: &mut Keyslots, by: &Unlock, now: Clocks) -> Result<Secrets> {
    let (profile, has_vault) = (slots.profile, slots.has_vault());
    let mut open = || match (slots.open(by), slots.twin(home)) {
        (Err(error), Some(twin)) => {
            let secrets = twin.open(by).map_err(|_| error)?;
            *slots = twin;
            Ok(secrets)
        }
        (opened, _) => opened,
    };
    match by {
        Unlock::Keychain | Unlock::Ephemeral(_) => open(),
        Unlock::Passphrase { .. } | Unlock::Recovery(_) => {
            // One from before attempts were counted begins to count.
            if !has_vault && !attempts::path(home).exists() {
                attempts::begin(home, profile, now)?;
            }
            attempts::guess(home, profile, now, open)
        }
    }
}

/// Gives the vault of an older profile a key of its own.
fn give_vault(
    home: &Path,
    slots: &mut Keyslots,
    secrets: &mut Secrets,
    by: &Unlock,
    entropy: &Entropy,
) -> Result<()> {
    let (Unlock::Passphrase { passphrase, cost }, false) = (by, slots.has_vault()) else {
        return Ok(());
    };
    let with_vault = Secrets {
        master: secrets.master.clone(),
        vault: Some(Key::new(entropy.draw())),
        opened: None,
    };
    let cost = slots.cost().unwrap_or(*cost);
    slots.put_passphrase(&with_vault, passphrase, cost, false, entropy)?;
    slots.write(home, &with_vault.master)?;
    *secrets = with_vault;
    Ok(())
}

/// Where the database lies.
pub(crate) fn database(home: &Path) -> PathBuf {
    home.join("db").join("main.db")
}

/// Whether anything was ever stored in `home`.
pub(crate) fn has_database(home: &Path) -> bool {
    std::fs::metadata(database(home)).is_ok_and(|file| file.len() > 0)
}

fn make_slots(
    home: &Path,
    unlock: &Unlock,
    secrets: &Secrets,
    entropy: &Entropy,
) -> Result<(Keyslots, SecretString)> {
    let profile = uuid::Builder::from_random_bytes(entropy.draw()).into_uuid();
    let (mut slots, recovery) = slots_for(profile, unlock, secrets, entropy)?;
    attempts::begin(home, profile, Clocks::NEVER)?;
    slots.write(home, &secrets.master)?;
    Ok((slots, recovery))
}

/// The key file of a new profile, not written yet, and its recovery code.
pub(crate) fn slots_for(
    profile: Uuid,
    unlock: &Unlock,
    secrets: &Secrets,
    entropy: &Entropy,
) -> Result<(Keyslots, SecretString)> {
    let mut slots = Keyslots::new(profile);
    match unlock {
        Unlock::Keychain => slots.put_keychain(secrets, entropy)?,
        Unlock::Passphrase { passphrase, cost } => {
            slots.put_passphrase(secrets, passphrase, *cost, false, entropy)?;
        }
        Unlock::Recovery(_) | Unlock::Ephemeral(_) => {
            return Err(StoreError::Refused(
                "a profile is made with a passphrase or the keychain; its recovery code is drawn",
            ));
        }
    }
    let recovery = slots.put_recovery(secrets, entropy);
    Ok((slots, recovery))
}

/// Refuses to make a profile under a passphrase that is too easy to guess.
pub(crate) fn demand_strength(unlock: &Unlock) -> Result<()> {
    match unlock {
        Unlock::Passphrase { passphrase, .. } => strength::demand(passphrase),
        Unlock::Keychain | Unlock::Recovery(_) | Unlock::Ephemeral(_) => Ok(()),
    }
}

/// A new profile takes no other's place, nor that of a database whose keys were lost.
pub(crate) fn refuse_used(home: &Path) -> Result<()> {
    match has_database(home) || Keyslots::read(home)?.is_some() {
        true => Err(StoreError::ProfileExists(home.into())),
        false => Ok(()),
    }
}

/// How often the lock of an engine that is ending is tried, and the pause between: half a second in all.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// The lock outlives an engine by moments: until the system has taken it down, and while a program it was just starting
/// still has its files.
pub(crate) fn take_lock(home: &Path) -> Result<File> {
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

/// The lock, if nobody has it now.
pub(crate) fn try_lock(home: &Path) -> Result<Option<File>> {
    let file = files::private_file(&home.join("instance.lock"), false)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
