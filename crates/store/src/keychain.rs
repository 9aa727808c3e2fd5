//! The system keychain: Secret Service, Keychain or Credential Manager. It holds 32 bytes that unwrap the master key, 32 that a passphrase
//! may be tied to, and a copy of the key file. A secret goes by the profile's id; the copy by the folder, because the id is in the key file.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    keys::Key,
};
use keyring_core::{Entry, Error, api::CredentialStoreApi};
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

const SERVICE: &str = "afterimage";
const COPIES: &str = "afterimage key file";

/// What a secret is for.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// It opens the profile.
    Way,
    /// The passphrase needs it.
    Tie,
}

/// Keeps a secret for a profile.
pub(crate) fn put(profile: Uuid, kept: Kept, secret: &Key) -> Result<()> {
    write(SERVICE, &user(profile, kept), secret.as_slice())
}

/// The secret kept for a profile.
pub(crate) fn get(profile: Uuid, kept: Kept) -> Result<Key> {
    find(profile, kept)?.ok_or_else(|| refusal(Error::NoEntry))
}

/// The secret kept for a profile; a fresh one where there is none, so that an interrupted change never replaces one that is in use.
pub(crate) fn get_or_put(profile: Uuid, kept: Kept, entropy: &Entropy) -> Result<Key> {
    if let Some(secret) = find(profile, kept)? {
        return Ok(secret);
    }
    let secret = Key::new(entropy.draw());
    put(profile, kept, &secret)?;
    Ok(secret)
}

/// Takes it out; what is not there is as good.
pub(crate) fn remove(profile: Uuid, kept: Kept) -> Result<()> {
    delete(SERVICE, &user(profile, kept))
}

/// The copy of the key file of the profile in `home`, if a keychain answers and has it.
pub(crate) fn copy_of(home: &Path) -> Option<String> {
    let text = read(COPIES, &place(home)).ok().flatten()?;
    String::from_utf8(text.to_vec()).ok()
}

/// Keeps a copy of the key file of the profile in `home`.
pub(crate) fn put_copy(home: &Path, text: &str) -> Result<()> {
    write(COPIES, &place(home), text.as_bytes())
}

fn find(profile: Uuid, kept: Kept) -> Result<Option<Key>> {
    let Some(secret) = read(SERVICE, &user(profile, kept))? else {
        return Ok(None);
    };
    let bytes: &[u8; 32] = secret
        .as_slice()
        .try_into()
        .map_err(|_| StoreError::NoKeychain("its entry has another form"))?;
    Ok(Some(Key::new(*bytes)))
}

fn user(profile: Uuid, kept: Kept) -> String {
    match kept {
        Kept::Way => profile.to_string(),
        Kept::Tie => format!("{profile} passphrase"),
    }
}

fn place(home: &Path) -> String {
    let whole = home.canonicalize().unwrap_or_else(|_| home.into());
    whole.display().to_string()
}

fn read(service: &str, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
    #[cfg(test)]
    if let Some(read) = at_hand::read(service, user) {
        return Ok(read.map(Zeroizing::new));
    }
    match entry(service, user)?.get_secret() {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(refusal(error)),
    }
}

fn write(service: &str, user: &str, secret: &[u8]) -> Result<()> {
    #[cfg(test)]
    if let Some(written) = at_hand::write(service, user, secret) {
        return written;
    }
    entry(service, user)?.set_secret(secret).map_err(refusal)
}

fn delete(service: &str, user: &str) -> Result<()> {
    #[cfg(test)]
    if let Some(deleted) = at_hand::delete(service, user) {
        return deleted;
    }
    match entry(service, user)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(refusal(error)),
    }
}

fn entry(service: &str, user: &str) -> Result<Entry> {
    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(target_os = "windows")]
    use windows_native_keyring_store::Store;
    #[cfg(target_os = "linux")]
    use zbus_secret_service_keyring_store::Store;

    let store = Store::new().map_err(refusal)?;
    store.build(service, user, None).map_err(refusal)
}

fn refusal(error: Error) -> StoreError {
    StoreError::NoKeychain(match error {
        Error::NoEntry => "it does not hold this profile's key",
        Error::NoStorageAccess(_) => "it is locked or refused",
        _ => "none answers",
    })
}

/// A keychain in a folder, for tests that end the process at each step of a change to it. The real ones are tried with a real keyring.
#[cfg(test)]
pub(crate) mod at_hand {
    use crate::{error::Result, files};
    use sha2::{Digest, Sha256};
    use std::{
        cell::RefCell,
        path::{Path, PathBuf},
    };

    thread_local! {
        static FOLDER: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
    }

    /// From now on this thread's keychain lies in `folder`.
    pub(crate) fn lies_in(folder: &Path) {
        files::private_folder(folder).unwrap();
        FOLDER.with_borrow_mut(|held| *held = Some(folder.into()));
    }

    pub(super) fn read(service: &str, user: &str) -> Option<Option<Vec<u8>>> {
        Some(std::fs::read(file(service, user)?).ok())
    }

    pub(super) fn write(service: &str, user: &str, secret: &[u8]) -> Option<Result<()>> {
        Some(files::replace(&file(service, user)?, secret))
    }

    pub(super) fn delete(service: &str, user: &str) -> Option<Result<()>> {
        let file = file(service, user)?;
        let deleted = files::remove(&file);
        files::sync_folder(file.parent()?).ok()?;
        Some(deleted)
    }

    fn file(service: &str, user: &str) -> Option<PathBuf> {
        let name = crate::keyslots::hex(&Sha256::digest(format!("{service}|{user}"))[..8]);
        FOLDER.with_borrow(|folder| Some(folder.as_ref()?.join(name)))
    }
}
