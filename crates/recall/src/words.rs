//! The words of a question: which to look for, whose turns it asks about, and where they stand in what was found.

use crate::time::Mention;
use afterimage_domain::{Origin, Span};
use regex::Regex;
use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    sync::LazyLock,
};

/// The most words of a question that are looked for: a page pasted into the search box is known by its beginning.
const MOST_TERMS: usize = 64;

/// What a question asks for, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The words to look for, lower case, each once, without those that are in every question and those that name a time.
    pub terms: Vec<String>,
    /// Days and months named in the question, spelled as the index spells them.
    pub dates: Vec<String>,
    /// The years of the times named.
    pub years: Vec<String>,
    /// Whose turns are asked about.
    pub voice: Voice,
    /// Whether it asks for a whole course of things, not for one of them.
    pub is_broad: bool,
    /// Every word of the question, to recognise names in.
    names: BTreeSet<String>,
}

/// Whose turns of a chat with the assistant a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// "What did I …": the user's.
    User,
    /// "What did you recommend …": the assistant's.
    Assistant,
    /// Anybody's.
    Anyone,
}

impl Asked {
    /// Reads a question in which `mentions` are the times named.
    pub fn read(question: &str, mentions: &[Mention]) -> Self {
        let lower = question.to_lowercase();
        let all: Vec<&str> = tokens(&lower).map(|range| &lower[range]).collect();
        let timeless = without(question, mentions).to_lowercase();
        let mut terms: Vec<String> = vec![];
        for range in tokens(&timeless) {
            let term = plain(&timeless[range]);
            if terms.len() < MOST_TERMS
                && !STOP_WORDS.contains(&term)
                && !terms.iter().any(|known| known == term)
            {
                terms.push(term.to_owned());
            }
        }
        let spelled = mentions
            .iter()
            .flat_map(|mention| mention.spelled.split(' '));
        let dates: BTreeSet<String> = spelled
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        Self {
            terms,
            dates: dates.into_iter().collect(),
            years: mentions
                .iter()
                .flat_map(|mention| mention.years.clone())
                .map(|year| year.to_string())
                .collect(),
            voice: Voice::of(question),
            is_broad: is_broad(question),
            names: all.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The text to search for: the terms and the dates. Where only a time is asked for, its years, which everything of that time has in
    /// its date; and every word where nothing else is left.
    pub fn text(&self) -> String {
        let telling: Vec<&String> = self.terms.iter().chain(&self.dates).collect();
        let words = match (telling.is_empty(), self.terms.is_empty()) {
            (false, false) => telling,
            (_, true) if !self.years.is_empty() => self.years.iter().collect(),
            (false, true) => telling,
            (true, _) => self.names.iter().collect(),
        };
        words
            .into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether the question names the one who speaks.
    pub fn names(&self, origin: &Origin) -> bool {
        let speaker = origin.speaker().to_lowercase();
        tokens(&speaker).any(|range| self.names.contains(&speaker[range]))
    }

    /// Whether the question is about turns of this voice.
    pub fn asks_for(&self, origin: &Origin) -> bool {
        match self.voice {
            Voice::User => origin.speaker() == "user",
            Voice::Assistant => origin.speaker() == "assistant",
            Voice::Anyone => false,
        }
    }

    /// How much of the question a text holds, 0 to 1: the share of its words, each counting its rarity.
    pub fn coverage(&self, text: &str, rarity: &HashMap<String, f64>) -> f64 {
        let weight = |term: &str| rarity.get(term).copied().unwrap_or(0.0);
        let lower = text.to_lowercase();
        let held: BTreeSet<&str> = tokens(&lower).map(|range| stem(&lower[range])).collect();
        let total: f64 = self.terms.iter().map(|term| weight(term)).sum();
        let covered = self.terms.iter().filter(|term| held.contains(stem(term)));
        let covered: f64 = covered.map(|term| weight(term)).sum();
        if total > 0.0 { covered / total } else { 0.0 }
    }

    /// Where words of the question stand in a text. None where lower-casing moves the letters, as it does with a Turkish İ.
    pub fn hits(&self, text: &str) -> Vec<Span> {
        let lower = text.to_lowercase();
        if lower.len() != text.len() {
            return vec![];
        }
        let stems: BTreeSet<&str> = self.terms.iter().map(|term| stem(term)).collect();
        tokens(&lower)
            .filter(|range| stems.contains(stem(&lower[range.clone()])))
            .map(|range| Span {
                start: range.start as u32,
                end: range.end as u32,
            })
            .collect()
    }
}

impl Voice {
    fn of(question: &str) -> Self {
        static ASSISTANT: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(concat!(
                r"(?i)\b(?:(?:our|my) (?:previous|last|earlier|past) (?:chat|conversation|discussion)s?|previous (?:chat|conversation)s?|remind me",
                r"|you (?:had |have |previously |also |just )?(?:told|said|say|mentioned|suggested|recommended|gave|wrote|provided|listed|shared|explained|advised))\b",
            ))
            .expect("a pattern of ours")
        });
        static USER: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)\b(?:i|my|me|mine|myself)\b").expect("a pattern of ours")
        });
        if ASSISTANT.is_match(question) {
            Self::Assistant
        } else if USER.is_match(question) {
            Self::User
        } else {
            Self::Anyone
        }
    }
}

