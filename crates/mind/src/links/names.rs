//! Names in a text: words with a capital, and what the words around them say they are.

use crate::{domain_span, prose};
use afterimage_domain::{EntityKind, Mention, link::plain};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// A word of a name, and a name of up to four.
pub(super) const NAME: &str = r"\p{Lu}[\p{L}\p{M}\p{N}’'-]*(?: (?:(?:van|von|de|der|di|la) )?\p{Lu}[\p{L}\p{M}\p{N}’'-]*){0,3}";

static FOUND: LazyLock<Regex> = LazyLock::new(|| Regex::new(NAME).expect("a fixed pattern"));

/// What has a capital and names nobody: the calendar, greetings, what begins sentences.
const NOT_NAMES: &str = "i monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september \
    october november december mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep oct nov dec mr mrs ms dr prof ok okay yes no please \
    thanks thank hi hello dear hey sorry congratulations great good morning evening english german french italian spanish today tomorrow \
    yesterday user assistant note seen asked read used worked the a an my our your his her their its this that these those it he she we you \
    they there here and but or so if when while after before since because as at in on for from to with by of about what which who whom whose \
    where why how did do does have has had is are was were be been will would can could should may might must let lets just also then now \
    well oh wow not never always last next every some any all both one two three first second met saw went told called got took made asked \
    bought visited spent remember don i'm i've i'll i'd it's that's there's let's we're we've";

/// Names that are known from elsewhere.
#[derive(Default)]
pub(super) struct Known {
    kinds: BTreeMap<String, EntityKind>,
    /// Single words that stand with a capital inside sentences.
    inside: BTreeSet<String>,
}

impl Known {
    /// Somebody who speaks.
    pub(super) fn speaker(&mut self, name: &str) {
        if !matches!(name, "" | "user" | "assistant" | "me" | "self") {
            self.kinds.insert(plain(name), EntityKind::Person);
            self.words_of(name);
        }
    }

    /// What a memory is about.
    pub(super) fn subject(&mut self, name: &str) {
        self.words_of(name);
    }

    /// Takes in what stands with a capital inside the sentences of a text, and what it is.
    pub(super) fn read(&mut self, text: &str) {
        for sentence in prose::sentences(text) {
            let words = sentence.span.of(text).unwrap_or_default();
            for found in FOUND.find_iter(words).filter(|found| found.start() > 0) {
                self.words_of(found.as_str());
                let (name, kind) = (own(found.as_str()), kind(words, found.range()));
                if kind != EntityKind::Thing {
                    let known = self.kinds.entry(plain(name)).or_insert(kind);
                    *known = (*known).min(kind);
                }
            }
        }
    }

    /// What a name is known to be.
    pub(super) fn kind(&self, name: &str) -> Option<EntityKind> {
        self.kinds.get(&plain(name)).copied()
    }

    fn words_of(&mut self, name: &str) {
        let words = name.split(' ').map(own).filter(|word| !is_common(word));
        self.inside.extend(words.map(str::to_lowercase));
    }
}

/// The names in those sentences of `text` that `is_read` lets through.
pub(super) fn names(text: &str, known: &Known, is_read: &dyn Fn(&str) -> bool) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for sentence in prose::sentences(text)
        .iter()
        .filter(|sentence| is_read(&sentence.text))
    {
        let words = sentence.span.of(text).unwrap_or_default();
        for found in FOUND.find_iter(words) {
            let Some(range) = trimmed(words, found.range(), known) else {
                continue;
            };
            let name = &words[range.clone()];
            let at = sentence.span.start as usize;
            mentions.push(Mention {
                name: name.to_owned(),
                kind: known
                    .kind(name)
                    .unwrap_or_else(|| kind(words, range.clone())),
                span: domain_span(at + range.start, at + range.end),
            });
        }
    }
    mentions
}

/// Whether the whole of `text` is a name of at most `most` words.
pub(super) fn is_name(text: &str, most: usize) -> bool {
    let whole = |found: regex::Match<'_>| found.range() == (0..text.len());
    FOUND.find(text).is_some_and(whole)
        && text.split(' ').count() <= most
        && !text.split(' ').all(is_common)
}

