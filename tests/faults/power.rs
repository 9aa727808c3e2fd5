//! The power goes: everything a store did to its files is recorded, and put together again as it may lie on the disk after each moment.

use crate::{
    Options,
    content::{key, reopen, scratch},
    dice::Dice,
    ledger::{Broken, Ledger},
    outcome::Outcome,
    preload::Preload,
    recorded::{Disk, Luck, Step, read},
};
use anyhow::{Result, ensure};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// States looked at of one run of the child.
const STATES_A_RUN: u64 = 50;
/// What one run does.
const STEPS: u64 = 120;

/// The power goes at a random moment of a run, `states` times.
pub fn power(options: &Options, states: u64) -> Result<Outcome> {
    let preload = Preload::build()?;
    let mut outcome = Outcome::default();
    for run in 0..states.div_ceil(STATES_A_RUN) {
        let wanted = STATES_A_RUN.min(states - run * STATES_A_RUN);
        let seed = options.seed + run;
        let folder = scratch()?;
        let root = folder.path().join("profile");
        let steps = record(&preload, &root, seed, None)?;
        one_run(&root, &steps, wanted, seed, &mut outcome)?;
    }
    outcome
        .notes
        .push("writes torn at 512 bytes; names kept in their order".into());
    Ok(outcome)
}

/// The same with a third of the waits for the disk taken out of the record, as if the store had not waited.
pub fn unsynced(options: &Options, states: u64) -> Result<Outcome> {
    let preload = Preload::build()?;
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(options.seed);
    let folder = scratch()?;
    let root = folder.path().join("profile");
    let mut steps = record(&preload, &root, options.seed, None)?;
    let is_wait = |step: &Step| matches!(step, Step::Synced(_) | Step::FolderSynced(_));
    let ready = steps.iter().position(is_ready).unwrap_or_default();
    let mut place = 0;
    steps.retain(|step| {
        place += 1;
        place <= ready || !is_wait(step) || !dice.once_in(3)
    });
    one_run(&root, &steps, states, options.seed, &mut outcome)?;
    Ok(outcome)
}

/// The child says that the profile is made.
fn is_ready(step: &Step) -> bool {
    matches!(step, Step::Said(line) if line.trim() == "ready")
}

/// Runs the child under the recorder. With `fails`, that wait for the disk fails.
pub fn record(preload: &Preload, root: &Path, seed: u64, fails: Option<u64>) -> Result<Vec<Step>> {
    let record = root.with_extension("record");
    let mut command = preload.command(&std::env::current_exe()?, root);
    command.env("FAULTS_RECORD", &record);
    command.envs(fails.map(|number| ("FAULTS_SYNC", number.to_string())));
    if fails.is_some() {
        // It may give up, and says so.
        command.stderr(Stdio::null());
    }
    run_child(command, root, seed, STEPS)?;
    let steps = read(&record)?;
    ensure!(!steps.is_empty(), "nothing was recorded");
    Ok(steps)
}

/// The child: this program under another name.
fn run_child(mut command: Command, root: &Path, seed: u64, steps: u64) -> Result<()> {
    let status = command
        .arg("--child")
        .arg(root)
        .args(["--seed", &seed.to_string(), "--cycles", &steps.to_string()])
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "the child ended with {status}");
    Ok(())
}

fn one_run(
    root: &Path,
    steps: &[Step],
    states: u64,
    seed: u64,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut dice = Dice::new(seed ^ 0xd15c);
    let first = steps.iter().position(is_ready).unwrap_or_default() as u64;
    let mut moments: Vec<u64> = (0..states)
        .map(|_| first + 1 + dice.below(steps.len() as u64 - first))
        .collect();
    moments.sort_unstable();
    let (mut disk, mut ledger, mut done) = (Disk::default(), Ledger::default(), 0);
    for moment in moments {
        for step in &steps[done..moment as usize] {
            disk.apply(step);
            if let Step::Said(text) = step {
                text.lines().for_each(|line| ledger.hear(line));
            }
        }
        done = moment as usize;
        let luck = [
            Luck::Nothing,
            Luck::Everything,
            Luck::Something,
            Luck::Something,
        ][dice.below(4) as usize];
        let broken = after_cut(&disk, root, luck, &mut dice, &ledger)?;
        outcome.tried += 1;
        outcome.count(&format!("seed {seed}, step {moment}"), broken);
    }
    outcome.acknowledged += ledger.acknowledged();
    Ok(())
}

/// Opens what is left and compares it.
pub fn after_cut(
    disk: &Disk,
    root: &Path,
    luck: Luck,
    dice: &mut Dice,
    ledger: &Ledger,
) -> Result<Broken> {
    let folder = scratch()?;
    disk.restore(root, folder.path(), luck, dice)?;
    Ok(match reopen(folder.path(), &key()) {
        Ok(opened) => ledger.compare(&opened),
        Err(error) => Broken {
            lost: vec![format!("it does not open: {error}")],
            ..Broken::default()
        },
    })
}
