//! The key file on the disk: the file, its copy beside it, and another in the system keychain.
//!
//! `check` tells damage from a wrong passphrase; anybody can compute it. `mac` covers the whole of the file under a sub-key of the master
//! key, so that a way that was added, taken away or altered by somebody without the key is noticed as soon as one opens. `generation`
//! rises with every change, so that an older file that is put back is noticed by the database, which remembers the newest it saw.

use super::{FORMAT, FORMATS, Keyslots, hex, unhex};
use crate::{
    error::{Result, StoreError},
    files, keychain,
    keys::{self, Key},
    profile,
    types::Warning,
};
use sha2::{Digest, Sha256};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// What the smallest keychain takes for one entry, in bytes.
const MOST_IN_KEYCHAIN: usize = 2_560;

/// Where the ways of opening were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The key file.
    File,
    /// The copy beside it: the file is missing or damaged.
    Copy,
    /// The keychain: both are.
    Keychain,
}

impl Keyslots {
    /// Reads the file; the copy beside it when the file is damaged; the one in the keychain when both are. `None` when there is none.
    pub fn read(home: &Path) -> Result<Option<Self>> {
        Ok(Self::find(home)?.map(|(slots, _)| slots))
    }

    /// The same, and where they were found.
    pub fn find(home: &Path) -> Result<Option<(Self, Source)>> {
        let texts = [path(home), copy(home)].map(std::fs::read_to_string);
        for (text, source) in texts.iter().zip([Source::File, Source::Copy]) {
            if let Some(slots) = text.as_ref().ok().and_then(|text| Self::parse(text)) {
                return Ok(Some((slots, source)));
            }
        }
        let is_gone = texts
            .iter()
            .all(|text| matches!(text, Err(error) if error.kind() == ErrorKind::NotFound));
        // Without a database there was never a profile here.
        if is_gone && !profile::has_database(home) {
            return Ok(None);
        }
        match keychain::copy_of(home).and_then(|text| Self::parse(&text)) {
            Some(slots) => Ok(Some((slots, Source::Keychain))),
            None if is_gone => Ok(None),
            None => Err(StoreError::CorruptKeyslots),
        }
    }

    /// The other of file and copy, where somebody altered one of the two: after a crash between them their generations differ.
    pub fn twin(&self, home: &Path) -> Option<Self> {
        self.others(home)
            .find(|other| other.generation == self.generation)
    }

    /// What else lies there of this profile.
    fn others(&self, home: &Path) -> impl Iterator<Item = Self> {
        let texts = [path(home), copy(home)].map(std::fs::read_to_string);
        let found = texts
            .into_iter()
            .flatten()
            .filter_map(|text| Self::parse(&text));
        found.filter(|other| other.profile == self.profile && other.check != self.check)
    }

    /// Writes a change down: the file, then the copy. Each is old or new as a whole after a crash, and one of the two is always whole. The
    /// copy is replaced too, so that a passphrase that was changed opens nothing any more.
    pub fn write(&mut self, home: &Path, master: &Key) -> Result<()> {
        self.format = FORMAT.into();
        self.generation += 1;
        self.mac = hex(&keys::fingerprint(
            &self.mac_key(master),
            "",
            self.header().as_bytes(),
        ));
        self.check = self.checksum();
        self.put_down(home)
    }

