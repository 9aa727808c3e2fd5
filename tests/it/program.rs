//! The built programs, run as a person runs them, on a profile in a folder of its own.

use afterimage_engine::{
    api::{Request, Response},
    client::{Client, Home},
};
use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A profile that exists for one test. Dropping it ends its engine.
pub struct Profile {
    folder: tempfile::TempDir,
    display: Option<String>,
}

/// Good enough for a profile that lives for seconds.
pub const PASSPHRASE: &str = "correct horse battery staple";

impl Profile {
    /// An empty folder; programs run on the screen called `display`, or on none.
    pub fn new(display: Option<&str>) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            display: display.map(str::to_owned),
        }
    }

    /// Makes the profile and unlocks it.
    pub fn init(self) -> Self {
        self.must(&["init", "--passphrase-stdin"], PASSPHRASE);
        self
    }

    /// The profile folder.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    /// Runs `afterimage --json` with these arguments and the passphrase or other text on standard input.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        self.run_as(None, arguments, input)
    }

    /// The same with a program's token in the environment.
    pub fn run_as(&self, token: Option<&str>, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(binary("afterimage"));
        command
            .arg("--json")
            .args(arguments)
            .env("AFTERIMAGE_HOME", self.home())
            .env_remove("AFTERIMAGE_TOKEN")
            .envs(token.map(|token| ("AFTERIMAGE_TOKEN", token)))
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_SESSION_TYPE")
            .env_remove("DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.envs(self.display.iter().map(|display| ("DISPLAY", display)));
        let mut child = command.spawn().expect("afterimage starts");
        // A program that ends before it has read everything is judged by its exit code below.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().expect("afterimage ends")
    }

    /// Runs it and takes its JSON document; fails the test when the program fails.
    pub fn must(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.run(arguments, input);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "afterimage {arguments:?}: {}\n{text}\n{errors}",
            output.status
        );
        last_document(&text)
    }

    /// Runs it and takes the code of its failure; fails the test when it succeeds.
    pub fn fails(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let document = last_document(&String::from_utf8_lossy(&output.stdout));
        assert!(
            !output.status.success(),
            "afterimage {arguments:?} succeeded: {document}"
        );
        assert!(
            !document["failure"]["message"]
                .as_str()
                .unwrap_or_default()
                .is_empty(),
            "a failure says what to do"
        );
        document["failure"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// A connection to the running engine.
    pub fn client(&self) -> Client {
        Client::connect(&Home::at(self.home()), "test").expect("the engine answers")
    }

    /// Every file of the profile.
    pub fn files(&self) -> Vec<PathBuf> {
        files_below(self.folder.path())
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        self.run(&["lock"], "");
    }
}

/// Asks and takes the response; fails the test on a failure.
pub fn ask(client: &Client, request: Request) -> Response {
    client
        .call(request)
        .unwrap_or_else(|failure| panic!("{:?}: {}", failure.code, failure.message))
}

/// A program that `cargo build --workspace` put beside the tests.
pub fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("a test program has a path");
    let path = tests
        .parent()
        .and_then(Path::parent)
        .expect("it lies in the target folder")
        .join(name);
    assert!(
        path.exists(),
        "{} is not built: run `npm test`, or `cargo build --workspace --locked` first",
        path.display()
    );
    path
}

/// The last JSON document printed: streamed commands print several lines.
fn last_document(text: &str) -> Value {
    let whole = serde_json::from_str(text);
    whole.unwrap_or_else(|_| {
        text.lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
            .unwrap_or(Value::Null)
    })
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path()),
            Ok(kind) if kind.is_file() => vec![entry.path()],
            _ => vec![],
        })
        .collect()
}
