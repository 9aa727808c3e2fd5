//! The sentence of the evidence that answers a question, quoted; the steps of a known procedure. Better than a small model when they are there.

use super::{
    Answer, Question,
    cite::{Cite, Cited},
    finished,
    notes::{Note, place},
    wanted::Wanted,
    words::{content_words, share},
};
use crate::{prose::Sentence, when::meant};
use afterimage_domain::{Body, Found, Origin};
use std::collections::HashSet;

/// A sentence that holds this share of the question's words answers it.
const CERTAIN: f32 = 0.75;
/// Below this it is about something else.
const LEAST: f32 = 0.45;
/// Longer ones are tables and code.
const LONGEST_QUOTE: usize = 600;
/// A sentence itself holds at least this share; the rest stands beside it.
const LEAST_OWN: f32 = 0.25;
/// A word of the question that stands beside the sentence, not in it, counts so much.
const BESIDE: f32 = 0.5;

/// Words of the evidence that answer.
pub(super) struct Quoted {
    cite: Cite,
    quote: String,
    /// Whether it holds the question's words and the kind of thing that is asked for.
    pub(super) is_certain: bool,
}

/// The best words, if any have to do with the question.
pub(super) fn extract(question: &Question<'_>, notes: &[Note<'_>]) -> Option<Quoted> {
    let asked = content_words(question.text);
    if asked.is_empty() {
        return None;
    }
    let wanted = Wanted::by(question.text);
    if wanted == Wanted::Manner
        && let Some(steps) = steps(&asked, notes)
    {
        return Some(steps);
    }
    let mut best: Option<(f32, Quoted)> = None;
    for (at, note) in notes.iter().enumerate() {
        for sentence in &note.sentences {
            let scored = scored(&asked, wanted, (at, note), sentence);
            let better =
                |(score, _): &(f32, Quoted)| best.as_ref().is_none_or(|best| *score > best.0);
            if let Some(scored) = scored.filter(better) {
                best = Some(scored);
            }
        }
    }
    best.map(|(_, quoted)| quoted)
}

/// How well a sentence answers, when it has to do with the question at all.
fn scored(
    asked: &HashSet<String>,
    wanted: Wanted,
    (at, note): (usize, &Note<'_>),
    sentence: &Sentence,
) -> Option<(f32, Quoted)> {
    let (own, beside) = (share(asked, &sentence.text), share(asked, &note.line));
    let share = own + BESIDE * (beside - own).max(0.0);
    if own < LEAST_OWN
        || share < LEAST
        || sentence.text.ends_with('?')
        || sentence.text.len() > LONGEST_QUOTE
    {
        return None;
    }
    let fits = wanted.fits(&sentence.text, asked);
    let new_words = content_words(&sentence.text).difference(asked).count();
    let is_certain = asked.len() >= 2
        && fits
        && match wanted {
            Wanted::Manner => false,
            Wanted::Anything => share >= 0.99 && new_words >= 2,
            _ => share >= CERTAIN && new_words >= 1,
        };
    // Earlier notes were found better; a heading that repeats the question says nothing.
    let dull = if new_words < 2 { 0.3 } else { 0.0 };
    let score = share + if fits { 0.2 } else { 0.0 } - dull - 0.03 * at as f32;
    let quoted = Quoted {
        cite: Cite {
            note: at,
            span: sentence.span,
        },
        quote: format!("“{}”", sentence.text.trim_end_matches('.')),
        is_certain,
    };
    (new_words > 0).then_some((score, quoted))
}

/// The steps of the first procedure that the question names.
fn steps(asked: &HashSet<String>, notes: &[Note<'_>]) -> Option<Quoted> {
    notes
        .iter()
        .enumerate()
        .find_map(|(note, found)| match &found.item.found {
            Found::Memory { memory } => match &memory.content.body {
                Body::Procedural { steps, .. }
                    if share(asked, &memory.content.title) >= CERTAIN =>
                {
                    let lines: Vec<String> = steps
                        .iter()
                        .enumerate()
                        .map(|(at, step)| format!("{}. {step}", at + 1))
                        .collect();
                    Some(Quoted {
                        cite: Cite {
                            note,
                            span: found.span,
                        },
                        quote: format!("{}\n{}\n", memory.content.title, lines.join("\n")),
                        is_certain: true,
                    })
                }
                _ => None,
            },
            Found::Observation { .. } => None,
        })
}

impl Quoted {
    pub(super) fn answer(
        self,
        question: &Question<'_>,
        notes: &[Note<'_>],
        say: &mut dyn FnMut(&str),
    ) -> Answer {
        let note = &notes[self.cite.note];
        let time = self.time(note, question.time_zone);
        let text = |number: usize| {
            let introduction = introduction(note);
            format!("{introduction} {}{time} [{number}]", self.quote)
        };
        say(&text(note.number));
        finished(
            Cited {
                text: text(1),
                notes: vec![self.cite],
            },
            question,
            notes,
            false,
        )
    }
}

impl Quoted {
    /// ` (yesterday: 7 May 2023)`: whoever reads the words today would take them for another day. Memories have their time in them.
    fn time(&self, note: &Note<'_>, time_zone: &str) -> String {
        let Found::Observation { observation } = &note.item.found else {
            return String::new();
        };
        let quoted = self.cite.span.of(&observation.text).unwrap_or_default();
        meant(quoted, note.at, time_zone).map_or_else(String::new, |time| {
            format!(" ({}: {})", time.words.to_lowercase(), time.spelled())
        })
    }
}

/// Who said it, and when, e.g. `On Thu 12 March 2026, 09:05 you said:`.
fn introduction(note: &Note<'_>) -> String {
    let date = &note.date;
    match &note.item.found {
        Found::Observation { observation } => match &observation.origin {
            Origin::Chat { by_user: true, .. } => format!("On {date} you said:"),
            Origin::Chat { by_user: false, .. } => format!("On {date} I said:"),
            Origin::Import { speaker, .. } if !speaker.is_empty() => {
                format!("On {date} {speaker} said:")
            }
            _ => format!("On {date}, in {}:", place(&note.item.found)),
        },
        Found::Memory { .. } => format!("From your memory of {date}:"),
    }
}
