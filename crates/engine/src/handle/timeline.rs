//! What was on the screen: days, spans, frames, pictures, texts.

use crate::{
    api::{Day, Failure, ImageSize, Response},
    clock,
    engine::Engine,
    translate,
};
use afterimage_domain::{FrameId, ObservationId, TimeRange, Timestamp};
use afterimage_store::{DocRef, PictureSize, Quarter};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{ToSpan, tz::TimeZone};

/// Frames of one answer.
const MOST_FRAMES: u32 = 5_000;

pub fn span(engine: &Engine, range: TimeRange, limit: u32) -> Result<Response, Failure> {
    if range.from >= range.to {
        return Err(Failure::bad_request("The span ends before it begins."));
    }
    let timeline = engine
        .readers
        .begin()?
        .timeline(range, limit.min(MOST_FRAMES))?;
    Ok(Response::Timeline {
        frames: timeline
            .frames
            .into_iter()
            .map(translate::timeline_frame)
            .collect(),
        gaps: timeline.gaps.into_iter().map(translate::gap).collect(),
        total: timeline.total,
    })
}

pub fn days(engine: &Engine) -> Result<Response, Failure> {
    let zone = clock::zone(&engine.board.settings().time_zone).unwrap_or(TimeZone::UTC);
    let quarters = engine.readers.begin()?.quarters()?;
    Ok(Response::Days {
        days: days_of(&quarters, &zone),
    })
}

pub fn frame(engine: &Engine, id: FrameId) -> Result<Response, Failure> {
    let frame = engine.readers.begin()?.frame(id)?;
    let frame = frame.ok_or_else(|| Failure::not_found("frame"))?;
    Ok(Response::Frame {
        frame: translate::frame(frame),
    })
}

pub fn image(engine: &Engine, id: FrameId, size: ImageSize) -> Result<Response, Failure> {
    let size = match size {
        ImageSize::Thumbnail => PictureSize::Thumbnail,
        ImageSize::Full => PictureSize::Full,
    };
    let picture = engine.readers.begin()?.picture(id, size)?;
    let picture = picture.ok_or_else(|| Failure::not_found("picture"))?;
    Ok(Response::Image {
        data: BASE64_STANDARD.encode(&picture.bytes),
        mime: picture.mime,
    })
}

pub fn observation(engine: &Engine, id: ObservationId) -> Result<Response, Failure> {
    let view = engine.readers.begin()?;
    let observation = view.observation(id)?;
    let observation = observation.ok_or_else(|| Failure::not_found("observation"))?;
    let details = view.details(DocRef::Observation(id))?.unwrap_or_default();
    Ok(Response::Observation {
        observation,
        details: details.into_iter().collect(),
    })
}

/// Quarters of an hour (newest first) to days where the user lives (newest first).
fn days_of(quarters: &[Quarter], zone: &TimeZone) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for quarter in quarters {
        let is_inside = |day: &&mut Day| day.range.contains(quarter.from);
        match days.last_mut().filter(is_inside) {
            Some(day) => {
                day.frames += quarter.frames;
                day.memories += quarter.memories;
            }
            None => days.extend(day_with(quarter, zone)),
        }
    }
    days
}

fn day_with(quarter: &Quarter, zone: &TimeZone) -> Option<Day> {
    let moment = jiff::Timestamp::from_millisecond(quarter.from.millis()).ok()?;
    let from = moment.to_zoned(zone.clone()).start_of_day().ok()?;
    let to = from.checked_add(1.day()).ok()?;
    let stamp = |moment: &jiff::Zoned| Timestamp::from_millis(moment.timestamp().as_millisecond());
    Some(Day {
        date: from.date().to_string(),
        range: TimeRange {
            from: stamp(&from),
            to: stamp(&to),
        },
        frames: quarter.frames,
        memories: quarter.memories,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, quarters: &[(&str, u32)], expected: &[(&str, u32)]) {
        let quarters: Vec<Quarter> = quarters
            .iter()
            .map(|(from, frames)| Quarter {
                from: Timestamp::from_millis(
                    from.parse::<jiff::Timestamp>().unwrap().as_millisecond(),
                ),
                frames: *frames,
                memories: 1,
            })
            .collect();
        let days = days_of(&quarters, &clock::zone(zone).unwrap());
        let found: Vec<_> = days
            .iter()
            .map(|day| (day.date.as_str(), day.frames))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(
            days.iter().map(|day| day.memories).sum::<u32>(),
            quarters.len() as u32
        );
    }

    #[test]
    fn days_are_those_of_the_users_time_zone() {
        let quarters = [
            ("2026-11-20T00:15:00Z", 2),
            ("2026-11-19T23:45:00Z", 3),
            ("2026-11-17T12:00:00Z", 1),
        ];
        check(
            "UTC",
            &quarters,
            &[("2026-11-20", 2), ("2026-11-19", 3), ("2026-11-17", 1)],
        );
        check(
            "America/New_York",
            &quarters,
            &[("2026-11-19", 5), ("2026-11-17", 1)],
        );
        check(
            "Asia/Kathmandu",
            &quarters,
            &[("2026-11-20", 5), ("2026-11-17", 1)],
        );
    }

    #[test]
    fn a_day_may_have_twenty_three_hours() {
        let quarter = Quarter {
            from: Timestamp::from_millis(
                "2026-03-29T12:00:00Z"
                    .parse::<jiff::Timestamp>()
                    .unwrap()
                    .as_millisecond(),
            ),
            frames: 1,
            memories: 0,
        };
        let day = day_with(&quarter, &clock::zone("Europe/Berlin").unwrap()).unwrap();
        assert_eq!(day.range.to.millis_since(day.range.from), 23 * 3_600_000);
    }
}
