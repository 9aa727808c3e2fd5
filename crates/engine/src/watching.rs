//! The capture thread: when to look at the screen, and what is told about the times when it does not.

use crate::{
    api::{Code, Failure, Load, Settings},
    autolock::{Absence, lock_politely},
    board::{Board, Facts, Watching},
    busy::Busy,
    clock,
    compare::Tiles,
    engine::FRAMES,
    load::{self, Pressure},
    perceiving::Work,
    settings::rules,
    task::{Reply, Task, ToWriter},
    wake::Bell,
};
use afterimage_capture::{Look, Pace, Preview, Screen, ScreenError, Watcher, replay::Replay};
use afterimage_domain::{Frame, FrameId, TimeRange, Timestamp};
use afterimage_store::{Gap, GapReason};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError},
    },
    time::Duration,
};

/// Without anything to do, until somebody rings.
const REST: Duration = Duration::from_secs(3_600);
/// But never longer than this: gaps are written down, and nobody may be there any more.
const LONGEST_REST: Duration = Duration::from_secs(15);
/// A screen that cannot be seen may come back.
const RETRY: Duration = Duration::from_secs(3);
/// How often a resting machine is asked whether somebody is back.
const IDLE_POLL: Duration = Duration::from_secs(1);
/// The pace when it is hard to keep up, and how often it is asked whether it still is.
const SLOW: Duration = Duration::from_secs(5);
/// A gap that goes on is written down this often, so that a crash does not hide it.
const GAP_EVERY_MS: i64 = 30_000;

/// What is looked at.
#[derive(Clone, Debug)]
pub enum Source {
    /// The screen of this session.
    Live,
    /// A recorded session, as fast as it can be read.
    Recorded(PathBuf),
}

/// The thread's state.
pub struct Lookout {
    source: Source,
    /// How long nobody was there; `None` where this engine does not lock by itself.
    absence: Option<Absence>,
    board: Arc<Board>,
    to_writer: ToWriter,
    frames: SyncSender<Work>,
    previews: Receiver<Reply<Vec<Preview>>>,
    bell: Bell,
    watcher: Option<Watcher>,
    compare: Tiles,
    rules_of: Option<Settings>,
    pace: Pace,
    gap: Option<OpenGap>,
    /// The profile folder, for the room that is left beside it.
    home: PathBuf,
    busy: Busy,
    /// When it looked last at a slower pace than the user asked for.
    slow_since: Option<Timestamp>,
}

/// A span without frames that has not ended.
struct OpenGap {
    reason: GapReason,
    from: Timestamp,
}

impl Lookout {
    /// A thread that will look at `source` and hand what is new to `frames`.
    pub fn new(
        source: Source,
        board: Arc<Board>,
        to_writer: ToWriter,
        frames: SyncSender<Work>,
        previews: Receiver<Reply<Vec<Preview>>>,
        bell: Bell,
        home: PathBuf,
    ) -> Self {
        Self {
            home,
            busy: Busy::default(),
            slow_since: None,
            source,
            absence: None,
            board,
            to_writer,
            frames,
            previews,
            bell,
            watcher: None,
            compare: Tiles::default(),
            rules_of: None,
            pace: Pace::new(Duration::from_secs(1)),
            gap: None,
        }
    }

    /// Locks the engine when nobody has been there for as long as the settings say.
    pub fn locking_by_itself(self) -> Self {
        Self {
            absence: Some(Absence::default()),
            ..self
        }
    }

    /// Looks until the engine is locked.
    pub fn run(mut self) {
        while !self.board.is_locking() {
            self.answer_previews();
            self.lock_when_nobody_is_there();
            let wait = self.turn(clock::now());
            self.bell.wait(wait.min(LONGEST_REST));
        }
        self.end_gap(clock::now());
    }

    /// One look, or one reason not to look. How long to wait for the next.
    fn turn(&mut self, now: Timestamp) -> Duration {
        let facts = self.board.facts();
        if !facts.consent {
            return self.rest(now, None, REST);
        }
        if let Some(pause) = facts.pause.filter(|pause| pause.holds(now)) {
            let rest = pause
                .until
                .map_or(REST, |until| millis(until.millis_since(now)));
            return self.rest(now, Some(GapReason::Paused), rest);
        }
        if let Err(failure) = self.weigh(&facts) {
            self.watcher = None;
            self.say(now, Watching::Blocked(failure), Some(GapReason::Overload));
            return SLOW;
        }
        match self.look(now, &facts) {
            Ok(wait) => wait,
            Err(failure) => {
                // A watcher may hold a connection that died; the next turn makes a new one.
                self.watcher = None;
                self.say(now, Watching::Blocked(failure), Some(GapReason::Blocked));
                RETRY
            }
        }
    }

