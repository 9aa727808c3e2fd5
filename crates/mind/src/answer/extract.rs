//! The sentence of the evidence that answers a question, quoted; the steps of a known procedure. Better than a small model when they are there.

use super::{
    Answer, Question,
    cite::Cited,
    finished,
    notes::{Note, place},
};
use afterimage_domain::{Body, Found, Origin, Span};
use std::collections::HashSet;

/// A sentence that holds this share of the question's words answers it.
const CERTAIN: f32 = 0.75;
/// Below this it is about something else.
const LEAST: f32 = 0.4;
/// A word of the question that stands beside the sentence, not in it, counts so much.
const BESIDE: f32 = 0.5;

/// Words of the evidence that answer.
pub(super) struct Quoted {
    note: usize,
    quote: String,
    /// Whether it holds the question's words and the kind of thing that is asked for.
    pub(super) is_certain: bool,
}

/// What kind of thing a question asks for.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// When something is, in words of the text.
    Time,
    /// When the user saw or did it: the moment of the note.
    Moment,
    Number,
    Name,
    /// How something is done: rarely one sentence.
    Manner,
    /// Why something is so.
    Reason,
    Anything,
}

/// The best words, if any have to do with the question.
pub(super) fn extract(question: &Question<'_>, notes: &[Note<'_>]) -> Option<Quoted> {
    let asked = content_words(question.text);
    if asked.is_empty() {
        return None;
    }
    let wanted = wanted(question.text);
    if wanted == Wanted::Manner
        && let Some(steps) = steps(&asked, notes)
    {
        return Some(steps);
    }
    let scored = notes.iter().enumerate().flat_map(|(at, note)| {
        note.sentences
            .iter()
            .filter_map(|sentence| Some((at, scored(&asked, wanted, note, at, sentence)?)))
            .collect::<Vec<_>>()
    });
    let (note, (_, quoted)) = scored.max_by(|a, b| a.1.0.total_cmp(&b.1.0).then(b.0.cmp(&a.0)))?;
    Some(Quoted { note, ..quoted })
}

