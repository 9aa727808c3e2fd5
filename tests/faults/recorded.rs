//! A record of what a program did to its files, and the disk as it may look after the power went at any moment of it.
//!
//! What was synced is there. Of what was not, any part may be: each write whole, not at all, or torn at sectors of 512 bytes; names in a
//! folder up to some moment, in order. This is what POSIX allows, which is more than common file systems do.

use crate::dice::Dice;
use anyhow::{Context, Result, bail};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

const SECTOR: u64 = 512;

/// One thing that was done.
pub enum Step {
    /// A file or, without a number, a folder was made.
    Made(PathBuf, Option<u64>),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf),
    FolderSynced(PathBuf),
    Wrote(u64, u64, Vec<u8>),
    /// Handed to the C library, which writes it later.
    Buffered(Vec<u8>),
    Cut(u64, u64),
    Synced(u64),
    /// The disk failed to keep what was written; the kernel thinks no more of it.
    NotSynced(u64),
    /// A line on standard output.
    Said(String),
}

/// Reads what `disk.c` wrote.
pub fn read(record: &Path) -> Result<Vec<Step>> {
    let bytes = fs::read(record).context("there is no record of the run")?;
    let mut rest = bytes.as_slice();
    let mut steps = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<25>() {
        let number = |at: usize| {
            head[at..at + 8]
                .try_into()
                .map(u64::from_ne_bytes)
                .unwrap_or_default()
        };
        let (file, place, length) = (number(1), number(9), number(17) as usize);
        let (content, after) = after
            .split_at_checked(length)
            .context("the record is cut")?;
        rest = after;
        steps.push(step(head[0], file, place, content)?);
    }
    Ok(steps)
}

fn step(kind: u8, file: u64, place: u64, content: &[u8]) -> Result<Step> {
    let text = String::from_utf8_lossy(content).into_owned();
    let path = || PathBuf::from(&text);
    Ok(match kind {
        b'C' => Step::Made(path(), Some(file)),
        b'M' => Step::Made(path(), None),
        b'U' => Step::Removed(path()),
        b'R' => match text.split_once('\0') {
            Some((from, to)) => Step::Renamed(from.into(), to.into()),
            None => bail!("a renaming without two names"),
        },
        b'D' => Step::FolderSynced(path()),
        b'W' => Step::Wrote(file, place, content.to_vec()),
        b'B' => Step::Buffered(content.to_vec()),
        b'T' => Step::Cut(file, place),
        b'S' => Step::Synced(file),
        b'E' => Step::NotSynced(file),
        b'A' => Step::Said(text),
        kind => bail!("a record of an unknown kind {kind}"),
    })
}

/// A disk as far as it is sure, and what is not sure.
#[derive(Default)]
pub struct Disk {
    names: BTreeMap<PathBuf, Option<usize>>,
    unsure: BTreeMap<PathBuf, Vec<Naming>>,
    files: Vec<File>,
    /// The newest file of each of the system's numbers, which are used again.
    numbers: HashMap<u64, usize>,
}

#[derive(Clone)]
enum Naming {
    Made(PathBuf, Option<usize>),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf),
}

#[derive(Default)]
struct File {
    sure: Vec<u8>,
    unsure: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Wrote(u64, Vec<u8>),
    Cut(u64),
}

/// How much of what is not sure is there.
#[derive(Clone, Copy, PartialEq)]
pub enum Luck {
    Nothing,
    Everything,
    Something,
}

impl Disk {
    /// One step further.
    pub fn apply(&mut self, step: &Step) {
        match step {
            Step::Made(path, number) => {
                let file = number.map(|number| self.new_file(number));
                self.naming(path, Naming::Made(path.clone(), file));
            }
            Step::Removed(path) => self.naming(path, Naming::Removed(path.clone())),
            Step::Renamed(from, to) => {
                self.naming(to, Naming::Renamed(from.clone(), to.clone()));
            }
            Step::FolderSynced(folder) => {
                for naming in self.unsure.remove(folder).unwrap_or_default() {
                    name(&mut self.names, naming);
                }
            }
            Step::Wrote(number, place, content) => {
                self.change(*number, Change::Wrote(*place, content.clone()));
            }
            Step::Cut(number, length) => self.change(*number, Change::Cut(*length)),
            Step::Synced(number) => {
                if let Some(file) = self.file(*number) {
                    let changes = std::mem::take(&mut file.unsure);
                    changes.iter().for_each(|change| file.sure.change(change));
                }
            }
            Step::NotSynced(number) => {
                if let Some(file) = self.file(*number) {
                    file.unsure.clear();
                }
            }
            Step::Said(_) | Step::Buffered(_) => {}
        }
    }

