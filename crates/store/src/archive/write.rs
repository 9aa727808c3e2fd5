//! Writing an archive: first under another name, then read back from end to end, then under its own.

use super::{
    ArchiveFile, Archived, DATABASE, FORMAT, MANIFEST, Manifest, Member, PICTURE, VAULT,
    VAULT_FORMAT, locked, portable, remove_tree, unpack,
};
use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    files,
    keyslots::hex,
    open::{Access, connect},
    pictures,
    profile::database,
    store::Shared,
    table::{meta, vault_item},
};
use afterimage_domain::Timestamp;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use tar::{Builder, EntryType, Header};
use zeroize::Zeroizing;

/// Where copies lie while they are written, in the profile folder.
pub(crate) const WORKSHOP: &str = "archive";

/// Writes everything but the vault to `to`, and the vault to a file of its own if one is named. Both are new files.
/// [`StoreError::VaultClosed`] when the vault is asked for and closed; [`StoreError::ForgottenMeanwhile`] when the archive would hold what
/// was forgotten while it was written.
pub(crate) fn write(
    shared: &Shared,
    to: &ArchiveFile,
    vault: Option<&ArchiveFile>,
    at: Timestamp,
    entropy: &Entropy,
) -> Result<Archived> {
    vet(to, vault)?;
    if vault.is_some() && !shared.vault.is_open() {
        return Err(StoreError::VaultClosed);
    }
    let workshop = shared.home.join(WORKSHOP);
    let workshop = workshop.join(hex(&entropy.draw::<8>()));
    files::private_folder(&workshop)?;
    let parts = [Some(to), vault].map(|file| file.map(|file| part(&file.path)));
    let written = write_parts(shared, &workshop, to, vault, at, entropy);
    let written = written.and_then(|written| publish(to, vault).map(|()| written));
    if written.is_err() {
        for part in parts.into_iter().flatten() {
            let _ = files::remove(&part);
        }
    }
    remove_tree(&workshop)?;
    written
}

/// What cannot become an archive is refused before any work.
fn vet(to: &ArchiveFile, vault: Option<&ArchiveFile>) -> Result<()> {
    for file in [Some(to), vault].into_iter().flatten() {
        locked::vet(file)?;
        if !file.path.is_absolute() || file.path.file_name().is_none() {
            return Err(StoreError::Refused(
                "an archive needs a whole path, beginning at the root",
            ));
        }
        if fs::symlink_metadata(&file.path).is_ok() {
            return Err(StoreError::Refused(
                "there is something of that name already; name another file",
            ));
        }
    }
    let Some(vault) = vault else {
        return Ok(());
    };
    if vault.path == to.path {
        return Err(StoreError::Refused("the vault goes into a file of its own"));
    }
    if vault.passphrase.expose_secret() == to.passphrase.expose_secret() {
        return Err(StoreError::Refused(
            "the vault's file takes a passphrase of its own",
        ));
    }
    Ok(())
}

