//! The values that go into the store and come out of it, where `domain` has no noun for them.

use afterimage_domain::{
    Answer, Clean, Detail, Edit, EntityId, EntityKind, FrameId, Memory, MemoryId, Observation,
    ObservationId, Painted, ReceiptId, Redact, Redactor, ThreadId, TimeRange, Timestamp, Word,
    frame::{Mask, Window},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, ops::Deref};

/// The kinds of personal details that a text holds.
pub type Details = BTreeSet<Detail>;

/// What search finds: a memory or an observation, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocRef {
    /// A memory.
    Memory(MemoryId),
    /// An observation.
    Observation(ObservationId),
}

/// One thing taken in whole: what was perceived of one frame, or lines of text without a picture. Made of redacted texts only.
#[derive(Clone)]
pub struct Intake {
    pub(crate) frame: Option<NewFrame>,
    pub(crate) observations: Vec<Observation>,
    pub(crate) tasks: Tasks,
}

impl Intake {
    /// `frame` is the one behind the observations, if there is one; `observations`, what was read or said, may be empty for a frame
    /// without text; `tasks`, the background work it asks for.
    pub fn new(
        frame: Option<Clean<NewFrame>>,
        observations: Vec<Clean<Observation>>,
        tasks: Tasks,
    ) -> Self {
        Self {
            frame: frame.map(Clean::into_inner),
            observations: observations.into_iter().map(Clean::into_inner).collect(),
            tasks,
        }
    }
}

/// The windows' names and titles. The pictures were painted over before they were encoded.
impl Redact for NewFrame {
    fn redact(&mut self, redactor: &dyn Redactor) -> u32 {
        self.windows.redact(redactor)
    }
}

/// Background work asked for together with an intake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tasks {
    /// Compute vectors.
    pub embed: bool,
    /// Think about it.
    pub absorb: bool,
}

impl Tasks {
    /// Embed and absorb.
    pub const ALL: Self = Self {
        embed: true,
        absorb: true,
    };
    /// Nothing: only kept and found by words.
    pub const NONE: Self = Self {
        embed: false,
        absorb: false,
    };
}

/// A masked frame on its way in. Pictures are files as encoded by the caller; they are sealed before they touch the disk.
#[derive(Clone)]
pub struct NewFrame {
    /// Made by the caller.
    pub id: FrameId,
    /// When it was taken.
    pub at: Timestamp,
    /// The monitor's name.
    pub monitor: String,
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Allowed windows, front first.
    pub windows: Vec<Window>,
    /// What was painted over.
    pub masks: Vec<Mask>,
    /// Perceptual hash.
    pub hash: u64,
    /// At most 320 pixels wide; `None` keeps no small picture.
    pub thumbnail: Option<PaintedPicture>,
    /// As captured; `None` keeps no whole picture.
    pub full: Option<PaintedPicture>,
}

/// An encoded picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// E.g. `image/webp`.
    pub mime: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A picture that was encoded from painted pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct PaintedPicture(pub(crate) Picture);

impl From<Painted<Picture>> for PaintedPicture {
    fn from(painted: Painted<Picture>) -> Self {
        Self(painted.into_inner())
    }
}

impl Deref for PaintedPicture {
    type Target = Picture;

    fn deref(&self) -> &Picture {
        &self.0
    }
}

/// Which of a frame's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureSize {
    /// Small.
    Thumbnail,
    /// Whole.
    Full,
}

/// What became of one observation that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The stored observation: the one handed in, or the earlier one with the same external id.
    pub id: ObservationId,
    /// Whether it is new.
    pub outcome: TakenAs,
}

/// Whether an observation was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenAs {
    /// Stored now.
    New,
    /// Stored before; nothing was changed.
    Known,
    /// Forgotten by the user once; it stays forgotten and was not stored.
    Forgotten,
}

/// A vector to store for a document.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVector {
    /// Which document.
    pub doc: DocRef,
    /// Which part of the document, from 0, for documents longer than the embedder's window.
    pub part: u32,
    /// The values; stored scaled to length 1 as 8-bit numbers.
    pub values: Vec<f32>,
}

/// What applying edits did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// What changed, in the order of the edits.
    pub changes: Vec<afterimage_domain::Change>,
    /// Edits that were not applied, and why.
    pub refused: Vec<(Edit, Refusal)>,
}

/// Why an edit was not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Text of this trust may not become a memory of this kind without the user's yes.
    Trust,
    /// There is no such memory, or it is not active.
    NoSuchMemory,
    /// A source is missing, or its span is not in the observation's text, and the edit is not the user's.
    NoSource,
    /// A patch may not change the kind of a memory.
    OtherKind,
    /// There is no earlier version.
    NothingToUndo,
    /// The title is empty.
    NoTitle,
    /// It waits already, was refused by the user before, or too much waits.
    NotAsked,
}

