//! Times named in a question: "yesterday afternoon", "in March", "between 3 and 9 May", 上周.
//!
//! [`mentions`] reads them relative to the moment and zone of the question. Days begin at midnight and weeks on Monday.
//! A day or month without a year is the latest one that is not in the future, since memory is about the past.

use afterimage_domain::{TimeRange, Timestamp};
use jiff::{
    ToSpan,
    civil::{Date, DateTime, Weekday, date},
    tz::TimeZone,
};
use regex::{Captures, Regex};
use std::{
    ops::{Range, RangeInclusive},
    sync::LazyLock,
};

/// A time named in a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// What it means.
    pub range: TimeRange,
    /// Where the words stand in the question, in bytes.
    pub span: Range<usize>,
    /// The same day or month in words, as [`afterimage_domain::Observation::searchable`] spells it; empty for other spans.
    pub spelled: String,
    /// The last years of it, three at most.
    pub years: RangeInclusive<i16>,
}

/// Every time named in `text`, in order. `zone` decides where days begin.
pub fn mentions(text: &str, now: Timestamp, zone: &TimeZone) -> Vec<Mention> {
    let Ok(moment) = jiff::Timestamp::from_millisecond(now.millis()) else {
        return vec![];
    };
    let text = text.to_ascii_lowercase();
    let today = zone.to_datetime(moment).date();
    joined(points(&text, today), &text, today)
        .into_iter()
        .filter_map(|point| point.mention(zone))
        .collect()
}

/// From the first to the last moment of all mentions; `None` without any.
pub fn hull(mentions: &[Mention]) -> Option<TimeRange> {
    let from = mentions.iter().map(|mention| mention.range.from).min()?;
    let to = mentions.iter().map(|mention| mention.range.to).max()?;
    Some(TimeRange { from, to })
}

/// A span of local time and where it is named.
#[derive(Clone, Debug)]
struct Point {
    from: DateTime,
    to: DateTime,
    span: Range<usize>,
}

impl Point {
    fn mention(self, zone: &TimeZone) -> Option<Mention> {
        let moment = |at: DateTime| {
            let zoned = at.to_zoned(zone.clone()).ok()?;
            Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
        };
        Some(Mention {
            range: TimeRange {
                from: moment(self.from)?,
                to: moment(self.to)?,
            },
            spelled: self.spelled(),
            years: self.years(),
            span: self.span,
        })
    }

    fn years(&self) -> RangeInclusive<i16> {
        let last = self
            .to
            .date()
            .yesterday()
            .map_or(self.to.year(), |day| day.year());
        self.from.year().max(last - 2)..=last.max(self.from.year())
    }

    fn spelled(&self) -> String {
        let first = self.from.date();
        if self.to <= first.tomorrow().unwrap_or(first).at(0, 0, 0, 0) {
            return first.strftime("%-d %B").to_string();
        }
        let last = self.to.date().yesterday().unwrap_or(first);
        if (first.year(), first.month()) == (last.year(), last.month()) {
            return first.strftime("%B").to_string();
        }
        String::new()
    }
}

/// Whole days, the end outside.
struct Days(Date, Date);

impl Days {
    fn one(day: Date) -> Option<Self> {
        Some(Self(day, day.tomorrow().ok()?))
    }

    fn month(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        Some(Self(first, first.checked_add(1.month()).ok()?))
    }

    fn year(year: i16) -> Option<Self> {
        Some(Self(
            Date::new(year, 1, 1).ok()?,
            Date::new(year.checked_add(1)?, 1, 1).ok()?,
        ))
    }

    fn week_of(day: Date) -> Option<Self> {
        let monday = day
            .checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
            .ok()?;
        Some(Self(monday, monday.checked_add(1.week()).ok()?))
    }
}

/// Reads what a pattern found, seen from a day.
type Reading = fn(&Captures, Date) -> Option<Days>;
type Rule = (Regex, Reading);

