//! What there is to tidy up in memory, and what the user says to it.

use crate::{
    api::{Failure, Response},
    engine::Engine,
};

pub fn suggestions(engine: &Engine) -> Result<Response, Failure> {
    let (suggestions, last) = engine.tidying.suggestions()?;
    Ok(Response::Upkeep { suggestions, last })
}

pub fn run(engine: &Engine) -> Result<Response, Failure> {
    engine.tidying.run(&|| engine.board.is_locking())?;
    suggestions(engine)
}

pub fn apply(engine: &Engine, id: Option<&str>) -> Result<Response, Failure> {
    engine.tidying.agree(id)?;
    suggestions(engine)
}

pub fn dismiss(engine: &Engine, id: String) -> Result<Response, Failure> {
    engine.tidying.dismiss(id)?;
    suggestions(engine)
}
