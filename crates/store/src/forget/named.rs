//! What a request to forget names itself, before what rests on it.

use super::Doomed;
use crate::{
    error::Result,
    table::{frame, memory, personal::bits, thread},
    types::Forget,
};
use afterimage_domain::{Origin, TimeRange, Window, pattern::covers, site};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// What the request names itself.
pub(super) fn named(connection: &Connection, what: &Forget) -> Result<Doomed> {
    let mut doomed = Doomed::default();
    let rows = |sql: &str, values: &[&dyn rusqlite::ToSql]| rows(connection, sql, values);
    match what {
        Forget::Time(range) => return in_span(connection, *range),
        Forget::App(app) => {
            for app in &apps(connection, app)? {
                doomed
                    .frames
                    .extend(rows("SELECT frame FROM frame_app WHERE app = ?1", &[app])?);
                doomed
                    .observations
                    .extend(rows("SELECT row FROM observation WHERE app = ?1", &[app])?);
            }
            let showing = showing(connection, &doomed.observations)?;
            doomed.frames.extend(showing);
        }
        Forget::Site(host) => return of_site(connection, host),
        Forget::Person(name) => {
            doomed = holding(connection, name)?;
            doomed.observations.extend(said_by(connection, name)?);
            let showing = showing(connection, &doomed.observations)?;
            doomed.frames.extend(showing);
        }
        Forget::Words(words) => return holding(connection, words),
        Forget::Title(title) => return of_title(connection, title),
        Forget::Details(detail) => {
            let bit = bits([detail]);
            doomed.observations = rows("SELECT row FROM observation WHERE personal & ?1", &[&bit])?;
            doomed.memories = rows("SELECT row FROM memory WHERE personal & ?1", &[&bit])?;
            doomed.frames = showing(connection, &doomed.observations)?;
        }
        Forget::Memory(id) => doomed.memories.extend(memory::row_of(connection, *id)?),
        Forget::Observation(id) => {
            let bytes = id.0.as_bytes();
            doomed.observations = rows("SELECT row FROM observation WHERE id = ?1", &[bytes])?;
            doomed.frames = rows(
                "SELECT f.row FROM frame f JOIN observation o ON o.frame = f.id WHERE o.id = ?1",
                &[bytes],
            )?;
        }
        Forget::Frame(id) => {
            let bytes = id.0.as_bytes();
            doomed.frames.extend(frame::row_of(connection, *id)?);
            doomed.observations = rows("SELECT row FROM observation WHERE frame = ?1", &[bytes])?;
        }
        Forget::Thread(id) => {
            let bytes = id.0.as_bytes();
            doomed.threads.extend(thread::row_of(connection, *id)?);
            doomed.observations = rows(
                "SELECT t.observation FROM turn t JOIN thread h ON h.row = t.thread WHERE h.id = ?1",
                &[bytes],
            )?;
        }
        Forget::All => return everything(connection),
    }
    Ok(doomed)
}

fn in_span(connection: &Connection, range: TimeRange) -> Result<Doomed> {
    let (from, to) = (range.from.millis(), range.to.millis());
    let rows = |sql: &str| rows(connection, sql, &[&from, &to]);
    Ok(Doomed {
        frames: rows("SELECT row FROM frame WHERE at >= ?1 AND at < ?2")?,
        observations: rows("SELECT row FROM observation WHERE at >= ?1 AND at < ?2")?,
        // Typed memories rest on nothing: they were learned when they were made.
        memories: rows(
            "SELECT row FROM memory m WHERE created_at >= ?1 AND created_at < ?2
             AND NOT EXISTS (SELECT 1 FROM memory_source s WHERE s.memory = m.row)",
        )?,
        ..Doomed::default()
    })
}

fn everything(connection: &Connection) -> Result<Doomed> {
    let rows = |sql: &str| rows(connection, sql, &[]);
    Ok(Doomed {
        frames: rows("SELECT row FROM frame")?,
        observations: rows("SELECT row FROM observation")?,
        memories: rows("SELECT row FROM memory")?,
        threads: rows("SELECT row FROM thread")?,
        ..Doomed::default()
    })
}

/// What was seen at an address of the site or of one below it, and the pictures that show it.
fn of_site(connection: &Connection, name: &str) -> Result<Doomed> {
    let name = name.trim().to_lowercase();
    let name = name.trim_start_matches("www.");
    let is_meant = |url: &str| site::is_in(site::host(url).unwrap_or_default(), name);
    let is_there = |origin: &Origin| match origin {
        Origin::Screen { url: Some(url), .. } => is_meant(&url.to_lowercase()),
        _ => false,
    };
    let observations = whose_origin(connection, is_there)?;
    Ok(Doomed {
        frames: showing(connection, &observations)?,
        observations,
        ..Doomed::default()
    })
}

