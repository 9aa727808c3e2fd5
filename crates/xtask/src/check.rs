//! `cargo xtask check`: what can be said about the code without running it.

use anyhow::Result;

use crate::shell;

pub fn run() -> Result<()> {
    shell::run("cargo", &["fmt", "--all", "--check"])?;
    shell::run(
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    shell::run(
        "cargo",
        &[
            "test",
            "--workspace",
            "--locked",
            "--test",
            "it",
            "--",
            "architecture",
        ],
    )
}
