//! An engine process of the test's own, in a folder of its own.

use afterimage_engine::{
    api::{
        Evidence, Failure, Filter, Found, IngestItem, Request, Response, Settings, Status,
        Timestamp,
    },
    client::{Client, Home},
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub const PASSPHRASE: &str = "correct horse battery staple";
/// Eight tests share two cores.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A folder for a profile and the engine that has it open. Dropping it kills the engine.
pub struct Running {
    pub client: Client,
    /// Of a profile that was made just now.
    pub recovery: Option<String>,
    process: Child,
}

/// How to start.
#[derive(Default)]
pub struct How<'a> {
    pub arguments: Vec<&'a str>,
    pub passphrase: Option<&'a str>,
    pub environment: Vec<(&'a str, PathBuf)>,
    pub without: Vec<&'a str>,
}

/// A new folder for a profile.
pub fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("afterimage-")
        .tempdir()
        .unwrap()
}

/// A throw-away profile in `dir`, without background thinking.
pub fn ephemeral(dir: &Path) -> Running {
    let running = start(
        dir,
        How {
            arguments: vec!["--create", "--ephemeral"],
            ..How::default()
        },
    )
    .unwrap();
    running.set(|settings| settings.absorb = false);
    running
}

pub fn create(dir: &Path) -> Running {
    start(
        dir,
        How {
            arguments: vec!["--create"],
            passphrase: Some(PASSPHRASE),
            ..How::default()
        },
    )
    .unwrap()
}

pub fn unlock(dir: &Path) -> Running {
    start(
        dir,
        How {
            passphrase: Some(PASSPHRASE),
            ..How::default()
        },
    )
    .unwrap()
}

/// Starts the program itself, so that the test may kill it and choose its environment.
pub fn start(dir: &Path, how: How<'_>) -> Result<Running, Failure> {
    let mut command = Command::new(program());
    command
        .arg("--home")
        .arg(dir)
        .args(&how.arguments)
        .envs(how.environment.iter().map(|(name, value)| (name, value)));
    how.without
        .iter()
        .for_each(|name| _ = command.env_remove(name));
    let process = command
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut process = process.unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo build --workspace` first",
            program().display()
        )
    });
    let mut stdin = process.stdin.take().unwrap();
    // It may have ended already; then its line says why.
    let _ = writeln!(stdin, "{}", how.passphrase.unwrap_or_default());
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    match serde_json::from_str::<Value>(&line)
        .unwrap_or_else(|_| panic!("no readiness but {line:?}"))
    {
        said if said == "ready" || said.get("made").is_some() => Ok(Running {
            recovery: said["made"]["recovery"].as_str().map(str::to_owned),
            client: Client::connect(&Home::at(dir), "test").unwrap(),
            process,
        }),
        said => {
            process.wait().unwrap();
            Err(serde_json::from_value(said["failed"].clone()).unwrap())
        }
    }
}

/// Beside this test's folder: `target/debug/afterimage-engine`.
pub fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.ancestors().nth(2).unwrap().join("afterimage-engine")
}

impl Running {
    pub fn status(&self) -> Status {
        match self.client.call(Request::Status) {
            Ok(Response::Status { status }) => status,
            other => panic!("{other:?}"),
        }
    }

    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let Ok(Response::Settings { mut settings }) = self.client.call(Request::Settings) else {
            panic!("no settings")
        };
        change(&mut settings);
        self.client.call(Request::SetSettings { settings }).unwrap();
    }

    pub fn settle(&self) {
        self.client.call(Request::Settle { seconds: 900 }).unwrap();
    }

    /// Takes lines in; how many were known.
    pub fn ingest(&self, items: Vec<IngestItem>) -> u32 {
        match self.client.call(Request::Ingest { items }) {
            Ok(Response::Ingested { known, .. }) => known,
            other => panic!("{other:?}"),
        }
    }

    /// Texts found, best first.
    pub fn search(&self, text: &str) -> Vec<String> {
        let request = Request::Search {
            text: text.into(),
            filter: Filter::default(),
            limit: 10,
            at: None,
        };
        match self.client.call(request) {
            Ok(Response::Evidence { evidence }) => texts(&evidence),
            other => panic!("{other:?}"),
        }
    }

    /// Ends at once, as by a power cut for the process.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits for its own end.
    pub fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            match self.process.try_wait().unwrap() {
                Some(status) => return status,
                None => assert!(begun.elapsed() < PATIENCE, "it does not end"),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether it has not ended yet, without asking it anything.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    pub fn pid(&self) -> i32 {
        self.process.id() as i32
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended by the test itself, mostly.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn texts(evidence: &Evidence) -> Vec<String> {
    let text = |found: &Found| match found {
        Found::Observation { observation } => observation.text.clone(),
        Found::Memory { memory } => memory.content.title.clone(),
    };
    evidence
        .items
        .iter()
        .map(|item| text(&item.found))
        .collect()
}

/// A line of an import; `number` is its id and its minute.
pub fn line(number: usize, thread: &str, speaker: &str, text: &str) -> IngestItem {
    IngestItem {
        id: format!("{thread}/{number}"),
        thread: thread.into(),
        at: Timestamp::from_millis(1_760_000_000_000 + number as i64 * 60_000),
        source: "chat".into(),
        speaker: speaker.into(),
        text: text.into(),
    }
}

/// Waits until `is_so`, without a guess how long it takes.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
