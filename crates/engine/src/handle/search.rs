//! Finding: the question as words and as a vector, over one view of the database.

use crate::{
    api::{Code, Failure, Response},
    clock,
    embedder::question,
    engine::Engine,
    models, settings,
};
use afterimage_domain::{Evidence, Filter, Query, Tally, Timestamp};
use afterimage_recall::{QueryVector, RecallError, recall, tally};

/// Results of one search.
const MOST: u32 = 200;
/// Characters of one question.
pub const LONGEST_QUESTION: usize = 16_000;

pub fn search(
    engine: &Engine,
    text: String,
    filter: Filter,
    limit: u32,
    at: Option<Timestamp>,
) -> Result<Response, Failure> {
    let query = query(engine, text, filter, limit.clamp(1, MOST) as usize, at)?;
    let evidence = find(engine, &query)?;
    Ok(Response::Evidence { evidence })
}

/// A checked query, asked now unless `at` says otherwise.
pub fn query(
    engine: &Engine,
    text: String,
    filter: Filter,
    limit: usize,
    at: Option<Timestamp>,
) -> Result<Query, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::bad_request("There are no words to search for."));
    }
    if text.chars().count() > LONGEST_QUESTION {
        return Err(Failure::new(
            Code::TooLarge,
            format!("The question is longer than {LONGEST_QUESTION} characters. Shorten it."),
        ));
    }
    let settings = engine.board.settings();
    Ok(Query {
        text,
        at: at.unwrap_or_else(clock::now),
        time_zone: clock::zone_name(&settings.time_zone),
        filter,
        limit,
        token_budget: None,
        fading: settings::fading(&settings)?,
    })
}

/// The evidence for `query`. Without an embedder, words alone find.
pub fn find(engine: &Engine, query: &Query) -> Result<Evidence, Failure> {
    let vector = match engine.embedders.get() {
        Ok(embedder) => Some(question(embedder.as_ref(), &query.text)?),
        Err(_) => None,
    };
    let vector = vector.as_deref().map(|values| QueryVector {
        model: models::EMBEDDER,
        values,
    });
    let view = engine.readers.begin()?;
    recall(query, vector, &view).map_err(|RecallError::Store(error)| error.into())
}

/// What the rows come to, where `query` asks to count, compare or sum and they can tell.
pub fn count(engine: &Engine, query: &Query) -> Result<Option<Tally>, Failure> {
    let view = engine.readers.begin()?;
    tally(query, &view).map_err(|RecallError::Store(error)| error.into())
}
