//! Forgetting: finding all that rests on a thing and on nothing else, and taking it out of every table.
//!
//! The set is closed: a memory goes when all its sources go, an answer when all it cites goes, and what rests on those in turn. What keeps
//! another leg to stand on stays and loses this one. A note goes with any of its sources, whose very words are in it; it is made anew from
//! what is left. The files follow after the commit, see `Writer::forget`.

mod named;

use crate::{
    error::Result,
    table::{
        frame, gap, job, link, memory, memory_version, meta, observation, picture, receipt, thread,
        tombstone, words,
    },
    txn::Txn,
    types::{Forget, ForgetCounts, ForgetPreview, Gap, GapReason, Receipt},
};
use afterimage_domain::{Answer, Citation, ObservationId, ReceiptId, Timestamp};
use rusqlite::Connection;
use std::collections::{BTreeSet, HashSet};

/// What is to go, by row.
#[derive(Default)]
struct Doomed {
    frames: BTreeSet<i64>,
    observations: BTreeSet<i64>,
    memories: BTreeSet<i64>,
    threads: BTreeSet<i64>,
    /// Memories that stay and lose sources.
    kept: BTreeSet<i64>,
    /// Conversations that stay and lose their name, which is made of words that go.
    unnamed: BTreeSet<i64>,
    turns: u32,
}

/// How many titles a preview shows.
const EXAMPLES: usize = 20;

/// What forgetting would remove.
pub(crate) fn preview(connection: &Connection, what: &Forget) -> Result<ForgetPreview> {
    let doomed = doomed(connection, what)?;
    let examples = doomed.memories.iter().take(EXAMPLES);
    let examples = examples.map(|row| memory::get_row(connection, *row));
    Ok(ForgetPreview {
        counts: doomed.counts(),
        examples: examples
            .filter_map(Result::transpose)
            .map(|found| found.map(|row| row.memory.content.title))
            .collect::<Result<_>>()?,
    })
}

/// Takes it out of every table and leaves a receipt.
pub(crate) fn forget(txn: &mut Txn<'_>, what: &Forget, at: Timestamp) -> Result<Receipt> {
    let doomed = doomed(txn, what)?;
    let ids = observation_ids(txn, &doomed)?;
    strip_answers(txn, &doomed)?;
    memory_version::scrub(txn, &ids)?;
    if *what == Forget::All {
        words::clear(txn)?;
    }
    let with_words = *what != Forget::All;
    for row in &doomed.memories {
        delete_memory(txn, *row, with_words)?;
    }
    for row in &doomed.observations {
        delete_observation(txn, *row, with_words)?;
    }
    for row in &doomed.frames {
        delete_frame(txn, *row)?;
    }
    for (row, id) in thread::ids(txn)? {
        if doomed.threads.contains(&row) {
            tombstone::bury_thread(txn, &tombstone::key(txn, txn.keys)?, id)?;
            thread::delete(txn, row)?;
        }
    }
    for row in &doomed.unnamed {
        thread::unname(txn, *row)?;
    }
    link::delete_unmentioned(txn)?;
    job::delete_empty(txn)?;
    leave_gap(txn, what)?;
    meta::raise(txn, meta::INDEX_GENERATION)?;
    let receipt = Receipt {
        id: ReceiptId(txn.entropy.id(at)),
        at,
        what: in_words(what).into(),
        counts: doomed.counts(),
    };
    receipt::insert(txn, &receipt)?;
    Ok(receipt)
}

impl Doomed {
    fn counts(&self) -> ForgetCounts {
        ForgetCounts {
            frames: self.frames.len() as u32,
            observations: self.observations.len() as u32,
            memories: self.memories.len() as u32,
            memories_kept: self.kept.len() as u32,
            turns: self.turns,
        }
    }
}

fn doomed(connection: &Connection, what: &Forget) -> Result<Doomed> {
    let mut doomed = named::named(connection, what)?;
    close(connection, &mut doomed)?;
    for row in &doomed.observations {
        doomed.turns += u32::from(thread::is_turn(connection, *row)?);
    }
    conversations(connection, &mut doomed)?;
    Ok(doomed)
}

/// Adds what rests only on what is to go, until nothing more does.
fn close(connection: &Connection, doomed: &mut Doomed) -> Result<()> {
    let answers = thread::answers(connection)?;
    let mut fresh: Vec<i64> = doomed.observations.iter().copied().collect();
    loop {
        for observation in std::mem::take(&mut fresh) {
            for row in memory::rows_resting_on(connection, observation)? {
                let rests_on = memory::source_rows(connection, row)?;
                if rests_on.iter().all(|row| doomed.observations.contains(row))
                    || memory::is_note(connection, row)?
                {
                    doomed.memories.insert(row);
                } else {
                    doomed.kept.insert(row);
                }
            }
        }
        for (row, answer) in &answers {
            let rests_on_gone =
                !answer.citations.is_empty() && all_gone(connection, &answer.citations, doomed)?;
            if rests_on_gone && doomed.observations.insert(*row) {
                fresh.push(*row);
            }
        }
        if fresh.is_empty() {
            break;
        }
    }
    doomed.kept.retain(|row| !doomed.memories.contains(row));
    Ok(())
}

