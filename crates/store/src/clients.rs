//! Programs that are not ours: letting them in, what they have left to read, and the log of what everybody asked for.

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    keys::{Key, fingerprint, is_fingerprint},
    table::{access, client},
};
use afterimage_domain::{AccessLine, Client, ClientId, Grant, Timestamp};
use rusqlite::Connection;
use std::fmt::Write;
use zeroize::Zeroizing;

/// Items a client may read in an hour, over any sixty minutes.
pub const ITEMS_AN_HOUR: u32 = 500;
/// Items a client may read in a day, over any 24 hours.
pub const ITEMS_A_DAY: u32 = 5_000;
/// Clients whose tokens open at a time.
const MOST_CLIENTS: usize = 50;
/// How long the log and clients that ended are kept, in seconds: 90 days.
const KEPT_S: i64 = 90 * DAY_S;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
/// What every token begins with, so that people and scanners for secrets know what it is.
const PREFIX: &str = "afterimage_";

/// A client as the owner wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClient {
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub grant: Grant,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What a client has left to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Items, now.
    pub items: u32,
    /// When there is more, where there is nothing.
    pub more_at: Timestamp,
}

/// Keeps a client and draws its token: 256 bits, given back this once.
pub(crate) fn admit(
    connection: &Connection,
    key: &Key,
    entropy: &Entropy,
    new: &NewClient,
    at: Timestamp,
) -> Result<(Client, Zeroizing<String>)> {
    client::delete_ended(connection, at.plus_seconds(-KEPT_S))?;
    let known = client::all(connection)?;
    let admitted = known.iter().filter(|row| row.client.is_admitted(at));
    if admitted.count() >= MOST_CLIENTS {
        return Err(StoreError::Refused(
            "fifty programs may read already; revoke one first",
        ));
    }
    let secret = Zeroizing::new(entropy.draw::<32>());
    let mut token = Zeroizing::new(String::with_capacity(PREFIX.len() + 64));
    token.push_str(PREFIX);
    for byte in secret.iter() {
        write!(token, "{byte:02x}").expect("a string takes any text");
    }
    let client = Client {
        id: ClientId(entropy.id(at)),
        name: new.name.clone(),
        grant: new.grant.clone(),
        made_at: at,
        expires_at: new.expires_at,
        last_used: None,
        revoked_at: None,
    };
    client::insert(
        connection,
        &client,
        &fingerprint(key, "client", token.as_bytes()),
    )?;
    Ok((client, token))
}

/// The client with this token, revoked and expired ones too. Each is compared in constant time.
pub(crate) fn with_token(
    connection: &Connection,
    key: &Key,
    token: &str,
) -> Result<Option<Client>> {
    let mut found = None;
    for row in client::all(connection)? {
        if is_fingerprint(key, "client", token.as_bytes(), &row.print) {
            found = Some(row.client);
        }
    }
    Ok(found)
}

/// What it has left: the less of an hour's and a day's.
pub(crate) fn allowance(
    connection: &Connection,
    id: ClientId,
    now: Timestamp,
) -> Result<Allowance> {
    let mut allowance = Allowance {
        items: u32::MAX,
        more_at: now,
    };
    for (seconds, most) in [(HOUR_S, ITEMS_AN_HOUR), (DAY_S, ITEMS_A_DAY)] {
        let since = now.plus_seconds(-seconds);
        let left = most.saturating_sub(client::items_since(connection, id, since)?);
        allowance.items = allowance.items.min(left);
        if let (0, Some(at)) = (left, client::room_from(connection, id, since, most)?) {
            allowance.more_at = allowance.more_at.max(at.plus_seconds(seconds));
        }
    }
    Ok(allowance)
}

/// Counts `line.items` as read by a client and notes it in the log, or refuses where that is more than it has left. What is handed out is
/// in the log before it is handed out.
pub(crate) fn spend(
    connection: &Connection,
    line: &AccessLine,
) -> Result<std::result::Result<(), Allowance>> {
    let Some(id) = line.client else {
        return Err(StoreError::Refused("only a client has a budget"));
    };
    let left = allowance(connection, id, line.last)?;
    if line.items > left.items {
        return Ok(Err(left));
    }
    client::delete_reads(connection, line.last.plus_seconds(-2 * DAY_S))?;
    client::add_read(connection, id, line.items, line.last)?;
    note(connection, std::slice::from_ref(line))?;
    Ok(Ok(()))
}

/// Adds to the log, and lets go of what is older than it is kept.
pub(crate) fn note(connection: &Connection, lines: &[AccessLine]) -> Result<()> {
    for line in lines {
        access::add(connection, line)?;
        if let Some(id) = line.client {
            client::note_use(connection, id, line.last)?;
        }
    }
    if let Some(newest) = lines.iter().map(|line| line.day).max() {
        access::delete_before(connection, newest.plus_seconds(-KEPT_S))?;
    }
    Ok(())
}
