//! Settings, models, and the room they take.

use crate::{
    api::{Failure, Response, Settings, Storage},
    engine::Engine,
    home, models, settings,
    task::Task,
};
use std::{ffi::CString, fs, io, mem::MaybeUninit, os::unix::ffi::OsStrExt, path::Path};

pub fn get(engine: &Engine) -> Result<Response, Failure> {
    Ok(Response::Settings {
        settings: engine.board.settings(),
    })
}

pub fn set(engine: &Engine, settings: Settings) -> Result<Response, Failure> {
    let settings = settings::checked(settings)?;
    engine
        .to_writer
        .ask(|reply| Task::Settings { settings, reply })?;
    get(engine)
}

pub fn models(engine: &Engine) -> Result<Response, Failure> {
    Ok(Response::Models {
        models: models::choices(&engine.board.settings()),
    })
}

pub fn storage(engine: &Engine) -> Result<Response, Failure> {
    let bytes = engine.readers.begin()?.storage()?;
    Ok(Response::Storage {
        storage: Storage {
            pictures: bytes.pictures,
            database: bytes.database,
            vectors: bytes.vectors,
            index: bytes.index,
            spool: bytes.spool,
            models: size_of_folder(&home::models_dir()),
            logs: size_of_folder(&engine.home.logs()),
            free: free(engine.home.dir()).unwrap_or(0),
        },
    })
}

/// Bytes of all files below `dir`; what cannot be read counts nothing.
fn size_of_folder(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size_of_folder(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Bytes this user may still write to the disk that holds `dir`.
fn free(dir: &Path) -> io::Result<u64> {
    let path = CString::new(dir.as_os_str().as_bytes())?;
    let mut found = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero and both pointers live through the call, which fills the struct or fails.
    let found = unsafe {
        match libc::statvfs(path.as_ptr(), found.as_mut_ptr()) {
            0 => found.assume_init(),
            _ => return Err(io::Error::last_os_error()),
        }
    };
    Ok(found.f_bavail * found.f_frsize)
}
