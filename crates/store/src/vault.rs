//! The vault: secrets under a key of its own, which is in memory only for a while after the passphrase or the recovery code was given.
//!
//! ```text
//! sealed secret = version u32 | item key, sealed with the vault's key | the secret, sealed with the item key
//! bound to both = item's id | field | version of the item it was sealed for
//! ```
//! Before the vault had a key of its own, secrets were sealed with one derived from the master key; they are sealed anew when the vault is
//! first opened.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    keys::{self, Key, NONCE},
    table::{memory, meta},
};
use afterimage_domain::MemoryId;
use rusqlite::Connection;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// The vault's key, while it is open.
pub(crate) struct Vault {
    key: Mutex<Option<Key>>,
    /// What secrets were sealed with before.
    earlier: Key,
}

/// The only field there is.
const FIELD: &str = "secret";
/// Bytes of a sealed item key.
const ITEM_KEY: usize = NONCE + 32 + 16;
const VERSION: usize = size_of::<u32>();

impl Vault {
    /// A vault that is open with `key` or closed.
    pub fn new(key: Option<Key>, earlier: Key) -> Self {
        Self {
            key: Mutex::new(key),
            earlier,
        }
    }

    /// Opens it.
    pub fn open(&self, key: Key) {
        *self.lock() = Some(key);
    }

    /// Closes it: the key is wiped.
    pub fn close(&self) {
        *self.lock() = None;
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    /// Seals the secret of an item with a key for nothing else.
    pub fn seal(
        &self,
        item: MemoryId,
        version: u32,
        secret: &str,
        entropy: &Entropy,
    ) -> Result<Vec<u8>> {
        let vault = self.lock();
        let vault = vault.as_ref().ok_or(StoreError::VaultClosed)?;
        let about = about(item, version);
        let key = Key::new(entropy.draw());
        let wrapped = keys::seal(vault, entropy.draw(), &about, key.as_slice());
        let sealed = keys::seal(&key, entropy.draw(), &about, secret.as_bytes());
        Ok([version.to_le_bytes().as_slice(), &wrapped, &sealed].concat())
    }

    /// The secret of an item.
    pub fn unseal(&self, item: MemoryId, sealed: &[u8]) -> Result<Zeroizing<String>> {
        let vault = self.lock();
        let vault = vault.as_ref().ok_or(StoreError::VaultClosed)?;
        text(unsealed(vault, item, sealed))
    }

    /// Seals anew what is still sealed with the earlier key, past versions included; whether there was anything. Runs in the caller's transaction.
    pub fn move_in(&self, connection: &Connection, entropy: &Entropy) -> Result<bool> {
        if meta::get(connection, meta::VAULT)? != 0 || !self.is_open() {
            return Ok(false);
        }
        let mut any = false;
        for stored in memory::secrets(connection)? {
            let plain = keys::unseal(&self.earlier, stored.item.0.as_bytes(), &stored.sealed);
            // A damaged one is left as it is: it must not keep the others out.
            let Ok(secret) = text(plain) else {
                tracing::warn!("a secret of the vault is damaged");
                continue;
            };
            let sealed = self.seal(stored.item, stored.version, &secret, entropy)?;
            memory::set_secret(connection, &stored.place, &sealed)?;
            any = true;
        }
        meta::set(connection, meta::VAULT, 1)?;
        Ok(any)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Key>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unsealed(vault: &Key, item: MemoryId, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (version, rest) = sealed.split_first_chunk::<VERSION>()?;
    let (wrapped, sealed) = rest.split_at_checked(ITEM_KEY)?;
    let about = about(item, u32::from_le_bytes(*version));
    let key = keys::unseal(vault, &about, wrapped)?;
    keys::unseal(&Key::new(key.as_slice().try_into().ok()?), &about, sealed)
}

fn text(plain: Option<Zeroizing<Vec<u8>>>) -> Result<Zeroizing<String>> {
    let damaged = || StoreError::Corrupt("vault");
    let plain = plain.ok_or_else(damaged)?;
    let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn about(item: MemoryId, version: u32) -> Vec<u8> {
    [
        item.0.as_bytes().as_slice(),
        b"|",
        FIELD.as_bytes(),
        b"|",
        &version.to_le_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new(Some(Key::new([5; 32])), Key::new([6; 32]))
    }

    fn item(number: u128) -> MemoryId {
        MemoryId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn k7_a_secret_opens_for_its_item_unchanged_and_while_the_vault_is_open() {
        let vault = vault();
        let sealed = vault
            .seal(item(1), 3, "hunter2", &Entropy::system())
            .unwrap();
        assert_eq!(vault.unseal(item(1), &sealed).unwrap().as_str(), "hunter2");
        assert!(matches!(
            vault.unseal(item(2), &sealed),
            Err(StoreError::Corrupt(_))
        ));
        for byte in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[byte] ^= 1;
            assert!(vault.unseal(item(1), &altered).is_err(), "byte {byte}");
        }
        for length in 0..sealed.len() {
            assert!(
                vault.unseal(item(1), &sealed[..length]).is_err(),
                "{length}"
            );
        }
        vault.close();
        assert!(matches!(
            vault.unseal(item(1), &sealed),
            Err(StoreError::VaultClosed)
        ));
        vault.open(Key::new([9; 32]));
        assert!(matches!(
            vault.unseal(item(1), &sealed),
            Err(StoreError::Corrupt(_))
        ));
    }

    #[test]
    fn k7_the_same_secret_is_never_sealed_the_same() {
        let vault = vault();
        let seal = || {
            vault
                .seal(item(1), 1, "hunter2", &Entropy::system())
                .unwrap()
        };
        let (one, two) = (seal(), seal());
        assert!(
            one[VERSION..][..ITEM_KEY] != two[VERSION..][..ITEM_KEY]
                && one[VERSION + ITEM_KEY..] != two[VERSION + ITEM_KEY..]
        );
    }
}
