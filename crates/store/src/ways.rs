//! Changing the ways of opening a profile. Each change needs a way that opens it now, and leaves one that does whenever the process ends.

use crate::{
    attempts::{self, Clocks},
    entropy::Entropy,
    error::{Result, StoreError},
    keys::Key,
    keyslots::{Keyslots, Secrets},
    profile::{self, PassphraseCost, Profile, Unlock, Way},
};
use secrecy::SecretString;
use std::{path::Path, time::Duration};

/// What opens the vault; wiped when dropped.
pub struct VaultKey(pub(crate) Key);

impl Profile {
    /// Sets the passphrase, in the place of the one before; `by` is any way that opens the profile now. The engine that has the profile
    /// open calls this, one change at a time.
    pub fn set_passphrase(
        home: &Path,
        by: &Unlock,
        new: &SecretString,
        cost: PassphraseCost,
        now: Clocks,
        entropy: &Entropy,
    ) -> Result<()> {
        change(home, by, now, entropy, |slots, secrets| {
            slots.put_passphrase(secrets, new, cost, entropy)
        })
    }

    /// Draws a new recovery code; the one before opens nothing any more. It is not kept: show it once.
    pub fn renew_recovery(
        home: &Path,
        by: &Unlock,
        now: Clocks,
        entropy: &Entropy,
    ) -> Result<SecretString> {
        change(home, by, now, entropy, |slots, secrets| {
            Ok(slots.put_recovery(secrets, entropy))
        })
    }

    /// Lets the system keychain open the profile. It does not open the vault.
    pub fn add_keychain(home: &Path, by: &Unlock, now: Clocks, entropy: &Entropy) -> Result<()> {
        change(home, by, now, entropy, |slots, secrets| {
            slots.put_keychain(secrets, entropy)
        })
    }

    /// Takes a way of opening away; never the last, nor the last that opens the vault.
    pub fn remove_way(
        home: &Path,
        by: &Unlock,
        way: Way,
        now: Clocks,
        entropy: &Entropy,
    ) -> Result<()> {
        change(home, by, now, entropy, |slots, _| slots.remove(way))
    }

    /// Makes a guess of the passphrase cost more, if it costs less than `cost`; whether it did. The passphrase opened the profile a moment ago,
    /// so this is no attempt, and ending the process half way is none that failed.
    pub fn raise_cost(
        home: &Path,
        passphrase: &SecretString,
        cost: PassphraseCost,
        entropy: &Entropy,
    ) -> Result<bool> {
        let mut slots = read(home)?;
        if slots
            .cost()
            .is_none_or(|held| held.memory_kib >= cost.memory_kib)
        {
            return Ok(false);
        }
        let secrets = slots.open(&Unlock::Passphrase {
            passphrase: passphrase.clone(),
            cost,
        })?;
        slots.put_passphrase(&secrets, passphrase, cost, entropy)?;
        slots.write(home)?;
        Ok(true)
    }

    /// What a guess of the passphrase costs; `None` without one.
    pub fn cost(home: &Path) -> Result<Option<PassphraseCost>> {
        Ok(Keyslots::read(home)?.and_then(|slots| slots.cost()))
    }

    /// What opens the vault, by the passphrase or the recovery code.
    pub fn vault_key(home: &Path, by: &Unlock, now: Clocks) -> Result<VaultKey> {
        let secrets = profile::open(home, &read(home)?, by, now)?;
        secrets.vault.map(VaultKey).ok_or(StoreError::VaultClosed)
    }

    /// How long the next attempt to open the profile by something that can be guessed has to wait.
    pub fn wait(home: &Path, now: Clocks) -> Result<Duration> {
        let slots = Keyslots::read(home)?;
        let counts = slots.filter(|slots| slots.has_vault() || attempts::path(home).exists());
        Ok(counts.map_or(Duration::ZERO, |slots| {
            attempts::wait(home, slots.profile, now)
        }))
    }
}

/// Opens the slots, changes them and writes them.
fn change<T>(
    home: &Path,
    by: &Unlock,
    now: Clocks,
    entropy: &Entropy,
    change: impl FnOnce(&mut Keyslots, &Secrets) -> Result<T>,
) -> Result<T> {
    let mut slots = read(home)?;
    let before = slots.slots();
    let mut secrets = profile::open(home, &slots, by, now)?;
    match (slots.has_vault(), &secrets.vault) {
        // A slot made now would not open the vault.
        (true, None) => return Err(StoreError::VaultClosed),
        (false, None) => secrets.vault = Some(Key::new(entropy.draw())),
        _ => {}
    }
    let changed = change(&mut slots, &secrets)?;
    if slots.has_vault() && !attempts::path(home).exists() {
        attempts::begin(home, slots.profile, now)?;
    }
    slots.write(home)?;
    if before.keychain && !slots.slots().keychain {
        slots.forget_keychain();
    }
    Ok(changed)
}

fn read(home: &Path) -> Result<Keyslots> {
    Keyslots::read(home)?.ok_or_else(|| StoreError::NoProfile(home.into()))
}
