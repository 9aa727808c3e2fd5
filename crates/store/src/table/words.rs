//! Full text. The tables hold no text of their own, so a row is taken out with exactly the text it was put in with:
//! both ways go through the same functions here.

use crate::{error::Result, index_text};
use afterimage_domain::{Memory, MemoryState, Observation, Origin, Timestamp};
use rusqlite::{Connection, params};

/// Weights of a match in `text` and in `context` of an observation (title, address, speaker, date).
pub(crate) const OBSERVATION_WEIGHTS: &str = "1.0, 0.5";

/// Weights of a match in the title and in the rest of a memory.
pub(crate) const MEMORY_WEIGHTS: &str = "2.0, 1.0";

/// Makes an observation findable.
pub(crate) fn add_observation(
    connection: &Connection,
    row: i64,
    observation: &Observation,
) -> Result<()> {
    let (text, context) = of_observation(observation);
    connection
        .prepare_cached("INSERT INTO observation_words (rowid, text, context) VALUES (?1, ?2, ?3)")?
        .execute(params![row, text, context])?;
    Ok(())
}

/// Takes it out, every trace.
pub(crate) fn remove_observation(
    connection: &Connection,
    row: i64,
    observation: &Observation,
) -> Result<()> {
    let (text, context) = of_observation(observation);
    connection
        .prepare_cached(
            "INSERT INTO observation_words (observation_words, rowid, text, context) VALUES ('delete', ?1, ?2, ?3)",
        )?
        .execute(params![row, text, context])?;
    Ok(())
}

/// Makes a memory findable; one that is not active, or of the vault, is not.
pub(crate) fn add_memory(connection: &Connection, row: i64, memory: &Memory) -> Result<()> {
    if let Some((title, body)) = of_memory(memory) {
        connection
            .prepare_cached("INSERT INTO memory_words (rowid, title, body) VALUES (?1, ?2, ?3)")?
            .execute(params![row, title, body])?;
    }
    Ok(())
}

/// Takes it out, every trace, if it was in.
pub(crate) fn remove_memory(connection: &Connection, row: i64, memory: &Memory) -> Result<()> {
    if let Some((title, body)) = of_memory(memory) {
        connection
            .prepare_cached(
                "INSERT INTO memory_words (memory_words, rowid, title, body) VALUES ('delete', ?1, ?2, ?3)",
            )?
            .execute(params![row, title, body])?;
    }
    Ok(())
}

/// Empties both tables.
pub(crate) fn clear(connection: &Connection) -> Result<()> {
    for table in ["observation_words", "memory_words"] {
        connection.execute(
            &format!("INSERT INTO {table} ({table}) VALUES ('delete-all')"),
            [],
        )?;
    }
    Ok(())
}

/// How many documents of a table match.
pub(crate) fn count(connection: &Connection, table: &str, expression: &str) -> Result<u64> {
    let found: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM {table} WHERE {table} MATCH ?1"
        ))?
        .query_row([expression], |row| row.get(0))?;
    Ok(found as u64)
}

fn of_observation(observation: &Observation) -> (String, String) {
    let origin = &observation.origin;
    let url = match origin {
        Origin::Screen { url, .. } => url.as_deref().unwrap_or_default(),
        _ => "",
    };
    let context = [
        origin.title(),
        url,
        origin.speaker(),
        &spelled_date(observation.at),
    ]
    .join("\n");
    (
        index_text::for_document(&observation.text),
        index_text::for_document(&context),
    )
}

fn of_memory(memory: &Memory) -> Option<(String, String)> {
    if memory.state != MemoryState::Active {
        return None;
    }
    let body = memory.content.searchable()?;
    Some((
        index_text::for_document(&memory.content.title),
        index_text::for_document(&body),
    ))
}

/// The date in words and numbers, so that "on 8 May" finds what was said then: `Monday 8 May 2023`. UTC.
fn spelled_date(at: Timestamp) -> String {
    const DAYS: [&str; 7] = [
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
    ];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let days = at.millis().div_euclid(86_400_000);
    let (year, month, day) = civil(days);
    let weekday = DAYS[days.rem_euclid(7) as usize];
    format!("{weekday} {day} {} {year}", MONTHS[month - 1])
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, usize, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as usize, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_spelled_as_people_write_it() {
        for (millis, expected) in [
            (0, "Thursday 1 January 1970"),
            (-1, "Wednesday 31 December 1969"),
            (951_782_400_000, "Tuesday 29 February 2000"),
            (1_683_504_000_000, "Monday 8 May 2023"),
            (1_795_132_800_000, "Friday 20 November 2026"),
        ] {
            assert_eq!(spelled_date(Timestamp::from_millis(millis)), expected);
        }
    }
}
