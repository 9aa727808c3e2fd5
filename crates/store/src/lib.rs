//! The one encrypted file: keys, schema, full text, vectors, queue, pictures and history.
//!
//! [`Profile`] turns a passphrase or the system keychain into keys; [`open`] turns a profile into one [`Writer`], many [`Readers`] and a
//! [`Spool`]. The writer applies what the mind proposes and the user asks for, each call one transaction; readers see views that later
//! commits do not change. This crate is the only one with SQL, key material and the files of the profile folder. It does not rank, decide
//! what matters, or know a model: it keeps, finds by word or by vector, and forgets.

mod archive;
mod attempts;
#[cfg(any(test, feature = "audit"))]
pub mod audit;
mod backup;
mod clients;
mod drill;
mod edits;
mod entropy;
mod error;
mod files;
mod filter;
mod forget;
#[cfg(fuzzing)]
pub mod fuzzing;
mod graph;
mod high_water;
mod index;
mod index_text;
mod intake;
mod keychain;
mod keys;
mod keyslots;
mod migrate;
mod open;
mod pictures;
mod profile;
mod reader;
mod recovery;
mod reserve;
mod restore;
mod sealed_file;
mod search;
mod snapshot;
mod spool;
mod store;
mod strength;
mod table;
#[cfg(test)]
mod tests;
mod txn;
mod types;
mod vault;
mod ways;
mod writer;

pub use archive::{ARCHIVE_WORK, ArchiveFile, Archived, clear_half_read, read_archive};
pub use attempts::Clocks;
pub use clients::{Allowance, ITEMS_A_DAY, ITEMS_AN_HOUR, NewClient};
pub use drill::Drill;
pub use entropy::Entropy;
pub use error::{Result, StoreError};
pub use profile::{PassphraseCost, Profile, Slots, Unlock, Way};
pub use reader::{ReadTxn, Readers};
pub use restore::restore;
pub use spool::{Spool, Spooled};
pub use store::{Opened, open};
pub use strength::Strength;
pub use types::*;
pub use ways::VaultKey;
pub use writer::Writer;
