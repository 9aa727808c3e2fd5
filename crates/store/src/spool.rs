//! The encrypted waiting room of intakes: what is in it survives a power cut, whether or not the database has it yet.
//!
//! An intake's file goes only when its rows stand in the main file of the database: SQLite silently drops everything behind a damaged
//! spot in its log.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keys::{self, Key},
    types::{Intake, NewFrame, PaintedPicture, Picture, Tasks},
};
use afterimage_domain::{FrameId, Observation, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// The waiting room. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Spool(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    key: Key,
    state: Mutex<State>,
}

struct State {
    next: u64,
    entropy: Entropy,
    /// In the spool and handed to the writer already; the files go after the next checkpoint.
    recorded: BTreeSet<u64>,
}

/// An intake that is in the spool: acknowledged. Hand it to [`crate::Writer::record_spooled`].
pub struct Spooled {
    pub(crate) number: u64,
    pub(crate) intake: Intake,
}

impl Spooled {
    /// What was spooled.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }
}

/// What was found in the spool.
pub(crate) struct Found {
    /// Whole intakes, oldest first.
    pub whole: Vec<Spooled>,
    /// Files that do not open.
    pub damaged: u32,
}

impl Spool {
    /// The spool of a profile. Half-written files, never acknowledged, are removed.
    pub(crate) fn open(folder: PathBuf, key: Key, entropy: Entropy) -> Result<Self> {
        for entry in fs::read_dir(&folder)?.flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "part")
            {
                files::remove(&entry.path())?;
            }
        }
        let next = numbers(&folder)?.last().map_or(0, |last| last + 1);
        let state = State {
            next,
            entropy,
            recorded: BTreeSet::new(),
        };
        Ok(Self(Arc::new(Inner {
            folder,
            key,
            state: Mutex::new(state),
        })))
    }

    /// Seals an intake into a file of its own. When it returns, the intake survives a power cut: it is stored at the next start at the latest.
    pub fn put(&self, intake: Intake) -> Result<Spooled> {
        let (number, nonce) = {
            let mut state = self.lock();
            state.next += 1;
            (state.next - 1, state.entropy.draw())
        };
        let sealed = keys::seal(
            &self.0.key,
            nonce,
            about(number).as_bytes(),
            &to_bytes(&intake)?,
        );
        files::replace(&self.path(number), &sealed)?;
        Ok(Spooled { number, intake })
    }

    /// Hands the bytes of every file that opens to `take`.
    #[cfg(any(test, feature = "audit"))]
    pub(crate) fn opened(
        folder: &Path,
        key: &Key,
        take: &mut dyn FnMut(&str, &[u8]),
    ) -> Result<()> {
        for number in numbers(folder)? {
            let sealed = fs::read(folder.join(format!("{number:020}.s")))?;
            if let Some(plain) = keys::unseal(key, about(number).as_bytes(), &sealed) {
                take(&format!("spool {number}"), &plain);
            }
        }
        Ok(())
    }

    /// Bytes waiting.
    pub fn bytes(&self) -> u64 {
        files::bytes_in(&self.0.folder)
    }

    /// Everything in the spool that the writer has not recorded in this run.
    pub(crate) fn unrecorded(&self) -> Result<Found> {
        let recorded = self.lock().recorded.clone();
        let mut found = Found {
            whole: Vec::new(),
            damaged: 0,
        };
        for number in numbers(&self.0.folder)? {
            if recorded.contains(&number) {
                continue;
            }
            let sealed = match fs::read(self.path(number)) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                read => read?,
            };
            match keys::unseal(&self.0.key, about(number).as_bytes(), &sealed)
                .and_then(|plain| from_bytes(&plain))
            {
                Some(intake) => found.whole.push(Spooled { number, intake }),
                None => {
                    found.damaged += 1;
                    let path = self.path(number);
                    fs::rename(&path, path.with_extension("damaged"))?;
                }
            }
        }
        Ok(found)
    }

    /// Notes that an intake's rows are committed.
    pub(crate) fn mark_recorded(&self, number: u64) {
        self.lock().recorded.insert(number);
    }

    /// The committed intakes, for [`Spool::remove`] after a checkpoint.
    pub(crate) fn recorded(&self) -> BTreeSet<u64> {
        self.lock().recorded.clone()
    }

    /// Removes intakes whose rows stand in the main file.
    pub(crate) fn remove(&self, numbers: &BTreeSet<u64>) -> Result<()> {
        for number in numbers {
            files::remove(&self.path(*number))?;
            self.lock().recorded.remove(number);
        }
        Ok(())
    }

    /// Removes the files that were set aside because they do not open.
    pub(crate) fn remove_damaged(&self) -> Result<()> {
        for entry in fs::read_dir(&self.0.folder)?.flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "damaged")
            {
                files::remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.folder.join(format!("{number:020}.s"))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|held| held.into_inner())
    }
}