/// How well a sentence answers, when it has to do with the question at all.
fn scored(
    asked: &HashSet<String>,
    wanted: Wanted,
    note: &Note<'_>,
    at: usize,
    sentence: &str,
) -> Option<(f32, Quoted)> {
    let (own, beside) = (share(asked, sentence), share(asked, &note.line));
    let share = own + BESIDE * (beside - own).max(0.0);
    if own < LEAST || sentence.ends_with('?') {
        return None;
    }
    let fits = fits(wanted, sentence, asked);
    let new_words = content_words(sentence).difference(asked).count();
    let is_certain = asked.len() >= 2
        && fits
        && match wanted {
            Wanted::Manner => false,
            Wanted::Anything => share >= 0.99 && new_words >= 2,
            _ => share >= CERTAIN && new_words >= 1,
        };
    // Earlier notes were found better; a heading that repeats the question says nothing.
    let score = share + if fits { 0.2 } else { 0.0 }
        - if new_words < 2 { 0.3 } else { 0.0 }
        - 0.03 * at as f32;
    (new_words > 0).then(|| {
        (
            score,
            Quoted {
                note: at,
                quote: format!("“{}”", sentence.trim_end_matches('.')),
                is_certain,
            },
        )
    })
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
                        note,
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
        let note = &notes[self.note];
        let text = |number: usize| format!("{} {} [{number}]", introduction(note), self.quote);
        say(&text(note.number));
        finished(
            Cited {
                text: text(1),
                notes: vec![self.note],
            },
            question,
            notes,
            false,
        )
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

fn wanted(question: &str) -> Wanted {
    let question = question.to_lowercase();
    let asks = |starts: &[&str]| {
        starts
            .iter()
            .any(|start| question.starts_with(start) || question.contains(&format!(" {start}")))
    };
    let of_user = ["did i ", "have i ", "was i ", "i read", "i saw"]
        .iter()
        .any(|words| question.contains(words));
    if asks(&["when ", "what time", "what day", "which day"]) && of_user {
        Wanted::Moment
    } else if asks(&[
        "how do",
        "how to",
        "how can",
        "how should",
        "why ",
        "how does",
        "how did",
    ]) {
        Wanted::Manner
    } else if asks(&["why ", "what caused", "for what reason"]) {
        Wanted::Reason
    } else if asks(&[
        "when ",
        "what time",
        "which day",
        "what day",
        "what date",
        "since when",
    ]) {
        Wanted::Time
    } else if asks(&[
        "how much",
        "how many",
        "what price",
        "what number",
        "how long",
        "how old",
        "how far",
    ]) {
        Wanted::Number
    } else if asks(&[
        "who ",
        "whose ",
        "whom ",
        "where ",
        "what is the name",
        "what's the name",
        "which city",
        "what city",
    ]) {
        Wanted::Name
    } else {
        Wanted::Anything
    }
}

/// Whether `sentence` holds something of the kind that the question does not.
fn fits(wanted: Wanted, sentence: &str, asked: &HashSet<String>) -> bool {
    const TIMES: &[&str] = &[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "tomorrow",
        "today",
        "tonight",
        "yesterday",
        "noon",
        "midnight",
        "morning",
        "evening",
        "afternoon",
        "week",
    ];
    const CAUSES: &[&str] = &[
        "because",
        "since",
        "due to",
        "caused",
        "causing",
        "to blame",
        "reason",
        "thanks to",
        "led to",
        "in order to",
        "so that",
    ];
    let new = |word: &&str| !asked.contains(&stem(&word.to_lowercase()));
    let mut words = plain_words(sentence);
    match wanted {
        Wanted::Anything | Wanted::Moment | Wanted::Manner => true,
        Wanted::Reason => {
            let sentence = sentence.to_lowercase();
            CAUSES.iter().any(|cause| sentence.contains(cause))
        }
        Wanted::Number => words.any(|word| word.chars().any(|c| c.is_ascii_digit())),
        Wanted::Time => words.any(|word| {
            word.chars().any(|c| c.is_ascii_digit())
                || TIMES.contains(&word.to_lowercase().as_str())
        }),
        Wanted::Name => words
            .skip(1)
            .filter(new)
            .any(|word| word.starts_with(char::is_uppercase) && word != "I"),
    }
}

/// The share of `words` that `text` holds.
pub(super) fn share(words: &HashSet<String>, text: &str) -> f32 {
    let held = content_words(text);
    words.intersection(&held).count() as f32 / words.len().max(1) as f32
}

/// The words of `text` that carry meaning, reduced to their stems.
pub(super) fn content_words(text: &str) -> HashSet<String> {
    plain_words(text)
        .map(str::to_lowercase)
        .filter(|word| !STOP_WORDS.contains(&word.as_str()))
        .map(|word| stem(&word))
        .collect()
}

/// Where words of `question` stand in `text`.
pub(super) fn places(text: &str, question: &str) -> Vec<Span> {
    let wanted = content_words(question);
    plain_words(text)
        .filter(|word| wanted.contains(&stem(&word.to_lowercase())))
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            Span {
                start: start as u32,
                end: (start + word.len()) as u32,
            }
        })
        .collect()
}

fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// English endings cut off, roughly: enough to let `goes` meet `go` and `meeting` meet `meet`.
fn stem(word: &str) -> String {
    let cut = ["ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly"]
        .iter()
        .find_map(|end| {
            word.strip_suffix(end)
                .filter(|stem| stem.chars().count() >= 2)
        });
    let stem = cut.unwrap_or(word);
    let stem = if word.ends_with("ies") || word.ends_with("ied") {
        format!("{stem}y")
    } else {
        stem.to_owned()
    };
    stem.strip_suffix('e')
        .filter(|stem| stem.chars().count() > 2)
        .map_or(stem.clone(), str::to_owned)
}

const STOP_WORDS: &[&str] = &[
    "a", "an", "the", "is", "are", "was", "were", "be", "been", "am", "do", "does", "did", "has",
    "have", "had", "will", "would", "can", "could", "should", "shall", "may", "might", "must", "i",
    "me", "my", "mine", "you", "your", "we", "our", "us", "he", "him", "his", "she", "her", "it",
    "its", "they", "them", "their", "this", "that", "these", "those", "what", "which", "who",
    "whom", "whose", "when", "where", "why", "how", "and", "or", "but", "if", "of", "in", "on",
    "at", "to", "for", "with", "from", "by", "about", "as", "into", "over", "than", "then", "so",
    "not", "no", "there", "here", "s", "t", "m", "re", "ve", "ll", "d", "much", "many", "long",
    "tell", "say", "said", "know", "time", "day", "date", "name", "please", "remember", "user",
    "get", "got", "go", "goes", "going", "out", "up", "any", "some",
];
