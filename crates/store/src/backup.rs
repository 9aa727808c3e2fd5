//! Rolling copies of the database in the profile folder, each verified before it counts.
//!
//! ```text
//! backup/<milliseconds>-<generation>-<commits>.db     when, what had been forgotten by then, how far the database had come
//! backup/<the same>.rows                              what it says it holds, sealed
//! backup/<the same>.damaged                           one that failed a drill
//! backup/blob/aa/<name>.b                             the pictures that any of the copies knows
//! ```
//! A copy is encrypted with the key of the database. A picture is not copied: its file gets a second name, which goes with the last copy that
//! knows it. When something was forgotten, the next copy takes the place of all that were made before.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{self, Key, Keys},
    open::{Access, connect},
    pictures,
    profile::database,
    table::{
        census::{self, Census},
        meta, picture,
    },
    types::Backup,
};
use afterimage_domain::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// How long a span is and how many of its last ones have a copy each: hours, days, weeks.
const KEPT: [(i64, i64); 3] = [(HOUR, 24), (DAY, 7), (7 * DAY, 4)];

/// What a verified copy holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub generation: i64,
    pub sequence: i64,
}

/// What a copy says of itself, for the day somebody counts it.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub rows: Census,
    /// Pictures that came along.
    pub pictures: u64,
}

/// Makes a copy, verifies it and removes those it replaces; `None` when the newest holds the same.
pub(crate) fn make(
    home: &Path,
    keys: &Keys,
    at: Timestamp,
    entropy: &Entropy,
) -> Result<Option<Backup>> {
    let key = &keys.db;
    let folder = folder(home);
    files::private_folder(&folder)?;
    let source = connect(&database(home), key, Access::Copy)?;
    let before = held(&source)?;
    let newest = list(home)?.pop();
    if newest.is_some_and(|newest| is_of(&newest, before)) {
        return Ok(None);
    }
    let part = folder.join("new.part");
    let made = copy(&source, &part, key, before).and_then(|held| {
        let backup = name(&part, at, held)?;
        take_along(home, keys, &part, &backup.name, entropy)?;
        fs::rename(&part, path(home, &backup.name))?;
        files::sync_folder(&folder)?;
        Ok((backup, held))
    });
    if made.is_err() {
        let _ = files::remove(&part);
    }
    let (backup, held) = made?;
    if prune(home, held.generation)? {
        drop_pictures(home, key)?;
    }
    Ok(Some(backup))
}

/// Gives the copy in `file`, which will be called `name`, its pictures and its word about itself.
pub(crate) fn take_along(
    home: &Path,
    keys: &Keys,
    file: &Path,
    name: &str,
    entropy: &Entropy,
) -> Result<()> {
    let connection = connect(file, &keys.db, Access::Read)?;
    let (rows, names) = (census::take(&connection)?, picture::names(&connection)?);
    drop(connection);
    remove_empty_log(file)?;
    files::private_folder(&pictures_folder(home))?;
    let pictures = pictures::share_all(&home.join("blob"), &names, &pictures_folder(home))?;
    let said = serde_json::to_vec(&Said { rows, pictures })?;
    let sealed = keys::seal(&keys.seal, entropy.draw(), name.as_bytes(), &said);
    files::replace(&said_path(home, name), &sealed)
}

