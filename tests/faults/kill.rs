//! The engine is killed at a random moment while lines and pictures come in, things are forgotten and it is being locked.

use crate::{
    Options,
    content::{at, passphrase, reopen, scratch},
    dice::Dice,
    outcome::Outcome,
    running::{
        Running, forget, frames_at, ingest, ingest_picture, make_profile, read, start, text,
    },
};
use afterimage_domain::Timestamp;
use afterimage_engine::{
    api::{Failure, ObservationId, Request},
    client::Client,
};
use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// The moments of the kill, in milliseconds after the engine is ready.
const EARLIEST: u64 = 5;
const LATEST: u64 = 3_000;
/// A profile is used for so many kills, then another one begins.
const KILLS_A_PROFILE: u64 = 25;

/// What the engine was told and what it acknowledged.
#[derive(Default)]
struct Said {
    next: u64,
    lines: BTreeMap<u64, ObservationId>,
    /// Forgetting was asked for.
    forgetting: BTreeSet<u64>,
    forgotten: BTreeSet<u64>,
    pictures: BTreeSet<u64>,
    pictures_tried: u64,
    /// Lines up to this one were looked at after an earlier kill; at the end all are looked at once more.
    checked: u64,
}

type Shared = Arc<Mutex<Said>>;

pub fn kill(options: &Options, cycles: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(options.seed);
    let mut left = cycles;
    while left > 0 {
        let now = left.min(KILLS_A_PROFILE);
        one_profile(now, &mut dice, &mut outcome)?;
        left -= now;
    }
    Ok(outcome)
}

fn one_profile(cycles: u64, dice: &mut Dice, outcome: &mut Outcome) -> Result<()> {
    let folder = scratch()?;
    let home = folder.path().join("profile");
    make_profile(&home)?;
    let said = Shared::default();
    for cycle in 0..cycles {
        let mut engine = match start(&home) {
            Ok(engine) => engine,
            Err(error) => {
                outcome.lose(
                    &format!("kill {cycle}"),
                    format!("it does not start again: {error:#}"),
                );
                return Ok(());
            }
        };
        check(&engine.client, &mut locked(&said), cycle, outcome)?;
        engine.set(|settings| settings.absorb = false)?;
        let workers = [take_lines, take_pictures, forget_some].map(|work: fn(&Client, &Shared)| {
            let (client, said) = (engine.connect(), said.clone());
            thread::spawn(move || client.map(|client| work(&client, &said)))
        });
        if dice.once_in(4) {
            lock_soon(&engine, dice.below(LATEST))?;
        }
        thread::sleep(Duration::from_millis(
            EARLIEST + dice.below(LATEST - EARLIEST),
        ));
        engine.kill()?;
        for worker in workers {
            // A connection that could not be made any more belongs to the fault.
            _ = worker.join();
        }
        outcome.tried += 1;
    }
    let engine = start(&home)?;
    locked(&said).checked = 0;
    check(&engine.client, &mut locked(&said), cycles, outcome)?;
    drop(engine);
    let said = locked(&said);
    count_doubles(&home, &said, outcome)?;
    outcome.acknowledged += (said.lines.len() + said.pictures.len() + said.forgotten.len()) as u64;
    outcome.notes.push(format!(
        "{} lines and {} pictures acknowledged, {} forgotten",
        said.lines.len(),
        said.pictures.len(),
        said.forgotten.len()
    ));
    Ok(())
}

fn lock_soon(engine: &Running, milliseconds: u64) -> Result<()> {
    let client = engine.connect()?;
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(milliseconds));
        client.call(Request::Lock)
    });
    Ok(())
}

fn take_lines(client: &Client, said: &Shared) {
    loop {
        let number = {
            let mut said = locked(said);
            said.next += 1;
            said.next
        };
        match ingest(client, number, "in the middle of everything") {
            Ok(id) => _ = locked(said).lines.insert(number, id),
            Err(_) => return,
        }
    }
}

fn take_pictures(client: &Client, said: &Shared) {
    loop {
        let number = {
            let mut said = locked(said);
            said.pictures_tried += 1;
            said.pictures_tried
        };
        match ingest_picture(client, picture_at(number), number) {
            Ok(()) => _ = locked(said).pictures.insert(number),
            Err(_) => return,
        }
    }
}

fn forget_some(client: &Client, said: &Shared) {
    let mut dice = Dice::new(locked(said).next + 7);
    loop {
        thread::sleep(Duration::from_millis(50 + dice.below(150)));
        let chosen = {
            let mut said = locked(said);
            let count = said.lines.len() as u64;
            let chosen = said.lines.iter().nth(dice.below(count) as usize);
            let chosen = chosen.map(|(number, id)| (*number, *id));
            said.forgetting.extend(chosen.map(|(number, _)| number));
            chosen
        };
        match chosen.map(|(number, id)| (number, forget(client, id))) {
            Some((number, Ok(()))) => _ = locked(said).forgotten.insert(number),
            Some((_, Err(_))) => return,
            None => {}
        }
    }
}

/// What was acknowledged and not looked at yet, and whatever is being forgotten, asked of the engine.
fn check(
    client: &Client,
    said: &mut Said,
    cycle: u64,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let place = format!("kill {cycle}");
    for (number, id) in &said.lines {
        if *number <= said.checked && !said.forgetting.contains(number) {
            continue;
        }
        let found = read(client, *id)?;
        match found {
            Some(_) if said.forgotten.contains(number) => {
                outcome.lose(&place, format!("line {number} was forgotten and is there"));
            }
            None if !said.forgetting.contains(number) => {
                outcome.lose(&place, format!("line {number}"));
            }
            Some(found) if found != text(*number, "in the middle of everything") => {
                outcome.lose(&place, format!("line {number} says {found:?}"));
            }
            _ => {}
        }
    }
    for number in &said.pictures {
        match frames_at(client, picture_at(*number))?.len() {
            1 => {}
            0 => outcome.lose(&place, format!("picture {number}")),
            count => {
                outcome.doubled += 1;
                outcome
                    .notes
                    .push(format!("{place}: picture {number} is there {count} times"));
            }
        }
    }
    said.checked = said.next;
    Ok(())
}

/// Each line once, whether or not it was acknowledged.
fn count_doubles(home: &Path, said: &Said, outcome: &mut Outcome) -> Result<()> {
    let opened = reopen(home, &passphrase())?;
    let view = opened.readers.begin()?;
    let mut there = 0;
    for number in 1..=said.next {
        there += u32::from(view.by_external_id(&format!("line-{number}"))?.is_some());
    }
    let counted = view.counts(Timestamp::default())?.observations;
    if counted != there {
        outcome.doubled += u64::from(counted.abs_diff(there));
        outcome
            .examples
            .push(format!("{counted} observations of {there} lines"));
    }
    Ok(())
}

/// Pictures have moments of their own, far from those of the lines.
fn picture_at(number: u64) -> Timestamp {
    at(10_000_000 + number)
}

fn locked(said: &Shared) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}
