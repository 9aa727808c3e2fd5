//! The socket: one task a connection, one blocking thread a request. `async` goes no deeper than this file.

use crate::{
    api::{
        Call, Client, Code, Event, Failure, Hidden, LINE_LIMIT, Message, PROTOCOL, Request,
        Response,
    },
    clock,
    door::{self, Caller},
    engine::Engine,
    guard::guarded,
    handle, wire,
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{broadcast, mpsc, watch},
};

/// The longest line of a client, in bytes; of a stranger, the greeting.
const CLIENT_LINE: usize = 1 << 20;
const STRANGER_LINE: usize = 4 << 10;
/// How long whoever named a wrong token waits for the answer.
const WRONG_TOKEN: Duration = Duration::from_secs(1);

/// Lines on their way to one client. A client that does not read holds up its own answers only.
const OUTGOING: usize = 256;

/// Where a request's messages go: to the client that made it.
#[derive(Clone)]
pub struct Outgoing(mpsc::Sender<Message>);

impl Outgoing {
    /// Sends from a blocking thread. `false` when the client is gone.
    pub fn send(&self, message: Message) -> bool {
        self.0.blocking_send(message).is_ok()
    }
}

/// Listens on `path`, for this user alone.
pub fn listen(path: &Path) -> Result<UnixListener, Failure> {
    UnixListener::bind(path).map_err(|error| Failure::io("open its socket", &error))
}

/// Serves clients until `engine` is locked.
pub async fn serve(
    engine: Arc<Engine>,
    listener: UnixListener,
    mut locking: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            _ = locking.wait_for(|locking| *locking) => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if is_ours(&stream) => {
                    tokio::spawn(converse(engine.clone(), stream));
                }
                Ok(_) => tracing::warn!("a process of another user was turned away"),
                Err(error) => tracing::warn!(code = error.raw_os_error(), "accept failed"),
            }
        }
    }
}

fn is_ours(stream: &UnixStream) -> bool {
    // SAFETY: takes nothing and cannot fail.
    let us = unsafe { libc::getuid() };
    stream.peer_cred().is_ok_and(|peer| peer.uid() == us)
}

async fn converse(engine: Arc<Engine>, stream: UnixStream) {
    let pid = stream.peer_cred().ok().and_then(|peer| peer.pid());
    let caller = door::own_program(pid).map_or(Caller::Stranger, Caller::Own);
    let (read, write) = stream.into_split();
    let (outgoing, lines) = mpsc::channel(OUTGOING);
    let writing = tokio::spawn(write_all(write, lines));
    if let Err(failure) = take_calls(&engine, caller, read, &outgoing).await {
        let last_words = Message::Reply {
            id: 0,
            result: Err(failure),
        };
        // The client may be gone already.
        let _ = outgoing.send(last_words).await;
    }
    drop(outgoing);
    // Replies still being made go out before the connection closes.
    let _ = writing.await;
}

