//! The writer's thread: the one place where the profile changes. Tasks come in, one transaction each, and events go out after the commit.

use crate::{
    api::{Event, Failure},
    board::Board,
    clock,
    door::Door,
    linking, status,
    task::Task,
    tidying, translate,
    wake::Wakers,
};
use afterimage_domain::{Author, Clean, Edit, Links, Observation, Timestamp};
use afterimage_store::{
    Applied, Intake, Readers, Spooled, StoreError, Taken, TakenAs, Tasks, TimelineFrame, Writer,
};
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::sync::broadcast;

/// How often things are done that nobody asks for: checkpoints, the end of a pause, retries after a full disk.
const TICK: Duration = Duration::from_secs(1);
/// How long a job may be worked on; one process works on them, so this only ends with it.
const LEASE: Duration = Duration::from_secs(3_600);
/// How often pictures that are older than the user wants are looked for.
const EXPIRY_EVERY: Duration = Duration::from_secs(3_600);
/// How often what the owner's own programs asked for is written to the log; what clients are handed is there at once.
const LOG_EVERY: Duration = Duration::from_secs(600);

/// Time for the last replies to reach their clients.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// `EX_IOERR` of sysexits.h.
const DISK_FAILED: i32 = 74;

/// Owns the only connection that can write.
pub struct MainLoop {
    /// The connection.
    pub writer: Writer,
    /// For what events tell.
    pub readers: Readers,
    /// What the threads know about each other.
    pub board: Arc<Board>,
    /// To subscribers.
    pub events: broadcast::Sender<Event>,
    /// The threads with work to do.
    pub wakers: Wakers,
    /// For the status.
    pub place: status::Place,
    /// What was asked for and is not in the log yet.
    pub door: Arc<Door>,
}

/// What the loop remembers between two turns.
struct Memory {
    written: Instant,
    begun: Instant,
    ticked: Instant,
    logged: Instant,
    expired: Option<Instant>,
    steadiness: clock::Steadiness,
    told: Option<crate::api::Status>,
    /// Acknowledged, but not stored because the disk was full.
    waiting: Vec<Spooled>,
}

