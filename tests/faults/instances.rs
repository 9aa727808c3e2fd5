//! Twenty engines are started on one profile at once: one has it, the others say that it is in use. The one is killed, and another may have it.

use crate::{
    Options,
    content::scratch,
    outcome::Outcome,
    running::{begin, finish, make_profile, program, start},
};
use anyhow::Result;
use std::{process::Command, thread};

const AT_ONCE: usize = 20;

pub fn instances(_: &Options, cycles: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let folder = scratch()?;
    let home = folder.path().join("profile");
    make_profile(&home)?;
    for cycle in 0..cycles {
        let mut begun = Vec::new();
        for _ in 0..AT_ONCE {
            begun.push(begin(Command::new(program()?), &home)?);
        }
        let waiting = begun.into_iter().map(|(process, said)| {
            let home = home.clone();
            thread::spawn(move || finish(process, said, &home))
        });
        // All wait at the same time, so that the one that has the profile holds it while the others ask.
        let waiting: Vec<_> = waiting.collect();
        let ended: Vec<_> = waiting
            .into_iter()
            .filter_map(|waiting| waiting.join().ok())
            .collect();
        let (ready, refused): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
        outcome.tried += 1;
        outcome.acknowledged += ready.len() as u64;
        if ready.len() != 1 {
            outcome.doubled += ready.len().abs_diff(1) as u64;
            outcome.examples.push(format!(
                "start {cycle}: {} engines have the profile",
                ready.len()
            ));
        }
        for error in refused.into_iter().filter_map(Result::err) {
            if !error.to_string().contains("already_running") {
                outcome.lose(&format!("start {cycle}"), format!("refused with {error:#}"));
            }
        }
        for mut engine in ready.into_iter().flatten() {
            engine.kill()?;
        }
        if let Err(error) = start(&home) {
            outcome.lose(
                &format!("start {cycle}"),
                format!("nobody can have it afterwards: {error:#}"),
            );
        }
    }
    outcome.notes.push(format!("{AT_ONCE} at once each time"));
    Ok(outcome)
}
