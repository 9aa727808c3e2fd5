//! Moments and stretches of time as people type and read them.

use afterimage_engine::api::Timestamp;
use jiff::{Zoned, civil, tz::TimeZone};
use std::str::FromStr;

/// A moment: RFC 3339, a local date and time, or a local date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment(pub Timestamp);

/// A stretch of time: a number and one of s, m, h, d.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// At least 1.
    pub seconds: u32,
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let exact = || text.parse::<jiff::Timestamp>().ok();
        let local =
            |moment: civil::DateTime| Some(moment.to_zoned(TimeZone::system()).ok()?.timestamp());
        exact()
            .or_else(|| local(text.parse().ok()?))
            .or_else(|| local(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0)))
            .map(|moment| Self(Timestamp::from_millis(moment.as_millisecond())))
            .ok_or_else(|| "is not a time such as 2026-11-20T10:15".into())
    }
}

impl FromStr for Stretch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
        let (number, unit) = text.split_at(split);
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => 0,
        };
        let seconds = number
            .parse::<u32>()
            .ok()
            .and_then(|number| number.checked_mul(unit));
        match seconds {
            Some(seconds) if seconds > 0 => Ok(Self { seconds }),
            _ => Err("is not a duration such as 60s, 15m, 1h or 2d".into()),
        }
    }
}

/// Now.
pub fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// For people: local date and time to the minute.
pub fn shown(at: Timestamp) -> String {
    match zoned(at) {
        Some(local) => local.strftime("%Y-%m-%d %H:%M").to_string(),
        None => "?".into(),
    }
}

/// For people: the day in UTC, as the access log counts days.
pub fn utc_day(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    moment.to_zoned(TimeZone::UTC).date().to_string()
}

/// For people: local time to the second.
pub fn clock(at: Timestamp) -> String {
    match zoned(at) {
        Some(local) => local.strftime("%H:%M:%S").to_string(),
        None => "?".into(),
    }
}

fn zoned(at: Timestamp) -> Option<Zoned> {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    Some(moment.to_zoned(TimeZone::system()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_read() {
        for (text, seconds) in [
            ("60s", Some(60)),
            ("15m", Some(900)),
            ("1h", Some(3_600)),
            ("2d", Some(172_800)),
            ("0s", None),
            ("1", None),
            ("h", None),
            ("", None),
            ("-1h", None),
            ("99999999d", None),
            ("1ß", None),
        ] {
            assert_eq!(
                text.parse::<Stretch>().ok().map(|stretch| stretch.seconds),
                seconds,
                "{text}"
            );
        }
    }

    #[test]
    fn moments_are_read() {
        let exact = "2026-11-20T10:15:00Z".parse::<Moment>().unwrap();
        assert_eq!(exact.0.millis(), 1_795_169_700_000);
        for text in ["2026-11-20", "2026-11-20T10:15", "2026-11-20 10:15:30"] {
            assert!(text.parse::<Moment>().is_ok(), "{text}");
        }
        assert!("soon".parse::<Moment>().is_err());
    }
}
