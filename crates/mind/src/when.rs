//! Times that a sentence names from where it stands: "yesterday", "last Friday", "two weeks ago" -> the days meant.
//!
//! What is remembered is read later, when "yesterday" is another day.

use afterimage_domain::Timestamp;
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// A time that a sentence names, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meant {
    /// The words of the sentence.
    pub(crate) words: String,
    /// The first day meant.
    pub(crate) from: Date,
    grain: Grain,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Grain {
    Day,
    Weekend,
    Week,
    Month,
    Year,
}

type Reading = fn(&Captures<'_>, Date) -> Option<(Date, Grain)>;

static RULES: LazyLock<Vec<(Regex, Reading)>> = LazyLock::new(|| {
    const DAYS: &str = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";
    let rules: [(String, Reading); 7] = [
        ("the day before yesterday".into(), |_, said| days(said, -2)),
        ("yesterday|last night".into(), |_, said| days(said, -1)),
        ("today|tonight|this (?:morning|afternoon|evening)".into(), |_, said| days(said, 0)),
        ("tomorrow".into(), |_, said| days(said, 1)),
        (
            format!("(?<which>last|this past|next) (?<day>{DAYS}|weekend|week|month|year)"),
            |found, said| named(found.name("which")?.as_str(), found.name("day")?.as_str(), said),
        ),
        (
            r"(?<n>an?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,3}) (?<unit>day|week|month|year)s? ago".into(),
            |found, said| ago(number(found.name("n")?.as_str())?, found.name("unit")?.as_str(), said),
        ),
        (
            r"in (?<n>an?|one|two|three|four|five|six|\d{1,3}) (?<unit>day|week|month|year)s?".into(),
            |found, said| ago(-number(found.name("n")?.as_str())?, found.name("unit")?.as_str(), said),
        ),
    ];
    let compiled = rules.into_iter().map(|(pattern, reading)| {
        let regex = Regex::new(&format!(r"(?i)\b(?:{pattern})\b"));
        (regex.expect("a pattern of ours"), reading)
    });
    compiled.collect()
});

/// The first time that `sentence` names from the moment it was said; `time_zone` decides which day that was (UTC when it is unknown).
pub(crate) fn meant(sentence: &str, said: Timestamp, time_zone: &str) -> Option<Meant> {
    let moment = jiff::Timestamp::from_millisecond(said.millis()).ok()?;
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let day = zone.to_datetime(moment).date();
    let found = RULES.iter().filter_map(|(regex, reading)| {
        let captures = regex.captures(sentence)?;
        let words = captures.get(0)?;
        let (from, grain) = reading(&captures, day)?;
        let meant = Meant {
            words: words.as_str().to_owned(),
            from,
            grain,
        };
        Some((words.start(), meant))
    });
    // Of rules that read the same place the first is the most specific.
    found
        .min_by_key(|(start, _)| *start)
        .map(|(_, meant)| meant)
}

impl Meant {
    /// The days in words: `7 May 2023`, `the week of 3 July 2023`, `June 2023`.
    pub(crate) fn spelled(&self) -> String {
        let day = self.from.strftime("%-d %B %Y");
        match self.grain {
            Grain::Day => day.to_string(),
            Grain::Weekend => format!("the weekend of {day}"),
            Grain::Week => format!("the week of {day}"),
            Grain::Month => self.from.strftime("%B %Y").to_string(),
            Grain::Year => self.from.strftime("%Y").to_string(),
        }
    }

    /// The beginning of the first day.
    pub(crate) fn begins(&self, time_zone: &str) -> Option<Timestamp> {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let begins = self.from.to_zoned(zone).ok()?;
        Some(Timestamp::from_millis(begins.timestamp().as_millisecond()))
    }
}

fn days(said: Date, count: i64) -> Option<(Date, Grain)> {
    Some((said.checked_add(count.days()).ok()?, Grain::Day))
}

fn named(which: &str, name: &str, said: Date) -> Option<(Date, Grain)> {
    let step: i64 = if which.eq_ignore_ascii_case("next") {
        1
    } else {
        -1
    };
    match name.to_lowercase().as_str() {
        "week" => Some((monday(said)?.checked_add(step.weeks()).ok()?, Grain::Week)),
        "month" => month(said, step),
        "year" => year(said, step),
        "weekend" if step < 0 => {
            // On a Sunday the last weekend is still the one before.
            let saturday = monday(said)?.checked_sub(2.days()).ok()?;
            Some((saturday, Grain::Weekend))
        }
        "weekend" => Some((monday(said)?.checked_add(5.days()).ok()?, Grain::Weekend)),
        day => Some((
            said.nth_weekday(step as i32, weekday(day)?).ok()?,
            Grain::Day,
        )),
    }
}

fn ago(count: i64, unit: &str, said: Date) -> Option<(Date, Grain)> {
    match unit.to_lowercase().as_str() {
        "day" => days(said, -count),
        "week" => Some((monday(said.checked_sub(count.weeks()).ok()?)?, Grain::Week)),
        "month" => month(said, -count),
        _ => year(said, -count),
    }
}

fn month(said: Date, count: i64) -> Option<(Date, Grain)> {
    let there = said.first_of_month().checked_add(count.months()).ok()?;
    Some((there, Grain::Month))
}

fn year(said: Date, count: i64) -> Option<(Date, Grain)> {
    let there = said.first_of_year().checked_add(count.years()).ok()?;
    Some((there, Grain::Year))
}

fn monday(day: Date) -> Option<Date> {
    let past = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(past.days()).ok()
}

fn weekday(name: &str) -> Option<Weekday> {
    const STARTS: [(&str, Weekday); 7] = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    let found = STARTS.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, weekday)| *weekday)
}

