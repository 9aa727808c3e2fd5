//! How ids, times and enums stand in the database. A number, once given, keeps its meaning for ever.

use crate::{
    error::{Result, StoreError},
    types::{GapReason, JobKind, PictureSize},
};
use afterimage_domain::{Detail, EntityKind, Kind, MemoryState, Timestamp, Trust};
use uuid::Uuid;

/// An enum that is stored as a number.
pub(crate) trait Code: Copy + PartialEq + Sized + 'static {
    /// Every value with its number.
    const CODES: &'static [(i64, Self)];

    /// Its number.
    fn code(self) -> i64 {
        Self::CODES
            .iter()
            .find(|(_, value)| *value == self)
            .map_or(-1, |(code, _)| *code)
    }

    /// The value with this number.
    fn from_code(code: i64) -> Result<Self> {
        Self::CODES
            .iter()
            .find(|(known, _)| *known == code)
            .map(|(_, value)| *value)
            .ok_or(StoreError::Corrupt("database"))
    }
}

impl Code for Kind {
    const CODES: &'static [(i64, Self)] = &[
        (0, Self::Core),
        (1, Self::Episodic),
        (2, Self::Semantic),
        (3, Self::Procedural),
        (4, Self::Resource),
        (5, Self::Vault),
    ];
}

impl Code for Trust {
    const CODES: &'static [(i64, Self)] = &[
        (0, Self::Screen),
        (1, Self::OwnWindow),
        (2, Self::Client),
        (3, Self::Chat),
        (4, Self::User),
    ];
}

impl Code for MemoryState {
    const CODES: &'static [(i64, Self)] = &[
        (0, Self::Active),
        (1, Self::Superseded),
        (2, Self::Deleted),
        (3, Self::Waiting),
    ];
}

impl Code for EntityKind {
    const CODES: &'static [(i64, Self)] = &[
        (0, Self::Person),
        (1, Self::Project),
        (2, Self::Place),
        (3, Self::Organisation),
        (4, Self::Thing),
    ];
}

/// The numbers of bits.
impl Code for Detail {
    const CODES: &'static [(i64, Self)] = &[
        (0, Self::Name),
        (1, Self::Email),
        (2, Self::Phone),
        (3, Self::Address),
        (4, Self::Document),
        (5, Self::Account),
    ];
}

impl Code for JobKind {
    const CODES: &'static [(i64, Self)] = &[(0, Self::Embed), (1, Self::Absorb)];
}

impl Code for PictureSize {
    const CODES: &'static [(i64, Self)] = &[(0, Self::Thumbnail), (1, Self::Full)];
}

impl Code for GapReason {
    const CODES: &'static [(i64, Self)] = &[
        (0, Self::Paused),
        (1, Self::Locked),
        (2, Self::Excluded),
        (3, Self::Idle),
        (4, Self::Blocked),
        (5, Self::Overload),
        (6, Self::Forgotten),
    ];
}

/// An id out of its 16 bytes.
pub(crate) fn uuid(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// An id that may be absent.
pub(crate) fn maybe_uuid(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    row.get::<_, Option<[u8; 16]>>(column)
        .map(|bytes| bytes.map(Uuid::from_bytes))
}

/// A time out of its milliseconds.
pub(crate) fn time(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Code + std::fmt::Debug>() {
        for (code, value) in T::CODES {
            assert_eq!(value.code(), *code);
            assert_eq!(T::from_code(*code).unwrap(), *value);
        }
        assert!(T::from_code(-1).is_err());
    }

    #[test]
    fn every_value_has_one_number() {
        check::<Kind>();
        check::<Trust>();
        check::<MemoryState>();
        check::<JobKind>();
        check::<Detail>();
        check::<PictureSize>();
        check::<GapReason>();
        assert!(Kind::ALL.iter().all(|kind| kind.code() >= 0));
        assert!(Detail::ALL.iter().all(|detail| detail.code() >= 0));
    }
}
