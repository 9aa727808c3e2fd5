//! `bench`: what this machine does with Afterimage, measured through the real engine in a throw-away profile.

use crate::{
    arguments::Bench,
    command::{
        eval::{self, ThrowAway},
        ingest,
    },
    output::{self, Output, note},
    session::{CLIENT, status_of, unexpected},
    when,
};
use afterimage_engine::{
    api::{
        AnswerPart, CaptureState, Code, Event, Failure, Filter, ModelState, Request, Response,
        Scope, Settings, Storage,
    },
    client::{Client, Home, Launch, Start, start_engine},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};

/// How often the same picture is read; the median counts.
const READINGS: usize = 5;
/// Lines of text taken in to measure storing and embedding.
const LINES: usize = 200;
const SETTLE_SECONDS: u32 = 600;

pub fn bench(output: &Output, options: &Bench) -> Result<(), Failure> {
    let folder = ThrowAway::new()?;
    let client = start_engine(
        &Home::at(&folder.0),
        &Launch::create(Start::Ephemeral),
        CLIENT,
    )?
    .client;
    let pid = status_of(client.call(Request::Status)?)?.pid;
    let mut rows = vec![];
    let mut take = |name: &str, value: Value| {
        note(&format!("{name}: {value}"));
        rows.push((name.to_owned(), value));
    };
    quiet(&client)?;
    if let Some(image) = &options.image {
        for (name, value) in reading(&client, image)? {
            take(name, value);
        }
    }
    for (name, value) in text(&client)? {
        take(name, value);
    }
    for (name, value) in answering(&client)? {
        take(name, value);
    }
    for (name, value) in watching(&client, pid, options.watch.seconds)? {
        take(name, value);
    }
    take("peak memory MB", megabytes(peak_bytes(pid)));
    let storage = storage(&client)?;
    take("database MB", megabytes(storage.database));
    take("pictures MB", megabytes(storage.pictures));
    eval::end(&client)?;
    let document: Value = rows
        .iter()
        .cloned()
        .collect::<serde_json::Map<_, _>>()
        .into();
    output.document(&document, || table(&rows));
    Ok(())
}

/// Without thinking in the background: each measure has the machine to itself.
fn quiet(client: &Client) -> Result<(), Failure> {
    let settings = Settings {
        absorb: false,
        interval_ms: 1_000,
        // Nobody touches a machine that is being measured.
        idle_after_s: 0,
        ..Settings::default()
    };
    client.call(Request::SetSettings { settings }).map(drop)
}

/// A picture until its text is found by search: reading, storing, asking.
fn reading(client: &Client, image: &Path) -> Result<Vec<(&'static str, Value)>, Failure> {
    let file = fs::read(image).map_err(|error| Failure {
        code: Code::BadRequest,
        message: format!("{} cannot be read: {error}.", image.display()),
    })?;
    let request = || Request::IngestImage {
        image: BASE64_STANDARD.encode(&file),
        at: when::now(),
        app: "bench".into(),
        title: "picture".into(),
    };
    // The first one loads the reader.
    client.call(request())?;
    let readings = (0..READINGS).map(|_| timed(|| client.call(request())));
    let mut times = readings.collect::<Result<Vec<_>, _>>()?;
    times.sort_by(f64::total_cmp);
    Ok(vec![(
        "picture to searchable ms",
        rounded(times[READINGS / 2]),
    )])
}

fn text(client: &Client) -> Result<Vec<(&'static str, Value)>, Failure> {
    let lines = (0..LINES).map(|number| {
        let line = json!({
            "id": format!("bench-{number}"), "thread": "bench", "source": "bench", "speaker": "Ann",
            "at": 1_700_000_000_000_i64 + number as i64 * 60_000,
            "text": format!("On day {number} we met in room {} to plan the budget for the new office in Basel.", number % 17),
        });
        ingest::item(&line.to_string(), number + 1, crate::when::now())
    });
    let items = lines.collect::<Result<Vec<_>, _>>()?;
    let stored = timed(|| ingest::send(client, items))?;
    let embedded = timed(|| {
        client.call(Request::Settle {
            seconds: SETTLE_SECONDS,
        })
    })?;
    let search = || Request::Search {
        text: "where is the new office".into(),
        filter: Filter::default(),
        limit: 20,
        at: None,
    };
    let found = timed(|| client.call(search()))?;
    Ok(vec![
        ("lines stored per s", rounded(LINES as f64 / stored * 1e3)),
        (
            "lines embedded per s",
            rounded(LINES as f64 / embedded * 1e3),
        ),
        ("search ms", rounded(found)),
    ])
}

