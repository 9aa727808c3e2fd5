//! Clients: programs that are not ours, what they may do, and what they have read of late.

use super::code;
use crate::error::Result;
use afterimage_domain::{Client, ClientId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "id, name, granted, made_at, expires_at, last_used, revoked_at, token";

/// A client with the keyed hash of its token.
pub(crate) struct ClientRow {
    /// The client.
    pub client: Client,
    /// What a key of the profile makes of its token.
    pub print: Vec<u8>,
}

/// Keeps a new one.
pub(crate) fn insert(connection: &Connection, client: &Client, print: &[u8]) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO client (id, name, token, granted, made_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            client.id.0.as_bytes(),
            client.name,
            print,
            serde_json::to_string(&client.grant)?,
            client.made_at.millis(),
            client.expires_at.millis(),
        ])?;
    Ok(())
}

/// All of them, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<ClientRow>> {
    let sql = format!("SELECT {COLUMNS} FROM client ORDER BY row DESC");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], read)?;
    rows.map(|row| parsed(row?)).collect()
}

/// One of them.
pub(crate) fn get(connection: &Connection, id: ClientId) -> Result<Option<Client>> {
    let sql = format!("SELECT {COLUMNS} FROM client WHERE id = ?1");
    let found = connection
        .prepare_cached(&sql)?
        .query_row([id.0.as_bytes()], read)
        .optional()?;
    Ok(found.map(parsed).transpose()?.map(|row| row.client))
}

/// Takes its token back; one that was taken back before keeps its moment.
pub(crate) fn revoke(connection: &Connection, id: ClientId, at: Timestamp) -> Result<bool> {
    let changed = connection
        .prepare_cached("UPDATE client SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1")?
        .execute(params![id.0.as_bytes(), at.millis()])?;
    Ok(changed > 0)
}

/// It asked for something.
pub(crate) fn note_use(connection: &Connection, id: ClientId, at: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE client SET last_used = max(coalesce(last_used, ?2), ?2) WHERE id = ?1",
        )?
        .execute(params![id.0.as_bytes(), at.millis()])?;
    Ok(())
}

/// Lets go those whose token opens nothing since before `moment`.
pub(crate) fn delete_ended(connection: &Connection, moment: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM client WHERE min(expires_at, coalesce(revoked_at, expires_at)) < ?1",
        )?
        .execute([moment.millis()])?;
    Ok(())
}

/// How many items it has read since `moment`.
pub(crate) fn items_since(connection: &Connection, id: ClientId, moment: Timestamp) -> Result<u32> {
    Ok(connection
        .prepare_cached(
            "SELECT coalesce(sum(r.items), 0) FROM client_read r JOIN client c ON c.row = r.client
             WHERE c.id = ?1 AND r.at > ?2",
        )?
        .query_row(params![id.0.as_bytes(), moment.millis()], |row| row.get(0))?)
}

/// The first moment after `moment` at which it has read anything that leaves only `most` items after it.
pub(crate) fn room_from(
    connection: &Connection,
    id: ClientId,
    moment: Timestamp,
    most: u32,
) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached(
        "SELECT r.at, r.items FROM client_read r JOIN client c ON c.row = r.client
         WHERE c.id = ?1 AND r.at > ?2 ORDER BY r.at DESC",
    )?;
    let mut rows = statement.query(params![id.0.as_bytes(), moment.millis()])?;
    let mut sum: u32 = 0;
    while let Some(row) = rows.next()? {
        sum = sum.saturating_add(row.get(1)?);
        if sum >= most {
            return Ok(Some(code::time(row, 0)?));
        }
    }
    Ok(None)
}

/// Counts items as read.
pub(crate) fn add_read(
    connection: &Connection,
    id: ClientId,
    items: u32,
    at: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO client_read (client, at, items) SELECT row, ?2, ?3 FROM client WHERE id = ?1",
        )?
        .execute(params![id.0.as_bytes(), at.millis(), items])?;
    Ok(())
}

/// Lets go what no longer counts.
pub(crate) fn delete_reads(connection: &Connection, moment: Timestamp) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM client_read WHERE at < ?1")?
        .execute([moment.millis()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Client, String, Vec<u8>)> {
    let time = |column| row.get::<_, Option<i64>>(column);
    let client = Client {
        id: ClientId(code::uuid(row, 0)?),
        name: row.get(1)?,
        grant: Default::default(),
        made_at: code::time(row, 3)?,
        expires_at: code::time(row, 4)?,
        last_used: time(5)?.map(Timestamp::from_millis),
        revoked_at: time(6)?.map(Timestamp::from_millis),
    };
    Ok((client, row.get(2)?, row.get(7)?))
}

/// A grant that is not understood is an error, and opens nothing.
fn parsed((client, granted, print): (Client, String, Vec<u8>)) -> Result<ClientRow> {
    let client = Client {
        grant: serde_json::from_str(&granted)?,
        ..client
    };
    Ok(ClientRow { client, print })
}
