//! Moments and spans of time.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(transparent)]
#[ts(type = "number")]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment moved by `seconds` (negative: earlier). Saturates.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Whole milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A half-open span of time: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimeRange {
    /// First moment inside.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
}

impl TimeRange {
    /// Whether `at` lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_start_and_not_its_end() {
        let range = TimeRange {
            from: Timestamp::from_millis(10),
            to: Timestamp::from_millis(20),
        };
        for (millis, inside) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(
                range.contains(Timestamp::from_millis(millis)),
                inside,
                "{millis}"
            );
        }
    }
}
