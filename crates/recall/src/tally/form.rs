//! What a question wants counted, compared or summed. Questions of no such form are nobody's business here.

use super::{
    phrase::{Event, Pick, Who, begins_with_verb, named, parts, phrase},
    word::{self, Term},
};
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
    let plain = without_loose_ends(question);
    let tokens = word::read(&plain);
    let has = |words: &[&str]| {
        tokens
            .iter()
            .any(|token| words.contains(&token.word.as_str()))
    };
    let read = |(form, read): &(Regex, Reading)| form.captures(&plain).map(|found| read(&found));
    let form = FORMS.iter().find_map(read).flatten()?;
    let is_bounded = matches!(
        form,
        Form::Times { .. } | Form::Days { .. } | Form::Things { .. } | Form::Money { .. }
    ) && has(BOUNDS);
    (!has(BEYOND) && !is_bounded).then_some(form)
}

/// These ask for less or more than what happened: for what did not, for shares, for kinds, for comparisons.
const BEYOND: &[&str] = &[
    "not",
    "never",
    "t",
    "each",
    "per",
    "average",
    "more",
    "less",
    "fewer",
    "than",
    "most",
    "least",
    "different",
    "distinct",
    "left",
    "percent",
    "percentage",
    "usually",
    "typically",
];
/// These bound a count by another event.
const BOUNDS: &[&str] = &[
    "before", "after", "since", "until", "till", "when", "while", "if", "between", "or",
];

/// Without what stands around it, and without a preposition whose time was taken out.
fn without_loose_ends(question: &str) -> String {
    const PREPOSITIONS: &[&str] = &[
        "between", "since", "before", "after", "during", "until", "till", "within", "over", "in",
        "on", "from", "of", "at", "by", "the",
    ];
    let mut words: Vec<&str> = question
        .split_whitespace()
        .map(|word| word.trim_end_matches(['?', '!']))
        .collect();
    while words
        .last()
        .is_some_and(|last| last.is_empty() || PREPOSITIONS.contains(last))
    {
        words.pop();
    }
    let plain = words.join(" ");
    plain
        .trim_matches(|c: char| c.is_whitespace() || ",.".contains(c))
        .to_owned()
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

fn clause(found: &Captures<'_>, group: &str) -> Option<Event> {
    phrase(&found[group], who(found), true)
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
