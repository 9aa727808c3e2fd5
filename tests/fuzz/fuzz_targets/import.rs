//! A line of an import is an item with the words of the line, or an error that names the line and holds none of its words.

#![no_main]

use afterimage_engine::api::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

// The command line is a program and no library.
#[path = "../../../crates/cli/src/command/ingest/line.rs"]
mod line;

fuzz_target!(|file: &str| {
    for (number, text) in file.lines().enumerate() {
        let undated = Timestamp::from_millis(9);
        let item = match line::item(text, number + 1, undated) {
            Ok(item) => item,
            Err(failure) => {
                assert!(
                    failure
                        .message
                        .starts_with(&format!("Line {} ", number + 1))
                );
                assert!(failure.message.len() < 250);
                continue;
            }
        };
        let said: Value = serde_json::from_str(text).expect("it was read");
        assert_eq!(said["text"], item.text.as_str());
        assert_eq!(said["id"], item.id.as_str());
        if said["at"].is_null() {
            assert_eq!(item.at, undated);
        }
        if let Some(millis) = said["at"].as_i64() {
            assert_eq!(item.at.millis(), millis);
        }
    }
});
