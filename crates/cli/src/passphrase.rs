//! Getting a passphrase: from a prompt or from standard input, never from arguments or the environment.

use crate::arguments::{KeySource, Proof};
use afterimage_engine::{
    api::{Code, Failure, Hidden, Opening},
    client::{Passphrase, Start},
};
use std::io::{self, IsTerminal};

/// Where the key comes from, asking for the passphrase or the recovery code once.
pub fn ask(source: &KeySource, recovery: bool) -> Result<Start, Failure> {
    if source.keychain {
        return Ok(Start::Keychain);
    }
    let secret = Passphrase::from(secret(source, asked_for(recovery))?);
    Ok(match recovery {
        true => Start::Recovery(secret),
        false => Start::Passphrase(secret),
    })
}

/// The same for a new profile: typed twice when a person types it.
pub fn choose(source: &KeySource) -> Result<Start, Failure> {
    if source.keychain {
        return Ok(Start::Keychain);
    }
    Ok(Start::Passphrase(Passphrase::from(new(source)?)))
}

/// What opens the profile that is open already, to change something about it.
pub fn prove(proof: &Proof) -> Result<Opening, Failure> {
    if proof.key.keychain {
        return Ok(Opening::Keychain);
    }
    let text = Hidden(secret(&proof.key, asked_for(proof.recovery))?);
    Ok(match proof.recovery {
        true => Opening::Recovery { code: text },
        false => Opening::Passphrase { passphrase: text },
    })
}

/// A new passphrase: typed twice when a person types it.
pub fn new(source: &KeySource) -> Result<String, Failure> {
    if is_piped(source) {
        return from_stdin();
    }
    typed_twice("New passphrase: ")
}

/// A new passphrase for `what`, the same way.
pub fn new_for(source: &KeySource, what: &str) -> Result<String, Failure> {
    match is_piped(source) {
        true => from_stdin(),
        false => typed_twice(&format!("A passphrase for {what}: ")),
    }
}

/// One that is there already, asked for in these words.
pub fn of(source: &KeySource, question: &str) -> Result<String, Failure> {
    secret(source, question)
}

fn typed_twice(question: &str) -> Result<String, Failure> {
    let text = prompt(question)?;
    if prompt("The same once more: ")? != text {
        return Err(Failure {
            code: Code::BadRequest,
            message: "The two were not the same. Nothing was changed; try again.".into(),
        });
    }
    Ok(text)
}

fn asked_for(recovery: bool) -> &'static str {
    match recovery {
        true => "Recovery code: ",
        false => "Passphrase: ",
    }
}

fn secret(source: &KeySource, question: &str) -> Result<String, Failure> {
    match is_piped(source) {
        true => from_stdin(),
        false => prompt(question),
    }
}

fn is_piped(source: &KeySource) -> bool {
    source.passphrase_stdin || !io::stdin().is_terminal()
}

fn from_stdin() -> Result<String, Failure> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(unreadable)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

fn prompt(question: &str) -> Result<String, Failure> {
    rpassword::prompt_password(question).map_err(unreadable)
}

fn unreadable(error: io::Error) -> Failure {
    Failure {
        code: Code::BadRequest,
        message: format!("The passphrase could not be read: {error}."),
    }
}