/// "Summarise how …", "in what order did I …": many things answer it together.
fn is_broad(question: &str) -> bool {
    static BROAD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i)\b(?:summar(?:y|i[sz]e)|overview|recap|timeline|chronolog\w+|(?:the|what|which) order|in order[,.?]",
            r"|(?:over time|throughout|across our)|ha(?:s|ve) (?:\w+ )?(?:developed|progressed|evolved))",
        ))
        .expect("a pattern of ours")
    });
    BROAD.is_match(question)
}

/// Whether a text states how the reader should always do something: "Always … when I ask about …".
pub fn is_standing_wish(text: &str) -> bool {
    static WISH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?im)(?:^|[.!?] )(?:please,? |and |also,? )?(?:always|never|from now on,?|in (?:the )?future,?|whenever you \w+,?) (?:please )?",
            r"(?:use|include|answer|give (?:me|the|an?|your)|provide|format|write|call|tell|show|explain|suggest|recommend|mention|add|avoid|confirm|keep|maintain|report|remind|respond|reply|speak|translate|cite|list|begin|end|ask|assume|say)\b",
            r"|\bwhen(?:ever)? I ask\b",
        ))
        .expect("a pattern of ours")
    });
    WISH.is_match(text)
}

/// The question with the times blanked out.
pub(crate) fn without(question: &str, mentions: &[Mention]) -> String {
    let mut text = question.to_owned();
    for mention in mentions.iter().rev() {
        text.replace_range(mention.span.clone(), " ");
    }
    text
}

/// Byte ranges of the words of a text: runs of letters and digits.
pub fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\p{L}\p{M}\p{N}]+").expect("a pattern of ours"));
    WORD.find_iter(text).map(|word| word.range())
}

/// `15th` as the index writes days: `15`.
fn plain(word: &str) -> &str {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let is_ordinal = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(&word[digits.len()..], "st" | "nd" | "rd" | "th");
    if is_ordinal { digits } else { word }
}

/// A word without its ending, so that "hiking" and "hikes" meet. Coarser than the index's own stemmer; used for marking and counting only.
pub fn stem(word: &str) -> &str {
    const ENDINGS: [&str; 6] = ["ing", "ed", "es", "s", "ly", "e"];
    let without = |ending: &&str| word.strip_suffix(*ending).filter(|rest| rest.len() >= 3);
    ENDINGS.iter().find_map(without).unwrap_or(word)
}

/// Words that are in every question. Times and names are never among them: "may" as a month has been read before.
pub(crate) static STOP_WORDS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    "a about also am an and any are as at be been but by can could d did do does doing for from had has have having he her hers him his how \
     i if in into is it its just ll m may me might mine must my myself of on or our out re s shall she should so some such t than that the their them \
     then there these they this those to too up us ve was we were what when where which while who whom whose why will with would you your don"
        .split_whitespace()
        .collect()
});

