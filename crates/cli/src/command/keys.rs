//! `keys`: the ways of opening the profile.

use crate::{
    arguments::{KeySource, Keys, Proof, SetPassphrase},
    output::Output,
    passphrase,
    session::{Session, status_of, unexpected},
};
use afterimage_engine::api::{
    CaptureState, Code, Failure, Hidden, Opening, Request, Response, Strength, Way,
};

/// Long enough to write a code down.
const LOOK_AWAY_SECONDS: u32 = 120;

pub fn keys(session: &Session, output: &Output, action: Keys) -> Result<(), Failure> {
    match action {
        Keys::List => told(output, session.call(Request::Ways)?, ""),
        Keys::Passphrase(how) => set_passphrase(session, output, &how),
        Keys::Tie(source) => tie(session, output, source, true),
        Keys::Untie(source) => tie(session, output, source, false),
        Keys::Strength(source) => strength(output, source),
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

fn set_passphrase(session: &Session, output: &Output, how: &SetPassphrase) -> Result<(), Failure> {
    // Said before anybody types two passphrases.
    session.call(Request::Ways)?;
    let by = passphrase::prove(&how.by)?;
    let passphrase = Hidden(passphrase::new(&how.by.key)?);
    let tied = (how.tied || how.untied).then_some(how.tied);
    let response = session.call(Request::SetPassphrase {
        by,
        passphrase,
        tied,
    })?;
    told(output, response, "The passphrase is set.\n")
}

fn tie(session: &Session, output: &Output, key: KeySource, tied: bool) -> Result<(), Failure> {
    let headline = match tied {
        true => {
            "Tied. Without this computer's keychain only the recovery code opens the profile now.\n"
        }
        false => "Untied. The passphrase opens the profile by itself.\n",
    };
    let passphrase = the_passphrase(key)?;
    let response = session.call(Request::TiePassphrase { passphrase, tied })?;
    told(output, response, headline)
}

fn strength(output: &Output, key: KeySource) -> Result<(), Failure> {
    let strength = Strength::of(&the_passphrase(key)?);
    output.document(&strength, || {
        let verdict = match strength.is_enough {
            true => "enough",
            false => "not enough",
        };
        let line = format!("{} of 4, {verdict}. {}", strength.score, strength.advice);
        line.trim_end().to_owned()
    });
    Ok(())
}

fn the_passphrase(key: KeySource) -> Result<Hidden, Failure> {
    let proof = Proof {
        key,
        recovery: false,
    };
    match passphrase::prove(&proof)? {
        Opening::Passphrase { passphrase } => Ok(passphrase),
        _ => Err(Failure {
            code: Code::BadRequest,
            message: "This needs the passphrase itself.".into(),
        }),
    }
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
    let Response::Ways {
        ways,
        guess_kib,
        tied,
    } = &response
    else {
        return Err(unexpected());
    };
    output.response(&response, || {
        let ways: Vec<_> = ways
            .iter()
            .map(|way| line(*way, *guess_kib, *tied))
            .collect();
        format!("{headline}{}", ways.join("\n"))
    });
    Ok(())
}

fn line(way: Way, guess_kib: u32, tied: bool) -> String {
    match way {
        Way::Passphrase => format!(
            "passphrase  opens the profile and the vault{}; a guess takes {} MiB",
            if tied {
                ", with this computer's keychain"
            } else {
                ""
            },
            guess_kib / 1024
        ),
        Way::Recovery => "recovery    the code opens the profile and the vault".into(),
        Way::Keychain => {
            "keychain    opens the profile, not the vault; any program of yours may ask it".into()
        }
    }
}
