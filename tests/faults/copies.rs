//! A process is killed at a random moment while it copies the profile, puts a copy back, tries one, writes an archive or reads one. Nothing
//! acknowledged may be lost, what is half made may not look whole, and nothing may lie in the open.

use crate::{
    Options,
    content::{create, line, passphrase, reopen, seen},
    dice::Dice,
    outcome::Outcome,
};
use afterimage_domain::{ObservationId, Timestamp};
use afterimage_store::{
    ArchiveFile, Clocks, Entropy, Forget, PictureSize, Profile, clear_half_read, read_archive,
    restore,
};
use anyhow::{Context, Result, anyhow, bail};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// The first name of the process that is killed; the second says what it does.
pub const NAME: &str = "copies";
/// What it does, over and over.
const WORKS: [&str; 5] = ["backup", "restore", "drill", "write", "read"];
/// The moments of the kill, in milliseconds after it began.
const LATEST: u64 = 600;
/// Lines and frames that are there from the beginning, by number; some are forgotten before anything is copied.
const LINES: std::ops::Range<u64> = 1..40;
const FRAMES: std::ops::Range<u64> = 100..112;
const FORGOTTEN: [u64; 3] = [3, 17, 104];
/// Numbers of the lines that come in while copies are made.
const FRESH: u64 = 1_000;
/// A word of every line.
const WORD: &[u8] = b"quick brown";

pub fn copies(options: &Options, cycles: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(options.seed);
    // On a disk: a process is killed oftener while it waits for one.
    let folder = tempfile::tempdir()?;
    prepare(folder.path())?;
    let mut kept: BTreeSet<u64> = LINES.chain(FRAMES).collect();
    kept.retain(|number| !FORGOTTEN.contains(number));
    outcome.acknowledged += (kept.len() + FORGOTTEN.len()) as u64;
    for cycle in 0..cycles {
        let work = WORKS[(cycle % WORKS.len() as u64) as usize];
        let place = format!("{work} {cycle}");
        let (said, fault) = kill_within(folder.path(), work, dice.below(LATEST))?;
        if let Some(fault) = fault {
            outcome.lose(&place, fault);
        }
        outcome.acknowledged += said.len() as u64;
        kept.extend(said);
        check_profile(folder.path(), &kept, &place, &mut outcome)?;
        check_archives(folder.path(), &kept, &place, &mut outcome)?;
        check_open(folder.path(), &place, &mut outcome)?;
        outcome.tried += 1;
    }
    Ok(outcome)
}

fn home(folder: &Path) -> PathBuf {
    folder.join("profile")
}

fn archive(path: PathBuf) -> ArchiveFile {
    ArchiveFile {
        path,
        passphrase: "a phrase for the road".into(),
        work: 2,
    }
}

/// A profile with a backup and an archive of it.
fn prepare(folder: &Path) -> Result<()> {
    let mut opened = create(&home(folder), &passphrase())?;
    for intake in LINES.map(line).chain(FRAMES.map(seen)) {
        opened.writer.record(&[intake], Timestamp::default())?;
    }
    for number in FORGOTTEN {
        let what = Forget::Observation(observation(number));
        opened.writer.forget(&what, Timestamp::default())?;
    }
    opened.readers.back_up(now())?;
    let base = archive(folder.join("base.age"));
    opened.readers.write_archive(&base, None, now())?;
    opened.writer.close()?;
    Ok(())
}

/// Starts the process, waits until it begins and kills it; the lines it acknowledged, and how it failed before it was killed.
fn kill_within(
    folder: &Path,
    work: &str,
    milliseconds: u64,
) -> Result<(BTreeSet<u64>, Option<String>)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([NAME, work, "--child"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut said = BufReader::new(child.stdout.take().context("no standard output")?);
    let mut first = String::new();
    said.read_line(&mut first)?;
    if first.trim() != "begun" {
        bail!("{work}: it said {first:?}");
    }
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(milliseconds));
        _ = child.kill();
        child.wait_with_output()
    });
    let numbers = said.lines().map_while(Result::ok);
    let numbers = numbers.filter_map(|line| line.strip_prefix("kept ")?.parse().ok());
    let numbers = numbers.collect();
    let ended = killer.join().map_err(|_| anyhow!("the killer ended"))??;
    let itself = ended.status.code();
    let fault = itself.map(|_| String::from_utf8_lossy(&ended.stderr).into_owned());
    Ok((numbers, fault))
}

/// The process: it does one work until it is killed.
pub fn work(folder: &Path, work: &str) -> Result<()> {
    for round in 0.. {
        match work {
            "restore" => put_back(folder, round)?,
            "read" => {
                say(round, None)?;
                let new = folder.join(format!("new-{}-{round}", std::process::id()));
                let from = archive(folder.join("base.age"));
                let entropy = Entropy::system();
                drop(read_archive(
                    &new,
                    &passphrase(),
                    &from,
                    None,
                    now(),
                    &entropy,
                )?);
            }
            _ => return with_store(folder, work),
        }
    }
    Ok(())
}

