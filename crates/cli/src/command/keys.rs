//! `keys`: the ways of opening the profile.

use crate::{
    arguments::{Keys, Proof},
    output::Output,
    passphrase,
    session::{Session, status_of, unexpected},
};
use afterimage_engine::api::{CaptureState, Failure, Hidden, Request, Response, Way};

/// Long enough to write a code down.
const LOOK_AWAY_SECONDS: u32 = 120;

pub fn keys(session: &Session, output: &Output, action: Keys) -> Result<(), Failure> {
    match action {
        Keys::List => told(output, session.call(Request::Ways)?, ""),
        Keys::Passphrase(proof) => set_passphrase(session, output, &proof),
        Keys::Recovery(proof) => renew_recovery(session, output, &proof),
        Keys::Keychain(proof) => {
            let by = passphrase::prove(&proof)?;
            let response = session.call(Request::AddKeychain { by })?;
            told(output, response, "The keychain opens the profile now.\n")
        }
        Keys::Remove(remove) => {
            let by = passphrase::prove(&remove.by)?;
            let way = remove.way.into();
            let response = session.call(Request::RemoveWay { by, way })?;
            told(output, response, "Taken away.\n")
        }
    }
}

fn set_passphrase(session: &Session, output: &Output, proof: &Proof) -> Result<(), Failure> {
    // Said before anybody types two passphrases.
    session.call(Request::Ways)?;
    let by = passphrase::prove(proof)?;
    let passphrase = Hidden(passphrase::new(&proof.key)?);
    let response = session.call(Request::SetPassphrase { by, passphrase })?;
    told(output, response, "The passphrase is set.\n")
}

fn renew_recovery(session: &Session, output: &Output, proof: &Proof) -> Result<(), Failure> {
    let by = passphrase::prove(proof)?;
    let paused = look_away(session)?;
    let response = session.call(Request::RenewRecovery { by })?;
    let Response::RecoveryCode { code } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || {
        format!(
            "The recovery code, shown this once; the one before opens nothing any more:\n\n    {}\n{paused}",
            code.0
        )
    });
    Ok(())
}

/// Stops looking at the screen for a while, if it is looked at: this terminal may be on it. What is said of that.
pub fn look_away(session: &Session) -> Result<&'static str, Failure> {
    let status = status_of(session.call(Request::Status)?)?;
    match status.capture {
        CaptureState::NoConsent | CaptureState::Paused { .. } => Ok(""),
        _ => {
            let seconds = Some(LOOK_AWAY_SECONDS);
            session.call(Request::Pause { seconds })?;
            Ok("\nThe screen is not looked at for two minutes. Clear the terminal before that.")
        }
    }
}

fn told(output: &Output, response: Response, headline: &str) -> Result<(), Failure> {
    let Response::Ways { ways, guess_kib } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || {
        let ways: Vec<_> = ways.iter().map(|way| line(*way, *guess_kib)).collect();
        format!("{headline}{}", ways.join("\n"))
    });
    Ok(())
}

fn line(way: Way, guess_kib: u32) -> String {
    match way {
        Way::Passphrase => format!(
            "passphrase  opens the profile and the vault; a guess takes {} MiB",
            guess_kib / 1024
        ),
        Way::Recovery => "recovery    the code opens the profile and the vault".into(),
        Way::Keychain => {
            "keychain    opens the profile, not the vault; any program of yours may ask it".into()
        }
    }
}
