//! Identifiers. Each noun has a type of its own, so that one cannot be passed for another.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use ts_rs::TS;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// One picture of one monitor.
    FrameId
);
id!(
    /// One redacted piece of text somebody saw, typed or imported.
    ObservationId
);
id!(
    /// One typed memory.
    MemoryId
);
id!(
    /// Somebody or something that memories are about.
    EntityId
);
id!(
    /// One conversation in the assistant chat.
    ThreadId
);
id!(
    /// One unit of background work.
    JobId
);
id!(
    /// A program that is not ours and was let in.
    ClientId
);
id!(
    /// The proof that something was forgotten.
    ReceiptId
);

/// A new UUID v7: sorts by creation time. `at` and `entropy` come from the caller, who owns clock and randomness.
pub fn uuid_v7(at: crate::Timestamp, entropy: [u8; 10]) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(at.millis().max(0) as u64, &entropy).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn ids_sort_by_creation_time() {
        let early = uuid_v7(Timestamp::from_millis(1_000), [255; 10]);
        let late = uuid_v7(Timestamp::from_millis(1_001), [0; 10]);
        assert!(early < late);
    }

    #[test]
    fn an_id_survives_its_text_form() {
        let id = FrameId(uuid_v7(Timestamp::from_millis(5), [7; 10]));
        assert_eq!(id.to_string().parse::<FrameId>().unwrap(), id);
    }
}
