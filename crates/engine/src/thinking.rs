//! The mind's thread: owns the language model, answers questions, and between them thinks about what came in. A question pre-empts
//! thinking between two tokens; the work that was interrupted goes back to the queue.

use crate::{
    api::{Code, Device, Failure, Load, ModelState, Settings},
    board::Board,
    embedder::{Embedders, question},
    failure::sentence,
    guard::guarded,
    models, power,
    task::{Reply, Task, ToWriter},
    tidying::Tidying,
    wake::Bell,
};
use afterimage_domain::{
    Answer, Edit, Evidence, Filter, JobId, Links, Memory, MemoryId, Observation, ObservationId,
    Raw, Scope, Timestamp,
};
use afterimage_infer::embed::Embedder;
use afterimage_mind::{
    absorb::{AbsorbError, Batch, absorb},
    answer::{self, Options, Turn, answer},
    redact::Rules,
    segment::{Activity, Limits, Segmenter},
    thinker::Thinker,
    upkeep::gives_value,
};
use afterimage_store::{DocRef, Job, JobKind, Readers};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

/// Questions waiting for the model.
const QUESTIONS: usize = 16;
/// Observations waiting that are thought about even while more keep coming.
const ENOUGH: u32 = 24;
/// Otherwise thinking waits until nothing came in for so long: an activity has ended by then, or will soon have.
const QUIET: Duration = Duration::from_secs(20);
/// Jobs thought about at a time.
const BATCH: usize = 64;
/// A model that is missing may be fetched.
const RETRY: Duration = Duration::from_secs(10);
/// Nothing to think about and nothing asked for so long: memory is tidied up.
const IDLE: Duration = Duration::from_secs(300);
/// And again so often while it stays so.
const TIDY_EVERY: Duration = Duration::from_secs(1_800);
/// Stored memories a claim is compared with.
const SIMILAR: usize = 10;

/// A question with everything the model is given for it.
pub struct Question {
    /// The question, redacted.
    pub text: String,
    /// What was found for it.
    pub evidence: Evidence,
    /// Who the user is and how the assistant should be.
    pub core: Vec<Memory>,
    /// The sources of memories among the evidence.
    pub sources: Vec<Observation>,
    /// The conversation before it, oldest first.
    pub turns: Vec<Turn>,
    /// When it is asked.
    pub at: Timestamp,
    /// The user's time zone.
    pub time_zone: String,
    /// Gets the words as they come.
    pub on_text: Box<dyn FnMut(&str) + Send>,
    /// Set when the user does not want the rest.
    pub stop: Arc<AtomicBool>,
    /// Gets the whole.
    pub reply: Reply<Answer>,
}

impl Question {
    fn answer(
        &mut self,
        thinker: &mut Thinker,
        embedder: Option<&dyn Embedder>,
        notes: usize,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Answer, Failure> {
        let question = answer::Question {
            text: &self.text,
            at: self.at,
            time_zone: &self.time_zone,
            evidence: &self.evidence,
            tally: None,
            sources: &self.sources,
            turns: &self.turns,
            core: &self.core,
        };
        let options = Options {
            notes,
            ..Options::default()
        };
        answer(
            &question,
            Some(thinker),
            embedder,
            &options,
            &mut self.on_text,
            interrupted,
        )
        .map_err(|_| {
            Failure::new(
                Code::Internal,
                "The model failed to answer. Ask again, or choose another model in the settings.",
            )
        })
    }
}

/// Questions on their way to the thread.
pub type Questions = Receiver<Question>;

/// Where questions are handed in, and where thinking is hurried or interrupted.
pub struct Desk {
    questions: SyncSender<Question>,
    signals: Arc<Signals>,
    bell: Bell,
}

#[derive(Default)]
struct Signals {
    /// Questions handed in and not answered yet.
    asking: AtomicU32,
    /// Callers that wait until everything is thought about.
    hurrying: AtomicU32,
    /// Raised to have the present batch given back.
    interrupted: AtomicBool,
    /// From before jobs are taken until what came of them is settled.
    is_absorbing: AtomicBool,
}

/// A desk that rings `bell`, and the other end of it.
pub fn desk(bell: Bell) -> (Desk, Questions) {
    let (sender, questions) = sync_channel(QUESTIONS);
    let desk = Desk {
        questions: sender,
        signals: Arc::default(),
        bell,
    };
    (desk, questions)
}

impl Desk {
    /// Hands in a question; thinking makes way for it.
    pub fn ask(&self, question: Question) -> Result<(), Failure> {
        self.signals.asking.fetch_add(1, Ordering::Relaxed);
        let sent = self.questions.send(question);
        // Only now: a thread that wakes before the question is there would find nothing and rest again.
        self.bell.ring();
        sent.map_err(|_| {
            Failure::new(
                Code::Locked,
                "Afterimage is being locked. Unlock it and ask again.",
            )
        })
    }

