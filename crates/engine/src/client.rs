//! How the desktop shell, the command line and other programs speak to the engine.
//!
//! A [`Client`] is one connection. Its methods block and may be called from many threads at once; replies find their caller by number.
//! An engine that is not there is [`Code::Locked`], a profile that is not there [`Code::NoProfile`].

use crate::{
    api::{AnswerPart, Call, Code, Event, Failure, Hidden, Message, PROTOCOL, Request, Response},
    wire,
};
use std::{
    collections::HashMap,
    io::{BufReader, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

pub use crate::{
    home::Home,
    launch::{FromArchive, Launch, Start, Started, start_engine},
    profiles::Named,
};
/// A passphrase; wiped from memory when dropped, never printed.
pub use secrecy::SecretString as Passphrase;

/// One connection to a running engine. Dropping it closes the connection; the engine stays.
pub struct Client {
    outgoing: Mutex<UnixStream>,
    next_call: AtomicU64,
    desk: Arc<Mutex<Desk>>,
}

/// Who waits for what.
#[derive(Default)]
struct Desk {
    calls: HashMap<u64, Sender<Said>>,
    subscriber: Option<Sender<Event>>,
    closed: bool,
}

enum Said {
    Part(AnswerPart),
    End(Box<Result<Response, Failure>>),
}

impl Client {
    /// Connects to the engine of `home` as `name`.
    pub fn connect(home: &Home, name: &str) -> Result<Self, Failure> {
        Self::connect_as(home, name, None)
    }

    /// The same; with a `token`, as the client it belongs to, which may do no more than the owner granted it.
    pub fn connect_as(home: &Home, name: &str, token: Option<Hidden>) -> Result<Self, Failure> {
        let stream = UnixStream::connect(home.socket()).map_err(|_| not_running(home))?;
        let incoming = stream.try_clone().map_err(lost)?;
        let client = Self {
            outgoing: Mutex::new(stream),
            next_call: AtomicU64::new(1),
            desk: Arc::default(),
        };
        let desk = client.desk.clone();
        thread::Builder::new()
            .name("afterimage-client".into())
            .spawn(move || distribute(incoming, &desk))
            .map_err(lost)?;
        client.call(Request::Hello {
            client: name.into(),
            protocol: PROTOCOL,
            token,
        })?;
        Ok(client)
    }

    /// Asks, and waits for the end of it. Parts of a streamed answer are passed over.
    pub fn call(&self, request: Request) -> Result<Response, Failure> {
        self.stream(request, |_| ())
    }

    /// Asks, gives each part to `on_part` as it comes, and waits for the end.
    pub fn stream(
        &self,
        request: Request,
        mut on_part: impl FnMut(AnswerPart),
    ) -> Result<Response, Failure> {
        let (_, said) = self.send(request)?;
        for said in said {
            match said {
                Said::Part(part) => on_part(part),
                Said::End(result) => return *result,
            }
        }
        Err(connection_closed())
    }

    /// Sends a call and returns its number, by which [`Request::Stop`] can stop it, with a way to wait for its parts and end.
    pub fn begin(&self, request: Request) -> Result<Begun, Failure> {
        let (id, said) = self.send(request)?;
        Ok(Begun { id, said })
    }

    /// From now on the engine's events come out of the returned channel, until the connection closes.
    pub fn subscribe(&self) -> Result<Receiver<Event>, Failure> {
        let (sender, events) = channel();
        locked(&self.desk).subscriber = Some(sender);
        self.call(Request::Subscribe)?;
        Ok(events)
    }

    /// Waits until the engine has closed the connection, as it does at its end; whether it did so within `patience`.
    pub fn wait_for_end(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        while !locked(&self.desk).closed {
            if begun.elapsed() >= patience {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    fn send(&self, request: Request) -> Result<(u64, Receiver<Said>), Failure> {
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        let (sender, said) = channel();
        {
            let mut desk = locked(&self.desk);
            if desk.closed {
                return Err(connection_closed());
            }
            desk.calls.insert(id, sender);
        }
        let line = wire::line(&Call { id, request })?;
        let mut outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
        match outgoing.write_all(&line) {
            Ok(()) => Ok((id, said)),
            Err(error) => {
                locked(&self.desk).calls.remove(&id);
                Err(lost(error))
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner);
        // Fails only when the engine closed it before.
        let _ = outgoing.shutdown(Shutdown::Both);
    }
}

/// A call that was sent.
pub struct Begun {
    /// Its number.
    pub id: u64,
    said: Receiver<Said>,
}

impl Begun {
    /// Gives each part to `on_part` as it comes and waits for the end.
    pub fn finish(self, mut on_part: impl FnMut(AnswerPart)) -> Result<Response, Failure> {
        for said in self.said {
            match said {
                Said::Part(part) => on_part(part),
                Said::End(result) => return *result,
            }
        }
        Err(connection_closed())
    }
}

fn distribute(incoming: UnixStream, desk: &Mutex<Desk>) {
    let mut incoming = BufReader::new(incoming);
    while let Ok(Some(message)) = wire::read::<Message>(&mut incoming) {
        let mut desk = locked(desk);
        // Whoever stopped waiting does not want it any more.
        let _ = match message {
            Message::Reply { id, result } => desk
                .calls
                .remove(&id)
                .map(|caller| caller.send(Said::End(Box::new(result))).is_ok()),
            Message::Progress { id, part } => desk
                .calls
                .get(&id)
                .map(|caller| caller.send(Said::Part(part)).is_ok()),
            Message::Event { event } => desk
                .subscriber
                .as_ref()
                .map(|subscriber| subscriber.send(event).is_ok()),
        };
    }
    *locked(desk) = Desk {
        closed: true,
        ..Desk::default()
    };
}

fn locked(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_running(home: &Home) -> Failure {
    match home.has_profile() {
        true => Failure::new(
            Code::Locked,
            "Afterimage is locked. Unlock it first: `afterimage unlock`.",
        ),
        false => Failure::new(
            Code::NoProfile,
            "There is no profile in this folder yet. Make one: `afterimage init`.",
        ),
    }
}

fn lost(error: std::io::Error) -> Failure {
    Failure::io("reach its engine", &error)
}

fn connection_closed() -> Failure {
    Failure::new(
        Code::Locked,
        "The engine ended, or was locked, before it answered. Unlock it and ask again.",
    )
}
