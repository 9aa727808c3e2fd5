//! The running engine: what handlers see of it, and how its threads are put together.

use crate::{
    api::{CaptureState, Code, Event, Failure, Load, ModelState, Settings, Status},
    autolock,
    backing_up::BackingUp,
    board::{Board, Facts, Pause, Watching},
    clock,
    detailing::{DetailModel, Detailing},
    door::Door,
    embedder::Embedders,
    embedding::Embedding,
    home::Home,
    kept::Keeper,
    main_loop::MainLoop,
    models,
    perceiving::{Reader, Work},
    settings,
    status::{self, Place},
    task::{Reply, Task, ToWriter},
    thinking::{self, Thinking},
    tidying::Tidying,
    wake::Wakers,
    watching::{Lookout, Source},
};
use afterimage_capture::Preview;
use afterimage_domain::{TimeRange, Timestamp};
use afterimage_store::{Gap, GapReason, Opened, Profile, Readers, Warning};
use serde::de::DeserializeOwned;
use std::{
    io,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    process,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};
use tokio::sync::{broadcast, watch};

/// Changes waiting for the writer. Whoever makes more waits with them.
const TASKS: usize = 64;
/// Frames waiting to be read; a full HD frame is 8 MB.
pub const FRAMES: usize = 8;
/// Events waiting for a slow client, before it misses some.
const EVENTS: usize = 256;

/// How this engine was started.
pub struct Conditions {
    /// What is looked at.
    pub source: Source,
    /// Where vectors are kept between throw-away profiles.
    pub embedding_cache: Option<PathBuf>,
    /// Lock when nobody is there. A throw-away profile cannot be unlocked again.
    pub locks_by_itself: bool,
    /// Who starts another when it dies.
    pub keeper: Keeper,
}

/// What every handler may use.
pub struct Engine {
    /// The profile folder.
    pub home: Home,
    /// Views of the database.
    pub readers: Readers,
    /// The way to the writer.
    pub to_writer: ToWriter,
    /// What the threads know about each other.
    pub board: Arc<Board>,
    /// Texts to vectors.
    pub embedders: Arc<Embedders>,
    /// Finds personal details.
    pub details: Arc<DetailModel>,
    /// What keeps memory tidy.
    pub tidying: Arc<Tidying>,
    /// The thread that answers and thinks.
    pub thinking: thinking::Desk,
    /// Frames and pictures to be read.
    pub frames: SyncSender<Work>,
    /// For the threads that rest.
    pub wakers: Wakers,
    /// Held while the ways of opening the profile are changed or tried.
    pub ways: Arc<Mutex<()>>,
    /// Hears of changes to them.
    pub keeper: Keeper,
    /// Those who ask.
    pub door: Arc<Door>,
    previews: Mutex<SyncSender<Reply<Vec<Preview>>>>,
    events: broadcast::Sender<Event>,
    locking: watch::Sender<bool>,
    place: Place,
}

impl Engine {
    /// Starts the threads over an open store.
    pub fn start(home: Home, opened: Opened, conditions: Conditions) -> Result<Arc<Self>, Failure> {
        let (tasks, task_queue) = sync_channel(TASKS);
        let (frames, frame_queue) = sync_channel(FRAMES);
        let (previews, preview_queue) = sync_channel(1);
        let to_writer = ToWriter::new(tasks);
        let facts = Facts {
            damage: damage(&opened.warnings),
            ..facts(&opened.readers)?
        };
        note_absence(&opened.readers, &to_writer, &facts)?;
        let wakers = Wakers::default();
        let (thinking, questions) = thinking::desk(wakers.thinking.clone());
        let board = Arc::new(Board::new(facts, to_writer.clone()));
        let tidying = Tidying::new(board.clone(), to_writer.clone(), opened.readers.clone());
        let engine = Arc::new(Self {
            place: Place {
                home: home.dir().display().to_string(),
            },
            home,
            readers: opened.readers,
            board,
            to_writer,
            tidying: Arc::new(tidying),
            embedders: Arc::new(Embedders::new(conditions.embedding_cache.clone())),
            details: Arc::default(),
            thinking,
            frames,
            wakers,
            ways: Arc::default(),
            keeper: conditions.keeper,
            door: Arc::default(),
            previews: Mutex::new(previews),
            events: broadcast::channel(EVENTS).0,
            locking: watch::channel(false).0,
        });
        engine.start_writer(opened.writer, task_queue)?;
        engine.start_reader(opened.spool, frame_queue)?;
        if conditions.locks_by_itself {
            autolock::watch_session(&engine.board);
        }
        engine.start_lookout(conditions.source, conditions.locks_by_itself, preview_queue)?;
        engine.start_embedding()?;
        engine.start_detailing()?;
        engine.start_thinking(questions)?;
        engine.start_backing_up()?;
        Ok(engine)
    }

