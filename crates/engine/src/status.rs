//! How things stand, put together from the board and the database.

use crate::{
    api::{Failure, Status},
    board::Board,
    clock, translate,
};
use afterimage_store::{JobKind, Readers};
use jiff::tz::TimeZone;

/// Where this engine runs.
#[derive(Clone)]
pub struct Place {
    /// The profile folder, for people.
    pub home: String,
}

/// The status now.
pub fn status(readers: &Readers, board: &Board, place: &Place) -> Result<Status, Failure> {
    let now = clock::now();
    let facts = board.facts();
    let zone = clock::zone(&facts.settings.time_zone).unwrap_or(TimeZone::UTC);
    let view = readers.begin()?;
    let counts = view.counts(clock::midnight(now, &zone))?;
    let (absorb, embed) = (
        view.backlog(JobKind::Absorb)?,
        view.backlog(JobKind::Embed)?,
    );
    Ok(Status {
        capture: facts.capture(now),
        consent: facts.consent,
        last_look: facts.last_look,
        last_frame: counts.last_frame,
        frames_today: counts.frames,
        memories: counts.memories,
        waiting: absorb.docs,
        failed_jobs: absorb.dead + embed.dead,
        model: facts.model,
        details: facts.details,
        redacted_today: counts.redactions,
        load: facts.load,
        passed_over: facts.passed_over,
        damage: facts.damage,
        last_drill: readers.last_drill().map(translate::drill),
        home: place.home.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
    })
}
