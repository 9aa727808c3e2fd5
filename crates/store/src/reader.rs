//! Reading: connections that cannot write, each read in a snapshot of its own.

use crate::{error::Result, types::*};
use afterimage_domain::{
    Change, Filter, FrameId, Kind, Memory, MemoryId, Observation, ObservationId, Scope, ThreadId,
    TimeRange, Timestamp,
};
use zeroize::Zeroizing;

/// Read-only connections. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Readers {}

impl Readers {
    /// A view of the database as it is now; later commits do not change it. Keep it short: it holds up checkpoints.
    pub fn begin(&self) -> Result<ReadTxn<'_>> {
        todo!()
    }
}

/// One consistent view of the database.
pub struct ReadTxn<'r> {
    _readers: &'r Readers,
}

impl ReadTxn<'_> {
    /// Documents that hold any of the words, best first, with BM25 scores (higher is better). Scores of memories and of observations are
    /// not comparable: ask for one scope at a time to fuse them. Active memories only; the vault is never found.
    pub fn search_words(
        &self,
        text: &str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(DocRef, f64)>> {
        todo!()
    }
    /// Documents whose vectors by `model` are nearest, best first, with cosines. Several parts of a document count as the best of them.
    pub fn search_vectors(
        &self,
        model: &str,
        query: &[f32],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(DocRef, f32)>> {
        todo!()
    }
    /// Active memories nearest to a vector, best first.
    pub fn nearest_memories(
        &self,
        model: &str,
        query: &[f32],
        kind: Option<Kind>,
        limit: usize,
    ) -> Result<Vec<Near>> {
        todo!()
    }
    /// In how many documents of a scope a word stands (stemmed as the index stems it).
    pub fn document_frequency(&self, word: &str, scope: Scope) -> Result<u64> {
        todo!()
    }
    /// How many documents of a scope there are.
    pub fn document_count(&self, scope: Scope) -> Result<u64> {
        todo!()
    }
    /// One observation.
    pub fn observation(&self, id: ObservationId) -> Result<Option<Observation>> {
        todo!()
    }
    /// Observations in the order asked; those that are gone are left out.
    pub fn observations(&self, ids: &[ObservationId]) -> Result<Vec<Observation>> {
        todo!()
    }
    /// The observation with the caller's own name.
    pub fn by_external_id(&self, external_id: &str) -> Result<Option<ObservationId>> {
        todo!()
    }
    /// Up to so many observations before and after one in the same conversation, app or document, by time.
    pub fn neighbours(&self, id: ObservationId, before: usize, after: usize) -> Result<Neighbours> {
        todo!()
    }
    /// One memory, whatever its state. Its secret is empty.
    pub fn memory(&self, id: MemoryId) -> Result<Option<Memory>> {
        todo!()
    }
    /// Memories in the order asked; those that are gone are left out.
    pub fn memories_by_id(&self, ids: &[MemoryId]) -> Result<Vec<Memory>> {
        todo!()
    }
    /// A page of active memories, pinned first, then newest, and how many there are in all.
    pub fn memories(&self, page: &MemoryPage) -> Result<(Vec<Memory>, u32)> {
        todo!()
    }
    /// Active memories that rest on an observation.
    pub fn memories_from(&self, observation: ObservationId) -> Result<Vec<Memory>> {
        todo!()
    }
    /// Every change of a memory, newest first.
    pub fn history(&self, id: MemoryId) -> Result<Vec<Change>> {
        todo!()
    }
    /// The secret of a vault entry.
    pub fn secret(&self, id: MemoryId) -> Result<Zeroizing<String>> {
        todo!()
    }
    /// Frames of a span, thinned evenly to `limit`, and the gaps in it.
    pub fn timeline(&self, range: TimeRange, limit: u32) -> Result<Timeline> {
        todo!()
    }
    /// Which quarters of an hour hold anything, newest first; the caller makes days of them.
    pub fn quarters(&self) -> Result<Vec<Quarter>> {
        todo!()
    }
    /// One frame with its texts.
    pub fn frame(&self, id: FrameId) -> Result<Option<FrameView>> {
        todo!()
    }
    /// A frame's picture; `None` when there is no such frame or its picture is gone.
    pub fn picture(&self, id: FrameId, size: PictureSize) -> Result<Option<Picture>> {
        todo!()
    }
    /// Gaps that touch a span, oldest first.
    pub fn gaps(&self, range: TimeRange) -> Result<Vec<Gap>> {
        todo!()
    }
    /// Apps seen, most observations since `since` first.
    pub fn apps(&self, since: Timestamp) -> Result<Vec<AppSeen>> {
        todo!()
    }
    /// Conversations, newest first.
    pub fn threads(&self) -> Result<Vec<Thread>> {
        todo!()
    }
    /// The turns of a conversation, oldest first.
    pub fn turns(&self, thread: ThreadId) -> Result<Vec<Turn>> {
        todo!()
    }
    /// How much work of a kind there is.
    pub fn backlog(&self, kind: JobKind) -> Result<Backlog> {
        todo!()
    }
    /// Observations and active memories that have no vector by `model`, oldest first.
    pub fn without_vector(&self, model: &str, limit: usize) -> Result<Vec<DocRef>> {
        todo!()
    }
    /// A setting.
    pub fn setting(&self, key: &str) -> Result<Option<serde_json::Value>> {
        todo!()
    }
    /// Receipts, newest first.
    pub fn receipts(&self) -> Result<Vec<Receipt>> {
        todo!()
    }
    /// Totals; `since` bounds the counts that are by day.
    pub fn counts(&self, since: Timestamp) -> Result<Counts> {
        todo!()
    }
    /// Bytes on disk.
    pub fn storage(&self) -> Result<StorageBytes> {
        todo!()
    }
    /// What forgetting would remove.
    pub fn forget_preview(&self, what: &Forget) -> Result<ForgetPreview> {
        todo!()
    }
}
