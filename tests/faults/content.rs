//! What is handed in: the same for the same number, so that it can be recognised afterwards.

use afterimage_domain::{
    Author, Body, Clean, Edit, FrameId, NewMemory, Observation, ObservationId, Origin, Painted,
    Pixels, Raw, Rect, Span, Timestamp, Trust,
};
use afterimage_mind::redact::Rules;
use afterimage_store::{
    Clocks, Entropy, Intake, NewFrame, Opened, PaintedPicture, PassphraseCost, Picture, Profile,
    Result, Tasks, Unlock, open,
};
use std::{path::Path, time::Duration};
use uuid::Uuid;
use zeroize::Zeroizing;

/// 2023-11-14, in milliseconds.
const START: i64 = 1_700_000_000_000;

/// The moment of a number.
pub fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(START).plus_seconds(number as i64)
}

/// The identity of a number.
pub fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, number | 1 << 63)
}

/// The words of a number, in length between a word and a page.
pub fn line_text(number: u64) -> String {
    let rest = "the quick brown fox jumps over the lazy dog ".repeat((number * 7 % 40) as usize);
    format!("marker{number} {rest}")
}

/// A line of an import.
pub fn line(number: u64) -> Intake {
    let origin = Origin::Import {
        thread: "faults".into(),
        source: "chat".into(),
        speaker: "Ann".into(),
    };
    intake(None, observation(number, origin, Trust::Client))
}

/// A frame with its text.
pub fn seen(number: u64) -> Intake {
    let origin = Origin::Screen {
        frame: FrameId(id(number)),
        app: "editor".into(),
        title: "a title".into(),
        url: None,
        bounds: Rect::new(0, 0, 100, 50),
    };
    intake(
        Some(frame(number)),
        observation(number, origin, Trust::Screen),
    )
}

fn intake(frame: Option<NewFrame>, observation: Observation) -> Intake {
    let clean = Raw::new(observation).clean(&Rules);
    let frame = frame.map(|frame| Raw::new(frame).clean(&Rules));
    Intake::new(frame, vec![clean], Tasks::ALL)
}

fn observation(number: u64, origin: Origin, trust: Trust) -> Observation {
    let text = line_text(number);
    Observation {
        id: ObservationId(id(number)),
        at: at(number),
        origin,
        words: Vec::new(),
        fresh: vec![Span::whole(&text)],
        text,
        trust,
        external_id: Some(format!("line-{number}")),
        redactions: 0,
    }
}

/// A picture's file with these bytes.
pub fn picture(bytes: Vec<u8>) -> Option<PaintedPicture> {
    let file = Picture {
        mime: "image/webp".into(),
        bytes,
    };
    let painted = Painted::over(Pixels::new(1, 1, vec![0; 4])?, &[]);
    let made = painted.into_made(|_| Ok::<_, std::convert::Infallible>(file));
    made.ok().map(Into::into)
}

/// The frame alone. The store does not look into pictures, so any bytes will do.
pub fn frame(number: u64) -> NewFrame {
    let picture = |bytes: u64| picture((0..bytes).map(|at| (at * 31 + number) as u8).collect());
    NewFrame {
        id: FrameId(id(number)),
        at: at(number),
        monitor: "main".into(),
        width: 100,
        height: 50,
        windows: Vec::new(),
        masks: Vec::new(),
        hash: number,
        thumbnail: picture(900),
        full: picture(3_000 + number * 997 % 9_000),
    }
}

/// A memory that the user typed.
pub fn memory(number: u64) -> Clean<Vec<Edit>> {
    let add = Edit::Add {
        memory: NewMemory {
            title: format!("memory {number}"),
            details: line_text(number),
            body: Body::Semantic {
                subject: "faults".into(),
                learned_from: "the user".into(),
            },
            tree_path: Vec::new(),
            tags: Vec::new(),
            sources: Vec::new(),
            trust: Trust::User,
            confidence: 1.0,
            valid_from: at(number),
        },
    };
    Raw::new(vec![add]).clean(&Rules)
}

/// Who asks for [`memory`].
pub const AUTHOR: Author = Author::User;

/// A key that everybody knows.
pub fn key() -> Unlock {
    Unlock::Ephemeral(Zeroizing::new([42; 32]))
}

pub const PASSPHRASE: &str = "correct horse battery staple";
/// Of the vault's file beside an archive.
pub const VAULT_PASSPHRASE: &str = "another for the vault";

/// A passphrase as cheap as the cipher allows: what is tried here is the disk and not the stretching.
pub fn passphrase() -> Unlock {
    Unlock::Passphrase {
        passphrase: PASSPHRASE.to_owned().into(),
        cost: PassphraseCost {
            memory_kib: 64,
            passes: 1,
            lanes: 1,
        },
    }
}

/// A new store.
pub fn create(home: &Path, unlock: &Unlock) -> Result<Opened> {
    let entropy = Entropy::system();
    open(Profile::create(home, unlock, &entropy)?, entropy)
}

/// The store that is there.
pub fn reopen(home: &Path, unlock: &Unlock) -> Result<Opened> {
    let entropy = Entropy::system();
    let clocks = Clocks {
        wall: at(0),
        boot: Uuid::nil(),
        since_boot: Duration::ZERO,
    };
    open(Profile::unlock(home, unlock, clocks, &entropy)?, entropy)
}

/// A folder that goes when it goes; in memory where that can be had, since what is tried does not depend on the disk's speed.
pub fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let mut folder = tempfile::Builder::new();
    folder.prefix("afterimage-faults-");
    match memory.is_dir() {
        true => folder.tempdir_in(memory),
        false => folder.tempdir(),
    }
}
