//! `keyslots.json`: the master key and the vault's, wrapped once for each way of opening the profile.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files, keychain,
    keys::{self, Key},
    profile::{PASSPHRASE_FLOOR, PassphraseCost, Slots, Unlock, Way},
    recovery::RecoveryCode,
};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The file's content. `check` tells a damaged file from a wrong passphrase.
#[derive(Serialize, Deserialize)]
pub(crate) struct Keyslots {
    format: String,
    pub profile: Uuid,
    slots: Vec<Slot>,
    check: String,
}

/// One way of opening.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Slot {
    Keychain {
        wrapped: String,
    },
    Passphrase {
        salt: String,
        cost: PassphraseCost,
        wrapped: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vault: Option<String>,
    },
    Recovery {
        wrapped: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vault: Option<String>,
    },
}

/// What the slots wrap. The keychain wraps the first alone: any program of the user may ask the keychain.
pub(crate) struct Secrets {
    /// Everything but the vault is derived from it.
    pub master: Key,
    /// Opens the vault; `None` when opened by the keychain, or in a profile from before the vault had a key of its own.
    pub vault: Option<Key>,
}

const FORMAT: &str = "afterimage/keyslots/1";

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
            slots: Vec::new(),
            check: String::new(),
        }
    }

    /// Wraps the master key with a fresh secret in the system keychain. Nothing changes when it is wrapped so already.
    pub fn put_keychain(&mut self, secrets: &Secrets, entropy: &Entropy) -> Result<()> {
        if self.slots().keychain {
            return Ok(());
        }
        let secret = Key::new(entropy.draw());
        keychain::put(self.profile, &secret)?;
        let wrapping = keys::derive(secret.as_slice(), self.profile, BY_KEYCHAIN);
        let wrapped = self.wrap(&wrapping, "keychain", &secrets.master, entropy);
        self.put(Slot::Keychain { wrapped });
        Ok(())
    }

    /// Wraps both keys with a passphrase, in the place of the one before.
    pub fn put_passphrase(
        &mut self,
        secrets: &Secrets,
        passphrase: &SecretString,
        cost: PassphraseCost,
        entropy: &Entropy,
    ) -> Result<()> {
        if passphrase.expose_secret().chars().count() < PASSPHRASE_FLOOR {
            return Err(StoreError::WeakPassphrase);
        }
        let salt: [u8; 16] = entropy.draw();
        let wrapping = stretch(passphrase, &salt, cost, self.profile)?;
        let slot = Slot::Passphrase {
            salt: hex(&salt),
            cost,
            wrapped: self.wrap(&wrapping, &passphrase_place(cost), &secrets.master, entropy),
            vault: self.wrap_vault(&wrapping, secrets, entropy),
        };
        self.put(slot);
        Ok(())
    }

    /// Wraps both keys with a new recovery code, in the place of the one before. The code is not kept anywhere.
    pub fn put_recovery(&mut self, secrets: &Secrets, entropy: &Entropy) -> SecretString {
        let code = RecoveryCode::draw(entropy);
        let wrapping = code.derive(self.profile, BY_RECOVERY);
        let slot = Slot::Recovery {
            wrapped: self.wrap(&wrapping, "recovery", &secrets.master, entropy),
            vault: self.wrap_vault(&wrapping, secrets, entropy),
        };
        self.put(slot);
        code.shown()
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
        if self.has_vault() && !left.iter().any(|slot| slot.vault().is_some()) {
            return Err(StoreError::Refused(
                "nothing else opens the vault; set a passphrase or renew the recovery code first",
            ));
        }
        self.slots = left;
        Ok(())
    }

    /// Takes this profile's secret out of the system keychain, where it opens nothing any more.
    pub fn forget_keychain(&self) {
        if keychain::remove(self.profile).is_err() {
            tracing::warn!("an entry that opens nothing is left in the keychain");
        }
    }

    /// What a way of opening gives.
    pub fn open(&self, by: &Unlock) -> Result<Secrets> {
        match by {
            Unlock::Keychain => self.open_by_keychain(),
            Unlock::Passphrase { passphrase, .. } => self.open_by_passphrase(passphrase),
            Unlock::Recovery(code) => self.open_by_recovery(code),
            Unlock::Ephemeral(_) => Err(StoreError::WrongKey),
        }
    }

    /// Whether the vault has a key of its own.
    pub fn has_vault(&self) -> bool {
        self.slots.iter().any(|slot| slot.vault().is_some())
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
        let has = |way| self.slots.iter().any(|slot| slot.way() == way);
        Slots {
            keychain: has(Way::Keychain),
            passphrase: has(Way::Passphrase),
            recovery: has(Way::Recovery),
        }
    }

    fn open_by_keychain(&self) -> Result<Secrets> {
        let Some(Slot::Keychain { wrapped }) = self.find(Way::Keychain) else {
            return Err(StoreError::NoSlot("the keychain", "use its passphrase"));
        };
        let secret = keychain::get(self.profile)?;
        let wrapping = keys::derive(secret.as_slice(), self.profile, BY_KEYCHAIN);
        let master = self.unwrap(&wrapping, "keychain", wrapped);
        Ok(Secrets {
            master: master.ok_or(StoreError::NoKeychain(
                "its entry belongs to another profile",
            ))?,
            vault: None,
        })
    }

    fn open_by_passphrase(&self, passphrase: &SecretString) -> Result<Secrets> {
        let Some(Slot::Passphrase {
            salt,
            cost,
            wrapped,
            vault,
        }) = self.find(Way::Passphrase)
        else {
            return Err(StoreError::NoSlot("a passphrase", "use another way"));
        };
        let salt = unhex(salt).ok_or(StoreError::CorruptKeyslots)?;
        let wrapping = stretch(passphrase, &salt, *cost, self.profile)?;
        let master = self.unwrap(&wrapping, &passphrase_place(*cost), wrapped);
        Ok(Secrets {
            master: master.ok_or(StoreError::WrongPassphrase)?,
            vault: self.unwrap_vault(&wrapping, vault.as_deref())?,
        })
    }

    fn open_by_recovery(&self, code: &SecretString) -> Result<Secrets> {
        let Some(Slot::Recovery { wrapped, vault }) = self.find(Way::Recovery) else {
            return Err(StoreError::NoSlot("a recovery code", "use another way"));
        };
        let wrapping = RecoveryCode::read(code.expose_secret())?.derive(self.profile, BY_RECOVERY);
        let master = self.unwrap(&wrapping, "recovery", wrapped);
        Ok(Secrets {
            master: master.ok_or(StoreError::WrongRecovery)?,
            vault: self.unwrap_vault(&wrapping, vault.as_deref())?,
        })
    }

    fn find(&self, way: Way) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.way() == way)
    }

    fn put(&mut self, slot: Slot) {
        self.slots.retain(|other| other.way() != slot.way());
        self.slots.push(slot);
    }

    /// Reads the file, or the copy beside it when the file is damaged. `None` when neither exists.
    pub fn read(home: &Path) -> Result<Option<Self>> {
        let texts = [path(home), copy(home)].map(std::fs::read_to_string);
        if texts
            .iter()
            .all(|text| matches!(text, Err(error) if error.kind() == std::io::ErrorKind::NotFound))
        {
            return Ok(None);
        }
        texts
            .iter()
            .flatten()
            .find_map(|text| Self::parse(text))
            .map(Some)
            .ok_or(StoreError::CorruptKeyslots)
    }

    /// Writes the file, then the copy: each is old or new as a whole after a crash, and one of the two is always whole. The copy is replaced
    /// too, so that a passphrase that was changed opens nothing any more.
    pub fn write(&mut self, home: &Path) -> Result<()> {
        self.check = self.checksum();
        let text = serde_json::to_vec_pretty(self)?;
        files::replace(&path(home), &text)?;
        files::replace(&copy(home), &text)
    }

    /// Makes file and copy the same again, as a crash between the two or damage leaves them different.
    pub fn mend(&mut self, home: &Path) -> Result<()> {
        let same = match [path(home), copy(home)].map(std::fs::read) {
            [Ok(file), Ok(copy)] => file == copy,
            _ => false,
        };
        match same {
            true => Ok(()),
            false => self.write(home),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let slots: Self = serde_json::from_str(text).ok()?;
        (slots.format == FORMAT && slots.check == slots.checksum()).then_some(slots)
    }

    fn checksum(&self) -> String {
        let slots = serde_json::to_string(&self.slots).unwrap_or_default();
        let digest = Sha256::digest(format!("{}\n{}\n{slots}", self.format, self.profile));
        hex(&digest)
    }

    fn wrap(&self, wrapping: &Key, place: &str, key: &Key, entropy: &Entropy) -> String {
        let about = self.about(place);
        let sealed = keys::seal(wrapping, entropy.draw(), about.as_bytes(), key.as_slice());
        hex(&sealed)
    }

    fn wrap_vault(&self, wrapping: &Key, secrets: &Secrets, entropy: &Entropy) -> Option<String> {
        let vault = secrets.vault.as_ref()?;
        Some(self.wrap(wrapping, "vault", vault, entropy))
    }

    fn unwrap_vault(&self, wrapping: &Key, wrapped: Option<&str>) -> Result<Option<Key>> {
        let Some(wrapped) = wrapped else {
            return Ok(None);
        };
        let vault = self.unwrap(wrapping, "vault", wrapped);
        vault.map(Some).ok_or(StoreError::CorruptKeyslots)
    }

    fn unwrap(&self, wrapping: &Key, place: &str, wrapped: &str) -> Option<Key> {
        let plain = keys::unseal(wrapping, self.about(place).as_bytes(), &unhex(wrapped)?)?;
        Some(Key::new(plain.as_slice().try_into().ok()?))
    }

    fn about(&self, place: &str) -> String {
        format!("{FORMAT}|{}|{place}", self.profile)
    }
}

impl Slot {
    fn way(&self) -> Way {
        match self {
            Self::Keychain { .. } => Way::Keychain,
            Self::Passphrase { .. } => Way::Passphrase,
            Self::Recovery { .. } => Way::Recovery,
        }
    }

    fn vault(&self) -> Option<&str> {
        match self {
            Self::Keychain { .. } => None,
            Self::Passphrase { vault, .. } | Self::Recovery { vault, .. } => vault.as_deref(),
        }
    }
}

fn path(home: &Path) -> PathBuf {
    home.join("keyslots.json")
}

fn copy(home: &Path) -> PathBuf {
    home.join("keyslots.prev.json")
}

fn passphrase_place(cost: PassphraseCost) -> String {
    format!(
        "passphrase|{}|{}|{}",
        cost.memory_kib, cost.passes, cost.lanes
    )
}

/// Argon2id, then HKDF: the key that wraps the master key.
fn stretch(
    passphrase: &SecretString,
    salt: &[u8],
    cost: PassphraseCost,
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
    Ok(keys::derive(stretched.as_slice(), profile, BY_PASSPHRASE))
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
