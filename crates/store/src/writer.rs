//! The one that may write. Each method is one transaction; what it returns has been committed to the disk.

use crate::{
    clients::{self, Allowance, NewClient},
    edits,
    entropy::Entropy,
    error::{Result, StoreError},
    files, forget,
    high_water::HighWater,
    intake, pictures,
    profile::database,
    reserve, snapshot,
    spool::{Spool, Spooled},
    store::Shared,
    table::{
        client, frame, gap, job, memory, meta, observation, personal, picture, setting, thread,
        tombstone,
        vault_item::{self, VaultItem},
        vector,
    },
    txn::{Aftermath, Txn, remove_files},
    types::*,
    ways::VaultKey,
};
use afterimage_domain::{
    AccessLine, Answer, Author, Clean, Client, ClientId, Edit, FrameId, JobId, Links, MemoryId,
    Observation, ThreadId, Timestamp,
};
use rusqlite::{Connection, TransactionBehavior, ffi};
use std::{collections::HashSet, fs::File, path::PathBuf, sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// A log of this length (256 pages) is moved into the main file at the next occasion.
const LOG_DUE: u64 = 1 << 20;
/// A log of this length is emptied whatever else happens.
const LOG_MOST: u64 = 16 << 20;
/// Commits after which the log is moved, however short it is: the spool waits for it.
const COMMITS_DUE: u32 = 64;
/// Without writing for so long, the log is moved.
const IDLE: Duration = Duration::from_secs(2);
/// Without writing for so long, the log is emptied.
const LONG_IDLE: Duration = Duration::from_secs(30);
/// Vectors added to a growing graph in one go: about 0.2 s.
const GROW: usize = 256;
/// How often forgetting waits for readers, 5 s each, before it gives up.
const ERASE_TRIES: usize = 3;

/// Owns the only connection that can write. One thread has it.
pub struct Writer {
    shared: Arc<Shared>,
    connection: Connection,
    spool: Spool,
    high: HighWater,
    entropy: Entropy,
    /// Commits since the log was last moved whole into the main file.
    commits: u32,
    /// The log must be emptied as soon as can be: it holds something forgotten.
    erase: bool,
    /// The disk failed to keep something: nothing is written any more.
    failed: bool,
    /// Held so long as this may write.
    _lock: File,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        connection: Connection,
        spool: Spool,
        high: HighWater,
        entropy: Entropy,
        lock: File,
    ) -> Self {
        Self {
            shared,
            connection,
            spool,
            high,
            entropy,
            commits: 1,
            erase: false,
            failed: false,
            _lock: lock,
        }
    }

    /// Stores intakes together with the jobs they ask for. What is known already is left as it is.
    /// Returns one entry an observation, in order.
    pub fn record(&mut self, intakes: &[Intake], at: Timestamp) -> Result<Vec<Taken>> {
        self.transact(|txn| {
            let mut taken = Vec::new();
            for intake in intakes {
                taken.extend(intake::record(txn, intake, at)?);
            }
            Ok(taken)
        })
    }

    /// The same for intakes that are in the spool; their files go once the rows are in the main file of the database.
    pub fn record_spooled(&mut self, spooled: &[Spooled], at: Timestamp) -> Result<Vec<Taken>> {
        let taken = self.transact(|txn| {
            let mut taken = Vec::new();
            for spooled in spooled {
                taken.extend(intake::record(txn, &spooled.intake, at)?);
            }
            Ok(taken)
        })?;
        for spooled in spooled {
            self.spool.mark_recorded(spooled.number);
        }
        Ok(taken)
    }

    /// Stores vectors made by `model` outside of a job. Vectors of documents that are gone are dropped.
    pub fn store_vectors(&mut self, model: &str, vectors: &[NewVector]) -> Result<()> {
        self.transact(|txn| put_vectors(txn, model, vectors))
    }

    /// Deletes the vectors of every model but `model`; returns how many.
    pub fn drop_vectors_except(&mut self, model: &str) -> Result<u64> {
        let dropped = self.transact(|txn| vector::delete_except(txn, model))?;
        self.shared.index_mut().keep_model(model);
        Ok(dropped)
    }

    /// Applies edits, keeps the version before each, and queues the embedding of what changed.
    /// Edits that may not be applied are returned, not applied.
    pub fn apply(
        &mut self,
        edits: &Clean<Vec<Edit>>,
        author: Author,
        at: Timestamp,
    ) -> Result<Applied> {
        self.apply_linked(edits, &Clean::none(), author, at)
    }

    /// The same together with the links of what the edits make. A memory whose text an edit changes keeps none but these.
    pub fn apply_linked(
        &mut self,
        edits: &Clean<Vec<Edit>>,
        links: &Clean<Vec<Links>>,
        author: Author,
        at: Timestamp,
    ) -> Result<Applied> {
        self.transact(|txn| edits::apply(txn, edits, links, author, at))
    }

    /// Leases up to `limit` due jobs of a kind, oldest first, until `at + lease`.
    pub fn lease(
        &mut self,
        kind: JobKind,
        limit: usize,
        at: Timestamp,
        lease: Duration,
    ) -> Result<Vec<Job>> {
        let until = at.plus_seconds(lease.as_secs() as i64);
        self.transact(|txn| job::lease(txn, kind, limit, at, until))
    }

    /// The result of absorb jobs, with the links found in it and in the observations, and their end in one transaction. The author of the edits is the first job.
    /// [`StoreError::LeaseLost`] when one of the jobs is not leased any more, or a source was forgotten meanwhile, whose words may be in the
    /// edits; then nothing is applied.
    pub fn finish_absorb(
        &mut self,
        jobs: &[JobId],
        edits: &Clean<Vec<Edit>>,
        links: &Clean<Vec<Links>>,
        at: Timestamp,
    ) -> Result<Applied> {
        let first = *jobs.first().ok_or(StoreError::Refused("no job is named"))?;
        self.transact(|txn| {
            jobs.iter().try_for_each(|id| job::finish(txn, *id))?;
            if edits::have_lost(txn, edits)? {
                return Err(StoreError::LeaseLost);
            }
            edits::apply(txn, edits, links, Author::Mind { job: first }, at)
        })
    }

    /// The result of embed jobs and their end in one transaction.
    pub fn finish_embed(
        &mut self,
        jobs: &[JobId],
        model: &str,
        vectors: &[NewVector],
    ) -> Result<()> {
        self.transact(|txn| {
            jobs.iter().try_for_each(|id| job::finish(txn, *id))?;
            put_vectors(txn, model, vectors)
        })
    }

    /// Gives a lease back unused, e.g. when a question came first; the attempt does not count.
    pub fn release(&mut self, job: JobId) -> Result<()> {
        self.transact(|txn| job::release(txn, job))
    }

    /// Counts a failure: tried again after 2, 4, 8, … seconds and a little, dead after the fifth. `reason` is a code, never content.
    pub fn fail(&mut self, job: JobId, reason: &'static str, at: Timestamp) -> Result<Failed> {
        let jitter = i64::from(u16::from_le_bytes(self.entropy.draw()) % 1000);
        self.transact(|txn| job::fail(txn, job, reason, at, jitter))
    }

    /// Queues dead jobs again; returns how many.
    pub fn requeue_dead(&mut self, at: Timestamp) -> Result<u32> {
        self.transact(|txn| job::requeue_dead(txn, at))
    }

    /// Queues jobs by hand, e.g. to embed again with another model. The same kind and documents are queued once.
    pub fn enqueue(&mut self, kind: JobKind, docs: &[DocRef], at: Timestamp) -> Result<()> {
        self.transact(|txn| {
            docs.chunks(job::MOST_DOCS).try_for_each(|docs| {
                job::enqueue(txn, JobId(txn.entropy.id(at)), kind, docs, 0, at)
            })
        })
    }

    /// Begins a conversation. Its turns are recorded with [`Writer::record_turn`].
    pub fn start_thread(
        &mut self,
        id: ThreadId,
        title: &Clean<String>,
        at: Timestamp,
    ) -> Result<()> {
        self.transact(|txn| thread::insert(txn, id, title, at))
    }

    /// Names a conversation.
    pub fn rename_thread(&mut self, id: ThreadId, title: &Clean<String>) -> Result<()> {
        self.transact(|txn| thread::rename(txn, id, title))
    }

    /// Stores a turn: an observation with a chat origin, and the answer when it is the assistant's.
    pub fn record_turn(
        &mut self,
        turn: &Clean<Observation>,
        answer: Option<&Clean<Answer>>,
        tasks: Tasks,
    ) -> Result<()> {
        self.transact(|txn| intake::record_turn(txn, turn, answer.map(|answer| &**answer), tasks))
    }

    /// Stores a setting as JSON.
    pub fn set_setting(&mut self, key: &str, value: &serde_json::Value) -> Result<()> {
        self.transact(|txn| setting::set(txn, key, value))
    }

    /// Lets a program in; its token is given back this once and kept nowhere.
    pub fn add_client(
        &mut self,
        new: &NewClient,
        at: Timestamp,
    ) -> Result<(Client, Zeroizing<String>)> {
        self.transact(|txn| clients::admit(txn, &txn.keys.token, txn.entropy, new, at))
    }

    /// Takes a client's token back.
    pub fn revoke_client(&mut self, id: ClientId, at: Timestamp) -> Result<()> {
        match self.transact(|txn| client::revoke(txn, id, at))? {
            true => Ok(()),
            false => Err(StoreError::NotFound("client")),
        }
    }

    /// Takes every client's token back.
    pub(crate) fn revoke_all_clients(&mut self, at: Timestamp) -> Result<()> {
        self.transact(|txn| {
            let clients = client::all(txn)?;
            let mut ids = clients.iter().map(|row| row.client.id);
            ids.try_for_each(|id| client::revoke(txn, id, at).map(drop))
        })
    }

    /// Counts what `line` says as read by its client, and notes it in the access log; or says what it has left where that is less.
    pub fn spend(&mut self, line: &AccessLine) -> Result<std::result::Result<(), Allowance>> {
        self.transact(|txn| clients::spend(txn, line))
    }

    /// Adds to the access log, which keeps 90 days.
    pub fn note_access_log(&mut self, lines: &[AccessLine]) -> Result<()> {
        self.transact(|txn| clients::note(txn, lines))
    }

    /// Notes a span without frames. A gap that continues the last one of the same reason makes that one longer.
    pub fn record_gap(&mut self, gap: &Gap) -> Result<()> {
        self.transact(|txn| gap::note(txn, gap))
    }

    /// Counts that memories were used in an answer. No version is made.
    pub fn note_access(&mut self, memories: &[MemoryId]) -> Result<()> {
        self.transact(|txn| {
            memories
                .iter()
                .try_for_each(|id| memory::note_access(txn, *id))
        })
    }

    /// Notes which kinds of personal details documents hold. Each is named with the version that was looked at (0 for observations); what
    /// changed since is left to be looked at again.
    pub fn note_details(&mut self, noted: &[(DocRef, u32, Details)]) -> Result<()> {
        self.transact(|txn| {
            noted.iter().try_for_each(|(doc, version, details)| {
                personal::note(txn, *doc, *version, details)
            })
        })
    }

    /// Deletes the pictures (not the text) of frames before a moment; returns how many frames lost theirs.
    pub fn expire_pictures(&mut self, before: Timestamp) -> Result<u32> {
        self.transact(|txn| {
            let frames = picture::frames_before(txn, before)?;
            for frame in &frames {
                drop_pictures(txn, *frame)?;
            }
            Ok(frames.len() as u32)
        })
    }

    /// Deletes one frame's pictures.
    pub fn drop_pictures(&mut self, id: FrameId) -> Result<()> {
        self.transact(|txn| match frame::row_of(txn, id)? {
            Some(row) => drop_pictures(txn, row),
            None => Ok(()),
        })
    }

    /// Forgets for good: rows, words, vectors, history, jobs, pictures, spool. When it returns, nothing of it can be recovered from the
    /// live files. It stays forgotten when the same thing is handed in again.
    /// [`StoreError::Busy`]: it is gone from every table, but a reader kept the log from being emptied; the next checkpoint does it.
    pub fn forget(&mut self, what: &Forget, at: Timestamp) -> Result<Receipt> {
        match self.try_forget(what, at) {
            // Forgetting is how room is made, so there is room for it.
            Err(StoreError::DiskFull) if reserve::give_up(&self.shared.home)? => {
                self.try_forget(what, at)
            }
            done => done,
        }
    }

    fn try_forget(&mut self, what: &Forget, at: Timestamp) -> Result<Receipt> {
        // What is acknowledged and not stored yet must not escape.
        self.replay()?;
        let receipt = self.transact(|txn| forget::forget(txn, what, at))?;
        self.erase = true;
        if *what == Forget::All {
            self.spool.remove_damaged()?;
        }
        self.shared.index_mut().drop_graphs();
        snapshot::remove_all(&self.shared.snapshots())?;
        self.give_back_pages()?;
        for _ in 0..ERASE_TRIES {
            if self.checkpoint_truncate()? {
                return Ok(receipt);
            }
        }
        Err(StoreError::Busy)
    }

    /// Forgets what another database of the profile had forgotten, and counts on from its `generation`.
    pub(crate) fn forget_again(
        &mut self,
        buried: &[[u8; 32]],
        generation: i64,
        at: Timestamp,
    ) -> Result<()> {
        let doomed = self.transact(|txn| {
            tombstone::take_over(txn, buried)?;
            let own = meta::get(txn, meta::INDEX_GENERATION)?;
            meta::set(txn, meta::INDEX_GENERATION, own.max(generation))?;
            let key = tombstone::key(txn, txn.keys)?;
            let mut doomed = Vec::new();
            // First of all: what has other sources is derived anew from them.
            observation::each(txn, |_, found| {
                if tombstone::observation_is_buried(txn, &key, found)? {
                    doomed.push(Forget::Observation(found.id));
                }
                Ok(())
            })?;
            for id in memory::ids(txn)? {
                if tombstone::memory_is_buried(txn, &key, id)? {
                    doomed.push(Forget::Memory(id));
                }
            }
            for (_, id) in thread::ids(txn)? {
                if tombstone::thread_is_buried(txn, &key, id)? {
                    doomed.push(Forget::Thread(id));
                }
            }
            for id in frame::ids(txn)? {
                if tombstone::frame_is_buried(txn, &key, id)? {
                    doomed.push(Forget::Frame(id));
                }
            }
            Ok(doomed)
        })?;
        doomed
            .iter()
            .try_for_each(|what| self.forget(what, at).map(drop))
    }

    /// Stores entries of the vault that came from another profile, while the vault is open.
    pub(crate) fn put_vault_items(&mut self, items: &[VaultItem]) -> Result<()> {
        self.transact(|txn| {
            // What is in the archive was sealed with the vault's own key, and so is this.
            meta::set(txn, meta::VAULT, 1)?;
            items
                .iter()
                .try_for_each(|item| vault_item::insert(txn, txn.vault, item, txn.entropy))
        })
    }

    /// Moves the log into the main file when the policy asks for it, and lets the vector graph grow. `idle`: how long nothing was
    /// written. Call it every second or so.
    pub fn checkpoint_if_due(&mut self, idle: Duration) -> Result<()> {
        let log = self.log_bytes();
        if self.erase || log >= LOG_MOST || (idle >= LONG_IDLE && log > 0) {
            self.checkpoint_truncate()?;
        } else if self.commits > 0
            && (log >= LOG_DUE || self.commits >= COMMITS_DUE || idle >= IDLE)
        {
            self.checkpoint("PASSIVE")?;
        }
        if idle >= IDLE {
            self.shared.index_mut().grow(GROW)?;
            reserve::keep(&self.shared.home);
        }
        Ok(())
    }

    /// Moves the whole log into the main file and empties it. False: a reader was in the way.
    pub fn checkpoint_truncate(&mut self) -> Result<bool> {
        let whole = self.checkpoint("TRUNCATE")?;
        self.erase &= !whole;
        Ok(whole)
    }

    /// Opens the vault, until [`crate::Readers::close_vault`]. Secrets from before it had a key of its own are sealed anew.
    pub fn open_vault(&mut self, key: VaultKey) -> Result<()> {
        self.shared.vault.open(key.0);
        self.move_into_vault()
    }

    /// Seals anew what was sealed before the vault had a key of its own, and erases the old from the log.
    pub(crate) fn move_into_vault(&mut self) -> Result<()> {
        if meta::get(&self.connection, meta::VAULT)? != 0 || !self.shared.vault.is_open() {
            return Ok(());
        }
        self.erase |= self.transact(|txn| txn.vault.move_in(txn, txn.entropy))?;
        self.checkpoint_truncate()?;
        Ok(())
    }

    /// Deletes picture files that no row knows, as a crash between file and row leaves them; returns how many.
    pub fn sweep_pictures(&mut self) -> Result<u32> {
        let mut swept = 0;
        for name in pictures::names(&self.shared.pictures())? {
            if !picture::knows(&self.connection, &name)? {
                pictures::remove(&self.shared.pictures(), &name)?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Whether the disk failed to keep something, so that nothing is written any more until the store is opened again.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Empties the log, seals the index and the high-water mark. Dropping without closing loses nothing but time at the next start.
    pub fn close(mut self) -> Result<()> {
        self.shared
            .pool
            .lock()
            .unwrap_or_else(|held| held.into_inner())
            .clear();
        let whole = self.checkpoint_truncate()?;
        snapshot::write(
            &self.shared.snapshots(),
            &self.shared.keys.index,
            &self.shared.index(),
            &self.connection,
            &self.entropy,
        )?;
        let sequence = meta::get(&self.connection, meta::SEQUENCE)?;
        self.high.write(sequence, whole, true, &self.entropy)
    }

    /// Stores what is in the spool and was not stored in this run.
    pub(crate) fn replay(&mut self) -> Result<Vec<Warning>> {
        let found = self.spool.unrecorded()?;
        let mut warnings = Vec::new();
        if found.damaged > 0 {
            let files = found.damaged;
            warnings.push(Warning::SpoolDamaged { files });
        }
        for spooled in &found.whole {
            self.record_spooled(std::slice::from_ref(spooled), when(&spooled.intake))?;
        }
        if !found.whole.is_empty() {
            let intakes = found.whole.len() as u32;
            warnings.push(Warning::Replayed { intakes });
        }
        Ok(warnings)
    }

    /// After a run that did not end properly: sweeps what it left half done, and waits for what it may not have waited for.
    pub(crate) fn make_sure(&mut self) -> Result<()> {
        self.sweep_pictures()?;
        for folder in [self.shared.pictures(), self.shared.home.join("seal")] {
            files::sync_folder(&folder)?;
        }
        // Whatever stands in the log may have failed to reach the disk; nothing may be added behind it. On a full disk it stays as it is.
        match self.checkpoint_truncate() {
            Err(StoreError::DiskFull) => Ok(()),
            done => done.map(drop),
        }
    }

    /// Notes outside the database that a run is under way.
    pub(crate) fn mark_open(&mut self) -> Result<()> {
        let sequence = meta::get(&self.connection, meta::SEQUENCE)?;
        self.high.write(sequence, false, true, &self.entropy)
    }

    /// Runs `work` in one transaction and commits it; on failure nothing was changed.
    fn transact<T>(&mut self, work: impl FnOnce(&mut Txn<'_>) -> Result<T>) -> Result<T> {
        self.unless_failed()?;
        let done = self.try_transact(work);
        self.heed(done)
    }

    /// After a failed wait for the disk the system may call pages clean that never arrived, so waiting again would prove nothing.
    /// Opening again reads the log from its beginning and moves it before anything is added.
    fn unless_failed(&self) -> Result<()> {
        match self.failed {
            true => Err(StoreError::DiskFailed),
            false => Ok(()),
        }
    }

    fn heed<T>(&mut self, done: Result<T>) -> Result<T> {
        let done = done.map_err(|error| self.with_reason(error));
        self.failed |= matches!(done, Err(StoreError::DiskFailed));
        done
    }

    /// SQLite calls a file that may not grow a failed write; the system says which it was.
    fn with_reason(&self, error: StoreError) -> StoreError {
        let StoreError::Internal {
            code: ffi::SQLITE_IOERR_WRITE,
            ..
        } = error
        else {
            return error;
        };
        // SAFETY: the handle belongs to a connection that is open, and the call only reads from it.
        let reason = unsafe { ffi::sqlite3_system_errno(self.connection.handle()) };
        match StoreError::from(std::io::Error::from_raw_os_error(reason)) {
            StoreError::DiskFull => StoreError::DiskFull,
            _ => StoreError::DiskFailed,
        }
    }

    fn try_transact<T>(&mut self, work: impl FnOnce(&mut Txn<'_>) -> Result<T>) -> Result<T> {
        let pictures = self.shared.pictures();
        let mut txn = Txn {
            sql: self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?,
            keys: &self.shared.keys,
            vault: &self.shared.vault,
            entropy: &self.entropy,
            pictures: &pictures,
            after: Aftermath::default(),
            written: Vec::new(),
        };
        let worked =
            work(&mut txn).and_then(|value| Ok((value, meta::raise(&txn, meta::SEQUENCE)?)));
        let (value, sequence) = match worked {
            Ok(worked) => worked,
            Err(error) => {
                txn.abandon();
                return Err(error);
            }
        };
        let after = txn.commit()?;
        self.committed(sequence, after);
        Ok(value)
    }

    /// What follows a commit. None of it can take the commit back, so none of it fails.
    fn committed(&mut self, sequence: i64, after: Aftermath) {
        self.commits += 1;
        // Unsynced: after a power cut it may say less than the database holds, never more.
        if self
            .high
            .write(sequence, false, false, &self.entropy)
            .is_err()
        {
            tracing::warn!("the high-water mark could not be written");
        }
        if !after.docs_gone.is_empty() || !after.rows_gone.is_empty() || !after.added.is_empty() {
            let mut index = self.shared.index_mut();
            index.remove(&after.docs_gone, &after.rows_gone);
            for (model, dims, vectors) in &after.added {
                index.add(model, *dims, vectors);
            }
        }
        remove_files(&self.shared.pictures(), &after.pictures_gone);
    }

    /// True when the whole log stands in the main file now.
    fn checkpoint(&mut self, mode: &str) -> Result<bool> {
        self.unless_failed()?;
        let done = self.try_checkpoint(mode);
        self.heed(done)
    }

    fn try_checkpoint(&mut self, mode: &str) -> Result<bool> {
        let recorded = self.spool.recorded();
        let (busy, log, moved): (i64, i64, i64) =
            self.connection
                .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
        if busy != 0 || log != moved {
            return Ok(false);
        }
        self.commits = 0;
        let sequence = meta::get(&self.connection, meta::SEQUENCE)?;
        self.high.write(sequence, false, true, &self.entropy)?;
        self.spool.remove(&recorded)?;
        Ok(true)
    }

    /// Cuts free pages off the file.
    fn give_back_pages(&mut self) -> Result<()> {
        let mut statement = self.connection.prepare("PRAGMA incremental_vacuum")?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(log_file(&self.shared.home)).map_or(0, |file| file.len())
    }
}

#[cfg(test)]
impl Writer {
    /// Makes the database full at so many pages, or as large as it may.
    pub(crate) fn limit_pages(&self, pages: Option<u32>) {
        let pages = pages.unwrap_or(u32::MAX - 1);
        let sql = format!("PRAGMA max_page_count = {pages}");
        self.connection.query_row(&sql, [], |_| Ok(())).unwrap();
    }

    /// Pretends another version made the database.
    pub(crate) fn set_format(&self, format: u32) {
        let sql = format!("PRAGMA user_version = {format}");
        self.connection.execute_batch(&sql).unwrap();
    }

    /// What a PRAGMA says of the connection.
    pub(crate) fn pragma(&self, name: &str) -> String {
        let sql = format!("PRAGMA {name}");
        let value = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        match self.connection.query_row(&sql, [], value).unwrap() {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        }
    }

    /// Pretends the disk failed to keep something.
    pub(crate) fn lose_disk(&mut self) {
        self.failed = true;
    }

    /// How long to wait for others.
    pub(crate) fn busy_after(&self, wait: Duration) {
        self.connection.busy_timeout(wait).unwrap();
    }
}

/// Where SQLite keeps its log.
pub(crate) fn log_file(home: &std::path::Path) -> PathBuf {
    let mut path = database(home).into_os_string();
    path.push("-wal");
    path.into()
}

fn put_vectors(txn: &mut Txn<'_>, model: &str, vectors: &[NewVector]) -> Result<()> {
    let Some(first) = vectors.first() else {
        return Ok(());
    };
    let dims = first.values.len();
    if dims == 0 || vectors.iter().any(|vector| vector.values.len() != dims) {
        return Err(StoreError::Refused(
            "vectors of one model must all have one length",
        ));
    }
    let row = vector::model_row(txn, model, dims)?;
    let mut replaced = HashSet::new();
    let mut stored = Vec::new();
    for new in vectors {
        stored.extend(vector::put(txn, row, new, &mut replaced)?);
    }
    txn.after.rows_gone.extend(&replaced);
    stored.retain(|vector| !replaced.contains(&vector.row));
    txn.after.added.push((model.to_owned(), dims, stored));
    Ok(())
}

fn drop_pictures(txn: &mut Txn<'_>, frame: i64) -> Result<()> {
    let names = picture::names_of(txn, frame)?;
    txn.after.pictures_gone.extend(names);
    picture::delete_of(txn, frame)
}

/// When an intake was taken in, as far as it says.
fn when(intake: &Intake) -> Timestamp {
    let frame = intake.frame.as_ref().map(|frame| frame.at);
    let observation = intake
        .observations
        .first()
        .map(|observation| observation.at);
    frame.or(observation).unwrap_or_default()
}

/// Bytes of the database with its log.
pub(crate) fn database_bytes(home: &std::path::Path) -> u64 {
    files::bytes_in(&home.join("db"))
}
