//! What was promised, and whether a store keeps it.
//!
//! The child under a fault says on standard output, one line each, what it begins and what it was told is done. Whatever was told done
//! before the fault must be there after it, and what was forgotten must not.

use crate::content::{frame, id, line_text};
use afterimage_domain::{FrameId, MemoryId, ObservationId, Timestamp};
use afterimage_store::{JobKind, Opened, PictureSize, ReadTxn};
use std::collections::{BTreeMap, BTreeSet};

/// What was said.
#[derive(Clone, Default)]
pub struct Ledger {
    /// Begun, by number; it may be there or not.
    pub begun: BTreeMap<u64, Kind>,
    /// Acknowledged.
    pub kept: BTreeSet<u64>,
    /// Forgetting it was asked for.
    pub forgetting: BTreeSet<u64>,
    /// Forgetting it was acknowledged.
    pub forgotten: BTreeSet<u64>,
    /// Memories acknowledged.
    pub memories: BTreeSet<MemoryId>,
    /// Failures that were told.
    pub told: u64,
}

/// What a number stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Line,
    Frame,
}

/// How a promise was broken, by what.
#[derive(Default, Debug)]
pub struct Broken {
    pub lost: Vec<String>,
    pub doubled: Vec<String>,
    pub silent: Vec<String>,
}

impl Ledger {
    /// Takes in one line of what a child said; lines of others are passed over.
    pub fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = words.get(1).and_then(|word| word.parse().ok());
        match (words.first().copied(), number) {
            (Some("line"), Some(number)) => _ = self.begun.insert(number, Kind::Line),
            (Some("frame"), Some(number)) => _ = self.begun.insert(number, Kind::Frame),
            (Some("kept"), Some(number)) => _ = self.kept.insert(number),
            (Some("forgetting"), Some(number)) => _ = self.forgetting.insert(number),
            (Some("forgotten"), Some(number)) => _ = self.forgotten.insert(number),
            (Some("memory"), _) => {
                self.memories
                    .extend(words.get(1).and_then(|word| word.parse::<MemoryId>().ok()));
            }
            (Some("failed"), _) => self.told += 1,
            _ => {}
        }
    }

    /// How much was acknowledged.
    pub fn acknowledged(&self) -> u64 {
        (self.kept.len() + self.memories.len() + self.forgotten.len()) as u64
    }

    /// Compares an opened store with what was said.
    pub fn compare(&self, opened: &Opened) -> Broken {
        let mut broken = Broken::default();
        let view = match opened.readers.begin() {
            Ok(view) => view,
            Err(error) => {
                broken.lost.push(format!("cannot be read: {error}"));
                return broken;
            }
        };
        let mut there = 0;
        for (number, kind) in &self.begun {
            let (is_there, how) = self.look(&view, *number, *kind);
            there += u32::from(is_there);
            match how {
                Some(how) if self.forgotten.contains(number) => broken.silent.push(how),
                how => broken.lost.extend(how),
            }
        }
        for memory in &self.memories {
            if !matches!(view.memory(*memory), Ok(Some(_))) {
                broken.lost.push(format!("memory {memory}"));
            }
        }
        broken.doubled.extend(doubled(&view, there));
        broken
    }

    /// Whether it is there, and how that breaks a promise.
    fn look(&self, view: &ReadTxn<'_>, number: u64, kind: Kind) -> (bool, Option<String>) {
        let must = self.kept.contains(&number) && !self.forgetting.contains(&number);
        let found = match view.observation(ObservationId(id(number))) {
            Err(error) => return (false, Some(format!("{number}: {error}"))),
            Ok(None) => return (false, must.then(|| format!("{number} is gone"))),
            Ok(Some(found)) => found,
        };
        let picture = || {
            let picture = view.picture(FrameId(id(number)), PictureSize::Full);
            picture.ok().flatten().map(|picture| picture.bytes)
        };
        let how = if self.forgotten.contains(&number) {
            Some(format!("{number} was forgotten and is there"))
        } else if found.text != line_text(number) {
            Some(format!("{number} says something else"))
        } else if kind == Kind::Frame
            && picture() != frame(number).full.map(|full| full.bytes.clone())
        {
            Some(format!("the picture of {number} is gone"))
        } else {
            None
        };
        (true, how)
    }
}

/// Each thing once, and its thinking queued once.
fn doubled(view: &ReadTxn<'_>, there: u32) -> Vec<String> {
    let counted = view
        .counts(Timestamp::default())
        .map(|counts| counts.observations);
    let queued = view.backlog(JobKind::Absorb).map(|backlog| backlog.docs);
    match (counted, queued) {
        (Ok(counted), Ok(queued)) if counted == there && queued == there => vec![],
        (counted, queued) => {
            vec![format!(
                "{there} there, {counted:?} counted, {queued:?} queued"
            )]
        }
    }
}