    /// Puts what may be there after a power cut into `home`; the record was made with the profile at `root`.
    pub fn restore(&self, root: &Path, home: &Path, luck: Luck, dice: &mut Dice) -> Result<()> {
        let mut names = self.names.clone();
        for namings in self.unsure.values() {
            let count = chosen(luck, namings.len() + 1, dice);
            namings
                .iter()
                .take(count)
                .cloned()
                .for_each(|naming| name(&mut names, naming));
        }
        for (path, file) in &names {
            let Ok(inside) = path.strip_prefix(root) else {
                continue;
            };
            let there = home.join(inside);
            // A folder that was lost takes what was in it along.
            if there.parent().is_some_and(|parent| !parent.is_dir()) {
                continue;
            }
            match file {
                None => fs::create_dir_all(&there)?,
                Some(file) => fs::write(&there, self.files[*file].maybe(luck, dice))?,
            }
        }
        Ok(())
    }

    fn new_file(&mut self, number: u64) -> usize {
        self.files.push(File::default());
        self.numbers.insert(number, self.files.len() - 1);
        self.files.len() - 1
    }

    fn naming(&mut self, path: &Path, naming: Naming) {
        let folder = path.parent().unwrap_or(path).to_owned();
        self.unsure.entry(folder).or_default().push(naming);
    }

    fn change(&mut self, number: u64, change: Change) {
        if let Some(file) = self.file(number) {
            file.unsure.push(change);
        }
    }

    fn file(&mut self, number: u64) -> Option<&mut File> {
        let at = *self.numbers.get(&number)?;
        self.files.get_mut(at)
    }
}

impl File {
    fn maybe(&self, luck: Luck, dice: &mut Dice) -> Vec<u8> {
        let mut content = self.sure.clone();
        for change in &self.unsure {
            match (luck, change) {
                (Luck::Nothing, _) => {}
                (Luck::Everything, change) => content.change(change),
                (Luck::Something, Change::Wrote(place, bytes)) => match dice.below(3) {
                    0 => {}
                    1 => content.change(change),
                    _ => torn(&mut content, *place, bytes, dice),
                },
                (Luck::Something, Change::Cut(_)) => {
                    if dice.once_in(2) {
                        content.change(change);
                    }
                }
            }
        }
        content
    }
}

/// A content that changes.
trait Content {
    fn change(&mut self, change: &Change);
}

impl Content for Vec<u8> {
    fn change(&mut self, change: &Change) {
        match change {
            Change::Cut(length) => self.resize(*length as usize, 0),
            Change::Wrote(place, bytes) => {
                let (start, end) = (*place as usize, *place as usize + bytes.len());
                if self.len() < end {
                    self.resize(end, 0);
                }
                self[start..end].copy_from_slice(bytes);
            }
        }
    }
}

/// Some of the sectors of a write.
fn torn(content: &mut Vec<u8>, place: u64, bytes: &[u8], dice: &mut Dice) {
    let end = place + bytes.len() as u64;
    let mut from = place;
    while from < end {
        let to = ((from / SECTOR + 1) * SECTOR).min(end);
        if dice.once_in(2) {
            let part = &bytes[(from - place) as usize..(to - place) as usize];
            content.change(&Change::Wrote(from, part.to_vec()));
        }
        from = to;
    }
}

fn name(names: &mut BTreeMap<PathBuf, Option<usize>>, naming: Naming) {
    match naming {
        Naming::Made(path, file) => _ = names.insert(path, file),
        Naming::Removed(path) => _ = names.remove(&path),
        Naming::Renamed(from, to) => {
            if let Some(file) = names.remove(&from) {
                names.insert(to, file);
            }
        }
    }
}

fn chosen(luck: Luck, most: usize, dice: &mut Dice) -> usize {
    match luck {
        Luck::Nothing => 0,
        Luck::Everything => most,
        Luck::Something => dice.below(most as u64) as usize,
    }
}
