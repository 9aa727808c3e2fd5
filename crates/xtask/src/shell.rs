//! Other programs and the folders they run in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};

/// The repository this program was built from.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let places = [package, std::env::current_dir().ok()];
        let is_root = |path: &&Path| path.join("crates/xtask/Cargo.toml").is_file();
        let found = places
            .iter()
            .flatten()
            .find_map(|place| place.ancestors().find(is_root));
        // Last, because two clones that share a target folder share this program.
        found.map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
            Path::to_owned,
        )
    });
    &ROOT
}

/// The folder this program lies in, and with it every other program of the workspace.
pub fn programs() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own
        .parent()
        .context("this program lies in no folder")?
        .to_owned())
}

/// Where this project keeps what can be fetched or built again: `afterimage` in the user's cache.
pub fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    let caches = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty());
    caches.map_or_else(home, PathBuf::from).join("afterimage")
}

/// Runs a program in the repository, its output on this terminal.
pub fn run(program: &str, arguments: &[&str]) -> Result<()> {
    run_with(program, arguments, &[])
}

/// The same with more in the program's environment.
pub fn run_with(program: &str, arguments: &[&str], environment: &[(&str, PathBuf)]) -> Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(root())
        .status();
    let status = status.with_context(|| format!("`{program}` cannot be started"))?;
    ensure!(
        status.success(),
        "`{program} {}` failed",
        arguments.join(" ")
    );
    Ok(())
}

/// What a program prints, its complaints on this terminal.
pub fn read(program: &str, arguments: &[&str]) -> Result<String> {
    let command = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output();
    let output = command.with_context(|| format!("`{program}` cannot be started"))?;
    ensure!(
        output.status.success(),
        "`{program} {}` failed",
        arguments.join(" ")
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Whether a program runs and ends well.
pub fn works(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

/// Free bytes on the disk of a folder, where `df` can say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kilobytes: u64 = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kilobytes * 1024)
}
