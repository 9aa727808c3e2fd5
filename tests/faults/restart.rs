//! The engine dies by itself: its keeper has it back within two seconds. When it is locked it stays away, and when it dies again and again
//! the keeper gives up.

use crate::{
    Options,
    content::scratch,
    dice::Dice,
    outcome::Outcome,
    running::{ingest, make_profile, read, start, within},
};
use afterimage_engine::{
    api::Request,
    client::{Client, Home},
};
use anyhow::Result;
use std::time::{Duration, Instant};

/// What is promised.
const BACK_WITHIN: Duration = Duration::from_secs(2);
/// The keeper gives up at this many deaths within a minute.
const MOST_DEATHS: u64 = 5;

pub fn restart(options: &Options, cycles: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(options.seed);
    let mut slowest = Duration::ZERO;
    for cycle in 0..cycles {
        let folder = scratch()?;
        let home = folder.path().join("profile");
        make_profile(&home)?;
        let mut kept = start(&home)?;
        let mut client = kept.connect()?;
        // One death fewer than too many, then the end that was chosen.
        for death in 1..MOST_DEATHS {
            let id = ingest(&client, cycle * 10 + death, "before the end")?;
            std::thread::sleep(Duration::from_millis(dice.below(300)));
            let place = format!("profile {cycle}, death {death}");
            let Some((again, took)) = kill_engine(&client, &home)? else {
                outcome.lose(&place, "it is not back");
                break;
            };
            client = again;
            slowest = slowest.max(took);
            outcome.tried += 1;
            outcome.acknowledged += 1;
            if took > BACK_WITHIN * options.patience {
                outcome.lose(&place, format!("it took {:.1} s", took.as_secs_f64()));
            }
            if read(&client, id)?.is_none() {
                outcome.lose(&place, "the line before it");
            }
        }
        let ended = match dice.once_in(2) {
            true => client.call(Request::Lock).map(drop).is_ok(),
            false => kill_engine(&client, &home)?.is_none(),
        };
        let is_over = within(Duration::from_secs(3), || !kept.is_alive());
        if !ended || !is_over || Client::connect(&Home::at(&home), "faults").is_ok() {
            outcome.lose(&format!("profile {cycle}"), "it did not stay away");
        }
    }
    outcome.notes.push(format!(
        "the slowest was back after {:.2} s",
        slowest.as_secs_f64()
    ));
    Ok(outcome)
}

/// Kills the process that works; another connection and how long it took, when there is one within ten seconds.
fn kill_engine(client: &Client, home: &std::path::Path) -> Result<Option<(Client, Duration)>> {
    let afterimage_engine::api::Response::Status { status } = client.call(Request::Status)? else {
        return Ok(None);
    };
    let begun = Instant::now();
    // SAFETY: a signal to a process that belongs to this test.
    unsafe { libc::kill(status.pid as i32, libc::SIGKILL) };
    client.wait_for_end(Duration::from_secs(2));
    let mut again = None;
    within(Duration::from_secs(10), || {
        again = Client::connect(&Home::at(home), "faults").ok();
        again.is_some()
    });
    Ok(again.map(|client| (client, begun.elapsed())))
}
