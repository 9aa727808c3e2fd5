//! The shell's one connection to the engine, and what it tells the rest of the shell.

use crate::tray;
use afterimage_engine::{
    api::{AnswerPart, Code, Event, Failure, Hidden, Request, Response},
    client::{Client, Home, Launch, Named, start_engine},
};
use serde::Serialize;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
    thread,
    time::{Duration, Instant},
};
use tauri::{AppHandle, Emitter, Manager};

/// The name under which the engine knows this client.
const NAME: &str = "afterimage-desktop";

/// The name under which the window hears of the engine's events.
const EVENT: &str = "engine";

/// An engine that died is back in less than two seconds, or not at all.
const BACK_WITHIN: Duration = Duration::from_secs(4);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The engine of one profile, running or not.
pub struct Engine {
    app: AppHandle,
    home: Mutex<Home>,
    connection: Mutex<Option<Connection>>,
}

struct Connection {
    client: Arc<Client>,
    /// The engine's number of each question on its way, by the window's.
    answering: HashMap<u32, u64>,
}

/// How things stand before the engine runs.
#[derive(Serialize)]
pub struct Profile {
    home: String,
    exists: bool,
    unlocked: bool,
    keychain: bool,
    /// Seconds until the next passphrase or code may be tried.
    wait_s: u32,
    /// The profiles of this user.
    profiles: Vec<Named>,
}

impl Engine {
    /// The engine of the profile that the environment names.
    pub fn from_environment(app: AppHandle) -> Self {
        Self {
            app,
            home: Mutex::new(Home::from_environment()),
            connection: Mutex::default(),
        }
    }

    /// How things stand. Connects to an engine that somebody else has started.
    pub fn profile(&self) -> Profile {
        let home = self.home();
        if self.client().is_err()
            && let Ok(client) = Client::connect(&home, NAME)
        {
            // When it ends at once, the window stays locked and says so.
            let _ = self.adopt(client);
        }
        Profile {
            home: home.dir().display().to_string(),
            exists: home.has_profile(),
            unlocked: self.client().is_ok(),
            keychain: keychain_may_answer(),
            wait_s: home.seconds_to_wait(),
            profiles: Home::profiles(),
        }
    }

    /// Means the profile called `name` from now on.
    pub fn choose(&self, name: &str) -> Result<(), Failure> {
        if self.client().is_ok() {
            return Err(Failure::bad_request("Lock this profile first."));
        }
        Home::switch(name)?;
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Home::from_environment();
        Ok(())
    }

    /// Starts the engine and listens to it. The recovery code, when it made the profile.
    pub fn launch(&self, launch: &Launch) -> Result<Option<Hidden>, Failure> {
        let started = start_engine(&self.home(), launch, NAME)?;
        self.adopt(started.client)?;
        Ok(started.recovery)
    }

    /// Asks the running engine.
    pub fn call(&self, request: Request) -> Result<Response, Failure> {
        self.client()?.call(request)
    }

    /// Asks a question that is known to the window as `key`, and gives the parts of the answer to `on_part`.
    pub fn ask(
        &self,
        key: u32,
        question: Request,
        on_part: impl FnMut(AnswerPart),
    ) -> Result<Response, Failure> {
        let begun = self.client()?.begin(question)?;
        self.answering(|answering| _ = answering.insert(key, begun.id));
        let end = begun.finish(on_part);
        self.answering(|answering| _ = answering.remove(&key));
        end
    }

    /// Stops the answer to the question that the window knows as `key`. One that has ended is left alone.
    pub fn stop(&self, key: u32) -> Result<(), Failure> {
        let mut call = None;
        self.answering(|answering| call = answering.get(&key).copied());
        match call {
            Some(call) => self.call(Request::Stop { call }).map(drop),
            None => Ok(()),
        }
    }

    /// Ends the engine, if it runs: nobody watches unseen.
    pub fn lock_quietly(&self) {
        // One that is gone already is locked.
        let _ = self.call(Request::Lock);
    }

    fn client(&self) -> Result<Arc<Client>, Failure> {
        match &*self.connection() {
            Some(connection) => Ok(connection.client.clone()),
            None => Err(Failure::new(
                Code::Locked,
                "Afterimage is locked. Unlock it first.",
            )),
        }
    }

    fn adopt(&self, client: Client) -> Result<(), Failure> {
        let client = Arc::new(client);
        let events = client.subscribe()?;
        *self.connection() = Some(Connection {
            client: client.clone(),
            answering: HashMap::new(),
        });
        if let Ok(Response::Status { status }) = client.call(Request::Status) {
            tray::show_state(&self.app, Some(&status.capture));
        }
        let app = self.app.clone();
        // Ends with the connection; it holds no client, so that the connection can end.
        thread::spawn(move || forward(&app, &events));
        Ok(())
    }

    /// Waits for the engine that is started in the place of one that died; whether it came.
    fn is_back(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < BACK_WITHIN {
            thread::sleep(LOOK_AGAIN);
            let client = Client::connect(&self.home(), NAME);
            if client.is_ok_and(|client| self.adopt(client).is_ok()) {
                return true;
            }
        }
        false
    }

    fn home(&self) -> Home {
        let home = self.home.lock();
        home.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answering(&self, change: impl FnOnce(&mut HashMap<u32, u64>)) {
        if let Some(connection) = &mut *self.connection() {
            change(&mut connection.answering);
        }
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands the engine's events to the window and the tray until the engine ends. One that died is soon there again.
fn forward(app: &AppHandle, events: &Receiver<Event>) {
    let mut is_locking = false;
    for event in events {
        if let Event::Status { status } = &event {
            tray::show_state(app, Some(&status.capture));
        }
        is_locking |= event == Event::Locking;
        tell(app, &event);
    }
    let engine = app.state::<Engine>();
    *engine.connection() = None;
    tray::show_state(app, None);
    let is_back = !is_locking && engine.is_back();
    let word = if is_back { "restarted" } else { "gone" };
    tell(app, &serde_json::json!({ "event": word }));
}

fn tell(app: &AppHandle, event: &impl Serialize) {
    // Fails only while the window is closing.
    let _ = app.emit_to(crate::window::MAIN, EVENT, event);
}

/// Without a session bus there is no Secret Service to ask. Whether one answers is known when it is asked.
fn keychain_may_answer() -> bool {
    cfg!(not(target_os = "linux")) || std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
}