fn with_store(folder: &Path, work: &str) -> Result<()> {
    let mut opened = reopen(&home(folder), &passphrase())?;
    let mut next = FRESH;
    let view = opened.readers.begin()?;
    while view.observation(observation(next))?.is_some() {
        next += 1;
    }
    drop(view);
    for round in 0.. {
        let mut fresh = None;
        if work != "write" {
            opened.writer.record(&[line(next)], Timestamp::default())?;
            fresh = Some(next);
            next += 1;
        }
        say(round, fresh)?;
        match work {
            "backup" => drop(opened.readers.back_up(now())?),
            "drill" => {
                opened.readers.back_up(now())?;
                let drill = opened.readers.drill(now(), &|| true)?;
                if let Some(fault) = drill.and_then(|drill| drill.fault) {
                    bail!("a trial failed: {fault}");
                }
            }
            _ => {
                let name = format!("out-{}-{round}.age", std::process::id());
                opened
                    .readers
                    .write_archive(&archive(folder.join(name)), None, now())?;
            }
        }
    }
    Ok(())
}

/// Each time the newest, which holds everything.
fn put_back(folder: &Path, round: u64) -> Result<()> {
    let opened = reopen(&home(folder), &passphrase())?;
    opened.readers.back_up(now())?;
    let newest = opened.readers.backups()?.pop().context("no backup")?;
    opened.writer.close()?;
    drop((opened.readers, opened.spool));
    say(round, None)?;
    let clocks = Clocks {
        wall: now(),
        boot: Uuid::nil(),
        since_boot: Duration::ZERO,
    };
    let entropy = Entropy::system();
    let profile = Profile::unlock(&home(folder), &passphrase(), clocks, &entropy)?;
    restore(profile, &newest.name, entropy, now())?
        .writer
        .close()?;
    Ok(())
}

fn say(round: u64, fresh: Option<u64>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if round == 0 {
        writeln!(out, "begun")?;
    }
    if let Some(number) = fresh {
        writeln!(out, "kept {number}")?;
    }
    Ok(out.flush()?)
}

/// The profile opens with everything it acknowledged, its newest backup can be restored, and no half-made work lies in it.
fn check_profile(
    folder: &Path,
    kept: &BTreeSet<u64>,
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    let home = home(folder);
    let opened = match reopen(&home, &passphrase()) {
        Ok(opened) => opened,
        Err(error) => {
            outcome.lose(place, format!("the profile does not open: {error}"));
            return Ok(());
        }
    };
    for left in ["archive", "drill", "restore", "arriving"] {
        if home.join(left).exists() {
            outcome.lose(place, format!("`{left}` is left in the profile"));
        }
    }
    look_for(&opened, kept, place, outcome)?;
    let drill = opened.readers.drill(now(), &|| true)?;
    match drill {
        Some(drill) if drill.fault.is_none() => {}
        drill => outcome.lose(place, format!("the newest backup: {drill:?}")),
    }
    opened.writer.close()?;
    Ok(())
}

/// An archive that has its name is whole; a folder that has keys is a whole profile, and any other is none.
fn check_archives(
    folder: &Path,
    kept: &BTreeSet<u64>,
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    let first: BTreeSet<u64> = kept.iter().copied().filter(|n| *n < FRESH).collect();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("new-") {
            let is_there = Profile::slots(&path)?.is_some();
            clear_half_read(&path)?;
            match is_there {
                true => look_for(&reopen(&path, &passphrase())?, &first, place, outcome)?,
                false if path.join("db").exists() => {
                    outcome.lose(place, "a half-read profile is left")
                }
                false => {}
            }
            fs::remove_dir_all(path)?;
        } else if name.starts_with("out-") {
            if name.ends_with(".age") {
                let new = folder.join("checked");
                let entropy = Entropy::system();
                let from = archive(path.clone());
                match read_archive(&new, &passphrase(), &from, None, now(), &entropy) {
                    Ok(profile) => {
                        let opened = afterimage_store::open(profile, entropy)?;
                        look_for(&opened, kept, place, outcome)?;
                    }
                    Err(error) => outcome.lose(place, format!("{name}: {error}")),
                }
                fs::remove_dir_all(new)?;
            }
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn look_for(
    opened: &afterimage_store::Opened,
    kept: &BTreeSet<u64>,
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    let view = opened.readers.begin()?;
    for number in kept {
        if view.observation(observation(*number))?.is_none() {
            outcome.lose(place, format!("{number} is gone"));
        }
        if FRAMES.contains(number) {
            let frame = afterimage_domain::FrameId(crate::content::id(*number));
            if view.picture(frame, PictureSize::Full)?.is_none() {
                outcome.lose(place, format!("the picture of {number} is gone"));
            }
        }
    }
    for number in FORGOTTEN {
        if view.observation(observation(number))?.is_some() {
            outcome.silent += 1;
            outcome.lose(place, format!("{number} was forgotten and is there"));
        }
    }
    Ok(())
}

/// Nothing on the disk shows a word.
fn check_open(folder: &Path, place: &str, outcome: &mut Outcome) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            check_open(&path, place, outcome)?;
        } else if path.file_name().is_some_and(|name| name != "reserve") {
            let bytes = fs::read(&path)?;
            if bytes.windows(WORD.len()).any(|window| window == WORD) {
                outcome.lose(place, format!("{} is in the open", path.display()));
            }
        }
    }
    Ok(())
}

fn observation(number: u64) -> ObservationId {
    ObservationId(crate::content::id(number))
}

/// The calendar goes on, as it does between real copies.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_millis(since.unwrap_or_default().as_millis() as i64)
}