/// The apps that are meant: one by its name, or all that fit a pattern.
fn apps(connection: &Connection, app: &str) -> Result<Vec<String>> {
    if !app.contains('*') {
        return Ok(vec![app.to_owned()]);
    }
    let mut statement =
        connection.prepare_cached("SELECT app FROM observation UNION SELECT app FROM frame_app")?;
    let known = statement.query_map([], |row| row.get(0))?;
    let mut known = known.collect::<rusqlite::Result<Vec<String>>>()?;
    known.retain(|known| covers(&app.to_lowercase(), &known.to_lowercase()));
    Ok(known)
}

/// What was seen in windows of a title, and the pictures on which one of them is.
fn of_title(connection: &Connection, title: &str) -> Result<Doomed> {
    let title = title.trim().to_lowercase();
    let observations = whose_origin(connection, |origin| match origin {
        Origin::Screen { title: seen, .. } => covers(&title, &seen.to_lowercase()),
        _ => false,
    })?;
    let mut frames = showing(connection, &observations)?;
    let mut statement = connection.prepare_cached("SELECT row, windows FROM frame")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let windows: Vec<Window> = serde_json::from_str(&row.get::<_, String>(1)?)?;
        let is_of_it = |window: &Window| covers(&title, &window.title.to_lowercase());
        if windows.iter().any(is_of_it) {
            frames.insert(row.get(0)?);
        }
    }
    Ok(Doomed {
        frames,
        observations,
        ..Doomed::default()
    })
}

/// What somebody said himself.
fn said_by(connection: &Connection, name: &str) -> Result<BTreeSet<i64>> {
    let name = name.trim().to_lowercase();
    whose_origin(connection, |origin| match origin {
        Origin::Import { speaker, .. } => speaker.to_lowercase() == name,
        _ => false,
    })
}

fn whose_origin(
    connection: &Connection,
    is_meant: impl Fn(&Origin) -> bool,
) -> Result<BTreeSet<i64>> {
    let mut statement = connection.prepare_cached("SELECT row, origin FROM observation")?;
    let mut rows = statement.query([])?;
    let mut found = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let origin: Origin = serde_json::from_str(&row.get::<_, String>(1)?)?;
        if is_meant(&origin) {
            found.insert(row.get(0)?);
        }
    }
    Ok(found)
}

/// Everything in which the words stand: texts with the windows and addresses they were seen in, memories, names of conversations; and the
/// pictures that show it.
fn holding(connection: &Connection, words: &str) -> Result<Doomed> {
    let wanted = Words::of(words);
    let matching = |sql: &str| -> Result<BTreeSet<i64>> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut found = BTreeSet::new();
        while let Some(row) = rows.next()? {
            if wanted.stand_in(&row.get::<_, String>(1)?) {
                found.insert(row.get(0)?);
            }
        }
        Ok(found)
    };
    let observations = matching("SELECT row, text || char(10) || origin FROM observation")?;
    // A window may have a title and no text that could be read.
    let mut frames = matching("SELECT row, windows FROM frame")?;
    frames.extend(showing(connection, &observations)?);
    Ok(Doomed {
        frames,
        memories: matching(
            "SELECT row, title || char(10) || details || char(10) || body || char(10) || tags || char(10) || tree_path FROM memory",
        )?,
        unnamed: matching("SELECT row, title FROM thread")?,
        observations,
        ..Doomed::default()
    })
}

/// Words in lower case, looked for whole: "Ann" does not stand in "annual".
struct Words(String);

impl Words {
    fn of(words: &str) -> Self {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        Self(words.join(" "))
    }

    fn stand_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let text = match text.contains(char::is_whitespace) {
            true => text.split_whitespace().collect::<Vec<_>>().join(" "),
            false => text,
        };
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        text.match_indices(self.0.as_str()).any(|(at, words)| {
            !is_letter(text[..at].chars().next_back())
                && !is_letter(text[at + words.len()..].chars().next())
        })
    }
}

/// The pictures that show any of the observations.
fn showing(connection: &Connection, observations: &BTreeSet<i64>) -> Result<BTreeSet<i64>> {
    let mut frames = BTreeSet::new();
    for row in observations {
        let sql = "SELECT f.row FROM frame f JOIN observation o ON o.frame = f.id WHERE o.row = ?1";
        frames.extend(rows(connection, sql, &[row])?);
    }
    Ok(frames)
}

fn rows(
    connection: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<BTreeSet<i64>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_in_any_case_and_over_lines() {
        for (words, text, expected) in [
            ("Ann", "ask ANN, then go", true),
            ("Ann", "the annual report", false),
            ("anna  Meier", "Anna\nMeier wrote", true),
            ("ÄRGER", "nur Ärger", true),
            ("c++", "in C++ and C", true),
        ] {
            assert_eq!(
                Words::of(words).stand_in(text),
                expected,
                "{words} in {text}"
            );
        }
    }
}
