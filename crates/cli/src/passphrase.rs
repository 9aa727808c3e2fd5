//! Getting a passphrase: from a prompt or from standard input, never from arguments or the environment.

use crate::arguments::KeySource;
use afterimage_engine::{
    api::{Code, Failure},
    client::{Passphrase, Start},
};
use std::io::{self, IsTerminal};

/// Where the key comes from, asking for the passphrase once.
pub fn ask(source: &KeySource) -> Result<Start, Failure> {
    if source.keychain {
        return Ok(Start::Keychain);
    }
    let text = match is_piped(source) {
        true => from_stdin()?,
        false => prompt("Passphrase: ")?,
    };
    Ok(Start::Passphrase(Passphrase::from(text)))
}

/// The same for a new profile: typed twice when a person types it.
pub fn choose(source: &KeySource) -> Result<Start, Failure> {
    if source.keychain || is_piped(source) {
        return ask(source);
    }
    let text = prompt("New passphrase (nobody can recover it): ")?;
    if prompt("The same once more: ")? != text {
        return Err(Failure {
            code: Code::BadRequest,
            message: "The two were not the same. Nothing was made; try again.".into(),
        });
    }
    Ok(Start::Passphrase(Passphrase::from(text)))
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
