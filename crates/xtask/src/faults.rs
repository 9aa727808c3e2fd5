//! `cargo xtask faults`: bad things happen to real engines and stores, and nothing that was acknowledged may be lost.

use anyhow::Result;

use crate::shell;

#[derive(clap::Args)]
pub struct Arguments {
    /// Which faults; without any, all of them.
    names: Vec<String>,
    /// How often each; without it, as often as `docs/reliability.md` says.
    #[arg(long)]
    cycles: Option<u64>,
    /// Where chance begins, so that a run can be repeated.
    #[arg(long)]
    seed: Option<u64>,
    /// Say which there are; do nothing.
    #[arg(long)]
    list: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    // The programs beside each other, as they ship.
    shell::run("cargo", &["build", "--workspace", "--bins", "--locked"])?;
    let mut words = arguments.names.clone();
    for (flag, value) in [("--cycles", arguments.cycles), ("--seed", arguments.seed)] {
        words.extend(value.map(|value| format!("{flag}={value}")));
    }
    words.extend(arguments.list.then(|| "--list".to_owned()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    shell::run(&shell::programs()?.join("faults").to_string_lossy(), &words)
}
