//! The sealed snapshot of the vector index, written on closing and believed only when it fits the database to the row.

use crate::{
    entropy::Entropy,
    error::Result,
    files,
    index::VectorIndex,
    keys::{self, Key},
    table::{meta, vector},
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Writes the snapshot and removes older ones.
pub(crate) fn write(
    folder: &Path,
    key: &Key,
    index: &VectorIndex,
    connection: &Connection,
    entropy: &Entropy,
) -> Result<()> {
    let place = place(connection)?;
    let sealed = keys::seal(key, entropy.draw(), place.as_bytes(), &index.to_bytes());
    let name = path(folder, connection)?;
    files::replace(&name, &sealed)?;
    remove_others(folder, Some(&name))
}

/// The index of the snapshot; `None` when there is none, or it is damaged, or it does not fit the database.
pub(crate) fn read(
    folder: &Path,
    key: &Key,
    connection: &Connection,
    graph_from: usize,
) -> Result<Option<VectorIndex>> {
    let Some(plain) = opened(folder, key, connection)? else {
        return Ok(None);
    };
    let Some(index) = VectorIndex::from_bytes(&plain, graph_from) else {
        return Ok(None);
    };
    for (model, name, _) in vector::models(connection)? {
        if index.extent(&name) != vector::extent(connection, model)? {
            return Ok(None);
        }
    }
    Ok(Some(index))
}

/// The bytes of the snapshot; `None` when there is none or it does not open.
pub(crate) fn opened(
    folder: &Path,
    key: &Key,
    connection: &Connection,
) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
    let Ok(sealed) = std::fs::read(path(folder, connection)?) else {
        return Ok(None);
    };
    Ok(keys::unseal(key, place(connection)?.as_bytes(), &sealed))
}

/// Removes every snapshot, e.g. because it holds something forgotten.
pub(crate) fn remove_all(folder: &Path) -> Result<()> {
    remove_others(folder, None)
}

/// What the snapshot is bound to: the generation, and how many vectors of each model up to which row.
fn place(connection: &Connection) -> Result<String> {
    let mut place = format!("afterimage/index/1|{}", generation(connection)?);
    for (model, name, dims) in vector::models(connection)? {
        let (count, last) = vector::extent(connection, model)?;
        place.push_str(&format!("|{name}|{dims}|{count}|{last}"));
    }
    Ok(place)
}

fn path(folder: &Path, connection: &Connection) -> Result<PathBuf> {
    Ok(folder.join(format!("{}.x", generation(connection)?)))
}

fn generation(connection: &Connection) -> Result<i64> {
    meta::get(connection, meta::INDEX_GENERATION)
}

fn remove_others(folder: &Path, but: Option<&Path>) -> Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        if Some(entry.path().as_path()) != but {
            files::remove(&entry.path())?;
        }
    }
    files::sync_folder(folder)
}