/// What a time can look like, most specific first: a later rule does not read what an earlier one has read.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    const PATTERNS: &[(&str, Reading)] = &[
        (
            r"\b(?<y>\d{4})[-/.](?<m>\d{1,2})[-/.](?<d>\d{1,2})\b",
            numeric_day,
        ),
        (r"\b(?<y>\d{4})-(?<m>\d{2})\b", numeric_month),
        (
            r"(?:(?<y>\d{4})年)?(?<m>\d{1,2}|十[一二]?|[一二三四五六七八九])月(?:(?<d>\d{1,2})[日号])?",
            chinese_date,
        ),
        (
            r"(?<w>大前天|前天|昨天|昨晚|今天|今早|今晚|上上周|上周末|上周|上个?星期|这周|本周|上个?月|这个月|本月|去年|前年|今年)(?<d>[一二三四五六日天])?",
            chinese_word,
        ),
        (
            r"(?:最近|过去)(?<n>\d+|[一二两三四五六七八九十])个?(?<u>天|周|星期|月|年)",
            chinese_last,
        ),
        (
            r"\b(?<n>first|second|third|fourth|last) week(?: of|,| in) {MONTH}(?:,? (?<y>\d{4}))?\b",
            week_of_month,
        ),
        (
            r"\b(?:(?<d>\d{1,2})(?:st|nd|rd|th)?(?: of)? {MONTH}|{MONTH2} (?:the )?(?<d2>\d{1,2})(?:st|nd|rd|th)?)\b(?:,? (?<y>\d{4})\b)?",
            day_of_month,
        ),
        (
            r"\b(?<part>early|mid|late|beginning of|start of|middle of|end of)(?:[ -]| the month of ){MONTH}(?:,? (?<y>\d{4})\b)?",
            part_of_month,
        ),
        (r"\b{MONTH},?(?: of)? (?<y>\d{4})\b", month),
        (
            r"\b(?:in|during|of|since|until|till|before|after|last|this|from|to|between|and|through|by)(?: the month of)? (?<bare>{MONTH})\b",
            month,
        ),
        (
            r"\b(?<m>january|february|april|june|july|august|september|october|november|december)\b",
            month,
        ),
        (r"\b(?:the )?day before yesterday\b", |_, today| {
            days_ago(today, 2)
        }),
        (r"\byesterday\b", |_, today| days_ago(today, 1)),
        (r"\blast night\b", |_, today| days_ago(today, 1)),
        (
            r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b",
            |_, today| Days::one(today),
        ),
        (r"\btomorrow\b", |_, today| days_ago(today, -1)),
        (
            r"\b{N} (?<u>day|week|month|year)s? (?:ago|earlier|back)\b",
            ago,
        ),
        (
            r"\b(?:last|past|previous) {N} (?<u>day|week|month|year)s?\b",
            in_the_last,
        ),
        (r"\bpast (?<u>day|week|month|year)\b", in_the_last),
        (r"\b(?<w>last|previous|past|this) weekend\b", weekend),
        (
            r"\b(?<w>last|previous|this) (?<u>week|month|year)\b",
            calendar_unit,
        ),
        (r"\b(?<w>last|past|this|on|previous) {WEEKDAY}\b", weekday),
        (
            r"\b{WEEKDAY} (?:morning|afternoon|evening|night)\b",
            weekday,
        ),
        (
            r"\b(?:in|during|of|since|year|by|until|before|after) (?<y>(?:19|20)\d{2})\b",
            year,
        ),
    ];
    PATTERNS
        .iter()
        .map(|(pattern, read)| (compiled(pattern), *read))
        .collect()
});

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const WEEKDAYS: &str = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const NUMBERS: &str = r"\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|(?:a )?couple of|(?:a )?few|several";

