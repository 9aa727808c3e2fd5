//! Question and evidence -> answer with citations, streamed.
//!
//! A question that counts, compares or sums is answered by its tally. Without evidence it says so. When one sentence of the evidence plainly answers the question, it is quoted with its date; otherwise the
//! model answers from numbered notes and every citation is checked. What the model says that the notes do not is taken out again: the
//! text of the [`Answer`] decides, not what was streamed.

mod cite;
mod extract;
mod notes;
mod tally;
mod wanted;
mod words;

use crate::{absorb, boxes, thinker::Thinker};
use afterimage_domain::{
    Answer, Citation, Evidence, Found, Memory, Observation, Span, Tally, Timestamp,
};
use afterimage_infer::{
    embed::Embedder,
    generate::{End, GenerateError},
    prompt::Message,
};
use notes::Note;

const INSTRUCTIONS: &str = include_str!("../prompts/answer.md");

/// What is asked, and everything there is to answer it from.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The user's words.
    pub text: &'a str,
    /// When they are asked.
    pub at: Timestamp,
    /// The user's time zone, IANA name; dates in the answer are of this zone, UTC when it is unknown.
    pub time_zone: &'a str,
    /// What recall found, best first. Citations refer to its items.
    pub evidence: &'a Evidence,
    /// What its rows come to, when it asks to count, compare or sum and they can tell: then that is the answer.
    pub tally: Option<&'a Tally>,
    /// The sources of memories among the evidence, as far as the caller has them: for pictures and boxes of citations.
    pub sources: &'a [Observation],
    /// The turns before, oldest first.
    pub turns: &'a [Turn],
    /// Core memories: who the user is and how to answer.
    pub core: &'a [Memory],
}

/// Something said before in the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// True when the user spoke.
    pub by_user: bool,
    /// What was said.
    pub text: String,
}

/// How much may be read and said.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Tokens the notes may take. Reading is what an answer waits for: 60 to 100 tokens a second on a small machine.
    pub notes: usize,
    /// Tokens the answer may take.
    pub answer: usize,
    /// Below this [`Evidence::confidence`] there is no answer.
    pub least_confidence: f32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            notes: 320,
            answer: 100,
            least_confidence: 0.28,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The language model failed.
    #[error(transparent)]
    Model(#[from] GenerateError),
}

