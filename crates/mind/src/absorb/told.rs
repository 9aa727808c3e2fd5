//! What somebody tells of their life in a conversation: "I signed up for a pottery class yesterday" -> an event on the day meant.
//!
//! By rule: a sentence in the first person, in the past or with a time in it. It is kept word for word.

use super::{
    Batch, cut,
    facts::{capitalised, speaker, turns},
};
use crate::when::{Meant, meant};
use afterimage_domain::{Body, NewMemory, Observation, Source, Span};
use regex::Regex;
use std::sync::LazyLock;

/// Shorter sentences tell little without those around them, in words.
const LEAST_WORDS: usize = 6;
/// Longer ones are pasted text, in bytes.
const LONGEST: usize = 400;

static PAST: LazyLock<Regex> = LazyLock::new(|| {
    const IRREGULAR: &str = "went|took|got|had|made|bought|saw|met|gave|found|lost|won|ran|wrote|read|began|came|left|did|was|were|been|felt|\
        thought|brought|taught|caught|built|sold|sent|spent|paid|told|said|heard|held|kept|led|knew|grew|flew|drove|rode|swam|sang|ate|drank|\
        slept|fell|broke|chose|wore|won|became|put|set|quit|cut|hit|let|seen|done|gone|given|taken|written";
    let pattern = format!(
        r"(?i)\b(?:I|we|my (?:\w+ )?\w+|our (?:\w+ )?\w+)(?:['’]ve|['’]d)? (?:(?:just|also|recently|finally|even|actually|already|never|once|both|all|have|had|has) ){{0,2}}(?:\w{{2,}}ed|{IRREGULAR})\b"
    );
    Regex::new(&pattern).expect("a pattern of ours")
});

static FIRST_PERSON: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bI\b|(?i)\b(?:we|my|our)\b").expect("a pattern of ours"));

/// The events that people tell of in the batch's turns.
pub(super) fn told(batch: &Batch<'_>) -> Vec<NewMemory> {
    let mut events = vec![];
    for (observation, span, sentence) in turns(batch) {
        let Some(who) = speaker(&observation.origin) else {
            continue;
        };
        let time = meant(&sentence, observation.at, batch.time_zone);
        if tells(&sentence, time.is_some()) {
            events.push(event(batch, observation, span, (&sentence, time), &who));
        }
    }
    events
}

/// Whether a sentence tells of something that happened to its speaker or is about to.
fn tells(sentence: &str, has_time: bool) -> bool {
    sentence.split_whitespace().count() >= LEAST_WORDS
        && sentence.len() <= LONGEST
        && !sentence.ends_with('?')
        && FIRST_PERSON.is_match(sentence)
        && (has_time || PAST.is_match(sentence))
}

fn event(
    batch: &Batch<'_>,
    observation: &Observation,
    span: Span,
    (sentence, time): (&str, Option<Meant>),
    who: &str,
) -> NewMemory {
    let said = cut(sentence.trim_end_matches(['.', '!']), 200);
    let begins = time.as_ref().and_then(|time| time.begins(batch.time_zone));
    NewMemory {
        title: match who {
            "user" => capitalised(&said),
            who => format!("{who}: {said}"),
        },
        details: time.map_or_else(String::new, |time| {
            format!("{} = {}", time.words.to_lowercase(), time.spelled())
        }),
        body: Body::Episodic {
            actor: who.to_owned(),
            event_type: "told".into(),
            until: None,
        },
        tree_path: vec![batch.activity.app.clone()],
        tags: vec![],
        sources: vec![Source {
            observation: observation.id,
            span,
        }],
        trust: observation.trust,
        confidence: 0.8,
        valid_from: begins.unwrap_or(observation.at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_to_the_speaker_is_told_from_talk() {
        for (sentence, has_time, expected) in [
            (
                "I just signed up for a pottery class yesterday.",
                true,
                true,
            ),
            ("We've finally bought the house by the lake.", false, true),
            ("My old dog was ill for two weeks.", false, true),
            ("I have an interview at the bank tomorrow.", true, true),
            ("Wow, that sounds really great, Anna!", false, false),
            ("You went to the sea with your family.", false, false),
            (
                "I think that pottery is wonderful for everybody.",
                false,
                false,
            ),
            ("Did I tell you what happened yesterday?", true, false),
            ("I went.", false, false),
        ] {
            assert_eq!(tells(sentence, has_time), expected, "{sentence}");
        }
    }
}
