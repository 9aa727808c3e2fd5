//! Going through an archive: only what its manifest names, each once, each as it was when it was written. Nothing in it chooses a path.

use super::{
    ArchiveFile, DATABASE, FORMAT, MANIFEST, Manifest, Member, VAULT, VAULT_FORMAT, locked,
    picture_in,
};
use crate::{
    error::{Result, StoreError},
    keyslots::hex,
    migrate,
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    io::{self, Read},
    path::Path,
};
use tar::{Archive, Entry, EntryType};
use zeroize::Zeroizing;

/// The largest manifest that is read: a million pictures and as many forgotten things.
const LARGEST_MANIFEST: u64 = 256 << 20;
/// What may follow the tar's end: zeros, up to its block size and some.
const LONGEST_END: u64 = 1 << 20;

/// Takes in one member: its name and its content, which is checked when it has been read to the end.
pub(super) type Keep<'k> = dyn FnMut(&Manifest, &str, &mut dyn Read) -> Result<()> + 'k;

/// Hands each member of the archive at `path` to `keep`. An error means that what was kept is not to be believed.
pub(super) fn unpack(
    path: &Path,
    file: &ArchiveFile,
    format: &str,
    keep: &mut Keep<'_>,
) -> Result<Manifest> {
    let mut archive = Archive::new(locked::open(path, file)?);
    // Raw: no extension that would name or size a member otherwise is understood.
    let mut entries = archive.entries().map_err(damaged)?.raw(true);
    let first = entries.next().ok_or(EMPTY)?.map_err(damaged)?;
    let manifest = manifest(first, format)?;
    let mut left: BTreeSet<&str> = manifest.members.keys().map(String::as_str).collect();
    for entry in entries {
        let mut entry = entry.map_err(damaged)?;
        let name = name_of(&entry)?;
        let member = manifest.members.get(&name).filter(|_| left.remove(&*name));
        let member = member.ok_or(StoreError::BadArchive(
            "it holds what its manifest does not name, or something twice",
        ))?;
        take(&manifest, &name, member, &mut entry, keep)?;
    }
    if !left.is_empty() {
        return Err(StoreError::BadArchive("it lacks what its manifest names"));
    }
    end(archive.into_inner())?;
    Ok(manifest)
}

/// Reads all of it and keeps nothing.
pub(super) fn verify(path: &Path, file: &ArchiveFile, format: &str) -> Result<Manifest> {
    unpack(path, file, format, &mut |_, _, content| {
        io::copy(content, &mut io::sink())?;
        Ok(())
    })
}

const EMPTY: StoreError = StoreError::BadArchive("it is empty");

fn manifest(entry: Entry<'_, locked::Unlocking>, format: &str) -> Result<Manifest> {
    if name_of(&entry)? != MANIFEST {
        return Err(StoreError::BadArchive("its manifest is not in front"));
    }
    if entry.size() > LARGEST_MANIFEST {
        return Err(StoreError::BadArchive("its manifest is too large"));
    }
    let mut text = Zeroizing::new(Vec::new());
    entry
        .take(LARGEST_MANIFEST)
        .read_to_end(&mut text)
        .map_err(damaged)?;
    vet_format(&text, format)?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| StoreError::BadArchive(NOT_A_MANIFEST))?;
    let is_ours = |name: &String| match format {
        FORMAT => name == DATABASE || picture_in(name).is_some(),
        _ => name == VAULT,
    };
    let must = match format {
        FORMAT => DATABASE,
        _ => VAULT,
    };
    let names = manifest.members.keys();
    match names.into_iter().all(is_ours) && manifest.members.contains_key(must) {
        true => Ok(manifest),
        false => Err(StoreError::BadArchive("it holds what no archive holds")),
    }
}

const NOT_A_MANIFEST: &str = "its manifest is not one";

/// Says what it is before the rest of it is believed: a later one may have another shape.
fn vet_format(text: &[u8], format: &str) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: String,
        schema: u32,
    }
    let head: Head =
        serde_json::from_slice(text).map_err(|_| StoreError::BadArchive(NOT_A_MANIFEST))?;
    let family = format.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let later = head.format.strip_prefix(family).map(str::parse::<u32>);
    match later {
        _ if head.format == format && head.schema <= migrate::FORMAT => Ok(()),
        _ if head.format == format => Err(StoreError::NewerDatabase {
            found: head.schema,
            known: migrate::FORMAT,
        }),
        Some(Ok(_)) => Err(StoreError::NewerArchive),
        _ if [FORMAT, VAULT_FORMAT].contains(&head.format.as_str()) => Err(StoreError::BadArchive(
            "it is the other of the two files: one has the memories, one the vault",
        )),
        _ => Err(StoreError::BadArchive("it is no archive of Afterimage")),
    }
}

/// Only plain files: a link, a folder, a device or an extension is nothing we write.
fn name_of<R: Read>(entry: &Entry<'_, R>) -> Result<String> {
    let header = entry.header();
    if header.entry_type() != EntryType::Regular {
        return Err(StoreError::BadArchive("it holds something but plain files"));
    }
    String::from_utf8(header.path_bytes().into_owned())
        .map_err(|_| StoreError::BadArchive("it holds what no archive holds"))
}

fn take(
    manifest: &Manifest,
    name: &str,
    member: &Member,
    entry: &mut Entry<'_, locked::Unlocking>,
    keep: &mut Keep<'_>,
) -> Result<()> {
    let differs = StoreError::BadArchive("it holds something else than its manifest says");
    if entry.size() != member.bytes {
        return Err(differs);
    }
    let mut content = Checked::new(entry);
    let kept = keep(manifest, name, &mut content);
    if let Some(error) = content.failed.take() {
        return Err(error);
    }
    kept?;
    match content.is(member) {
        true => Ok(()),
        false => Err(differs),
    }
}

/// Nothing but zeros may follow, and the end of the file must be its end: otherwise it was cut or something was hung on.
fn end(mut rest: locked::Unlocking) -> Result<()> {
    let mut block = [0; 4096];
    let mut read = 0;
    loop {
        match rest.read(&mut block).map_err(damaged)? {
            0 => return Ok(()),
            length => {
                read += length as u64;
                let is_zero = block[..length].iter().all(|byte| *byte == 0);
                if !is_zero || read > LONGEST_END {
                    return Err(StoreError::BadArchive("something follows its end"));
                }
            }
        }
    }
}

/// What the system does not explain is the file's own fault.
fn damaged(error: io::Error) -> StoreError {
    match error.raw_os_error() {
        Some(_) => error.into(),
        None => StoreError::BadArchive("it is damaged or cut off"),
    }
}

/// Counts and hashes what is read through it, and tells a failure to read from one of whoever reads.
struct Checked<R> {
    inner: R,
    bytes: u64,
    hash: Sha256,
    failed: Option<StoreError>,
}

impl<R: Read> Checked<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            bytes: 0,
            hash: Sha256::new(),
            failed: None,
        }
    }

    fn is(self, member: &Member) -> bool {
        self.bytes == member.bytes && hex(&self.hash.finalize()) == member.sha256
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out) {
            Ok(length) => {
                self.bytes += length as u64;
                self.hash.update(&out[..length]);
                Ok(length)
            }
            Err(error) => {
                let kind = error.kind();
                if kind != io::ErrorKind::Interrupted {
                    self.failed = Some(damaged(error));
                }
                Err(kind.into())
            }
        }
    }
}
