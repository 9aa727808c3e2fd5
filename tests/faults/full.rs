//! The disk is full while lines come in: the engine stays, what it acknowledged stays, forgetting works with nothing free at all, and when
//! there is room again it goes on by itself.

use crate::{
    Options,
    content::scratch,
    dice::Dice,
    outcome::Outcome,
    running::{
        Running, forget, ingest, make_profile, program, read, start, start_with, text, within,
    },
};
use afterimage_engine::{
    api::{Code, ObservationId},
    client::Client,
};
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// A disk of this size, with the reserve of the profile on it.
const DISK: &str = "160m";
/// The largest file in the other variant, in KiB.
const LARGEST_FILE: u64 = 900;
/// Lines that are tried at most before the disk must be full.
const MOST_LINES: u64 = 20_000;

pub fn full(options: &Options, cycles: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(options.seed);
    for cycle in 0..cycles {
        let folder = scratch()?;
        match Disk::mount(&folder.path().join("disk")) {
            Ok(disk) if cycle % 2 == 0 => full_disk(&disk, cycle, &mut dice, &mut outcome)?,
            Ok(_) => largest_file(folder.path(), cycle, &mut outcome)?,
            Err(error) => {
                let note =
                    format!("NOT TRIED on a real small disk, which only root can make: {error:#}");
                eprintln!("{note}");
                outcome.notes.push(note);
                largest_file(folder.path(), cycle, &mut outcome)?;
            }
        }
    }
    outcome.notes.push(format!(
        "by turns on a disk of {DISK} and with files of {LARGEST_FILE} KiB at most"
    ));
    Ok(outcome)
}

/// A small disk in memory; it goes when it goes.
struct Disk(PathBuf);

impl Disk {
    fn mount(place: &Path) -> Result<Self> {
        std::fs::create_dir_all(place)?;
        let size = format!("size={DISK}");
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "faults"])
            .arg(place)
            .stderr(std::process::Stdio::null())
            .status()
            .context("`mount` cannot be started")?;
        ensure!(status.success(), "`mount` refused");
        Ok(Self(place.into()))
    }

    /// Leaves this many bytes free.
    fn fill(&self, free: u64) -> Result<()> {
        let path = self.0.join("ballast");
        let mut ballast = File::options().create(true).append(true).open(path)?;
        for block in [1 << 20, 4096] {
            let block = vec![7; block];
            while free_bytes(&self.0)? >= free + block.len() as u64
                && ballast.write_all(&block).is_ok()
            {}
        }
        Ok(())
    }

    fn make_room(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.0.join("ballast"))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that is just ending may still have files there.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn free_bytes(dir: &Path) -> Result<u64> {
    let path = std::ffi::CString::new(dir.to_string_lossy().into_owned())?;
    let mut found = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero and both pointers live through the call, which fills the struct or fails.
    let found = unsafe {
        ensure!(
            libc::statvfs(path.as_ptr(), found.as_mut_ptr()) == 0,
            "statvfs failed"
        );
        found.assume_init()
    };
    Ok(found.f_bavail * found.f_frsize)
}

fn full_disk(disk: &Disk, cycle: u64, dice: &mut Dice, outcome: &mut Outcome) -> Result<()> {
    let place = format!("disk {cycle}");
    let home = disk.0.join("profile");
    make_profile(&home)?;
    let mut engine = start(&home)?;
    engine.set(|settings| settings.absorb = false)?;
    let mut kept = take_until_full(&engine.client, 0, 100, &place, outcome);
    disk.fill(dice.below(3 << 20))?;
    kept.extend(take_until_full(
        &engine.client,
        1_000,
        MOST_LINES,
        &place,
        outcome,
    ));
    disk.fill(0)?;
    forget_one(&mut engine, &mut kept, &place, outcome);
    disk.make_room()?;
    goes_on(&engine.client, &mut kept, &place, outcome);
    engine.kill()?;
    drop(engine);
    let engine = start(&home)?;
    compare(&engine.client, &kept, &place, outcome)?;
    outcome.tried += 1;
    Ok(())
}

/// Every file of the engine may be so large and no larger, for ever: the log cannot be given back, so only what was acknowledged counts.
fn largest_file(folder: &Path, cycle: u64, outcome: &mut Outcome) -> Result<()> {
    let place = format!("largest file {cycle}");
    let home = folder.join("profile");
    make_profile(&home)?;
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            &format!("ulimit -f {}; exec \"$0\" \"$@\"", LARGEST_FILE * 2),
        ])
        .arg(program()?);
    let mut engine = start_with(shell, &home)?;
    engine.set(|settings| settings.absorb = false)?;
    let kept = take_until_full(&engine.client, 0, MOST_LINES, &place, outcome);
    if !engine.is_alive() || engine.status().is_err() {
        outcome.lose(&place, "the engine ended");
    }
    engine.kill()?;
    drop(engine);
    let engine = start(&home)?;
    compare(&engine.client, &kept, &place, outcome)?;
    outcome.tried += 1;
    Ok(())
}

/// Lines that were acknowledged until one was not for lack of room.
fn take_until_full(
    client: &Client,
    first: u64,
    most: u64,
    place: &str,
    outcome: &mut Outcome,
) -> BTreeMap<u64, ObservationId> {
    let mut kept = BTreeMap::new();
    for number in first..first + most {
        match ingest(client, number, WORDS) {
            Ok(id) => _ = kept.insert(number, id),
            Err(failure) if failure.code == Code::DiskFull => return kept,
            Err(failure) => {
                outcome.lose(
                    place,
                    format!(
                        "a full disk is told as {:?}: {}",
                        failure.code, failure.message
                    ),
                );
                return kept;
            }
        }
    }
    if most == MOST_LINES {
        outcome.lose(place, "the disk never was full");
    }
    kept
}

const WORDS: &str = "many different words that take some room on the disk, again and again and again, so that it fills up";

fn forget_one(
    engine: &mut Running,
    kept: &mut BTreeMap<u64, ObservationId>,
    place: &str,
    outcome: &mut Outcome,
) {
    if !engine.is_alive() || engine.status().is_err() {
        outcome.lose(place, "the engine ended");
    }
    let Some((number, id)) = kept.pop_first() else {
        return;
    };
    match forget(&engine.client, id) {
        Ok(()) => outcome.acknowledged += 1,
        Err(failure) => outcome.lose(
            place,
            format!("forgetting with nothing free: {}", failure.message),
        ),
    }
    if !matches!(read(&engine.client, id), Ok(None)) {
        outcome.lose(place, format!("{number} was forgotten and is there"));
    }
}

fn goes_on(
    client: &Client,
    kept: &mut BTreeMap<u64, ObservationId>,
    place: &str,
    outcome: &mut Outcome,
) {
    let mut number = 100_000;
    let is_so = within(Duration::from_secs(10), || {
        number += 1;
        let id = ingest(client, number, WORDS).ok();
        kept.extend(id.map(|id| (number, id)));
        id.is_some()
    });
    if !is_so {
        outcome.lose(place, "it does not go on when there is room again");
    }
}

fn compare(
    client: &Client,
    kept: &BTreeMap<u64, ObservationId>,
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    for (number, id) in kept {
        if read(client, *id)? != Some(text(*number, WORDS)) {
            outcome.lose(place, format!("line {number}"));
        }
    }
    outcome.acknowledged += kept.len() as u64;
    Ok(())
}
