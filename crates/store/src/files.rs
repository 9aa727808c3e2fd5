//! Files and folders only the user may read, written so that a power cut leaves the old or the new, never a half.

use crate::error::{Result, StoreError};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

/// Makes a folder (and those above it) that only the user may enter, or closes one that is there.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        builder.mode(0o700);
        builder.create(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    #[cfg(not(unix))]
    builder.create(path)?;
    Ok(())
}

/// Opens a file for writing, made if need be, that only the user may read.
pub(crate) fn private_file(path: &Path, truncate: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(truncate);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}

/// Replaces a file: the new one is on the disk before it takes the name, the name before this returns.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    let written = write_synced(&part, content).and_then(|()| Ok(fs::rename(&part, path)?));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written?;
    step();
    sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    step();
    Ok(())
}

/// Writes a file and waits until it is on the disk.
pub(crate) fn write_synced(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = private_file(path, true)?;
    step();
    file.write_all(content)?;
    step();
    sync(&file)?;
    step();
    Ok(())
}

/// Waits until a file is on the disk. After a failure the file is not to be trusted: a second wait would not tell.
pub(crate) fn sync(file: &File) -> Result<()> {
    file.sync_all().map_err(|_| StoreError::DiskFailed)
}

/// A step of a change to a file is done: where tests end the process.
fn step() {
    #[cfg(test)]
    steps::reached();
}

/// Waits until the names in a folder are on the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    sync(&File::open(path)?)?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes a file; one that is gone already is as good.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// The path with `suffix` behind its name, as SQLite names what lies beside a database.
pub(crate) fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Bytes of all files in a folder and below.
pub(crate) fn bytes_in(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
pub(crate) mod steps {
    use std::{
        process::{Command, id},
        sync::atomic::{AtomicU32, Ordering},
        thread,
    };

    /// Steps until the end; 0: none is set.
    static LEFT: AtomicU32 = AtomicU32::new(0);

    /// The process is killed when it reaches the `number`th step from now.
    pub(crate) fn kill_at(number: u32) {
        LEFT.store(number, Ordering::SeqCst);
    }

    pub(super) fn reached() {
        let before = LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        if before == Ok(1) {
            let _ = Command::new("kill")
                .args(["-9", &id().to_string()])
                .status();
            loop {
                thread::park();
            }
        }
    }
}
