//! `archive write`, `archive read`: everything in one file, and a new profile out of it.

use super::profile::told_of_new;
use crate::{
    arguments::{Archive, ReadArchive, WriteArchive},
    output::Output,
    passphrase,
    session::{CLIENT, Session, unexpected},
};
use afterimage_engine::{
    api::{Code, Failure, Hidden, LockedFile, Request, Response},
    client::{FromArchive, Launch, Start, start_engine},
};
use std::path::{Path, PathBuf};

/// Writing an archive and reading one.
pub fn archive(session: &Session, output: &Output, action: Archive) -> Result<(), Failure> {
    match action {
        Archive::Write(options) => write(session, output, &options),
        Archive::Read(options) => read(session, output, &options),
    }
}

fn write(session: &Session, output: &Output, options: &WriteArchive) -> Result<(), Failure> {
    let client = session.connect()?;
    let key = &options.by.key;
    let file = locked(&options.file, passphrase::new_for(key, "the archive")?)?;
    let vault = match &options.vault {
        Some(vault) => Some(locked(
            vault,
            passphrase::new_for(key, "the vault's file")?,
        )?),
        None => None,
    };
    if options.vault.is_some() {
        // Last, because it stays open for a minute.
        let by = passphrase::prove(&options.by)?;
        client.call(Request::OpenVault { by })?;
    }
    let response = client.call(Request::WriteArchive { file, vault })?;
    let Response::Archived { archived } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || {
        let vault = archived.secrets.map(|secrets| {
            format!("\n{secrets} entries of the vault are in a file of their own.")
        });
        format!(
            "{} memories and {} pictures are in {} ({:.1} MB), and it was read back.{}\nWithout its passphrase nobody opens it, you neither. `afterimage archive read` makes a profile of it.",
            archived.memories,
            archived.pictures,
            options.file.display(),
            archived.bytes as f64 / 1e6,
            vault.unwrap_or_default(),
        )
    });
    Ok(())
}

/// Makes the profile that is meant, which must not be there yet.
fn read(session: &Session, output: &Output, options: &ReadArchive) -> Result<(), Failure> {
    if session.home.has_profile() {
        return Err(Failure {
            code: Code::ProfileExists,
            message: format!(
                "There is a profile in {} already; it was left as it is. Name a new one: --profile NAME.",
                session.home.dir().display()
            ),
        });
    }
    let key = &options.key;
    let archive = FromArchive {
        file: whole(&options.file)?,
        passphrase: passphrase::of(key, "Passphrase of the archive: ")?.into(),
        vault: match &options.vault {
            Some(vault) => Some((
                whole(vault)?,
                passphrase::of(key, "Passphrase of the vault's file: ")?.into(),
            )),
            None => None,
        },
    };
    let start = match key.keychain {
        true => Start::Keychain,
        false => Start::Passphrase(passphrase::new_for(key, "the new profile")?.into()),
    };
    let started = start_engine(&session.home, &Launch::read(start, archive), CLIENT)?;
    told_of_new(output, started)
}

fn locked(path: &Path, passphrase: String) -> Result<LockedFile, Failure> {
    Ok(LockedFile {
        path: whole(path)?.display().to_string(),
        passphrase: Hidden(passphrase),
    })
}

/// The engine may run in another folder.
fn whole(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure {
        code: Code::BadRequest,
        message: format!("{} is no name of a file: {error}.", path.display()),
    })
}