fn about(number: u64) -> String {
    format!("afterimage/spool/1|{number}")
}

/// Numbers of the whole files, in order.
fn numbers(folder: &Path) -> Result<BTreeSet<u64>> {
    let paths = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "s"))
        .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
        .collect())
}

/// An intake without its pictures' bytes, which follow it raw: they would be four times as long in JSON.
#[derive(Serialize, Deserialize)]
struct Record {
    frame: Option<FrameRecord>,
    observations: Vec<Observation>,
    embed: bool,
    absorb: bool,
}

#[derive(Serialize, Deserialize)]
struct FrameRecord {
    id: FrameId,
    at: Timestamp,
    monitor: String,
    width: u32,
    height: u32,
    windows: Vec<afterimage_domain::Window>,
    masks: Vec<afterimage_domain::frame::Mask>,
    hash: u64,
    thumbnail: Option<PictureRecord>,
    full: Option<PictureRecord>,
}

#[derive(Serialize, Deserialize)]
struct PictureRecord {
    mime: String,
    bytes: usize,
}

fn to_bytes(intake: &Intake) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    let picture = |picture: &Option<PaintedPicture>| {
        picture.as_ref().map(|picture| PictureRecord {
            mime: picture.mime.clone(),
            bytes: picture.bytes.len(),
        })
    };
    let record = Record {
        frame: intake.frame.as_ref().map(|frame| FrameRecord {
            id: frame.id,
            at: frame.at,
            monitor: frame.monitor.clone(),
            width: frame.width,
            height: frame.height,
            windows: frame.windows.clone(),
            masks: frame.masks.clone(),
            hash: frame.hash,
            thumbnail: picture(&frame.thumbnail),
            full: picture(&frame.full),
        }),
        observations: intake.observations.clone(),
        embed: intake.tasks.embed,
        absorb: intake.tasks.absorb,
    };
    let json = serde_json::to_vec(&record).map_err(|_| StoreError::Internal {
        what: "spool",
        code: 0,
    })?;
    let mut bytes = zeroize::Zeroizing::new((json.len() as u64).to_le_bytes().to_vec());
    bytes.extend(json);
    if let Some(frame) = &intake.frame {
        for picture in frame.thumbnail.iter().chain(&frame.full) {
            bytes.extend(&picture.bytes);
        }
    }
    Ok(bytes)
}

/// A record read and written again, under a name for `tests/fuzz`.
#[cfg(fuzzing)]
pub(crate) fn reread(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(to_bytes(&from_bytes(bytes)?).ok()?.to_vec())
}

fn from_bytes(bytes: &[u8]) -> Option<Intake> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (json, mut rest) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)?;
    let record: Record = serde_json::from_slice(json).ok()?;
    let frame = match record.frame {
        None => None,
        Some(frame) => Some(NewFrame {
            id: frame.id,
            at: frame.at,
            monitor: frame.monitor,
            width: frame.width,
            height: frame.height,
            windows: frame.windows,
            masks: frame.masks,
            hash: frame.hash,
            thumbnail: take_picture(&mut rest, frame.thumbnail)?,
            full: take_picture(&mut rest, frame.full)?,
        }),
    };
    Some(Intake {
        frame,
        observations: record.observations,
        tasks: Tasks {
            embed: record.embed,
            absorb: record.absorb,
        },
    })
}

/// The next picture of `rest`; the outer `None` when the bytes are too few.
fn take_picture(rest: &mut &[u8], record: Option<PictureRecord>) -> Option<Option<PaintedPicture>> {
    let Some(record) = record else {
        return Some(None);
    };
    let (bytes, after) = rest.split_at_checked(record.bytes)?;
    *rest = after;
    // It was painted before it was sealed.
    Some(Some(PaintedPicture(Picture {
        mime: record.mime,
        bytes: bytes.to_vec(),
    })))
}
