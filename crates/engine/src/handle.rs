//! Requests to responses: one short function a request, one file a group.

mod backups;
mod capture;
mod chat;
mod clients;
mod forget;
mod ingest;
mod keys;
mod memories;
mod quarantine;
mod scoped;
mod search;
mod settings;
mod timeline;
mod upkeep;

use crate::{
    api::{Code, Failure, Request, Response},
    clock,
    door::{self, Caller},
    engine::Engine,
    server::Outgoing,
};
use afterimage_domain::{ClientId, ThreadId};
use afterimage_mind::answer::Turn;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// What the engine remembers of one connection.
pub struct Connection {
    caller: Mutex<Caller>,
    asking: Mutex<HashMap<u64, Stop>>,
    temporary: Mutex<HashMap<ThreadId, Vec<Turn>>>,
}

/// Set when the user does not want the rest of an answer.
pub type Stop = Arc<AtomicBool>;

impl Connection {
    /// Of a program that is known already, or of a stranger.
    pub fn new(caller: Caller) -> Self {
        Self {
            caller: Mutex::new(caller),
            asking: Mutex::default(),
            temporary: Mutex::default(),
        }
    }

    /// Who asks.
    pub fn caller(&self) -> Caller {
        locked(&self.caller).clone()
    }

    /// From now on it is a client's. There is no way back: what was narrowed stays so.
    pub fn narrow(&self, id: ClientId) {
        *locked(&self.caller) = Caller::Client(id);
    }

