//! Rolling copies of the database in the profile folder, each verified before it counts.
//!
//! ```text
//! backup/<milliseconds>-<generation>-<commits>.db     when, what had been forgotten by then, how far the database had come
//! ```
//! A copy is encrypted with the key of the database. Pictures are not copied: their files stay where they are. When something was
//! forgotten, the next copy takes the place of all that were made before.

use crate::{
    error::{Result, StoreError},
    files,
    keys::Key,
    open::{Access, connect},
    profile::database,
    table::meta,
    types::Backup,
};
use afterimage_domain::Timestamp;
use rusqlite::Connection;
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
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub generation: i64,
    pub sequence: i64,
}

/// Makes a copy, verifies it and removes those it replaces; `None` when the newest holds the same.
pub(crate) fn make(home: &Path, key: &Key, at: Timestamp) -> Result<Option<Backup>> {
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
        fs::rename(&part, path(home, &backup.name))?;
        files::sync_folder(&folder)?;
        Ok((backup, held))
    });
    if made.is_err() {
        let _ = files::remove(&part);
    }
    let (backup, held) = made?;
    prune(home, held.generation)?;
    Ok(Some(backup))
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
    // Reading a database that was in use leaves an empty log beside it.
    let log = files::suffixed(path, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() == 0) {
        files::remove(&log)?;
        files::remove(&files::suffixed(path, "-shm"))?;
    }
    held
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

fn folder(home: &Path) -> PathBuf {
    home.join("backup")
}

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

/// Removes the copies that no span keeps and those that hold what was forgotten. The one just made is always kept.
fn prune(home: &Path, generation: i64) -> Result<()> {
    let all = list(home)?;
    let moments: Vec<i64> = all.iter().map(|backup| backup.at.millis()).collect();
    let kept = kept(&moments);
    for (place, backup) in all.iter().enumerate() {
        let holds_forgotten =
            numbers(&backup.name).is_none_or(|(_, held)| held.generation < generation);
        if holds_forgotten || !kept.contains(&place) {
            files::remove(&path(home, &backup.name))?;
        }
    }
    Ok(())
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

fn is_of(backup: &Backup, held: Held) -> bool {
    numbers(&backup.name).is_some_and(|(_, known)| {
        known.sequence == held.sequence && known.generation == held.generation
    })
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
