//! The keys of a profile: one master key, one sub-key a use, and the sealing of small values.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::{
    Hkdf,
    hmac::{Hmac, Mac as _},
};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// 32 secret bytes that are wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Bytes in front of a sealed value.
pub(crate) const NONCE: usize = 24;

/// One key a use, all derived from the master key; none is stored.
#[derive(Clone)]
pub(crate) struct Keys {
    /// SQLCipher's raw key.
    pub db: Key,
    /// Wraps the keys of picture files.
    pub blob: Key,
    /// Seals the snapshot of the vector index.
    pub index: Key,
    /// Seals spooled intakes.
    pub spool: Key,
    /// Seals the high-water mark and names forgotten things.
    pub seal: Key,
    /// Names the tokens of clients.
    pub token: Key,
    /// What secrets of the vault were sealed with before it had a key of its own.
    pub vault: Key,
}

impl Keys {
    /// HKDF-SHA-256 over the master key, salted with the profile's id.
    pub fn derive(master: &Key, profile: Uuid) -> Self {
        let derive = |label: &str| derive(master.as_slice(), profile, label);
        Self {
            db: derive("afterimage/v1/db"),
            blob: derive("afterimage/v1/blob"),
            index: derive("afterimage/v1/index"),
            spool: derive("afterimage/v1/spool"),
            seal: derive("afterimage/v1/seal"),
            token: derive("afterimage/v1/token"),
            vault: derive("afterimage/v1/vault"),
        }
    }
}

/// A key for one use out of any secret.
pub(crate) fn derive(secret: &[u8], profile: Uuid, label: &str) -> Key {
    let mut key = Key::default();
    Hkdf::<Sha256>::new(Some(profile.as_bytes()), secret)
        .expand(label.as_bytes(), key.as_mut_slice())
        .expect("32 bytes are within what HKDF gives");
    key
}

/// Seals `plain`: nonce, then ciphertext with its tag. `about` is bound to it but not stored.
pub(crate) fn seal(key: &Key, nonce: [u8; NONCE], about: &[u8], plain: &[u8]) -> Vec<u8> {
    let payload = Payload {
        msg: plain,
        aad: about,
    };
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .expect("the value fits in memory, so it fits the cipher");
    [nonce.as_slice(), &sealed].concat()
}

/// What [`seal`] sealed; `None` when it was altered, or `key` or `about` are others.
pub(crate) fn unseal(key: &Key, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: about,
    };
    let plain = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(Zeroizing::new(plain))
}

/// A keyed hash, to recognise a thing without keeping it.
pub(crate) fn fingerprint(key: &Key, what: &str, value: &[u8]) -> [u8; 32] {
    hashed(key, what, value).finalize().into_bytes().into()
}

/// Whether `mac` is the [`fingerprint`] of this; takes as long whichever byte differs.
pub(crate) fn is_fingerprint(key: &Key, what: &str, value: &[u8], mac: &[u8]) -> bool {
    hashed(key, what, value).verify_slice(mac).is_ok()
}

fn hashed(key: &Key, what: &str, value: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as hkdf::hmac::KeyInit>::new_from_slice(key.as_slice())
        .expect("HMAC takes keys of any length");
    mac.update(what.as_bytes());
    mac.update(&[0]);
    mac.update(value);
    mac
}

/// The cipher of everything that is not the database.
pub(crate) fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(**key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_unchanged_and_in_its_place() {
        let key = Key::new([1; 32]);
        let sealed = seal(&key, [2; NONCE], b"here", b"value");
        assert_eq!(**unseal(&key, b"here", &sealed).unwrap(), *b"value");
        assert!(unseal(&key, b"there", &sealed).is_none());
        assert!(unseal(&Key::new([9; 32]), b"here", &sealed).is_none());
        assert!(unseal(&key, b"here", &sealed[..10]).is_none());
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert!(unseal(&key, b"here", &altered).is_none(), "byte {byte}");
        }
    }

    #[test]
    fn every_use_has_a_key_of_its_own() {
        let keys = Keys::derive(&Key::new([7; 32]), Uuid::nil());
        let all = [
            &keys.db,
            &keys.blob,
            &keys.index,
            &keys.spool,
            &keys.seal,
            &keys.token,
            &keys.vault,
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }
}
