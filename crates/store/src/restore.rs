//! Putting a backup in the place of the database. What was forgotten since stays forgotten, and what is replaced is kept.

use crate::{
    backup::{self, Held},
    entropy::Entropy,
    error::{Result, StoreError},
    files, high_water,
    keys::Key,
    open::{Access, connect},
    profile::{FOLDERS, Profile, database},
    snapshot, store,
    store::Opened,
    table::{meta, tombstone},
    types::Warning,
    writer::log_file,
};
use afterimage_domain::Timestamp;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// Where a backup becomes what it should be, in the profile folder.
pub(crate) const WORKSHOP: &str = "restore";

/// Puts the backup called `name` in the place of the profile's database and opens it. The backup is verified, and what was forgotten since
/// taken out of it, before anything is touched. A database that is whole becomes a backup itself; a damaged one stays beside the new one
/// under another name.
pub fn restore(profile: Profile, name: &str, entropy: Entropy, at: Timestamp) -> Result<Opened> {
    let home = profile.home.clone();
    let source = backup::find(&home, name)?;
    let present = settle(&home, &profile.keys.db);
    let workshop = home.join(WORKSHOP);
    // What an interrupted restore left.
    remove_folder(&workshop)?;
    let ready = prepare(&profile, &workshop, &source, &present, &entropy, at)?;
    let restored = backup::verify(&ready, &profile.keys.db)?;
    keep_present(&home, &profile, present.is_ok(), restored, &entropy, at)?;
    // Before the database that leads to them: a crash in between leaves files without a row, which are swept.
    backup::bring_pictures_back(&home, &profile.keys.db, &ready)?;
    fs::rename(&ready, database(&home))?;
    files::sync_folder(&home.join("db"))?;
    high_water::remove(&home.join("seal"))?;
    snapshot::remove_all(&home.join("idx"))?;
    remove_folder(&workshop)?;
    let mut opened = store::open(profile, entropy)?;
    // The marks spoke of another database and were removed.
    opened
        .warnings
        .retain(|warning| *warning != Warning::NoHighWater);
    Ok(opened)
}

/// What the present database knows, that the backup may not.
struct Present {
    generation: i64,
    buried: Vec<[u8; 32]>,
}

/// Folds the log of the present database into it and asks it what was forgotten.
fn settle(home: &Path, key: &Key) -> Result<Present> {
    let connection = connect(&database(home), key, Access::Write)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(Present {
        generation: meta::get(&connection, meta::INDEX_GENERATION)?,
        buried: tombstone::all(&connection)?,
    })
}

/// A profile in a profile, in which the copy becomes what it should be; where its database lies.
fn prepare(
    profile: &Profile,
    workshop: &Path,
    source: &Path,
    present: &Result<Present>,
    entropy: &Entropy,
    at: Timestamp,
) -> Result<PathBuf> {
    for folder in FOLDERS {
        files::private_folder(&workshop.join(folder))?;
    }
    let copy = database(workshop);
    files::private_file(&copy, true)?;
    fs::copy(source, &copy)?;
    files::sync(&File::open(&copy)?)?;
    backup::verify(&copy, &profile.keys.db)?;
    let inner = profile.within(workshop)?;
    let Opened { mut writer, .. } = store::open(inner, entropy.clone())?;
    // The copy may not know who was shut out since.
    writer.revoke_all_clients(at)?;
    if let Ok(Present { generation, buried }) = present {
        writer.forget_again(buried, *generation, at)?;
    }
    writer.close()?;
    match log_file(workshop).exists() {
        true => Err(StoreError::Busy),
        false => Ok(copy),
    }
}

/// Keeps what is replaced, under a name of its own.
fn keep_present(
    home: &Path,
    profile: &Profile,
    is_settled: bool,
    restored: Held,
    entropy: &Entropy,
    at: Timestamp,
) -> Result<()> {
    let key = &profile.keys.db;
    let present = database(home);
    let whole = match is_settled {
        true => backup::verify(&present, key).ok(),
        false => None,
    };
    let aside = match whole {
        Some(held) => {
            // It holds nothing of what was forgotten, so it does not give way to the next backup for that.
            let held = Held {
                generation: restored.generation,
                ..held
            };
            let name = backup::name(&present, at, held)?.name;
            backup::take_along(home, &profile.keys, &present, &name, entropy)?;
            backup::path(home, &name)
        }
        None => {
            // What it knows cannot be asked any more: all pictures stay with it.
            backup::keep_all_pictures(home)?;
            home.join("db").join(format!("damaged-{}.db", at.millis()))
        }
    };
    if present.exists() {
        // Two names for one file: there is a database under the old one at every moment.
        fs::hard_link(&present, &aside)?;
    }
    for suffix in ["-wal", "-shm"] {
        let from = files::suffixed(&present, suffix);
        if from.exists() {
            fs::rename(from, files::suffixed(&aside, suffix))?;
        }
    }
    files::sync_folder(aside.parent().unwrap_or(home))?;
    files::sync_folder(&home.join("db"))
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
