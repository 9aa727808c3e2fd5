//! `keyslots.json`: the master key and the vault's, wrapped once for each way of opening the profile.

mod file;
mod slot;

use self::slot::{Slot, Wrapped};
use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    keychain::{self, Kept},
    keys::{self, Key},
    profile::{KeyFile, PassphraseCost, Slots, Unlock, Way},
    recovery::RecoveryCode,
    types::Warning,
};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The file's content.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Keyslots {
    format: String,
    pub profile: Uuid,
    /// Changes so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    slots: Vec<Slot>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    mac: String,
    check: String,
}

/// What the slots wrap. The keychain wraps the first alone: any program of the user may ask the keychain.
pub(crate) struct Secrets {
    /// Everything but the vault is derived from it.
    pub master: Key,
    /// Opens the vault; `None` when opened by the keychain, or in a profile from before the vault had a key of its own.
    pub vault: Option<Key>,
    /// The slot that gave them, and what unwrapped it.
    pub opened: Option<(Way, Key)>,
}

/// The formats that are read; the first has no MAC and no generation.
const FORMATS: [&str; 2] = ["afterimage/keyslots/1", FORMAT];
const FORMAT: &str = "afterimage/keyslots/2";

/// The most memory a slot may ask for: a forged file must not exhaust the machine. 1 GiB in KiB.
pub(crate) const COST_CEILING_KIB: u32 = 1 << 20;

const BY_KEYCHAIN: &str = "afterimage/v1/slot/keychain";
const BY_PASSPHRASE: &str = "afterimage/v1/slot/pass";
const BY_RECOVERY: &str = "afterimage/v1/slot/recovery";

impl Keyslots {
    /// A profile without any slot.
    pub fn new(profile: Uuid) -> Self {
        Self {
            format: FORMAT.into(),
            profile,
            generation: 0,
            slots: Vec::new(),
            mac: String::new(),
            check: String::new(),
        }
    }

    /// Wraps the master key with a fresh secret in the system keychain. Nothing changes when it is wrapped so already.
    pub fn put_keychain(&mut self, secrets: &Secrets, entropy: &Entropy) -> Result<()> {
        if self.slots().keychain {
            return Ok(());
        }
        let secret = Key::new(entropy.draw());
        keychain::put(self.profile, Kept::Way, &secret)?;
        let wrapping = keys::derive(secret.as_slice(), self.profile, BY_KEYCHAIN);
        let slot = Slot::Keychain {
            keys: Wrapped::default(),
        };
        self.put(slot, &wrapping, secrets, entropy);
        Ok(())
    }

    /// Wraps both keys with a passphrase, in the place of the one before. With `tied`, a secret in the system keychain is needed beside it.
    pub fn put_passphrase(
        &mut self,
        secrets: &Secrets,
        passphrase: &SecretString,
        cost: PassphraseCost,
        tied: bool,
        entropy: &Entropy,
    ) -> Result<()> {
        let salt: [u8; 16] = entropy.draw();
        let tie = match tied {
            true => Some(keychain::get_or_put(self.profile, Kept::Tie, entropy)?),
            false => None,
        };
        let wrapping = stretch(passphrase, &salt, cost, tie.as_ref(), self.profile)?;
        let slot = Slot::Passphrase {
            salt: hex(&salt),
            cost,
            tied,
            keys: Wrapped::default(),
        };
        self.put(slot, &wrapping, secrets, entropy);
        Ok(())
    }

    /// Wraps both keys with a new recovery code, in the place of the one before. The code is not kept anywhere.
    pub fn put_recovery(&mut self, secrets: &Secrets, entropy: &Entropy) -> SecretString {
        let code = RecoveryCode::draw(entropy);
        let wrapping = code.derive(self.profile, BY_RECOVERY);
        let slot = Slot::Recovery {
            keys: Wrapped::default(),
        };
        self.put(slot, &wrapping, secrets, entropy);
        code.shown()
    }

    /// Wraps the slot that was opened anew where it is still wrapped as before; the others wait until they open.
    pub fn rewrap(&mut self, secrets: &Secrets, entropy: &Entropy) {
        let Some((way, wrapping)) = &secrets.opened else {
            return;
        };
        if let Some(slot) = self.slot(*way).filter(|slot| slot.is_earlier()).cloned() {
            self.put(slot, wrapping, secrets, entropy);
        }
    }

    /// Takes a way of opening away. Never the last, and never the last that opens the vault.
    pub fn remove(&mut self, way: Way) -> Result<()> {
        let left: Vec<Slot> = self
            .slots
            .iter()
            .filter(|slot| slot.way() != way)
            .cloned()
            .collect();
        if left.len() == self.slots.len() {
            return Err(StoreError::NotFound("way of opening"));
        }
        if left.is_empty() {
            return Err(StoreError::Refused(
                "this is the last way of opening the profile; add another first",
            ));
        }
        if self.slots().tied && way == Way::Recovery {
            return Err(StoreError::Refused(
                "the passphrase is tied to this computer, so without its keychain only the recovery code opens the profile; untie it first",
            ));
        }
        if self.has_vault() && !left.iter().any(Slot::has_vault) {
            return Err(StoreError::Refused(
                "nothing else opens the vault; set a passphrase or renew the recovery code first",
            ));
        }
        self.slots = left;
        Ok(())
    }