    /// Whether what came in is being thought about at this moment.
    pub fn is_absorbing(&self) -> bool {
        self.signals.is_absorbing.load(Ordering::Relaxed)
    }

    /// Has the present batch given back to the queue, from where it is taken again.
    pub fn interrupt(&self) {
        self.signals.interrupted.store(true, Ordering::Relaxed);
        self.bell.ring();
    }

    /// While the returned value lives, thinking waits for nothing.
    pub fn hurry(&self) -> Hurry {
        self.signals.hurrying.fetch_add(1, Ordering::Relaxed);
        self.bell.ring();
        Hurry(self.signals.clone())
    }
}

/// Thinking is hurried while this lives.
pub struct Hurry(Arc<Signals>);

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.hurrying.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The thread's state.
pub struct Thinking {
    board: Arc<Board>,
    to_writer: ToWriter,
    readers: Readers,
    embedders: Arc<Embedders>,
    questions: Questions,
    signals: Arc<Signals>,
    bell: Bell,
    loaded: Option<Thinker>,
    /// The model and device that the settings named when last looked.
    named: (String, Device),
    /// How many observations waited when last looked, and since when that number stands.
    waiting: (u32, Instant),
    tidying: Arc<Tidying>,
    /// When the last question was answered.
    answered: Instant,
    tidied: Option<Instant>,
    /// Whether facts came in that may give another value of what memory knows, and were not held against it yet.
    unsettled: bool,
}

impl Thinking {
    /// A thread that will answer what is handed in at `desk`.
    pub fn new(
        desk: &Desk,
        questions: Questions,
        board: Arc<Board>,
        to_writer: ToWriter,
        readers: Readers,
        embedders: Arc<Embedders>,
        tidying: Arc<Tidying>,
    ) -> Self {
        let settings = board.settings();
        let named = (settings.model, settings.device);
        Self {
            board,
            to_writer,
            readers,
            embedders,
            questions,
            signals: desk.signals.clone(),
            bell: desk.bell.clone(),
            loaded: None,
            named,
            waiting: (0, Instant::now()),
            tidying,
            answered: Instant::now(),
            tidied: None,
            unsettled: false,
        }
    }

    /// Answers and thinks until the engine is locked.
    pub fn run(mut self) {
        while !self.board.is_locking() {
            if let Ok(question) = self.questions.try_recv() {
                self.answer(question);
                self.signals.asking.fetch_sub(1, Ordering::Relaxed);
                self.answered = Instant::now();
                continue;
            }
            let rest = self.think().unwrap_or_else(|failure| {
                tracing::warn!(code = ?failure.code, "not thinking");
                RETRY
            });
            let rest = match rest {
                Duration::ZERO => rest,
                _ => rest.min(self.tidy()),
            };
            self.bell.wait(rest);
        }
    }

    fn answer(&mut self, mut question: Question) {
        let begun = Instant::now();
        let (board, embedder) = (self.board.clone(), self.embedders.get().ok());
        let outcome = guarded(|| {
            let thinker = self.thinker()?;
            let stop = question.stop.clone();
            let interrupted = || stop.load(Ordering::Relaxed) || board.is_locking();
            let notes = board.settings().evidence_tokens as usize;
            question.answer(thinker, embedder.as_deref(), notes, &interrupted)
        });
        tracing::info!(
            ms = begun.elapsed().as_millis() as u64,
            answered = outcome.is_ok(),
            "question"
        );
        self.give_up_after(&outcome);
        // Whoever asked may be gone.
        let _ = question.reply.send(outcome);
    }

