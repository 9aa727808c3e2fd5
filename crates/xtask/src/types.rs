//! `cargo xtask types`: the engine writes the interface's types.

use anyhow::Result;

use crate::shell;

pub fn run() -> Result<()> {
    shell::run(
        "cargo",
        &[
            "test",
            "--workspace",
            "--locked",
            "--lib",
            "--",
            "export_bindings",
        ],
    )
}
