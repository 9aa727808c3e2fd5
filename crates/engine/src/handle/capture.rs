//! What capture does, and whether it may.

use crate::{
    api::{AppSeen, Code, Failure, MonitorPreview, Response},
    board::Pause,
    clock,
    engine::Engine,
    perceiving::Work,
    picture,
    settings::rules,
    task::Task,
};
use afterimage_capture::Preview;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::sync::mpsc::sync_channel;

const WEEK_S: i64 = 7 * 86_400;

pub fn status(engine: &Engine) -> Result<Response, Failure> {
    let status = engine.status()?;
    Ok(Response::Status { status })
}

pub fn consent(engine: &Engine, granted: bool) -> Result<Response, Failure> {
    engine
        .to_writer
        .ask(|reply| Task::Consent { granted, reply })?;
    status(engine)
}

pub fn pause(engine: &Engine, seconds: Option<u32>) -> Result<Response, Failure> {
    if seconds == Some(0) {
        return Err(Failure::bad_request(
            "A pause lasts at least a second; leave the time out to pause until resumed.",
        ));
    }
    let until = seconds.map(|seconds| clock::now().plus_seconds(seconds.into()));
    set_pause(engine, Some(Pause { until }))
}

pub fn resume(engine: &Engine) -> Result<Response, Failure> {
    if !engine.board.facts().consent {
        return Err(Failure::new(
            Code::NoConsent,
            "You have not agreed to the screen being watched. Agree in the window, or with `afterimage watch --consent`.",
        ));
    }
    set_pause(engine, None)
}

pub fn preview(engine: &Engine) -> Result<Response, Failure> {
    let previews = without_sites(engine, engine.preview()?)?;
    let monitors = previews.into_iter().map(monitor);
    let monitors = monitors.collect::<Result<_, _>>()?;
    Ok(Response::CapturePreview { monitors })
}

/// The reading thread paints over what shows a site that is left out, as it does before it keeps a frame.
fn without_sites(engine: &Engine, previews: Vec<Preview>) -> Result<Vec<Preview>, Failure> {
    if engine.board.settings().excluded_sites.is_empty() {
        return Ok(previews);
    }
    let (reply, outcome) = sync_channel(1);
    engine.board.note(|facts| facts.reading += 1);
    let sent = engine.frames.send(Work::Preview { previews, reply });
    match (sent, outcome.recv()) {
        (Ok(()), Ok(previews)) => previews,
        _ => Err(Failure::new(Code::Locked, "Afterimage is being locked.")),
    }
}

pub fn apps(engine: &Engine) -> Result<Response, Failure> {
    let rules = rules(&engine.board.settings())?;
    let seen = engine
        .readers
        .begin()?
        .apps(clock::now().plus_seconds(-WEEK_S))?;
    let apps = seen.into_iter().map(|seen| AppSeen {
        excluded: rules.excludes_app(&seen.app),
        app: seen.app,
        last_seen: seen.last_seen,
        observations_week: seen.observations,
    });
    Ok(Response::Apps {
        apps: apps.collect(),
    })
}

fn set_pause(engine: &Engine, pause: Option<Pause>) -> Result<Response, Failure> {
    engine.to_writer.ask(|reply| Task::Pause { pause, reply })?;
    status(engine)
}

fn monitor(preview: Preview) -> Result<MonitorPreview, Failure> {
    let (width, height) = (preview.pixels.width(), preview.pixels.height());
    let small = picture::encode_small(preview.pixels)?;
    Ok(MonitorPreview {
        monitor: preview.monitor,
        image: BASE64_STANDARD.encode(small.bytes),
        width,
        height,
        windows: preview.windows,
        masks: preview.masks,
    })
}
