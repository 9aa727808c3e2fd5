//! Questions that count, compare or sum, answered from rows: how many times, how many, how much in all, how long between, how long ago,
//! which first, in what order.
//!
//! [`tally`] reads the question, finds every row that tells of the events it names, tells the events apart by their days, and does the
//! arithmetic. It never guesses: where one telling may or may not be of the same event as another, where a habit or a number left open is
//! among them, or where nothing is found, there is no tally and the question is answered like any other. `docs/spec/links.md` has the
//! behaviours.

mod amount;
mod event;
mod form;
mod phrase;
mod span;
mod told;
mod word;

use crate::{RecallError, time, without, zone};
use afterimage_domain::{
    Query, Tally, TallyRow, Total,
    tally::{Amount, End, Unit},
};
use afterimage_store::ReadTxn;
use event::{Measure, Rows};
use form::Form;
use jiff::civil::Date;
use phrase::Event;
use std::collections::{BTreeMap, BTreeSet};

/// The most events that are named one by one; beyond, a count says little and its citations nothing.
const MOST_ROWS: usize = 60;

/// One event is not counted, it is told: the question is answered from it as any other, by which more may be found.
const FEWEST_ROWS: usize = 2;

/// What the rows come to for a question that asks to count, compare or sum; `None` for all others, and where rows cannot tell. Days are cut
/// in the query's time zone; nothing at or after the query's moment counts.
pub fn tally(query: &Query, txn: &ReadTxn<'_>) -> Result<Option<Tally>, RecallError> {
    let zone = zone(&query.time_zone);
    let mentions = time::mentions(&query.text, query.at, &zone);
    let Some(form) = form::read(&without(&query.text, &mentions)).filter(|_| mentions.len() <= 1)
    else {
        return Ok(None);
    };
    let rows = Rows {
        query,
        txn,
        zone: &zone,
        within: mentions.first().map(|mention| mention.range),
    };
    let tally = rows.tally(form)?;
    Ok(tally.filter(|tally| tally.rows.len() <= MOST_ROWS))
}

impl Rows<'_> {
    fn tally(&self, form: Form) -> Result<Option<Tally>, RecallError> {
        match form {
            Form::Times { event, often } => {
                let times = |rows: &[TallyRow]| Total::Times {
                    number: rows.len() as u32,
                    often,
                };
                self.counted(&event, Measure::Once, times)
            }
            Form::Days { event } => self.counted(&event, Measure::Once, |rows| Total::Days {
                number: days(rows),
            }),
            Form::Things { noun, event } => {
                let things = |rows: &[TallyRow]| Total::Things {
                    number: rows.iter().map(|row| row.number).sum(),
                };
                self.counted(&event, Measure::Number(&noun), things)
            }
            Form::Money { event } => self.counted(&event, Measure::Money, |rows| Total::Money {
                sums: sums(rows),
            }),
            Form::Between { pairs, unit } => self.between(&pairs, unit),
            Form::Since { event, unit } => self.since(&event, unit),
            Form::Order { events, asks } => self.order(&events, asks),
        }
    }

    fn counted(
        &self,
        event: &Event,
        measure: Measure<'_>,
        total: impl FnOnce(&[TallyRow]) -> Total,
    ) -> Result<Option<Tally>, RecallError> {
        let rows = self.all(event, measure)?;
        let rows = rows.filter(|rows| rows.len() >= FEWEST_ROWS);
        Ok(rows.map(|rows| Tally {
            what: event.name.clone(),
            total: total(&rows),
            rows,
        }))
    }

    /// Between the two events of the one pair of which both are known.
    fn between(&self, pairs: &[(Event, Event)], unit: Unit) -> Result<Option<Tally>, RecallError> {
        let mut found = Vec::new();
        for (a, b) in pairs {
            if let (Some(a), Some(b)) = (self.one(a)?, self.one(b)?) {
                found.push([a, b]);
            }
        }
        let Some([a, b]) = found.pop().filter(|_| found.is_empty()) else {
            return Ok(None);
        };
        let duration = self.day(&a).zip(self.day(&b));
        let duration = duration.and_then(|(a, b)| span::between(a, b, unit));
        Ok(duration.map(|duration| Tally {
            what: String::new(),
            total: Total::Between(duration),
            rows: vec![a, b],
        }))
    }

    fn since(&self, event: &Event, unit: Unit) -> Result<Option<Tally>, RecallError> {
        let Some(row) = self.one(event)? else {
            return Ok(None);
        };
        let today = span::day_of(self.query.at, self.zone);
        let duration = self.day(&row).zip(today);
        let duration = duration.and_then(|(day, today)| span::between(day, today, unit));
        Ok(duration.map(|duration| Tally {
            what: event.name.clone(),
            total: Total::Since(duration),
            rows: vec![row],
        }))
    }

    /// All events in their order; two on one day have none.
    fn order(&self, events: &[Event], asks: End) -> Result<Option<Tally>, RecallError> {
        let mut rows = Vec::new();
        for event in events {
            match self.one(event)? {
                Some(row) => rows.push(row),
                None => return Ok(None),
            }
        }
        rows.sort_by_key(|row| row.on.from);
        let distinct = days(&rows) as usize == rows.len();
        Ok(distinct.then(|| Tally {
            what: String::new(),
            total: Total::Order { asks },
            rows,
        }))
    }

    fn day(&self, row: &TallyRow) -> Option<Date> {
        span::day_of(row.on.from, self.zone)
    }
}

fn days(rows: &[TallyRow]) -> u32 {
    let days: BTreeSet<_> = rows.iter().map(|row| row.on.from).collect();
    days.len() as u32
}

fn sums(rows: &[TallyRow]) -> Vec<Amount> {
    let mut sums: BTreeMap<&'static str, i64> = BTreeMap::new();
    for amount in rows.iter().filter_map(|row| row.amount.as_ref()) {
        let sum = sums.entry(amount.currency).or_default();
        *sum = sum.saturating_add(amount.hundredths);
    }
    sums.into_iter()
        .map(|(currency, hundredths)| Amount {
            currency,
            hundredths,
        })
        .collect()
}
