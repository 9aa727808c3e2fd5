//! The store's promises, on the real SQLCipher.
//!
//! - `profiles`: who gets in, and who is told what
//! - `ways`: the ways in, changed, lost and interrupted; the vault's own key
//! - `key_file`: older, altered, put back, tied, copied; every step of every change
//! - `intake`: what is handed in is kept once, and kept
//! - `memories`: edits, history, undo, trust
//! - `jobs`: the durable queue
//! - `links`: entities, and what joins them
//! - `finding`: by words, by vectors, within filters
//! - `forgetting`: nothing of it is left, nothing else goes
//! - `backups`: copies that are whole, what is put back, and whether it could be
//! - `archives`: a profile in a file, and out of it
//! - `clients`: other programs: what they may read, how much, and what is noted of it
//! - `personal`: which kinds of personal details a text holds
//! - `faults`: crash, full disk, damage, older and newer files
//! - `figures`: how long things take, printed, not judged

mod archives;
mod backups;
mod clients;
mod faults;
mod figures;
mod finding;
mod forgetting;
mod intake;
mod jobs;
mod key_file;
mod links;
mod memories;
mod personal;
mod profiles;
mod quarantine;
mod ways;

use crate::*;
use afterimage_domain::{redaction::Secret, *};
use std::path::Path;
use zeroize::Zeroizing;

/// A fixed moment; `at(n)` is `n` seconds after it.
const START: i64 = 1_700_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START).plus_seconds(seconds)
}

/// An id of any kind, the same for the same number.
fn id(number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u64_pair(0x0190_0000_0000_7000, number | 1 << 63)
}

fn key() -> Unlock {
    Unlock::Ephemeral(Zeroizing::new([42; 32]))
}

fn create(home: &Path) -> Opened {
    let profile = Profile::create(home, &key(), &Entropy::system()).unwrap();
    open(profile, Entropy::system()).unwrap()
}

fn clocks(seconds: u64) -> Clocks {
    Clocks {
        wall: at(seconds as i64),
        boot: uuid::Uuid::from_u128(1),
        since_boot: std::time::Duration::from_secs(seconds),
    }
}

fn unlock(home: &Path, by: &Unlock) -> Result<Profile> {
    Profile::unlock(home, by, clocks(0), &Entropy::system())
}

fn reopen(home: &Path) -> Opened {
    open(unlock(home, &key()).unwrap(), Entropy::system()).unwrap()
}

/// A store in a folder that goes when it goes.
struct Home {
    folder: tempfile::TempDir,
    store: Opened,
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    Home { folder, store }
}

impl Home {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn read<T>(&self, read: impl FnOnce(&ReadTxn<'_>) -> Result<T>) -> T {
        read(&self.store.readers.begin().unwrap()).unwrap()
    }

    /// Ends the process's hold on the store as a crash would, and opens it again.
    fn crash(self) -> Self {
        let Self { folder, store } = self;
        drop(store);
        let store = reopen(folder.path());
        Self { folder, store }
    }

    fn import(&mut self, number: u64, text: &str) -> Taken {
        let intake = imported(number, text);
        self.store.writer.record(&[intake], at(0)).unwrap()[0]
    }

    fn remember(&mut self, memory: NewMemory) -> Memory {
        let edit = Edit::Add { memory };
        let mut applied = self.edit(edit, Author::User);
        assert_eq!(applied.refused, []);
        applied.changes.remove(0).after
    }

    fn edit(&mut self, edit: Edit, author: Author) -> Applied {
        self.store
            .writer
            .apply(&clean(vec![edit]), author, at(100))
            .unwrap()
    }
}

/// The mind, for edits that are not the user's.
const MIND: Author = Author::Mind {
    job: JobId(uuid::Uuid::nil()),
};

/// Knows no secrets: what is stored here is made up.
struct NoSecrets;

impl Redactor for NoSecrets {
    fn secrets(&self, _: &str) -> Vec<Secret> {
        vec![]
    }
}

fn clean<T: Redact>(value: T) -> Clean<T> {
    Raw::new(value).clean(&NoSecrets)
}

fn observation(number: u64, text: &str, origin: Origin, trust: Trust) -> Observation {
    Observation {
        id: ObservationId(id(number)),
        at: at(number as i64),
        origin,
        text: text.into(),
        words: Vec::new(),
        fresh: vec![Span::whole(text)],
        trust,
        external_id: None,
        redactions: 0,
    }
}

/// A line of a conversation, imported.
pub(crate) fn line(number: u64, text: &str) -> Observation {
    let origin = Origin::Import {
        thread: "talk".into(),
        source: "sms".into(),
        speaker: "Ann".into(),
    };
    Observation {
        external_id: Some(format!("line-{number}")),
        ..observation(number, text, origin, Trust::Client)
    }
}

fn imported(number: u64, text: &str) -> Intake {
    Intake {
        frame: None,
        observations: vec![line(number, text)],
        tasks: Tasks::ALL,
    }
}

fn seen(number: u64, frame: u64, app: &str, text: &str) -> Observation {
    let origin = Origin::Screen {
        frame: FrameId(id(frame)),
        app: app.into(),
        title: format!("{app} title"),
        url: None,
        bounds: Rect::new(0, 0, 100, 50),
    };
    Observation {
        words: vec![Word {
            span: Span { start: 0, end: 3 },
            bounds: Rect::new(-5, 7, 30, 12),
        }],
        ..observation(number, text, origin, Trust::Screen)
    }
}

fn new_frame(number: u64, apps: &[&str]) -> NewFrame {
    let picture = |byte: u8| {
        Some(PaintedPicture(Picture {
            mime: "image/webp".into(),
            bytes: vec![byte; 70_000],
        }))
    };
    NewFrame {
        id: FrameId(id(number)),
        at: at(number as i64),
        monitor: "main".into(),
        width: 100,
        height: 50,
        windows: apps.iter().map(|app| window(app)).collect(),
        masks: Vec::new(),
        hash: u64::MAX - number,
        thumbnail: picture(1),
        full: picture(2),
    }
}

fn window(app: &str) -> Window {
    Window {
        handle: 1,
        app: app.into(),
        title: format!("{app} title"),
        pid: 7,
        bounds: Rect::new(0, 0, 100, 50),
        focused: false,
    }
}

/// A fact, resting on the whole of these observations.
pub(crate) fn fact(title: &str, details: &str, sources: &[(u64, &str)]) -> NewMemory {
    NewMemory {
        title: title.into(),
        details: details.into(),
        body: Body::Semantic {
            subject: "subject".into(),
            learned_from: "talk".into(),
        },
        tree_path: vec!["work".into()],
        tags: vec!["tag".into()],
        sources: sources
            .iter()
            .map(|(number, text)| Source {
                observation: ObservationId(id(*number)),
                span: Span::whole(text),
            })
            .collect(),
        trust: Trust::User,
        confidence: 0.5,
        valid_from: at(0),
    }
}

fn secret(title: &str, secret: &str) -> NewMemory {
    NewMemory {
        body: Body::Vault {
            entry_type: "password".into(),
            sensitivity: memory::Sensitivity::High,
            secret: secret.into(),
        },
        ..fact(title, "", &[])
    }
}

/// All bytes of all files below a folder, each file with its path.
fn files_below(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
