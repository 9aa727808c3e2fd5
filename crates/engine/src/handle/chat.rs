//! Conversations: asking, stopping, and what is kept of them.

use super::{Connection, Stop, locked, scoped::Asking, search};
use crate::{
    api::{AnswerPart, Failure, Message, Response},
    clock,
    engine::Engine,
    server::Outgoing,
    task::Task,
    thinking, translate,
};
use afterimage_domain::{
    Answer, Bounds, Evidence, EvidenceItem, Filter, Found, Kind, Memory, MemoryId, Observation,
    ObservationId, Origin, Query, Raw, Span, Tally, ThreadId, Timestamp, Trust,
};
use afterimage_mind::{
    answer::{self, Turn},
    redact::Rules,
};
use afterimage_store::{Forget, MemoryPage, Tasks};
use std::sync::mpsc::sync_channel;

/// Evidence items for one question; the token budget usually ends earlier.
const ITEMS: usize = 40;
/// Core memories in every prompt.
const CORE: u32 = 20;
/// Turns of the conversation that are handed to the mind.
const REMEMBERED: usize = 8;
/// Characters of a conversation's first name.
const TITLE: usize = 60;

/// What is asked, and how.
pub struct Question {
    /// The conversation; `None` starts one.
    pub thread: Option<ThreadId>,
    /// The words.
    pub text: String,
    /// What may be used.
    pub filter: Filter,
    /// Nothing is kept.
    pub temporary: bool,
    /// When it is asked, if not now.
    pub at: Option<Timestamp>,
}