    /// After a defect the model may hold half a thought: it is loaded again.
    fn give_up_after<T>(&mut self, outcome: &Result<T, Failure>) {
        if matches!(
            outcome,
            Err(Failure {
                code: Code::Internal,
                ..
            })
        ) {
            self.loaded = None;
        }
    }

    /// Thinks about one batch if it is time to. How long to rest after it.
    fn think(&mut self) -> Result<Duration, Failure> {
        self.keep_model_as_set();
        let settings = self.board.settings();
        let waiting = match settings.absorb {
            true => self.readers.begin()?.backlog(JobKind::Absorb)?.docs,
            false => 0,
        };
        if let Some(rest) = self.not_yet(waiting) {
            return Ok(rest);
        }
        if self.board.facts().load >= Load::Narrower {
            return Ok(RETRY);
        }
        self.thinker()?;
        self.signals.is_absorbing.store(true, Ordering::Relaxed);
        let done = self.absorb_next();
        self.signals.is_absorbing.store(false, Ordering::Relaxed);
        done
    }

    /// Takes jobs and thinks about them. How long to rest after it.
    fn absorb_next(&mut self) -> Result<Duration, Failure> {
        let jobs = self.to_writer.ask(|reply| Task::Lease {
            kind: JobKind::Absorb,
            limit: BATCH,
            reply,
        })?;
        if jobs.is_empty() {
            // They were tried and failed, and are tried again later.
            return Ok(RETRY);
        }
        self.absorb(jobs)?;
        Ok(Duration::ZERO)
    }

    /// How long to rest when it is not yet time to think.
    fn not_yet(&mut self, waiting: u32) -> Option<Duration> {
        if self.waiting.0 != waiting {
            self.waiting = (waiting, Instant::now());
        }
        let quiet = self.waiting.1.elapsed();
        match waiting {
            0 => Some(Duration::from_secs(3_600)),
            _ if self.signals.hurrying.load(Ordering::Relaxed) > 0 => None,
            ENOUGH.. => None,
            _ if quiet >= QUIET => None,
            _ => Some(QUIET - quiet),
        }
    }

    /// Tidies memory up if it is time to. How long to rest until it may be.
    fn tidy(&mut self) -> Duration {
        let (waiting, since) = self.waiting;
        let quiet = since.max(self.answered).elapsed();
        let rest = until_tidying(waiting, quiet, self.tidied.map(|last| last.elapsed()));
        if rest > Duration::ZERO || !self.board.settings().absorb || power::is_on_battery() {
            return rest.max(RETRY);
        }
        self.signals.interrupted.store(false, Ordering::Relaxed);
        let (signals, board) = (self.signals.clone(), self.board.clone());
        let interrupted = || signals.must_make_way() || board.is_locking();
        let done = guarded(|| self.tidying.run(&interrupted));
        if let Err(failure) = done {
            tracing::warn!(code = ?failure.code, "not tidied up");
        }
        self.tidied = Some(Instant::now());
        TIDY_EVERY
    }

    /// Thinks about leased jobs, activity by activity. Each group of activities that share jobs ends in one transaction.
    fn absorb(&mut self, jobs: Vec<Job>) -> Result<(), Failure> {
        self.signals.interrupted.store(false, Ordering::Relaxed);
        let observations = self.observations(&jobs)?;
        let mut groups = groups(jobs, &observations).into_iter();
        while let Some(group) = groups.next() {
            let jobs: Vec<JobId> = group.jobs.iter().map(|job| job.id).collect();
            let thought = guarded(|| self.edits(&group.activities, &observations));
            self.give_up_after(&thought);
            match thought {
                Ok(Thought::Edits(edits, links)) => {
                    self.unsettled |= gives_value(&edits);
                    self.finish(jobs, edits, links);
                }
                Ok(Thought::Interrupted) => {
                    let rest = groups.flat_map(|group| group.jobs).map(|job| job.id);
                    let unfinished = jobs.into_iter().chain(rest).collect();
                    self.to_writer.tell(Task::Release(unfinished));
                    return Ok(());
                }
                Err(_) => self.to_writer.tell(Task::Fail(jobs, "the model failed")),
            }
        }
        if self.unsettled {
            self.tidying.settle_values()?;
            self.unsettled = false;
        }
        Ok(())
    }