/// What a copy said of itself; `None` of one from before they did.
pub(crate) fn said(home: &Path, keys: &Keys, name: &str) -> Result<Option<Said>> {
    let sealed = match fs::read(said_path(home, name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let said = keys::unseal(&keys.seal, name.as_bytes(), &sealed);
    let said = said.and_then(|said| serde_json::from_slice(&said).ok());
    said.map(Some).ok_or(StoreError::Corrupt("backup"))
}

/// Puts the pictures that the database in `file` knows back where they are missing, as far as copies have them.
pub(crate) fn bring_pictures_back(home: &Path, key: &Key, file: &Path) -> Result<()> {
    if !pictures_folder(home).is_dir() {
        return Ok(());
    }
    let names = picture::names(&connect(file, key, Access::Read)?)?;
    remove_empty_log(file)?;
    pictures::share_all(&pictures_folder(home), &names, &home.join("blob"))?;
    Ok(())
}

/// Keeps a second name of every picture there is.
pub(crate) fn keep_all_pictures(home: &Path) -> Result<()> {
    let names = pictures::names(&home.join("blob"))?;
    files::private_folder(&pictures_folder(home))?;
    pictures::share_all(&home.join("blob"), &names, &pictures_folder(home))?;
    Ok(())
}

/// Sets a copy aside that turned out to be damaged; it is kept until what it holds was forgotten.
pub(crate) fn set_aside(home: &Path, name: &str) -> Result<()> {
    let path = path(home, name);
    fs::rename(&path, path.with_extension(DAMAGED))?;
    files::sync_folder(&folder(home))
}

/// The copies, oldest first.
pub(crate) fn list(home: &Path) -> Result<Vec<Backup>> {
    let entries = match fs::read_dir(folder(home)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut backups: Vec<Backup> = entries
        .flatten()
        .filter_map(|entry| backup_of(&entry.path()))
        .collect();
    backups.sort_by_key(|backup| (backup.at, backup.name.clone()));
    Ok(backups)
}

/// Whether a copy was made before something was forgotten, so that it must be replaced.
pub(crate) fn is_stale(home: &Path, connection: &Connection) -> Result<bool> {
    let generation = meta::get(connection, meta::INDEX_GENERATION)?;
    Ok(list(home)?
        .iter()
        .any(|backup| numbers(&backup.name).is_some_and(|(_, held)| held.generation < generation)))
}

/// Where the copy called `name` lies, if its name is one of ours.
pub(crate) fn find(home: &Path, name: &str) -> Result<PathBuf> {
    let known = list(home)?.into_iter().any(|backup| backup.name == name);
    match known {
        true => Ok(path(home, name)),
        false => Err(StoreError::NotFound("backup")),
    }
}

/// Reads all of a copy: each page as it was sealed, each table as it was made.
pub(crate) fn verify(path: &Path, key: &Key) -> Result<Held> {
    let held = read_all(path, key);
    remove_empty_log(path)?;
    held
}

/// Reading a database that was in use leaves an empty log beside it.
fn remove_empty_log(path: &Path) -> Result<()> {
    let log = files::suffixed(path, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() == 0) {
        files::remove(&log)?;
        files::remove(&files::suffixed(path, "-shm"))?;
    }
    Ok(())
}

fn read_all(path: &Path, key: &Key) -> Result<Held> {
    let damaged = StoreError::Corrupt("backup");
    let Ok(connection) = connect(path, key, Access::Read) else {
        return Err(damaged);
    };
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let is_sealed = statement.query([])?.next()?.is_none();
    let said = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match is_sealed && said.is_ok_and(|said| said == "ok") {
        true => held(&connection),
        false => Err(damaged),
    }
}

/// The name for what is in `file`.
pub(crate) fn name(file: &Path, at: Timestamp, held: Held) -> Result<Backup> {
    Ok(Backup {
        name: format!(
            "{:015}-{}-{}",
            at.millis().max(0),
            held.generation,
            held.sequence
        ),
        at,
        bytes: fs::metadata(file)?.len(),
    })
}

/// Where a copy of this name lies.
pub(crate) fn path(home: &Path, name: &str) -> PathBuf {
    folder(home).join(format!("{name}.db"))
}

/// Where the second names of pictures lie.
pub(crate) fn pictures_folder(home: &Path) -> PathBuf {
    folder(home).join("blob")
}

fn said_path(home: &Path, name: &str) -> PathBuf {
    folder(home).join(format!("{name}.rows"))
}

/// Where copies lie.
pub(crate) fn folder(home: &Path) -> PathBuf {
    home.join("backup")
}

const DAMAGED: &str = "damaged";

fn copy(source: &Connection, part: &Path, key: &Key, before: Held) -> Result<Held> {
    files::remove(part)?;
    files::private_file(part, true)?;
    let target = part
        .to_str()
        .ok_or(StoreError::Refused("the profile folder's name is not text"))?;
    source.execute("VACUUM INTO ?1", [target])?;
    let copied = verify(part, key)?;
    if copied.sequence < before.sequence {
        return Err(StoreError::Corrupt("backup"));
    }
    files::sync(&File::open(part)?)?;
    Ok(copied)
}

fn held(connection: &Connection) -> Result<Held> {
    Ok(Held {
        generation: meta::get(connection, meta::INDEX_GENERATION)?,
        sequence: meta::get(connection, meta::SEQUENCE)?,
    })
}

/// Removes the copies that no span keeps and those that hold what was forgotten; whether there were any. The one just made is always kept.
fn prune(home: &Path, generation: i64) -> Result<bool> {
    let mut any = remove_stale_damaged(home, generation)?;
    let all = list(home)?;
    let moments: Vec<i64> = all.iter().map(|backup| backup.at.millis()).collect();
    let kept = kept(&moments);
    for (place, backup) in all.iter().enumerate() {
        let holds_forgotten =
            numbers(&backup.name).is_none_or(|(_, held)| held.generation < generation);
        if holds_forgotten || !kept.contains(&place) {
            files::remove(&path(home, &backup.name))?;
            files::remove(&said_path(home, &backup.name))?;
            any = true;
        }
    }
    Ok(any)
}

/// A damaged copy may still hold what was forgotten.
fn remove_stale_damaged(home: &Path, generation: i64) -> Result<bool> {
    let mut any = false;
    for entry in fs::read_dir(folder(home))?.flatten() {
        let path = entry.path();
        let is_damaged = path.extension().is_some_and(|found| found == DAMAGED);
        let name = path.file_stem().and_then(|name| name.to_str());
        let held = name.and_then(numbers).map(|(_, held)| held);
        if is_damaged && held.is_none_or(|held| held.generation < generation) {
            files::remove(&path)?;
            files::remove(&path.with_extension("rows"))?;
            any = true;
        }
    }
    Ok(any)
}

/// Removes the second names of pictures that no copy knows any more. While a copy, or a database that was set aside, cannot be asked, all stay.
fn drop_pictures(home: &Path, key: &Key) -> Result<()> {
    let folder = pictures_folder(home);
    if !folder.is_dir() || has_damaged_database(home) {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    for backup in list(home)? {
        let file = path(home, &backup.name);
        let names = connect(&file, key, Access::Read).and_then(|copy| picture::names(&copy));
        remove_empty_log(&file)?;
        match names {
            Ok(names) => known.extend(names),
            Err(_) => return Ok(()),
        }
    }
    for name in pictures::names(&folder)? {
        if !known.contains(&name) {
            pictures::remove(&folder, &name)?;
        }
    }
    Ok(())
}

fn has_damaged_database(home: &Path) -> bool {
    let entries = fs::read_dir(home.join("db"))
        .into_iter()
        .flatten()
        .flatten();
    let mut names = entries.map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with("damaged-"))
}

/// Of copies made at these moments, oldest first, the places of those that stay: of each of the last hours, days and weeks that has any,
/// the oldest one, and always the newest of all.
fn kept(moments: &[i64]) -> BTreeSet<usize> {
    let Some(newest) = moments.last() else {
        return BTreeSet::new();
    };
    let mut kept = BTreeSet::from([moments.len() - 1]);
    for (span, count) in KEPT {
        let mut last = None;
        for (place, moment) in moments.iter().enumerate() {
            let number = moment.div_euclid(span);
            if number > newest.div_euclid(span) - count && last != Some(number) {
                kept.insert(place);
                last = Some(number);
            }
        }
    }
    kept
}

/// Whether a copy holds just that.
pub(crate) fn is_of(backup: &Backup, held: Held) -> bool {
    numbers(&backup.name).is_some_and(|(_, known)| known == held)
}

fn backup_of(path: &Path) -> Option<Backup> {
    let name = path.file_stem()?.to_str()?.to_owned();
    (path.extension()? == "db").then_some(())?;
    let (at, _) = numbers(&name)?;
    Some(Backup {
        name,
        at,
        bytes: fs::metadata(path).ok()?.len(),
    })
}

fn numbers(name: &str) -> Option<(Timestamp, Held)> {
    let mut parts = name.split('-').map(|part| part.parse::<i64>().ok());
    let mut next = || parts.next().flatten();
    let (at, generation, sequence) = (next()?, next()?, next()?);
    Some((
        Timestamp::from_millis(at),
        Held {
            generation,
            sequence,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn f12_a_year_of_hours_leaves_a_day_of_hours_a_week_of_days_and_a_month_of_weeks() {
        let mut moments: Vec<i64> = Vec::new();
        for hour in 0..365 * 24 {
            moments.push(hour * HOUR);
            let stay = kept(&moments);
            moments = stay.iter().map(|place| moments[*place]).collect();
        }
        let newest = 365 * DAY - HOUR;
        assert_eq!(moments.last(), Some(&newest));
        let within = |span: i64| moments.iter().filter(|at| **at > newest - span).count();
        assert_eq!(within(DAY), 24);
        assert!(
            (6 + 24..=7 + 24).contains(&within(7 * DAY)),
            "{}",
            within(7 * DAY)
        );
        assert!((33..=35).contains(&moments.len()), "{}", moments.len());
        assert!(moments[0] <= newest - 21 * DAY);
    }

    proptest! {
        #[test]
        fn f12_the_newest_always_stays_and_no_more_than_there_are_spans(
            mut moments in prop::collection::vec(0..400 * DAY, 1..80),
        ) {
            moments.sort_unstable();
            let kept = kept(&moments);
            prop_assert!(kept.contains(&(moments.len() - 1)));
            prop_assert!(kept.len() <= 24 + 7 + 4 + 1);
        }
    }
}