fn write_parts(
    shared: &Shared,
    workshop: &Path,
    to: &ArchiveFile,
    vault: Option<&ArchiveFile>,
    at: Timestamp,
    entropy: &Entropy,
) -> Result<Archived> {
    // First, because the vault closes by itself.
    let secrets = vault
        .map(|vault| write_vault(shared, vault, at))
        .transpose()?;
    let copy = workshop.join(DATABASE);
    let portable = portable::make(&database(&shared.home), &copy, &shared.keys, entropy)?;
    let mut sources = BTreeMap::from([(DATABASE.to_owned(), copy)]);
    for name in &portable.pictures {
        let link = workshop.join(name);
        // One whose file is gone has no picture in the profile either.
        if pictures::share(&shared.pictures(), name, &link)? {
            sources.insert(format!("{PICTURE}{name}.b"), link);
        }
    }
    let members = sources.iter().map(|(name, path)| {
        let source = File::open(path)?;
        Ok((name.clone(), measured(source)?))
    });
    let members: BTreeMap<String, Member> = members.collect::<Result<_>>()?;
    let manifest = Manifest {
        keys: Some(portable.keys),
        counts: portable.counts,
        tombstones: portable.tombstones,
        ..Manifest::new(FORMAT, at, members)
    };
    let text = Zeroizing::new(serde_json::to_vec(&manifest)?);
    let path = part(&to.path);
    let mut builder = begin(&path, to, &text)?;
    for (name, source) in &sources {
        append(
            &mut builder,
            name,
            manifest.members[name].bytes,
            File::open(source)?,
        )?;
    }
    finish(builder)?;
    check(&path, to, FORMAT, &manifest)?;
    let connection = connect(&database(&shared.home), &shared.keys.db, Access::Read)?;
    if meta::get(&connection, meta::INDEX_GENERATION)? != portable.generation {
        return Err(StoreError::ForgottenMeanwhile);
    }
    Ok(Archived {
        bytes: fs::metadata(&path)?.len(),
        memories: manifest.counts.get("memory").copied().unwrap_or(0),
        pictures: manifest.members.len() as u64 - 1,
        secrets,
    })
}

/// The vault's entries, which are in the clear nowhere but in memory and inside what is locked.
fn write_vault(shared: &Shared, to: &ArchiveFile, at: Timestamp) -> Result<u64> {
    let connection = connect(&database(&shared.home), &shared.keys.db, Access::Read)?;
    let items = vault_item::all(&connection, &shared.vault)?;
    let content = Zeroizing::new(serde_json::to_vec(&items)?);
    let members = BTreeMap::from([(VAULT.to_owned(), measured(content.as_slice())?)]);
    let manifest = Manifest::new(VAULT_FORMAT, at, members);
    let path = part(&to.path);
    let mut builder = begin(&path, to, &serde_json::to_vec(&manifest)?)?;
    append(
        &mut builder,
        VAULT,
        content.len() as u64,
        content.as_slice(),
    )?;
    finish(builder)?;
    check(&path, to, VAULT_FORMAT, &manifest)?;
    Ok(items.len() as u64)
}

/// Gives both files their names. They are new: what is there already is never replaced.
fn publish(to: &ArchiveFile, vault: Option<&ArchiveFile>) -> Result<()> {
    vet(to, vault)?;
    for file in [vault, Some(to)].into_iter().flatten() {
        fs::rename(part(&file.path), &file.path)?;
        files::sync_folder(file.path.parent().unwrap_or(Path::new("/")))?;
    }
    Ok(())
}

/// Under which name it is until it is whole.
fn part(path: &Path) -> PathBuf {
    files::suffixed(path, ".part")
}

fn begin(path: &Path, to: &ArchiveFile, manifest: &[u8]) -> Result<Builder<locked::Locking>> {
    let mut builder = Builder::new(locked::create(path, to)?);
    append(&mut builder, MANIFEST, manifest.len() as u64, manifest)?;
    Ok(builder)
}

fn append(
    builder: &mut Builder<locked::Locking>,
    name: &str,
    bytes: u64,
    content: impl Read,
) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(bytes);
    Ok(builder.append_data(&mut header, name, content)?)
}

fn finish(builder: Builder<locked::Locking>) -> Result<()> {
    locked::finish(builder.into_inner()?)
}

/// Reads back what was written: it counts when it opens with the passphrase and every byte is as it was meant.
fn check(path: &Path, file: &ArchiveFile, format: &str, meant: &Manifest) -> Result<()> {
    let found = unpack::verify(path, file, format)?;
    match found.members == meant.members && found.counts == meant.counts {
        true => Ok(()),
        false => Err(StoreError::BadArchive(
            "what was read back is not what was written",
        )),
    }
}

fn measured(mut content: impl Read) -> Result<Member> {
    let mut hash = Sha256::new();
    let mut block = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        match content.read(&mut block) {
            Ok(0) => break,
            Ok(length) => {
                hash.update(&block[..length]);
                bytes += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Member {
        bytes,
        sha256: hex(&hash.finalize()),
    })
}
