//! `init`, `unlock`, `lock`, `status`.

use crate::{
    arguments::{KeySource, Unlock},
    output::Output,
    passphrase,
    session::{CLIENT, Session, status_of},
    when,
};
use afterimage_engine::{
    api::{CaptureState, Code, Failure, Load, ModelState, Request, Response, Status},
    client::{Client, Launch, Started, start_engine},
};

pub fn init(session: &Session, output: &Output, key: &KeySource) -> Result<(), Failure> {
    let launch = Launch::create(passphrase::choose(key)?);
    told_of_new(output, start_engine(&session.home, &launch, CLIENT)?)
}

/// Says how a new profile stands, and its recovery code, once.
pub fn told_of_new(output: &Output, started: Started) -> Result<(), Failure> {
    let Started { client, recovery } = started;
    let status = status_of(client.call(Request::Status)?)?;
    let recovery = recovery.unwrap_or_default();
    let document = serde_json::json!({
        "response": "status", "status": status, "recovery": recovery,
    });
    output.document(&document, || {
        format!(
            "A new profile is made and unlocked.\n{}\n\nRecovery code, shown this once: write it down and keep it apart from this machine.\nIt opens the profile when the passphrase or the keychain is lost (`afterimage unlock --recovery`).\n\n    {}\n",
            shown(&status), recovery.0
        )
    });
    Ok(())
}

pub fn unlock(session: &Session, output: &Output, options: &Unlock) -> Result<(), Failure> {
    if let Ok(client) = session.connect() {
        return tell_status(&client, output, "It is unlocked already.");
    }
    let launch = Launch {
        replay: options.replay.clone(),
        ..Launch::open(passphrase::ask(&options.key, options.recovery)?)
    };
    let started = start_engine(&session.home, &launch, CLIENT)?;
    tell_status(&started.client, output, "Unlocked.")
}

pub fn lock(session: &Session, output: &Output) -> Result<(), Failure> {
    let response = match session.call(Request::Lock) {
        Err(Failure {
            code: Code::Locked, ..
        }) => Response::Done,
        other => other?,
    };
    output.response(&response, || "Locked.".into());
    Ok(())
}

pub fn status(session: &Session, output: &Output) -> Result<(), Failure> {
    tell_status(&session.connect()?, output, "")
}

fn tell_status(client: &Client, output: &Output, headline: &str) -> Result<(), Failure> {
    let response = client.call(Request::Status)?;
    let status = status_of(response.clone())?;
    output.response(&response, || {
        format!("{headline}\n{}", shown(&status))
            .trim_start()
            .into()
    });
    Ok(())
}

fn shown(status: &Status) -> String {
    let last = |at: Option<_>| at.map_or("never".into(), when::shown);
    let mut text = format!(
        "capture    {}\nframes     {} today, last kept {}\nmemories   {}\nwaiting    {} to be thought about, {} failed\nmodel      {}\nsecrets    {} replaced today\nprofile    {}\nengine     {} (process {})",
        capture(&status.capture),
        status.frames_today,
        last(status.last_frame),
        status.memories,
        status.waiting,
        status.failed_jobs,
        model(&status.model),
        status.redacted_today,
        status.home,
        status.version,
        status.pid,
    );
    if status.load > Load::Normal {
        text += &format!("\nload       {}", load(status.load));
    }
    if status.passed_over > 0 {
        let passed_over = status.passed_over;
        text += &format!("\npassed by  {passed_over} frames, for lack of time");
    }
    if let Some(drill) = &status.last_drill {
        text += &format!("\nbackups    {}", super::backup::tried(drill));
    }
    for damage in &status.damage {
        text += &format!("\ndamage     {damage}");
    }
    text
}

fn load(load: Load) -> &'static str {
    match load {
        Load::Normal => "everything is done as usual",
        Load::Stricter => "small changes of the screen are passed over",
        Load::Slower => "the screen is looked at every five seconds",
        Load::Narrower => "only the window in use is read, and thinking waits",
        Load::Full => "nothing is looked at until there is room again",
    }
}

/// What capture does, in words.
pub fn capture(state: &CaptureState) -> String {
    match state {
        CaptureState::NoConsent => {
            "off: you have not agreed to it yet (`afterimage watch --consent`)".into()
        }
        CaptureState::Capturing => "looking at the screen".into(),
        CaptureState::Filtered { reason } => {
            format!("looking, but everything in view is excluded: {reason}")
        }
        CaptureState::Paused { until: Some(until) } => {
            format!("paused until {}", when::shown(*until))
        }
        CaptureState::Paused { until: None } => "paused until `afterimage resume`".into(),
        CaptureState::Idle => "resting: nobody is at the machine".into(),
        CaptureState::Blocked { message, .. } => format!("blocked: {message}"),
        CaptureState::Stalled { since } => {
            format!("stalled: no look since {}", when::shown(*since))
        }
    }
}

fn model(state: &ModelState) -> String {
    match state {
        ModelState::Loading { id } => format!("{id}, not loaded yet"),
        ModelState::Ready { id, device } => format!("{id} on {device}"),
        ModelState::Unavailable { message, .. } => format!("none: {message}"),
    }
}
