//! Errors of every layer, as what a client can do about them.

use crate::api::{Code, Failure};
use afterimage_store::StoreError;
use std::io;

impl Failure {
    /// `message` tells people what went wrong and how to mend it; it never holds captured content.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The request is wrong; `how` says in what way.
    pub fn bad_request(how: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, how)
    }

    /// There is no such `thing`.
    pub fn not_found(thing: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!("There is no such {thing}. It may have been deleted or forgotten."),
        )
    }

    /// The system refused to `attempt`, e.g. "write the log".
    pub fn io(attempt: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::disk_full(),
            _ => Self::new(
                Code::Internal,
                format!("Afterimage could not {attempt}: {error}."),
            ),
        }
    }

    /// Nothing more can be written.
    pub fn disk_full() -> Self {
        Self::new(
            Code::DiskFull,
            "The disk is full. Nothing that was acknowledged is lost: free some space, or forget what you no longer need, and it goes on.",
        )
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::NoProfile(_) => Code::NoProfile,
            StoreError::ProfileExists(_) => Code::ProfileExists,
            StoreError::WrongPassphrase | StoreError::WrongArchivePassphrase => {
                Code::WrongPassphrase
            }
            StoreError::WrongRecovery | StoreError::MistypedRecovery => Code::WrongRecovery,
            StoreError::TooManyAttempts { .. } => Code::TooManyAttempts,
            StoreError::VaultClosed => Code::VaultClosed,
            StoreError::WeakPassphrase(_) => Code::WeakPassphrase,
            StoreError::NoKeychain(_) | StoreError::Tied(_) => Code::NoKeychain,
            StoreError::NoSlot(..) | StoreError::Refused(_) => Code::BadRequest,
            StoreError::AlreadyRunning => Code::AlreadyRunning,
            StoreError::DiskFull => return Self::disk_full(),
            StoreError::DiskFailed => Code::DiskFailed,
            // The passphrase gave a key that was checked: it is the file that does not fit it.
            StoreError::WrongKey | StoreError::CorruptKeyslots | StoreError::Corrupt(_) => {
                Code::DatabaseCorrupt
            }
            StoreError::NewerDatabase { .. } | StoreError::NewerArchive => Code::NewerDatabase,
            StoreError::BadArchive(_) => Code::BadArchive,
            StoreError::NotFound(_) => Code::NotFound,
            StoreError::LeaseLost | StoreError::Busy | StoreError::ForgottenMeanwhile => {
                Code::Conflict
            }
            StoreError::Io(_) | StoreError::Internal { .. } => Code::Internal,
        };
        Self::new(code, sentence(&error.to_string()))
    }
}

/// With a capital and a full stop: the lower layers' messages are clauses.
pub fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let end = match clause.ends_with(['.', '!', '?']) {
        true => "",
        false => ".",
    };
    format!("{}{}{end}", first.collect::<String>(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sentences() {
        assert_eq!(sentence("the disk is full"), "The disk is full.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), ".");
    }
}
