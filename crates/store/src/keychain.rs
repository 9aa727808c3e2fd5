//! The system keychain: Secret Service, Keychain or Credential Manager. It holds 32 bytes that unwrap the master key.

use crate::{
    error::{Result, StoreError},
    keys::Key,
};
use keyring_core::{Entry, Error, api::CredentialStoreApi};
use uuid::Uuid;
use zeroize::Zeroizing;

const SERVICE: &str = "afterimage";

/// Keeps a secret for a profile.
pub(crate) fn put(profile: Uuid, secret: &Key) -> Result<()> {
    entry(profile)?
        .set_secret(secret.as_slice())
        .map_err(refusal)
}

/// The secret kept for a profile.
pub(crate) fn get(profile: Uuid) -> Result<Key> {
    let secret = Zeroizing::new(entry(profile)?.get_secret().map_err(refusal)?);
    let bytes: &[u8; 32] = secret
        .as_slice()
        .try_into()
        .map_err(|_| StoreError::NoKeychain("its entry has another form"))?;
    Ok(Key::new(*bytes))
}

/// Takes it out; what is not there is as good.
pub(crate) fn remove(profile: Uuid) -> Result<()> {
    match entry(profile)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(refusal(error)),
    }
}

fn entry(profile: Uuid) -> Result<Entry> {
    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(target_os = "windows")]
    use windows_native_keyring_store::Store;
    #[cfg(target_os = "linux")]
    use zbus_secret_service_keyring_store::Store;

    let store = Store::new().map_err(refusal)?;
    store
        .build(SERVICE, &profile.to_string(), None)
        .map_err(refusal)
}

fn refusal(error: Error) -> StoreError {
    StoreError::NoKeychain(match error {
        Error::NoEntry => "it does not hold this profile's key",
        Error::NoStorageAccess(_) => "it is locked or refused",
        _ => "none answers",
    })
}
