//! Room that is kept free on the disk by a file without content, so that forgetting works when nothing else fits any more.

use crate::{
    error::{Result, StoreError},
    files,
};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// Forgetting writes the pages it touches once more; a day of use touches a tenth of this.
const BYTES: u64 = 64 << 20;

/// Makes the reserve if it is not there. Where the disk or the system has no room for it, there is none.
pub(crate) fn keep(home: &Path) {
    let path = path(home);
    let is_whole = std::fs::metadata(&path).is_ok_and(|file| file.len() == BYTES);
    if is_whole {
        return;
    }
    let made = files::private_file(&path, true).and_then(|file| allocate(&file));
    if made.is_err() {
        let _ = files::remove(&path);
    }
}

/// Gives the room back to the disk. Whether there was any.
pub(crate) fn give_up(home: &Path) -> Result<bool> {
    let path = path(home);
    let was_there = path.exists();
    files::remove(&path)?;
    Ok(was_there)
}

fn path(home: &Path) -> PathBuf {
    home.join("reserve")
}

/// Takes the room without writing to it.
#[cfg(target_os = "linux")]
fn allocate(file: &File) -> Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor belongs to `file`, which outlives the call; the rest are numbers.
    match unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, BYTES as libc::off_t) } {
        0 => Ok(()),
        _ => Err(StoreError::from(std::io::Error::last_os_error())),
    }
}

/// Not built for this system yet.
#[cfg(not(target_os = "linux"))]
fn allocate(_: &File) -> Result<()> {
    Err(StoreError::Refused("this system keeps no reserve"))
}
