//! Trying to restore the newest copy, because a copy that nobody tries may be none: it is copied, opened as a profile, read from end to end and
//! counted against what it says of itself, beside the profile and under its keys.

use crate::{
    backup,
    error::{Result, StoreError},
    files,
    keys::{self, Key},
    open::{Access, connect},
    pictures,
    profile::{self, FOLDERS, Profile, database},
    sealed_file,
    store::{self, Opened, Shared},
    table::{census, picture},
    types::Backup,
};
use afterimage_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fs, path::PathBuf};

/// Where the trial is made, in the profile folder.
pub(crate) const WORKSHOP: &str = "drill";
const ABOUT: &[u8] = b"afterimage/drill/1";

/// How a trial went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// When it was made.
    pub at: Timestamp,
    /// When the copy was made that was tried.
    pub of: Timestamp,
    /// Why it could not be restored, in a clause; `None` when it could.
    pub fault: Option<String>,
}

/// Tries the newest copy and keeps what came of it. `None` without copies, or when `go_on` became false. An error is no fault of the copy: it
/// was not tried.
pub(crate) fn run(
    shared: &Shared,
    at: Timestamp,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<Drill>> {
    let Some(newest) = backup::list(&shared.home)?.pop() else {
        return Ok(None);
    };
    let workshop = shared.home.join(WORKSHOP);
    crate::archive::remove_tree(&workshop)?;
    let tried = try_out(shared, &newest, go_on);
    crate::archive::remove_tree(&workshop)?;
    let fault = match tried {
        Ok(true) => None,
        Ok(false) => return Ok(None),
        Err(error) if is_its_own(&error) => Some(in_words(&error)),
        Err(error) => return Err(error),
    };
    if fault.is_some() {
        backup::set_aside(&shared.home, &newest.name)?;
        backup::make(&shared.home, &shared.keys, at, &shared.entropy)?;
    }
    let drill = Drill {
        at,
        of: newest.at,
        fault,
    };
    let text = serde_json::to_vec(&drill)?;
    let sealed = keys::seal(&shared.keys.seal, shared.entropy.draw(), ABOUT, &text);
    files::replace(&path(shared), &sealed)?;
    Ok(Some(drill))
}

/// What came of the last one.
pub(crate) fn last(shared: &Shared) -> Option<Drill> {
    let sealed = fs::read(path(shared)).ok()?;
    let text = keys::unseal(&shared.keys.seal, ABOUT, &sealed)?;
    serde_json::from_slice(&text).ok()
}

/// False: it was stopped.
fn try_out(shared: &Shared, backup: &Backup, go_on: &dyn Fn() -> bool) -> Result<bool> {
    let workshop = shared.home.join(WORKSHOP);
    for folder in FOLDERS {
        files::private_folder(&workshop.join(folder))?;
    }
    let copy = database(&workshop);
    files::private_file(&copy, true)?;
    fs::copy(backup::path(&shared.home, &backup.name), &copy)?;
    let held = backup::verify(&copy, &shared.keys.db)?;
    if !backup::is_of(backup, held) {
        return Err(StoreError::Corrupt("backup"));
    }
    if !go_on() || !counts_are_right(shared, backup, &copy, go_on)? {
        return Ok(false);
    }
    let lock = profile::take_lock(&workshop)?;
    let inner = Profile::inside(&workshop, shared.keys.clone(), None, lock);
    let Opened { writer, .. } = store::open(inner, shared.entropy.clone())?;
    writer.close()?;
    Ok(true)
}

/// Whether it was read to its end; less than it says it holds is an error.
fn counts_are_right(
    shared: &Shared,
    backup: &Backup,
    copy: &std::path::Path,
    go_on: &dyn Fn() -> bool,
) -> Result<bool> {
    // One from before copies said what they hold is only read.
    let Some(said) = backup::said(&shared.home, &shared.keys, &backup.name)? else {
        return Ok(true);
    };
    let connection = connect(copy, &shared.keys.db, Access::Read)?;
    if census::take(&connection)? != said.rows {
        return Err(StoreError::Corrupt("backup"));
    }
    let folder = backup::pictures_folder(&shared.home);
    let mut whole = 0;
    for (_, name, wrapped) in picture::all(&connection)? {
        if !go_on() {
            return Ok(false);
        }
        let file = pictures::path(&folder, &name);
        if file.exists() {
            let key = keys::unseal(&shared.keys.blob, name.as_bytes(), &wrapped);
            let key = key.and_then(|key| key.as_slice().try_into().ok());
            let key = key.map(Key::new).ok_or(StoreError::Corrupt("picture"))?;
            if let Err(error) = sealed_file::unseal(&key, &fs::read(&file)?) {
                // The next copy takes it from the profile again.
                files::remove(&file)?;
                return Err(error);
            }
            whole += 1;
        }
    }
    match whole >= said.pictures {
        true => Ok(true),
        false => Err(StoreError::Corrupt("pictures of the backup")),
    }
}

/// Whether the copy is to blame, not a full disk or a lack of time.
fn is_its_own(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Corrupt(_)
            | StoreError::WrongKey
            | StoreError::NewerDatabase { .. }
            | StoreError::Internal { .. }
    )
}

/// Without the advice, which is for a database in use.
fn in_words(error: &StoreError) -> String {
    match error {
        StoreError::Corrupt(what) => format!("the {what} is damaged"),
        other => other.to_string(),
    }
}

fn path(shared: &Shared) -> PathBuf {
    backup::folder(&shared.home).join("drill")
}
