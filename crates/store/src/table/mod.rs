//! One file per table: the SQL beside the values it reads and writes. All functions take a connection or a transaction and do no more
//! than their table's part; what belongs together is put together in `intake`, `edits`, `jobs` and `forget`.

pub(crate) mod access;
pub(crate) mod census;
pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod frame;
pub(crate) mod gap;
pub(crate) mod job;
pub(crate) mod link;
pub(crate) mod memory;
pub(crate) mod memory_version;
pub(crate) mod meta;
pub(crate) mod observation;
pub(crate) mod personal;
pub(crate) mod picture;
pub(crate) mod receipt;
pub(crate) mod setting;
pub(crate) mod thread;
pub(crate) mod tombstone;
pub(crate) mod vault_item;
pub(crate) mod vector;
pub(crate) mod words;
