//! Picture files in the profile folder: written before their row, readable only through it, gone with it.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{self, Key},
    keyslots::hex,
    sealed_file,
    table::picture::PictureRow,
    types::Picture,
};
use afterimage_domain::Timestamp;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Seals a picture into a new file and waits until it is on the disk. The row that comes back holds the only key.
pub(crate) fn write(
    folder: &Path,
    wrapping: &Key,
    picture: &Picture,
    at: Timestamp,
    entropy: &Entropy,
) -> Result<PictureRow> {
    let name = hex(&entropy.draw::<16>());
    let key = Key::new(entropy.draw());
    let sealed = sealed_file::seal(&key, entropy.draw(), &picture.bytes);
    let path = path(folder, &name);
    let parent = path.parent().unwrap_or(folder);
    if !parent.is_dir() {
        files::private_folder(parent)?;
        // The file's own folder is waited for below; the name of that folder stands in this one.
        files::sync_folder(folder)?;
    }
    let written = files::write_synced(&path, &sealed).and_then(|()| {
        blur_time(&path, at);
        files::sync_folder(parent)
    });
    if written.is_err() {
        let _ = files::remove(&path);
    }
    written?;
    Ok(PictureRow {
        key: keys::seal(wrapping, entropy.draw(), name.as_bytes(), key.as_slice()),
        mime: picture.mime.clone(),
        bytes: sealed.len() as u64,
        name,
    })
}

/// The picture of a row; `None` when its file is gone.
pub(crate) fn read(folder: &Path, wrapping: &Key, row: &PictureRow) -> Result<Option<Picture>> {
    let sealed = match std::fs::read(path(folder, &row.name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let key = key(wrapping, row).ok_or(StoreError::Corrupt("picture"))?;
    Ok(Some(Picture {
        mime: row.mime.clone(),
        bytes: sealed_file::unseal(&key, &sealed)?,
    }))
}

/// The key of a row's file; `None` when it was altered.
pub(crate) fn key(wrapping: &Key, row: &PictureRow) -> Option<Key> {
    let key = keys::unseal(wrapping, row.name.as_bytes(), &row.key)?;
    Some(Key::new(key.as_slice().try_into().ok()?))
}

/// Removes a file.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<()> {
    files::remove(&path(folder, name))
}

/// The names of all files.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for shelf in std::fs::read_dir(folder)?.flatten() {
        let Ok(entries) = std::fs::read_dir(shelf.path()) else {
            continue;
        };
        let stems = entries.flatten().filter_map(|entry| {
            let path = entry.path();
            (path.extension()? == "b").then_some(())?;
            Some(path.file_stem()?.to_str()?.to_owned())
        });
        names.extend(stems);
    }
    Ok(names)
}

/// Gives the file of a picture a second name, or copies it where a file cannot have two; false when it is gone.
pub(crate) fn share(folder: &Path, name: &str, to: &Path) -> Result<bool> {
    let from = path(folder, name);
    match std::fs::hard_link(&from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(true),
        Err(_) if !from.exists() => Ok(false),
        Err(_) => {
            std::fs::copy(&from, to)?;
            files::sync(&std::fs::File::open(to)?)?;
            Ok(true)
        }
    }
}

/// Gives those of these pictures a name in `to` that have none there; both are folders of pictures. Returns how many of them lie in `to` then.
pub(crate) fn share_all(folder: &Path, names: &[String], to: &Path) -> Result<u64> {
    let mut touched = BTreeSet::new();
    let mut there = 0;
    for name in names {
        let target = path(to, name);
        if target.exists() {
            there += 1;
            continue;
        }
        let shelf = target.parent().unwrap_or(to).to_owned();
        if !shelf.is_dir() {
            files::private_folder(&shelf)?;
            touched.insert(to.to_owned());
        }
        if share(folder, name, &target)? {
            there += 1;
            touched.insert(shelf);
        }
    }
    touched
        .iter()
        .try_for_each(|folder| files::sync_folder(folder))?;
    Ok(there)
}

/// Where the file of a picture lies.
pub(crate) fn path(folder: &Path, name: &str) -> PathBuf {
    folder
        .join(name.get(..2).unwrap_or("00"))
        .join(format!("{name}.b"))
}

/// The file's time says the day, not the moment; failing to do so harms nothing else.
fn blur_time(path: &Path, at: Timestamp) {
    const DAY: u64 = 86_400;
    let day = (at.millis().max(0) as u64 / 1000) / DAY * DAY;
    if let Ok(file) = std::fs::File::options().write(true).open(path) {
        let _ = file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(day));
    }
}
