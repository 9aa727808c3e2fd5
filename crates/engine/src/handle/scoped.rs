//! What a client is answered: a program that is not ours, within what the owner granted it.
//!
//! What it may ask is a short list; all else is refused. What it reads is narrowed in the store's own queries, counted before it is handed
//! out, and told with who says it.

use super::{Connection, chat, ingest, search};
use crate::{
    api::{Code, Event, Failure, IngestItem, Request, Response},
    clock,
    door::{self, Entry, MOST_WRITTEN},
    engine::Engine,
    linking::links,
    server::Outgoing,
    task::Task,
};
use afterimage_domain::{
    Bounds, Client, ClientId, Edit, Evidence, Filter, Found, Kind, NewMemory, ObservationId, Raw,
    Source, Span, Timestamp, Trust,
};
use afterimage_mind::{absorb::learned_from, redact::Rules};
use afterimage_store::{Allowance, MemoryPage, ReadTxn, TakenAs};
use sha2::{Digest, Sha256};

/// Items of one answer.
const MOST: u32 = 200;

/// A client that asks for something now.
pub struct Asking<'a> {
    engine: &'a Engine,
    client: Client,
    request: &'a str,
    now: Timestamp,
}

/// Does what the client `id` asks for in its request called `name`, if it may.
pub fn handle(
    engine: &Engine,
    connection: &Connection,
    (call, id): (u64, ClientId),
    (name, request): (&str, Request),
    outgoing: &Outgoing,
) -> Result<Response, Failure> {
    let now = clock::now();
    let client = door::admitted(engine.readers.begin()?.client(id)?, now)?;
    let asking = Asking {
        engine,
        client,
        request: name,
        now,
    };
    let written = match &request {
        Request::Ingest { items } => items.len(),
        Request::AddMemory { .. } => 1,
        _ => 0,
    };
    let done = asking
        .may(&request)
        .and_then(|()| asking.pace(written))
        .and_then(|()| asking.answer(connection, call, request, outgoing));
    asking.note(done.is_err());
    done
}

