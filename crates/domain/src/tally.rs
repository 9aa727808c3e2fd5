//! What a question that counts, compares or sums comes to: the result and the rows it was made from.

use crate::{Found, Span, TimeRange};

/// A result computed from rows of memory, never by a model. Every row that went into it is named.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// What was counted, in the question's own words, e.g. `go to the beach`.
    pub what: String,
    /// What the rows come to.
    pub total: Total,
    /// Everything that was counted, oldest first; for [`Total::Between`] and [`Total::Order`] in the order of the result.
    pub rows: Vec<TallyRow>,
}

/// One thing that was counted: the words that tell of it, and when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct TallyRow {
    /// The memory or observation that tells of it.
    pub found: Found,
    /// The sentence that does, in the text of [`Found::text`].
    pub span: Span,
    /// The day it happened, or the days it may have happened on, in the question's time zone.
    pub on: TimeRange,
    /// Which of the things that the question names it is; empty when it names one thing.
    pub name: String,
    /// How many things, where things were counted; otherwise 1.
    pub number: u32,
    /// How much money, where money was summed.
    pub amount: Option<Amount>,
}

/// What the rows come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Total {
    /// Something happened so many times. With `often`, how far apart was asked too.
    Times {
        /// One a row.
        number: u32,
        /// Whether the question was "how often".
        often: bool,
    },
    /// Something happened on so many days of the calendar.
    Days {
        /// Days, each once.
        number: u32,
    },
    /// So many things.
    Things {
        /// The sum of the rows' numbers.
        number: u32,
    },
    /// So much money, each currency for itself.
    Money {
        /// Never empty; sorted by currency.
        sums: Vec<Amount>,
    },
    /// The time from the first row to the second.
    Between(Duration),
    /// The time from the row to the moment of the question.
    Since(Duration),
    /// The rows stand in the order in which they happened.
    Order {
        /// Whether the question asks only which of them is at one end.
        asks: End,
    },
}

/// Which end of an order is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The first.
    First,
    /// The last.
    Last,
    /// Neither: the whole order.
    Whole,
}

/// Whole units of the calendar and the days that are left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// What was asked for.
    pub unit: Unit,
    /// Whole ones.
    pub whole: u32,
    /// Days beyond them.
    pub days: u32,
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// Seven days.
    Week,
    /// To the same day of another month, or its last.
    Month,
    /// To the same day of another year.
    Year,
}

impl Unit {
    /// All four, shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The word for one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// Money of one currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    /// ISO 4217 code, e.g. `EUR`.
    pub currency: &'static str,
    /// In hundredths of the unit.
    pub hundredths: i64,
}
