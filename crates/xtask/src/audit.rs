//! `cargo xtask audit-pages`: every decrypted page of a profile, for an auditor.

use anyhow::Result;
use std::process::{Command, exit};

use crate::shell;

#[derive(clap::Args)]
pub struct Arguments {
    /// What `audit-pages --help` lists.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let build = ["build", "--bin", "audit-pages", "--locked"];
    shell::run("cargo", &build)?;
    let program = shell::programs()?.join("audit-pages");
    let status = Command::new(program).args(&arguments.words).status()?;
    // Whether something was found is in the code.
    exit(status.code().unwrap_or(2));
}
