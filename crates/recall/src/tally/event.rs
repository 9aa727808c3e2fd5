//! The events of a question, out of the rows that tell of them: each once, or none at all where that cannot be told.

use super::{
    phrase::{Event, Pick, Who},
    span,
    told::{self, Said, Telling},
    word::{Term, Token, read},
};
use crate::RecallError;
use afterimage_domain::{
    Body, Filter, Found, Kind, Memory, Observation, Query, Scope, Span, TallyRow, TimeRange,
    Timestamp, tally::Amount,
};
use afterimage_store::{DocRef, ReadTxn};
use jiff::tz::TimeZone;

/// More rows than this are not counted: what is told of so often is no event.
const MOST: usize = 400;

/// Where events are looked for.
pub struct Rows<'a> {
    pub query: &'a Query,
    pub txn: &'a ReadTxn<'a>,
    pub zone: &'a TimeZone,
    /// The time named in the question.
    pub within: Option<TimeRange>,
}

/// What is measured of each event besides its day.
#[derive(Clone, Copy)]
pub enum Measure<'a> {
    /// Nothing: it happened.
    Once,
    /// How many of these.
    Number(&'a Term),
    /// How much money.
    Money,
}

/// One telling of an event.
struct Told {
    row: TallyRow,
    is_dated: bool,
    words: Vec<String>,
}

impl Rows<'_> {
    /// All events, oldest first. `None` when what memory holds cannot be counted: tellings that may or may not be of one event, habits,
    /// numbers left open, or more than anybody can name.
    pub fn all(
        &self,
        event: &Event,
        measure: Measure<'_>,
    ) -> Result<Option<Vec<TallyRow>>, RecallError> {
        let told = self.told(event, measure)?;
        Ok(told.map(|told| told.into_iter().map(|told| told.row).collect()))
    }

    /// The one event meant, on a day that is known.
    pub fn one(&self, event: &Event) -> Result<Option<TallyRow>, RecallError> {
        let Some(mut told) = self.told(event, Measure::Once)? else {
            return Ok(None);
        };
        if event.pick == Pick::Only && told.len() > 1 {
            // Who tells of it later without saying when, tells of the same.
            told.retain(|told| told.is_dated);
        }
        let found = match event.pick {
            Pick::Last => told.pop(),
            Pick::First => (!told.is_empty()).then(|| told.remove(0)),
            Pick::Only => told.pop().filter(|_| told.is_empty()),
        };
        let known = found.filter(|told| span::is_one_day(told.row.on, self.zone));
        Ok(known.map(|told| TallyRow {
            name: event.name.clone(),
            ..told.row
        }))
    }

    fn told(&self, event: &Event, measure: Measure<'_>) -> Result<Option<Vec<Told>>, RecallError> {
        let Some(observations) = self.observations(event)? else {
            return Ok(None);
        };
        let mut told = match measure {
            Measure::Once => match self.recorded(event)? {
                Some(recorded) => recorded,
                None => return Ok(None),
            },
            _ => Vec::new(),
        };
        let recorded = told.len();
        for observation in &observations {
            for sentence in told::sentences(&observation.text) {
                match told::said(event, observation, &sentence, self.zone) {
                    Said::Nothing => {}
                    Said::Unclear => return Ok(None),
                    Said::Happened(telling) => {
                        let Some(new) = measured(observation, telling, &sentence.1, measure) else {
                            return Ok(None);
                        };
                        // What was seen to happen and is told of on the same day is one event.
                        let seen = |old: &Told| old.row.on == new.row.on;
                        let is_seen = told[..recorded].iter().any(seen);
                        match merged(&mut told[recorded..], &new, measure) {
                            None => return Ok(None),
                            Some(false) if !is_seen => told.push(new),
                            Some(_) => {}
                        }
                    }
                }
            }
        }
        Ok(self.settled(told, measure))
    }

    /// The events within the time asked for, oldest first; `None` when one may or may not be another, or in that time.
    fn settled(&self, mut told: Vec<Told>, measure: Measure<'_>) -> Option<Vec<Told>> {
        told.sort_by_key(|told| (told.row.on.from, told.row.on.to));
        let is_vague = |told: &Told| !span::is_one_day(told.row.on, self.zone);
        let unclear = told.windows(2).any(|pair| {
            let overlap = pair[1].row.on.from < pair[0].row.on.to;
            overlap && pair.iter().any(is_vague) && matches!(measure, Measure::Once)
        });
        let within = |told: &Told| {
            self.within
                .is_none_or(|range| range.from <= told.row.on.from && told.row.on.to <= range.to)
        };
        let outside = |told: &Told| {
            self.within
                .is_some_and(|range| told.row.on.to <= range.from || range.to <= told.row.on.from)
        };
        let astride = told.iter().any(|told| !within(told) && !outside(told));
        told.retain(within);
        (!unclear && !astride).then_some(told)
    }

    /// What people said before the question was asked and that holds all words of the event.
    fn observations(&self, event: &Event) -> Result<Option<Vec<Observation>>, RecallError> {
        if self.query.filter.scope == Scope::Memories {
            return Ok(Some(vec![]));
        }
        // Things are told of when they happen or later, never before.
        let from = self
            .within
            .map_or(Timestamp::from_millis(i64::MIN), |range| range.from);
        let told = TimeRange {
            from,
            to: self.query.at,
        };
        let filter = Filter {
            scope: Scope::Observations,
            time: Some(self.query.filter.time.unwrap_or(told)),
            ..self.query.filter.clone()
        };
        let docs = self.txn.holding(&groups(event), &filter, MOST + 1)?;
        if docs.len() > MOST {
            return Ok(None);
        }
        let ids = docs.into_iter().filter_map(|doc| match doc {
            DocRef::Observation(id) => Some(id),
            DocRef::Memory(_) => None,
        });
        let mut observations = self.txn.observations(&ids.collect::<Vec<_>>())?;
        observations.retain(|observation| observation.at < self.query.at);
        Ok(Some(observations))
    }

    /// Events that were seen or typed: episodic memories whose title holds the words. What was talked about is counted where it was said.
    fn recorded(&self, event: &Event) -> Result<Option<Vec<Told>>, RecallError> {
        let event = without_using(event);
        let kinds = &self.query.filter.kinds;
        let excluded = self.query.filter.scope == Scope::Observations
            || !kinds.is_empty() && !kinds.contains(&Kind::Episodic);
        if excluded || event.terms.is_empty() {
            return Ok(Some(vec![]));
        }
        let filter = Filter {
            scope: Scope::Memories,
            kinds: vec![Kind::Episodic],
            ..self.query.filter.clone()
        };
        let docs = self.txn.holding(&groups(&event), &filter, MOST + 1)?;
        if docs.len() > MOST {
            return Ok(None);
        }
        let ids = docs.into_iter().filter_map(|doc| match doc {
            DocRef::Memory(id) => Some(id),
            DocRef::Observation(_) => None,
        });
        let memories = self.txn.memories_by_id(&ids.collect::<Vec<_>>())?;
        let told = memories
            .into_iter()
            .filter(|memory| memory.content.valid_from < self.query.at && is_of(memory, &event))
            .filter_map(|memory| self.record(memory));
        Ok(Some(told.collect()))
    }

    fn record(&self, memory: Memory) -> Option<Told> {
        let day = span::day_of(memory.content.valid_from, self.zone)?;
        Some(Told {
            is_dated: true,
            words: vec![],
            row: TallyRow {
                on: span::days(day, day, self.zone)?,
                span: Span::whole(&memory.content.title),
                name: String::new(),
                number: 1,
                amount: None,
                found: Found::Memory { memory },
            },
        })
    }
}