/// Answers a question; that of a client from what it may read alone. The user's turn is stored before anything is done about it; the answer with its citations when it is whole.
pub fn ask(
    engine: &Engine,
    connection: &Connection,
    id: u64,
    question: Question,
    (stop, client): (&Stop, Option<&Asking<'_>>),
    outgoing: &Outgoing,
) -> Result<Response, Failure> {
    if question.at.is_some() && !question.temporary {
        return Err(Failure::bad_request(
            "Only a temporary chat can be held at another time than now.",
        ));
    }
    let at = question.at.unwrap_or_else(clock::now);
    let asked = question.text;
    let text = Raw::new(asked.clone()).clean(&Rules);
    let most = match client {
        Some(client) => ITEMS.min(client.left()? as usize),
        None => ITEMS,
    };
    let mut query = search::query(
        engine,
        text.clone().into_inner(),
        question.filter,
        most,
        Some(at),
    )?;
    query.token_budget = Some(engine.board.settings().evidence_tokens as usize);
    let is_new = question.thread.is_none();
    let thread = question.thread.unwrap_or_else(|| ThreadId(clock::new_id()));
    let turns = match question.temporary {
        true => locked(&connection.temporary)
            .get(&thread)
            .cloned()
            .unwrap_or_default(),
        false => history(engine, thread, is_new)?,
    };
    if !question.temporary {
        if is_new {
            start(engine, thread, &text, at)?;
        }
        let turn = Raw::new(turn(thread, true, asked, at));
        record(engine, turn, None)?;
    }
    let part = |part| _ = outgoing.send(Message::Progress { id, part });
    part(AnswerPart::Step {
        label: "Searching your memory".into(),
    });
    let mut evidence = search::find(engine, &query)?;
    leave_out(&mut evidence, thread, at);
    let tally = search::count(engine, &query)?;
    if let Some(tally) = &tally {
        include(&mut evidence, tally);
    }
    if let Some(client) = client {
        client.hand_out(&mut evidence)?;
    }
    part(AnswerPart::Evidence {
        evidence: evidence.clone(),
    });
    let text_to = outgoing.clone();
    let mut on_text = move |text: &str| {
        let part = AnswerPart::Text { text: text.into() };
        text_to.send(Message::Progress { id, part });
    };
    let answer = match &tally {
        Some(tally) => counted(engine, &query, &evidence, tally, &mut on_text)?,
        None => {
            part(AnswerPart::Step {
                label: "Thinking".into(),
            });
            let turns = turns[turns.len().saturating_sub(REMEMBERED)..].to_vec();
            thought(engine, &query, &evidence, turns, Box::new(on_text), stop)?
        }
    };
    match question.temporary {
        true => remember(connection, thread, text.into_inner(), &answer),
        false => keep(engine, thread, &answer)?,
    }
    Ok(Response::Answered {
        thread,
        answer,
        evidence,
    })
}

/// The answer that rows give by themselves: no model has to be loaded or waited for.
fn counted(
    engine: &Engine,
    query: &Query,
    evidence: &Evidence,
    tally: &Tally,
    on_text: &mut dyn FnMut(&str),
) -> Result<Answer, Failure> {
    let question = answer::Question {
        text: &query.text,
        at: query.at,
        time_zone: &query.time_zone,
        evidence,
        tally: Some(tally),
        sources: &sources(engine, evidence, query.filter.bounds.as_ref())?,
        turns: &[],
        core: &[],
    };
    let options = answer::Options::default();
    let answered = answer::answer(&question, None, None, &options, on_text, &|| false);
    answered.map_err(|_| {
        Failure::new(
            crate::api::Code::Internal,
            "The answer could not be counted. Ask again.",
        )
    })
}

/// The answer of the thread that owns the model.
fn thought(
    engine: &Engine,
    query: &Query,
    evidence: &Evidence,
    turns: Vec<Turn>,
    on_text: Box<dyn FnMut(&str) + Send>,
    stop: &Stop,
) -> Result<Answer, Failure> {
    let (reply, answer) = sync_channel(1);
    engine.thinking.ask(thinking::Question {
        text: query.text.clone(),
        evidence: evidence.clone(),
        sources: sources(engine, evidence, query.filter.bounds.as_ref())?,
        core: core(engine, query.filter.bounds.clone())?,
        turns,
        at: query.at,
        time_zone: query.time_zone.clone(),
        on_text,
        stop: stop.clone(),
        reply,
    })?;
    answer.recv().map_err(|_| {
        Failure::new(
            crate::api::Code::Locked,
            "Afterimage was locked before the answer was whole.",
        )
    })?
}

/// Everything that was counted is evidence: it stands before what else was found.
fn include(evidence: &mut Evidence, tally: &Tally) {
    let items = tally.rows.iter().map(|row| EvidenceItem {
        found: row.found.clone(),
        score: 1.0,
        word_rank: None,
        meaning_rank: None,
        from: None,
        hits: vec![row.span],
    });
    let mut counted: Vec<EvidenceItem> = Vec::new();
    for item in items {
        if !counted.iter().any(|known| known.found == item.found) {
            counted.push(item);
        }
    }
    evidence
        .items
        .retain(|item| !counted.iter().any(|known| known.found == item.found));
    evidence.items.splice(0..0, counted);
}

pub fn threads(engine: &Engine) -> Result<Response, Failure> {
    let threads = engine.readers.begin()?.threads()?;
    Ok(Response::Threads {
        threads: threads.into_iter().map(translate::thread).collect(),
    })
}

pub fn turns(engine: &Engine, thread: ThreadId) -> Result<Response, Failure> {
    let turns = engine.readers.begin()?.turns(thread)?;
    Ok(Response::Turns {
        turns: turns.into_iter().map(translate::turn).collect(),
    })
}

pub fn rename(engine: &Engine, id: ThreadId, title: String) -> Result<Response, Failure> {
    let title = title.trim().to_owned();
    if title.is_empty() || title.chars().count() > 200 {
        return Err(Failure::bad_request(
            "A conversation's name has 1 to 200 characters.",
        ));
    }
    engine.to_writer.ask(|reply| Task::RenameThread {
        id,
        title: Raw::new(title).clean(&Rules),
        reply,
    })?;
    Ok(Response::Done)
}

pub fn delete(engine: &Engine, thread: ThreadId) -> Result<Response, Failure> {
    engine.thinking.interrupt();
    engine.to_writer.ask(|reply| Task::Forget {
        what: Forget::Thread(thread),
        reply,
    })?;
    Ok(Response::Done)
}

fn start(engine: &Engine, id: ThreadId, text: &str, at: Timestamp) -> Result<(), Failure> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = Raw::new(line.chars().take(TITLE).collect::<String>()).clean(&Rules);
    engine.to_writer.ask(|reply| Task::StartThread {
        id,
        title,
        at,
        reply,
    })
}

