//! One way of opening, and how it wraps the keys.
//!
//! ```text
//! wrapped = nonce (12 bytes) | AES-256-GCM-SIV of 32 bytes with its tag
//! bound to it = afterimage/keyslots/2 | profile | way | which key | what the wrapping key was derived with
//! ```
//! GCM-SIV, because a nonce that comes twice tells no more than that the same key was wrapped twice. Files from before have
//! XChaCha20-Poly1305; they open, and are wrapped anew when their ways are next changed.

use super::{Secrets, hex, unhex};
use crate::{
    entropy::Entropy,
    keys::{self, Key},
    profile::{PassphraseCost, Way},
};
use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// One way of opening.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(super) enum Slot {
    Keychain {
        #[serde(flatten)]
        keys: Wrapped,
    },
    Passphrase {
        salt: String,
        cost: PassphraseCost,
        /// Whether a secret in the keychain is needed beside it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        tied: bool,
        #[serde(flatten)]
        keys: Wrapped,
    },
    Recovery {
        #[serde(flatten)]
        keys: Wrapped,
    },
}

/// The keys as they lie in the file.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Wrapped {
    wrapped: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vault: Option<String>,
    #[serde(default, skip_serializing_if = "Wrap::is_earlier")]
    wrap: Wrap,
}

/// The cipher that wraps.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Wrap {
    #[default]
    #[serde(rename = "xchacha20-poly1305")]
    XChaCha,
    #[serde(rename = "aes-256-gcm-siv")]
    GcmSiv,
}

const NONCE: usize = 12;
const LABEL: &str = "afterimage/keyslots/2";
const EARLIER_LABEL: &str = "afterimage/keyslots/1";

/// Which of the two keys.
#[derive(Clone, Copy)]
enum Which {
    Master,
    Vault,
}

impl Slot {
    pub fn way(&self) -> Way {
        match self {
            Self::Keychain { .. } => Way::Keychain,
            Self::Passphrase { .. } => Way::Passphrase,
            Self::Recovery { .. } => Way::Recovery,
        }
    }

    /// Whether it opens the vault too.
    pub fn has_vault(&self) -> bool {
        self.keys().vault.is_some()
    }

    /// Whether it is wrapped as it was before.
    pub fn is_earlier(&self) -> bool {
        self.keys().wrap.is_earlier()
    }

    /// The slot with both keys wrapped anew; the keychain has the first alone.
    pub fn wrapping(
        mut self,
        profile: Uuid,
        wrapping: &Key,
        secrets: &Secrets,
        entropy: &Entropy,
    ) -> Self {
        let seal = |which, key: &Key| {
            let about = self.about(profile, which);
            hex(&seal(wrapping, entropy.draw(), about.as_bytes(), key))
        };
        let vault = secrets
            .vault
            .as_ref()
            .filter(|_| self.way() != Way::Keychain);
        let keys = Wrapped {
            wrapped: seal(Which::Master, &secrets.master),
            vault: vault.map(|vault| seal(Which::Vault, vault)),
            wrap: Wrap::GcmSiv,
        };
        *self.keys_mut() = keys;
        self
    }

    /// The master key; `None` when `wrapping` is another key or the slot was altered.
    pub fn master(&self, profile: Uuid, wrapping: &Key) -> Option<Key> {
        self.unwrap(profile, wrapping, Which::Master, &self.keys().wrapped)
    }

    /// The vault's key, where the slot has it.
    pub fn vault(&self, profile: Uuid, wrapping: &Key) -> Option<Key> {
        self.unwrap(
            profile,
            wrapping,
            Which::Vault,
            self.keys().vault.as_deref()?,
        )
    }

    fn unwrap(&self, profile: Uuid, wrapping: &Key, which: Which, wrapped: &str) -> Option<Key> {
        let wrapped = unhex(wrapped)?;
        let plain = match self.keys().wrap {
            Wrap::GcmSiv => unseal(wrapping, self.about(profile, which).as_bytes(), &wrapped),
            Wrap::XChaCha => keys::unseal(
                wrapping,
                self.earlier_about(profile, which).as_bytes(),
                &wrapped,
            ),
        };
        Some(Key::new(plain?.as_slice().try_into().ok()?))
    }