    /// Keeps the key file in the system keychain too, in its own time. Where there is none the two files have to do.
    pub fn keep_copy_of_keys(&self) {
        let (ways, home) = (self.ways.clone(), self.home.clone());
        thread::spawn(move || {
            let _one_at_a_time = ways.lock().unwrap_or_else(PoisonError::into_inner);
            match Profile::keep_copy(home.dir()) {
                Ok(is_kept) => tracing::info!(is_kept, "copy of the key file in the keychain"),
                Err(error) => tracing::info!(%error, "no copy of the key file in the keychain"),
            }
        });
    }

    /// How things stand.
    pub fn status(&self) -> Result<Status, Failure> {
        status::status(&self.readers, &self.board, &self.place)
    }

    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Tells subscribers.
    pub fn tell(&self, event: Event) {
        // Fails only when nobody listens.
        let _ = self.events.send(event);
    }

    /// What the present rules would record now.
    pub fn preview(&self) -> Result<Vec<Preview>, Failure> {
        let (reply, previews) = sync_channel(1);
        let asked = self
            .previews
            .lock()
            .is_ok_and(|asking| asking.send(reply).is_ok());
        self.wakers.watching.ring();
        match (asked, previews.recv()) {
            (true, Ok(previews)) => previews,
            _ => Err(Failure::new(Code::Locked, "Afterimage is being locked.")),
        }
    }

    /// Stops intake, finishes the commit in progress, empties the log and closes the database. The process ends after it.
    pub fn lock(&self) -> Result<(), Failure> {
        if self.board.is_locking() {
            return Ok(());
        }
        self.board.begin_locking();
        let _ = self.events.send(Event::Locking);
        self.wakers.all();
        self.thinking.interrupt();
        let closed = self.to_writer.ask(|reply| Task::Lock { reply });
        self.locking.send_replace(true);
        closed
    }

    /// Becomes true when the database is closed.
    pub fn locked(&self) -> watch::Receiver<bool> {
        self.locking.subscribe()
    }

    fn start_writer(
        &self,
        writer: afterimage_store::Writer,
        tasks: Receiver<Task>,
    ) -> Result<(), Failure> {
        let main_loop = MainLoop {
            writer,
            readers: self.readers.clone(),
            board: self.board.clone(),
            events: self.events.clone(),
            wakers: self.wakers.clone(),
            place: self.place.clone(),
            door: self.door.clone(),
        };
        spawn("writer", move || main_loop.run(&tasks))
    }

    fn start_reader(
        &self,
        spool: afterimage_store::Spool,
        work: Receiver<Work>,
    ) -> Result<(), Failure> {
        let forgetting = self.wakers.forgetting.clone();
        let reader = Reader::new(
            self.board.clone(),
            self.to_writer.clone(),
            spool,
            forgetting,
            self.details.clone(),
        );
        spawn("perceive", move || reader.run(&work))
    }

    fn start_lookout(
        &self,
        source: Source,
        locks_by_itself: bool,
        previews: Receiver<Reply<Vec<Preview>>>,
    ) -> Result<(), Failure> {
        let mut lookout = Lookout::new(
            source,
            self.board.clone(),
            self.to_writer.clone(),
            self.frames.clone(),
            previews,
            self.wakers.watching.clone(),
            self.home.dir().to_owned(),
        );
        if locks_by_itself {
            lookout = lookout.locking_by_itself();
        }
        spawn("capture", move || lookout.run())
    }

    fn start_embedding(&self) -> Result<(), Failure> {
        let embedding = Embedding {
            board: self.board.clone(),
            to_writer: self.to_writer.clone(),
            readers: self.readers.clone(),
            embedders: self.embedders.clone(),
            bell: self.wakers.embedding.clone(),
        };
        spawn("embed", move || embedding.run())
    }

    fn start_detailing(&self) -> Result<(), Failure> {
        let detailing = Detailing {
            board: self.board.clone(),
            to_writer: self.to_writer.clone(),
            readers: self.readers.clone(),
            model: self.details.clone(),
            bell: self.wakers.detailing.clone(),
        };
        spawn("details", move || detailing.run())
    }

