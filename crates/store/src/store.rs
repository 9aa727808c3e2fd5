//! Opening the store: database, index, high-water mark, spool, in the order in which each can vouch for the next.

use crate::{
    archive,
    entropy::Entropy,
    error::Result,
    high_water::{HighWater, Mark},
    index::{GRAPH_FROM, VectorIndex},
    index_text,
    keys::Keys,
    migrate,
    open::{Access, connect},
    profile::{Profile, database},
    reader::Readers,
    reserve, snapshot,
    spool::Spool,
    table::{job, memory, meta, observation, words},
    types::Warning,
    vault::Vault,
    writer::Writer,
};
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// An open store.
pub struct Opened {
    /// The one that may write.
    pub writer: Writer,
    /// Those that read.
    pub readers: Readers,
    /// The waiting room for intakes.
    pub spool: Spool,
    /// What was found wrong and dealt with.
    pub warnings: Vec<Warning>,
}

/// What the writer and the readers share.
pub(crate) struct Shared {
    pub home: PathBuf,
    pub keys: Keys,
    pub vault: Vault,
    /// For what readers write: copies and archives.
    pub entropy: Entropy,
    index: RwLock<VectorIndex>,
    /// Read connections at rest.
    pub pool: Mutex<Vec<Connection>>,
}

/// Opens the database of an unlocked profile, brings it to the present format, stores what the spool still holds and takes back the
/// leases of a dead process.
pub fn open(profile: Profile, entropy: Entropy) -> Result<Opened> {
    open_with(profile, entropy, GRAPH_FROM)
}

/// The same; `graph_from` as in [`GRAPH_FROM`].
pub(crate) fn open_with(profile: Profile, entropy: Entropy, graph_from: usize) -> Result<Opened> {
    let Profile {
        home,
        keys,
        vault,
        lock,
        key_file,
        ..
    } = profile;
    archive::clear_leftovers(&home)?;
    let vault = Vault::new(vault, keys.vault.clone());
    let mut connection = connect(&database(&home), &keys.db, Access::Write)?;
    migrate::migrate(&mut connection)?;
    refill_words(&mut connection)?;
    job::take_back_all(&connection)?;

    let mut warnings = Vec::new();
    let (high, mark) = HighWater::open(&home.join("seal"), keys.seal.clone());
    warnings.extend(compare(&connection, mark)?);
    warnings.extend(key_file.warning);
    warnings.extend(older_key_file(&connection, key_file.generation)?);
    let index = load_index(&home, &keys, &connection, graph_from, &mut warnings)?;
    let spool = Spool::open(home.join("spool"), keys.spool.clone(), entropy.clone())?;
    reserve::keep(&home);
    let shared = Arc::new(Shared {
        home,
        keys,
        vault,
        entropy: entropy.clone(),
        index: RwLock::new(index),
        pool: Mutex::new(Vec::new()),
    });
    let readers = Readers::new(shared.clone(), spool.clone());
    let mut writer = Writer::new(shared, connection, spool.clone(), high, entropy, lock);
    warnings.extend(writer.replay()?);
    if !matches!(mark, Mark::Known { closed: true, .. }) {
        writer.make_sure()?;
    }
    writer.move_into_vault()?;
    writer.mark_open()?;
    Ok(Opened {
        writer,
        readers,
        spool,
        warnings,
    })
}

impl Shared {
    /// The index, for searching.
    pub fn index(&self) -> RwLockReadGuard<'_, VectorIndex> {
        self.index.read().unwrap_or_else(|held| held.into_inner())
    }

    /// The index, for the writer.
    pub fn index_mut(&self) -> RwLockWriteGuard<'_, VectorIndex> {
        self.index.write().unwrap_or_else(|held| held.into_inner())
    }

    /// Where pictures lie.
    pub fn pictures(&self) -> PathBuf {
        self.home.join("blob")
    }

    /// Where the index snapshot lies.
    pub fn snapshots(&self) -> PathBuf {
        self.home.join("idx")
    }

    /// A connection that can only read.
    pub fn connect(&self) -> Result<Connection> {
        let connection = connect(&database(&self.home), &self.keys.db, Access::Read)?;
        // A page that is not kept is decrypted and verified again for each question. The pool hands out the same few first.
        connection.execute_batch("PRAGMA cache_size = -65536;")?;
        Ok(connection)
    }
}

/// Whether the database holds all that the mark outside of it says was committed.
fn compare(connection: &Connection, mark: Mark) -> Result<Option<Warning>> {
    let sequence = meta::get(connection, meta::SEQUENCE)?;
    match mark {
        Mark::Known { sequence: seen, .. } if seen > sequence => {
            meta::set(connection, meta::SEQUENCE, seen)?;
            let missing = (seen - sequence) as u64;
            Ok(Some(Warning::LostTail { missing }))
        }
        Mark::Known { .. } => Ok(None),
        Mark::None if sequence == 0 => Ok(None),
        Mark::None | Mark::Damaged => Ok(Some(Warning::NoHighWater)),
    }
}

/// Whether the key file is older than one seen before; said once. `None`: there is no key file.
fn older_key_file(connection: &Connection, generation: Option<u64>) -> Result<Option<Warning>> {
    let Some(found) = generation.and_then(|number| i64::try_from(number).ok()) else {
        return Ok(None);
    };
    let seen = meta::get(connection, meta::KEY_FILE)?;
    if found != seen
        && let Err(error) = meta::set(connection, meta::KEY_FILE, found)
    {
        tracing::warn!(%error, "which key file was seen is not kept");
    }
    Ok((found < seen).then_some(Warning::KeyFileOlder))
}

fn load_index(
    home: &std::path::Path,
    keys: &Keys,
    connection: &Connection,
    graph_from: usize,
    warnings: &mut Vec<Warning>,
) -> Result<VectorIndex> {
    if let Some(index) = snapshot::read(&home.join("idx"), &keys.index, connection, graph_from)? {
        return Ok(index);
    }
    let index = VectorIndex::read(connection, graph_from)?;
    if index.len() > 0 {
        let vectors = index.len() as u64;
        warnings.push(Warning::IndexRebuilt { vectors });
    }
    Ok(index)
}

/// Fills the word tables anew when they were filled by another version of the indexed form.
fn refill_words(connection: &mut Connection) -> Result<()> {
    if meta::get(connection, meta::INDEX_TEXT)? == index_text::VERSION {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    words::clear(&transaction)?;
    observation::each(&transaction, |row, observation| {
        words::add_observation(&transaction, row, observation)
    })?;
    memory::each_active(&transaction, |found| {
        words::add_memory(&transaction, found.row, &found.memory)
    })?;
    meta::set(&transaction, meta::INDEX_TEXT, index_text::VERSION)?;
    Ok(transaction.commit()?)
}
