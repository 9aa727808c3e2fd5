//! What a fault came to, and the table of all.

use crate::ledger::Broken;
use serde::Serialize;

/// The result of one kind of fault.
#[derive(Default, Serialize)]
pub struct Outcome {
    /// Kills, states, flips: how often it was done.
    pub tried: u64,
    /// Promises that were made meanwhile.
    pub acknowledged: u64,
    /// Promises that were not kept.
    pub lost: u64,
    /// Things that are there more than once.
    pub doubled: u64,
    /// Wrong or missing without a word.
    pub silent: u64,
    /// The first few of these, in words.
    pub examples: Vec<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// Why it could not be tried here.
    pub skipped: Option<String>,
}

/// Words that say more than these do not help.
const MOST_EXAMPLES: usize = 8;

impl Outcome {
    /// It could not be tried here.
    pub fn skipped(why: impl Into<String>) -> Self {
        Self {
            skipped: Some(why.into()),
            ..Self::default()
        }
    }

    /// Counts what is broken; `place` says where it was.
    pub fn count(&mut self, place: &str, broken: Broken) {
        self.lost += broken.lost.len() as u64;
        self.doubled += broken.doubled.len() as u64;
        self.silent += broken.silent.len() as u64;
        let all = [
            ("lost", broken.lost),
            ("doubled", broken.doubled),
            ("silent", broken.silent),
        ];
        for (what, words) in all {
            let words = words
                .into_iter()
                .map(|words| format!("{place}: {what}: {words}"));
            let room = MOST_EXAMPLES.saturating_sub(self.examples.len());
            self.examples.extend(words.take(room));
        }
    }

    /// Counts one promise as broken.
    pub fn lose(&mut self, place: &str, words: impl Into<String>) {
        let lost = vec![words.into()];
        self.count(
            place,
            Broken {
                lost,
                ..Broken::default()
            },
        );
    }

    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.lost + self.doubled + self.silent == 0
    }

    /// The row of the table.
    pub fn row(&self, name: &str) -> String {
        let Self {
            tried,
            acknowledged,
            lost,
            doubled,
            silent,
            ..
        } = self;
        match &self.skipped {
            Some(why) => format!("{name:<10} SKIPPED: {why}"),
            None => format!(
                "{name:<10} {tried:>6} {acknowledged:>13} {lost:>6} {doubled:>8} {silent:>7}"
            ),
        }
    }
}

/// The head of the table.
pub const HEAD: &str = "fault       tried  acknowledged   lost  doubled  silent";
