//! Reading: connections that cannot write, each read in a view of its own.

use crate::{
    archive::{self, ArchiveFile, Archived},
    backup, clients,
    drill::{self, Drill},
    error::{Result, StoreError},
    files, forget, graph, index_text, pictures, search,
    spool::Spool,
    store::Shared,
    table::{
        access, client, frame, gap, job, memory, memory_version, observation, personal, picture,
        receipt, setting, thread, vector, words,
    },
    types::*,
    writer::database_bytes,
};
use afterimage_domain::{
    AccessLine, Change, Client, ClientId, Filter, FrameId, Kind, Memory, MemoryId, Observation,
    ObservationId, Scope, ThreadId, TimeRange, Timestamp,
};
use rusqlite::Connection;
use std::{collections::BTreeMap, sync::Arc};
use zeroize::Zeroizing;

/// Connections that are kept for the next reader.
const POOL: usize = 8;

/// Read-only connections. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Readers {
    shared: Arc<Shared>,
    spool: Spool,
}

impl Readers {
    pub(crate) fn new(shared: Arc<Shared>, spool: Spool) -> Self {
        Self { shared, spool }
    }

    /// A view of the database as it is now; later commits do not change it. Keep it short: it holds up checkpoints.
    pub fn begin(&self) -> Result<ReadTxn<'_>> {
        let rested = self.pool().pop();
        let connection = match rested {
            Some(connection) => connection,
            None => self.shared.connect()?,
        };
        // The view begins with the first read, not with BEGIN.
        connection.execute_batch("BEGIN; SELECT 1 FROM meta LIMIT 1;")?;
        Ok(ReadTxn {
            readers: self,
            connection: Some(connection),
        })
    }

    /// Closes the vault: its key is wiped from memory.
    pub fn close_vault(&self) {
        self.shared.vault.close();
    }

    /// Whether secrets can be read and sealed now.
    pub fn is_vault_open(&self) -> bool {
        self.shared.vault.is_open()
    }

    /// Makes a verified copy of the database beside it, and removes those it takes the place of; `None` when the newest holds the same.
    /// Reads for as long as that takes, which holds up the emptying of the log.
    pub fn back_up(&self, at: Timestamp) -> Result<Option<Backup>> {
        let shared = &self.shared;
        backup::make(&shared.home, &shared.keys, at, &shared.entropy)
    }

    /// Tries to restore the newest copy, beside the profile: opened as a profile of its own, read from end to end and counted, pictures too.
    /// One that fails for a reason of its own is set aside and a fresh copy made. `None` without copies, or when `go_on` became false.
    pub fn drill(&self, at: Timestamp, go_on: &dyn Fn() -> bool) -> Result<Option<Drill>> {
        drill::run(&self.shared, at, go_on)
    }

    /// How the last such trial went.
    pub fn last_drill(&self) -> Option<Drill> {
        drill::last(&self.shared)
    }

    /// Writes everything but the vault into one file that opens with its own passphrase anywhere, and the vault into a second one if it is
    /// named. Both are new files, verified by reading them back.
    /// [`StoreError::VaultClosed`] when the vault is named and closed; [`StoreError::ForgottenMeanwhile`] when something was forgotten while
    /// it was written, so that it would hold it.
    pub fn write_archive(
        &self,
        to: &ArchiveFile,
        vault: Option<&ArchiveFile>,
        at: Timestamp,
    ) -> Result<Archived> {
        archive::write(&self.shared, to, vault, at, &self.shared.entropy)
    }

    /// The copies there are, oldest first.
    pub fn backups(&self) -> Result<Vec<Backup>> {
        backup::list(&self.shared.home)
    }

    /// Whether a copy holds what was forgotten since, so that one should be made now to take its place.
    pub fn backups_are_stale(&self) -> Result<bool> {
        backup::is_stale(&self.shared.home, self.begin()?.sql())
    }

    /// Whether every page of the database is as it was sealed. Reads all of it: a page that is damaged can make a search by words shorter
    /// without an error.
    pub fn is_whole(&self) -> Result<bool> {
        let connection = self.shared.connect()?;
        let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
        Ok(statement.query([])?.next()?.is_none())
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    fn pool(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.shared
            .pool
            .lock()
            .unwrap_or_else(|held| held.into_inner())
    }
}

