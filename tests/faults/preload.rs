//! `disk.c`, compiled, and programs that run under it.

use anyhow::{Context, Result, ensure};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The library, in a folder of its own.
pub struct Preload {
    folder: tempfile::TempDir,
}

impl Preload {
    /// Compiles it; fails where there is no C compiler.
    pub fn build() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let source = folder.path().join("disk.c");
        std::fs::write(&source, include_str!("disk.c"))?;
        let library = folder.path().join("disk.so");
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .stdout(Stdio::null())
            .status()
            .context("there is no C compiler `cc`")?;
        ensure!(status.success(), "`cc` does not compile disk.c");
        Ok(Self { folder })
    }

    /// A program that runs under the library, with changes below `root` looked at.
    pub fn command(&self, program: &Path, root: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("LD_PRELOAD", self.library())
            .env("FAULTS_ROOT", root);
        command
    }

    /// Where the library lies.
    pub fn library(&self) -> PathBuf {
        self.folder.path().join("disk.so")
    }
}
