//! Changing the ways of opening a profile. Each change needs a way that opens it now, and leaves one that does whenever the process ends.

use crate::{
    attempts::{self, Clocks},
    entropy::Entropy,
    error::{Result, StoreError},
    keys::Key,
    keyslots::{Keyslots, Secrets},
    profile::{self, PassphraseCost, Profile, Unlock, Way},
    strength,
};
use secrecy::SecretString;
use std::{path::Path, time::Duration};

/// What opens the vault; wiped when dropped.
pub struct VaultKey(pub(crate) Key);

impl Profile {
    /// Sets the passphrase, in the place of the one before; `by` is any way that opens the profile now. `tied` as in
    /// [`Self::tie_passphrase`]; `None`: as the one before was. The engine that has the profile open calls this, one change at a time.
    ///
    /// # Errors
    /// [`StoreError::WeakPassphrase`] when it is too easy to guess; [`StoreError::NoKeychain`] when it is to be tied and no keychain answers.
    pub fn set_passphrase(
        home: &Path,
        by: &Unlock,
        new: &SecretString,
        cost: PassphraseCost,
        tied: Option<bool>,
        now: Clocks,
        entropy: &Entropy,
    ) -> Result<()> {
        strength::demand(new)?;
        change(home, by, now, entropy, |slots, secrets| {
            let tied = tied.unwrap_or(slots.slots().tied);
            slots.put_passphrase(secrets, new, cost, tied, entropy)
        })
    }

    /// Ties the passphrase to a secret in the system keychain, or unties it: tied, the key file opens by it on this computer only, and
    /// whoever copies the file has nothing to guess at. Without the keychain only the recovery code opens the profile then.
    pub fn tie_passphrase(
        home: &Path,
        passphrase: &SecretString,
        tied: bool,
        now: Clocks,
        entropy: &Entropy,
    ) -> Result<()> {
        let cost = read(home)?.cost().unwrap_or_default();
        let by = Unlock::Passphrase {
            passphrase: passphrase.clone(),
            cost,
        };
        change(home, &by, now, entropy, |slots, secrets| {
            match slots.slots() {
                held if held.tied == tied => Ok(()),
                held if tied && !held.recovery => Err(StoreError::Refused(
                    "draw a recovery code first: without the keychain nothing else would open the profile",
                )),
                _ => slots.put_passphrase(secrets, passphrase, cost, tied, entropy),
            }
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
        let tied = slots.slots().tied;
        slots.put_passphrase(&secrets, passphrase, cost, tied, entropy)?;
        slots.write(home, &secrets.master)?;
        Ok(true)
    }

    /// Keeps the key file in the system keychain too, for the day both files are damaged; whether it is there now. Nothing is done where it
    /// is there already or the file is too long. The keychain may ask the user to unlock it.
    pub fn keep_copy(home: &Path) -> Result<bool> {
        Keyslots::keep_copy(home)
    }

    /// What a guess of the passphrase costs; `None` without one.
    pub fn cost(home: &Path) -> Result<Option<PassphraseCost>> {
        Ok(Keyslots::read(home)?.and_then(|slots| slots.cost()))
    }

    /// What opens the vault, by the passphrase or the recovery code.
    pub fn vault_key(home: &Path, by: &Unlock, now: Clocks) -> Result<VaultKey> {
        let secrets = profile::open(home, &mut read(home)?, by, now)?;
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
    let (mut slots, source) =
        Keyslots::find(home)?.ok_or_else(|| StoreError::NoProfile(home.into()))?;
    let mut secrets = profile::open(home, &mut slots, by, now)?;
    if let Some(warning) = slots.mend(home, source, &secrets.master)? {
        tracing::warn!(?warning, "found while changing the ways of opening");
    }
    let before = slots.slots();
    match (slots.has_vault(), &secrets.vault) {
        // A slot made now would not open the vault.
        (true, None) => return Err(StoreError::VaultClosed),
        (false, None) => secrets.vault = Some(Key::new(entropy.draw())),
        _ => {}
    }
    slots.rewrap(&secrets, entropy);
    let changed = change(&mut slots, &secrets)?;
    if slots.has_vault() && !attempts::path(home).exists() {
        attempts::begin(home, slots.profile, now)?;
    }
    slots.write(home, &secrets.master)?;
    slots.tidy_keychain(before);
    Ok(changed)
}

fn read(home: &Path) -> Result<Keyslots> {
    Keyslots::read(home)?.ok_or_else(|| StoreError::NoProfile(home.into()))
}
