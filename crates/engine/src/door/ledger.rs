//! What was asked for and is not in the access log yet: numbers, added up in memory, so that looking costs no writing.

use super::{Caller, locked};
use afterimage_domain::{AccessLine, ClientId, Timestamp};
use std::{collections::HashMap, sync::Mutex};

const DAY_MS: i64 = 86_400_000;

/// One request, for the log.
pub struct Entry<'a> {
    /// Its client, if it is not of the owner's own programs.
    pub client: Option<ClientId>,
    /// What the program is called.
    pub reader: &'a str,
    /// Its name.
    pub request: &'a str,
    /// Whether it was refused.
    pub refused: bool,
    /// What was handed out.
    pub items: u32,
    /// When.
    pub at: Timestamp,
}

impl Entry<'_> {
    /// As a line of its day.
    pub fn line(&self) -> AccessLine {
        AccessLine {
            day: Timestamp::from_millis(self.at.millis().div_euclid(DAY_MS) * DAY_MS),
            client: self.client,
            reader: self.reader.into(),
            request: self.request.into(),
            asked: 1,
            refused: u32::from(self.refused),
            items: self.items,
            first: self.at,
            last: self.at,
        }
    }
}

type Key = (Timestamp, Option<ClientId>, String, String);

/// Lines that wait to be written. Bounded: as many as there are programs and requests.
#[derive(Default)]
pub struct Ledger(Mutex<HashMap<Key, AccessLine>>);

impl Ledger {
    /// Adds one request.
    pub fn note(&self, entry: &Entry<'_>) {
        let line = entry.line();
        let key = (
            line.day,
            line.client,
            line.reader.clone(),
            line.request.clone(),
        );
        let mut lines = locked(&self.0);
        let Some(known) = lines.get_mut(&key) else {
            lines.insert(key, line);
            return;
        };
        known.asked += 1;
        known.refused += line.refused;
        known.items = known.items.saturating_add(line.items);
        known.first = known.first.min(line.first);
        known.last = known.last.max(line.last);
    }

    /// Takes out what waits.
    pub fn take(&self) -> Vec<AccessLine> {
        let lines = std::mem::take(&mut *locked(&self.0));
        lines.into_values().collect()
    }
}

impl Caller {
    /// A request of the owner's own program, for the log; nobody else's.
    pub fn entry<'a>(
        &'a self,
        request: &'a str,
        refused: bool,
        items: u32,
        at: Timestamp,
    ) -> Option<Entry<'a>> {
        let Self::Own(reader) = self else { return None };
        Some(Entry {
            client: None,
            reader,
            request,
            refused,
            items,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d6_requests_of_a_day_add_up_to_one_line() {
        let ledger = Ledger::default();
        let own = Caller::Own("window".into());
        for (request, refused, items, at) in [
            ("search", false, 3, 5),
            ("search", true, 0, 1),
            ("search", false, 4, DAY_MS + 1),
            ("status", false, 0, 9),
        ] {
            let at = Timestamp::from_millis(at);
            ledger.note(&own.entry(request, refused, items, at).unwrap());
        }
        assert!(
            Caller::Stranger
                .entry("search", false, 0, Timestamp::default())
                .is_none()
        );
        let mut lines = ledger.take();
        assert_eq!(ledger.take(), []);
        lines.sort_by_key(|line| (line.day, line.request.clone()));
        let told: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.request.as_str(),
                    line.asked,
                    line.refused,
                    line.items,
                    line.first.millis(),
                    line.last.millis(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("search", 2, 1, 3, 1, 5),
                ("status", 1, 0, 0, 9, 9),
                ("search", 1, 0, 4, DAY_MS + 1, DAY_MS + 1)
            ]
        );
    }
}
