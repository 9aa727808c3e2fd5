//! The one that may write. Everything it does is one transaction; what it returns has been committed to the disk.

use crate::{error::Result, types::*};
use afterimage_domain::{
    Answer, Author, Edit, FrameId, JobId, MemoryId, Observation, ThreadId, TimeRange, Timestamp,
};
use std::time::Duration;

/// Owns the only connection that can write. One thread has it.
pub struct Writer {}

impl Writer {
    /// Stores intakes together with the jobs they ask for. What is known already is left as it is.
    /// Returns one entry an observation, in order.
    pub fn record(&mut self, intakes: &[Intake], at: Timestamp) -> Result<Vec<Taken>> {
        todo!()
    }
    /// The same for intakes that are in the spool; their files go once the rows are in the main file of the database.
    pub fn record_spooled(&mut self, spooled: &[Spooled], at: Timestamp) -> Result<Vec<Taken>> {
        todo!()
    }
    /// Stores vectors made by `model` outside of a job. Vectors of documents that are gone are dropped.
    pub fn store_vectors(&mut self, model: &str, vectors: &[NewVector]) -> Result<()> {
        todo!()
    }
    /// Deletes the vectors of every model but `model`; returns how many.
    pub fn drop_vectors_except(&mut self, model: &str) -> Result<u64> {
        todo!()
    }
    /// Applies edits, keeps the version before each, and queues the embedding of what changed.
    /// Edits that may not be applied are returned, not applied.
    pub fn apply(&mut self, edits: &[Edit], author: Author, at: Timestamp) -> Result<Applied> {
        todo!()
    }
    /// Leases up to `limit` due jobs of a kind, oldest first, until `at + lease`.
    pub fn lease(
        &mut self,
        kind: JobKind,
        limit: usize,
        at: Timestamp,
        lease: Duration,
    ) -> Result<Vec<Job>> {
        todo!()
    }
    /// The result of absorb jobs and their end in one transaction. The author of the edits is the first job.
    /// [`crate::StoreError::LeaseLost`] when one of the jobs is not leased any more; then nothing is applied.
    pub fn finish_absorb(
        &mut self,
        jobs: &[JobId],
        edits: &[Edit],
        at: Timestamp,
    ) -> Result<Applied> {
        todo!()
    }
    /// The result of embed jobs and their end in one transaction.
    pub fn finish_embed(
        &mut self,
        jobs: &[JobId],
        model: &str,
        vectors: &[NewVector],
        at: Timestamp,
    ) -> Result<()> {
        todo!()
    }
    /// Gives a lease back unused, e.g. when a question came first; the attempt does not count.
    pub fn release(&mut self, job: JobId) -> Result<()> {
        todo!()
    }
    /// Counts a failure: tried again after 2, 4, 8, … seconds and a little, dead after the fifth. `reason` is a code, never content.
    pub fn fail(&mut self, job: JobId, reason: &'static str, at: Timestamp) -> Result<Failed> {
        todo!()
    }
    /// Queues dead jobs again; returns how many.
    pub fn requeue_dead(&mut self, at: Timestamp) -> Result<u32> {
        todo!()
    }
    /// Queues a job by hand, e.g. to embed again with another model. The same kind and documents are queued once.
    pub fn enqueue(&mut self, kind: JobKind, docs: &[DocRef], at: Timestamp) -> Result<()> {
        todo!()
    }
    /// Begins a conversation. Its turns are recorded with [`Writer::record_turn`].
    pub fn start_thread(&mut self, id: ThreadId, title: &str, at: Timestamp) -> Result<()> {
        todo!()
    }
    /// Names a conversation.
    pub fn rename_thread(&mut self, id: ThreadId, title: &str) -> Result<()> {
        todo!()
    }
    /// Stores a turn: an observation with a chat origin, and the answer when it is the assistant's.
    pub fn record_turn(
        &mut self,
        turn: &Observation,
        answer: Option<&Answer>,
        tasks: Tasks,
    ) -> Result<()> {
        todo!()
    }
    /// Stores a setting as JSON.
    pub fn set_setting(&mut self, key: &str, value: &serde_json::Value) -> Result<()> {
        todo!()
    }
    /// Notes a span without frames. A gap that continues the last one of the same reason makes that one longer.
    pub fn record_gap(&mut self, gap: &Gap) -> Result<()> {
        todo!()
    }
    /// Counts that memories were used in an answer. No version is made.
    pub fn note_access(&mut self, memories: &[MemoryId]) -> Result<()> {
        todo!()
    }
    /// Deletes the pictures (not the text) of frames before a moment; returns how many frames lost theirs.
    pub fn expire_pictures(&mut self, before: Timestamp) -> Result<u32> {
        todo!()
    }
    /// Deletes one frame's pictures.
    pub fn drop_pictures(&mut self, frame: FrameId) -> Result<()> {
        todo!()
    }
    /// Forgets for good: rows, words, vectors, history, jobs, pictures, spool. When it returns, nothing of it can be recovered from the
    /// live files. It stays forgotten when the same thing is handed in again.
    pub fn forget(&mut self, what: &Forget, at: Timestamp) -> Result<Receipt> {
        todo!()
    }
    /// Moves the log into the main file when the policy asks for it. `idle`: how long nothing was written. Call it every second or so.
    pub fn checkpoint_if_due(&mut self, idle: Duration) -> Result<()> {
        todo!()
    }
    /// Moves the whole log into the main file and empties it. False: a reader was in the way.
    pub fn checkpoint_truncate(&mut self) -> Result<bool> {
        todo!()
    }
    /// Deletes picture files that no row knows, as a crash between file and row leaves them; returns how many.
    pub fn sweep_pictures(&mut self) -> Result<u32> {
        todo!()
    }
    /// Empties the log, seals the index and the high-water mark. Dropping without closing loses nothing but time at the next start.
    pub fn close(self) -> Result<()> {
        todo!()
    }
}

/// The encrypted waiting room of intakes. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Spool {}

/// An intake that is in the spool: acknowledged.
pub struct Spooled {
    seq: u64,
    intake: Intake,
}

impl Spool {
    /// Seals an intake into a file of its own. When it returns, the intake survives a power cut: it is stored at the next start at the latest.
    pub fn put(&self, intake: Intake) -> Result<Spooled> {
        todo!()
    }
    /// Bytes waiting.
    pub fn bytes(&self) -> u64 {
        todo!()
    }
}

fn _range(_: TimeRange) {}