    /// How hard it is to keep up; the error says why nothing may be looked at. A recorded session waits and is never hurried.
    fn weigh(&mut self, facts: &Facts) -> Result<(), Failure> {
        if matches!(self.source, Source::Recorded(_)) {
            return Ok(());
        }
        let busy = self.busy.of_others(clock::since_boot());
        let pressure = Pressure::now(&self.home, facts.reading, FRAMES, busy);
        let load = load::next(facts.load, &pressure);
        if load != facts.load {
            tracing::info!(from = ?facts.load, to = ?load, "load");
            self.board.announce(|facts| facts.load = load);
        }
        self.compare.is_strict = load >= Load::Stricter;
        match load {
            Load::Full => Err(pressure.failure()),
            _ => Ok(()),
        }
    }

    fn rest(&mut self, now: Timestamp, reason: Option<GapReason>, wait: Duration) -> Duration {
        self.watcher = None;
        self.say(now, Watching::Resting, reason);
        wait
    }

    /// Locks after as long without anybody as the user allows.
    fn lock_when_nobody_is_there(&mut self) {
        let allowed = Duration::from_secs(u64::from(self.board.settings().lock_after_min) * 60);
        let boot = clock::since_boot();
        let is_due = |absence: &Absence| absence.is_due(boot);
        if allowed.is_zero() || !self.absence.as_ref().is_some_and(is_due) {
            return;
        }
        // Where no screen tells, clients are the only sign of anybody.
        let idle = self.untouched().unwrap_or_else(|| self.board.unasked());
        if let Some(absence) = &mut self.absence
            && absence.so_far(boot, clock::awake(), idle) >= allowed
        {
            tracing::info!("nobody is there");
            lock_politely();
        }
    }

    /// How long nobody touched the machine, asked without looking at the screen.
    fn untouched(&mut self) -> Option<Duration> {
        match &mut self.watcher {
            Some(watcher) => watcher.screen().idle().ok()?,
            None => self.open().ok()?.idle().ok()?,
        }
    }

    fn look(&mut self, now: Timestamp, facts: &Facts) -> Result<Duration, Failure> {
        self.prepare(&facts.settings)?;
        let Some(watcher) = &mut self.watcher else {
            return Ok(RETRY);
        };
        let Some(at) = watcher.screen().advance(now) else {
            self.say(now, Watching::Idle, None);
            return Ok(REST);
        };
        let untouched = watcher.screen().idle().map_err(failure_of)?;
        let patience = Duration::from_secs(facts.settings.idle_after_s.into());
        if !patience.is_zero() && untouched.is_some_and(|untouched| untouched >= patience) {
            self.say(now, Watching::Idle, Some(GapReason::Idle));
            return Ok(IDLE_POLL);
        }
        let mut next_frame = || FrameId(clock::id_at(at));
        let looks = watcher
            .look(at, &mut self.compare, &mut next_frame)
            .map_err(failure_of)?;
        Ok(self.take(now, looks, facts.trouble.clone()))
    }

    /// Opens the screen if it is not open and keeps to the settings.
    fn prepare(&mut self, settings: &Settings) -> Result<(), Failure> {
        let is_new = self.rules_of.as_ref() != Some(settings);
        if self.watcher.is_none() {
            self.watcher = Some(Watcher::new(self.open()?, rules(settings)?));
        } else if let (true, Some(watcher)) = (is_new, &mut self.watcher) {
            watcher.set_rules(rules(settings)?);
        }
        if is_new {
            self.pace = Pace::new(Duration::from_millis(settings.interval_ms.into()));
            self.rules_of = Some(settings.clone());
        }
        Ok(())
    }

    fn open(&self) -> Result<Box<dyn Screen>, Failure> {
        match &self.source {
            Source::Live => afterimage_capture::open().map_err(failure_of),
            Source::Recorded(folder) => match Replay::open(folder) {
                Ok(replay) => Ok(Box::new(replay)),
                Err(error) => Err(failure_of(error)),
            },
        }
    }

    fn take(&mut self, now: Timestamp, looks: Vec<Look>, trouble: Option<Failure>) -> Duration {
        let mut filtered = None;
        let mut changed = false;
        for look in looks {
            match look {
                Look::Kept(frame) => {
                    changed = true;
                    match self.is_wanted(&frame) {
                        true => self.hand_on(now, frame),
                        false => self.shed(now, &frame.monitor),
                    }
                }
                Look::Filtered(reason) => filtered = Some(reason),
                Look::Unchanged | Look::Raced => {}
            }
        }
        let wait = self.wait(now, changed);
        self.board.note(|facts| facts.last_look = Some(now));
        match (trouble, filtered.filter(|_| !changed)) {
            (Some(failure), _) => {
                self.say(now, Watching::Blocked(failure), Some(GapReason::Blocked))
            }
            (None, Some(reason)) => {
                self.say(now, Watching::Filtered(reason), Some(GapReason::Excluded))
            }
            (None, None) => self.say(now, Watching::Looking { wait }, None),
        }
        wait
    }

