//! Errors of every layer, as what a client can do about them.

use crate::api::{Code, Failure};
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
