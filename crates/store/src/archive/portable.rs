//! The database on its way from one profile to another: a copy under keys of its own, without the vault.

use super::{Carried, Hex};
use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{self, Key, Keys},
    open::{Access, change_key, connect},
    table::{
        census::{self, Census},
        job, meta, picture, tombstone, vault_item,
    },
};
use rusqlite::Connection;
use std::{fs::File, path::Path};

/// A copy that can leave the profile.
pub(super) struct Portable {
    pub keys: Carried,
    pub counts: Census,
    pub tombstones: Vec<Hex>,
    /// How often something had been forgotten when it was made.
    pub generation: i64,
    /// The names of its pictures.
    pub pictures: Vec<String>,
}

/// Copies the database at `source` to `copy`.
pub(super) fn make(source: &Path, copy: &Path, own: &Keys, entropy: &Entropy) -> Result<Portable> {
    let target = copy
        .to_str()
        .ok_or(StoreError::Refused("the profile folder's name is not text"))?;
    files::private_file(copy, true)?;
    connect(source, &own.db, Access::Copy)?.execute("VACUUM INTO ?1", [target])?;
    let (database, pictures) = (Key::new(entropy.draw()), Key::new(entropy.draw()));
    let mut connection = connect(copy, &own.db, Access::Write)?;
    without_log(&connection)?;
    let transaction = connection.transaction()?;
    vault_item::remove_all(&transaction)?;
    job::delete_empty(&transaction)?;
    rewrap(&transaction, &own.blob, &pictures, entropy)?;
    let forgotten = tombstone::key(&transaction, own)?;
    transaction.commit()?;
    let tombstones = tombstone::all(&connection)?;
    let portable = Portable {
        counts: census::take(&connection)?,
        tombstones: tombstones.iter().map(Hex::of).collect(),
        generation: meta::get(&connection, meta::INDEX_GENERATION)?,
        pictures: picture::names(&connection)?,
        keys: Carried {
            database: Hex::of(&database),
            pictures: Hex::of(&pictures),
            forgotten: Hex::of(&forgotten),
        },
    };
    change_key(&connection, &database)?;
    close(connection)?;
    files::sync(&File::open(copy)?)?;
    Ok(portable)
}

/// A log beside it would be left behind, and a change of the key does not reach it.
pub(super) fn without_log(connection: &Connection) -> Result<()> {
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// Wraps the keys of all pictures with `to` instead of `from`. One that does not open stays as it is: its picture was lost before.
pub(super) fn rewrap(
    connection: &Connection,
    from: &Key,
    to: &Key,
    entropy: &Entropy,
) -> Result<()> {
    for (row, name, wrapped) in picture::all(connection)? {
        if let Some(key) = keys::unseal(from, name.as_bytes(), &wrapped) {
            let wrapped = keys::seal(to, entropy.draw(), name.as_bytes(), &key);
            picture::set_key(connection, row, &wrapped)?;
        }
    }
    Ok(())
}

/// Closes it and says if that failed.
pub(super) fn close(connection: Connection) -> Result<()> {
    connection.close().map_err(|(_, error)| error.into())
}
