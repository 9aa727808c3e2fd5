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
    let slots = Profile::slots(home(engine))?;
    Ok(Response::Ways {
        ways: engine.home.ways(),
        guess_kib: Profile::cost(home(engine))?.map_or(0, |cost| cost.memory_kib),
        tied: slots.is_some_and(|slots| slots.tied),
    })
}

pub fn set_passphrase(
    engine: &Engine,
    by: &Opening,
    new: Hidden,
    tied: Option<bool>,
) -> Result<Response, Failure> {
    {
        let _one_at_a_time = held(engine);
        let cost = Profile::cost(home(engine))?.unwrap_or_else(PassphraseCost::default);
        let secret = SecretString::from(new.0.as_str());
        let (now, entropy) = (clock::clocks(), Entropy::system());
        Profile::set_passphrase(
            home(engine),
            &unlock(by),
            &secret,
            cost,
            tied,
            now,
            &entropy,
        )
        .map_err(said)?;
        let opening = Opening::Passphrase { passphrase: new };
        engine.keeper.changed(&opening);
    }
    changed(engine)
}

pub fn tie_passphrase(
    engine: &Engine,
    passphrase: &Hidden,
    tied: bool,
) -> Result<Response, Failure> {
    {
        let _one_at_a_time = held(engine);
        let passphrase = SecretString::from(passphrase.0.as_str());
        let (now, entropy) = (clock::clocks(), Entropy::system());
        Profile::tie_passphrase(home(engine), &passphrase, tied, now, &entropy)?;
    }
    changed(engine)
}

/// After a change: what there is now. The copy in the keychain is made beside it, because the keychain may ask the user first.
fn changed(engine: &Engine) -> Result<Response, Failure> {
    engine.keep_copy_of_keys();
    ways(engine)
}

pub fn renew_recovery(engine: &Engine, by: &Opening) -> Result<Response, Failure> {
    let code = {
        let _one_at_a_time = held(engine);
        let (now, entropy) = (clock::clocks(), Entropy::system());
        let code =
            Profile::renew_recovery(home(engine), &unlock(by), now, &entropy).map_err(said)?;
        let code = Hidden(code.expose_secret().to_owned());
        let opening = Opening::Recovery { code: code.clone() };
        engine.keeper.changed(&opening);
        code
    };
    engine.keep_copy_of_keys();
    Ok(Response::RecoveryCode { code })
}

pub fn add_keychain(engine: &Engine, by: &Opening) -> Result<Response, Failure> {
    {
        let _one_at_a_time = held(engine);
        let (now, entropy) = (clock::clocks(), Entropy::system());
        Profile::add_keychain(home(engine), &unlock(by), now, &entropy).map_err(said)?;
    }
    changed(engine)
}

pub fn remove_way(engine: &Engine, by: &Opening, way: Way) -> Result<Response, Failure> {
    {
        let _one_at_a_time = held(engine);
        let slot = match way {
            Way::Passphrase => afterimage_store::Way::Passphrase,
            Way::Recovery => afterimage_store::Way::Recovery,
            Way::Keychain => afterimage_store::Way::Keychain,
        };
        let (now, entropy) = (clock::clocks(), Entropy::system());
        Profile::remove_way(home(engine), &unlock(by), slot, now, &entropy).map_err(said)?;
        engine.keeper.removed(way, by);
    }
    changed(engine)
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