impl MainLoop {
    /// Works until it is told to lock, or nobody can send tasks any more.
    pub fn run(mut self, tasks: &Receiver<Task>) {
        let mut memory = Memory {
            written: Instant::now(),
            begun: Instant::now(),
            ticked: Instant::now(),
            logged: Instant::now(),
            expired: None,
            steadiness: clock::Steadiness::default(),
            told: None,
            waiting: Vec::new(),
        };
        loop {
            match tasks.recv_timeout(TICK) {
                Ok(Task::Lock { reply }) => {
                    // Whoever asked may be gone; the engine ends all the same.
                    let _ = reply.send(self.close());
                    return;
                }
                Ok(task) => self.handle(task, &mut memory),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = self.close();
                    return;
                }
            }
            if memory.ticked.elapsed() >= TICK {
                self.tick(&mut memory);
                memory.ticked = Instant::now();
            }
            if self.writer.has_failed() {
                give_up();
            }
        }
    }

    fn handle(&mut self, task: Task, memory: &mut Memory) {
        let at = clock::now();
        memory.written = Instant::now();
        // A caller that stopped waiting does not need the outcome.
        let _ = match task {
            Task::Record {
                observations,
                absorb,
                reply,
            } => reply.send(self.record(observations, absorb, at)).is_ok(),
            Task::RecordSpooled {
                spooled,
                frame,
                reply,
            } => {
                let outcome = self.record_spooled(spooled, frame, at, memory);
                reply.is_none_or(|reply| reply.send(outcome).is_ok())
            }
            Task::Apply {
                edits,
                links,
                reply,
            } => {
                let applied = self.apply(&edits, &links, Author::User, at);
                reply.send(applied).is_ok()
            }
            Task::Submit {
                client,
                edits,
                links,
                reply,
            } => {
                let applied = self.apply(&edits, &links, Author::Client { client }, at);
                reply.send(applied).is_ok()
            }
            Task::AddClient { new, reply } => {
                reply.send(told(self.writer.add_client(&new, at))).is_ok()
            }
            Task::RevokeClient { id, reply } => {
                reply.send(told(self.writer.revoke_client(id, at))).is_ok()
            }
            Task::Spend { line, reply } => reply.send(told(self.writer.spend(&line))).is_ok(),
            Task::WriteLog { reply } => reply.send(self.write_log()).is_ok(),
            Task::Tidy { edits, kept, reply } => reply.send(self.tidy(&edits, &kept, at)).is_ok(),
            Task::Lease { kind, limit, reply } => reply
                .send(told(self.writer.lease(kind, limit, at, LEASE)))
                .is_ok(),
            Task::FinishAbsorb {
                jobs,
                edits,
                links,
                reply,
            } => {
                let applied = told(self.writer.finish_absorb(&jobs, &edits, &links, at));
                reply
                    .send(applied.map(|applied| self.announce_changes(applied)))
                    .is_ok()
            }
            Task::FinishEmbed {
                jobs,
                model,
                vectors,
                reply,
            } => reply
                .send(told(self.writer.finish_embed(&jobs, &model, &vectors)))
                .is_ok(),
            Task::NoteDetails { noted, reply } => {
                reply.send(told(self.writer.note_details(&noted))).is_ok()
            }
            Task::Release(jobs) => {
                for job in jobs {
                    logged(self.writer.release(job));
                }
                self.wakers.all();
                true
            }
            Task::Fail(jobs, reason) => {
                tracing::warn!(jobs = jobs.len(), reason, "background work failed");
                for job in jobs {
                    logged(self.writer.fail(job, reason, at));
                }
                true
            }
            Task::StartThread {
                id,
                title,
                at,
                reply,
            } => reply
                .send(told(self.writer.start_thread(id, &title, at)))
                .is_ok(),
            Task::RenameThread { id, title, reply } => reply
                .send(told(self.writer.rename_thread(id, &title)))
                .is_ok(),
            Task::Turn {
                turn,
                answer,
                tasks,
                reply,
            } => {
                let outcome = told(self.writer.record_turn(&turn, answer.as_ref(), tasks));
                self.wakers.all();
                reply.send(outcome).is_ok()
            }
            Task::OpenVault { key, reply } => {
                let opened = told(self.writer.open_vault(key));
                self.board.vault_opened(clock::since_boot());
                reply.send(opened).is_ok()
            }
            Task::Forget { what, reply } => reply.send(self.forget(&what, at)).is_ok(),
            Task::Settings { settings, reply } => reply.send(self.settings(settings)).is_ok(),
            Task::Consent { granted, reply } => reply.send(self.consent(granted)).is_ok(),
            Task::Pause { pause, reply } => reply.send(self.pause(pause)).is_ok(),
            Task::Gap(gap) => logged(self.writer.record_gap(&gap)),
            Task::Accessed(memories) => logged(self.writer.note_access(&memories)),
            Task::StatusChanged => true,
            Task::Lock { .. } => unreachable!("the loop ends on it"),
        };
        self.tell_status(memory);
    }

    fn record(
        &mut self,
        observations: Vec<Clean<Observation>>,
        absorb: bool,
        at: Timestamp,
    ) -> Result<Vec<Taken>, Failure> {
        let usual = self.tasks();
        let tasks = Tasks {
            absorb: absorb && usual.absorb,
            ..usual
        };
        let intake = Intake::new(None, observations, tasks);
        let taken = told(self.writer.record(&[intake], at))?;
        self.announce_taken(&taken);
        Ok(taken)
    }

    fn record_spooled(
        &mut self,
        spooled: Spooled,
        frame: TimelineFrame,
        at: Timestamp,
        memory: &mut Memory,
    ) -> Result<Vec<Taken>, Failure> {
        memory.waiting.push(spooled);
        let taken = self.store_waiting(at, memory)?;
        self.send(Event::FrameKept {
            frame: translate::timeline_frame(frame),
        });
        Ok(taken)
    }

    /// Stores what is in the spool. After a failure it stays there, on the disk and in the list, for the next turn.
    fn store_waiting(&mut self, at: Timestamp, memory: &mut Memory) -> Result<Vec<Taken>, Failure> {
        if memory.waiting.is_empty() {
            return Ok(Vec::new());
        }
        let taken = told(self.writer.record_spooled(&memory.waiting, at))?;
        memory.waiting.clear();
        self.announce_taken(&taken);
        Ok(taken)
    }

    fn apply(
        &mut self,
        edits: &Clean<Vec<Edit>>,
        links: &Clean<Vec<Links>>,
        author: Author,
        at: Timestamp,
    ) -> Result<Applied, Failure> {
        let applied = told(self.writer.apply_linked(edits, links, author, at))?;
        Ok(self.announce_changes(applied))
    }

    fn tidy(
        &mut self,
        edits: &Clean<Vec<Edit>>,
        kept: &crate::tidying::Kept,
        at: Timestamp,
    ) -> Result<Applied, Failure> {
        let view = self.readers.begin()?;
        if !tidying::rests_on_what_is_there(edits, &view)? {
            return Err(tidying::changed_meanwhile());
        }
        let links = linking::links(&view, edits)?;
        drop(view);
        let applied = told(self.writer.apply_linked(edits, &links, Author::Upkeep, at))?;
        self.keep(tidying::KEY, kept)?;
        Ok(self.announce_changes(applied))
    }

    fn forget(
        &mut self,
        what: &afterimage_store::Forget,
        at: Timestamp,
    ) -> Result<afterimage_store::Receipt, Failure> {
        let receipt = told(self.writer.forget(what, at))?;
        self.wakers.forgotten();
        self.send(Event::Forgotten {
            receipt: translate::receipt(receipt.clone()),
        });
        Ok(receipt)
    }

    fn settings(&mut self, settings: crate::api::Settings) -> Result<(), Failure> {
        self.keep("settings", &settings)?;
        self.board.note(|facts| facts.settings = settings.clone());
        self.wakers.all();
        self.send(Event::SettingsChanged { settings });
        Ok(())
    }

    fn consent(&mut self, granted: bool) -> Result<(), Failure> {
        self.keep("consent", &granted)?;
        self.board.note(|facts| {
            facts.consent = granted;
            facts.watching_since = clock::now();
        });
        self.wakers.all();
        Ok(())
    }

    fn pause(&mut self, pause: Option<crate::board::Pause>) -> Result<(), Failure> {
        self.keep("pause", &pause)?;
        self.board.note(|facts| {
            facts.pause = pause;
            facts.watching_since = clock::now();
        });
        self.wakers.all();
        Ok(())
    }

    fn keep(&mut self, key: &str, value: &impl serde::Serialize) -> Result<(), Failure> {
        let value = serde_json::to_value(value).unwrap_or_default();
        told(self.writer.set_setting(key, &value))
    }

    fn tick(&mut self, memory: &mut Memory) {
        let at = clock::now();
        let _ = self.store_waiting(at, memory);
        logged(self.writer.checkpoint_if_due(memory.written.elapsed()));
        if self.board.is_vault_due(clock::since_boot()) {
            self.readers.close_vault();
        }
        if memory.logged.elapsed() >= LOG_EVERY {
            logged(self.write_log());
            memory.logged = Instant::now();
        }
        self.expire(at, memory);
        self.end_pause(at);
        self.tell_status(memory);
    }

    fn expire(&mut self, at: Timestamp, memory: &mut Memory) {
        let days = self.board.settings().keep_pictures_days;
        let steady = memory.steadiness.observe(at, memory.begun.elapsed());
        let is_due = memory
            .expired
            .is_none_or(|last| last.elapsed() > EXPIRY_EVERY);
        // A calendar that jumped by years must not take the pictures with it.
        if is_due && days > 0 && steady >= EXPIRY_EVERY {
            let before = at.plus_seconds(-86_400 * i64::from(days));
            logged(self.writer.expire_pictures(before));
            memory.expired = Some(Instant::now());
        }
    }

    fn write_log(&mut self) -> Result<(), Failure> {
        let lines = self.door.ledger.take();
        match lines.is_empty() {
            true => Ok(()),
            false => told(self.writer.note_access_log(&lines)),
        }
    }

    fn end_pause(&mut self, at: Timestamp) {
        let is_over = self
            .board
            .facts()
            .pause
            .is_some_and(|pause| !pause.holds(at));
        if is_over {
            logged(self.pause(None));
        }
    }

    /// What is asked of the background for things that come in now.
    fn tasks(&self) -> Tasks {
        Tasks {
            embed: true,
            absorb: self.board.settings().absorb,
        }
    }

    fn announce_taken(&self, taken: &[Taken]) {
        let new = taken.iter().filter(|taken| taken.outcome == TakenAs::New);
        let observations: Vec<_> = new.map(|taken| taken.id).collect();
        if !observations.is_empty() {
            self.wakers.all();
            self.send(Event::Searchable { observations });
        }
    }

    fn announce_changes(&self, applied: Applied) -> Applied {
        if !applied.changes.is_empty() {
            self.wakers.all();
            self.send(Event::MemoriesChanged {
                changes: applied.changes.clone(),
            });
        }
        applied
    }

    fn tell_status(&self, memory: &mut Memory) {
        // Without listeners nobody misses it; whoever subscribes asks for the status once.
        if self.events.receiver_count() == 0 {
            memory.told = None;
            return;
        }
        let Ok(status) = status::status(&self.readers, &self.board, &self.place) else {
            return;
        };
        if memory.told.as_ref() != Some(&status) {
            memory.told = Some(status.clone());
            self.send(Event::Status { status });
        }
    }

    fn send(&self, event: Event) {
        // Fails only when nobody listens.
        let _ = self.events.send(event);
    }

    fn close(mut self) -> Result<(), Failure> {
        let _ = self.keep("alive", &clock::now());
        logged(self.write_log());
        told(self.writer.close())
    }
}

/// The disk did not keep what was written. The next engine reads what is there from its beginning; whoever waits is told first.
fn give_up() -> ! {
    tracing::error!("ended: the disk failed");
    thread::sleep(LAST_WORDS);
    // SAFETY: ends the process at once; nothing may be written any more.
    unsafe { libc::_exit(DISK_FAILED) }
}

fn told<T>(result: Result<T, StoreError>) -> Result<T, Failure> {
    result.map_err(Failure::from)
}

fn logged<T, E: Into<Failure>>(result: Result<T, E>) -> bool {
    match result.map_err(Into::into) {
        Ok(_) => true,
        Err(failure) => {
            let code = format!("{:?}", failure.code);
            tracing::warn!(code, "the store refused");
            false
        }
    }
}
