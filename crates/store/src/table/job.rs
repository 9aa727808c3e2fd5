//! The durable queue: work that is due, leased, or dead. Finished jobs leave no row.

use super::{
    code::{self, Code},
    vector::{self, DocKey},
};
use crate::{
    error::{Result, StoreError},
    types::{Backlog, DocRef, Failed, Job, JobKind},
};
use afterimage_domain::{JobId, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

/// A job is tried so often before it waits for the user. A job that kills the process counts too.
pub(crate) const MOST_ATTEMPTS: u32 = 5;

/// No job waits longer than for its fifth try, and a second more. One that seems to was queued when the calendar was wrong: it is due.
const LONGEST_WAIT_MS: i64 = (1_000 << MOST_ATTEMPTS) + 1_000;

/// Documents in a job; more are put into several.
pub(crate) const MOST_DOCS: usize = 32;

const QUEUED: i64 = 0;
const DEAD: i64 = 2;

/// Queues work on documents that exist; the same kind, documents and `occasion` are queued once. The occasion tells work on a changed
/// document from the work on it that is under way.
pub(crate) fn enqueue(
    connection: &Connection,
    id: JobId,
    kind: JobKind,
    docs: &[DocRef],
    occasion: u32,
    at: Timestamp,
) -> Result<()> {
    let inserted = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO job (id, kind, state, key, attempts, not_before, queued_at)
             VALUES (?1, ?2, 0, ?3, 0, ?4, ?4)",
        )?
        .execute(params![
            id.0.as_bytes(),
            kind.code(),
            idempotency_key(kind, docs, occasion)?,
            at.millis()
        ])?;
    if inserted == 0 {
        return Ok(());
    }
    let job = connection.last_insert_rowid();
    let mut insert = connection.prepare_cached(
        "INSERT INTO job_doc (job, position, memory, observation) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, doc) in (0i64..).zip(docs) {
        let Some(key) = vector::key_of(connection, *doc)? else {
            continue;
        };
        let (memory, observation) = (key < 0)
            .then_some(-key)
            .map_or((None, Some(key)), |memory| (Some(memory), None));
        insert.execute(params![job, position, memory, observation])?;
    }
    Ok(())
}

