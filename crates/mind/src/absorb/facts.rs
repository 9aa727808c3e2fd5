//! What somebody plainly says about themselves or others in a conversation: names, homes, jobs, tastes, dates, wishes. By pattern.

mod patterns;

use super::{Batch, claim, cut, event::fresh_sentences, learned_from};
use crate::prose::{Sentence, sentences};
use afterimage_domain::{Body, NewMemory, Observation, Origin, Span, Trust, memory::CoreBlock};
use patterns::{About, PATTERNS, PLAN, Pattern, REMEMBER};
use regex::{Captures, Regex};
use std::{ops::Range, sync::LazyLock};

/// Longer sentences are pasted text, not statements.
const LONGEST_SENTENCE: usize = 400;

/// What is said in the batch's turns of people. What the assistant said itself is no source of facts.
pub(super) fn stated(batch: &Batch<'_>) -> Vec<NewMemory> {
    let claims = turns(batch).filter_map(|(observation, span, text)| {
        let who = speaker(&observation.origin)?;
        Some(claims_of(observation, span, &text, &who))
    });
    claims.flatten().collect()
}

/// The new sentences of turns that people spoke: the observation, where in its text, the words.
pub(super) fn turns<'a>(
    batch: &Batch<'a>,
) -> impl Iterator<Item = (&'a Observation, Span, String)> {
    fresh_sentences(batch).filter(|(observation, ..)| speaker(&observation.origin).is_some())
}

/// What to say to a user who tells something rather than asks; `None` for everything else.
pub(crate) fn acknowledged(text: &str) -> Option<String> {
    let says = text.trim();
    let told = sentences(says).into_iter().any(|Sentence { text, .. }| {
        REMEMBER.is_match(&text)
            || PATTERNS
                .iter()
                .any(|pattern| pattern.about != About::First && pattern.regex.is_match(&text))
    });
    (told && !says.contains('?') && says.len() < LONGEST_SENTENCE)
        .then(|| "I will remember that.".to_owned())
}

/// Whom "I" means; `None` where nobody speaks for themselves.
pub(super) fn speaker(origin: &Origin) -> Option<String> {
    match origin {
        Origin::Chat { by_user: true, .. } => Some("user".into()),
        Origin::Import { speaker, .. } => match speaker.to_lowercase().as_str() {
            "" | "assistant" | "system" | "bot" | "model" => None,
            "user" | "me" | "self" => Some("user".into()),
            _ => Some(speaker.clone()),
        },
        Origin::Chat { by_user: false, .. } | Origin::Screen { .. } => None,
    }
}

fn claims_of(observation: &Observation, span: Span, sentence: &str, who: &str) -> Vec<NewMemory> {
    if sentence.ends_with('?') || sentence.len() > LONGEST_SENTENCE {
        return vec![];
    }
    let wish = REMEMBER
        .captures(sentence)
        .and_then(|found| found.get(1))
        .map(|rest| rest.as_str());
    let said = wish.unwrap_or(sentence);
    let may_wish = observation.trust >= Trust::Chat && who == "user";
    let (mut claims, mut read) = (vec![], vec![]);
    for pattern in PATTERNS.iter() {
        let found = match pattern.regex.captures(said) {
            Some(found) if pattern.about != About::Assistant || may_wish => found,
            _ => continue,
        };
        if found
            .iter()
            .skip(1)
            .flatten()
            .any(|words| points_elsewhere(words.as_str()))
        {
            continue;
        }
        // Words are read in one way: the first that fits them.
        let words = found.get_match().range();
        if read
            .iter()
            .any(|other: &Range<usize>| other.start < words.end && words.start < other.end)
        {
            continue;
        }
        read.push(words);
        claims.push(stated_by(pattern, &found, observation, span, who));
    }
    if claims.is_empty() && PLAN.is_match(said) {
        claims.push(fact(observation, span, said, who, "plan"));
    }
    if claims.is_empty() && wish.is_some() {
        claims.push(fact(observation, span, said, who, "to remember"));
    }
    claims
        .iter_mut()
        .for_each(|claim| claim.details = cut(sentence, 300));
    claims
}

/// Whether what a pattern caught is understood only beside what was said before: "I love it", "I like how you paint".
fn points_elsewhere(caught: &str) -> bool {
    static POINTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:to|it|that|this|them|these|those|him|her|so|how|what|when|the way)?$|^(?:that|how|what|when|it when|the way) |\b(?:you|your|yours)\b|^(?:it|that|this|them)\b")
            .expect("a fixed pattern")
    });
    POINTS.is_match(caught.trim())
}

fn stated_by(
    pattern: &Pattern,
    found: &Captures<'_>,
    observation: &Observation,
    span: Span,
    who: &str,
) -> NewMemory {
    let group = |at: usize| {
        found
            .get(at)
            .map_or("", |group| group.as_str())
            .trim()
            .trim_end_matches([',', '.', ';', ':'])
    };
    let name = if who == "user" { "the user" } else { who };
    let fill = |template: &str| {
        (1..=3).fold(template.replace("{who}", name), |text, at| {
            text.replace(&format!("{{{at}}}"), group(at))
        })
    };
    let body = body_of(pattern.about, group(1), who, &observation.origin);
    let says = fill(pattern.says);
    let title = match pattern.about {
        About::Affairs if who != "user" => format!("{who}: {says}"),
        _ => capitalised(&says),
    };
    let mut claim = claim(observation, span, title, body);
    claim
        .tags
        .extend((!pattern.attribute.is_empty()).then(|| fill(pattern.attribute).to_lowercase()));
    claim
}

/// Core when the user speaks of himself or to the assistant; otherwise a fact about `named` or the speaker.
fn body_of(about: About, named: &str, who: &str, origin: &Origin) -> Body {
    let subject = match about {
        About::Assistant => {
            let block = CoreBlock::Custom;
            return Body::Core { block };
        }
        About::Speaker if who == "user" => {
            let block = CoreBlock::Human;
            return Body::Core { block };
        }
        About::Speaker | About::Affairs => who,
        About::First => named,
    };
    Body::Semantic {
        subject: subject.to_owned(),
        learned_from: learned_from(origin),
    }
}

/// What was said, word for word, about its speaker.
fn fact(observation: &Observation, span: Span, said: &str, who: &str, tag: &str) -> NewMemory {
    let body = Body::Semantic {
        subject: who.to_owned(),
        learned_from: learned_from(&observation.origin),
    };
    let title = if who == "user" {
        capitalised(said)
    } else {
        format!("{who}: {said}")
    };
    let mut claim = claim(observation, span, cut(&title, 160), body);
    claim.tags.push(tag.to_owned());
    claim
}

pub(super) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(rest).collect()
    })
}
