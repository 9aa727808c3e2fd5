//! Brings a database to the present format. A newer one is refused, never edited.

use crate::error::{Result, StoreError};
use rusqlite::Connection;

/// Each takes the format of its place to the next. Never change one that was released: add another.
const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_links.sql"),
    include_str!("../migrations/0003_clients.sql"),
    include_str!("../migrations/0004_personal.sql"),
];

/// The newest format this build knows.
pub(crate) const FORMAT: u32 = MIGRATIONS.len() as u32;

/// Runs the missing migrations, each in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > FORMAT {
        return Err(StoreError::NewerDatabase {
            found,
            known: FORMAT,
        });
    }
    for (version, sql) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {version};"))?;
        transaction.commit()?;
    }
    erase_words_when_deleted(connection)
}

/// Whether a database of the present format is made of what the migrations make and of nothing else, such as a trigger.
pub(crate) fn is_ours(connection: &Connection) -> Result<bool> {
    let mut fresh = Connection::open_in_memory()?;
    migrate(&mut fresh)?;
    Ok(shape(connection)? == shape(&fresh)?)
}

/// Kind, name and statement of everything in it. What SQLite makes for itself may be there or not.
fn shape(connection: &Connection) -> Result<Vec<(String, String, Option<String>)>> {
    let mut statement = connection.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Without it deleted words stay readable in the full-text index, whatever `secure_delete` says.
fn erase_words_when_deleted(connection: &Connection) -> Result<()> {
    for table in ["observation_words", "memory_words"] {
        connection.execute(
            &format!("INSERT INTO {table} ({table}, rank) VALUES ('secure-delete', 1)"),
            [],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_the_first_format_comes_to_the_present_one_with_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection
            .execute_batch("PRAGMA user_version = 1; INSERT INTO setting VALUES ('kept', 'true');")
            .unwrap();
        migrate(&mut connection).unwrap();
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0));
        assert_eq!(number("PRAGMA user_version").unwrap(), FORMAT);
        assert_eq!(number("SELECT count(*) FROM setting").unwrap(), 1);
        assert_eq!(number("SELECT count(*) FROM entity").unwrap(), 0);
    }
}
