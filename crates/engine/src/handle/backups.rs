//! Verified copies of the profile: beside it, and to take along.

use crate::{
    api::{Failure, LockedFile, Response},
    clock,
    engine::Engine,
    translate,
};
use afterimage_store::{ARCHIVE_WORK, ArchiveFile};

pub fn make(engine: &Engine) -> Result<Response, Failure> {
    engine.readers.back_up(clock::now())?;
    list(engine)
}

pub fn list(engine: &Engine) -> Result<Response, Failure> {
    let backups = engine.readers.backups()?;
    Ok(Response::Backups {
        backups: backups.into_iter().map(translate::backup).collect(),
        last_drill: engine.readers.last_drill().map(translate::drill),
    })
}

pub fn drill(engine: &Engine) -> Result<Response, Failure> {
    // Without a copy there is nothing to try.
    engine.readers.back_up(clock::now())?;
    let go_on = || !engine.board.is_locking();
    engine.readers.drill(clock::now(), &go_on)?;
    list(engine)
}

pub fn write_archive(
    engine: &Engine,
    file: &LockedFile,
    vault: Option<&LockedFile>,
) -> Result<Response, Failure> {
    let (file, vault) = (locked(file), vault.map(locked));
    let readers = &engine.readers;
    let archived = readers.write_archive(&file, vault.as_ref(), clock::now())?;
    Ok(Response::Archived {
        archived: translate::archived(&archived),
    })
}

fn locked(file: &LockedFile) -> ArchiveFile {
    ArchiveFile {
        path: file.path.as_str().into(),
        passphrase: file.passphrase.0.as_str().into(),
        work: ARCHIVE_WORK,
    }
}
