//! The engine's log: JSON lines of counts, ids and codes in `<home>/log`, five files of ten megabytes at most.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

const LARGEST_FILE: u64 = 10 << 20;
const FILES: usize = 5;

/// Starts logging into `dir`. Only our own crates are heard: others might put text they handle into their events.
pub fn start(dir: &Path) -> io::Result<()> {
    crate::home::private_dir(dir)?;
    let log = Log(Mutex::new(Rotated::open(dir)?));
    let lines = fmt::layer().json().flatten_event(true).with_writer(log);
    let ours = Targets::new().with_target("afterimage", tracing::Level::INFO);
    // A second start in one process (tests) keeps the first log.
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(ours)
        .try_init();
    Ok(())
}

struct Log(Mutex<Rotated>);

impl<'a> fmt::MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

struct Line<'a>(&'a Log);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rotated = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        rotated.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Rotated {
    dir: PathBuf,
    file: File,
    written: u64,
}

impl Rotated {
    fn open(dir: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(name(dir, 0))?;
        Ok(Self {
            dir: dir.to_owned(),
            written: file.metadata()?.len(),
            file,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written + bytes.len() as u64 > LARGEST_FILE {
            for age in (1..FILES).rev() {
                // The older files need not exist yet.
                let _ = fs::rename(name(&self.dir, age - 1), name(&self.dir, age));
            }
            *self = Self::open(&self.dir)?;
        }
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(bytes.len())
    }
}

fn name(dir: &Path, age: usize) -> PathBuf {
    dir.join(match age {
        0 => "engine.jsonl".to_owned(),
        age => format!("engine.{age}.jsonl"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_makes_room_and_keeps_five_files() {
        let temp = tempfile::tempdir().unwrap();
        let mut log = Rotated::open(temp.path()).unwrap();
        let line = vec![b'x'; LARGEST_FILE as usize / 2 + 1];
        for _ in 0..8 {
            log.write(&line).unwrap();
        }
        let files = fs::read_dir(temp.path()).unwrap().count();
        assert_eq!(files, FILES);
        assert_eq!(
            fs::metadata(name(temp.path(), 0)).unwrap().len(),
            line.len() as u64
        );
    }
}