    fn about(&self, profile: Uuid, which: Which) -> String {
        let way = match self {
            Self::Keychain { .. } => "keychain",
            Self::Passphrase { .. } => "passphrase",
            Self::Recovery { .. } => "recovery",
        };
        let key = match which {
            Which::Master => "master",
            Which::Vault => "vault",
        };
        let derived = match self {
            Self::Passphrase {
                salt, cost, tied, ..
            } => format!("argon2id|{salt}|{}|tied={tied}", said(*cost)),
            _ => "hkdf".into(),
        };
        format!("{LABEL}|{profile}|{way}|{key}|{derived}")
    }

    fn earlier_about(&self, profile: Uuid, which: Which) -> String {
        let place = match (which, self) {
            (Which::Vault, _) => "vault".into(),
            (_, Self::Passphrase { cost, .. }) => format!("passphrase|{}", said(*cost)),
            (_, Self::Keychain { .. }) => "keychain".into(),
            (_, Self::Recovery { .. }) => "recovery".to_owned(),
        };
        format!("{EARLIER_LABEL}|{profile}|{place}")
    }

    fn keys(&self) -> &Wrapped {
        let (Self::Keychain { keys } | Self::Passphrase { keys, .. } | Self::Recovery { keys }) =
            self;
        keys
    }

    fn keys_mut(&mut self) -> &mut Wrapped {
        let (Self::Keychain { keys } | Self::Passphrase { keys, .. } | Self::Recovery { keys }) =
            self;
        keys
    }
}

impl Wrap {
    fn is_earlier(&self) -> bool {
        *self == Self::XChaCha
    }
}

fn said(cost: PassphraseCost) -> String {
    format!("{}|{}|{}", cost.memory_kib, cost.passes, cost.lanes)
}

fn seal(wrapping: &Key, nonce: [u8; NONCE], about: &[u8], key: &Key) -> Vec<u8> {
    let payload = Payload {
        msg: key.as_slice(),
        aad: about,
    };
    let sealed = Aes256GcmSiv::new(&(**wrapping).into())
        .encrypt(&Nonce::from(nonce), payload)
        .expect("32 bytes are within what the cipher takes");
    [nonce.as_slice(), &sealed].concat()
}

fn unseal(wrapping: &Key, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: about,
    };
    let plain = Aes256GcmSiv::new(&(**wrapping).into()).decrypt(&Nonce::from(*nonce), payload);
    Some(Zeroizing::new(plain.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Uuid = Uuid::from_u128(7);

    fn secrets() -> Secrets {
        Secrets {
            master: Key::new([1; 32]),
            vault: Some(Key::new([2; 32])),
            opened: None,
        }
    }

    fn slot(tied: bool, passes: u32) -> Slot {
        Slot::Passphrase {
            salt: "5a".into(),
            cost: PassphraseCost {
                memory_kib: 64,
                passes,
                lanes: 1,
            },
            tied,
            keys: Wrapped::default(),
        }
    }

    #[test]
    fn k13_a_wrapped_key_opens_only_unchanged_for_its_profile_and_with_its_parameters() {
        let wrapping = Key::new([3; 32]);
        let whole = slot(false, 1).wrapping(ME, &wrapping, &secrets(), &Entropy::system());
        assert_eq!(whole.master(ME, &wrapping), Some(Key::new([1; 32])));
        assert_eq!(whole.vault(ME, &wrapping), Some(Key::new([2; 32])));
        assert!(whole.master(ME, &Key::new([4; 32])).is_none());
        assert!(whole.master(Uuid::from_u128(8), &wrapping).is_none());
        for mut other in [slot(true, 1), slot(false, 2)] {
            *other.keys_mut() = whole.keys().clone();
            assert!(other.master(ME, &wrapping).is_none());
        }
        let swapped = Wrapped {
            wrapped: whole.keys().vault.clone().unwrap(),
            ..whole.keys().clone()
        };
        let recovery = Slot::Recovery {
            keys: whole.keys().clone(),
        };
        assert!(recovery.master(ME, &wrapping).is_none(), "another way");
        let mut other = slot(false, 1);
        *other.keys_mut() = swapped;
        assert!(other.master(ME, &wrapping).is_none(), "the other key");
        let bytes = unhex(&whole.keys().wrapped).unwrap();
        for byte in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[byte] ^= 1;
            let mut other = slot(false, 1);
            *other.keys_mut() = Wrapped {
                wrapped: hex(&altered),
                ..whole.keys().clone()
            };
            assert!(other.master(ME, &wrapping).is_none(), "byte {byte}");
        }
    }
}