    /// Stops every answer that is being made for this client, which is gone.
    pub fn stop_all(&self) {
        for stop in locked(&self.asking).values() {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn begin(&self, call: u64) -> Stop {
        let stop = Stop::default();
        locked(&self.asking).insert(call, stop.clone());
        stop
    }

    fn end(&self, call: u64) {
        locked(&self.asking).remove(&call);
    }

    fn stop(&self, call: u64) -> Result<Response, Failure> {
        // An answer that is finished has nothing left to stop.
        if let Some(stop) = locked(&self.asking).get(&call) {
            stop.store(true, Ordering::Relaxed);
        }
        Ok(Response::Done)
    }
}

/// Does what a request asks for, the call numbered `id`, if whoever is at the other end may ask it. Parts of a streamed answer go to
/// `outgoing`. `name` is the request's, as on the wire.
pub fn handle(
    engine: &Engine,
    connection: &Connection,
    id: u64,
    (name, request): (&str, Request),
    outgoing: &Outgoing,
) -> Result<Response, Failure> {
    let caller = connection.caller();
    if let Caller::Client(client) = caller {
        unless_locking(engine)?;
        // That a client asks does not mean that somebody is there: it keeps nothing from being locked.
        return scoped::handle(engine, connection, (id, client), (name, request), outgoing);
    }
    if caller == Caller::Stranger {
        return Err(door::stranger());
    }
    let done = own(engine, connection, id, request, outgoing);
    let items = done.as_ref().map_or(0, items);
    if let Some(entry) = caller.entry(name, done.is_err(), items, clock::now()) {
        engine.door.ledger.note(&entry);
    }
    done
}

fn unless_locking(engine: &Engine) -> Result<(), Failure> {
    match engine.board.is_locking() {
        true => Err(Failure::new(
            Code::Locked,
            "Afterimage is being locked. Unlock it and ask again.",
        )),
        false => Ok(()),
    }
}

/// How many memories, texts, pictures and turns a response hands out.
fn items(response: &Response) -> u32 {
    let count = match response {
        Response::Evidence { evidence } | Response::Answered { evidence, .. } => {
            evidence.items.len()
        }
        Response::Memories { memories, .. } => memories.len(),
        Response::Memory { sources, .. } => 1 + sources.len(),
        Response::History { changes } => changes.len(),
        Response::Graph { graph } => graph.memories.len(),
        Response::Quarantine { waiting, .. } => waiting.len(),
        Response::Turns { turns } => turns.len(),
        Response::Timeline { frames, .. } => frames.len(),
        Response::Frame { frame } => frame.texts.len(),
        Response::Secret { .. } | Response::Image { .. } | Response::Observation { .. } => 1,
        _ => 0,
    };
    count as u32
}

/// What the owner's own programs ask for.
fn own(
    engine: &Engine,
    connection: &Connection,
    id: u64,
    request: Request,
    outgoing: &Outgoing,
) -> Result<Response, Failure> {
    if request != Request::Lock {
        unless_locking(engine)?;
    }
    let _underway = engine.board.request();
    match request {
        Request::Hello { .. } | Request::Subscribe => Ok(Response::Done),
        Request::Status => capture::status(engine),
        Request::Consent { granted } => capture::consent(engine, granted),
        Request::Pause { seconds } => capture::pause(engine, seconds),
        Request::Resume => capture::resume(engine),
        Request::Lock => engine.lock().map(|()| Response::Done),
        Request::CapturePreview => capture::preview(engine),
        Request::Apps => capture::apps(engine),
        Request::Ingest { items } => ingest::lines(engine, items),
        Request::IngestImage {
            image,
            at,
            app,
            title,
        } => ingest::picture(engine, &image, at, app, title),
        Request::Settle { seconds } => ingest::settle(engine, seconds),
        Request::Search {
            text,
            filter,
            limit,
            at,
        } => search::search(engine, text, filter, limit, at),
        Request::Ask {
            thread,
            text,
            filter,
            temporary,
            at,
        } => {
            let question = chat::Question {
                thread,
                text,
                filter,
                temporary,
                at,
            };
            let stop = connection.begin(id);
            let answered = chat::ask(engine, connection, id, question, (&stop, None), outgoing);
            connection.end(id);
            answered
        }
        Request::Stop { call } => connection.stop(call),
        Request::Threads => chat::threads(engine),
        Request::Turns { thread } => chat::turns(engine, thread),
        Request::RenameThread { thread, title } => chat::rename(engine, thread, title),
        Request::DeleteThread { thread } => chat::delete(engine, thread),
        Request::Memories {
            kind,
            text,
            offset,
            limit,
        } => memories::list(engine, kind, text, offset, limit),
        Request::Memory { id } => memories::one(engine, id),
        Request::AddMemory { memory } => memories::add(engine, memory),
        Request::EditMemory { id, patch } => memories::edit(engine, id, patch),
        Request::DeleteMemory { id } => memories::delete(engine, id),
        Request::UndoMemory { id } => memories::undo(engine, id),
        Request::History { id } => memories::history(engine, id),
        Request::Graph { around, limit } => memories::graph(engine, around, limit),
        Request::RevealSecret { id } => memories::reveal(engine, id),
        Request::Ways => keys::ways(engine),
        Request::SetPassphrase {
            by,
            passphrase,
            tied,
        } => keys::set_passphrase(engine, &by, passphrase, tied),
        Request::TiePassphrase { passphrase, tied } => {
            keys::tie_passphrase(engine, &passphrase, tied)
        }
        Request::RenewRecovery { by } => keys::renew_recovery(engine, &by),
        Request::AddKeychain { by } => keys::add_keychain(engine, &by),
        Request::RemoveWay { by, way } => keys::remove_way(engine, &by, way),
        Request::OpenVault { by } => keys::open_vault(engine, &by),
        Request::Upkeep => upkeep::suggestions(engine),
        Request::RunUpkeep => upkeep::run(engine),
        Request::ApplyUpkeep { id } => upkeep::apply(engine, id.as_deref()),
        Request::DismissUpkeep { id } => upkeep::dismiss(engine, id),
        Request::Quarantine { offset, limit } => quarantine::waiting(engine, offset, limit),
        Request::Decide { ids, keep } => quarantine::decide(engine, &ids, keep),
        Request::Timeline { range, limit } => timeline::span(engine, range, limit),
        Request::Days => timeline::days(engine),
        Request::Frame { id } => timeline::frame(engine, id),
        Request::FrameImage { id, size } => timeline::image(engine, id, size),
        Request::Observation { id } => timeline::observation(engine, id),
        Request::ForgetPreview { what } => forget::preview(engine, what),
        Request::Forget { what } => forget::forget(engine, what),
        Request::Receipts => forget::receipts(engine),
        Request::BackUp => backups::make(engine),
        Request::Backups => backups::list(engine),
        Request::DrillBackup => backups::drill(engine),
        Request::WriteArchive { file, vault } => {
            backups::write_archive(engine, &file, vault.as_ref())
        }
        Request::Settings => settings::get(engine),
        Request::SetSettings { settings } => settings::set(engine, settings),
        Request::Storage => settings::storage(engine),
        Request::Models => settings::models(engine),
        Request::Clients => clients::list(engine),
        Request::AddClient { name, grant, days } => clients::add(engine, &name, grant, days),
        Request::RevokeClient { id } => clients::revoke(engine, id),
        Request::AccessLog { days } => clients::log(engine, days),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