    /// Takes secrets out of the system keychain that were needed by `before` and open nothing any more.
    pub fn tidy_keychain(&self, before: Slots) {
        let now = self.slots();
        let ended = [
            (Kept::Way, before.keychain && !now.keychain),
            (Kept::Tie, before.tied && !now.tied),
        ];
        for (kept, _) in ended.into_iter().filter(|(_, is_ended)| *is_ended) {
            if keychain::remove(self.profile, kept).is_err() {
                tracing::warn!("an entry that opens nothing is left in the keychain");
            }
        }
    }

    /// What a way of opening gives.
    pub fn open(&self, by: &Unlock) -> Result<Secrets> {
        let (way, wrong) = match by {
            Unlock::Keychain => (
                Way::Keychain,
                StoreError::NoKeychain("its entry belongs to another profile"),
            ),
            Unlock::Passphrase { .. } => (Way::Passphrase, StoreError::WrongPassphrase),
            Unlock::Recovery(_) => (Way::Recovery, StoreError::WrongRecovery),
            Unlock::Ephemeral(_) => return Err(StoreError::WrongKey),
        };
        let slot = self.slot(way).ok_or_else(|| no_slot(way))?;
        let wrapping = self.wrapping(slot, by)?;
        Ok(Secrets {
            master: slot.master(self.profile, &wrapping).ok_or(wrong)?,
            vault: slot.vault(self.profile, &wrapping),
            opened: Some((way, wrapping)),
        })
    }

    /// What is to be remembered of the file.
    pub fn key_file(&self, warning: Option<Warning>) -> KeyFile {
        KeyFile {
            generation: Some(self.generation),
            warning,
        }
    }

    /// Whether the vault has a key of its own.
    pub fn has_vault(&self) -> bool {
        self.slots.iter().any(Slot::has_vault)
    }

    /// What a guess of the passphrase costs.
    pub fn cost(&self) -> Option<PassphraseCost> {
        self.slots.iter().find_map(|slot| match slot {
            Slot::Passphrase { cost, .. } => Some(*cost),
            _ => None,
        })
    }

    /// Which ways there are.
    pub fn slots(&self) -> Slots {
        let has = |way| self.slot(way).is_some();
        Slots {
            keychain: has(Way::Keychain),
            passphrase: has(Way::Passphrase),
            recovery: has(Way::Recovery),
            tied: self
                .slots
                .iter()
                .any(|slot| matches!(slot, Slot::Passphrase { tied: true, .. })),
        }
    }

    fn wrapping(&self, slot: &Slot, by: &Unlock) -> Result<Key> {
        match (slot, by) {
            (Slot::Keychain { .. }, Unlock::Keychain) => {
                let secret = keychain::get(self.profile, Kept::Way)?;
                Ok(keys::derive(secret.as_slice(), self.profile, BY_KEYCHAIN))
            }
            (
                Slot::Passphrase {
                    salt, cost, tied, ..
                },
                Unlock::Passphrase { passphrase, .. },
            ) => {
                let salt = unhex(salt).ok_or(StoreError::CorruptKeyslots)?;
                let tie = tied.then(|| keychain::get(self.profile, Kept::Tie));
                let tie = tie.transpose().map_err(tied_to_keychain)?;
                stretch(passphrase, &salt, *cost, tie.as_ref(), self.profile)
            }
            (Slot::Recovery { .. }, Unlock::Recovery(code)) => {
                Ok(RecoveryCode::read(code.expose_secret())?.derive(self.profile, BY_RECOVERY))
            }
            _ => Err(StoreError::WrongKey),
        }
    }

    fn slot(&self, way: Way) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.way() == way)
    }

    fn put(&mut self, slot: Slot, wrapping: &Key, secrets: &Secrets, entropy: &Entropy) {
        self.slots.retain(|other| other.way() != slot.way());
        let slot = slot.wrapping(self.profile, wrapping, secrets, entropy);
        self.slots.push(slot);
    }
}

fn no_slot(way: Way) -> StoreError {
    match way {
        Way::Keychain => StoreError::NoSlot("the keychain", "use its passphrase"),
        Way::Passphrase => StoreError::NoSlot("a passphrase", "use another way"),
        Way::Recovery => StoreError::NoSlot("a recovery code", "use another way"),
    }
}

/// Advice that fits: another passphrase would not help.
fn tied_to_keychain(error: StoreError) -> StoreError {
    match error {
        StoreError::NoKeychain(why) => StoreError::Tied(why),
        other => other,
    }
}

/// Argon2id, then HKDF: the key that wraps the master key. What the keychain holds goes into the second step, so that whoever copies the
/// key file alone has nothing to guess at.
fn stretch(
    passphrase: &SecretString,
    salt: &[u8],
    cost: PassphraseCost,
    tie: Option<&Key>,
    profile: Uuid,
) -> Result<Key> {
    if cost.memory_kib > COST_CEILING_KIB {
        return Err(StoreError::CorruptKeyslots);
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|_| StoreError::CorruptKeyslots)?;
    let mut stretched = Key::default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(
            passphrase.expose_secret().as_bytes(),
            salt,
            stretched.as_mut_slice(),
        )
        .map_err(|_| StoreError::CorruptKeyslots)?;
    let tie = tie.map_or(&[][..], |tie| tie.as_slice());
    let both = Zeroizing::new([stretched.as_slice(), tie].concat());
    Ok(keys::derive(&both, profile, BY_PASSPHRASE))
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

/// The bytes of lower- or upper-case hexadecimal.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}