/// Answers `question`. `say` hears the text as it comes; citations in it, `[n]`, count the evidence's items from 1, while those of the answer
/// count its own citations. Without a model it quotes. When `interrupted` says so, the answer is what has been said so far.
pub fn answer(
    question: &Question<'_>,
    thinker: Option<&mut Thinker>,
    embedder: Option<&dyn Embedder>,
    options: &Options,
    say: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<Answer, AnswerError> {
    if let Some(noted) = absorb::acknowledged(question.text) {
        return Ok(plain(&noted, false, say));
    }
    if let Some(tally) = question.tally {
        return Ok(tally::answered(tally, question, say));
    }
    let notes = notes::notes(question, options);
    let doubtful = question.evidence.confidence < options.least_confidence;
    if notes.is_empty() || doubtful || notes::know_none_of_its_names(question) {
        return Ok(plain(&notes::nothing_found(question), true, say));
    }
    let quoted = extract::extract(question, &notes);
    match (thinker, quoted) {
        (_, Some(quoted)) if quoted.is_certain => Ok(quoted.answer(question, &notes, say)),
        (None, Some(quoted)) => Ok(quoted.answer(question, &notes, say)),
        (None, None) => Ok(plain(&notes::nothing_found(question), true, say)),
        (Some(thinker), quoted) => {
            let (text, end) = generated(question, &notes, thinker, options, say, interrupted)?;
            let cited = cite::cited(&text, &notes, question, embedder);
            Ok(match (cited, quoted) {
                (Some(cited), _) => {
                    finished(cited, question, &notes, end == Some(End::Interrupted))
                }
                (None, _) if end == Some(End::Interrupted) => Answer {
                    text,
                    stopped: true,
                    ..Answer::default()
                },
                (None, Some(quoted)) => quoted.answer(question, &notes, &mut |_| {}),
                (None, None) => plain(&notes::nothing_found(question), true, &mut |_| {}),
            })
        }
    }
}

fn generated(
    question: &Question<'_>,
    notes: &[Note<'_>],
    thinker: &mut Thinker,
    options: &Options,
    say: &mut dyn FnMut(&str),
    interrupted: &dyn Fn() -> bool,
) -> Result<(String, Option<End>), AnswerError> {
    let rest = messages(question, notes, thinker, options);
    let generation = afterimage_infer::generate::Options {
        max_tokens: options.answer,
        repetition_penalty: 1.1,
        ..Default::default()
    };
    let mut running = thinker.chat(&fixed(), &rest, &generation, interrupted)?;
    let mut text = String::new();
    for piece in running.by_ref() {
        let piece = piece?;
        say(&piece);
        text.push_str(&piece);
    }
    Ok((text, running.end()))
}

/// Instructions and examples; small models follow the examples. Read once and kept, so their length costs nothing later.
fn fixed() -> [Message; 7] {
    let notes = |notes: &str, question: &str| {
        Message::user(format!(
            "<notes>\n{notes}\n</notes>\n\nQuestion: {question}"
        ))
    };
    [
        Message::system(INSTRUCTIONS),
        notes(
            "[1] Tue 3 March 2026, 09:12, gedit: Buy milk and bread\n[2] Mon 2 March 2026, 17:40, firefox: The Atlas beta goes out on 14 May.",
            "When does the Atlas beta go out?",
        ),
        Message::assistant("The Atlas beta goes out on 14 May [2]."),
        notes(
            "[1] Sat 7 March 2026, 11:02, Sara said: I sold the old car because it needed a new engine.",
            "Why did Sara sell her car?",
        ),
        Message::assistant("Sara sold the old car because it needed a new engine [1]."),
        notes(
            "[1] Wed 4 March 2026, 20:15, the user said: I booked a table at Luigi's for Friday.",
            "What is the capital of Peru?",
        ),
        Message::assistant("I don't know."),
    ]
}

/// The last turns, what is known of the user, the notes and the question. Text of screens stands between marks in the user's turn only.
fn messages(
    question: &Question<'_>,
    notes: &[Note<'_>],
    thinker: &Thinker,
    options: &Options,
) -> Vec<Message> {
    let mut core: Vec<String> = question
        .core
        .iter()
        .map(|memory| format!("- {}", memory.content.title))
        .collect();
    core.truncate(8);
    let about = if core.is_empty() {
        String::new()
    } else {
        format!("About the user:\n{}\n", core.join("\n"))
    };
    let mut kept: Vec<&Note<'_>> = notes.iter().collect();
    // An estimate chose the notes; the model's own count decides.
    while kept.len() > 1
        && kept
            .iter()
            .map(|note| thinker.tokens(&note.line))
            .sum::<usize>()
            > options.notes.min(thinker.context() / 2)
    {
        kept.pop();
    }
    let lines = kept
        .iter()
        .map(|note| note.line.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let mut messages: Vec<Message> = last_turns(question.turns);
    messages.push(Message::user(format!(
        "{about}<notes>\n{lines}\n</notes>\n\nQuestion: {}",
        question.text
    )));
    messages
}

fn last_turns(turns: &[Turn]) -> Vec<Message> {
    const TURNS: usize = 2;
    const LONGEST: usize = 200;
    let last = &turns[turns.len().saturating_sub(TURNS)..];
    let short = |text: &str| absorb::cut(text, LONGEST);
    last.iter()
        .map(|turn| {
            if turn.by_user {
                Message::user(short(&turn.text))
            } else {
                Message::assistant(short(&turn.text))
            }
        })
        .collect()
}

fn plain(text: &str, abstained: bool, say: &mut dyn FnMut(&str)) -> Answer {
    say(text);
    Answer {
        text: text.to_owned(),
        abstained,
        confidence: if abstained { 0.0 } else { 1.0 },
        ..Answer::default()
    }
}

fn finished(
    cited: cite::Cited,
    question: &Question<'_>,
    notes: &[Note<'_>],
    stopped: bool,
) -> Answer {
    let citations: Vec<Citation> = cited
        .notes
        .iter()
        .map(|cite| notes[cite.note].citation(cite.span, question.sources))
        .collect();
    let confidence = question.evidence.confidence * if citations.is_empty() { 0.5 } else { 1.0 };
    Answer {
        text: cited.text,
        citations,
        confidence,
        abstained: false,
        stopped,
    }
}

impl Note<'_> {
    /// What `span` of this note is cited as; for a memory, its first source that the caller has gives the picture.
    fn citation(&self, span: Span, sources: &[Observation]) -> Citation {
        let (memory, source) = match &self.item.found {
            Found::Observation { observation } => (None, Some((observation, span))),
            Found::Memory { memory } => {
                let named = |source: &afterimage_domain::Source| {
                    sources
                        .iter()
                        .find(|o| o.id == source.observation)
                        .map(|o| (o, source.span))
                };
                (Some(memory), memory.content.sources.iter().find_map(named))
            }
        };
        let first = memory.and_then(|memory| memory.content.sources.first());
        Citation {
            memory: memory.map(|memory| memory.id),
            observation: source
                .map(|(observation, _)| observation.id)
                .or(first.map(|source| source.observation)),
            frame: source.and_then(|(observation, _)| observation.origin.frame()),
            boxes: source.map_or_else(Vec::new, |(observation, span)| {
                boxes::boxes(observation, span)
            }),
            span: Some(span),
            label: self.label(),
            app: source.map_or_else(String::new, |(observation, _)| {
                observation.origin.app().to_owned()
            }),
            at: self.at,
        }
    }
}

#[cfg(test)]
mod tests;