fn compiled(pattern: &str) -> Regex {
    let pattern = pattern
        .replace("{MONTH}", &format!("(?<m>{MONTHS})"))
        .replace("{MONTH2}", &format!("(?<m2>{MONTHS})"))
        .replace("{WEEKDAY}", &format!("(?<wd>{WEEKDAYS})"))
        .replace("{N}", &format!("(?<n>{NUMBERS})"));
    Regex::new(&pattern).expect("a pattern of ours")
}

/// All points named in `text`, without overlaps, in order, cut to the part of the day that follows.
fn points(text: &str, today: Date) -> Vec<Point> {
    let mut found: Vec<Point> = vec![];
    for (pattern, read) in RULES.iter() {
        for captures in pattern.captures_iter(text) {
            let span = named_span(&captures);
            if found.iter().any(|point| overlap(&point.span, &span)) {
                continue;
            }
            if let Some(days) = read(&captures, today) {
                found.push(with_part_of_day(days, span, text));
            }
        }
    }
    found.sort_by_key(|point| point.span.start);
    found
}

/// The words that name the time; a preposition that only proves "may" to be a month is left to others.
fn named_span(captures: &Captures) -> Range<usize> {
    let named = captures.name("bare").or_else(|| captures.get(0));
    named.map_or(0..0, |words| words.range())
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Narrows one day to "morning" and the like, said before, inside or after it.
fn with_part_of_day(days: Days, span: Range<usize>, text: &str) -> Point {
    static PART: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:,? (?:in the |at )?)?(?<p>morning|noon|afternoon|evening|night)\b|^(?<z>早上|上午|中午|下午|晚上)")
            .expect("a pattern of ours")
    });
    let mut point = Point {
        from: days.0.at(0, 0, 0, 0),
        to: days.1.at(0, 0, 0, 0),
        span,
    };
    if days.0.tomorrow().ok() != Some(days.1) {
        return point;
    }
    let own = &text[point.span.clone()];
    let inside = [
        "morning",
        "afternoon",
        "evening",
        "night",
        "今早",
        "今晚",
        "昨晚",
    ];
    let mut part = inside.into_iter().find(|part| own.contains(part));
    if let Some(after) = PART.captures(&text[point.span.end..]) {
        let words = after.name("p").or_else(|| after.name("z"));
        point.span.end += after.get(0).map_or(0, |all| all.end());
        part = words.map(|words| words.as_str());
    }
    if let Some((from, to)) = part.and_then(hours) {
        point.to = point.from.saturating_add(i64::from(to).hours());
        point.from = days.0.at(from, 0, 0, 0);
    }
    point
}

/// First hour and the hour after the last one; beyond 24 is the next day.
fn hours(part: &str) -> Option<(i8, i8)> {
    Some(match part {
        "morning" | "早上" | "上午" | "今早" => (5, 12),
        "noon" | "中午" => (11, 14),
        "afternoon" | "下午" => (12, 18),
        "evening" | "晚上" | "今晚" | "昨晚" => (17, 24),
        "night" | "tonight" => (18, 28),
        _ => return None,
    })
}

/// Makes one span of "between A and B" and "from A to B", and an open one of "since A", "after A" and "before A".
fn joined(points: Vec<Point>, text: &str, today: Date) -> Vec<Point> {
    let mut spans: Vec<Point> = vec![];
    for point in points {
        match spans.last_mut() {
            Some(open) if continues(open, &point, text) => {
                open.to = point.to.max(open.to);
                open.from = point.from.min(open.from);
                open.span.end = point.span.end;
            }
            _ => spans.push(point),
        }
    }
    for span in &mut spans {
        open_ended(span, text, today);
    }
    spans
}

fn continues(open: &Point, next: &Point, text: &str) -> bool {
    let between = text[open.span.end..next.span.start].trim();
    let before = text[..open.span.start].trim_end();
    match between {
        "and" => before.ends_with("between"),
        "to" | "until" | "till" | "through" | "-" | "–" | "到" | "至" => true,
        _ => false,
    }
}

/// How far back "before" reaches.
const LONG_AGO: Date = date(1970, 1, 1);

