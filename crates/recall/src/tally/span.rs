//! Days of the calendar: which day a moment is on, and how far two days are apart.

use afterimage_domain::{
    TimeRange, Timestamp,
    tally::{Duration, Unit},
};
use jiff::{Span, ToSpan, civil::Date, tz::TimeZone};

/// The local day of a moment; `None` outside the years a calendar knows.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(zone.to_datetime(moment).date())
}

/// From the first moment of `first` to the last of `last`, as `zone` has them.
pub fn days(first: Date, last: Date, zone: &TimeZone) -> Option<TimeRange> {
    let start = |day: Date| {
        let zoned = day.to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    };
    Some(TimeRange {
        from: start(first)?,
        to: start(last.tomorrow().ok()?)?,
    })
}

/// The days a span touches: its own day, where it is no longer than one.
pub fn touched(range: TimeRange, zone: &TimeZone) -> Option<TimeRange> {
    const LONGEST_DAY: i64 = 25 * 3_600_000;
    let first = day_of(range.from, zone)?;
    let last = match range.to.millis_since(range.from) {
        // "Last night" ends after midnight and is of the day on which it began.
        ..=LONGEST_DAY => first,
        _ => day_of(Timestamp::from_millis(range.to.millis() - 1), zone)?,
    };
    days(first, last, zone)
}

/// Whether it is one day.
pub fn is_one_day(range: TimeRange, zone: &TimeZone) -> bool {
    let last = Timestamp::from_millis(range.to.millis() - 1);
    day_of(range.from, zone) == day_of(last, zone)
}

/// Whole units from one day to another, whichever is earlier, and the days beyond them.
pub fn between(a: Date, b: Date, unit: Unit) -> Option<Duration> {
    let (from, to) = (a.min(b), a.max(b));
    let mut whole = match unit {
        Unit::Day => day_count(from, to)?,
        Unit::Week => day_count(from, to)? / 7,
        Unit::Month => months(from, to),
        Unit::Year => months(from, to) / 12,
    };
    // The 31st of a month may have no counterpart: then the last day of the shorter month is one unit away.
    while after(from, whole, unit)? > to {
        whole -= 1;
    }
    while after(from, whole + 1, unit)? <= to {
        whole += 1;
    }
    let days = day_count(after(from, whole, unit)?, to)?;
    Some(Duration {
        unit,
        whole: u32::try_from(whole).ok()?,
        days: u32::try_from(days).ok()?,
    })
}

/// The day so many units after another.
fn after(day: Date, count: i64, unit: Unit) -> Option<Date> {
    let span: Span = match unit {
        Unit::Day => count.days(),
        Unit::Week => count.weeks(),
        Unit::Month => count.months(),
        Unit::Year => count.years(),
    };
    day.checked_add(span).ok()
}

fn months(from: Date, to: Date) -> i64 {
    12 * i64::from(to.year() - from.year()) + i64::from(to.month()) - i64::from(from.month())
}

/// Days of the civil calendar between two days, by counting days since March of year 0.
fn day_count(from: Date, to: Date) -> Option<i64> {
    let number = |day: Date| {
        let shifted = i64::from(day.month()) + 9;
        let (year, month) = (i64::from(day.year()) + shifted / 12 - 1, shifted % 12);
        year * 365 + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (month * 306 + 5) / 10
            + i64::from(day.day())
    };
    Some(number(to) - number(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn a_day() -> impl Strategy<Value = Date> {
        (1900i16..2200, 1i8..=12, 1i8..=31).prop_map(|(year, month, day)| {
            date(year, month, 1)
                .with()
                .day(day.min(date(year, month, 1).days_in_month()))
                .build()
                .unwrap()
        })
    }

    proptest! {
        /// L9
        #[test]
        fn whole_units_and_days_lead_from_one_day_to_the_other(a in a_day(), b in a_day()) {
            let (from, to) = (a.min(b), a.max(b));
            for unit in Unit::ALL {
                let found = between(a, b, unit).unwrap();
                let (whole, days) = (i64::from(found.whole), i64::from(found.days));
                let reached = after(from, whole, unit).unwrap();
                prop_assert!(reached <= to, "{unit:?}");
                prop_assert!(after(from, whole + 1, unit).unwrap() > to, "{unit:?}");
                prop_assert_eq!(reached.checked_add(days.days()).unwrap(), to);
            }
            let jiff = from.until(to).unwrap().get_days();
            prop_assert_eq!(between(a, b, Unit::Day).unwrap().whole, jiff as u32);
        }
    }

    #[test]
    fn the_end_of_a_month_is_a_month_after_the_end_of_another() {
        let found = between(date(2024, 1, 31), date(2024, 2, 29), Unit::Month).unwrap();
        assert_eq!((found.whole, found.days), (1, 0));
        let found = between(date(2024, 2, 29), date(2024, 1, 31), Unit::Day).unwrap();
        assert_eq!((found.whole, found.days), (29, 0));
    }
}