    /// Looks whether the file is as somebody with the key left it, and makes file and copy the same again: a crash between the two, damage,
    /// or somebody without the key leaves them different. What was found wrong.
    pub fn mend(&mut self, home: &Path, source: Source, master: &Key) -> Result<Option<Warning>> {
        let mut found = match source {
            Source::File => None,
            Source::Copy | Source::Keychain => Some(Warning::KeyFileMended),
        };
        let is_vouched = |slots: &Self| slots.vouched(master) == Some(true);
        let whole = self
            .others(home)
            .find(|other| is_vouched(other) && other.generation >= self.generation);
        if self.vouched(master) == Some(false) || self.twin(home).is_some() {
            found = Some(Warning::KeyFileAltered);
        }
        if let (false, Some(whole)) = (is_vouched(self), whole) {
            found = Some(Warning::KeyFileAltered);
            *self = whole;
        }
        let texts = [path(home), copy(home)].map(std::fs::read_to_string);
        let told: Vec<_> = texts
            .iter()
            .flatten()
            .map(|text| Self::parse(text))
            .collect();
        let is_same = told.len() == 2
            && told
                .iter()
                .flatten()
                .filter(|slots| slots.check == self.check)
                .count()
                == 2;
        match is_same {
            true => Ok(found),
            false => self.put_down(home).map(|()| found),
        }
    }

    /// Keeps the file in the keychain too, where there is one that does not have it; whether it does now. Too long a file is not kept.
    pub fn keep_copy(home: &Path) -> Result<bool> {
        let text = std::fs::read_to_string(path(home))?;
        if text.len() > MOST_IN_KEYCHAIN || Self::parse(&text).is_none() {
            return Ok(false);
        }
        if keychain::copy_of(home).as_deref() != Some(text.as_str()) {
            keychain::put_copy(home, &text)?;
        }
        Ok(true)
    }

    /// Whether somebody with the master key wrote all of this; `None` in a file from before that was said.
    pub fn vouched(&self, master: &Key) -> Option<bool> {
        if self.format == FORMATS[0] {
            return None;
        }
        let mac = unhex(&self.mac).unwrap_or_default();
        let key = self.mac_key(master);
        Some(keys::is_fingerprint(
            &key,
            "",
            self.header().as_bytes(),
            &mac,
        ))
    }

    /// Puts down what somebody without the key can make, in the file and, with `both`, in its copy.
    #[cfg(test)]
    pub fn forge(mut self, home: &Path, both: bool) {
        self.check = self.checksum();
        let text = serde_json::to_vec_pretty(&self).unwrap();
        std::fs::write(path(home), &text).unwrap();
        if both {
            std::fs::write(copy(home), &text).unwrap();
        }
    }

    /// The file that `text` says, as somebody without the key can make it: with its checksum put right.
    #[cfg(fuzzing)]
    pub fn forged(text: &str) -> Option<Self> {
        let mut slots: Self = serde_json::from_str(text).ok()?;
        slots.check = slots.checksum();
        Self::parse(&serde_json::to_string(&slots).ok()?)
    }

    /// Everything that vouching covers.
    #[cfg(fuzzing)]
    pub fn covered(&self) -> String {
        self.header()
    }

    fn put_down(&self, home: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        files::replace(&path(home), &text)?;
        files::replace(&copy(home), &text)
    }

    fn parse(text: &str) -> Option<Self> {
        let slots: Self = serde_json::from_str(text).ok()?;
        let is_known = FORMATS.contains(&slots.format.as_str());
        (is_known && slots.check == slots.checksum()).then_some(slots)
    }

    fn mac_key(&self, master: &Key) -> Key {
        keys::derive(master.as_slice(), self.profile, "afterimage/v1/keyslots")
    }

    /// All of the file but what vouches for it.
    fn header(&self) -> String {
        let slots = serde_json::to_string(&self.slots).unwrap_or_default();
        match self.format == FORMATS[0] {
            true => format!("{}\n{}\n{slots}", self.format, self.profile),
            false => format!(
                "{}\n{}\n{}\n{slots}",
                self.format, self.profile, self.generation
            ),
        }
    }

    fn checksum(&self) -> String {
        let mut digest = Sha256::new_with_prefix(self.header());
        digest.update(&self.mac);
        hex(&digest.finalize())
    }
}

fn path(home: &Path) -> PathBuf {
    home.join("keyslots.json")
}

fn copy(home: &Path) -> PathBuf {
    home.join("keyslots.prev.json")
}