/// The assistant's turn. It is not thought about: what it says came from memory.
fn keep(engine: &Engine, thread: ThreadId, answer: &Answer) -> Result<(), Failure> {
    let turn = Raw::new(turn(thread, false, answer.text.clone(), clock::now()));
    record(engine, turn, Some(Raw::new(answer.clone())))?;
    let used: Vec<MemoryId> = answer
        .citations
        .iter()
        .filter_map(|citation| citation.memory)
        .collect();
    if !used.is_empty() {
        engine.to_writer.tell(Task::Accessed(used));
    }
    Ok(())
}

fn record(
    engine: &Engine,
    turn: Raw<Observation>,
    answer: Option<Raw<Answer>>,
) -> Result<(), Failure> {
    let (turn, answer) = (
        turn.clean(&Rules),
        answer.map(|answer| answer.clean(&Rules)),
    );
    let tasks = Tasks {
        embed: true,
        absorb: engine.board.settings().absorb,
    };
    engine.to_writer.ask(|reply| Task::Turn {
        turn,
        answer,
        tasks,
        reply,
    })
}

fn remember(connection: &Connection, thread: ThreadId, question: String, answer: &Answer) {
    let said = |by_user, text| Turn { by_user, text };
    let mut temporary = locked(&connection.temporary);
    temporary
        .entry(thread)
        .or_default()
        .extend([said(true, question), said(false, answer.text.clone())]);
}

fn turn(thread: ThreadId, by_user: bool, text: String, at: Timestamp) -> Observation {
    Observation {
        id: ObservationId(clock::id_at(at)),
        at,
        origin: Origin::Chat { thread, by_user },
        words: vec![],
        fresh: vec![Span::whole(&text)],
        trust: Trust::Chat,
        external_id: None,
        redactions: 0,
        text,
    }
}

/// The conversation so far, oldest first.
fn history(engine: &Engine, thread: ThreadId, is_new: bool) -> Result<Vec<Turn>, Failure> {
    if is_new {
        return Ok(vec![]);
    }
    let view = engine.readers.begin()?;
    if !view.threads()?.iter().any(|known| known.id == thread) {
        return Err(Failure::not_found("conversation"));
    }
    let turns = view
        .turns(thread)?
        .into_iter()
        .map(|turn| match turn.answer {
            Some(answer) => Turn {
                by_user: false,
                text: answer.text,
            },
            None => Turn {
                by_user: true,
                text: turn.text,
            },
        });
    Ok(turns.collect())
}

/// The observations behind the memories among the evidence, within bounds.
fn sources(
    engine: &Engine,
    evidence: &Evidence,
    bounds: Option<&Bounds>,
) -> Result<Vec<Observation>, Failure> {
    let ids: Vec<ObservationId> = evidence
        .items
        .iter()
        .filter_map(|item| match &item.found {
            Found::Memory { memory } => Some(&memory.content.sources),
            Found::Observation { .. } => None,
        })
        .flatten()
        .map(|source| source.observation)
        .collect();
    let mut sources = engine.readers.begin()?.observations(&ids)?;
    sources.retain(|source| bounds.is_none_or(|bounds| bounds.allow(source)));
    Ok(sources)
}

/// The question itself is no evidence for its answer, nor is what was said in this conversation: the model is shown that anyway.
fn leave_out(evidence: &mut Evidence, this: ThreadId, at: Timestamp) {
    evidence.items.retain(|item| match &item.found {
        Found::Observation { observation } => match observation.origin {
            Origin::Chat { thread, .. } => thread != this && observation.at < at,
            _ => true,
        },
        Found::Memory { .. } => true,
    });
}

fn core(engine: &Engine, bounds: Option<Bounds>) -> Result<Vec<Memory>, Failure> {
    let page = MemoryPage {
        kind: Some(Kind::Core),
        limit: CORE,
        bounds,
        ..MemoryPage::default()
    };
    Ok(engine.readers.begin()?.memories(&page)?.0)
}