fn groups(event: &Event) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = event.terms.iter().map(|term| term.forms.clone()).collect();
    if let Who::Named(names) = &event.who {
        groups.push(names.clone());
    }
    groups
}

/// "How often did I open firefox": the words for looking at something are not in what was recorded of it.
fn without_using(event: &Event) -> Event {
    const USING: &str = "use open see view look watch check";
    let looks = Term::verbs(USING);
    let mut event = event.clone();
    event
        .terms
        .retain(|term| !(term.is_verb && looks.is(&term.forms[0])));
    event
}

/// Whether a memory is of such an event, done by the one who is asked about.
fn is_of(memory: &Memory, event: &Event) -> bool {
    let Body::Episodic {
        actor, event_type, ..
    } = &memory.content.body
    else {
        return false;
    };
    let actor = actor.to_lowercase();
    let is_theirs = match &event.who {
        Who::User => actor == "user" || actor.is_empty(),
        Who::Named(names) => read(&actor).iter().any(|token| names.contains(&token.word)),
        Who::Anyone => true,
    };
    let title = read(&memory.content.title);
    let holds_all = event.terms.iter().all(|term| term.place(&title).is_some());
    event_type != "conversation" && is_theirs && holds_all
}

/// The telling with what is measured; `None` when the sentence leaves that open.
fn measured(
    observation: &Observation,
    telling: Telling,
    tokens: &[Token],
    measure: Measure<'_>,
) -> Option<Told> {
    let text = telling.span.of(&observation.text).unwrap_or_default();
    let (number, amount): (u32, Option<Amount>) = match measure {
        Measure::Once => (1, None),
        Measure::Number(noun) => (told::how_many(noun, tokens)?, None),
        Measure::Money => (1, Some(told::how_much(text, tokens)?)),
    };
    Some(Told {
        is_dated: telling.is_dated,
        words: tokens.iter().map(|token| token.word.clone()).collect(),
        row: TallyRow {
            found: Found::Observation {
                observation: observation.clone(),
            },
            span: telling.span,
            on: telling.on,
            name: String::new(),
            number,
            amount,
        },
    })
}

/// Whether `new` was told already; the earlier telling stays. `None` when that cannot be said: the same number on the same day in other words.
fn merged(told: &mut [Told], new: &Told, measure: Measure<'_>) -> Option<bool> {
    let same_day = told.iter_mut().filter(|old| old.row.on == new.row.on);
    for old in same_day {
        let same_words = old.words == new.words;
        let same_value = (old.row.number, &old.row.amount) == (new.row.number, &new.row.amount);
        match measure {
            Measure::Once => {
                old.is_dated |= new.is_dated;
                return Some(true);
            }
            _ if same_words => return Some(true),
            _ if same_value => return None,
            _ => {}
        }
    }
    Some(false)
}