/// A conversation without turns goes; one that loses its first turn loses the name that was made of it.
fn conversations(connection: &Connection, doomed: &mut Doomed) -> Result<()> {
    for (row, turns) in thread::with_turns(connection)? {
        let stays = |turn: &i64| !doomed.observations.contains(turn);
        let Some(first) = turns.first() else {
            continue;
        };
        if !turns.iter().any(stays) {
            doomed.threads.insert(row);
        } else if !stays(first) {
            doomed.unnamed.insert(row);
        }
    }
    Ok(())
}

fn all_gone(connection: &Connection, citations: &[Citation], doomed: &Doomed) -> Result<bool> {
    let mut touched = false;
    for citation in citations {
        match cites_gone(connection, citation, doomed)? {
            true => touched = true,
            false => return Ok(false),
        }
    }
    Ok(touched)
}

/// Whether a citation leads to something that is to go.
fn cites_gone(connection: &Connection, citation: &Citation, doomed: &Doomed) -> Result<bool> {
    let memory = match citation.memory {
        Some(id) => memory::row_of(connection, id)?,
        None => None,
    };
    let observation = match citation.observation {
        Some(id) => observation::row_of(connection, id)?,
        None => None,
    };
    Ok(memory.is_some_and(|row| doomed.memories.contains(&row))
        || observation.is_some_and(|row| doomed.observations.contains(&row)))
}

/// Blanks the citations of surviving answers that lead to what goes; the numbers in the text keep their places.
fn strip_answers(txn: &Txn<'_>, doomed: &Doomed) -> Result<()> {
    for (row, mut answer) in thread::answers(txn)? {
        if !doomed.observations.contains(&row) && blank(txn, &mut answer, doomed)? {
            thread::set_answer(txn, row, &answer)?;
        }
    }
    Ok(())
}

fn blank(txn: &Txn<'_>, answer: &mut Answer, doomed: &Doomed) -> Result<bool> {
    let mut changed = false;
    for citation in &mut answer.citations {
        if cites_gone(txn, citation, doomed)? {
            *citation = Citation {
                memory: None,
                observation: None,
                frame: None,
                boxes: Vec::new(),
                span: None,
                label: "forgotten".into(),
                app: String::new(),
                at: citation.at,
            };
            changed = true;
        }
    }
    Ok(changed)
}

fn delete_memory(txn: &mut Txn<'_>, row: i64, with_words: bool) -> Result<()> {
    if let Some(gone) = memory::get_row(txn, row)? {
        if with_words {
            words::remove_memory(txn, row, &gone.memory)?;
        }
        tombstone::bury_memory(txn, &tombstone::key(txn, txn.keys)?, gone.memory.id)?;
        memory::delete(txn, row, gone.memory.id)?;
        txn.after.docs_gone.insert(-row);
    }
    Ok(())
}

fn delete_observation(txn: &mut Txn<'_>, row: i64, with_words: bool) -> Result<()> {
    if let Some(gone) = observation::get_row(txn, row)? {
        let name = gone.external_id.as_deref();
        tombstone::bury_observation(txn, &tombstone::key(txn, txn.keys)?, gone.id, name)?;
        if with_words {
            words::remove_observation(txn, row, &gone)?;
        }
        observation::delete(txn, row)?;
        txn.after.docs_gone.insert(row);
    }
    Ok(())
}

fn delete_frame(txn: &mut Txn<'_>, row: i64) -> Result<()> {
    if let Some(id) = frame::id_of(txn, row)? {
        tombstone::bury_frame(txn, &tombstone::key(txn, txn.keys)?, id)?;
        let names = picture::names_of(txn, row)?;
        txn.after.pictures_gone.extend(names);
        frame::delete(txn, row)?;
    }
    Ok(())
}

fn leave_gap(txn: &Txn<'_>, what: &Forget) -> Result<()> {
    match what {
        Forget::Time(range) => gap::note(
            txn,
            &Gap {
                range: *range,
                reason: GapReason::Forgotten,
                count: 0,
            },
        ),
        Forget::All => gap::clear(txn),
        _ => Ok(()),
    }
}

fn observation_ids(txn: &Txn<'_>, doomed: &Doomed) -> Result<HashSet<ObservationId>> {
    let ids = doomed
        .observations
        .iter()
        .map(|row| observation::id_of(txn, *row));
    ids.filter_map(Result::transpose).collect()
}

/// Without content: a receipt must not keep what it says is gone.
fn in_words(what: &Forget) -> &'static str {
    match what {
        Forget::Time(_) => "a span of time",
        Forget::App(_) => "one app",
        Forget::Site(_) => "one site",
        Forget::Person(_) => "one person",
        Forget::Title(_) => "windows of one title",
        Forget::Words(_) => "some words",
        Forget::Details(_) => "personal details of one kind",
        Forget::Memory(_) => "one memory",
        Forget::Observation(_) => "one observation",
        Forget::Frame(_) => "one picture",
        Forget::Thread(_) => "one conversation",
        Forget::All => "everything",
    }
}