/// The name within what was found: without the words around it that are none, and without its "'s".
fn trimmed(
    sentence: &str,
    range: std::ops::Range<usize>,
    known: &Known,
) -> Option<std::ops::Range<usize>> {
    let (mut start, mut end) = (
        range.start,
        range.start + own(&sentence[range.clone()]).len(),
    );
    while let Some(first) = sentence[start..end]
        .split(' ')
        .next()
        .filter(|first| !first.is_empty())
    {
        // A capital at the beginning of a sentence says nothing, unless the word stands inside another.
        let begins = start == 0 && !known.inside.contains(&own(first).to_lowercase());
        let is_alone = start + first.len() == end;
        let doubtful = begins && (is_alone || first.to_lowercase().ends_with("ed"));
        if !is_common(first) && !doubtful {
            break;
        }
        start = (start + first.len() + 1).min(end);
    }
    while let Some(last) = sentence[start..end]
        .rsplit(' ')
        .next()
        .filter(|last| is_common(last))
    {
        end = end.saturating_sub(last.len() + 1).max(start);
        if start == end {
            break;
        }
    }
    let name = &sentence[start..end];
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let shouts = letters > 5 && name.chars().all(|c| !c.is_lowercase());
    (letters >= 2 && !shouts).then_some(start..end)
}

/// Without the "'s" of what somebody owns.
fn own(name: &str) -> &str {
    let name = name.trim_end_matches(['-', '\'', '’']);
    ["'s", "’s"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

fn is_common(word: &str) -> bool {
    let word = own(word).to_lowercase().replace('’', "'");
    NOT_NAMES.split_whitespace().any(|common| common == word)
}

/// What the words around a name say it is.
fn kind(sentence: &str, range: std::ops::Range<usize>) -> EntityKind {
    static CUES: LazyLock<[(Regex, Regex, EntityKind); 4]> = LazyLock::new(|| {
        use EntityKind::{Organisation, Person, Place, Project};
        let cue = |before: &str, after: &str, kind| {
            let before = Regex::new(&format!(r"(?i)\b(?:{before})\W+$")).expect("a fixed pattern");
            let after = Regex::new(&format!(r"(?i)^(?:{after})\b")).expect("a fixed pattern");
            (before, after, kind)
        };
        [
            cue(
                "works? (?:at|for)|worked (?:at|for)|employed by|joined|hired by",
                r"gmbh|inc|ltd|corp|university",
                Organisation,
            ),
            cue(
                r"project(?: called| named)?|(?:beta|release|deadline|roadmap|launch) (?:of|for)(?: the)?",
                r"\W+(?:project|beta|release|deadline|roadmap|sprint|launch|repo)",
                Project,
            ),
            cue(
                r"in|near|visit(?:ed)?|lives? in|moved to|trip to|flight to|flew to|drove to|travelled to|arrived in",
                r"\W+(?:airport|station|beach|street)",
                Place,
            ),
            cue(
                r"with|met|meet|called|asked|told|saw|invited|mrs?|ms|dr|friend|wife|husband|partner|girlfriend|boyfriend|sister|brother|mother|father|mom|mum|dad|son|daughter|boss|manager|colleague|neighbou?r|dear|hi|hello|from my",
                r"(?:'s|’s) (?:wife|husband|partner|sister|brother|mother|father|son|daughter|birthday|boss|dog|cat)|\W+(?:said|says|told|asked|wrote|called|thinks|likes|loves|lives|works|is my|was born|moved|prefers|and i)",
                Person,
            ),
        ]
    });
    let (before, after) = (&sentence[..range.start], &sentence[range.end..]);
    let fits = |(left, right, _): &&(Regex, Regex, EntityKind)| {
        left.is_match(before) || right.is_match(after)
    };
    CUES.iter()
        .find(fits)
        .map_or(EntityKind::Thing, |(.., kind)| *kind)
}

/// For tests of what is found: names and kinds.
#[cfg(test)]
pub(super) fn shown(text: &str) -> Vec<String> {
    let mut known = Known::default();
    known.read(text);
    let found = names(text, &known, &|_| true);
    found
        .iter()
        .map(|mention| {
            assert_eq!(mention.span.of(text), Some(mention.name.as_str()));
            assert!(mention.span.start < mention.span.end);
            format!("{} {}", mention.name, mention.kind.name())
        })
        .collect()
}
