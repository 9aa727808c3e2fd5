//! A screen that can be taken away.

use anyhow::{Context, Result};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A virtual screen of 1,024 x 768 pixels.
pub struct Screen(Child);

impl Screen {
    /// Starts one, under a name of before or a new one.
    pub fn start(name: Option<&str>) -> Result<(Self, String)> {
        let mut command = Command::new("Xvfb");
        command.args(name).args([
            "-displayfd",
            "1",
            "-nolisten",
            "tcp",
            "-screen",
            "0",
            "1024x768x24",
        ]);
        let mut server = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("no standard output")?)
            .read_line(&mut number)?;
        Ok((Self(server), format!(":{}", number.trim())))
    }

    pub fn end(&mut self) {
        // One that is gone already is what was wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.end();
    }
}