impl Asking<'_> {
    /// The closed list. What it does not name, a client may not, whatever is added to the protocol.
    fn may(&self, request: &Request) -> Result<(), Failure> {
        let grant = &self.client.grant;
        let reads = grant.observations || !grant.kinds.is_empty();
        let (may, scope) = match request {
            Request::Search { .. } | Request::Ask { .. } => (reads, "reading"),
            Request::Memories { .. } => (!grant.kinds.is_empty(), "reading memories"),
            Request::Stop { .. } => (true, ""),
            Request::Ingest { .. } => (grant.chat, "handing in turns of a conversation"),
            Request::AddMemory { .. } => (grant.propose, "handing in memories"),
            _ => (false, "this request"),
        };
        match may {
            true => Ok(()),
            false => Err(out_of_scope(scope)),
        }
    }

    fn pace(&self, written: usize) -> Result<(), Failure> {
        if written > MOST_WRITTEN {
            return Err(Failure::new(
                Code::TooLarge,
                format!(
                    "A program hands in at most {MOST_WRITTEN} things at once. Send them in parts."
                ),
            ));
        }
        let paces = &self.engine.door.paces;
        let paced = paces.take(self.client.id, written, clock::since_boot());
        paced.map_err(|wait| over_budget("asks too fast", wait.as_millis() as i64))
    }

    fn answer(
        &self,
        connection: &Connection,
        call: u64,
        request: Request,
        outgoing: &Outgoing,
    ) -> Result<Response, Failure> {
        match request {
            Request::Search {
                text,
                filter,
                limit,
                at,
            } => self.search(text, filter, limit, at),
            Request::Memories {
                kind,
                text,
                offset,
                limit,
            } => self.memories(kind, text, offset, limit),
            Request::Ask {
                thread,
                text,
                filter,
                at,
                ..
            } => {
                let question = chat::Question {
                    thread,
                    text,
                    filter: self.within(filter),
                    // What a client asks is not the owner's conversation.
                    temporary: true,
                    at,
                };
                let stop = connection.begin(call);
                let answered = chat::ask(
                    self.engine,
                    connection,
                    call,
                    question,
                    (&stop, Some(self)),
                    outgoing,
                );
                connection.end(call);
                answered
            }
            Request::Stop { call } => connection.stop(call),
            Request::Ingest { items } => {
                let items = items.into_iter().map(|item| self.turn(item)).collect();
                ingest::lines(self.engine, items)
            }
            Request::AddMemory { memory } => self.propose(memory),
            _ => Err(out_of_scope("this request")),
        }
    }

    fn search(
        &self,
        text: String,
        filter: Filter,
        limit: u32,
        at: Option<Timestamp>,
    ) -> Result<Response, Failure> {
        let limit = limit.clamp(1, MOST).min(self.left()?) as usize;
        let query = search::query(self.engine, text, self.within(filter), limit, at)?;
        let mut evidence = search::find(self.engine, &query)?;
        self.hand_out(&mut evidence)?;
        Ok(Response::Evidence { evidence })
    }

    fn memories(
        &self,
        kind: Option<Kind>,
        text: Option<String>,
        offset: u32,
        limit: u32,
    ) -> Result<Response, Failure> {
        let page = MemoryPage {
            kind,
            text: text.filter(|text| !text.trim().is_empty()),
            offset,
            limit: limit.min(MOST).min(self.left()?),
            bounds: Some(self.bounds()),
        };
        let view = self.engine.readers.begin()?;
        let (memories, total) = view.memories(&page)?;
        let from = memories.iter().map(|memory| {
            let first = memory.content.sources.first();
            said_by(&view, first.map(|source| source.observation))
        });
        let from = from.collect::<Result<_, _>>()?;
        drop(view);
        self.spend(memories.len())?;
        Ok(Response::Memories {
            memories,
            total,
            from,
        })
    }

    /// What it hands in as a memory: a text with the trust of a client, and a memory that rests on it. What its kind may not come from waits.
    fn propose(&self, memory: NewMemory) -> Result<Response, Failure> {
        let kind = memory.body.kind();
        if kind == Kind::Vault {
            return Err(out_of_scope("the vault"));
        }
        let said = format!("{}\n{}", memory.title, memory.details);
        let print = Sha256::digest(format!("{}\n{said}", kind.name()));
        let item = IngestItem {
            id: format!("memory/{}", hex(&print)),
            thread: "memories".into(),
            at: self.now,
            source: String::new(),
            speaker: self.client.name.clone(),
            text: said,
        };
        let source = self.source(self.turn(item))?;
        let memory = NewMemory {
            sources: vec![source],
            trust: Trust::Client,
            confidence: memory.confidence.clamp(0.0, 0.5),
            ..memory
        };
        let edit = match Trust::Client.may_become(kind) {
            true => Edit::Add { memory },
            false => Edit::Propose { memory },
        };
        let edits = Raw::new(vec![edit]).clean(&Rules);
        let links = links(&self.engine.readers.begin()?, &edits)?;
        let mut applied = self.engine.to_writer.ask(|reply| Task::Submit {
            client: self.client.id,
            edits,
            links,
            reply,
        })?;
        match (applied.changes.pop(), applied.refused.pop()) {
            (Some(change), _) => Ok(Response::Memory {
                memory: change.after,
                sources: vec![],
                details: vec![],
            }),
            (None, Some((_, refusal))) => Err(super::memories::refused(refusal)),
            (None, None) => Err(Failure::not_found("memory")),
        }
    }

    /// Stores the text behind a memory; all of it is the source.
    fn source(&self, item: IngestItem) -> Result<Source, Failure> {
        let taken = ingest::store(self.engine, vec![item], false)?;
        let new = taken.first().filter(|taken| taken.outcome == TakenAs::New);
        let seen = match new {
            Some(taken) => self.engine.readers.begin()?.observation(taken.id)?,
            None => None,
        };
        let seen = seen.ok_or_else(|| {
            Failure::new(
                Code::Conflict,
                "This was handed in before: it is known, waits for a decision, or was forgotten and stays so.",
            )
        })?;
        Ok(Source {
            observation: seen.id,
            span: Span::whole(&seen.text),
        })
    }

    /// A line under the client's own name: it can neither take another's place nor learn what is known of others.
    fn turn(&self, item: IngestItem) -> IngestItem {
        let Client { id, name, .. } = &self.client;
        IngestItem {
            id: format!("client/{id}/{}", item.id),
            thread: format!("client/{id}/{}", item.thread),
            source: name.clone(),
            ..item
        }
    }

    /// What is asked for and, whatever that is, only what was granted.
    fn within(&self, filter: Filter) -> Filter {
        Filter {
            bounds: Some(self.bounds()),
            ..filter
        }
    }

    /// What it may read now.
    pub fn bounds(&self) -> Bounds {
        self.client.grant.bounds(self.now)
    }

    /// Makes what was found ready to be handed out, and counts it: each item with who says it, without numbers that tell of what was not found.
    pub fn hand_out(&self, evidence: &mut Evidence) -> Result<(), Failure> {
        let view = self.engine.readers.begin()?;
        for (place, item) in evidence.items.iter_mut().enumerate() {
            item.from = Some(match &item.found {
                Found::Observation { observation } => learned_from(&observation.origin),
                Found::Memory { memory } => {
                    let first = memory.content.sources.first();
                    said_by(&view, first.map(|source| source.observation))?
                }
            });
            item.score = 1.0 / (place + 1) as f32;
        }
        evidence.confidence = 0.0;
        drop(view);
        self.spend(evidence.items.len())
    }

    /// Items it may still be handed.
    pub fn left(&self) -> Result<u32, Failure> {
        let view = self.engine.readers.begin()?;
        let allowance = view.allowance(self.client.id, self.now)?;
        match allowance.items {
            0 => Err(self.at_its_limit(allowance)),
            left => Ok(left),
        }
    }

    fn spend(&self, items: usize) -> Result<(), Failure> {
        if items == 0 {
            return Ok(());
        }
        let mut line = self.entry(items as u32, false).line();
        // The request itself is noted when it is done.
        line.asked = 0;
        let spent = self
            .engine
            .to_writer
            .ask(|reply| Task::Spend { line, reply })?;
        spent.map_err(|allowance| self.at_its_limit(allowance))
    }

    /// What was handed out is in the log already.
    fn note(&self, refused: bool) {
        self.engine.door.ledger.note(&self.entry(0, refused));
    }

    fn entry(&self, items: u32, refused: bool) -> Entry<'_> {
        Entry {
            client: Some(self.client.id),
            reader: &self.client.name,
            request: self.request,
            refused,
            items,
            at: self.now,
        }
    }

    fn at_its_limit(&self, allowance: Allowance) -> Failure {
        let Client { id, name, .. } = &self.client;
        if self.engine.door.should_tell(*id, clock::since_boot()) {
            self.engine.tell(Event::ClientLimited {
                client: *id,
                name: name.clone(),
                until: allowance.more_at,
            });
        }
        over_budget(
            "has read as much as it may",
            allowance.more_at.millis_since(self.now),
        )
    }
}

fn said_by(view: &ReadTxn<'_>, source: Option<ObservationId>) -> Result<String, Failure> {
    let seen = match source {
        Some(id) => view.observation(id)?,
        None => None,
    };
    Ok(seen.map_or_else(|| "the user".into(), |seen| learned_from(&seen.origin)))
}

fn out_of_scope(what: &str) -> Failure {
    Failure::new(
        Code::OutOfScope,
        format!(
            "The token of this program does not open {what}. The owner can make another one with more: `afterimage clients add NAME`."
        ),
    )
}

fn over_budget(why: &str, wait_ms: i64) -> Failure {
    let seconds = (wait_ms.max(0) + 999) / 1_000;
    Failure::new(
        Code::OverBudget,
        format!("This program {why}. Ask again in {} s.", seconds.max(1)),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