async fn take_calls(
    engine: &Arc<Engine>,
    caller: Caller,
    read: OwnedReadHalf,
    outgoing: &mpsc::Sender<Message>,
) -> Result<(), Failure> {
    let mut read = BufReader::new(read);
    let connection = Arc::new(handle::Connection::new(caller));
    let mut subscribed = None;
    while let Some(line) = next_line(&mut read, longest(&connection.caller())).await? {
        let (id, request) = match wire::parse(&line) {
            Ok(Call { id, request }) => (id, request),
            Err(failure) => {
                let refused = Message::Reply {
                    id: wire::number(&line),
                    result: Err(failure),
                };
                let _ = outgoing.send(refused).await;
                continue;
            }
        };
        match request {
            Request::Hello {
                client,
                protocol,
                token,
            } => {
                let result = greet(engine, &connection, &client, protocol, token).await;
                let is_welcome = result.is_ok();
                let _ = outgoing.send(Message::Reply { id, result }).await;
                if !is_welcome {
                    break;
                }
            }
            Request::Subscribe if matches!(connection.caller(), Caller::Own(_)) => {
                subscribed.get_or_insert_with(|| {
                    tokio::spawn(forward(engine.subscribe(), outgoing.clone()))
                });
                let result = Ok(Response::Done);
                let _ = outgoing.send(Message::Reply { id, result }).await;
            }
            request => {
                // A client waits for itself, so that the owner's own programs need not wait for it.
                let room = match connection.caller() {
                    Caller::Client(id) => engine.door.room(id).acquire_owned().await.ok(),
                    Caller::Own(_) | Caller::Stranger => None,
                };
                let is_stranger = connection.caller() == Caller::Stranger;
                let named = (wire::name(&line), request);
                let (engine, connection) = (engine.clone(), connection.clone());
                let outgoing = Outgoing(outgoing.clone());
                let working = tokio::task::spawn_blocking(move || {
                    let (name, request) = named;
                    let result = guarded(|| {
                        handle::handle(&engine, &connection, id, (&name, request), &outgoing)
                    });
                    drop(room);
                    outgoing.send(Message::Reply { id, result })
                });
                if is_stranger {
                    let _ = working.await;
                    break;
                }
            }
        }
    }
    connection.stop_all();
    if let Some(forwarding) = subscribed {
        forwarding.abort();
    }
    Ok(())
}

/// Compares versions, and tokens where one is named. A stranger without a token is not let in.
async fn greet(
    engine: &Arc<Engine>,
    connection: &Arc<handle::Connection>,
    name: &str,
    protocol: u32,
    token: Option<Hidden>,
) -> Result<Response, Failure> {
    if protocol != PROTOCOL {
        return Err(Failure::new(
            Code::Protocol,
            format!(
                "This program speaks version {protocol} of the protocol and the engine version {PROTOCOL}. Install the same version of both."
            ),
        ));
    }
    let client = match (token, connection.caller()) {
        (Some(token), _) => {
            let engine = engine.clone();
            let asked = tokio::task::spawn_blocking(move || admit(&engine, &token)).await;
            let admitted = asked.unwrap_or_else(|_| Err(door::stranger()));
            if admitted.is_err() {
                tokio::time::sleep(WRONG_TOKEN).await;
            }
            Some(admitted?)
        }
        (None, Caller::Stranger) => return Err(door::stranger()),
        (None, _) => None,
    };
    if let Some(client) = &client {
        connection.narrow(client.id);
    }
    tracing::info!(client_bytes = name.len(), "client connected");
    Ok(Response::Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").into(),
        client,
    })
}

fn admit(engine: &Engine, token: &Hidden) -> Result<Client, Failure> {
    let known = engine.readers.begin()?.client_with_token(&token.0)?;
    door::admitted(known, clock::now())
}

fn longest(caller: &Caller) -> usize {
    match caller {
        Caller::Own(_) => LINE_LIMIT,
        Caller::Client(_) => CLIENT_LINE,
        Caller::Stranger => STRANGER_LINE,
    }
}

async fn next_line(
    read: &mut BufReader<OwnedReadHalf>,
    longest: usize,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut line = Vec::new();
    let mut bounded = read.take(longest as u64 + 1);
    match bounded.read_until(b'\n', &mut line).await {
        Ok(0) | Err(_) => Ok(None),
        Ok(_) if line.len() > longest => Err(wire::too_long(longest)),
        Ok(_) => Ok(Some(line)),
    }
}

async fn forward(mut events: broadcast::Receiver<Event>, outgoing: mpsc::Sender<Message>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                let is_last = event == Event::Locking;
                if outgoing.send(Message::Event { event }).await.is_err() || is_last {
                    return;
                }
            }
            // A client too slow for its events has missed some; the next status tells it where things stand.
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

async fn write_all(mut write: OwnedWriteHalf, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        let line = wire::line(&message).or_else(|failure| match message {
            Message::Reply { id, .. } => wire::line(&Message::Reply {
                id,
                result: Err(failure),
            }),
            _ => Err(failure),
        });
        let Ok(line) = line else { continue };
        if write.write_all(&line).await.is_err() {
            return;
        }
    }
}
