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
};
use anyhow::Result;

/// A run waits for the disk at least so often.
const WAITS: u64 = 250;

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
    outcome.notes.push(format!("{told} of the failures were told to the caller; the others met files nothing rests on"));
    Ok(outcome)
}
