//! One write transaction and what is to follow when it commits.

use crate::{
    entropy::Entropy,
    error::Result,
    keys::Keys,
    pictures,
    table::vector::{DocKey, StoredVector},
    vault::Vault,
};
use rusqlite::{Connection, Transaction};
use std::{collections::HashSet, ops::Deref, path::Path};

/// A transaction with the keys and the randomness that writing takes. Reads as a connection.
pub(crate) struct Txn<'t> {
    /// The transaction.
    pub sql: Transaction<'t>,
    /// The profile's keys.
    pub keys: &'t Keys,
    /// Seals secrets, while it is open.
    pub vault: &'t Vault,
    /// For ids, keys and nonces.
    pub entropy: &'t Entropy,
    /// Where pictures lie.
    pub pictures: &'t Path,
    /// What follows the commit.
    pub after: Aftermath,
    /// Picture files written for rows that are not committed yet.
    pub written: Vec<String>,
}

/// What follows a commit: the index in memory learns of it, and files without a row go.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Vectors that are new: model, length, vectors.
    pub added: Vec<(String, usize, Vec<StoredVector>)>,
    /// Rows of vectors that are gone.
    pub rows_gone: HashSet<i64>,
    /// Documents whose vectors are gone.
    pub docs_gone: HashSet<DocKey>,
    /// Picture files whose rows are gone.
    pub pictures_gone: Vec<String>,
}

impl Deref for Txn<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.sql
    }
}

impl Txn<'_> {
    /// Commits. On failure nothing was changed, and files written for it are removed.
    pub fn commit(self) -> Result<Aftermath> {
        let Self {
            sql,
            after,
            written,
            pictures,
            ..
        } = self;
        if let Err(error) = sql.commit() {
            remove_files(pictures, &written);
            return Err(error.into());
        }
        Ok(after)
    }

    /// Takes back everything, files included.
    pub fn abandon(self) {
        remove_files(self.pictures, &self.written);
    }
}

/// Removes picture files that no row leads to. One that stays is noise without its key, and is swept at the next unclean start.
pub(crate) fn remove_files(folder: &Path, names: &[String]) {
    for name in names {
        if pictures::remove(folder, name).is_err() {
            tracing::warn!("a picture file without a key could not be removed");
        }
    }
}