    /// Hands in the result. When something of it was forgotten meanwhile, the rest is thought about again.
    fn finish(&self, jobs: Vec<JobId>, edits: Vec<Edit>, links: Vec<Links>) {
        let again = jobs.clone();
        let edits = Raw::new(edits).clean(&Rules);
        let links = Raw::new(links).clean(&Rules);
        let finished = self.to_writer.ask(|reply| Task::FinishAbsorb {
            jobs,
            edits,
            links,
            reply,
        });
        if finished.is_err() {
            self.to_writer.tell(Task::Release(again));
        }
    }

    /// Thinks about the activities of a group, side by side.
    fn edits(
        &mut self,
        activities: &[Activity],
        observations: &HashMap<ObservationId, Observation>,
    ) -> Result<Thought, Failure> {
        let embedder = self.embedders.get().ok();
        let embedder = embedder.as_deref();
        let readers = self.readers.clone();
        let similar = |text: &str| similar(&readers, embedder, text).unwrap_or_default();
        let (signals, board) = (self.signals.clone(), self.board.clone());
        let interrupted = || signals.must_make_way() || board.is_locking();
        let seen = activities
            .iter()
            .map(|activity| seen(activity, observations));
        let seen: Vec<Vec<Observation>> = seen.collect();
        let pairs = activities.iter().zip(&seen);
        let settings = self.board.settings();
        let batches = pairs.map(|(activity, observations)| Batch {
            activity,
            observations,
            time_zone: &settings.time_zone,
        });
        let batches: Vec<Batch> = batches.collect();
        let begun = Instant::now();
        let thinker = self.loaded.as_mut();
        let absorbed = match absorb(&batches, &similar, thinker, embedder, &interrupted) {
            Ok(absorbed) => absorbed,
            Err(AbsorbError::Interrupted) => return Ok(Thought::Interrupted),
            Err(AbsorbError::Model(_) | AbsorbError::Embed(_)) => {
                return Err(Failure::new(Code::Internal, "The model failed to think."));
            }
        };
        tracing::info!(
            ms = begun.elapsed().as_millis() as u64,
            activities = activities.len(),
            observations = seen.iter().map(Vec::len).sum::<usize>(),
            edits = absorbed.iter().map(|done| done.edits.len()).sum::<usize>(),
            dropped = absorbed
                .iter()
                .flat_map(|done| done.dropped.values())
                .sum::<u32>(),
            "absorbed"
        );
        let (mut edits, mut links) = (Vec::new(), Vec::new());
        for done in absorbed {
            let places = edits.len();
            links.extend(done.links.into_iter().map(|links| links.after(places)));
            edits.extend(done.edits);
        }
        Ok(Thought::Edits(edits, links))
    }

    fn observations(&self, jobs: &[Job]) -> Result<HashMap<ObservationId, Observation>, Failure> {
        let ids: Vec<ObservationId> = jobs.iter().flat_map(Job::observations).collect();
        let observations = self.readers.begin()?.observations(&ids)?;
        Ok(observations
            .into_iter()
            .map(|observation| (observation.id, observation))
            .collect())
    }

