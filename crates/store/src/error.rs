//! What can go wrong in the store, one variant for each thing somebody would do about it.

use std::path::PathBuf;

/// What went wrong. Messages never hold SQL, keys or captured text.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no profile in the folder.
    #[error("there is no profile in {0}: make one with `afterimage init`")]
    NoProfile(PathBuf),
    /// There is a profile in the folder already.
    #[error(
        "there is a profile in {0} already: unlock it, or choose another folder with AFTERIMAGE_HOME"
    )]
    ProfileExists(PathBuf),
    /// The passphrase does not open the profile.
    #[error("the passphrase is wrong: try again")]
    WrongPassphrase,
    /// The recovery code is one, but not this profile's.
    #[error("the recovery code is not this profile's: look for the newest one")]
    WrongRecovery,
    /// What was typed cannot be a recovery code.
    #[error("this is not a recovery code: check each group of four for a slip")]
    MistypedRecovery,
    /// Too many wrong attempts were made.
    #[error("too many wrong attempts: wait {seconds} seconds and try again")]
    TooManyAttempts {
        /// Until the next may be made.
        seconds: u32,
    },
    /// The vault is closed.
    #[error(
        "the vault is closed: give the passphrase or the recovery code to open it for a minute"
    )]
    VaultClosed,
    /// A new passphrase is too easy to guess; why, and what would help.
    #[error("the passphrase is too easy to guess: {0}")]
    WeakPassphrase(String),
    /// No system keychain answers, or it does not hold this profile's key.
    #[error("the system keychain cannot be used ({0}): use a passphrase")]
    NoKeychain(&'static str),
    /// The passphrase needs a secret that the system keychain does not give.
    #[error(
        "the passphrase is tied to this computer, whose keychain cannot be used ({0}): use the recovery code"
    )]
    Tied(&'static str),
    /// The profile has no slot of the kind asked for.
    #[error("this profile is not opened by {0}: {1}")]
    NoSlot(&'static str, &'static str),
    /// `keyslots.json` cannot be understood, nor the copy kept beside it.
    #[error("the key file is damaged: put back keyslots.json or keyslots.prev.json from a backup")]
    CorruptKeyslots,
    /// The key does not fit the database.
    #[error(
        "the key does not open the database: it belongs to another profile, or the database is damaged"
    )]
    WrongKey,
    /// Another process has the profile open.
    #[error("another engine has this profile open: use that one, or end it first")]
    AlreadyRunning,
    /// No room is left. What was acknowledged is kept.
    #[error("the disk is full: free some space; nothing acknowledged was lost")]
    DiskFull,
    /// The disk reported that it did not keep what was written. What was acknowledged before is kept; this store takes nothing more
    /// until it is opened again, because the system may believe afterwards that all is well.
    #[error(
        "the disk failed to keep what was written, which was not acknowledged: look after the disk, then unlock again"
    )]
    DiskFailed,
    /// The database or a sealed file is damaged.
    #[error("the {0} is damaged: restore it from a backup")]
    Corrupt(&'static str),
    /// The database was made by a newer version.
    #[error(
        "the database was made by a newer version (format {found}, this one knows {known}): update Afterimage"
    )]
    NewerDatabase {
        /// The database's format.
        found: u32,
        /// The newest format this build knows.
        known: u32,
    },
    /// The file is no archive, or a damaged or a made-up one. Nothing of it was kept.
    #[error("this archive cannot be read, and nothing of it was kept: {0}")]
    BadArchive(&'static str),
    /// The archive was made by a newer version.
    #[error("the archive was made by a newer version: update Afterimage")]
    NewerArchive,
    /// The passphrase does not open the archive.
    #[error(
        "the passphrase does not open the archive: it has one of its own, given when it was written"
    )]
    WrongArchivePassphrase,
    /// Something was forgotten while an archive was written.
    #[error(
        "something was forgotten while the archive was written, so it was thrown away: write it again"
    )]
    ForgottenMeanwhile,
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The request cannot be done as it stands.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// A job is no longer leased to the caller: its result must be dropped.
    #[error("the job was taken back meanwhile: its result is not needed")]
    LeaseLost,
    /// The database stayed in use by somebody else.
    #[error("the database is busy: try again")]
    Busy,
    /// A file could not be read or written.
    #[error("a file of the profile could not be used: {0}")]
    Io(std::io::ErrorKind),
    /// A defect of ours; the number is SQLite's extended result code, or 0.
    #[error("internal error in the store ({what}, code {code})")]
    Internal {
        /// Where, in a word or two.
        what: &'static str,
        /// SQLite's extended code, or 0.
        code: i32,
    },
}

/// What the store's functions return.
pub type Result<T> = std::result::Result<T, StoreError>;

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::DiskFull,
            kind => Self::Io(kind),
        }
    }
}

/// SQLite's codes for a wait for the disk under a file or a folder that failed.
const NOT_KEPT: [i32; 2] = [
    rusqlite::ffi::SQLITE_IOERR_FSYNC,
    rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC,
];

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase,
        };
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return Self::Internal {
                what: shape(&error),
                code: 0,
            };
        };
        match failure.code {
            _ if NOT_KEPT.contains(&failure.extended_code) => Self::DiskFailed,
            DiskFull => Self::DiskFull,
            DatabaseCorrupt | NotADatabase => Self::Corrupt("database"),
            DatabaseBusy | DatabaseLocked => Self::Busy,
            _ => Self::Internal {
                what: "database",
                code: failure.extended_code,
            },
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(_: serde_json::Error) -> Self {
        Self::Corrupt("stored value")
    }
}

/// Names the shape of an error without its text, which may quote SQL or values.
fn shape(error: &rusqlite::Error) -> &'static str {
    match error {
        rusqlite::Error::QueryReturnedNoRows => "no row",
        rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => {
            "column type"
        }
        rusqlite::Error::InvalidParameterCount(..) => "parameters",
        _ => "database",
    }
}
