//! Taking in what was perceived: frame, observations, words and jobs in one transaction.

use crate::{
    error::{Result, StoreError},
    pictures,
    table::{frame, job, observation, picture, thread, tombstone, words},
    txn::Txn,
    types::{DocRef, Intake, JobKind, NewFrame, PictureSize, Taken, TakenAs, Tasks},
};
use afterimage_domain::{Answer, JobId, Observation, ObservationId, Origin, Timestamp};

/// Stores an intake; what is known or forgotten is left as it is.
pub(crate) fn record(txn: &mut Txn<'_>, intake: &Intake, at: Timestamp) -> Result<Vec<Taken>> {
    if let Some(frame) = &intake.frame {
        keep_frame(txn, frame)?;
    }
    let taken = intake
        .observations
        .iter()
        .map(|observation| keep_observation(txn, observation).map(|(taken, _)| taken))
        .collect::<Result<Vec<_>>>()?;
    let new: Vec<_> = taken
        .iter()
        .filter(|taken| taken.outcome == TakenAs::New)
        .map(|taken| taken.id)
        .collect();
    queue(txn, &new, intake.tasks, at)?;
    Ok(taken)
}

/// Stores a turn of the assistant chat.
pub(crate) fn record_turn(
    txn: &mut Txn<'_>,
    turn: &Observation,
    answer: Option<&Answer>,
    tasks: Tasks,
) -> Result<()> {
    let Origin::Chat { thread: id, .. } = &turn.origin else {
        return Err(StoreError::Refused("a turn must come from the chat"));
    };
    let thread = thread::row_of(txn, *id)?.ok_or(StoreError::NotFound("conversation"))?;
    let (taken, row) = keep_observation(txn, turn)?;
    if let (TakenAs::New, Some(row)) = (taken.outcome, row) {
        thread::add_turn(txn, thread, row, answer, turn.at)?;
        queue(txn, &[taken.id], tasks, turn.at)?;
    }
    Ok(())
}

fn keep_frame(txn: &mut Txn<'_>, new: &NewFrame) -> Result<()> {
    if frame::row_of(txn, new.id)?.is_some()
        || tombstone::frame_is_buried(txn, &tombstone::key(txn, txn.keys)?, new.id)?
    {
        return Ok(());
    }
    let row = frame::insert(txn, new)?;
    for (size, file) in [
        (PictureSize::Thumbnail, &new.thumbnail),
        (PictureSize::Full, &new.full),
    ] {
        let Some(file) = file else { continue };
        let kept = pictures::write(txn.pictures, &txn.keys.blob, file, new.at, txn.entropy)?;
        txn.written.push(kept.name.clone());
        picture::insert(txn, row, size, &kept)?;
    }
    Ok(())
}

/// What became of an observation, and its row when it is new.
fn keep_observation(txn: &mut Txn<'_>, new: &Observation) -> Result<(Taken, Option<i64>)> {
    let taken = |id: ObservationId, outcome| Taken { id, outcome };
    if let Some(id) = observation::known(txn, new)? {
        return Ok((taken(id, TakenAs::Known), None));
    }
    if tombstone::observation_is_buried(txn, &tombstone::key(txn, txn.keys)?, new)? {
        return Ok((taken(new.id, TakenAs::Forgotten), None));
    }
    let row = observation::insert(txn, new)?;
    words::add_observation(txn, row, new)?;
    Ok((taken(new.id, TakenAs::New), Some(row)))
}

fn queue(txn: &Txn<'_>, new: &[ObservationId], tasks: Tasks, at: Timestamp) -> Result<()> {
    let docs: Vec<_> = new.iter().copied().map(DocRef::Observation).collect();
    for (wanted, kind) in [
        (tasks.embed, JobKind::Embed),
        (tasks.absorb, JobKind::Absorb),
    ] {
        if !wanted {
            continue;
        }
        for docs in docs.chunks(job::MOST_DOCS) {
            job::enqueue(txn, JobId(txn.entropy.id(at)), kind, docs, 0, at)?;
        }
    }
    Ok(())
}
