//! Forgetting: finding all that rests on a thing and on nothing else, and taking it out of every table.
//!
//! The set is closed: a memory goes with any of its sources, whose words may be in it, an answer when all it cites goes, and what rests on
//! those in turn. What was a memory's other sources is thought about again, so that it is derived anew from them alone. Only what the user
//! typed, changed or said yes to keeps its words and loses a source. The files follow after the commit, see `Writer::forget`.

mod named;

use crate::{
    error::Result,
    table::{
        frame, gap, job, link, memory, memory_version, meta, observation, picture, receipt, thread,
        tombstone, words,
    },
    txn::Txn,
    types::{DocRef, Forget, ForgetCounts, ForgetPreview, Gap, GapReason, JobKind, Receipt},
};
use afterimage_domain::{
    Answer, Citation, JobId, MemoryState, ObservationId, ReceiptId, Timestamp, Trust,
};
use rusqlite::Connection;
use std::collections::{BTreeSet, HashSet};

/// What is to go, by row.
#[derive(Default)]
struct Doomed {
    frames: BTreeSet<i64>,
    observations: BTreeSet<i64>,
    memories: BTreeSet<i64>,
    threads: BTreeSet<i64>,
    /// Memories of the user's own hand that stay and lose sources.
    kept: BTreeSet<i64>,
    /// Memories that go and are derived anew from the sources they have left.
    anew: BTreeSet<i64>,
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
    let again = left_over(txn, &doomed)?;
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
    let generation = meta::raise(txn, meta::INDEX_GENERATION)?;
    think_again(txn, &again, generation, at)?;
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
            memories: (self.memories.len() - self.anew.len()) as u32,
            memories_kept: self.kept.len() as u32,
            memories_anew: self.anew.len() as u32,
            turns: self.turns,
        }
    }
}

fn doomed(connection: &Connection, what: &Forget) -> Result<Doomed> {
    let mut doomed = named::named(connection, what)?;
    close(connection, &mut doomed)?;
    derived_anew(connection, &mut doomed)?;
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
                let all_go = rests_on.iter().all(|row| doomed.observations.contains(row));
                match !all_go && is_of_users_hand(connection, row)? {
                    true => doomed.kept.insert(row),
                    false => doomed.memories.insert(row),
                };
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

/// Whether the user typed, changed or said yes to the memory in a row. A note is made of its sources' very words, whoever asked for it.
fn is_of_users_hand(connection: &Connection, row: i64) -> Result<bool> {
    let Some(found) = memory::get_row(connection, row)? else {
        return Ok(false);
    };
    let is_typed = found.memory.content.trust == Trust::User;
    Ok(!found.memory.content.is_note()
        && (is_typed || memory_version::was_changed_by_user(connection, row)?))
}

/// Of what goes, that which can be derived anew: it was in use, and lost some of its sources and not all. A note is made anew by upkeep.
fn derived_anew(connection: &Connection, doomed: &mut Doomed) -> Result<()> {
    for row in &doomed.memories {
        let Some(found) = memory::get_row(connection, *row)? else {
            continue;
        };
        let is_used = matches!(
            found.memory.state,
            MemoryState::Active | MemoryState::Waiting
        );
        let sources = memory::source_rows(connection, *row)?;
        let goes = |source: &i64| doomed.observations.contains(source);
        let loses_some = sources.iter().any(goes) && !sources.iter().all(goes);
        if is_used && loses_some && !found.memory.content.is_note() {
            doomed.anew.insert(*row);
        }
    }
    Ok(())
}

/// The observations from which memories are to be derived anew, memory by memory.
fn left_over(connection: &Connection, doomed: &Doomed) -> Result<BTreeSet<Vec<ObservationId>>> {
    let mut left = BTreeSet::new();
    for row in &doomed.anew {
        let mut sources = memory::source_rows(connection, *row)?;
        sources.retain(|source| !doomed.observations.contains(source));
        sources.sort_unstable();
        sources.dedup();
        let ids = sources
            .iter()
            .map(|source| observation::id_of(connection, *source));
        left.insert(ids.filter_map(Result::transpose).collect::<Result<_>>()?);
    }
    Ok(left)
}

/// Queues them to be thought about; `generation` tells this from work on the same that is under way.
fn think_again(
    txn: &Txn<'_>,
    again: &BTreeSet<Vec<ObservationId>>,
    generation: i64,
    at: Timestamp,
) -> Result<()> {
    for ids in again {
        let docs: Vec<DocRef> = ids.iter().copied().map(DocRef::Observation).collect();
        for docs in docs.chunks(job::MOST_DOCS) {
            let id = JobId(txn.entropy.id(at));
            job::enqueue(txn, id, JobKind::Absorb, docs, generation as u32, at)?;
        }
    }
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
