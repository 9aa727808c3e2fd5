//! A line of an import: JSON -> an item.

use afterimage_engine::api::{Code, Failure, IngestItem, Timestamp};
use serde::Deserialize;

/// One line of an import, whose time is RFC 3339 or milliseconds since 1970, or missing where nobody knows it.
#[derive(Deserialize)]
struct Line {
    id: String,
    thread: String,
    at: Option<Time>,
    source: String,
    speaker: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Millis(i64),
    Written(jiff::Timestamp),
}

/// The item that `line` (counted from 1 as `number`) holds. One without a time is taken to be from `undated`.
pub fn item(line: &str, number: usize, undated: Timestamp) -> Result<IngestItem, Failure> {
    let line: Line = serde_json::from_str(line).map_err(|_| Failure {
        code: Code::BadRequest,
        message: format!(
            "Line {number} is not {{\"id\",\"thread\",\"at\",\"source\",\"speaker\",\"text\"}} with `at` like 2026-11-20T10:15:00Z. The lines before it are stored."
        ),
    })?;
    let at = line.at.map_or(undated, |at| match at {
        Time::Millis(millis) => Timestamp::from_millis(millis),
        Time::Written(moment) => Timestamp::from_millis(moment.as_millisecond()),
    });
    Ok(IngestItem {
        id: line.id,
        thread: line.thread,
        at,
        source: line.source,
        speaker: line.speaker,
        text: line.text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_a_wrong_one_is_named() {
        let line = r#"{"id":"a","thread":"t","at":"1970-01-01T00:00:01Z","source":"chat","speaker":"Ann","text":"hi"}"#;
        let undated = Timestamp::from_millis(9);
        for (time, expected) in [("\"1970-01-01T00:00:01Z\"", 1_000), ("5", 5), ("null", 9)] {
            let line = line.replace("\"1970-01-01T00:00:01Z\"", time);
            assert_eq!(item(&line, 1, undated).unwrap().at.millis(), expected);
        }
        for wrong in ["{}", "[", "{\"id\":1}"] {
            assert!(
                item(wrong, 7, undated)
                    .unwrap_err()
                    .message
                    .contains("Line 7")
            );
        }
    }
}