    /// The model the settings name, loaded now if it is not yet.
    fn thinker(&mut self) -> Result<&mut Thinker, Failure> {
        self.keep_model_as_set();
        if self.loaded.is_none() {
            let settings = self.board.settings();
            self.board.announce(|facts| {
                facts.model = ModelState::Loading {
                    id: settings.model.clone(),
                }
            });
            let loaded = load(&settings);
            let state = match &loaded {
                Ok(thinker) => ModelState::Ready {
                    id: settings.model.clone(),
                    device: thinker.device(),
                },
                Err(failure) => ModelState::Unavailable {
                    code: failure.code,
                    message: failure.message.clone(),
                },
            };
            self.board.announce(|facts| facts.model = state);
            self.loaded = Some(loaded?);
        }
        let loaded = self.loaded.as_mut();
        loaded.ok_or_else(|| Failure::new(Code::Internal, "The model is not loaded."))
    }

    /// Lets a model go that the settings no longer name.
    fn keep_model_as_set(&mut self) {
        let settings = self.board.settings();
        let named = (settings.model.clone(), settings.device);
        if self.named != named {
            self.loaded = None;
            self.named = named;
            self.board
                .announce(|facts| facts.model = ModelState::Loading { id: settings.model });
        }
    }
}

/// How long until memory may be tidied up: nothing waits to be thought about, it has been quiet, and the last time is some while ago.
fn until_tidying(waiting: u32, quiet: Duration, last: Option<Duration>) -> Duration {
    if waiting > 0 {
        return IDLE;
    }
    let again = last.map_or(Duration::ZERO, |last| TIDY_EVERY.saturating_sub(last));
    again.max(IDLE.saturating_sub(quiet))
}

/// The observations an activity names, as far as they are there.
fn seen(
    activity: &Activity,
    observations: &HashMap<ObservationId, Observation>,
) -> Vec<Observation> {
    let ids = activity.observations.iter();
    ids.filter_map(|id| observations.get(id)).cloned().collect()
}

/// What came of thinking.
enum Thought {
    /// To be applied together, with the links of what they make.
    Edits(Vec<Edit>, Vec<Links>),
    /// A question came first.
    Interrupted,
}

impl Signals {
    fn must_make_way(&self) -> bool {
        self.asking.load(Ordering::Relaxed) > 0 || self.interrupted.load(Ordering::Relaxed)
    }
}

fn load(settings: &Settings) -> Result<Thinker, Failure> {
    let begun = Instant::now();
    let model = models::open_chat(settings)?;
    let thinker = Thinker::new(model)
        .map_err(|error| Failure::new(Code::ModelUnsupported, sentence(&error.to_string())))?;
    tracing::info!(ms = begun.elapsed().as_millis() as u64, "model loaded");
    Ok(thinker)
}

/// Stored memories near a text: by meaning, or by words without an embedder.
fn similar(
    readers: &Readers,
    embedder: Option<&dyn Embedder>,
    text: &str,
) -> Result<Vec<Memory>, Failure> {
    let vector = embedder
        .map(|embedder| question(embedder, text))
        .transpose()?;
    let view = readers.begin()?;
    if let Some(vector) = vector {
        let near = view.nearest_memories(models::EMBEDDER, &vector, None, SIMILAR)?;
        return Ok(near.into_iter().map(|near| near.memory).collect());
    }
    let filter = Filter {
        scope: Scope::Memories,
        ..Filter::default()
    };
    let found = view.search_words(text, &filter, SIMILAR)?;
    let ids: Vec<MemoryId> = found
        .into_iter()
        .filter_map(|(doc, _)| match doc {
            DocRef::Memory(id) => Some(id),
            DocRef::Observation(_) => None,
        })
        .collect();
    Ok(view.memories_by_id(&ids)?)
}

/// Jobs and the activities that rest on them; no job is in two groups.
#[derive(Default)]
struct Group {
    jobs: Vec<Job>,
    activities: Vec<Activity>,
}

/// Cuts the observations of `jobs` into activities and groups what belongs to the same jobs, so that a job ends once and whole.
fn groups(jobs: Vec<Job>, observations: &HashMap<ObservationId, Observation>) -> Vec<Group> {
    let mut seen: Vec<&Observation> = observations.values().collect();
    seen.sort_by_key(|observation| (observation.at, observation.id));
    let mut segmenter = Segmenter::new(Limits::default());
    let mut activities: Vec<Activity> = seen
        .iter()
        .flat_map(|observation| segmenter.push(observation, None))
        .collect();
    activities.extend(segmenter.finish());

    let mut groups: Vec<Group> = jobs
        .into_iter()
        .map(|job| Group {
            jobs: vec![job],
            activities: vec![],
        })
        .collect();
    for activity in activities {
        let rests_on = |group: &Group| {
            let mut ids = group.jobs.iter().flat_map(Job::observations);
            ids.any(|id| activity.observations.contains(&id))
        };
        let (mine, others): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(rests_on);
        groups = others;
        let mut merged = mine
            .into_iter()
            .fold(Group::default(), |mut merged, group| {
                merged.jobs.extend(group.jobs);
                merged.activities.extend(group.activities);
                merged
            });
        merged.activities.push(activity);
        groups.push(merged);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_domain::{Origin, Span, Trust};
    use uuid::Uuid;

    fn observation(number: u128, at: i64, thread: &str) -> Observation {
        Observation {
            id: ObservationId(Uuid::from_u128(number)),
            at: Timestamp::from_millis(at * 1_000),
            origin: Origin::Import {
                thread: thread.into(),
                source: "chat".into(),
                speaker: "Ann".into(),
            },
            text: "words".into(),
            words: vec![],
            fresh: vec![Span { start: 0, end: 5 }],
            trust: Trust::Client,
            external_id: None,
            redactions: 0,
        }
    }

    fn job(number: u128, observations: &[u128]) -> Job {
        Job {
            id: JobId(Uuid::from_u128(number)),
            kind: JobKind::Absorb,
            docs: observations
                .iter()
                .map(|id| DocRef::Observation(ObservationId(Uuid::from_u128(*id))))
                .collect(),
            attempts: 1,
            queued_at: Timestamp::default(),
        }
    }

    fn check(
        observations: &[(u128, i64, &str)],
        jobs: &[(u128, &[u128])],
        expected: &[(&[u128], usize)],
    ) {
        let observations = observations
            .iter()
            .map(|(id, at, thread)| observation(*id, *at, thread));
        let observations = observations
            .map(|observation| (observation.id, observation))
            .collect();
        let jobs = jobs.iter().map(|(id, docs)| job(*id, docs)).collect();
        let mut found: Vec<_> = groups(jobs, &observations)
            .into_iter()
            .map(|group| {
                let mut ids: Vec<u128> = group.jobs.iter().map(|job| job.id.0.as_u128()).collect();
                ids.sort_unstable();
                (ids, group.activities.len())
            })
            .collect();
        found.sort();
        let expected: Vec<_> = expected
            .iter()
            .map(|(ids, activities)| (ids.to_vec(), *activities))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn u10_memory_is_tidied_up_only_when_nothing_else_is_to_be_done() {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        for (waiting, quiet, last, expected) in [
            (0, minutes(5), None, minutes(0)),
            (0, minutes(1), None, minutes(4)),
            (3, minutes(60), None, minutes(5)),
            (0, minutes(60), Some(minutes(10)), minutes(20)),
            (0, minutes(60), Some(minutes(30)), minutes(0)),
        ] {
            assert_eq!(until_tidying(waiting, quiet, last), expected);
        }
    }

    #[test]
    fn every_job_is_in_one_group_with_all_that_rests_on_it() {
        check(&[], &[(1, &[])], &[(&[1], 0)]);
        check(
            &[(1, 0, "a"), (2, 1, "a")],
            &[(1, &[1]), (2, &[2])],
            &[(&[1, 2], 1)],
        );
        check(
            &[(1, 0, "a"), (2, 1, "b")],
            &[(1, &[1]), (2, &[2])],
            &[(&[1], 1), (&[2], 1)],
        );
        // One frame with two windows, each of an activity that another frame is part of.
        check(
            &[
                (1, 0, "a"),
                (2, 0, "b"),
                (3, 1, "a"),
                (4, 1, "b"),
                (5, 2, "c"),
            ],
            &[(1, &[1, 2]), (2, &[3]), (3, &[4]), (4, &[5])],
            &[(&[1, 2, 3], 2), (&[4], 1)],
        );
    }
}
