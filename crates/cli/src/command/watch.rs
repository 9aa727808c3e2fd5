//! `watch`, `pause`, `resume`.

use crate::{
    arguments::{Pause, Watch},
    command::profile,
    output::{Output, brief},
    session::{Session, status_of},
    when,
};
use afterimage_engine::api::{
    CaptureState, Code, Event, Failure, Request, Response, Status, TimelineFrame,
};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

/// Looks at the screen for a while. Capture that was off before is paused again at the end.
pub fn watch(session: &Session, output: &Output, options: &Watch) -> Result<(), Failure> {
    let client = session.connect()?;
    let before = status_of(client.call(Request::Status)?)?;
    if !before.consent && !options.consent {
        return Err(Failure {
            code: Code::NoConsent,
            message: "You have not agreed to the screen being watched. Say so with `afterimage watch --consent`.".into(),
        });
    }
    if options.consent && !before.consent {
        client.call(Request::Consent { granted: true })?;
    }
    let events = client.subscribe()?;
    client.call(Request::Resume)?;
    let frames = listen(&events, output, options.duration.seconds);
    let watched = status_of(client.call(Request::Status)?)?;
    if was_off(&before) {
        client.call(Request::Pause { seconds: None })?;
    }
    conclude(output, &frames, &watched)
}

fn listen(events: &Receiver<Event>, output: &Output, seconds: u32) -> Vec<TimelineFrame> {
    let end = Instant::now() + Duration::from_secs(seconds.into());
    let mut frames = Vec::new();
    loop {
        match events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Event::FrameKept { frame }) => {
                output.line(&kept(&frame));
                frames.push(frame);
            }
            Ok(Event::Locking)
            | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return frames,
            Ok(_) => {}
        }
    }
}

fn conclude(output: &Output, frames: &[TimelineFrame], status: &Status) -> Result<(), Failure> {
    if let CaptureState::Blocked { code, message } = &status.capture {
        return Err(Failure {
            code: *code,
            message: message.clone(),
        });
    }
    let document = serde_json::json!({ "frames": frames, "status": status });
    output.document(&document, || format!("{} frames kept.", frames.len()));
    Ok(())
}

fn kept(frame: &TimelineFrame) -> String {
    format!(
        "{}  {:<16} {}",
        when::clock(frame.at),
        frame.app,
        brief(&frame.title, 80)
    )
}

fn was_off(before: &Status) -> bool {
    matches!(
        before.capture,
        CaptureState::NoConsent | CaptureState::Paused { .. }
    )
}

pub fn pause(session: &Session, output: &Output, options: &Pause) -> Result<(), Failure> {
    let seconds = options.duration.map(|duration| duration.seconds);
    tell(output, session.call(Request::Pause { seconds })?)
}

pub fn resume(session: &Session, output: &Output) -> Result<(), Failure> {
    tell(output, session.call(Request::Resume)?)
}

fn tell(output: &Output, response: Response) -> Result<(), Failure> {
    let status = status_of(response.clone())?;
    output.response(&response, || {
        format!("Capture is {}.", profile::capture(&status.capture))
    });
    Ok(())
}
