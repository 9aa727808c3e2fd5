//! What the assistant says to a question of a set.

use super::Question;
use crate::session::unexpected;
use afterimage_engine::{
    api::{Failure, Filter, ObservationId, Request, Response, Timestamp},
    client::Client,
};
use serde::Serialize;
use std::{collections::HashMap, time::Instant};

#[derive(Serialize)]
pub struct Answered {
    id: String,
    answer: String,
    /// The set's names of what it cites.
    cited: Vec<String>,
    abstained: bool,
    confidence: f32,
    ms: f64,
}

/// Asks in a conversation of its own, at the question's time; nothing of it is kept.
pub fn answer(
    client: &Client,
    question: &Question,
    names: &HashMap<ObservationId, String>,
) -> Result<Answered, Failure> {
    let begun = Instant::now();
    let response = client.call(Request::Ask {
        thread: None,
        text: question.text.clone(),
        filter: Filter::default(),
        temporary: true,
        at: Some(Timestamp::from_millis(question.at.as_millisecond())),
    })?;
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    let Response::Answered { answer, .. } = response else {
        return Err(unexpected());
    };
    let cited = answer.citations.iter();
    let cited = cited.filter_map(|citation| names.get(&citation.observation?).cloned());
    Ok(Answered {
        id: question.id.clone(),
        cited: cited.collect(),
        answer: answer.text,
        abstained: answer.abstained,
        confidence: answer.confidence,
        ms,
    })
}
