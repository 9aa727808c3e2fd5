//! What a question wants counted, compared or summed. Questions of no such form are nobody's business here.

use super::word::{self, Term};
use crate::words::STOP_WORDS;
use afterimage_domain::tally::{End, Unit};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// A question that rows can answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// "How many times did I …", "how often did I …".
    Times { event: Event, often: bool },
    /// "How many days did I …".
    Days { event: Event },
    /// "How many postcards did I buy …"
    Things { noun: Term, event: Event },
    /// "How much did I spend on …"
    Money { event: Event },
    /// "How many days between … and …". The phrases may themselves hold "and".
    Between {
        pairs: Vec<(Event, Event)>,
        unit: Unit,
    },
    /// "How long ago did I …", "how many days since I last …".
    Since { event: Event, unit: Unit },
    /// "Which came first, … or …", "in what order did I …".
    Order { events: Vec<Event>, asks: End },
}

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

/// What counts as giving and getting money, by the word that asks.
const SPENDING: &str = "spend pay buy purchase";
const EARNING: &str = "earn make";

type Reading = fn(&Captures<'_>) -> Option<Form>;

static FORMS: LazyLock<Vec<(Regex, Reading)>> = LazyLock::new(|| {
    const FORMS: &[(&str, Reading)] = &[
        (r"how many times {AUX} {WHO} (?<what>.+)", |c| {
            times(c, false)
        }),
        (r"how often {AUX} {WHO} (?<what>.+)", |c| times(c, true)),
        (
            r"how (?:many {UNIT}|long) ago {AUX} {WHO} (?<what>.+)",
            since,
        ),
        (
            r"how (?:many {UNIT}|long) ago (?:was|were) (?<noun>.+)",
            since,
        ),
        (
            r"how (?:many {UNIT}|long) (?:had|have) passed since (?<a>.+?) when (?<b>.+)",
            pair,
        ),
        (
            r"how (?:many {UNIT}|long|much time) (?:(?:is it|has it been|have passed|has passed|passed) )?since (?:{WHO} )?(?<what>.+)",
            since,
        ),
        (
            r"how (?:many {UNIT}|long|much time)\b.*? between (?<pair>.+)",
            pair,
        ),
        (
            r"how (?:many {UNIT}|long) (?:before|after) (?<a>.+?) did (?<b>{WHO} .+)",
            pair,
        ),
        (r"(?:on )?how many days {AUX} {WHO} (?<what>.+)", days),
        (
            r"how many (?<noun>[\p{L}' -]+?) {AUX} {WHO} (?<what>.+)",
            things,
        ),
        (
            r"how much (?:money )?{AUX} {WHO} (?<verb>spend|spent|pay|paid|earn|earned|make|made|donate|donated|raise|raised)\b(?<what>.*)",
            money,
        ),
        (
            r"(?:what (?:is|was) )?the total (?:amount|sum|cost)(?: of money)? (?:that )?{WHO} (?:have )?(?<verb>spent|paid|earned|made|donated|raised)\b(?<what>.*)",
            money,
        ),
        (
            r"(?:which|what)\b[^,:]*? {AUX} {WHO} (?<verb>.+?) (?<end>first|last|earlier|later)\b[,:]? (?<list>.+ or .+)",
            first,
        ),
        (
            r"(?:which|what)\b[^,:]*? (?:came|come|happened|happen|was|took place) (?<end>first|last|earlier|later)\b[,:]? (?<list>.+ or .+)",
            first,
        ),
        (
            r"did {WHO} (?<a>.+?) (?:before|after) (?<b>.+)",
            two_in_order,
        ),
        (r"in (?:what|which) order {AUX} {WHO} (?<list>.+)", order),
        (
            r"(?:what|which) (?:is|was) the order of .*?: ?(?<list>.+)",
            order,
        ),
    ];
    const AUX: &str = "(?:did|have|has|had|do|does)";
    const WHO: &str = r"(?<who>I|i|we|(?-i:\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+)*))";
    const UNIT: &str = "(?<unit>day|week|month|year)s";
    let compiled = |pattern: &str| {
        let pattern = pattern
            .replace("{AUX}", AUX)
            .replace("{WHO}", WHO)
            .replace("{UNIT}", UNIT);
        Regex::new(&format!("^(?i){pattern}$")).expect("a pattern of ours")
    };
    FORMS
        .iter()
        .map(|(pattern, read)| (compiled(pattern), *read))
        .collect()
});

/// The form of `question`, from which the times it names were taken out.
pub fn read(question: &str) -> Option<Form> {
    let plain = question.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.trim_matches(|c: char| c.is_whitespace() || ",.?!".contains(c));
    let denies = word::read(plain)
        .iter()
        .any(|token| matches!(token.word.as_str(), "not" | "never" | "t"));
    let read = |(form, read): &(Regex, Reading)| form.captures(plain).map(|found| read(&found));
    FORMS.iter().find_map(read).flatten().filter(|_| !denies)
}

fn times(found: &Captures<'_>, often: bool) -> Option<Form> {
    let event = clause(found, "what")?;
    Some(Form::Times { event, often })
}

fn days(found: &Captures<'_>) -> Option<Form> {
    let mut event = clause(found, "what")?;
    // "How many days did I spend hiking": hiking is what was done.
    if event.terms.len() > 1 && event.terms[0].is("spend") {
        event.terms.remove(0);
        event.terms[0] = Term::verb(&event.terms[0].forms[0]);
    }
    Some(Form::Days { event })
}

fn things(found: &Captures<'_>) -> Option<Form> {
    const MEASURES: &str = "day week month year hour minute second time people percent";
    let named = phrase(&found["noun"], Who::Anyone, false)?;
    let noun = named.terms.last()?.clone();
    let is_measure = MEASURES.split(' ').any(|measure| noun.is(measure));
    let mut event = clause(found, "what")?;
    event.name = format!("{} {}", event.name, &found["noun"]);
    event.terms.extend(named.terms);
    (!is_measure).then_some(Form::Things { noun, event })
}

fn money(found: &Captures<'_>) -> Option<Form> {
    let verb = found["verb"].to_lowercase();
    let verbs = match Term::verb(&verb) {
        verb if verb.is("spend") || verb.is("pay") => Term::verbs(SPENDING),
        verb if verb.is("earn") || verb.is("make") => Term::verbs(EARNING),
        verb => verb,
    };
    let who = who(found);
    let on = phrase(&found["what"], who.clone(), false);
    let mut terms = vec![verbs];
    terms.extend(on.into_iter().flat_map(|on| on.terms));
    let name = format!("{verb}{}", &found["what"]);
    let event = Event {
        name,
        who,
        terms,
        pick: Pick::Only,
    };
    Some(Form::Money { event })
}

fn since(found: &Captures<'_>) -> Option<Form> {
    let event = match (found.name("who"), found.name("noun")) {
        (_, Some(noun)) => named(noun.as_str())?,
        (Some(_), None) => clause(found, "what")?,
        (None, None) => named(&found["what"])?,
    };
    let pick = match event.pick {
        Pick::Only => Pick::Last,
        pick => pick,
    };
    let event = Event { pick, ..event };
    Some(Form::Since {
        event,
        unit: unit(found),
    })
}

fn pair(found: &Captures<'_>) -> Option<Form> {
    let mut pairs: Vec<(Event, Event)> = Vec::new();
    match found.name("pair") {
        Some(pair) => {
            for (at, and) in pair.as_str().match_indices(" and ") {
                let (a, b) = (&pair.as_str()[..at], &pair.as_str()[at + and.len()..]);
                pairs.extend(named(a).zip(named(b)));
            }
        }
        None => pairs.extend(named(&found["a"]).zip(named(&found["b"]))),
    }
    (!pairs.is_empty()).then(|| Form::Between {
        pairs,
        unit: unit(found),
    })
}

fn first(found: &Captures<'_>) -> Option<Form> {
    let verb = found.name("verb").map(|verb| verb.as_str());
    let who = match verb {
        Some(_) => who(found),
        None => Who::Anyone,
    };
    let events: Option<Vec<Event>> = parts(&found["list"])
        .into_iter()
        .map(|part| match verb {
            Some(verb) => {
                let event = phrase(&format!("{verb} {part}"), who.clone(), true)?;
                Some(Event {
                    name: part,
                    ..event
                })
            }
            None => named(&part),
        })
        .collect();
    let asks = match found["end"].to_lowercase().as_str() {
        "first" | "earlier" => End::First,
        _ => End::Last,
    };
    in_order(events?, asks)
}

fn two_in_order(found: &Captures<'_>) -> Option<Form> {
    let events = vec![clause(found, "a")?, named(&found["b"])?];
    in_order(events, End::Whole)
}

fn order(found: &Captures<'_>) -> Option<Form> {
    let parts = parts(&found["list"]);
    if found.name("who").is_none() {
        let events: Option<Vec<Event>> = parts.iter().map(|part| named(part)).collect();
        return in_order(events?, End::Whole);
    }
    let who = who(found);
    let verb = parts.first()?.split(' ').next()?.to_owned();
    let events: Option<Vec<Event>> = parts
        .into_iter()
        .enumerate()
        .map(|(at, part)| {
            // "visit Bern, Basel and the lake": the first verb is everybody's.
            let shares_verb = at > 0 && !begins_with_verb(&part);
            let whole = match shares_verb {
                true => format!("{verb} {part}"),
                false => part.clone(),
            };
            let event = phrase(&whole, who.clone(), true)?;
            Some(Event {
                name: part,
                ..event
            })
        })
        .collect();
    in_order(events?, End::Whole)
}

fn in_order(events: Vec<Event>, asks: End) -> Option<Form> {
    (events.len() >= 2).then_some(Form::Order { events, asks })
}

fn begins_with_verb(part: &str) -> bool {
    let first = part.split(' ').next().unwrap_or_default();
    let is_noun = ["a", "an", "the", "my", "our", "his", "her", "their"].contains(&first);
    first.starts_with(char::is_lowercase) && !is_noun
}

/// The members of `A, B and C` or `A or B`, without quotation marks.
fn parts(list: &str) -> Vec<String> {
    static BREAK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r",? (?:and|or) |, ").expect("a pattern of ours"));
    let parts = BREAK.split(list).map(|part| {
        part.trim_matches(|c: char| c.is_whitespace() || "'\"“”‘’?".contains(c))
            .to_owned()
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// Something that happened, named by a clause ("I visited Bern", "when I went to the dentist") or by a thing ("the concert").
fn named(words: &str) -> Option<Event> {
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

fn clause(found: &Captures<'_>, group: &str) -> Option<Event> {
    phrase(&found[group], who(found), true)
}

/// The words that must all be there; `None` when there are none. The first of a clause is its verb.
fn phrase(words: &str, who: Who, is_clause: bool) -> Option<Event> {
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
        "each",
        // What stood before a time that was taken out.
        "between",
        "since",
        "before",
        "after",
        "during",
        "until",
        "till",
        "within",
        "over",
        "past",
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

fn who(found: &Captures<'_>) -> Who {
    match found.name("who").map(|who| who.as_str()) {
        None => Who::Anyone,
        Some("I" | "i" | "we" | "We") => Who::User,
        Some(name) => Who::Named(
            word::read(name)
                .into_iter()
                .map(|token| token.word)
                .collect(),
        ),
    }
}

/// Days where the question only says "how long".
fn unit(found: &Captures<'_>) -> Unit {
    let named = found.name("unit").map(|unit| unit.as_str().to_lowercase());
    let is_named = |unit: &Unit| named.as_deref() == Some(unit.name());
    Unit::ALL.into_iter().find(is_named).unwrap_or(Unit::Day)
}
