//! The one encrypted file: keys, schema, full text, vectors, queue, pictures and history.
//!
//! [`Profile`] turns a passphrase or the system keychain into keys; [`open`] turns a profile into one [`Writer`], many [`Readers`] and a
//! [`Spool`]. The writer applies what the mind proposes and the user asks for, each call one transaction; readers see snapshots.
//! This crate is the only one with SQL, key material and the files of the profile folder. It does not rank, decide what matters, or
//! know a model: it keeps, finds by word or by vector, and forgets.

mod entropy;
mod error;
mod profile;
mod reader;
mod types;
mod writer;

pub use entropy::Entropy;
pub use error::{Result, StoreError};
pub use profile::{PASSPHRASE_FLOOR, PassphraseCost, Profile, Slots, Unlock};
pub use reader::{ReadTxn, Readers};
pub use types::*;
pub use writer::{Spool, Spooled, Writer};

/// An open store.
pub struct Opened {
    /// The one that may write.
    pub writer: Writer,
    /// Those that read.
    pub readers: Readers,
    /// The waiting room for intakes.
    pub spool: Spool,
    /// What was found wrong and dealt with.
    pub warnings: Vec<Warning>,
}

/// Opens the database of an unlocked profile, brings it to the present format, replays the spool and takes back leases of a dead process.
pub fn open(profile: Profile, entropy: Entropy) -> Result<Opened> {
    todo!()
}
