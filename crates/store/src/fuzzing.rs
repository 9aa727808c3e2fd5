//! What random input is fed to (`tests/fuzz`): what is sealed, and the key file. Not there otherwise.

use crate::{
    archive,
    entropy::Entropy,
    keys::{self, Key},
    keyslots::{Keyslots, Secrets},
    profile::{PassphraseCost, Unlock},
    sealed_file, spool,
};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The passphrase of [`KeyFile::write`].
const PASSPHRASE: &str = "four plain words here";
/// The cheapest there is, and the dearest that is tried: a slot may ask for a gibibyte.
const CHEAP: PassphraseCost = PassphraseCost {
    memory_kib: 32,
    passes: 1,
    lanes: 1,
};
const DEAREST: PassphraseCost = PassphraseCost {
    memory_kib: 256,
    passes: 4,
    lanes: 4,
};

/// A picture's file.
pub fn seal_file(key: [u8; 32], prefix: [u8; 19], content: &[u8]) -> Vec<u8> {
    sealed_file::seal(&Key::new(key), prefix, content)
}

/// The content of a picture's file.
pub fn unseal_file(key: [u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
    sealed_file::unseal(&Key::new(key), sealed).ok()
}

/// A small value; the snapshot of the index and the files of the spool are sealed so, too.
pub fn seal_value(key: [u8; 32], nonce: [u8; 24], about: &[u8], plain: &[u8]) -> Vec<u8> {
    keys::seal(&Key::new(key), nonce, about, plain)
}

/// What stands in a small value.
pub fn unseal_value(key: [u8; 32], about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    keys::unseal(&Key::new(key), about, sealed).map(|plain| plain.to_vec())
}

/// What a file of the spool holds inside its seal, read and written again.
pub fn respool(plain: &[u8]) -> Option<Vec<u8>> {
    spool::reread(plain)
}

/// An archive around `inside`, read: what it gave, and where that would lie in `home`.
pub fn unpack(home: &Path, inside: &[u8]) -> Option<Vec<(Vec<u8>, PathBuf)>> {
    archive::given(home, inside).ok()
}

/// What stands in a small archive.
pub fn inside_of_archive() -> Vec<u8> {
    archive::inside()
}

/// The key file of a made-up profile, and what opens it.
pub struct KeyFile {
    /// As it lies in the profile's folder.
    pub text: String,
    secrets: Secrets,
    covered: String,
    code: SecretString,
}

impl KeyFile {
    /// The same each time; `folder` is written to.
    pub fn write(folder: &Path) -> KeyFile {
        let mut next = 0u8;
        let entropy = Entropy::from_fn(move |bytes| {
            bytes.iter_mut().for_each(|byte| {
                next = next.wrapping_mul(5).wrapping_add(89);
                *byte = next;
            });
        });
        let secrets = Secrets {
            master: Key::new([7; 32]),
            vault: Some(Key::new([8; 32])),
            opened: None,
        };
        let mut slots = Keyslots::new(Uuid::from_u128(1));
        let code = slots.put_recovery(&secrets, &entropy);
        slots
            .put_passphrase(&secrets, &PASSPHRASE.into(), CHEAP, false, &entropy)
            .expect("a slot without the keychain");
        slots
            .write(folder, &secrets.master)
            .expect("the folder can be written");
        KeyFile {
            text: std::fs::read_to_string(folder.join("keyslots.json")).expect("just written"),
            covered: slots.covered(),
            secrets,
            code,
        }
    }

    /// Opens the file `text`, its checksum put right, by every way that asks no keychain. How many opened.
    ///
    /// # Panics
    /// When one gives other keys than those that were wrapped, or an altered file is taken for the owner's.
    pub fn open(&self, text: &str) -> u32 {
        let Some(slots) = Keyslots::forged(text) else {
            return 0;
        };
        let passphrase = Unlock::Passphrase {
            passphrase: PASSPHRASE.into(),
            cost: CHEAP,
        };
        let is_cheap = slots.cost().is_none_or(|cost| {
            cost.memory_kib <= DEAREST.memory_kib
                && cost.passes <= DEAREST.passes
                && cost.lanes <= DEAREST.lanes
        });
        let is_tried = is_cheap && !slots.slots().tied;
        let ways = [
            Some(Unlock::Recovery(self.code.clone())),
            is_tried.then_some(passphrase),
        ];
        let opened = ways.iter().flatten().filter_map(|way| slots.open(way).ok());
        let opened = opened.inspect(|secrets| {
            assert_eq!(secrets.master, self.secrets.master, "another key");
            let is_own = |vault: &Key| Some(vault) == self.secrets.vault.as_ref();
            assert!(secrets.vault.as_ref().is_none_or(is_own), "another key");
            let is_vouched = slots.vouched(&secrets.master) == Some(true);
            assert!(!is_vouched || slots.covered() == self.covered, "a forgery");
        });
        opened.count() as u32
    }

    /// Opens it with a code that somebody typed.
    pub fn open_with(&self, code: &str) -> bool {
        let slots = Keyslots::forged(&self.text).expect("it was written by us");
        slots.open(&Unlock::Recovery(code.into())).is_ok()
    }
}
