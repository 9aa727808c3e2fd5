//! A real engine process in a throw-away profile, asked through its protocol like any client does.

use crate::content::{PASSPHRASE, VAULT_PASSPHRASE, create, passphrase};
use afterimage_engine::{
    api::{
        Code, Failure, Forget, FrameId, IngestItem, ObservationId, Request, Response, Settings,
        Status, TimeRange, Timestamp,
    },
    client::{Client, Home},
};
use anyhow::{Context, Result, anyhow, bail};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// An engine that runs.
pub struct Running {
    pub client: Client,
    process: Child,
    home: PathBuf,
}

/// A profile with a passphrase that is cheap to stretch; no engine runs yet.
pub fn make_profile(home: &Path) -> Result<()> {
    create(home, &passphrase())?.writer.close()?;
    Ok(())
}

/// The engine's program, beside this one.
pub fn program() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let place = here
        .parent()
        .context("this program lies in no folder")?
        .join("afterimage-engine");
    match place.is_file() {
        true => Ok(place),
        false => bail!("{} is not built: cargo build --workspace", place.display()),
    }
}

/// Unlocks the profile.
pub fn start(home: &Path) -> Result<Running> {
    start_with(Command::new(program()?), home)
}

/// The same with a program and an environment of the caller's; the failure is what the engine said.
pub fn start_with(command: Command, home: &Path) -> Result<Running> {
    let (process, said) = begin(command, home)?;
    finish(process, said, home)
}

/// An engine that was started and did not say yet whether it runs.
pub fn begin(
    mut command: Command,
    home: &Path,
) -> Result<(Child, BufReader<std::process::ChildStdout>)> {
    let mut process = command
        .arg("--home")
        .arg(home)
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = process.stdin.take() {
        // The last two are for an archive, if it reads one. One that ended already says why on its line.
        let _ = writeln!(stdin, "{PASSPHRASE}\n{PASSPHRASE}\n{VAULT_PASSPHRASE}");
    }
    let said = process.stdout.take().context("no standard output")?;
    Ok((process, BufReader::new(said)))
}

/// Waits for what it says.
pub fn finish(
    mut process: Child,
    mut said: BufReader<std::process::ChildStdout>,
    home: &Path,
) -> Result<Running> {
    let mut line = String::new();
    said.read_line(&mut line)?;
    if line.contains("\"ready\"") || line.contains("\"made\"") {
        let client = Client::connect(&Home::at(home), "faults")?;
        return Ok(Running {
            client,
            process,
            home: home.into(),
        });
    }
    process.wait()?;
    Err(anyhow!("{}", line.trim()))
}

impl Running {
    /// Another connection.
    pub fn connect(&self) -> Result<Client> {
        Ok(Client::connect(&Home::at(&self.home), "faults")?)
    }

    pub fn status(&self) -> Result<Status, Failure> {
        match self.client.call(Request::Status)? {
            Response::Status { status } => Ok(status),
            _ => Err(unexpected()),
        }
    }

    pub fn set(&self, change: impl FnOnce(&mut Settings)) -> Result<(), Failure> {
        let Response::Settings { mut settings } = self.client.call(Request::Settings)? else {
            return Err(unexpected());
        };
        change(&mut settings);
        self.client
            .call(Request::SetSettings { settings })
            .map(drop)
    }

    /// Ends it without warning.
    pub fn kill(&mut self) -> Result<()> {
        // One that is gone already is what was wanted.
        let _ = self.process.kill();
        self.process.wait()?;
        Ok(())
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended by the fault itself, mostly.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn unexpected() -> Failure {
    Failure {
        code: Code::Protocol,
        message: "an answer to another question".into(),
    }
}

/// Hands in a line; which observation it became.
pub fn ingest(client: &Client, number: u64, words: &str) -> Result<ObservationId, Failure> {
    let item = IngestItem {
        id: format!("line-{number}"),
        thread: "faults".into(),
        at: crate::content::at(number),
        source: "chat".into(),
        speaker: "Ann".into(),
        text: text(number, words),
    };
    match client.call(Request::Ingest { items: vec![item] })? {
        Response::Ingested { observations, .. } => {
            observations.first().copied().ok_or_else(unexpected)
        }
        _ => Err(unexpected()),
    }
}

/// What a line says.
pub fn text(number: u64, words: &str) -> String {
    format!("marker {number} {words}")
}

/// The text of an observation; `None` when there is none.
pub fn read(client: &Client, id: ObservationId) -> Result<Option<String>, Failure> {
    match client.call(Request::Observation { id }) {
        Ok(Response::Observation { observation, .. }) => Ok(Some(observation.text)),
        Ok(_) => Err(unexpected()),
        Err(failure) if failure.code == Code::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub fn forget(client: &Client, id: ObservationId) -> Result<(), Failure> {
    client
        .call(Request::Forget {
            what: Forget::Observation { id },
        })
        .map(drop)
}

/// Hands in a small picture of its own, as taken at `at`.
pub fn ingest_picture(client: &Client, at: Timestamp, number: u64) -> Result<(), Failure> {
    let pixel = |x: u32, y: u32| {
        image::Rgb([
            (x * 3 + number as u32) as u8,
            (y * 5) as u8,
            (number >> 8) as u8,
        ])
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(64, 48, pixel);
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(|error| Failure {
            code: Code::BadImage,
            message: error.to_string(),
        })?;
    let image = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes.into_inner());
    let request = Request::IngestImage {
        image,
        at,
        app: "viewer".into(),
        title: "a picture".into(),
    };
    client.call(request).map(drop)
}

/// The frames of that very moment.
pub fn frames_at(client: &Client, at: Timestamp) -> Result<Vec<FrameId>, Failure> {
    let range = TimeRange {
        from: at,
        to: Timestamp::from_millis(at.millis() + 1),
    };
    match client.call(Request::Timeline { range, limit: 100 })? {
        Response::Timeline { frames, .. } => Ok(frames.into_iter().map(|frame| frame.id).collect()),
        _ => Err(unexpected()),
    }
}

/// Waits until it is so; whether it became so in time.
pub fn within(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
