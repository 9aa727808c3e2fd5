//! Connections to the database, set up the one way that keeps its promises.
//!
//! The order matters: the key before anything is read, a probe before anything is believed.

use crate::{
    error::{Result, StoreError},
    keys::Key,
};
use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    config::DbConfig,
    ffi,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};
use std::{fmt::Write, path::Path, time::Duration};
use zeroize::Zeroizing;

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everything; there is one such connection.
    Write,
    /// Look.
    Read,
    /// Look, and write a copy that is encrypted with the same key (`VACUUM INTO`, which attaches it).
    Copy,
}

/// How long a connection waits for another one, e.g. a checkpoint for the last readers.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the database with its key.
pub(crate) fn connect(path: &Path, key: &Key, access: Access) -> Result<Connection> {
    let mode = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read | Access::Copy => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let mut connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    give_key(&connection, key)?;
    probe(&connection)?;
    harden(&mut connection, access)?;
    if access == Access::Write {
        prepare_writing(&connection)?;
    }
    Ok(connection)
}

/// Seals every page anew with another key, in one transaction. Not in a database with a log beside it.
pub(crate) fn change_key(connection: &Connection, key: &Key) -> Result<()> {
    let text = raw(key);
    // SAFETY: the handle belongs to `connection`, which outlives the call; the pointer and length describe `text`.
    let code = unsafe {
        ffi::sqlite3_rekey(
            connection.handle(),
            text.as_ptr().cast(),
            text.len() as std::ffi::c_int,
        )
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        ffi::SQLITE_FULL => Err(StoreError::DiskFull),
        code => Err(StoreError::Internal {
            what: "change of key",
            code,
        }),
    }
}

/// The key as SQLCipher takes it raw, in a buffer that is wiped.
fn raw(key: &Key) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(67));
    text.push_str("x'");
    for byte in key.iter() {
        write!(text, "{byte:02x}").expect("a string takes any text");
    }
    text.push('\'');
    text
}

/// Hands over the raw key; a PRAGMA would leave it in a plain string.
fn give_key(connection: &Connection, key: &Key) -> Result<()> {
    let text = raw(key);
    // SAFETY: the handle belongs to `connection`, which outlives the call; the pointer and length describe `text`.
    let code = unsafe {
        ffi::sqlite3_key(
            connection.handle(),
            text.as_ptr().cast(),
            text.len() as std::ffi::c_int,
        )
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(StoreError::Internal { what: "key", code }),
    }
}

/// Reads the first page: with a wrong key it is noise.
fn probe(connection: &Connection) -> Result<()> {
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::WrongKey,
            _ => error.into(),
        })
}

fn harden(connection: &mut Connection, access: Access) -> Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -16384;",
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    for (limit, value) in [
        (
            Limit::SQLITE_LIMIT_ATTACHED,
            i32::from(access == Access::Copy),
        ),
        (Limit::SQLITE_LIMIT_LENGTH, 64 << 20),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 64 << 10),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    match access {
        Access::Copy => connection.authorizer(Some(permit_copy))?,
        Access::Write | Access::Read => connection.authorizer(Some(permit))?,
    }
    Ok(())
}

/// A copy attaches a file, without a word about keys: then it has the same.
fn permit_copy(request: AuthContext<'_>) -> Authorization {
    match request.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Allow,
        _ => permit(request),
    }
}

/// `ATTACH … KEY ''` would write a plain copy.
fn permit(request: AuthContext<'_>) -> Authorization {
    match request.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Authorization::Deny,
        AuthAction::Pragma { pragma_name, .. }
            if ["key", "rekey", "writable_schema"].contains(&pragma_name) =>
        {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }
}

/// FULL, because NORMAL loses acknowledged rows in most power cuts. No automatic checkpoints: the writer decides when.
fn prepare_writing(connection: &Connection) -> Result<()> {
    connection.execute_batch(
        "PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 0;
         PRAGMA secure_delete = ON;",
    )?;
    #[cfg(target_os = "macos")]
    connection.execute_batch("PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;")?;
    Ok(())
}