/// Leases due jobs, oldest first. A job whose lease ran out is due again.
pub(crate) fn lease(
    connection: &Connection,
    kind: JobKind,
    limit: usize,
    at: Timestamp,
    until: Timestamp,
) -> Result<Vec<Job>> {
    bury_exhausted(connection, at)?;
    let mut statement = connection.prepare_cached(
        "UPDATE job SET state = 1, attempts = attempts + 1, lease_until = ?4
         WHERE row IN (
             SELECT row FROM job WHERE kind = ?1
               AND ((state = 0 AND not_before NOT BETWEEN ?2 + 1 AND ?2 + ?5)
                 OR (state = 1 AND lease_until <= ?2))
             ORDER BY row LIMIT ?3)
         RETURNING row, id, attempts, queued_at",
    )?;
    let leased = statement
        .query_map(
            params![
                kind.code(),
                at.millis(),
                limit as i64,
                until.millis(),
                LONGEST_WAIT_MS
            ],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    JobId(code::uuid(row, 1)?),
                    row.get(2)?,
                    code::time(row, 3)?,
                ))
            },
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut jobs = leased
        .into_iter()
        .map(|(row, id, attempts, queued_at)| {
            let docs = docs_of(connection, row)?;
            Ok((
                row,
                Job {
                    id,
                    kind,
                    docs,
                    attempts,
                    queued_at,
                },
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    jobs.sort_by_key(|(row, _)| *row);
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

/// Ends a leased job.
pub(crate) fn finish(connection: &Connection, id: JobId) -> Result<()> {
    let ended = connection
        .prepare_cached("DELETE FROM job WHERE id = ?1 AND state = 1")?
        .execute([id.0.as_bytes()])?;
    found_lease(ended)
}

/// Gives a lease back; the attempt does not count.
pub(crate) fn release(connection: &Connection, id: JobId) -> Result<()> {
    let released = connection
        .prepare_cached(
            "UPDATE job SET state = 0, attempts = attempts - 1, lease_until = NULL WHERE id = ?1 AND state = 1",
        )?
        .execute([id.0.as_bytes()])?;
    found_lease(released)
}

/// Counts a failure; `jitter` milliseconds are added to the wait.
pub(crate) fn fail(
    connection: &Connection,
    id: JobId,
    reason: &str,
    at: Timestamp,
    jitter: i64,
) -> Result<Failed> {
    let attempts: u32 = connection
        .prepare_cached("SELECT attempts FROM job WHERE id = ?1 AND state = 1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?
        .ok_or(StoreError::LeaseLost)?;
    let again = at.millis() + (1000 << attempts.min(16)) + jitter;
    let (state, failed) = match attempts >= MOST_ATTEMPTS {
        true => (DEAD, Failed::Dead),
        false => (QUEUED, Failed::Retry(Timestamp::from_millis(again))),
    };
    connection
        .prepare_cached(
            "UPDATE job SET state = ?2, not_before = ?3, lease_until = NULL, reason = ?4 WHERE id = ?1",
        )?
        .execute(params![id.0.as_bytes(), state, again, reason])?;
    Ok(failed)
}

/// Takes back the leases of a process that is gone.
pub(crate) fn take_back_all(connection: &Connection) -> Result<()> {
    connection.execute(
        "UPDATE job SET state = CASE WHEN attempts >= ?1 THEN 2 ELSE 0 END, lease_until = NULL,
         reason = 'interrupted' WHERE state = 1",
        [MOST_ATTEMPTS],
    )?;
    Ok(())
}

/// Queues dead jobs again; returns how many.
pub(crate) fn requeue_dead(connection: &Connection, at: Timestamp) -> Result<u32> {
    let queued = connection.execute(
        "UPDATE job SET state = 0, attempts = 0, not_before = ?1 WHERE state = 2",
        [at.millis()],
    )?;
    Ok(queued as u32)
}

/// Deletes jobs that have nothing left to work on.
pub(crate) fn delete_empty(connection: &Connection) -> Result<()> {
    connection.execute(
        "DELETE FROM job WHERE NOT EXISTS (SELECT 1 FROM job_doc d WHERE d.job = job.row)",
        [],
    )?;
    Ok(())
}

/// How much work of a kind there is.
pub(crate) fn backlog(connection: &Connection, kind: JobKind) -> Result<Backlog> {
    let (jobs, dead): (u32, u32) = connection
        .prepare_cached(
            "SELECT coalesce(sum(state <> 2), 0), coalesce(sum(state = 2), 0) FROM job WHERE kind = ?1",
        )?
        .query_row([kind.code()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let docs: u32 = connection
        .prepare_cached(
            "SELECT count(*) FROM job j JOIN job_doc d ON d.job = j.row WHERE j.kind = ?1 AND j.state <> 2",
        )?
        .query_row([kind.code()], |row| row.get(0))?;
    Ok(Backlog { jobs, docs, dead })
}

/// A job that ran out of leases and attempts at once is dead.
fn bury_exhausted(connection: &Connection, at: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE job SET state = 2, lease_until = NULL, reason = 'lease ran out'
             WHERE state = 1 AND lease_until <= ?1 AND attempts >= ?2",
        )?
        .execute(params![at.millis(), MOST_ATTEMPTS])?;
    Ok(())
}

fn docs_of(connection: &Connection, job: i64) -> Result<Vec<DocRef>> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(observation, -memory) FROM job_doc WHERE job = ?1 ORDER BY position",
    )?;
    let keys = statement
        .query_map([job], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<DocKey>>>()?;
    let docs = keys.into_iter().map(|key| vector::doc_of(connection, key));
    docs.filter_map(Result::transpose).collect()
}

fn found_lease(rows: usize) -> Result<()> {
    match rows {
        0 => Err(StoreError::LeaseLost),
        _ => Ok(()),
    }
}

fn idempotency_key(kind: JobKind, docs: &[DocRef], occasion: u32) -> Result<[u8; 32]> {
    let text = serde_json::to_string(docs)?;
    Ok(Sha256::digest(format!("{}\n{occasion}\n{text}", kind.code())).into())
}
