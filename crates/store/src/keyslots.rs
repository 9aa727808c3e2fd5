//! `keyslots.json`: the master key, wrapped once for each way of opening the profile.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files, keychain,
    keys::{self, Key},
    profile::{PASSPHRASE_FLOOR, PassphraseCost, Slots},
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
    },
}

const FORMAT: &str = "afterimage/keyslots/1";

/// The most memory a slot may ask for: a forged file must not exhaust the machine. 1 GiB in KiB.
const COST_CEILING_KIB: u32 = 1 << 20;

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

    /// Wraps the master key with a fresh secret in the system keychain.
    pub fn add_keychain(&mut self, master: &Key, entropy: &Entropy) -> Result<()> {
        let secret = Key::new(entropy.draw());
        keychain::put(self.profile, &secret)?;
        let wrapping = keys::derive(
            secret.as_slice(),
            self.profile,
            "afterimage/v1/slot/keychain",
        );
        let wrapped = self.wrap(&wrapping, "keychain", master, entropy);
        self.slots.push(Slot::Keychain { wrapped });
        Ok(())
    }

    /// Wraps the master key with a passphrase.
    pub fn add_passphrase(
        &mut self,
        master: &Key,
        passphrase: &SecretString,
        cost: PassphraseCost,
        entropy: &Entropy,
    ) -> Result<()> {
        if passphrase.expose_secret().chars().count() < PASSPHRASE_FLOOR {
            return Err(StoreError::WeakPassphrase);
        }
        let salt: [u8; 16] = entropy.draw();
        let wrapping = stretch(passphrase, &salt, cost, self.profile)?;
        let wrapped = self.wrap(&wrapping, &passphrase_place(cost), master, entropy);
        self.slots.push(Slot::Passphrase {
            salt: hex(&salt),
            cost,
            wrapped,
        });
        Ok(())
    }

    /// The master key, by the system keychain.
    pub fn open_by_keychain(&self) -> Result<Key> {
        let wrapped = self
            .slots
            .iter()
            .find_map(|slot| match slot {
                Slot::Keychain { wrapped } => Some(wrapped),
                Slot::Passphrase { .. } => None,
            })
            .ok_or(StoreError::NoSlot("the keychain", "use its passphrase"))?;
        let secret = keychain::get(self.profile)?;
        let wrapping = keys::derive(
            secret.as_slice(),
            self.profile,
            "afterimage/v1/slot/keychain",
        );
        self.unwrap(&wrapping, "keychain", wrapped)
            .ok_or(StoreError::NoKeychain(
                "its entry belongs to another profile",
            ))
    }

    /// The master key, by passphrase.
    pub fn open_by_passphrase(&self, passphrase: &SecretString) -> Result<Key> {
        let (salt, cost, wrapped) = self
            .slots
            .iter()
            .find_map(|slot| match slot {
                Slot::Passphrase {
                    salt,
                    cost,
                    wrapped,
                } => Some((salt, *cost, wrapped)),
                Slot::Keychain { .. } => None,
            })
            .ok_or(StoreError::NoSlot(
                "a passphrase",
                "use the system keychain",
            ))?;
        let salt = unhex(salt).ok_or(StoreError::CorruptKeyslots)?;
        let wrapping = stretch(passphrase, &salt, cost, self.profile)?;
        self.unwrap(&wrapping, &passphrase_place(cost), wrapped)
            .ok_or(StoreError::WrongPassphrase)
    }

    /// Which ways there are.
    pub fn slots(&self) -> Slots {
        Slots {
            keychain: self
                .slots
                .iter()
                .any(|slot| matches!(slot, Slot::Keychain { .. })),
            passphrase: self
                .slots
                .iter()
                .any(|slot| matches!(slot, Slot::Passphrase { .. })),
        }
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

    /// Writes the copy, then the file; each is whole or absent after a power cut.
    pub fn write(&mut self, home: &Path) -> Result<()> {
        self.check = self.checksum();
        let text = serde_json::to_vec_pretty(self)?;
        files::replace(&copy(home), &text)?;
        files::replace(&path(home), &text)
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

    fn wrap(&self, wrapping: &Key, place: &str, master: &Key, entropy: &Entropy) -> String {
        let about = self.about(place);
        hex(&keys::seal(
            wrapping,
            entropy.draw(),
            about.as_bytes(),
            master.as_slice(),
        ))
    }

    fn unwrap(&self, wrapping: &Key, place: &str, wrapped: &str) -> Option<Key> {
        let plain = keys::unseal(wrapping, self.about(place).as_bytes(), &unhex(wrapped)?)?;
        Some(Key::new(plain.as_slice().try_into().ok()?))
    }

    fn about(&self, place: &str) -> String {
        format!("{FORMAT}|{}|{place}", self.profile)
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
    Ok(keys::derive(
        stretched.as_slice(),
        profile,
        "afterimage/v1/slot/pass",
    ))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
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
