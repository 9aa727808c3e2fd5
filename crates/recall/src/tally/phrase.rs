//! Events as questions name them: by a clause ("I visited Bern") or by a thing ("the concert").

use super::word::{self, Term};
use crate::words::STOP_WORDS;
use regex::Regex;
use std::sync::LazyLock;

/// Something that happened, as the question names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The question's words.
    pub name: String,
    /// Who did it.
    pub who: Who,
    /// All of these words tell of it.
    pub terms: Vec<Term>,
    /// Which one is meant when there are several.
    pub pick: Pick,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// The one who asks.
    User,
    /// Somebody named.
    Named(Vec<String>),
    /// It happened.
    Anyone,
}

/// Which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// There is to be one only.
    Only,
    /// "First".
    First,
    /// "Last".
    Last,
}

/// Something that happened, named by a clause ("I visited Bern", "when I went to the dentist") or by a thing ("the concert").
pub fn named(words: &str) -> Option<Event> {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?i)(?:(?:the (?:day|time|date|moment)|when|that|on which)\s+)*(?:(?<i>I|we)\s+(?:had |have )?(?<did>.+)|(?<thing>.+))$")
            .expect("a pattern of ours")
    });
    let found = OPENING.captures(words.trim())?;
    match (found.name("did"), found.name("thing")) {
        (Some(did), _) => phrase(did.as_str(), Who::User, true),
        (None, Some(thing)) => phrase(thing.as_str(), Who::Anyone, false),
        (None, None) => None,
    }
}

/// The words that must all be there; `None` when there are none. The first of a clause is its verb.
pub fn phrase(words: &str, who: Who, is_clause: bool) -> Option<Event> {
    const EMPTY: &[&str] = &[
        "time",
        "times",
        "total",
        "altogether",
        "ever",
        "far",
        "already",
        "actually",
        "event",
        "s",
    ];
    let mut pick = Pick::Only;
    let mut terms: Vec<Term> = Vec::new();
    for token in word::read(words) {
        match token.word.as_str() {
            "last" => pick = Pick::Last,
            "first" => pick = Pick::First,
            word if EMPTY.contains(&word) => {}
            // "have", "do" and the like are verbs where a clause begins with them.
            word if is_clause && terms.is_empty() && is_doing(word) => terms.push(Term::verb(word)),
            word if STOP_WORDS.contains(word) => {}
            word if is_clause && terms.is_empty() => terms.push(Term::verb(word)),
            word => terms.push(Term::thing(word)),
        }
    }
    let name = words.trim().to_owned();
    (!terms.is_empty()).then_some(Event {
        name,
        who,
        terms,
        pick,
    })
}

fn is_doing(word: &str) -> bool {
    ["have", "had", "do", "did", "done"].contains(&word)
}

/// The members of `A, B and C` or `A or B`, without quotation marks.
pub fn parts(list: &str) -> Vec<String> {
    static BREAK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r",? (?:and|or) |, ").expect("a pattern of ours"));
    let parts = BREAK.split(list).map(|part| {
        part.trim_matches(|c: char| c.is_whitespace() || "'\"“”‘’?".contains(c))
            .to_owned()
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// Whether a member of a list has a verb of its own.
pub fn begins_with_verb(part: &str) -> bool {
    let first = part.split(' ').next().unwrap_or_default();
    let is_noun = ["a", "an", "the", "my", "our", "his", "her", "their"].contains(&first);
    first.starts_with(char::is_lowercase) && !is_noun
}
