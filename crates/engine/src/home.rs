//! The profile folder and what lies where in it.

use crate::api::{Code, Failure, Way};
use afterimage_store::Profile;
use std::{
    env,
    ffi::CString,
    fs, io,
    mem::MaybeUninit,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

/// A profile folder. Nothing outside it (but the socket, where the system has a place for those) belongs to a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    dir: PathBuf,
}

/// `sockaddr_un` holds 108 bytes with the closing zero.
const LONGEST_SOCKET_PATH: usize = 107;

impl Home {
    /// The folder `dir`, made absolute; it need not exist.
    pub fn at(dir: impl AsRef<Path>) -> Self {
        let dir = dir.as_ref();
        let absolute = || std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        Self {
            dir: dir.canonicalize().unwrap_or_else(|_| absolute()),
        }
    }

    /// The current profile of this user.
    pub fn from_environment() -> Self {
        Self::base().current()
    }

    /// The folder that `AFTERIMAGE_HOME` names, or `afterimage` where the desktop keeps the data of programs.
    pub(crate) fn base() -> Self {
        if let Some(dir) = set("AFTERIMAGE_HOME") {
            return Self::at(dir);
        }
        let share = set("XDG_DATA_HOME").map(PathBuf::from);
        let user = || PathBuf::from(set("HOME").unwrap_or_else(|| "/".into()));
        Self::at(
            share
                .unwrap_or_else(|| user().join(".local/share"))
                .join("afterimage"),
        )
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether somebody made a profile here.
    pub fn has_profile(&self) -> bool {
        !matches!(Profile::slots(&self.dir), Ok(None))
    }

    /// How many seconds the next passphrase or recovery code has to wait, after too many wrong ones.
    pub fn seconds_to_wait(&self) -> u32 {
        let left = Profile::wait(&self.dir, crate::clock::clocks()).unwrap_or_default();
        left.as_millis().div_ceil(1_000) as u32
    }

    /// How the profile can be opened, in the order of [`Way`]; none when there is no profile.
    pub fn ways(&self) -> Vec<Way> {
        let Ok(Some(slots)) = Profile::slots(&self.dir) else {
            return Vec::new();
        };
        let ways = [
            (Way::Passphrase, slots.passphrase),
            (Way::Recovery, slots.recovery),
            (Way::Keychain, slots.keychain),
        ];
        let there = ways.into_iter().filter(|(_, is_there)| *is_there);
        there.map(|(way, _)| way).collect()
    }

    /// Where the engine writes what it did: counts and codes, never content.
    pub fn logs(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// Locked by the one engine that has this profile open.
    pub fn instance_lock(&self) -> PathBuf {
        self.dir.join("instance.lock")
    }

    /// Where the engine listens: the place a running one wrote down, or else the one it would choose from here.
    pub fn socket(&self) -> PathBuf {
        let written = fs::read_to_string(self.socket_note()).unwrap_or_default();
        match written.trim() {
            "" => self.chosen_socket(),
            path => path.into(),
        }
    }

    /// Makes the folder for the socket, for this user alone, and writes its place down for clients with another environment.
    pub fn prepare_socket(&self) -> Result<PathBuf, Failure> {
        let socket = self.chosen_socket();
        if socket.as_os_str().len() > LONGEST_SOCKET_PATH {
            return Err(Failure::new(
                Code::BadRequest,
                format!(
                    "The profile folder's path is too long for a socket ({} bytes, at most {LONGEST_SOCKET_PATH}). Choose a shorter one, or set XDG_RUNTIME_DIR.",
                    socket.as_os_str().len()
                ),
            ));
        }
        let prepare = || {
            private_dir(socket.parent().unwrap_or(&self.dir))?;
            private_dir(&self.dir.join("run"))?;
            fs::write(self.socket_note(), socket.as_os_str().as_encoded_bytes())?;
            remove_if_there(&socket)
        };
        prepare().map_err(|error| Failure::io("make the engine's socket", &error))?;
        Ok(socket)
    }

    /// Removes the socket and the note of it.
    pub fn remove_socket(&self) {
        let socket = self.socket();
        // Nothing depends on this: a client that finds a dead socket says the same as one that finds none.
        let _ = fs::remove_file(&socket);
        let _ = fs::remove_file(self.socket_note());
        if let Some(folder) = socket.parent().filter(|folder| *folder != self.dir) {
            let _ = fs::remove_dir(folder);
        }
    }

    fn socket_note(&self) -> PathBuf {
        self.dir.join("run/socket")
    }

    fn chosen_socket(&self) -> PathBuf {
        match set("XDG_RUNTIME_DIR") {
            Some(runtime) => {
                let name = format!("afterimage-{:016x}", fingerprint(&self.dir));
                Path::new(&runtime).join(name).join("engine.sock")
            }
            None => self.dir.join("run/engine.sock"),
        }
    }
}

/// Makes `dir` and those above it, readable by this user alone. A folder that others may read is closed to them.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// Where the weights lie: `AFTERIMAGE_MODELS`, or the cache of the desktop.
pub fn models_dir() -> PathBuf {
    if let Some(dir) = set("AFTERIMAGE_MODELS") {
        return dir.into();
    }
    let user = || PathBuf::from(set("HOME").unwrap_or_else(|| "/".into())).join(".cache");
    let cache = set("XDG_CACHE_HOME").map_or_else(user, PathBuf::from);
    cache.join("afterimage/models")
}

/// Bytes this user may still write to the disk that holds `dir`.
pub fn free(dir: &Path) -> io::Result<u64> {
    let path = CString::new(dir.as_os_str().as_bytes())?;
    let mut found = MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero and both pointers live through the call, which fills the struct or fails.
    let found = unsafe {
        match libc::statvfs(path.as_ptr(), found.as_mut_ptr()) {
            0 => found.assume_init(),
            _ => return Err(io::Error::last_os_error()),
        }
    };
    Ok(found.f_bavail * found.f_frsize)
}

fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// FNV-1a: tells profiles apart in a folder that only this user can write to; nothing more is asked of it.
fn fingerprint(path: &Path) -> u64 {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_profiles_have_two_sockets() {
        let paths = ["/a", "/b", "/a/b"].map(|dir| Home::at(dir).chosen_socket());
        assert!(paths[0] != paths[1] && paths[1] != paths[2] && paths[0] != paths[2]);
    }

    #[test]
    fn the_folder_of_a_profile_is_closed_to_others() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("new/profile");
        private_dir(&dir).unwrap();
        let mode = fs::metadata(&dir).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_client_finds_the_socket_that_was_written_down() {
        let temp = tempfile::tempdir().unwrap();
        let home = Home::at(temp.path());
        private_dir(&temp.path().join("run")).unwrap();
        fs::write(home.socket_note(), "/elsewhere/engine.sock").unwrap();
        assert_eq!(home.socket(), Path::new("/elsewhere/engine.sock"));
    }
}
