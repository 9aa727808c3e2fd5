//! Starting the engine process from a client, and what the two say to each other before the socket stands.
//!
//! The passphrase goes over the child's standard input, never through arguments or environment. The child answers with one
//! line on standard output, so that its starter can tell the user exactly what was wrong.

use crate::{
    api::{Code, Failure, Hidden},
    client::Client,
    home::Home,
    process::{ARCHIVE, RESTORE, VAULT},
    wire,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

/// How to start an engine.
pub struct Launch {
    /// With which key.
    pub start: Start,
    /// Make the profile; otherwise it must be there.
    pub create: bool,
    /// Take a recorded session as the screen.
    pub replay: Option<PathBuf>,
    /// Keep vectors of texts in this folder between throw-away profiles. Only with [`Start::Ephemeral`].
    pub embedding_cache: Option<PathBuf>,
    /// Put the backup of this name in the place of the database first.
    pub restore: Option<String>,
    /// Make the profile of this archive.
    pub archive: Option<FromArchive>,
}

/// An archive to be read.
pub struct FromArchive {
    /// A whole path.
    pub file: PathBuf,
    /// The archive's own.
    pub passphrase: SecretString,
    /// The file with its vault, and the passphrase of that one.
    pub vault: Option<(PathBuf, SecretString)>,
}

/// Where the master key comes from.
pub enum Start {
    /// A passphrase.
    Passphrase(SecretString),
    /// The recovery code. It opens a profile and makes none.
    Recovery(SecretString),
    /// The system's keychain.
    Keychain,
    /// A key that nobody keeps: what the profile holds is lost when the engine ends.
    Ephemeral,
}

/// The one line the engine prints when it is ready or cannot be.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It listens.
    Ready,
    /// It made the profile and listens.
    Made {
        /// Opens the profile when all else is lost. It is kept nowhere: show it once.
        recovery: Hidden,
    },
    /// It ended.
    Failed(Failure),
}

impl Launch {
    /// Opens the profile that is there.
    pub fn open(start: Start) -> Self {
        Self {
            start,
            create: false,
            replay: None,
            embedding_cache: None,
            restore: None,
            archive: None,
        }
    }

    /// Makes the profile.
    pub fn create(start: Start) -> Self {
        Self {
            create: true,
            ..Self::open(start)
        }
    }

    /// Makes the profile of an archive.
    pub fn read(start: Start, archive: FromArchive) -> Self {
        Self {
            archive: Some(archive),
            ..Self::open(start)
        }
    }

    /// What the engine reads from its standard input, in order.
    fn lines(&self) -> Vec<&SecretString> {
        let mut lines = Vec::new();
        if let Start::Passphrase(secret) | Start::Recovery(secret) = &self.start {
            lines.push(secret);
        }
        if let Some(archive) = &self.archive {
            lines.push(&archive.passphrase);
            lines.extend(archive.vault.iter().map(|(_, passphrase)| passphrase));
        }
        lines
    }

    fn command(&self, home: &Home) -> Result<Command, Failure> {
        let mut command = Command::new(engine_binary()?);
        command.arg("--home").arg(home.dir());
        command.env("CANDLE_NUM_THREADS", candle_threads().to_string());
        if self.create {
            command.arg("--create");
        }
        match self.start {
            Start::Passphrase(_) => {}
            Start::Recovery(_) => _ = command.arg("--recovery"),
            Start::Keychain => _ = command.arg("--keychain"),
            Start::Ephemeral => _ = command.arg("--ephemeral"),
        }
        let with_path = |command: &mut Command, flag: &str, path: &Option<PathBuf>| {
            if let Some(path) = path {
                command.arg(flag).arg(path);
            }
        };
        with_path(&mut command, "--replay", &self.replay);
        with_path(&mut command, "--embedding-cache", &self.embedding_cache);
        if let Some(name) = &self.restore {
            command.arg(format!("{RESTORE}{name}"));
        }
        if let Some(archive) = &self.archive {
            command.arg(with(ARCHIVE, &archive.file));
            if let Some((vault, _)) = &archive.vault {
                command.arg(with(VAULT, vault));
            }
        }
        Ok(command)
    }
}

/// One word, so that it can be left out of a second start.
fn with(name: &str, path: &Path) -> OsString {
    let mut word = OsString::from(name);
    word.push(path);
    word
}

/// Threads for candle, for models that our own kernels do not run. They wait for each other without yielding: one too many and all of them starve
/// (measured on two busy cores: 0.9 tokens/s with two, 5.3 with one), so one core stays free.
fn candle_threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).max(1)
}

/// An engine that was started.
pub struct Started {
    /// A connection to it.
    pub client: Client,
    /// The recovery code of a profile that was made just now: show it once.
    pub recovery: Option<Hidden>,
}

/// Starts the engine of `home` and connects to it as `name`. The engine outlives its starter.
pub fn start_engine(home: &Home, launch: &Launch, name: &str) -> Result<Started, Failure> {
    let mut engine = launch
        .command(home)?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A group of its own, so that an interrupt in the starter's terminal does not end it.
        .process_group(0)
        .spawn()
        .map_err(|error| Failure::io("start its engine", &error))?;
    if let Some(mut stdin) = engine.stdin.take() {
        for secret in launch.lines() {
            // When it ended before reading, its line says why.
            let _ = stdin.write_all(secret.expose_secret().as_bytes());
            let _ = stdin.write_all(b"\n");
        }
    }
    let said = engine.stdout.take().map(BufReader::new);
    let readiness = said.and_then(|mut said| wire::read(&mut said).ok().flatten());
    reap(engine);
    let recovery = match readiness {
        Some(Readiness::Ready) => None,
        Some(Readiness::Made { recovery }) => Some(recovery),
        Some(Readiness::Failed(failure)) => return Err(failure),
        None => return Err(ended_early(home)),
    };
    Ok(Started {
        client: Client::connect(home, name)?,
        recovery,
    })
}

/// Waits for the end of the process in the background: one that nobody waits for stays in the process table.
fn reap(mut engine: Child) {
    thread::spawn(move || engine.wait());
}

/// `AFTERIMAGE_ENGINE`, or the binary beside this one (a test's binary lies one folder below).
fn engine_binary() -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os("AFTERIMAGE_ENGINE").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let here = env::current_exe().and_then(fs::canonicalize);
    let here = here.map_err(|error| Failure::io("find its engine", &error))?;
    let name = format!("afterimage-engine{}", env::consts::EXE_SUFFIX);
    let mut places = here.ancestors().skip(1).take(2).map(|dir| dir.join(&name));
    places.find(|path| path.is_file()).ok_or_else(|| {
        Failure::new(
            Code::Internal,
            "The program `afterimage-engine` is not beside this one. Install Afterimage again, or name it in AFTERIMAGE_ENGINE.",
        )
    })
}

fn ended_early(home: &Home) -> Failure {
    Failure::new(
        Code::Internal,
        format!(
            "The engine ended before it was ready. Its log may say why: {}",
            home.logs().display()
        ),
    )
}