fn open_ended(span: &mut Point, text: &str, today: Date) {
    let before = text[..span.span.start].trim_end();
    let word = before.rsplit(' ').next().unwrap_or("");
    let end_of_today = today.tomorrow().unwrap_or(today).at(0, 0, 0, 0);
    match word {
        "since" | "after" if span.from < end_of_today => {
            if word == "after" {
                span.from = span.to;
            }
            span.to = end_of_today.max(span.from);
        }
        "before" | "until" | "till" => {
            span.to = span.from;
            span.from = LONG_AGO.at(0, 0, 0, 0);
        }
        _ => return,
    }
    span.span.start = before.len() - word.len();
}

fn number(captures: &Captures, name: &str) -> Option<i64> {
    let words = captures.name(name)?.as_str();
    let words = words.strip_prefix("a ").unwrap_or(words);
    Some(match words {
        "a" | "an" | "one" | "一" | "first" => 1,
        "two" | "couple of" | "二" | "两" | "second" => 2,
        "three" | "few" | "三" | "third" => 3,
        "four" | "several" | "四" | "fourth" => 4,
        "five" | "五" => 5,
        "six" | "六" => 6,
        "seven" | "七" => 7,
        "eight" | "八" => 8,
        "nine" | "九" => 9,
        "ten" | "十" => 10,
        "十一" => 11,
        "twelve" | "十二" => 12,
        digits => return digits.parse().ok(),
    })
}

fn month_number(captures: &Captures) -> Option<i8> {
    const STARTS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let name = captures.name("m").or_else(|| captures.name("m2"))?.as_str();
    let at = STARTS.iter().position(|start| name.starts_with(start))?;
    i8::try_from(at + 1).ok()
}

fn year_number(captures: &Captures) -> Option<i16> {
    captures.name("y")?.as_str().parse().ok()
}

/// The year asked for, or the latest in which the month has begun.
fn year_of(captures: &Captures, month: i8, today: Date) -> i16 {
    year_number(captures).unwrap_or(today.year() - i16::from(month > today.month()))
}

fn days_ago(today: Date, days: i64) -> Option<Days> {
    Days::one(today.checked_sub(days.days()).ok()?)
}

fn numeric_day(captures: &Captures, _: Date) -> Option<Days> {
    let (month, day) = (number(captures, "m")?, number(captures, "d")?);
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Days::one(Date::new(year_number(captures)?, month, day).ok()?)
}

fn numeric_month(captures: &Captures, _: Date) -> Option<Days> {
    Days::month(
        year_number(captures)?,
        i8::try_from(number(captures, "m")?).ok()?,
    )
}

fn chinese_date(captures: &Captures, today: Date) -> Option<Days> {
    let month = i8::try_from(number(captures, "m")?).ok()?;
    let year = year_of(captures, month, today);
    match number(captures, "d") {
        Some(day) => Days::one(Date::new(year, month, i8::try_from(day).ok()?).ok()?),
        None => Days::month(year, month),
    }
}

fn chinese_word(captures: &Captures, today: Date) -> Option<Days> {
    let week = |back: i64| Days::week_of(today.checked_sub(back.weeks()).ok()?);
    let word = captures.name("w")?.as_str();
    let weeks_back = match word {
        "大前天" => return days_ago(today, 3),
        "前天" => return days_ago(today, 2),
        "昨天" | "昨晚" => return days_ago(today, 1),
        "今天" | "今早" | "今晚" => return Days::one(today),
        "上个月" | "上月" => return months_back(today, 1),
        "这个月" | "本月" => return months_back(today, 0),
        "前年" => return Days::year(today.year() - 2),
        "去年" => return Days::year(today.year() - 1),
        "今年" => return Days::year(today.year()),
        "上周末" => {
            let Days(monday, next) = week(1)?;
            return Some(Days(monday.checked_add(5.days()).ok()?, next));
        }
        "上上周" => 2,
        "这周" | "本周" => 0,
        _ => 1,
    };
    let days = week(weeks_back)?;
    match captures.name("d").map(|day| day.as_str()) {
        None => Some(days),
        Some("日" | "天") => Days::one(days.1.yesterday().ok()?),
        Some(_) => Days::one(
            days.0
                .checked_add((number(captures, "d")? - 1).days())
                .ok()?,
        ),
    }
}

