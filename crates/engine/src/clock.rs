//! The clock and the dice: below the engine both are parameters.

use afterimage_domain::{Timestamp, id::uuid_v7};
use afterimage_store::Clocks;
use jiff::tz::TimeZone;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Now.
pub fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Time since the machine started, sleep included; where the system does not tell, since this process first asked.
pub fn since_boot() -> Duration {
    #[cfg(target_os = "linux")]
    {
        read(libc::CLOCK_BOOTTIME)
    }
    #[cfg(not(target_os = "linux"))]
    awake()
}

/// The same without the time the machine slept.
pub fn awake() -> Duration {
    #[cfg(target_os = "linux")]
    {
        read(libc::CLOCK_MONOTONIC)
    }
    #[cfg(not(target_os = "linux"))]
    {
        static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        FIRST.get_or_init(std::time::Instant::now).elapsed()
    }
}

#[cfg(target_os = "linux")]
fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer lives through the call, which fills it; these clocks are always there.
    unsafe { libc::clock_gettime(clock, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Both clocks, for what must not be cheated by setting one.
pub fn clocks() -> Clocks {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Clocks {
        wall: now(),
        boot: boot.trim().parse().unwrap_or_default(),
        since_boot: since_boot(),
    }
}

/// A new identity that sorts by creation time.
pub fn new_id() -> Uuid {
    id_at(now())
}

/// A new identity for something of that moment.
pub fn id_at(at: Timestamp) -> Uuid {
    let mut entropy = [0; 10];
    // Without the system's dice, time and the allocator's addresses still tell two ids apart.
    if getrandom::fill(&mut entropy).is_err() {
        let fallback = (&raw const entropy).addr() as u64 ^ at.millis() as u64;
        entropy[..8].copy_from_slice(&fallback.to_le_bytes());
    }
    uuid_v7(at, entropy)
}

/// The zone called `name`, or the system's for an empty name; `None` when there is no such zone.
pub fn zone(name: &str) -> Option<TimeZone> {
    match name {
        "" => Some(TimeZone::system()),
        name => TimeZone::get(name).ok(),
    }
}

/// The IANA name of the zone that the setting `name` means.
pub fn zone_name(name: &str) -> String {
    let zone = zone(name).unwrap_or(TimeZone::UTC);
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// The first moment of the day that `at` lies in.
pub fn midnight(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    let start = moment.to_zoned(zone.clone()).start_of_day();
    start.map_or(at, |start| {
        Timestamp::from_millis(start.timestamp().as_millisecond())
    })
}

/// Moments of something that should be rare, counted by a clock that nobody can set.
#[derive(Default)]
pub struct Moments(Vec<Instant>);

impl Moments {
    /// It happened now.
    pub fn note(&mut self) {
        self.0.push(Instant::now());
    }

    /// Whether it never happened.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often it happened in the last `span`.
    pub fn within(&self, span: Duration) -> usize {
        self.0
            .iter()
            .filter(|moment| moment.elapsed() <= span)
            .count()
    }
}

/// Whether the calendar goes as evenly as a clock that nobody can set. A battery that ran down, or a hand, makes it jump by years, and
/// nothing may be deleted because of that.
#[derive(Default)]
pub struct Steadiness(Option<(Timestamp, Duration)>);

/// A calendar that is set right by the network moves by less.
const JUMP_MS: i64 = 120_000;

impl Steadiness {
    /// Takes in the calendar and the time since some fixed moment; for how long the two have gone together.
    pub fn observe(&mut self, calendar: Timestamp, since_start: Duration) -> Duration {
        let (began, at) = *self.0.get_or_insert((calendar, since_start));
        let passed = since_start.saturating_sub(at);
        let jumped = (calendar.millis_since(began) - passed.as_millis() as i64).abs() > JUMP_MS;
        if jumped {
            self.0 = Some((calendar, since_start));
            return Duration::ZERO;
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f8_a_calendar_that_jumps_begins_to_be_believed_anew() {
        let mut steadiness = Steadiness::default();
        let mut check = |calendar_s: i64, since_s: u64, steady_s: u64| {
            let calendar = Timestamp::from_millis(calendar_s * 1_000);
            let steady = steadiness.observe(calendar, Duration::from_secs(since_s));
            assert_eq!(
                steady,
                Duration::from_secs(steady_s),
                "{calendar_s} {since_s}"
            );
        };
        check(1_000, 5, 0);
        check(1_060, 65, 60);
        check(1_130, 125, 120);
        check(315_000_000, 130, 0);
        check(315_000_060, 190, 60);
        check(1_300, 200, 0);
        check(4_900, 3_800, 3_600);
    }

    #[test]
    fn a_day_starts_at_midnight_where_the_user_is() {
        let at = Timestamp::from_millis(1_795_169_700_000); // 2026-11-20T10:15Z
        for (zone_name, expected) in [
            ("UTC", "2026-11-20T00:00:00Z"),
            ("Asia/Tokyo", "2026-11-19T15:00:00Z"),
            ("America/New_York", "2026-11-20T05:00:00Z"),
        ] {
            let expected: jiff::Timestamp = expected.parse().unwrap();
            let start = midnight(at, &zone(zone_name).unwrap());
            assert_eq!(start.millis(), expected.as_millisecond(), "{zone_name}");
        }
    }

    #[test]
    fn a_zone_that_does_not_exist_is_none() {
        assert!(zone("Atlantis/Poseidonis").is_none());
        assert!(zone("").is_some());
    }
}