    fn start_backing_up(&self) -> Result<(), Failure> {
        let backing_up = BackingUp {
            board: self.board.clone(),
            readers: self.readers.clone(),
        };
        spawn("backup", move || backing_up.run())
    }

    fn start_thinking(&self, questions: thinking::Questions) -> Result<(), Failure> {
        let thinking = Thinking::new(
            &self.thinking,
            questions,
            self.board.clone(),
            self.to_writer.clone(),
            self.readers.clone(),
            self.embedders.clone(),
            self.tidying.clone(),
        );
        spawn("mind", move || thinking.run())
    }
}

/// Starts a thread without which the engine is none: a panic in it ends the process, which loses nothing that was acknowledged.
fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let whole = move || {
        if panic::catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!(thread = name, "ended by a defect");
            process::abort();
        }
    };
    let started: io::Result<_> = thread::Builder::new().name(name.into()).spawn(whole);
    started
        .map(drop)
        .map_err(|error| Failure::io("start its threads", &error))
}

/// The facts of a start: what was kept in the database, and nothing known of the rest.
fn facts(readers: &Readers) -> Result<Facts, Failure> {
    let now = clock::now();
    let stored: Option<Settings> = kept(readers, "settings")?;
    let settings = stored
        .and_then(|settings| settings::checked(settings).ok())
        .unwrap_or_default();
    let pause: Option<Pause> = kept(readers, "pause")?.flatten();
    Ok(Facts {
        model: ModelState::Loading {
            id: settings.model.clone(),
        },
        details: ModelState::Loading {
            id: models::CLASSIFIER.into(),
        },
        settings,
        consent: kept(readers, "consent")?.unwrap_or(false),
        pause: pause.filter(|pause| pause.holds(now)),
        watching: Watching::Resting,
        last_look: None,
        watching_since: now,
        reading: 0,
        trouble: None,
        load: Load::Normal,
        passed_over: 0,
        damage: vec![],
    })
}

/// What people should know of what was found at opening. What was made good whole is not among it.
fn damage(warnings: &[Warning]) -> Vec<String> {
    let sentence = |warning: &Warning| {
        match warning {
        Warning::LostTail { missing } => Some(format!(
            "The newest {missing} changes of this profile are missing: its database was damaged or an older copy was put back. What was still in the spool has been stored again."
        )),
        Warning::SpoolDamaged { files } => Some(format!(
            "{files} frames that waited to be stored were damaged and could not be; their files are kept in the folder `spool`."
        )),
        Warning::NoHighWater => Some(
            "The marks beside the database are damaged, so changes missing at its end would not have been noticed this once.".into(),
        ),
        Warning::KeyFileMended => Some(
            "The key file was damaged or gone; a copy of it was put in its place.".into(),
        ),
        Warning::KeyFileAltered => Some(
            "The key file was changed by something that does not know this profile's key, so a way of opening the profile may be spoilt. Set the passphrase again and draw a new recovery code.".into(),
        ),
        Warning::KeyFileOlder => Some(
            "An older key file was put back: a passphrase or recovery code that was changed since opens this profile again. Set the passphrase again and draw a new recovery code.".into(),
        ),
        Warning::Replayed { .. } | Warning::IndexRebuilt { .. } => None,
    }
    };
    warnings.iter().filter_map(sentence).collect()
}

/// The value under `key`. One that is not understood, from another version, counts as absent.
pub fn kept<T: DeserializeOwned>(readers: &Readers, key: &str) -> Result<Option<T>, Failure> {
    let value = readers.begin()?.setting(key)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

/// Notes on the timeline that the engine did not run, if it should have been watching.
fn note_absence(readers: &Readers, to_writer: &ToWriter, facts: &Facts) -> Result<(), Failure> {
    let now = clock::now();
    let is_watching = matches!(facts.capture(now), CaptureState::Capturing);
    let alive: Option<Timestamp> = kept(readers, "alive")?;
    let last_frame = readers.begin()?.counts(now)?.last_frame;
    if let (true, Some(from)) = (
        is_watching,
        alive.max(last_frame).filter(|from| *from < now),
    ) {
        to_writer.tell(Task::Gap(Gap {
            range: TimeRange { from, to: now },
            reason: GapReason::Locked,
            count: 0,
        }));
    }
    Ok(())
}

/// How long a lock may take before the process ends all the same: everything acknowledged is on the disk already.
pub const LOCK_WITHIN: Duration = Duration::from_secs(2);