/// One consistent view of the database.
pub struct ReadTxn<'r> {
    readers: &'r Readers,
    /// Present until dropped.
    connection: Option<Connection>,
}

impl Drop for ReadTxn<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let mut pool = self.readers.pool();
        if connection.execute_batch("ROLLBACK").is_ok() && pool.len() < POOL {
            pool.push(connection);
        }
    }
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
        search::by_words(self.sql(), text, filter, limit)
    }

    /// Documents that hold, of each group, one of its words, oldest first; at most `limit` memories and `limit` observations. Active
    /// memories only, without the vault. This is what counting rests on: nothing is ranked and nothing is left out below the limit.
    pub fn holding(
        &self,
        groups: &[Vec<String>],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<DocRef>> {
        search::holding(self.sql(), groups, filter, limit)
    }

    /// Documents whose vectors by `model` are nearest, best first, with cosines. Several parts of a document count as the best of them.
    pub fn search_vectors(
        &self,
        model: &str,
        query: &[f32],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(DocRef, f32)>> {
        let index = self.readers.shared.index();
        search::by_vector(self.sql(), &index, model, query, filter, limit)
    }

    /// Active memories nearest to a vector, best first.
    pub fn nearest_memories(
        &self,
        model: &str,
        query: &[f32],
        kind: Option<Kind>,
        limit: usize,
    ) -> Result<Vec<Near>> {
        let filter = Filter {
            scope: Scope::Memories,
            kinds: kind.into_iter().collect(),
            ..Filter::default()
        };
        let mut near = Vec::new();
        for (doc, cosine) in self.search_vectors(model, query, &filter, limit)? {
            if let DocRef::Memory(id) = doc
                && let Some(memory) = self.memory(id)?
            {
                near.push(Near { memory, cosine });
            }
        }
        Ok(near)
    }

    /// Active memories nearest to a stored one, itself left out, best first; none while it has no vector by `model`.
    pub fn near_memory(
        &self,
        id: MemoryId,
        model: &str,
        limit: usize,
    ) -> Result<Vec<(MemoryId, f32)>> {
        let Some(key) = vector::key_of(self.sql(), DocRef::Memory(id))? else {
            return Ok(Vec::new());
        };
        let Some(values) = vector::get(self.sql(), key, model)? else {
            return Ok(Vec::new());
        };
        let filter = Filter {
            scope: Scope::Memories,
            ..Filter::default()
        };
        let found = self.search_vectors(model, &values, &filter, limit + 1)?;
        Ok(found
            .into_iter()
            .filter_map(|(doc, cosine)| match doc {
                DocRef::Memory(other) if other != id => Some((other, cosine)),
                _ => None,
            })
            .take(limit)
            .collect())
    }

    /// In how many documents of a scope a word stands, stemmed as the index stems it; for several words, in how many any of them stands.
    pub fn document_frequency(&self, word: &str, scope: Scope) -> Result<u64> {
        let expression = index_text::match_any(word);
        if expression.is_empty() {
            return Ok(0);
        }
        let tables = [
            ("memory_words", scope != Scope::Observations),
            ("observation_words", scope != Scope::Memories),
        ];
        let wanted = tables.iter().filter(|(_, wanted)| *wanted);
        wanted
            .map(|(table, _)| words::count(self.sql(), table, &expression))
            .sum()
    }

    /// How many documents of a scope there are; the vault does not count.
    pub fn document_count(&self, scope: Scope) -> Result<u64> {
        let mut count = 0;
        if scope != Scope::Observations {
            count += u64::from(memory::active(self.sql(), false)?);
        }
        if scope != Scope::Memories {
            count += u64::from(observation::totals(self.sql(), Timestamp::default())?.0);
        }
        Ok(count)
    }

    /// How many documents of both kinds were ever stored: found without counting, and seldom far from how many there are.
    pub fn documents_ever(&self) -> Result<u64> {
        let last = "SELECT coalesce((SELECT max(row) FROM observation), 0) + coalesce((SELECT max(row) FROM memory), 0)";
        let rows: i64 = self
            .sql()
            .prepare_cached(last)?
            .query_row([], |row| row.get(0))?;
        Ok(rows as u64)
    }

    /// One observation.
    pub fn observation(&self, id: ObservationId) -> Result<Option<Observation>> {
        observation::get(self.sql(), id)
    }

    /// Observations in the order asked; those that are gone are left out.
    pub fn observations(&self, ids: &[ObservationId]) -> Result<Vec<Observation>> {
        let found = ids.iter().map(|id| self.observation(*id));
        found.filter_map(Result::transpose).collect()
    }

    /// The observation with the caller's own name.
    pub fn by_external_id(&self, external_id: &str) -> Result<Option<ObservationId>> {
        observation::by_external_id(self.sql(), external_id)
    }

    /// Up to so many observations before and after one in the same conversation, app or document, by time.
    pub fn neighbours(&self, id: ObservationId, before: usize, after: usize) -> Result<Neighbours> {
        observation::neighbours(self.sql(), id, before, after)
    }

    /// One memory, whatever its state. Its secret is empty.
    pub fn memory(&self, id: MemoryId) -> Result<Option<Memory>> {
        Ok(memory::get(self.sql(), id)?.map(|row| row.memory))
    }

    /// Memories in the order asked; those that are gone are left out.
    pub fn memories_by_id(&self, ids: &[MemoryId]) -> Result<Vec<Memory>> {
        let found = ids.iter().map(|id| self.memory(*id));
        found.filter_map(Result::transpose).collect()
    }

    /// A page of active memories, pinned first, then newest, and how many there are in all.
    pub fn memories(&self, page: &MemoryPage) -> Result<(Vec<Memory>, u32)> {
        memory::page(self.sql(), page)
    }

    /// Memories that wait for the user's yes, newest first, and how many there are in all.
    pub fn waiting(&self, offset: u32, limit: u32) -> Result<(Vec<Memory>, u32)> {
        memory::waiting(self.sql(), offset, limit)
    }

    /// Active memories that rest on an observation.
    pub fn memories_from(&self, observation: ObservationId) -> Result<Vec<Memory>> {
        memory::resting_on(self.sql(), observation)
    }

    /// The `limit` entities named most and what joins them; or the one named `around`, in any case, with those most joined to it and its
    /// memories. `None` where nothing has that name.
    pub fn graph(&self, around: Option<&str>, limit: usize) -> Result<Option<Graph>> {
        graph::graph(self.sql(), around, limit)
    }

    /// Every change of a memory, newest first.
    pub fn history(&self, id: MemoryId) -> Result<Vec<Change>> {
        memory_version::history(self.sql(), id)
    }

    /// The secret of a vault entry, while the vault is open.
    pub fn secret(&self, id: MemoryId) -> Result<Zeroizing<String>> {
        let missing = StoreError::NotFound("secret");
        let sealed = memory::get(self.sql(), id)?
            .and_then(|row| row.secret)
            .ok_or(missing)?;
        self.readers.shared.vault.unseal(id, &sealed)
    }

    /// Frames of a span, thinned evenly to `limit`, and the gaps in it.
    pub fn timeline(&self, range: TimeRange, limit: u32) -> Result<Timeline> {
        let (frames, total) = frame::timeline(self.sql(), range, limit)?;
        Ok(Timeline {
            frames,
            gaps: self.gaps(range)?,
            total,
        })
    }

    /// Which quarters of an hour hold anything, newest first; the caller makes days of them.
    pub fn quarters(&self) -> Result<Vec<Quarter>> {
        let mut counts: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
        for (quarter, frames) in frame::per_quarter(self.sql())? {
            counts.entry(quarter).or_default().0 = frames;
        }
        for (quarter, memories) in memory::per_quarter(self.sql())? {
            counts.entry(quarter).or_default().1 = memories;
        }
        let newest_first = counts.into_iter().rev();
        Ok(newest_first
            .map(|(quarter, (frames, memories))| Quarter {
                from: Timestamp::from_millis(quarter * 900_000),
                frames,
                memories,
            })
            .collect())
    }

    /// One frame with its texts.
    pub fn frame(&self, id: FrameId) -> Result<Option<FrameView>> {
        frame::view(self.sql(), id)
    }

    /// A frame's picture; `None` when there is no such frame or its picture is gone.
    pub fn picture(&self, id: FrameId, size: PictureSize) -> Result<Option<Picture>> {
        let shared = &self.readers.shared;
        match picture::get(self.sql(), id, size)? {
            Some(row) => pictures::read(&shared.pictures(), &shared.keys.blob, &row),
            None => Ok(None),
        }
    }

    /// Gaps that touch a span, oldest first.
    pub fn gaps(&self, range: TimeRange) -> Result<Vec<Gap>> {
        gap::within(self.sql(), range)
    }

    /// Apps seen, most observations since `since` first.
    pub fn apps(&self, since: Timestamp) -> Result<Vec<AppSeen>> {
        observation::apps(self.sql(), since)
    }

    /// Conversations, newest first.
    pub fn threads(&self) -> Result<Vec<Thread>> {
        thread::all(self.sql())
    }

    /// The turns of a conversation, oldest first.
    pub fn turns(&self, thread: ThreadId) -> Result<Vec<Turn>> {
        thread::turns(self.sql(), thread)
    }

    /// How much work of a kind there is.
    pub fn backlog(&self, kind: JobKind) -> Result<Backlog> {
        job::backlog(self.sql(), kind)
    }

    /// Observations and active memories that have no vector by `model`, oldest first.
    pub fn without_vector(&self, model: &str, limit: usize) -> Result<Vec<DocRef>> {
        vector::missing(self.sql(), model, limit)
    }

    /// Documents in which nobody has looked for personal details, newest first, memories before observations.
    pub fn without_details(&self, limit: usize) -> Result<Vec<DocRef>> {
        personal::unread(self.sql(), limit)
    }

    /// The kinds of personal details in a document; `None` when it is gone or nobody has looked.
    pub fn details(&self, doc: DocRef) -> Result<Option<Details>> {
        personal::details(self.sql(), doc)
    }

    /// A setting.
    pub fn setting(&self, key: &str) -> Result<Option<serde_json::Value>> {
        setting::get(self.sql(), key)
    }

    /// Clients, newest first; those that ended are kept for 90 days.
    pub fn clients(&self) -> Result<Vec<Client>> {
        let rows = client::all(self.sql())?;
        Ok(rows.into_iter().map(|row| row.client).collect())
    }

    /// One client.
    pub fn client(&self, id: ClientId) -> Result<Option<Client>> {
        client::get(self.sql(), id)
    }

    /// The client with this token, whatever became of it since.
    pub fn client_with_token(&self, token: &str) -> Result<Option<Client>> {
        clients::with_token(self.sql(), &self.readers.shared.keys.token, token)
    }

    /// What a client has left to read.
    pub fn allowance(&self, id: ClientId, now: Timestamp) -> Result<clients::Allowance> {
        clients::allowance(self.sql(), id, now)
    }

    /// The access log since a day, newest first.
    pub fn access_log(&self, since: Timestamp) -> Result<Vec<AccessLine>> {
        access::since(self.sql(), since)
    }

    /// Receipts, newest first.
    pub fn receipts(&self) -> Result<Vec<Receipt>> {
        receipt::all(self.sql())
    }

    /// Totals; `since` bounds the counts that are by day.
    pub fn counts(&self, since: Timestamp) -> Result<Counts> {
        let (frames, last_frame) = frame::since(self.sql(), since)?;
        let (observations, redactions) = observation::totals(self.sql(), since)?;
        Ok(Counts {
            frames,
            redactions,
            observations,
            memories: memory::active(self.sql(), true)?,
            last_frame,
        })
    }

    /// Bytes on disk.
    pub fn storage(&self) -> Result<StorageBytes> {
        let shared = &self.readers.shared;
        Ok(StorageBytes {
            pictures: picture::bytes(self.sql())?,
            database: database_bytes(&shared.home),
            vectors: vector::bytes(self.sql())?,
            index: files::bytes_in(&shared.snapshots()),
            spool: self.readers.spool.bytes(),
        })
    }

    /// What forgetting would remove.
    pub fn forget_preview(&self, what: &Forget) -> Result<ForgetPreview> {
        forget::preview(self.sql(), what)
    }

    pub(crate) fn sql(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("a view has its connection until it is dropped")
    }
}
