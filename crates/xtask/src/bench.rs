//! `cargo xtask bench`: every example whose name ends in `_bench` prints the table of one part of the product.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::peer::Peers;
use crate::{shell, unlock};

#[derive(clap::Args)]
pub struct Arguments {
    /// The parts to measure, as in `eyes` for `eyes_bench`; without any, all of them.
    parts: Vec<String>,
    /// Measure what a user runs: optimised, and compiled for minutes first.
    #[arg(long)]
    release: bool,
    /// Say which parts there are; measure nothing.
    #[arg(long)]
    list: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let known = benches()?;
    if arguments.list {
        known
            .iter()
            .for_each(|name| println!("{}", name.trim_end_matches("_bench")));
        println!("{UNLOCK}");
        return Ok(());
    }
    let (unlock, examples): (Vec<String>, Vec<String>) = arguments
        .parts
        .iter()
        .cloned()
        .partition(|part| part == UNLOCK);
    let is_all = arguments.parts.is_empty();
    if is_all || !examples.is_empty() {
        run_examples(&wanted(&known, &examples)?, arguments.release)?;
    }
    if is_all || !unlock.is_empty() {
        println!("\n## {UNLOCK}");
        let (profile, folder) = profile_of(arguments.release);
        let build = [
            "build",
            "--workspace",
            "--locked",
            "--bins",
            "--profile",
            profile,
        ];
        shell::run("cargo", &build)?;
        unlock::run(folder)?;
    }
    Ok(())
}

/// The one that is no example: it runs the programs themselves.
const UNLOCK: &str = "unlock";

/// The profile of cargo, and the folder it builds into.
fn profile_of(is_release: bool) -> (&'static str, &'static str) {
    match is_release {
        true => ("release", "release"),
        false => ("dev", "debug"),
    }
}

fn run_examples(names: &[&str], is_release: bool) -> Result<()> {
    for &name in names {
        let (profile, folder) = profile_of(is_release);
        // Built and run apart: `--workspace` keeps the features of the other builds, and `run` does not take it.
        shell::run(
            "cargo",
            &[
                "build",
                "--workspace",
                "--locked",
                "--profile",
                profile,
                "--example",
                name,
            ],
        )?;
        println!("\n## {}", name.trim_end_matches("_bench"));
        let program = shell::programs()?
            .parent()
            .context("no target folder")?
            .join(folder)
            .join("examples")
            .join(name);
        shell::run_with(&program.to_string_lossy(), &[], &peers(name))?;
    }
    Ok(())
}

/// The programs of others that a bench measures itself beside, as it finds them in its environment.
fn peers(bench: &str) -> Vec<(&'static str, PathBuf)> {
    if bench != "infer_bench" {
        return Vec::new();
    }
    match Peers::prepare() {
        Ok(peers) => vec![
            ("AFTERIMAGE_PEER_LLAMA", peers.reference),
            ("AFTERIMAGE_PEER_PYTHON", peers.python),
        ],
        Err(error) => {
            eprintln!("measuring without the programs of others: {error:#}");
            Vec::new()
        }
    }
}

fn wanted<'a>(known: &'a [String], parts: &[String]) -> Result<Vec<&'a str>> {
    if parts.is_empty() {
        return Ok(known.iter().map(String::as_str).collect());
    }
    parts
        .iter()
        .map(|part| {
            match known
                .iter()
                .find(|name| name.trim_end_matches("_bench") == part)
            {
                Some(name) => Ok(name.as_str()),
                None => bail!(
                    "there is no bench `{part}`; there are: {}",
                    known.join(", ")
                ),
            }
        })
        .collect()
}

/// The examples of the workspace that are benches.
fn benches() -> Result<Vec<String>> {
    let arguments = ["metadata", "--locked", "--no-deps", "--format-version", "1"];
    let output = std::process::Command::new("cargo")
        .args(arguments)
        .current_dir(shell::root())
        .output()?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("`cargo metadata` failed")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let examples = targets.filter(|target| target["kind"][0] == "example");
    let names = examples.filter_map(|target| target["name"].as_str());
    Ok(names
        .filter(|name| name.ends_with("_bench"))
        .map(str::to_owned)
        .collect())
}