/// Words of an answer: pieces are tokens, near enough.
fn answering(client: &Client) -> Result<Vec<(&'static str, Value)>, Failure> {
    let request = Request::Ask {
        thread: None,
        text: "What do we plan in Basel, and in which rooms did we meet?".into(),
        filter: Filter {
            scope: Scope::Observations,
            ..Filter::default()
        },
        temporary: true,
        at: None,
    };
    // The first one loads the model.
    if let Err(failure) = client.call(request.clone()) {
        note(&failure.message);
        return Ok(vec![("answer", json!(failure.code))]);
    }
    let begun = Instant::now();
    let mut times = vec![];
    client.stream(request, |part| {
        if let AnswerPart::Text { .. } = part {
            times.push(begun.elapsed().as_secs_f64());
        }
    })?;
    let model = match status_of(client.call(Request::Status)?)?.model {
        ModelState::Ready { id, .. } => json!(id),
        other => json!(other),
    };
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        return Ok(vec![("model", model)]);
    };
    let speed = (times.len() - 1) as f64 / (last - first).max(1e-6);
    Ok(vec![
        ("model", model),
        ("first words s", rounded(*first)),
        ("words: pieces per s", rounded(speed)),
    ])
}

fn watching(
    client: &Client,
    pid: u32,
    seconds: u32,
) -> Result<Vec<(&'static str, Value)>, Failure> {
    let events = client.subscribe()?;
    client.call(Request::Consent { granted: true })?;
    // The first look opens the screen and reads all of it.
    thread::sleep(Duration::from_secs(5));
    while events.try_recv().is_ok() {}
    let (before, begun) = (cpu_seconds(pid), Instant::now());
    thread::sleep(Duration::from_secs(seconds.into()));
    let share = (cpu_seconds(pid) - before) / begun.elapsed().as_secs_f64();
    let frames = kept(&events);
    let capture = status_of(client.call(Request::Status)?)?.capture;
    client.call(Request::Consent { granted: false })?;
    if let CaptureState::Blocked { code, .. } = capture {
        return Ok(vec![("watching", json!(code))]);
    }
    Ok(vec![
        ("watching: CPU % of one core", rounded(share * 100.0)),
        (
            "watching: frames kept per min",
            rounded(frames as f64 * 60.0 / f64::from(seconds)),
        ),
    ])
}

fn kept(events: &Receiver<Event>) -> usize {
    events
        .try_iter()
        .filter(|event| matches!(event, Event::FrameKept { .. }))
        .count()
}

fn storage(client: &Client) -> Result<Storage, Failure> {
    match client.call(Request::Storage)? {
        Response::Storage { storage } => Ok(storage),
        _ => Err(unexpected()),
    }
}

/// Milliseconds that `work` takes.
fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<f64, Failure> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Processor time of a process, from `/proc`; 0 where there is none.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces; user and system time are the 12th and 13th field after it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok());
    // Linux counts 100 ticks a second for every program.
    ticks.sum::<f64>() / 100.0
}

/// The most memory a process ever had, from `/proc`; 0 where there is none.
fn peak_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn megabytes(bytes: u64) -> Value {
    rounded(bytes as f64 / 1e6)
}

fn rounded(number: f64) -> Value {
    json!((number * 10.0).round() / 10.0)
}

fn table(rows: &[(String, Value)]) -> String {
    let line = |(name, value): &(String, Value)| match value {
        Value::String(text) => format!("| {name} | {text} |"),
        value => format!("| {name} | {value} |"),
    };
    let cells: Vec<String> = rows.iter().map(line).collect();
    format!(
        "| measure | here |\n|---|---|\n{}\n\nmeasured in {}",
        cells.join("\n"),
        output::brief(env!("CARGO_PKG_VERSION"), 20)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_time_and_memory() {
        let mut sum = 0_u64;
        let begun = Instant::now();
        while cpu_seconds(std::process::id()) == 0.0 && begun.elapsed() < Duration::from_secs(20) {
            sum = (0..1_000_000).fold(sum, |sum, number| sum ^ number);
        }
        assert!(cpu_seconds(std::process::id()) > 0.0, "{sum}");
        assert!(peak_bytes(std::process::id()) > 1 << 20);
    }
}
