//! A wait for the disk fails once, and Linux forgets what was to be written: nothing may be acknowledged that rests on it. The power goes
//! at the end, so that only what was synced is left.

use crate::{
    Options,
    content::scratch,
    dice::Dice,
    ledger::Ledger,
    outcome::Outcome,
    power::{after_cut, record},
    preload::Preload,
    recorded::{Disk, Luck, Step},
    running::{ingest, make_profile, program, read, start, start_with, text},
};
use anyhow::Result;
use std::{collections::BTreeMap, time::Duration};

/// A run waits for the disk at least so often.
const WAITS: u64 = 250;

/// For so many runs of the store alone, one of an engine.
const RUNS_AN_ENGINE: u64 = 10;

/// A whole engine, whose disk fails again in each process that takes its place, until its keeper gives up.
fn engine(preload: &Preload, seed: u64, outcome: &mut Outcome) -> Result<()> {
    let folder = scratch()?;
    let home = folder.path().join("profile");
    make_profile(&home)?;
    let fails = 12 + Dice::new(seed).below(40);
    let mut command = preload.command(&program()?, &home);
    command.env("FAULTS_SYNC", fails.to_string());
    let mut kept = BTreeMap::new();
    // One that fails before it is ready has acknowledged nothing.
    if let Ok(mut engine) = start_with(command, &home) {
        let mut number = 0;
        while engine.is_alive() && number < 2_000 {
            let Ok(client) = engine.connect() else {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            };
            number += 1;
            while let Ok(id) = ingest(&client, number, "on a failing disk") {
                kept.insert(number, id);
                number += 1;
            }
        }
        if engine.is_alive() {
            outcome.lose(
                &format!("engine, wait {fails}"),
                "it goes on as if nothing had failed",
            );
        }
    }
    let engine = start(&home)?;
    for (number, id) in &kept {
        if read(&engine.client, *id)? != Some(text(*number, "on a failing disk")) {
            outcome.lose(&format!("engine, wait {fails}"), format!("line {number}"));
        }
    }
    outcome.tried += 1;
    outcome.acknowledged += kept.len() as u64;
    Ok(())
}

/// `tries` runs, each with another wait that fails.
pub fn sync(options: &Options, tries: u64) -> Result<Outcome> {
    let preload = Preload::build()?;
    let mut outcome = Outcome::default();
    let mut told = 0;
    for number in 0..tries {
        let seed = options.seed + number;
        let fails = 1 + Dice::new(seed).below(WAITS);
        let folder = scratch()?;
        let root = folder.path().join("profile");
        // A failure while the profile is made is told, and there is nothing to compare.
        let Ok(steps) = record(&preload, &root, seed, Some(fails)) else {
            told += 1;
            continue;
        };
        let (mut disk, mut ledger) = (Disk::default(), Ledger::default());
        for step in &steps {
            disk.apply(step);
            if let Step::Said(text) = step {
                text.lines().for_each(|line| ledger.hear(line));
            }
        }
        if !steps.iter().any(|step| matches!(step, Step::NotSynced(_))) {
            continue;
        }
        told += ledger.told.min(1);
        let broken = after_cut(&disk, &root, Luck::Nothing, &mut Dice::new(seed), &ledger)?;
        outcome.tried += 1;
        outcome.acknowledged += ledger.acknowledged();
        outcome.count(&format!("seed {seed}, wait {fails}"), broken);
    }
    for number in 0..tries.div_ceil(RUNS_AN_ENGINE) {
        engine(&preload, options.seed + number, &mut outcome)?;
    }
    outcome.notes.push(format!(
        "{told} of the failures were told to the caller; the others met files nothing rests on"
    ));
    Ok(outcome)
}