fn chinese_last(captures: &Captures, today: Date) -> Option<Days> {
    let unit = match captures.name("u")?.as_str() {
        "天" => "day",
        "月" => "month",
        "年" => "year",
        _ => "week",
    };
    until_today(number(captures, "n")?, unit, today)
}

fn week_of_month(captures: &Captures, today: Date) -> Option<Days> {
    let month = month_number(captures)?;
    let Days(first, after) = Days::month(year_of(captures, month, today), month)?;
    if &captures["n"] == "last" {
        return Some(Days(after.checked_sub(7.days()).ok()?, after));
    }
    let start = first
        .checked_add(((number(captures, "n")? - 1) * 7).days())
        .ok()?;
    Some(Days(start, start.checked_add(7.days()).ok()?.min(after)))
}

fn day_of_month(captures: &Captures, today: Date) -> Option<Days> {
    let month = month_number(captures)?;
    let day = number(captures, "d").or_else(|| number(captures, "d2"))?;
    let day = i8::try_from(day).ok()?;
    let this_year = Date::new(year_of(captures, month, today), month, day).ok()?;
    let ahead = captures.name("y").is_none() && this_year > today;
    let last_year = || Date::new(this_year.year() - 1, month, day).ok();
    Days::one(if ahead { last_year()? } else { this_year })
}

fn part_of_month(captures: &Captures, today: Date) -> Option<Days> {
    let month = month_number(captures)?;
    let Days(first, after) = Days::month(year_of(captures, month, today), month)?;
    let day = |number: i64| first.checked_add((number - 1).days()).ok();
    // Loosely: what is told as "early" may lie some days into the middle.
    Some(match &captures["part"] {
        "early" | "beginning of" | "start of" => Days(first, day(12)?),
        "mid" | "middle of" => Days(day(10)?, day(22)?),
        _ => Days(day(20)?, after),
    })
}

fn month(captures: &Captures, today: Date) -> Option<Days> {
    let month = month_number(captures)?;
    Days::month(year_of(captures, month, today), month)
}

fn months_back(today: Date, months: i64) -> Option<Days> {
    let day = today.first_of_month().checked_sub(months.months()).ok()?;
    Days::month(day.year(), day.month())
}

/// "Three weeks ago" is meant loosely: a week around that day; months and years are the calendar's.
fn ago(captures: &Captures, today: Date) -> Option<Days> {
    let count = number(captures, "n")?;
    match &captures["u"] {
        "day" => days_ago(today, count),
        "week" => {
            let day = today.checked_sub(count.weeks()).ok()?;
            Some(Days(
                day.checked_sub(3.days()).ok()?,
                day.checked_add(4.days()).ok()?,
            ))
        }
        "month" => months_back(today, count),
        _ => Days::year(today.year() - i16::try_from(count).ok()?),
    }
}

fn in_the_last(captures: &Captures, today: Date) -> Option<Days> {
    let count = captures
        .name("n")
        .map_or(Some(1), |_| number(captures, "n"))?;
    until_today(count, &captures["u"], today)
}

fn until_today(count: i64, unit: &str, today: Date) -> Option<Days> {
    let span = match unit {
        "day" => count.days(),
        "week" => count.weeks(),
        "month" => count.months(),
        _ => count.years(),
    };
    Some(Days(today.checked_sub(span).ok()?, today.tomorrow().ok()?))
}

fn weekend(captures: &Captures, today: Date) -> Option<Days> {
    let Days(monday, next) = Days::week_of(today)?;
    let back = i64::from(&captures["w"] != "this");
    let saturday = monday.checked_add(5.days()).ok()?;
    Some(Days(
        saturday.checked_sub(back.weeks()).ok()?,
        next.checked_sub(back.weeks()).ok()?,
    ))
}