/// Whether somebody asks about himself: "Where do I live?", "Who is my dentist?".
pub fn asks_about_oneself(question: &str) -> bool {
    static ONESELF: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bI\b|(?i)\b(?:my|me|mine|myself|we|our|ours)\b").expect("a fixed pattern")
    });
    ONESELF.is_match(question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_domain::Timestamp;
    use jiff::tz::TimeZone;

    fn asked(question: &str) -> Asked {
        // 14 March 2024
        let now = Timestamp::from_millis(1_710_428_400_000);
        Asked::read(
            question,
            &crate::time::mentions(question, now, &TimeZone::UTC),
        )
    }

    #[test]
    fn broad_questions_are_told_from_narrow_ones() {
        for (question, expected) in [
            ("Can you summarize how my garden progressed?", true),
            ("In which order did I visit the towns?", true),
            ("How has my spelling improved over time?", true),
            ("When did I visit Bern?", false),
            ("What did Ann order in the restaurant?", false),
            ("What did I buy in order to mend the roof?", false),
        ] {
            assert_eq!(asked(question).is_broad, expected, "{question}");
        }
    }

    /// M20
    #[test]
    fn standing_wishes_are_told_from_talk() {
        for (text, expected) in [
            ("Always answer in metres when I ask about distances.", true),
            ("Thanks! From now on, use short sentences.", true),
            ("Please never suggest meat.", true),
            ("Give the source whenever I ask for a figure.", true),
            ("I always liked the sea.", false),
            ("Never give up! You are doing great.", false),
            ("Always here to help.", false),
            ("Is it always so cold there?", false),
        ] {
            assert_eq!(is_standing_wish(text), expected, "{text}");
        }
    }

    #[test]
    fn a_question_keeps_its_telling_words_and_its_dates() {
        for (question, expected) in [
            (
                "When did Caroline go to the support group?",
                "caroline go support group",
            ),
            ("What did Caroline's sister paint", "caroline sister paint"),
            (
                "What happened to the printer last Tuesday",
                "happened printer 12 march",
            ),
            (
                "Which books did I order in February 2023?",
                "books order february",
            ),
            ("the 15th anniversary", "15 anniversary"),
            ("paint paint PAINT", "paint"),
            ("What did I do last year?", "2023"),
            ("what was it", "it was what"),
            ("上周的会议", "的会议 march"),
            ("", ""),
        ] {
            assert_eq!(asked(question).text(), expected, "{question}");
        }
    }

    #[test]
    fn a_page_as_a_question_is_known_by_its_beginning() {
        let page: String = (0..9_000).map(|number| format!("word{number} ")).collect();
        assert_eq!(asked(&page).terms.len(), MOST_TERMS);
    }

    /// M19
    #[test]
    fn a_question_tells_whose_turns_it_is_about() {
        for (question, voice) in [
            ("Where did I park?", Voice::User),
            (
                "What restaurant did you recommend? I mean, you recommended one",
                Voice::Assistant,
            ),
            ("Can you remind me of the script?", Voice::Assistant),
            ("I'm looking back at our previous chat", Voice::Assistant),
            ("Where did Tim park?", Voice::Anyone),
        ] {
            assert_eq!(asked(question).voice, voice, "{question}");
        }
    }

    #[test]
    fn a_named_speaker_is_recognised_by_one_name() {
        let origin = |speaker: &str| Origin::Import {
            thread: String::new(),
            source: String::new(),
            speaker: speaker.into(),
        };
        let question = asked("What did Anna say about Bo's boat?");
        for (speaker, named) in [
            ("Anna", true),
            ("anna karlsson", true),
            ("Bo", true),
            ("Ann", false),
            ("", false),
        ] {
            assert_eq!(question.names(&origin(speaker)), named, "{speaker}");
        }
    }

    #[test]
    fn hits_mark_the_words_whatever_their_ending() {
        let text = "She hikes; the hiking boots are Höher's.";
        let marked: Vec<_> = asked("hiked with höher")
            .hits(text)
            .iter()
            .map(|span| span.of(text).unwrap())
            .collect();
        assert_eq!(marked, ["hikes", "hiking", "Höher"]);
    }

    #[test]
    fn coverage_is_the_share_of_rare_words() {
        let question = asked("blue zeppelin");
        let rarity = HashMap::from([("blue".to_owned(), 1.0), ("zeppelin".to_owned(), 3.0)]);
        for (text, expected) in [
            ("a blue door", 0.25),
            ("two Zeppelins", 0.75),
            ("blue zeppelin", 1.0),
            ("", 0.0),
        ] {
            assert_eq!(question.coverage(text, &rarity), expected, "{text}");
        }
    }
}
