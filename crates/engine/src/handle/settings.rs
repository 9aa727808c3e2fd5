//! Settings, models, and the room they take.

use crate::{
    api::{Failure, Response, Settings, Storage},
    engine::Engine,
    home, models, settings,
    task::Task,
};
use std::{fs, path::Path};

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
            free: home::free(engine.home.dir()).unwrap_or(0),
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