fn calendar_unit(captures: &Captures, today: Date) -> Option<Days> {
    let back = i64::from(&captures["w"] != "this");
    match &captures["u"] {
        "week" => Days::week_of(today.checked_sub(back.weeks()).ok()?),
        "month" => months_back(today, back),
        _ => Days::year(today.year() - i16::try_from(back).ok()?),
    }
}

/// The latest such day up to today; "last" and "past" mean one before today, "this" the one of this week.
fn weekday(captures: &Captures, today: Date) -> Option<Days> {
    let wanted = match &captures["wd"] {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        _ => Weekday::Sunday,
    };
    let word = captures.name("w").map_or("on", |word| word.as_str());
    if word == "this" {
        let offset = i64::from(wanted.to_monday_zero_offset());
        return Days::one(Days::week_of(today)?.0.checked_add(offset.days()).ok()?);
    }
    let mut back = i64::from(wanted.until(today.weekday()));
    if back == 0 && word != "on" {
        back = 7;
    }
    days_ago(today, back)
}

fn year(captures: &Captures, _: Date) -> Option<Days> {
    Days::year(year_number(captures)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thursday 14 March 2024, 15:30 in Berlin (winter time until the 31st).
    const NOW: &str = "2024-03-14T15:30";

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn moment(local: &str, zone: &TimeZone) -> Timestamp {
        let local: DateTime = local.parse().unwrap();
        let zoned = local.to_zoned(zone.clone()).unwrap();
        Timestamp::from_millis(zoned.timestamp().as_millisecond())
    }

    fn shown(at: Timestamp, zone: &TimeZone) -> String {
        let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap();
        zone.to_datetime(moment)
            .strftime("%Y-%m-%dT%H:%M")
            .to_string()
    }

    /// The spans a question names, as local time.
    fn read(question: &str, now: &str) -> Vec<String> {
        let zone = berlin();
        mentions(question, moment(now, &zone), &zone)
            .into_iter()
            .map(|mention| {
                let (from, to) = (mention.range.from, mention.range.to);
                format!("{} {}", shown(from, &zone), shown(to, &zone)).replace("T00:00", "")
            })
            .collect()
    }

    /// M17
    #[test]
    fn times_are_read_from_where_the_question_stands() {
        for (question, expected) in [
            ("what did I read today?", "2024-03-14 2024-03-15"),
            (
                "what did I read this morning",
                "2024-03-14T05:00 2024-03-14T12:00",
            ),
            ("Yesterday?", "2024-03-13 2024-03-14"),
            (
                "the page from yesterday afternoon",
                "2024-03-13T12:00 2024-03-13T18:00",
            ),
            ("who called last night", "2024-03-13T18:00 2024-03-14T04:00"),
            ("the day before yesterday", "2024-03-12 2024-03-13"),
            ("3 days ago", "2024-03-11 2024-03-12"),
            ("two weeks ago I ran", "2024-02-26 2024-03-04"),
            ("a month ago", "2024-02-01 2024-03-01"),
            ("a couple of months ago", "2024-01-01 2024-02-01"),
            ("a year ago", "2023-01-01 2024-01-01"),
            ("last week", "2024-03-04 2024-03-11"),
            ("this week", "2024-03-11 2024-03-18"),
            ("last month", "2024-02-01 2024-03-01"),
            ("last year", "2023-01-01 2024-01-01"),
            ("last weekend", "2024-03-09 2024-03-11"),
            ("the past two weeks", "2024-02-29 2024-03-15"),
            ("in the last 10 days", "2024-03-04 2024-03-15"),
            ("over the last 3 months", "2023-12-14 2024-03-15"),
            ("last Tuesday", "2024-03-12 2024-03-13"),
            ("last Thursday", "2024-03-07 2024-03-08"),
            ("on Thursday", "2024-03-14 2024-03-15"),
            ("on Friday evening", "2024-03-08T17:00 2024-03-09"),
            ("in March", "2024-03-01 2024-04-01"),
            ("in April", "2023-04-01 2023-05-01"),
            ("In March 2023, who", "2023-03-01 2023-04-01"),
            ("on 7 May", "2023-05-07 2023-05-08"),
            ("on May 7th, 2022", "2022-05-07 2022-05-08"),
            ("the 1st of March", "2024-03-01 2024-03-02"),
            ("March 20", "2023-03-20 2023-03-21"),
            ("2023-05-07", "2023-05-07 2023-05-08"),
            ("mid-January", "2024-01-10 2024-01-22"),
            ("at the end of February", "2024-02-20 2024-03-01"),
            ("early December 2022", "2022-12-01 2022-12-12"),
            ("the first week of January", "2024-01-01 2024-01-08"),
            ("30 February", "2024-02-01 2024-03-01"),
            ("in 2022", "2022-01-01 2023-01-01"),
            ("between 3 May and 9 May", "2023-05-03 2023-05-10"),
            ("from January to February", "2024-01-01 2024-03-01"),
            ("since 1 March", "2024-03-01 2024-03-15"),
            ("after 10 March 2024", "2024-03-11 2024-03-15"),
            ("before 2 January 2024", "1970-01-01 2024-01-02"),
            ("昨天看了什么", "2024-03-13 2024-03-14"),
            ("上周的会议", "2024-03-04 2024-03-11"),
            ("上周二", "2024-03-05 2024-03-06"),
            ("三月", "2024-03-01 2024-04-01"),
            ("2023年5月7日", "2023-05-07 2023-05-08"),
            ("最近3天", "2024-03-11 2024-03-15"),
        ] {
            assert_eq!(read(question, NOW), [expected], "{question}");
        }
    }

    #[test]
    fn words_that_only_look_like_times_are_left_alone() {
        for question in [
            "may I see it",
            "will she march on",
            "the last page",
            "how many weeks did it take",
            "room 2024",
            "",
        ] {
            assert_eq!(read(question, NOW), [""; 0], "{question}");
        }
    }

    #[test]
    fn days_wrap_at_the_turn_of_the_year() {
        for (question, expected) in [
            ("yesterday", "2023-12-31 2024-01-01"),
            ("last week", "2023-12-25 2024-01-01"),
            ("last month", "2023-12-01 2024-01-01"),
            ("in December", "2023-12-01 2024-01-01"),
        ] {
            assert_eq!(read(question, "2024-01-01T00:05"), [expected], "{question}");
        }
    }

    #[test]
    fn the_day_the_clocks_change_has_its_own_length() {
        let zone = berlin();
        let hours = |now: &str| {
            let now = moment(now, &zone);
            let range = mentions("yesterday", now, &zone)[0].range;
            range.to.millis_since(range.from) / 3_600_000
        };
        assert_eq!(hours("2024-04-01T12:00"), 23);
        assert_eq!(hours("2024-10-28T12:00"), 25);
        assert_eq!(hours("2024-03-14T12:00"), 24);
    }

    #[test]
    fn two_times_are_two_mentions_where_the_words_stand() {
        let zone = berlin();
        let question = "compare 3 May 2023 with last week";
        let found = mentions(question, moment(NOW, &zone), &zone);
        let words: Vec<_> = found
            .iter()
            .map(|mention| &question[mention.span.clone()])
            .collect();
        assert_eq!(words, ["3 May 2023", "last week"]);
        assert_eq!(found[0].spelled, "3 May");
        assert_eq!(found[1].spelled, "March");
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        proptest::proptest!(|(text in "\\PC{0,60}", millis: i64)| {
            let found = mentions(&text, Timestamp::from_millis(millis), &TimeZone::UTC);
            for mention in found {
                proptest::prop_assert!(text.get(mention.span).is_some());
            }
        });
    }
}
