//! `cargo xtask types`: the protocol's types, from the engine to the interface.

use anyhow::{Context, Result};

use crate::shell;

pub fn run() -> Result<()> {
    let path = shell::root().join("ui/src/lib/bindings.ts");
    let text = shell::read(
        "cargo",
        &["run", "--quiet", "--locked", "--example", "types"],
    )?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
