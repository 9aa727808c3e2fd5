//! The calendar jumps by hours and by years, forwards and backwards, while the engine runs and while it does not: nothing is lost, nothing is
//! there twice, no picture expires for it, and work that was queued under the wrong date is done.

use crate::{
    Options,
    content::scratch,
    outcome::Outcome,
    preload::Preload,
    running::{
        Running, frames_at, ingest, ingest_picture, make_profile, program, read, start_with, text,
    },
};
use afterimage_domain::Timestamp;
use afterimage_engine::api::{ImageSize, ObservationId, Request};
use anyhow::Result;
use std::{collections::BTreeMap, fs, path::Path};

const HOUR: i64 = 3_600;
const TEN_YEARS: i64 = 10 * 365 * 86_400;

/// By how many seconds the calendar is wrong, one after the other.
const JUMPS: [i64; 8] = [0, HOUR, -HOUR, 0, TEN_YEARS, 0, -TEN_YEARS, 0];

pub fn clock(_: &Options, cycles: u64) -> Result<Outcome> {
    let preload = Preload::build()?;
    let mut outcome = Outcome::default();
    for cycle in 0..cycles {
        let folder = scratch()?;
        let (home, wrong) = (folder.path().join("profile"), folder.path().join("wrong"));
        set(&wrong, 0)?;
        make_profile(&home)?;
        // By turns it runs through the jumps, and is started anew after each.
        let restarts = cycle % 2 == 1;
        one_profile(
            &preload,
            &home,
            &wrong,
            restarts,
            &format!("profile {cycle}"),
            &mut outcome,
        )?;
    }
    Ok(outcome)
}

fn one_profile(
    preload: &Preload,
    home: &Path,
    wrong: &Path,
    restarts: bool,
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    let begin = || -> Result<Running> {
        let mut command = preload.command(&program()?, home);
        command.env("FAULTS_CLOCK", wrong);
        start_with(command, home)
    };
    let mut engine = begin()?;
    engine.set(|settings| settings.absorb = false)?;
    let mut kept: BTreeMap<u64, ObservationId> = BTreeMap::new();
    let mut pictures = Vec::new();
    for (number, jump) in (1..).zip(JUMPS) {
        set(wrong, jump)?;
        if restarts {
            engine.kill()?;
            engine = begin()?;
        }
        let place = format!("{place}, jump {number} to {jump} s");
        kept.insert(number, ingest(&engine.client, number, "at some time")?);
        let at = Timestamp::from_millis(1_790_000_000_000 + number as i64);
        ingest_picture(&engine.client, at, number)?;
        pictures.push(at);
        // Time for what is done each second, the expiry of pictures among it.
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        if let Err(failure) = engine.client.call(Request::Settle { seconds: 60 }) {
            outcome.lose(&place, format!("work is left undone: {}", failure.message));
        }
        check(&engine, &kept, &pictures, &place, outcome)?;
        outcome.tried += 1;
    }
    outcome.acknowledged += (kept.len() + pictures.len()) as u64;
    Ok(())
}

fn check(
    engine: &Running,
    kept: &BTreeMap<u64, ObservationId>,
    pictures: &[Timestamp],
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    for (number, id) in kept {
        if read(&engine.client, *id)? != Some(text(*number, "at some time")) {
            outcome.lose(place, format!("line {number}"));
        }
    }
    for at in pictures {
        let frames = frames_at(&engine.client, *at)?;
        if frames.len() != 1 {
            outcome.lose(place, format!("a picture is there {} times", frames.len()));
        }
        for id in frames {
            let request = Request::FrameImage {
                id,
                size: ImageSize::Full,
            };
            if engine.client.call(request).is_err() {
                outcome.lose(place, "a picture expired");
            }
        }
    }
    Ok(())
}

fn set(wrong: &Path, seconds: i64) -> Result<()> {
    // In place: the engine has the file open.
    let file = fs::File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(wrong)?;
    std::os::unix::fs::FileExt::write_all_at(&file, &seconds.to_ne_bytes(), 0)?;
    Ok(())
}
