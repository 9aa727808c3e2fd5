//! `cargo xtask bench unlock`: from the passphrase to an engine that answers, and from lock to no engine, as a person waits for both.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;

const PASSPHRASE: &str = "correct horse battery staple";
const ROUNDS: usize = 30;
/// What people may wait for, p95.
const UNLOCK_AIM: Duration = Duration::from_millis(2_500);
const LOCK_AIM: Duration = Duration::from_secs(2);
/// An engine that is still there after this is not ending.
const PATIENCE: Duration = Duration::from_secs(30);

#[expect(
    clippy::disallowed_methods,
    reason = "a throw-away profile is encrypted like any other"
)]
pub fn run(folder: &str) -> Result<()> {
    let program = shell::programs()?
        .parent()
        .context("no target folder")?
        .join(folder)
        .join("afterimage");
    let home = std::env::temp_dir().join(format!("afterimage-unlock-{}", std::process::id()));
    let bench = Bench {
        program,
        home: home.clone(),
    };
    let measured = bench.measure();
    let _ = bench.afterimage(&["lock"], "");
    fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))?;
    let (unlocks, locks, guess_mib) = measured?;
    println!("{ROUNDS} rounds, a profile of 1,000 lines, a guess takes {guess_mib} MiB");
    println!("| measure | p50 | p95 | aim, p95 |\n|---|---|---|---|");
    println!(
        "{}",
        row("unlock, to the command's end", unlocks, UNLOCK_AIM)
    );
    println!(
        "{}",
        row("lock, to the end of the process", locks, LOCK_AIM)
    );
    Ok(())
}

struct Bench {
    program: PathBuf,
    home: PathBuf,
}

impl Bench {
    fn measure(&self) -> Result<(Vec<Duration>, Vec<Duration>, u64)> {
        self.must(&["init", "--passphrase-stdin"], PASSPHRASE)?;
        self.must(&["settings", "set", "absorb=false"], "")?;
        self.must(&["ingest", "-"], &lines())?;
        self.must(&["settle", "--within", "10m"], "")?;
        let guess = self.cost_settled()?;
        self.must(&["lock"], "")?;
        let (mut unlocks, mut locks) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let said = self.must(&["unlock", "--passphrase-stdin"], PASSPHRASE)?;
            unlocks.push(begun.elapsed());
            let pid = said["status"]["pid"].as_u64().context("no process")?;
            let begun = Instant::now();
            self.must(&["lock"], "")?;
            while has_memory(pid) {
                ensure!(begun.elapsed() < PATIENCE, "the engine does not end");
                thread::sleep(Duration::from_millis(1));
            }
            locks.push(begun.elapsed());
        }
        Ok((unlocks, locks, guess / 1024))
    }

    /// What a guess takes, in KiB, once the first unlock has fitted it to this machine.
    fn cost_settled(&self) -> Result<u64> {
        let cost = || -> Result<u64> {
            let ways = self.must(&["keys", "list"], "")?;
            ways["guess_kib"].as_u64().context("no cost")
        };
        let mut last = cost()?;
        for _ in 0..3 {
            thread::sleep(Duration::from_secs(2));
            last = cost()?;
        }
        Ok(last)
    }

    fn must(&self, arguments: &[&str], input: &str) -> Result<Value> {
        let output = self.afterimage(arguments, input)?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "afterimage {arguments:?}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    fn afterimage(&self, arguments: &[&str], input: &str) -> Result<Output> {
        let mut child = Command::new(&self.program)
            .arg("--json")
            .args(arguments)
            .env("AFTERIMAGE_HOME", &self.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends before it has read everything is judged by its exit code.
            let _ = stdin.write_all(input.as_bytes());
        }
        Ok(child.wait_with_output()?)
    }
}

/// Whether the process lives: one that only waits to be noticed by its parent has no memory left.
fn has_memory(pid: u64) -> bool {
    let sizes = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    sizes
        .split(' ')
        .next()
        .is_some_and(|pages| !matches!(pages, "" | "0"))
}

/// A thousand lines to open with, each of its own words.
fn lines() -> String {
    let line = |number: u32| {
        format!(
            "{{\"id\":\"{number}\",\"thread\":\"t\",\"at\":\"2026-11-19T10:15:00Z\",\"source\":\"chat\",\"speaker\":\"Ann\",\"text\":\"Line {number} says that parcel {} is at door {}.\"}}\n",
            number * 7,
            number % 90
        )
    };
    (0..1_000).map(line).collect()
}

fn row(name: &str, mut times: Vec<Duration>, aim: Duration) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() * share).div_ceil(100) - 1].as_millis();
    format!(
        "| {name} | {} ms | {} ms | {} ms |",
        at(50),
        at(95),
        aim.as_millis()
    )
}
