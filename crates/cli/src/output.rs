//! Printing: for people, or one JSON document.

use afterimage_engine::api::{Failure, Response};
use serde::Serialize;
use std::io::{self, Write};

/// How to print.
pub struct Output {
    json: bool,
}

impl Output {
    /// One JSON document, or text for people.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether people are reading.
    pub fn is_for_people(&self) -> bool {
        !self.json
    }

    /// Prints `response` as JSON, or what `text` makes of it.
    pub fn response(&self, response: &Response, text: impl FnOnce() -> String) {
        self.document(response, text);
    }

    /// Prints any `document` as JSON, or what `text` says.
    pub fn document(&self, document: &impl Serialize, text: impl FnOnce() -> String) {
        match self.json {
            true => say(&json(document)),
            false => say(&text()),
        }
    }

    /// Prints a line for people only.
    pub fn line(&self, line: &str) {
        if !self.json {
            say(line);
        }
    }

    /// Prints `words` without a line's end, for people only.
    pub fn words(&self, words: &str) {
        if !self.json {
            let mut out = io::stdout().lock();
            // A reader that went away ends nothing: the engine finishes what was asked.
            let _ = out.write_all(words.as_bytes()).and_then(|()| out.flush());
        }
    }

    /// Tells people on standard error, scripts on standard output.
    pub fn failure(&self, failure: &Failure) {
        match self.json {
            true => say(&json(&serde_json::json!({ "failure": failure }))),
            false => eprintln!("{}", failure.message),
        }
    }
}

/// Says something on standard error, e.g. progress.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// Bytes for people.
pub fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}

/// The first line of `text`, cut to `most` characters.
pub fn brief(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn json(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap_or_else(|_| "null".into())
}

fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(brief("één  twee\ndrie", 5), "één t…");
        assert_eq!(brief("kort", 5), "kort");
    }
}
