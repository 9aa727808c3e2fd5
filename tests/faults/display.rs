//! The screen goes away and comes back, and changes its size: capture says so, and looks again within five seconds of its return.

use crate::{
    Options,
    content::scratch,
    outcome::Outcome,
    running::{Running, make_profile, program, start_with, within},
    screen::Screen,
};
use afterimage_engine::api::{CaptureState, Request, Status};
use anyhow::Result;
use std::{
    process::{Command, Stdio},
    time::Duration,
};

/// What is promised.
const BACK_WITHIN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(20);

pub fn display(options: &Options, cycles: u64) -> Result<Outcome> {
    let Ok((mut screen, name)) = Screen::start(None) else {
        return Ok(Outcome::skipped("Xvfb is not installed"));
    };
    let mut outcome = Outcome::default();
    let folder = scratch()?;
    let home = folder.path().join("profile");
    make_profile(&home)?;
    let mut command = Command::new(program()?);
    command.env("DISPLAY", &name).env_remove("XDG_SESSION_TYPE");
    let mut engine = start_with(command, &home)?;
    engine.set(|settings| {
        settings.absorb = false;
        // A screen on which nothing changes is looked at three times more rarely.
        settings.interval_ms = 1_000;
    })?;
    engine.client.call(Request::Consent { granted: true })?;
    engine.client.call(Request::Resume)?;
    for cycle in 0..cycles {
        let place = format!("screen {cycle}");
        if !within(PATIENCE, || looks(&engine)) {
            outcome.lose(&place, "it does not look at the screen");
        }
        for size in ["800x600", "640x480"] {
            resize(&name, size);
            let before = last_look(&engine);
            if !within(BACK_WITHIN * options.patience, || {
                looks(&engine) && last_look(&engine) > before
            }) {
                outcome.lose(&place, format!("it does not look after a change to {size}"));
            }
        }
        screen.end();
        if !within(PATIENCE, || {
            matches!(capture(&engine), Some(CaptureState::Blocked { .. }))
        }) {
            outcome.silent += 1;
            outcome.examples.push(format!(
                "{place}: a missing screen is told as {:?}",
                capture(&engine)
            ));
        }
        (screen, _) = Screen::start(Some(&name))?;
        let before = last_look(&engine);
        if !within(BACK_WITHIN * options.patience, || {
            looks(&engine) && last_look(&engine) > before
        }) {
            outcome.lose(
                &place,
                "it does not look within five seconds of the screen's return",
            );
        }
        outcome.tried += 1;
    }
    if !engine.is_alive() {
        outcome.lose("screens", "the engine ended");
    }
    Ok(outcome)
}

fn looks(engine: &Running) -> bool {
    matches!(
        capture(engine),
        Some(CaptureState::Capturing | CaptureState::Idle | CaptureState::Filtered { .. })
    )
}

fn capture(engine: &Running) -> Option<CaptureState> {
    engine.status().ok().map(|status| status.capture)
}

fn last_look(engine: &Running) -> Option<i64> {
    let look = |status: Status| status.last_look.map(|look| look.millis());
    engine.status().ok().and_then(look)
}

/// Not every server can; then the size stays.
fn resize(name: &str, size: &str) {
    let mut xrandr = Command::new("xrandr");
    xrandr
        .args(["-display", name, "-s", size])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _ = xrandr.status();
}
