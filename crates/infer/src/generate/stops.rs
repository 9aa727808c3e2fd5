//! Text is held back while it could be the beginning of a stop string.

/// The stop strings of a text, and the end of it that is not certain yet.
pub(super) struct StopStrings {
    stops: Vec<String>,
    pending: String,
    /// Whether one has appeared.
    pub found: bool,
}

impl StopStrings {
    pub fn new(stops: &[String]) -> StopStrings {
        let stops = stops
            .iter()
            .filter(|stop| !stop.is_empty())
            .cloned()
            .collect();
        StopStrings {
            stops,
            pending: String::new(),
            found: false,
        }
    }

    /// Takes text and returns what cannot be part of a stop string.
    pub fn push(&mut self, text: &str) -> String {
        self.pending.push_str(text);
        if let Some(at) = self
            .stops
            .iter()
            .filter_map(|stop| self.pending.find(stop.as_str()))
            .min()
        {
            self.found = true;
            self.pending.truncate(at);
            return std::mem::take(&mut self.pending);
        }
        let certain = self.pending.len() - self.held_back();
        let rest = self.pending.split_off(certain);
        std::mem::replace(&mut self.pending, rest)
    }

    /// What was held back.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.pending)
    }

    /// Bytes at the end that are the beginning of a stop string.
    fn held_back(&self) -> usize {
        let overlap = |stop: &String| {
            let lengths = (1..stop.len())
                .rev()
                .filter(|length| stop.is_char_boundary(*length));
            lengths
                .into_iter()
                .find(|length| self.pending.ends_with(&stop[..*length]))
                .unwrap_or(0)
        };
        self.stops.iter().map(overlap).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_before_a_stop_string_comes_out_and_nothing_after_it() {
        fn check(stops: &[&str], pieces: &[&str], expected: &str, found: bool) {
            let mut strings = StopStrings::new(
                &stops
                    .iter()
                    .map(|stop| stop.to_string())
                    .collect::<Vec<_>>(),
            );
            let mut out = String::new();
            for piece in pieces {
                out.push_str(&strings.push(piece));
                if strings.found {
                    break;
                }
            }
            out.push_str(&strings.finish());
            assert_eq!((out.as_str(), strings.found), (expected, found));
        }
        check(&[], &["a", "b"], "ab", false);
        check(&["END"], &["one E", "ND two"], "one ", true);
        check(&["END"], &["E", "E", "N", "D"], "E", true);
        check(&["END"], &["the EN"], "the EN", false);
        check(&["\n\n", "User:"], &["hi\n", "Us", "er: x"], "hi\n", true);
        check(&["é!"], &["caf", "é", " é", "!"], "café ", true);
        check(&[""], &["kept"], "kept", false);
    }
}
