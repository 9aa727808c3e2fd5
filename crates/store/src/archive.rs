//! The portable archive: everything but the vault in one file that opens with a passphrase of its own, on any machine, with or without this
//! program.
//!
//! ```text
//! FILE       age v1, passphrase (scrypt), over a tar of
//!   manifest.json        format, version, schema, keys, row counts, tombstones; size and SHA-256 of each member below
//!   database             SQLCipher, under a key of its own that stands in the manifest; without the vault
//!   picture/<name>.b     the sealed pictures; their keys are rows of the database, wrapped with a key that stands in the manifest
//! VAULT FILE the same around
//!   manifest.json
//!   vault.json           the vault's entries with their secrets
//! ```
//! No key of the profile is in it but the one that names forgotten things, because the tombstones go on. Everything streams: what lies on the
//! disk on the way is as sealed as what lies in the profile.

mod locked;
mod portable;
mod read;
mod unpack;
mod write;

use crate::{
    error::{Result, StoreError},
    files,
    keys::Key,
    keyslots::{hex, unhex},
    table::census::Census,
};
use afterimage_domain::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use zeroize::ZeroizeOnDrop;

pub(crate) use read::clear_leftovers;
pub use read::{clear_half_read, read_archive};
pub(crate) use write::write;

/// A file of an archive and what locks it.
pub struct ArchiveFile {
    /// Where it lies or shall lie; absolute.
    pub path: PathBuf,
    /// Its own; at least [`crate::PASSPHRASE_FLOOR`] characters.
    pub passphrase: SecretString,
    /// What a guess costs when it is written: scrypt with N = 2 to this power. [`ARCHIVE_WORK`] but in tests.
    pub work: u8,
}

/// 256 MiB and about a second a guess.
pub const ARCHIVE_WORK: u8 = 18;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Of the file without the vault.
    pub bytes: u64,
    /// Memories in it.
    pub memories: u64,
    /// Pictures in it.
    pub pictures: u64,
    /// Entries of the vault in the second file; `None` without one.
    pub secrets: Option<u64>,
}

const FORMAT: &str = "afterimage/archive/1";
const VAULT_FORMAT: &str = "afterimage/vault/1";
const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "database";
const VAULT: &str = "vault.json";
const PICTURE: &str = "picture/";

/// What an archive says of itself, in front of everything else.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    /// Of the program that wrote it.
    version: String,
    /// Of the database.
    schema: u32,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keys: Option<Carried>,
    /// Rows, by table.
    #[serde(default)]
    counts: Census,
    /// Keyed hashes of what was forgotten.
    #[serde(default)]
    tombstones: Vec<Hex>,
    members: BTreeMap<String, Member>,
}

/// One file in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Member {
    bytes: u64,
    sha256: String,
}

/// Keys that travel with what they open.
#[derive(Clone, Serialize, Deserialize)]
struct Carried {
    /// SQLCipher's raw key.
    database: Hex,
    /// Wraps the keys of pictures.
    pictures: Hex,
    /// Names forgotten things.
    forgotten: Hex,
}

/// 32 bytes as text; wiped when dropped.
#[derive(Clone, Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
struct Hex(String);

impl Hex {
    fn of(bytes: &[u8; 32]) -> Self {
        Self(hex(bytes))
    }

    fn bytes(&self) -> Result<Key> {
        let bytes = unhex(&self.0).and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Key::new)
            .ok_or(StoreError::BadArchive("its manifest is not one"))
    }
}

impl Manifest {
    fn new(format: &str, at: Timestamp, members: BTreeMap<String, Member>) -> Self {
        Self {
            format: format.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            schema: crate::migrate::FORMAT,
            at,
            keys: None,
            counts: Census::new(),
            tombstones: Vec::new(),
            members,
        }
    }
}

/// The members that come out of an archive around `inside`, and where they would lie in `home`. For `tests/fuzz`.
#[cfg(fuzzing)]
pub(crate) fn given(home: &Path, inside: &[u8]) -> Result<Vec<(Vec<u8>, PathBuf)>> {
    use std::io::Write;
    let file = ArchiveFile {
        path: home.join("file.age"),
        passphrase: "cheap".into(),
        work: 1,
    };
    files::remove(&file.path)?;
    let mut locking = locked::create(&file.path, &file)?;
    locking.write_all(inside)?;
    locked::finish(locking)?;
    let mut members = Vec::new();
    unpack::unpack(&file.path, &file, FORMAT, &mut |_, name, content| {
        let place = place_of(home, name).ok_or(StoreError::NotFound("member"))?;
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        members.push((bytes, place));
        Ok(())
    })?;
    Ok(members)
}

/// What stands in an archive with a database and a picture of three bytes each. For `tests/fuzz`.
#[cfg(fuzzing)]
pub(crate) fn inside() -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let names = [DATABASE.to_owned(), format!("{PICTURE}{:032x}.b", 0xabc)];
    let member = Member {
        bytes: 3,
        sha256: hex(&Sha256::digest(b"abc")),
    };
    let members = names.iter().map(|name| (name.clone(), member.clone()));
    let manifest = Manifest::new(FORMAT, Timestamp::default(), members.collect());
    let manifest = serde_json::to_vec(&manifest).expect("a manifest");
    let mut tar = tar::Builder::new(Vec::new());
    let contents = names.iter().map(|name| (name.as_str(), &b"abc"[..]));
    for (name, content) in std::iter::once((MANIFEST, &manifest[..])).chain(contents) {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        let added = tar.append_data(&mut header, name, content);
        added.expect("memory takes it");
    }
    tar.into_inner().expect("memory takes it")
}

/// The name of the picture in a member's name, if it is one that we give.
fn picture_in(member: &str) -> Option<&str> {
    let name = member.strip_prefix(PICTURE)?.strip_suffix(".b")?;
    let is_ours = |sign: u8| sign.is_ascii_digit() || (b'a'..=b'f').contains(&sign);
    (name.len() == 32 && name.bytes().all(is_ours)).then_some(name)
}

/// Where a member of this name lies in a profile folder, or in one that becomes a profile.
fn place_of(home: &Path, member: &str) -> Option<PathBuf> {
    match picture_in(member) {
        Some(name) => Some(crate::pictures::path(&home.join("blob"), name)),
        None => (member == DATABASE).then(|| crate::profile::database(home)),
    }
}

/// Removes a folder and what is in it; one that is gone already is as good.
pub(crate) fn remove_tree(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => files::sync_folder(folder.parent().unwrap_or(Path::new("."))),
    }
}
