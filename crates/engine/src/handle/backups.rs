//! Verified copies of the database.

use crate::{
    api::{Failure, Response},
    clock,
    engine::Engine,
    translate,
};

pub fn make(engine: &Engine) -> Result<Response, Failure> {
    engine.readers.back_up(clock::now())?;
    list(engine)
}

pub fn list(engine: &Engine) -> Result<Response, Failure> {
    let backups = engine.readers.backups()?;
    Ok(Response::Backups {
        backups: backups.into_iter().map(translate::backup).collect(),
    })
}
