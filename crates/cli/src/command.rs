//! One file a verb.

pub mod archive;
pub mod ask;
pub mod backup;
pub mod bench;
pub mod clients;
pub mod eval;
pub mod export;
pub mod forget;
pub mod graph;
pub mod ingest;
pub mod keys;
pub mod memories;
pub mod profile;
pub mod profiles;
pub mod quarantine;
pub mod search;
pub mod settings;
pub mod timeline;
pub mod upkeep;
pub mod watch;