    /// How long until the next look. One that is later than the user asked for leaves a gap that says how many looks it cost.
    fn wait(&mut self, now: Timestamp, changed: bool) -> Duration {
        let wait = match self.source {
            Source::Live => self.pace.next(changed),
            Source::Recorded(_) => return Duration::ZERO,
        };
        let is_slow = self.load() >= Load::Slower && wait < SLOW;
        let missed = SLOW.as_millis() / wait.as_millis().max(1);
        if let (true, Some(from)) = (is_slow, self.slow_since.filter(|from| *from < now)) {
            self.note_shed(TimeRange { from, to: now }, missed.saturating_sub(1) as u32);
        }
        self.slow_since = is_slow.then_some(now);
        if is_slow { SLOW } else { wait }
    }

    fn load(&self) -> Load {
        self.board.facts().load
    }

    /// At a slower pace only the monitor in use is kept, if it can be told which that is.
    fn is_wanted(&self, frame: &Frame) -> bool {
        let is_in_use = || frame.windows.iter().any(|window| window.focused);
        self.load() < Load::Slower || matches!(self.source, Source::Recorded(_)) || is_in_use()
    }

    /// What was shed must count as new when it is seen again.
    fn shed(&mut self, now: Timestamp, monitor: &str) {
        self.compare.forget_one(monitor);
        let to = now.plus_seconds(1);
        self.note_shed(TimeRange { from: now, to }, 1);
    }

    fn note_shed(&self, range: TimeRange, count: u32) {
        self.board.note(|facts| facts.passed_over += count);
        self.to_writer.tell(Task::Gap(Gap {
            range,
            reason: GapReason::Overload,
            count,
        }));
    }

    /// Gives a frame to the reader. When it cannot keep up, the frame is shed and counted; a recorded session waits instead.
    fn hand_on(&mut self, now: Timestamp, frame: Box<Frame>) {
        let monitor = frame.monitor.clone();
        let work = Work::Frame(frame);
        self.board.note(|facts| facts.reading += 1);
        let sent = match self.source {
            Source::Live => self.frames.try_send(work),
            Source::Recorded(_) => self
                .frames
                .send(work)
                .map_err(|error| TrySendError::Disconnected(error.0)),
        };
        if sent.is_err() {
            self.board.note(|facts| facts.reading -= 1);
            self.shed(now, &monitor);
        }
    }

    fn answer_previews(&mut self) {
        while let Ok(reply) = self.previews.try_recv() {
            // Whoever asked may be gone.
            let _ = reply.send(self.preview());
        }
    }

    fn preview(&mut self) -> Result<Vec<Preview>, Failure> {
        self.prepare(&self.board.settings())?;
        match &mut self.watcher {
            Some(watcher) => watcher.preview().map_err(failure_of),
            None => Ok(Vec::new()),
        }
    }

    /// Says what it does, to the board and, when nothing is kept meanwhile, to the timeline.
    fn say(&mut self, now: Timestamp, watching: Watching, reason: Option<GapReason>) {
        let is_news = self.board.facts().watching != watching;
        match is_news {
            true => self.board.announce(|facts| facts.watching = watching),
            false => self.board.note(|facts| facts.watching = watching),
        }
        let goes_on = self
            .gap
            .as_ref()
            .is_some_and(|gap| Some(gap.reason) == reason);
        let is_due = self
            .gap
            .as_ref()
            .is_some_and(|gap| now.millis_since(gap.from) >= GAP_EVERY_MS);
        if !goes_on || is_due {
            self.end_gap(now);
            self.gap = reason.map(|reason| OpenGap { reason, from: now });
        }
    }

    fn end_gap(&mut self, now: Timestamp) {
        if let Some(gap) = self.gap.take().filter(|gap| gap.from < now) {
            let range = TimeRange {
                from: gap.from,
                to: now,
            };
            self.to_writer.tell(Task::Gap(Gap {
                range,
                reason: gap.reason,
                count: 0,
            }));
        }
    }
}

fn failure_of(error: ScreenError) -> Failure {
    let code = match &error {
        ScreenError::NoDisplay(_) => Code::NoDisplay,
        ScreenError::CannotEnforce(_) => Code::CannotEnforce,
        ScreenError::Grab(_) => Code::NoDisplay,
        ScreenError::Replay(_) => Code::BadRequest,
    };
    Failure::new(code, error.to_string())
}

fn millis(count: i64) -> Duration {
    Duration::from_millis(count.max(0) as u64)
}
