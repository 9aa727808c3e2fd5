//! What somebody plainly says about themselves or others in a conversation: names, homes, jobs, tastes, dates, wishes. By pattern.

use super::{Batch, claim, cut, event::fresh_sentences, learned_from};
use crate::prose::{Sentence, sentences};
use afterimage_domain::{Body, NewMemory, Observation, Origin, Span, Trust, memory::CoreBlock};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Longer sentences are pasted text, not statements.
const LONGEST_SENTENCE: usize = 400;

/// One way to say something.
struct Pattern {
    regex: Regex,
    /// The claim: `{who}` is the one it is about, `{1}`, `{2}` what the pattern caught.
    says: &'static str,
    /// The label under which one value takes the place of another; empty when many can hold.
    attribute: &'static str,
    about: About,
}

#[derive(Clone, Copy, PartialEq)]
enum About {
    /// The speaker.
    Speaker,
    /// What `{1}` names.
    First,
    /// How the assistant should be.
    Assistant,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    use About::{Assistant, First, Speaker};
    // A name: capitalised words.
    const NAME: &str = r"(\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){0,3})";
    // The rest of a clause.
    const REST: &str = r"([^.!?;\n]{2,120})";
    const SHORT: &str =
        r"([^.!?;,\n]{2,60}?)(?: (?:now|since|and|but|because|with|so|for)\b|[.!?;,\n]|$)";
    const I_AM: &str = r"\b(?i:I am|I'm|I’m)";
    const KIN: &str = "wife|husband|partner|girlfriend|boyfriend|fiancée?|mother|father|mom|mum|dad|sister|brother|son|daughter|dog|cat|boss|manager|doctor|dentist|landlord|roommate|best friend";
    const THINGS: &str = "birthday|anniversary|e-?mail(?: address)?|phone(?: number)?|number|address|job|hometown|school|university|project|team|car|bike|company|blood type|shoe size";
    [
        (format!(r"\b(?i:my name is|call me|my name's)\s+{NAME}"), "{who}'s name is {1}", "name", Speaker),
        (format!(r"\b(?i:I (?:now |currently |still )?live in|I(?:'ve| have)? (?:just |recently )?moved to)\s+{SHORT}"), "{who} lives in {1}", "home", Speaker),
        (format!(r"{I_AM} (?i:originally )?(?i:from)\s+{NAME}"), "{who} comes from {1}", "origin", Speaker),
        (format!(r"\b(?i:I (?:now |currently )?work (?:for|at))\s+{SHORT}"), "{who} works at {1}", "employer", Speaker),
        (format!(r"\b(?i:I (?:now |currently )?work as (?:an? )?){SHORT}"), "{who} works as {1}", "job", Speaker),
        (
            format!(r"{I_AM} (?i:an?) ((?:[\p{{L}}-]+ ){{0,2}}(?i:engineer|developer|designer|teacher|nurse|doctor|lawyer|student|scientist|architect|researcher|writer|manager|accountant|chef|artist|musician|consultant|electrician|pilot|journalist|therapist|librarian|photographer))\b"),
            "{who} is a {1}", "job", Speaker,
        ),
        (format!(r"{I_AM} ((?i:allergic to|afraid of|intolerant to)\s+[^.!?;,\n]{{2,60}}|(?i:vegetarian|vegan|married|single|divorced|left-handed|retired|pregnant|diabetic))"), "{who} is {1}", "", Speaker),
        (format!(r"\b(?i:I (?:really |usually |always |generally |much )?prefer)\s+{REST}"), "{who} prefers {1}", "", Speaker),
        (format!(r"\b(?i:I (?:really |absolutely )?(?:love|like|enjoy))\s+{SHORT}"), "{who} likes {1}", "", Speaker),
        (format!(r"\b(?i:I (?:really |absolutely )?(?:hate|dislike|can't stand|cannot stand|don't like))\s+{SHORT}"), "{who} dislikes {1}", "", Speaker),
        (format!(r"\b(?i:my) (?i)({KIN}|(?:favou?rite) [\p{{L}} ]{{2,30}}?)(?-i) (?i:is|are|is called)\s+{SHORT}"), "{who}'s {1} is {2}", "my {1}", Speaker),
        (format!(r"\b(?i:my) (?i)((?:(?:new|old|work|home|mobile) )?(?:{THINGS}))(?-i) (?i:is(?: on| at)?|are)\s+{REST}"), "{who}'s {1} is {2}", "my {1}", Speaker),
        (format!(r"\b(?i:my) (?i)((?:{KIN})(?:'s|’s) (?:{THINGS}|name))(?-i) (?i:is(?: on| at)?)\s+{REST}"), "{who}'s {1} is {2}", "my {1}", Speaker),
        (format!(r"\b{NAME}(?:'s|’s) (?i)((?:new |work |mobile )?(?:{THINGS}|favou?rite \p{{L}}+|{KIN}))(?-i) (?i:is(?: on| at)?)\s+{REST}"), "{1}'s {2} is {3}", "{2}", First),
        (format!(r"\b{NAME} (?i:(?:now |currently )?lives in|(?:has )?moved to)\s+{SHORT}"), "{1} lives in {2}", "home", First),
        (format!(r"\b{NAME} (?i:(?:now )?works (?:at|for))\s+{SHORT}"), "{1} works at {2}", "employer", First),
        (format!(r"\b{NAME} (?i:(?:now )?works as (?:an? )?){SHORT}"), "{1} works as {2}", "job", First),
        (format!(r"\b{NAME} (?i:was born)\s+{SHORT}"), "{1} was born {2}", "birth", First),
        (format!(r"\b{NAME} (?i:is) ((?i:allergic to|afraid of)\s+[^.!?;,\n]{{2,60}}|(?i:vegetarian|vegan))"), "{1} is {2}", "", First),
        (format!(r"\b(?i:the )?(?i:deadline) (?i:for|of) (?i:the )?([^.!?;,\n]{{2,40}}?) (?i:is(?: on)?|has moved to|moved to)\s+{SHORT}"), "the deadline for {1} is {2}", "deadline", First),
        (format!(r"\b(?i:the )?(?i:price) (?i:of|for) (?i:the )?([^.!?;,\n]{{2,40}}?) (?i:is(?: now)?)\s+{SHORT}"), "the price of {1} is {2}", "price", First),
        (r"^(?i:please )?((?i:always|never|from now on,?|in (?:the )?future,?|whenever you)\b[^\n]{4,200})".to_owned(), "{1}", "", Assistant),
    ]
    .into_iter()
    .map(|(regex, says, attribute, about)| Pattern { regex: Regex::new(&regex).expect("a fixed pattern"), says, attribute, about })
    .collect()
});

static REMEMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?i)(?:please )?(?:remember|don't forget|do not forget|note|keep in mind|merke? dir)(?: that|:|,)?\s+(.{4,300})$").expect("a fixed pattern")
});

static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(meeting|appointment|call|dinner|lunch|breakfast|interview|flight|train|exam|party|wedding|concert|visit|deadline|presentation|checkup|check-up)\b[^.!?\n]{0,80}?\b(?:on|at|this|next|tomorrow|by|in)\b[^.!?\n]{0,60}(?:\d|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|weekend|january|february|march|april|may|june|july|august|september|october|november|december)",
    )
    .expect("a fixed pattern")
});

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
    let mut claims: Vec<NewMemory> = PATTERNS
        .iter()
        .filter(|pattern| {
            pattern.about != About::Assistant || (observation.trust >= Trust::Chat && who == "user")
        })
        .filter_map(|pattern| {
            let found = pattern.regex.captures(said)?;
            let last = found.iter().flatten().last()?;
            (!points_elsewhere(last.as_str()))
                .then(|| stated_by(pattern, &found, observation, span, who))
        })
        .collect();
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
    let mut claim = claim(observation, span, capitalised(&fill(pattern.says)), body);
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
        About::Speaker => who,
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
