//! The ways of opening the profile, and the vault. Each takes about a second where a passphrase is tried, on purpose.

use crate::{
    api::{Code, Failure, Hidden, Opening, Response, Way},
    clock,
    engine::Engine,
    task::Task,
};
use afterimage_store::{Entropy, PassphraseCost, Profile, Unlock};
use secrecy::{ExposeSecret, SecretString};
use std::{
    path::Path,
    sync::{MutexGuard, PoisonError},
};

pub fn ways(engine: &Engine) -> Result<Response, Failure> {
    Ok(Response::Ways {
        ways: engine.home.ways(),
        guess_kib: Profile::cost(home(engine))?.map_or(0, |cost| cost.memory_kib),
    })
}

pub fn set_passphrase(engine: &Engine, by: &Opening, new: &Hidden) -> Result<Response, Failure> {
    let _one_at_a_time = held(engine);
    let cost = Profile::cost(home(engine))?.unwrap_or_else(PassphraseCost::default);
    let new = SecretString::from(new.0.as_str());
    let (now, entropy) = (clock::clocks(), Entropy::system());
    Profile::set_passphrase(home(engine), &unlock(by), &new, cost, now, &entropy).map_err(said)?;
    ways(engine)
}

pub fn renew_recovery(engine: &Engine, by: &Opening) -> Result<Response, Failure> {
    let _one_at_a_time = held(engine);
    let (now, entropy) = (clock::clocks(), Entropy::system());
    let code = Profile::renew_recovery(home(engine), &unlock(by), now, &entropy).map_err(said)?;
    Ok(Response::RecoveryCode {
        code: Hidden(code.expose_secret().to_owned()),
    })
}

pub fn add_keychain(engine: &Engine, by: &Opening) -> Result<Response, Failure> {
    let _one_at_a_time = held(engine);
    let (now, entropy) = (clock::clocks(), Entropy::system());
    Profile::add_keychain(home(engine), &unlock(by), now, &entropy).map_err(said)?;
    ways(engine)
}

pub fn remove_way(engine: &Engine, by: &Opening, way: Way) -> Result<Response, Failure> {
    let _one_at_a_time = held(engine);
    let way = match way {
        Way::Passphrase => afterimage_store::Way::Passphrase,
        Way::Recovery => afterimage_store::Way::Recovery,
        Way::Keychain => afterimage_store::Way::Keychain,
    };
    let (now, entropy) = (clock::clocks(), Entropy::system());
    Profile::remove_way(home(engine), &unlock(by), way, now, &entropy).map_err(said)?;
    ways(engine)
}

pub fn open_vault(engine: &Engine, by: &Opening) -> Result<Response, Failure> {
    if *by == Opening::Keychain {
        return Err(Failure::bad_request(
            "The keychain does not open the vault. Give the passphrase or the recovery code.",
        ));
    }
    let key = {
        let _one_at_a_time = held(engine);
        Profile::vault_key(home(engine), &unlock(by), clock::clocks())?
    };
    engine
        .to_writer
        .ask(|reply| Task::OpenVault { key, reply })?;
    Ok(Response::Done)
}

/// Opened by the keychain, new ways would lead past the vault.
fn said(error: afterimage_store::StoreError) -> Failure {
    match error {
        afterimage_store::StoreError::VaultClosed => Failure::new(
            Code::VaultClosed,
            "The keychain is not enough for this. Give the passphrase or the recovery code.",
        ),
        other => other.into(),
    }
}

fn unlock(by: &Opening) -> Unlock {
    match by {
        Opening::Passphrase { passphrase } => Unlock::Passphrase {
            passphrase: SecretString::from(passphrase.0.as_str()),
            cost: PassphraseCost::default(),
        },
        Opening::Recovery { code } => Unlock::Recovery(SecretString::from(code.0.as_str())),
        Opening::Keychain => Unlock::Keychain,
    }
}

fn home(engine: &Engine) -> &Path {
    engine.home.dir()
}

fn held(engine: &Engine) -> MutexGuard<'_, ()> {
    engine.ways.lock().unwrap_or_else(PoisonError::into_inner)
}
