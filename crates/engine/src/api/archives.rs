//! Copies of the profile: those beside it, and the one that can be taken along.

use super::{Hidden, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A file to be written and the passphrase it will open with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LockedFile {
    /// A whole path at which there is nothing yet.
    pub path: String,
    /// Its own: not the profile's.
    pub passphrase: Hidden,
}

/// An archive that was written and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Archived {
    /// Of the file without the vault.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Memories in it, without the vault's.
    #[ts(type = "number")]
    pub memories: u64,
    /// Pictures in it.
    #[ts(type = "number")]
    pub pictures: u64,
    /// Entries of the vault in its own file; none without one.
    #[ts(type = "number | null")]
    pub secrets: Option<u64>,
}

/// How the last trial to restore a backup went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Drill {
    /// When it was made.
    pub at: Timestamp,
    /// When the backup was made that was tried.
    pub of: Timestamp,
    /// Why it could not be restored; none when it could.
    pub fault: Option<String>,
}