/// Kinds of background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobKind {
    /// Compute vectors of documents.
    Embed,
    /// Think about observations.
    Absorb,
}

/// A leased unit of background work.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its identity.
    pub id: afterimage_domain::JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// On what; documents forgotten meanwhile are gone from the list.
    pub docs: Vec<DocRef>,
    /// How often it was leased, this time included.
    pub attempts: u32,
    /// When it was queued.
    pub queued_at: Timestamp,
}

impl Job {
    /// The observations among its documents.
    pub fn observations(&self) -> impl Iterator<Item = ObservationId> {
        self.docs.iter().filter_map(|doc| match doc {
            DocRef::Observation(id) => Some(*id),
            DocRef::Memory(_) => None,
        })
    }
}

/// What became of a failed job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It is tried again, not before this moment.
    Retry(Timestamp),
    /// It failed for good and waits for the user.
    Dead,
}

/// How much work of one kind there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs queued or leased.
    pub jobs: u32,
    /// Documents in them.
    pub docs: u32,
    /// Jobs that failed for good.
    pub dead: u32,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its identity.
    pub id: ThreadId,
    /// Its name.
    pub title: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When the last turn was made.
    pub updated_at: Timestamp,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// As stored.
    pub observation: ObservationId,
    /// When.
    pub at: Timestamp,
    /// The words.
    pub text: String,
    /// The assistant's answer with its citations; `None` for the user's turns.
    pub answer: Option<Answer>,
}

/// A span without frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When.
    pub range: TimeRange,
    /// Why.
    pub reason: GapReason,
    /// Frames that were shed.
    pub count: u32,
}

/// Why there are no frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// Paused by the user.
    Paused,
    /// The engine was not running.
    Locked,
    /// Everything in view was excluded.
    Excluded,
    /// Nobody was there.
    Idle,
    /// The screen could not be seen.
    Blocked,
    /// The machine could not keep up.
    Overload,
    /// Forgotten by the user.
    Forgotten,
}

/// One frame on the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineFrame {
    /// Which.
    pub id: FrameId,
    /// When.
    pub at: Timestamp,
    /// The app in front (the focused window, else the first).
    pub app: String,
    /// Its title.
    pub title: String,
    /// The monitor.
    pub monitor: String,
}

/// A span of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Oldest first.
    pub frames: Vec<TimelineFrame>,
    /// Gaps that touch the span, oldest first.
    pub gaps: Vec<Gap>,
    /// How many frames there are in the span before thinning.
    pub total: u32,
}

/// What one quarter of an hour holds. Quarters start at multiples of 15 minutes UTC, so that any time zone's days are made of whole ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarter {
    /// Its first moment.
    pub from: Timestamp,
    /// Frames kept.
    pub frames: u32,
    /// Active memories that happened or were learned.
    pub memories: u32,
}

/// A frame for viewing.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameView {
    /// Which.
    pub id: FrameId,
    /// When.
    pub at: Timestamp,
    /// The monitor.
    pub monitor: String,
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Windows on it, front first.
    pub windows: Vec<Window>,
    /// What was painted over.
    pub masks: Vec<Mask>,
    /// One a window that had text.
    pub texts: Vec<FrameText>,
    /// The frame kept before it on this monitor.
    pub previous: Option<FrameId>,
    /// The frame kept after it on this monitor.
    pub next: Option<FrameId>,
}

/// The text of one window on a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameText {
    /// The observation it is.
    pub observation: ObservationId,
    /// Program.
    pub app: String,
    /// Title.
    pub title: String,
    /// Address, if recognised.
    pub url: Option<String>,
    /// The text.
    pub text: String,
    /// Where its words stand.
    pub words: Vec<Word>,
    /// Personal details in it, once somebody has looked.
    pub details: Details,
}

/// An app that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSeen {
    /// Its name.
    pub app: String,
    /// When last.
    pub last_seen: Timestamp,
    /// Observations since the moment asked for.
    pub observations: u32,
}

/// Observations around one in the same conversation, app or document; all oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    /// Before it.
    pub before: Vec<Observation>,
    /// After it.
    pub after: Vec<Observation>,
}

/// Which memories to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryPage {
    /// Of one kind, or of all.
    pub kind: Option<afterimage_domain::Kind>,
    /// With these words (each may be the beginning of one), or all.
    pub text: Option<String>,
    /// How many to pass over.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
    /// What may be listed at most.
    pub bounds: Option<afterimage_domain::Bounds>,
}

/// Totals for the status line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames kept since the moment asked for.
    pub frames: u32,
    /// Secrets replaced since then.
    pub redactions: u32,
    /// Observations in all.
    pub observations: u32,
    /// Active memories in all.
    pub memories: u32,
    /// When the last frame was taken.
    pub last_frame: Option<Timestamp>,
}