fn number(word: &str) -> Option<i64> {
    const WORDS: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let word = word.to_lowercase();
    match word.as_str() {
        "a" | "an" => Some(1),
        _ => WORDS
            .iter()
            .position(|known| *known == word)
            .map(|at| at as i64 + 1)
            .or_else(|| word.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::START;

    /// Said on Thursday, 12 March 2026.
    fn check(sentence: &str, expected: &[(&str, &str)]) {
        let found = meant(sentence, START, "UTC");
        let found: Vec<(String, String)> = found
            .into_iter()
            .map(|meant| (meant.words.clone(), meant.spelled()))
            .collect();
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(words, spelled)| ((*words).to_owned(), (*spelled).to_owned()))
            .collect();
        assert_eq!(found, expected, "{sentence}");
    }

    /// M5
    #[test]
    fn times_are_told_from_the_day_they_were_said() {
        check("I went there yesterday.", &[("yesterday", "11 March 2026")]);
        check(
            "It was the day before yesterday",
            &[("the day before yesterday", "10 March 2026")],
        );
        check("Last Friday we met.", &[("Last Friday", "6 March 2026")]);
        check("last Thursday", &[("last Thursday", "5 March 2026")]);
        check("see you next Tues", &[("next Tues", "17 March 2026")]);
        check("I moved three years ago", &[("three years ago", "2023")]);
        check("a month ago", &[("a month ago", "February 2026")]);
        check(
            "2 weeks ago",
            &[("2 weeks ago", "the week of 23 February 2026")],
        );
        check(
            "last week was hard",
            &[("last week", "the week of 2 March 2026")],
        );
        check(
            "last weekend",
            &[("last weekend", "the weekend of 7 March 2026")],
        );
        check("We leave in two days.", &[("in two days", "14 March 2026")]);
        check("last year", &[("last year", "2025")]);
        check("I like it there.", &[]);
        check("the lastweek file", &[]);
    }

    /// M5
    #[test]
    fn the_zone_decides_which_day_it_was() {
        let late = START.plus_seconds(14 * 3600 + 1800);
        let spelled = |zone| meant("today", late, zone).unwrap().spelled();
        assert_eq!(spelled("UTC"), "12 March 2026");
        assert_eq!(spelled("Europe/Zurich"), "13 March 2026");
    }
}
