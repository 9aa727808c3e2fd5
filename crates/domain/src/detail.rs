//! Personal details: of which kinds a text holds some. They are no secrets, so they stay; that they are there is kept beside the text.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A kind of personal detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Somebody's name.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// Where somebody lives: a street, a house, a postal code.
    Address,
    /// The number of a passport, a driving licence, an identity card, a taxpayer.
    Document,
    /// The number of a bank account or of its bank.
    Account,
}

impl Detail {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Address,
        Self::Document,
        Self::Account,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Document => "document",
            Self::Account => "account",
        }
    }

    /// What stands in the text instead of it, where the user wants it hidden.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Name => "[private:name]",
            Self::Email => "[private:email]",
            Self::Phone => "[private:phone]",
            Self::Address => "[private:address]",
            Self::Document => "[private:document]",
            Self::Account => "[private:account]",
        }
    }
}