/// Bytes the profile takes, by layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageBytes {
    /// Pictures.
    pub pictures: u64,
    /// The database with its log.
    pub database: u64,
    /// Vectors inside the database.
    pub vectors: u64,
    /// The sealed snapshot of the vector index.
    pub index: u64,
    /// Spooled and not yet safe in the database.
    pub spool: u64,
}

/// What to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forget {
    /// All that was seen, said or learned in a span.
    Time(TimeRange),
    /// All that comes from one app (`*` for any part; program, `chat`, or an import's source name), and the pictures that show it.
    App(String),
    /// All that was seen on one site (its host, without `www.`, `*` for any part) and those below it, and the pictures that show it.
    Site(String),
    /// All that somebody of this name said or in which the name stands, and the pictures that show it.
    Person(String),
    /// All in which these words stand, in any case, and the pictures that show it.
    Words(String),
    /// All that was seen in windows of this title (`*` for any part, without case), and the pictures that show it.
    Title(String),
    /// All in which personal details of a kind were found, and the pictures that show it.
    Details(Detail),
    /// One memory and its history, not its sources.
    Memory(MemoryId),
    /// One observation, the picture that shows it, and what was computed only from it.
    Observation(ObservationId),
    /// One frame and what was computed only from it.
    Frame(FrameId),
    /// One conversation of the assistant chat.
    Thread(ThreadId),
    /// Everything but settings and receipts.
    All,
}

/// How much is or would be removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgetCounts {
    /// Pictures.
    pub frames: u32,
    /// Pieces of text, chat turns included.
    pub observations: u32,
    /// Memories that go for good.
    pub memories: u32,
    /// Memories of the user's own hand that keep their words and lose these sources.
    pub memories_kept: u32,
    /// Memories that are derived anew from the sources they have left.
    #[serde(default)]
    pub memories_anew: u32,
    /// Chat turns.
    pub turns: u32,
}

/// What forgetting would remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgetPreview {
    /// How much.
    pub counts: ForgetCounts,
    /// Titles of memories that would go, at most 20.
    pub examples: Vec<String>,
}

/// A verified copy of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// By which it is restored.
    pub name: String,
    /// When it was made.
    pub at: Timestamp,
    /// Its size.
    pub bytes: u64,
}

/// The proof that something was forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its identity.
    pub id: ReceiptId,
    /// When it was done.
    pub at: Timestamp,
    /// What was asked, in words without content.
    pub what: String,
    /// How much went.
    pub counts: ForgetCounts,
}

/// What was found wrong, and dealt with, while opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The database holds less than was acknowledged: an older copy was put back or its log was damaged.
    /// What the spool still held has been stored again.
    LostTail {
        /// Commits that are missing.
        missing: u64,
    },
    /// Spooled intakes of an interrupted run were stored now.
    Replayed {
        /// How many.
        intakes: u32,
    },
    /// A spooled intake was damaged and could not be stored; its file is kept aside.
    SpoolDamaged {
        /// How many.
        files: u32,
    },
    /// The index snapshot was missing or damaged and was built anew.
    IndexRebuilt {
        /// Vectors in it.
        vectors: u64,
    },
    /// Both marks outside the database are damaged: a lost tail would not have been noticed this time.
    NoHighWater,
    /// The key file was damaged or gone; a copy of it was put in its place.
    KeyFileMended,
    /// The key file was changed by somebody without the key. A copy that was not took its place, where there was one.
    KeyFileAltered,
    /// The key file is older than one that this database was opened with.
    KeyFileOlder,
}

/// A stored memory and how near it is to a vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The memory.
    pub memory: Memory,
    /// Cosine, -1 to 1.
    pub cosine: f32,
}

/// Entities and what joins them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The one asked for first, or the one named most.
    pub nodes: Vec<Node>,
    /// Between those nodes.
    pub edges: Vec<Edge>,
    /// The memories that name the entity asked for, newest first, at most 50.
    pub memories: Vec<Memory>,
}

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub id: EntityId,
    /// Its longest known name.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// How many memories and observations name it.
    pub count: u32,
    /// When one last did.
    pub last_seen: Timestamp,
}

/// What joins two entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// One entity.
    pub from: EntityId,
    /// The other.
    pub to: EntityId,
    /// What the one is to the other; empty where they are only named together.
    pub label: String,
    /// How many memories and observations say so.
    pub count: u32,
    /// When one last did.
    pub last_seen: Timestamp,
}

/// A row of an entity.
pub(crate) struct GraphEntity {
    pub row: i64,
    pub id: EntityId,
    pub kind: EntityKind,
    pub name: String,
    pub plain: String,
}

/// An entity in a document: a memory's row negated, or an observation's.
pub(crate) struct GraphDoc {
    pub entity: i64,
    pub doc: i64,
    pub at: Timestamp,
    pub stream: Option<String>,
}

/// A relation that a memory tells of.
pub(crate) struct GraphRelation {
    pub source: i64,
    pub target: i64,
    pub label: String,
    pub at: Timestamp,
}
