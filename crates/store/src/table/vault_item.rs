//! Entries of the vault, whole: for the one file they may leave the profile in.

use super::memory::{self, MemoryRow};
use crate::{entropy::Entropy, error::Result, vault::Vault};
use afterimage_domain::{Memory, MemoryId};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// An entry with its secrets in the clear.
#[derive(Serialize, Deserialize)]
pub(crate) struct VaultItem {
    memory: Memory,
    secret: Option<Secret>,
    past: Vec<Past>,
}

/// An entry as it was before an edit.
#[derive(Serialize, Deserialize)]
struct Past {
    /// The version the edit made.
    version: u32,
    /// JSON; `None` when the edit made the entry.
    before: Option<String>,
    secret: Option<Secret>,
    /// JSON.
    author: String,
    at: i64,
}

/// Wiped when dropped.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Every entry there is, opened with the vault's key.
pub(crate) fn all(connection: &Connection, vault: &Vault) -> Result<Vec<VaultItem>> {
    rows(connection)?
        .into_iter()
        .map(|(row, id)| one(connection, vault, row, id))
        .collect()
}

/// Takes every entry out, as if it had never been in this database. It leaves no tombstone: elsewhere it is not forgotten.
pub(crate) fn remove_all(connection: &Connection) -> Result<()> {
    for (row, id) in rows(connection)? {
        memory::delete(connection, row, id)?;
    }
    Ok(())
}

/// Stores an entry in a database that does not know it, sealed with its vault's key.
pub(crate) fn insert(
    connection: &Connection,
    vault: &Vault,
    item: &VaultItem,
    entropy: &Entropy,
) -> Result<()> {
    let id = item.memory.id;
    let seal = |secret: &Option<Secret>, version: u32| {
        let sealed = secret
            .as_ref()
            .map(|secret| vault.seal(id, version, &secret.0, entropy));
        sealed.transpose()
    };
    let row = memory::insert(
        connection,
        &MemoryRow {
            row: 0,
            memory: item.memory.clone(),
            secret: seal(&item.secret, item.memory.version)?,
        },
    )?;
    for past in &item.past {
        connection
            .prepare_cached(
                "INSERT INTO memory_version (memory, version, before, secret, author, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                row,
                past.version,
                past.before,
                seal(&past.secret, past.version)?,
                past.author,
                past.at
            ])?;
    }
    Ok(())
}

fn one(connection: &Connection, vault: &Vault, row: i64, id: MemoryId) -> Result<VaultItem> {
    let open = |sealed: Option<Vec<u8>>| -> Result<Option<Secret>> {
        let secret = sealed.map(|sealed| vault.unseal(id, &sealed)).transpose()?;
        Ok(secret.map(|secret| Secret(secret.as_str().to_owned())))
    };
    let found = memory::get_row(connection, row)?.ok_or(crate::StoreError::NotFound("secret"))?;
    let mut statement = connection.prepare_cached(
        "SELECT version, before, secret, author, at FROM memory_version WHERE memory = ?1 ORDER BY version",
    )?;
    let mut rows = statement.query([row])?;
    let mut past = Vec::new();
    while let Some(row) = rows.next()? {
        past.push(Past {
            version: row.get(0)?,
            before: row.get(1)?,
            secret: open(row.get(2)?)?,
            author: row.get(3)?,
            at: row.get(4)?,
        });
    }
    Ok(VaultItem {
        memory: found.memory,
        secret: open(found.secret)?,
        past,
    })
}

fn rows(connection: &Connection) -> Result<Vec<(i64, MemoryId)>> {
    let mut statement = connection.prepare("SELECT row, id FROM memory WHERE kind = 5")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, MemoryId(super::code::uuid(row, 1)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
