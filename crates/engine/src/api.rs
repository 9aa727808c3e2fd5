//! The one protocol between the engine and its clients: the desktop shell, the command line, other programs.
//!
//! On the wire each message is one line of JSON over a Unix socket (a named pipe on Windows). A client sends [`Call`]s; the engine
//! sends [`Message`]s: one [`Message::Reply`] for each call, in any order, and [`Message::Event`]s to those who subscribed.
//! A call whose answer is streamed ([`Request::Ask`]) gets [`Message::Progress`] lines before its reply.
//! TypeScript types are generated from this file and checked: `ui/src/lib/bindings.ts`.

mod archives;
mod clients;
mod keys;

pub use archives::{Archived, Drill, LockedFile};
pub use clients::ClientUse;
pub use keys::Strength;

/// The nouns the protocol speaks of, for clients.
pub use afterimage_domain::{
    AccessLine, Answer, Body, Change, Citation, Client, ClientId, Detail, EntityId, EntityKind,
    Evidence, EvidenceItem, Filter, Found, FrameId, Grant, Kind, Memory, MemoryId, MemoryState,
    NewMemory, Observation, ObservationId, Origin, Patch, ReceiptId, Scope, Source, Span, ThreadId,
    TimeRange, Timestamp, Trust, Word,
    frame::{Mask, Window},
    memory::{CoreBlock, ProcedureType, Sensitivity},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Raised when a change to this file would confuse an older client.
pub const PROTOCOL: u32 = 1;

/// The longest line either side accepts, in bytes.
pub const LINE_LIMIT: usize = 96 << 20;

/// A request and the number by which its replies are told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Call {
    /// Chosen by the client, unique on its connection.
    #[ts(type = "number")]
    pub id: u64,
    /// What is asked.
    pub request: Request,
}

/// One line from the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    /// The end of a call.
    Reply {
        /// The call's number.
        #[ts(type = "number")]
        id: u64,
        /// What came of it.
        result: Result<Response, Failure>,
    },
    /// A part of a streamed answer.
    Progress {
        /// The call's number.
        #[ts(type = "number")]
        id: u64,
        /// The part.
        part: AnswerPart,
    },
    /// Something happened.
    Event {
        /// What.
        event: Event,
    },
}

/// Everything a client can ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Says who is calling; the first call of a connection. → [`Response::Hello`]
    Hello {
        /// The client's name, shown in the access log.
        client: String,
        /// The client's [`PROTOCOL`].
        protocol: u32,
        /// The token by which the owner lets a program in that is not one of Afterimage's own. One of these that names a token may from
        /// then on do only what the token allows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        token: Option<Hidden>,
    },
    /// → [`Response::Status`]
    Status,
    /// From now on send [`Message::Event`]s on this connection. → [`Response::Done`]
    Subscribe,
    /// The user agrees, or no longer agrees, to the screen being watched. → [`Response::Status`]
    Consent {
        /// Yes or no.
        granted: bool,
    },
    /// Stop watching, for a time or until resumed. → [`Response::Status`]
    Pause {
        /// `None`: until resumed.
        seconds: Option<u32>,
    },
    /// Watch again. → [`Response::Status`]
    Resume,
    /// Flush, close the database and end the process. → [`Response::Done`], then the connection closes.
    Lock,
    /// Store lines of text. Acknowledged = committed. → [`Response::Ingested`]
    Ingest {
        /// At most 1,000 at a time.
        items: Vec<IngestItem>,
    },
    /// Read one picture as if it had been on the screen. → [`Response::Ingested`]
    IngestImage {
        /// PNG, JPEG or WebP file, base64.
        image: String,
        /// When it was seen.
        at: Timestamp,
        /// The program it shows.
        app: String,
        /// The window's title.
        title: String,
    },
    /// Wait until everything taken in so far has been read, embedded and thought about. → [`Response::Status`]
    Settle {
        /// Give up after this long.
        seconds: u32,
    },
    /// Find. → [`Response::Evidence`]
    Search {
        /// The words; times in them ("last week") narrow the search.
        text: String,
        /// What may be found.
        filter: Filter,
        /// At most 200.
        limit: u32,
        /// When the question is asked; `None` means now. Lets old questions be asked at their time.
        at: Option<Timestamp>,
    },
    /// Ask the assistant. Streams [`Message::Progress`]. → [`Response::Answered`]
    Ask {
        /// The conversation; `None` starts one.
        thread: Option<ThreadId>,
        /// The question, at most 16,000 characters.
        text: String,
        /// What may be used.
        filter: Filter,
        /// A temporary chat: nothing of it is kept.
        temporary: bool,
        /// When the question is asked, in a temporary chat; otherwise now. Lets old questions be asked at their time.
        #[serde(default)]
        #[ts(optional)]
        at: Option<Timestamp>,
    },
    /// Stop the answer that this call is streaming. → [`Response::Done`]
    Stop {
        /// The number of the [`Request::Ask`] call.
        #[ts(type = "number")]
        call: u64,
    },
    /// Conversations, newest first. → [`Response::Threads`]
    Threads,
    /// The turns of a conversation. → [`Response::Turns`]
    Turns {
        /// Which.
        thread: ThreadId,
    },
    /// Give a conversation a name. → [`Response::Done`]
    RenameThread {
        /// Which.
        thread: ThreadId,
        /// Its new name.
        title: String,
    },
    /// Delete a conversation and its turns. → [`Response::Done`]
    DeleteThread {
        /// Which.
        thread: ThreadId,
    },
    /// Memories, newest first. → [`Response::Memories`]
    Memories {
        /// Of one kind, or of all.
        kind: Option<Kind>,
        /// With these words, or all.
        text: Option<String>,
        /// How many to pass over.
        offset: u32,
        /// At most 200.
        limit: u32,
    },
    /// One memory with its sources. → [`Response::Memory`]
    Memory {
        /// Which.
        id: MemoryId,
    },
    /// A memory typed by the user. → [`Response::Memory`]
    AddMemory {
        /// What it says.
        memory: NewMemory,
    },
    /// Change a memory. → [`Response::Memory`]
    EditMemory {
        /// Which.
        id: MemoryId,
        /// What changes.
        patch: Patch,
    },
    /// Take a memory out of view. → [`Response::Done`]
    DeleteMemory {
        /// Which.
        id: MemoryId,
    },
    /// Bring back the version before the last edit. → [`Response::Memory`]
    UndoMemory {
        /// Which.
        id: MemoryId,
    },
    /// Every version of a memory, newest first. → [`Response::History`]
    History {
        /// Which.
        id: MemoryId,
    },
    /// People, projects, places and what joins them. → [`Response::Graph`]
    Graph {
        /// Around the one of this name, in any case, with its memories; `None` for those named most.
        around: Option<String>,
        /// At most so many, and at most 100.
        limit: u32,
    },
    /// The secret of a vault entry, while the vault is open: for a minute after the passphrase or the recovery code was given.
    /// → [`Response::Secret`]
    RevealSecret {
        /// Which.
        id: MemoryId,
    },
    /// What there is to tidy up in memory; nothing is done. → [`Response::Upkeep`]
    Upkeep,
    /// Tidy up now what waits for nobody, as happens by itself when nothing else is to be done. → [`Response::Upkeep`]
    RunUpkeep,
    /// Say yes to a suggestion. → [`Response::Upkeep`]
    ApplyUpkeep {
        /// Which; `None`: all there are.
        id: Option<String>,
    },
    /// Do not suggest this again. → [`Response::Upkeep`]
    DismissUpkeep {
        /// Which.
        id: String,
    },
    /// Memories that wait for a yes, because of where they come from. → [`Response::Quarantine`]
    Quarantine {
        /// How many to pass over.
        offset: u32,
        /// At most 200.
        limit: u32,
    },
    /// The user's yes or no to memories that wait. What is refused is not asked again. → [`Response::Done`]
    Decide {
        /// Which; at most 200.
        ids: Vec<MemoryId>,
        /// Yes: from now on they are the user's own.
        keep: bool,
    },
    /// What was on the screen in a span of time. → [`Response::Timeline`]
    Timeline {
        /// Which span.
        range: TimeRange,
        /// At most this many frames, thinned evenly when there are more.
        limit: u32,
    },
    /// The days that hold anything, newest first. → [`Response::Days`]
    Days,
    /// One frame: its windows, its text and where the words stand. → [`Response::Frame`]
    Frame {
        /// Which.
        id: FrameId,
    },
    /// A frame's picture. → [`Response::Image`]
    FrameImage {
        /// Which.
        id: FrameId,
        /// Small or whole.
        size: ImageSize,
    },
    /// One observation. → [`Response::Observation`]
    Observation {
        /// Which.
        id: ObservationId,
    },
    /// What forgetting would remove. → [`Response::ForgetPreview`]
    ForgetPreview {
        /// What to forget.
        what: Forget,
    },
    /// Forget it for good. → [`Response::Forgotten`]
    Forget {
        /// What to forget.
        what: Forget,
    },
    /// Receipts, newest first. → [`Response::Receipts`]
    Receipts,
    /// Make a verified copy of the database now. → [`Response::Backups`]
    BackUp,
    /// The copies there are. → [`Response::Backups`]
    Backups,
    /// Try to restore the newest copy, beside the profile, and tell how that went. → [`Response::Backups`]
    DrillBackup,
    /// Write everything but the vault into one file that can be taken along, and the vault into another if it is named and open.
    /// → [`Response::Archived`]
    WriteArchive {
        /// The one without the vault.
        file: LockedFile,
        /// The one with the vault.
        vault: Option<LockedFile>,
    },
    /// → [`Response::Settings`]
    Settings,
    /// Takes effect at once. → [`Response::Settings`]
    SetSettings {
        /// All of them.
        settings: Settings,
    },
    /// What the present rules would record now: nothing is kept. → [`Response::CapturePreview`]
    CapturePreview,
    /// Apps seen so far. → [`Response::Apps`]
    Apps,
    /// → [`Response::Storage`]
    Storage,
    /// Models that can be chosen, and whether their files are here. → [`Response::Models`]
    Models,
    /// How the profile can be opened. → [`Response::Ways`]
    Ways,
    /// Set the passphrase, in the place of the one before. → [`Response::Ways`]
    SetPassphrase {
        /// What opens the profile now.
        by: Opening,
        /// The new one.
        passphrase: Hidden,
        /// As in [`Request::TiePassphrase`]; nothing: as the one before was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        tied: Option<bool>,
    },
    /// Tie the passphrase to this computer, or untie it: tied, it opens the profile only with a secret in the system keychain, so that a
    /// copied key file cannot be guessed at. Without the keychain only the recovery code opens the profile then. → [`Response::Ways`]
    TiePassphrase {
        /// The passphrase there is.
        passphrase: Hidden,
        /// Tied or not.
        tied: bool,
    },
    /// Draw a new recovery code; the one before opens nothing any more. → [`Response::RecoveryCode`]
    RenewRecovery {
        /// What opens the profile now.
        by: Opening,
    },
    /// Let the system keychain open the profile; it does not open the vault. → [`Response::Ways`]
    AddKeychain {
        /// What opens the profile now.
        by: Opening,
    },
    /// Take a way of opening the profile away; never the last. → [`Response::Ways`]
    RemoveWay {
        /// What opens the profile now.
        by: Opening,
        /// Which.
        way: Way,
    },
    /// Let secrets of the vault be read and kept for a minute. → [`Response::Done`]
    OpenVault {
        /// The passphrase or the recovery code; the keychain does not open it.
        by: Opening,
    },
    /// Programs that are not ours and were let in. → [`Response::Clients`]
    Clients,
    /// Let a program in. → [`Response::ClientToken`]
    AddClient {
        /// What it is called.
        name: String,
        /// What it may do.
        grant: Grant,
        /// For so many days, at most 365.
        days: u32,
    },
    /// Take a program's token back. → [`Response::Clients`]
    RevokeClient {
        /// Which.
        id: ClientId,
    },
    /// Who asked for what. → [`Response::AccessLog`]
    AccessLog {
        /// In the last so many days, today included; at most 90 are kept.
        days: u32,
    },
}

/// A passphrase or a recovery code on its way: wiped when dropped, never printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// What opens a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Opening {
    /// Its passphrase.
    Passphrase {
        /// The passphrase.
        passphrase: Hidden,
    },
    /// Its recovery code.
    Recovery {
        /// The code, however it is typed.
        code: Hidden,
    },
    /// The system keychain.
    Keychain,
}

impl Opening {
    /// Which way it is.
    pub fn way(&self) -> Way {
        match self {
            Self::Passphrase { .. } => Way::Passphrase,
            Self::Recovery { .. } => Way::Recovery,
            Self::Keychain => Way::Keychain,
        }
    }
}

/// A way of opening a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Its passphrase.
    Passphrase,
    /// Its recovery code.
    Recovery,
    /// The system keychain.
    Keychain,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "response", rename_all = "snake_case")]
pub enum Response {
    /// To [`Request::Hello`].
    Hello {
        /// The engine's [`PROTOCOL`].
        protocol: u32,
        /// The engine's version.
        version: String,
        /// The client whose token was named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        client: Option<Client>,
    },
    /// It is done and nothing else is to be said.
    Done,
    /// How things stand.
    Status {
        /// The state.
        status: Status,
    },
    /// What was stored. Items known already are counted, not stored again.
    Ingested {
        /// One for each item, in order; a known item has the observation it made then. An image gives one for each window with text.
        observations: Vec<ObservationId>,
        /// How many were known already.
        known: u32,
    },
    /// What was found.
    Evidence {
        /// Ranked.
        evidence: Evidence,
    },
    /// The finished answer.
    Answered {
        /// The conversation it belongs to.
        thread: ThreadId,
        /// The answer.
        answer: Answer,
        /// Everything that was given to the model.
        evidence: Evidence,
    },
    /// Conversations.
    Threads {
        /// Newest first.
        threads: Vec<Thread>,
    },
    /// Turns of one conversation.
    Turns {
        /// Oldest first.
        turns: Vec<Turn>,
    },
    /// Memories.
    Memories {
        /// This page.
        memories: Vec<Memory>,
        /// How many there are in all.
        total: u32,
        /// Who says each of them; told to programs that are not ours.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<String>>")]
        from: Vec<String>,
    },
    /// One memory.
    Memory {
        /// The memory.
        memory: Memory,
        /// The observations behind it that still exist.
        sources: Vec<Observation>,
        /// Kinds of personal details in it, as far as it was looked at.
        details: Vec<Detail>,
    },
    /// Versions of a memory.
    History {
        /// Newest first.
        changes: Vec<Change>,
    },
    /// People, projects, places and what joins them.
    Graph {
        /// All of it.
        graph: Graph,
    },
    /// What there is to tidy up.
    Upkeep {
        /// What waits for nobody first. No memory is in two of them.
        suggestions: Vec<Suggestion>,
        /// What was done last; `None` before the first time.
        last: Option<UpkeepRun>,
    },
    /// Memories that wait for a yes.
    Quarantine {
        /// Newest first, each with where it was seen.
        waiting: Vec<Waiting>,
        /// How many wait in all.
        total: u32,
    },
    /// The secret of a vault entry.
    Secret {
        /// In clear; show it and let it go.
        secret: String,
    },
    /// A span of the timeline.
    Timeline {
        /// Oldest first.
        frames: Vec<TimelineFrame>,
        /// Spans without frames, and why.
        gaps: Vec<Gap>,
        /// How many frames there are in the span, before thinning.
        total: u32,
    },
    /// Days that hold anything.
    Days {
        /// Newest first.
        days: Vec<Day>,
    },
    /// One frame.
    Frame {
        /// The frame.
        frame: FrameView,
    },
    /// A picture.
    Image {
        /// E.g. `image/webp`.
        mime: String,
        /// The file, base64.
        data: String,
    },
    /// One observation.
    Observation {
        /// The observation.
        observation: Observation,
        /// Kinds of personal details in it, as far as it was looked at.
        details: Vec<Detail>,
    },
    /// What forgetting would remove.
    ForgetPreview {
        /// How much.
        counts: ForgetCounts,
        /// Titles of memories that would go, at most 20.
        examples: Vec<String>,
    },
    /// It is forgotten.
    Forgotten {
        /// The proof.
        receipt: Receipt,
    },
    /// Proofs.
    Receipts {
        /// Newest first.
        receipts: Vec<Receipt>,
    },
    /// Verified copies of the database.
    Backups {
        /// Oldest first.
        backups: Vec<Backup>,
        /// When one was last tried to be restored.
        last_drill: Option<Drill>,
    },
    /// An archive was written.
    Archived {
        /// What is in it.
        archived: Archived,
    },
    /// Settings.
    Settings {
        /// All of them.
        settings: Settings,
    },
    /// What would be recorded now.
    CapturePreview {
        /// One a monitor.
        monitors: Vec<MonitorPreview>,
    },
    /// Apps.
    Apps {
        /// Most seen first.
        apps: Vec<AppSeen>,
    },
    /// Bytes on disk.
    Storage {
        /// By layer.
        storage: Storage,
    },
    /// Models.
    Models {
        /// All known ones.
        models: Vec<ModelChoice>,
    },
    /// How the profile can be opened.
    Ways {
        /// In the order of [`Way`].
        ways: Vec<Way>,
        /// What a guess of the passphrase takes of memory, in KiB; 0 without a passphrase.
        guess_kib: u32,
        /// Whether the passphrase opens only with this computer's keychain.
        tied: bool,
    },
    /// Programs that were let in.
    Clients {
        /// Newest first; those that ended stay for 90 days.
        clients: Vec<ClientUse>,
    },
    /// A program was let in.
    ClientToken {
        /// Which.
        client: Client,
        /// It is kept nowhere: show it once and let it go.
        token: Hidden,
    },
    /// Who asked for what.
    AccessLog {
        /// The newest day first.
        lines: Vec<AccessLine>,
    },
    /// A new recovery code. It is kept nowhere: show it once and let it go.
    RecoveryCode {
        /// Nine groups of four.
        code: Hidden,
    },
}

/// Why a request was not done, and what to do about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Failure {
    /// What the client switches on.
    pub code: Code,
    /// What went wrong and how to mend it, for people. Never holds captured content.
    pub message: String,
}

/// Every different thing a client would do about a failure. `docs/errors.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The engine is not running: unlock first.
    Locked,
    /// There is no profile in this folder: make one (`afterimage init`).
    NoProfile,
    /// There is a profile already.
    ProfileExists,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// The recovery code is mistyped, or not this profile's.
    WrongRecovery,
    /// Too many wrong attempts: the message says how long to wait.
    TooManyAttempts,
    /// The vault is closed: open it with the passphrase or the recovery code.
    VaultClosed,
    /// The passphrase is too weak to be taken.
    WeakPassphrase,
    /// No system keychain answers here: use a passphrase.
    NoKeychain,
    /// Another engine has this profile open.
    AlreadyRunning,
    /// The program is not one of Afterimage's own and named no token that opens anything.
    NotAdmitted,
    /// The token does not open this.
    OutOfScope,
    /// The client asks too fast or has read as much as it may: the message says how many seconds to wait.
    OverBudget,
    /// The request itself is wrong: the message says how.
    BadRequest,
    /// There is no such thing.
    NotFound,
    /// Somebody changed it meanwhile: load it again.
    Conflict,
    /// Consent has not been given.
    NoConsent,
    /// No screen can be seen from here.
    NoDisplay,
    /// A window list cannot be had, so exclusions could not be kept; nothing is recorded.
    CannotEnforce,
    /// The picture is damaged or of an unknown format.
    BadImage,
    /// The picture or text is larger than the limit in the message.
    TooLarge,
    /// A model file is missing: fetch it.
    ModelMissing,
    /// A model file is damaged: fetch it again.
    ModelCorrupt,
    /// The model is of a family that is not supported.
    ModelUnsupported,
    /// Memory for the model is lacking: choose a smaller one.
    OutOfMemory,
    /// The disk is full; nothing acknowledged was lost.
    DiskFull,
    /// The disk did not keep what was written; it was not acknowledged, and the engine ended.
    DiskFailed,
    /// The database is damaged.
    DatabaseCorrupt,
    /// The database was made by a newer version.
    NewerDatabase,
    /// The file is no archive, or a damaged or a made-up one; nothing of it was kept.
    BadArchive,
    /// It took longer than allowed.
    Timeout,
    /// Client and engine speak different versions.
    Protocol,
    /// A defect of ours.
    Internal,
}

impl Code {
    /// Every code, in the order of `docs/errors.md`.
    pub const ALL: [Self; 33] = [
        Self::Locked,
        Self::NoProfile,
        Self::ProfileExists,
        Self::WrongPassphrase,
        Self::WrongRecovery,
        Self::TooManyAttempts,
        Self::VaultClosed,
        Self::WeakPassphrase,
        Self::NoKeychain,
        Self::AlreadyRunning,
        Self::NotAdmitted,
        Self::OutOfScope,
        Self::OverBudget,
        Self::BadRequest,
        Self::NotFound,
        Self::Conflict,
        Self::NoConsent,
        Self::NoDisplay,
        Self::CannotEnforce,
        Self::BadImage,
        Self::TooLarge,
        Self::ModelMissing,
        Self::ModelCorrupt,
        Self::ModelUnsupported,
        Self::OutOfMemory,
        Self::DiskFull,
        Self::DiskFailed,
        Self::DatabaseCorrupt,
        Self::NewerDatabase,
        Self::BadArchive,
        Self::Timeout,
        Self::Protocol,
        Self::Internal,
    ];
}

/// A part of a streamed answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum AnswerPart {
    /// What is being done, in a few words for the user.
    Step {
        /// E.g. `Searching your memory`.
        label: String,
    },
    /// What was found; sent before the first words.
    Evidence {
        /// Ranked; citation numbers count these from 1.
        evidence: Evidence,
    },
    /// The next words.
    Text {
        /// To be appended.
        text: String,
    },
}

/// What is told to subscribers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The state changed.
    Status {
        /// As it is now.
        status: Status,
    },
    /// A frame was kept.
    FrameKept {
        /// Where it stands on the timeline.
        frame: TimelineFrame,
    },
    /// Observations can be found by search now.
    Searchable {
        /// Which.
        observations: Vec<ObservationId>,
    },
    /// Memories changed.
    MemoriesChanged {
        /// How.
        changes: Vec<Change>,
    },
    /// Something was forgotten: drop what you show and load again.
    Forgotten {
        /// The proof.
        receipt: Receipt,
    },
    /// Settings changed.
    SettingsChanged {
        /// As they are now.
        settings: Settings,
    },
    /// A program that is not ours has read as much as it may.
    ClientLimited {
        /// Which.
        client: ClientId,
        /// What it is called.
        name: String,
        /// When it may read on.
        until: Timestamp,
    },
    /// The engine is about to end.
    Locking,
}

/// How things stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// What capture does.
    pub capture: CaptureState,
    /// Whether the user agreed to be watched.
    pub consent: bool,
    /// When the last frame was looked at, kept or not.
    pub last_look: Option<Timestamp>,
    /// When the last frame was kept.
    pub last_frame: Option<Timestamp>,
    /// Frames kept since midnight.
    pub frames_today: u32,
    /// Memories that hold now.
    pub memories: u32,
    /// Observations waiting to be thought about.
    pub waiting: u32,
    /// Background jobs that failed for good and wait for the user.
    pub failed_jobs: u32,
    /// The chat model in use, or why there is none.
    pub model: ModelState,
    /// The model that finds personal details, or why there is none; without it nothing is marked.
    pub details: ModelState,
    /// Secrets replaced since midnight.
    pub redacted_today: u32,
    /// How hard it is to keep up, and what is given up for it.
    pub load: Load,
    /// Frames passed over for that since the engine started; the timeline has them as gaps.
    pub passed_over: u32,
    /// What was found damaged when the profile was opened and what came of it, in sentences for people.
    pub damage: Vec<String>,
    /// When a backup was last tried to be restored, and how that went.
    pub last_drill: Option<Drill>,
    /// The profile folder.
    pub home: String,
    /// The engine's version.
    pub version: String,
    /// The engine's process id.
    pub pid: u32,
}

/// How hard it is to keep up with the screen. Each level also gives up what those before it do; what the user does is never given up.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Everything is done.
    #[default]
    Normal,
    /// Small changes of the picture count as none, and thumbnails are half as wide.
    Stricter,
    /// A frame every five seconds, of the monitor in use.
    Slower,
    /// Only the focused window is read; vectors and thinking wait.
    Narrower,
    /// Nothing is looked at until there is room again.
    Full,
}

/// What capture does. Honest: `capturing` only when looks arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CaptureState {
    /// Consent has not been given.
    NoConsent,
    /// Looking at the screen.
    Capturing,
    /// Looking, but an exclusion covers everything in view.
    Filtered {
        /// Which rule.
        reason: String,
    },
    /// Paused by the user.
    Paused {
        /// `None`: until resumed.
        until: Option<Timestamp>,
    },
    /// Nobody is at the machine.
    Idle,
    /// It should be looking and cannot.
    Blocked {
        /// What is wrong.
        code: Code,
        /// In words, with the remedy.
        message: String,
    },
    /// It should be looking, and no look arrived for a while.
    Stalled {
        /// Since when.
        since: Timestamp,
    },
}

/// The chat model's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ModelState {
    /// Not loaded yet.
    Loading {
        /// Its id.
        id: String,
    },
    /// In use.
    Ready {
        /// Its id.
        id: String,
        /// Where it runs, in words, e.g. `processor (AVX2), 2 threads`.
        device: String,
    },
    /// It cannot be used; search and capture go on.
    Unavailable {
        /// What is wrong.
        code: Code,
        /// In words, with the remedy.
        message: String,
    },
}

/// One line to store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct IngestItem {
    /// The caller's id; the same id is never stored twice.
    pub id: String,
    /// Conversation or document.
    pub thread: String,
    /// When it was said.
    pub at: Timestamp,
    /// Kind of source, e.g. `chat`.
    pub source: String,
    /// Who spoke.
    pub speaker: String,
    /// The words.
    pub text: String,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Turn {
    /// The user's words.
    User {
        /// As stored.
        observation: ObservationId,
        /// When.
        at: Timestamp,
        /// The words.
        text: String,
    },
    /// The assistant's.
    Assistant {
        /// As stored.
        observation: ObservationId,
        /// When.
        at: Timestamp,
        /// The answer with its citations.
        answer: Answer,
    },
}

/// One thing to tidy up in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Suggestion {
    /// Its identity: the same as long as the same is suggested.
    pub id: String,
    /// Why.
    pub reason: SuggestionReason,
    /// Why, for people.
    pub words: String,
    /// Whom or what it waits for.
    pub waits: SuggestionWait,
    /// What it would change, one entry a memory.
    pub changes: Vec<SuggestedChange>,
}

/// A memory before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SuggestedChange {
    /// As it is; `None` when it would be new.
    pub before: Option<Memory>,
    /// As it would be; a new one has no id yet.
    pub after: Memory,
}

/// Why something is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionReason {
    /// The same is kept more than once.
    Duplicate,
    /// Two memories may say the same.
    NearDuplicate,
    /// Two memories contradict each other.
    Conflict,
    /// A note of a day, a week, a person or a project is to be made, changed or removed.
    Note,
    /// A Core block is nearly full.
    Block,
    /// It was not used for as long as the user wants things kept.
    Expiry,
    /// Something was done in the same way again and again.
    Procedure,
    /// A liking was said more often, or less.
    Preference,
}

/// Whom or what a suggestion waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum SuggestionWait {
    /// Nobody: it is done when nothing else is to be done.
    Idle,
    /// A moment, until which it can be dismissed.
    Moment {
        /// Not before.
        at: Timestamp,
    },
    /// The user's yes.
    Yes,
}

/// What tidying up did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct UpkeepRun {
    /// When it ended.
    pub at: Timestamp,
    /// How many suggestions of each kind were applied.
    pub applied: Vec<UpkeepCount>,
    /// How many were left that wait for a moment or a yes.
    pub waiting: u32,
}

/// How many suggestions of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpkeepCount {
    /// Of which.
    pub reason: SuggestionReason,
    /// How many.
    pub count: u32,
}

/// One frame on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineFrame {
    /// Which.
    pub id: FrameId,
    /// When.
    pub at: Timestamp,
    /// The app in front.
    pub app: String,
    /// Its title.
    pub title: String,
    /// The monitor.
    pub monitor: String,
}

/// A span without frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Gap {
    /// When.
    pub range: TimeRange,
    /// Why.
    pub reason: GapReason,
    /// Frames that were shed, for [`GapReason::Overload`].
    pub count: u32,
}

/// Why there are no frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
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

/// A day that holds something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Day {
    /// `2026-11-20`, in the user's time zone.
    pub date: String,
    /// Its span.
    pub range: TimeRange,
    /// Frames kept.
    pub frames: u32,
    /// Memories that happened or were learned.
    pub memories: u32,
}

/// A frame for viewing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
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
    /// Kinds of personal details in it, as far as it was looked at.
    pub details: Vec<Detail>,
}

/// How large a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImageSize {
    /// At most 320 pixels wide.
    Thumbnail,
    /// As captured.
    Full,
}

/// What to forget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Forget {
    /// All that was seen, said or learned in a span.
    Time {
        /// Which span.
        range: TimeRange,
    },
    /// All that comes from one app.
    App {
        /// Its name.
        app: String,
    },
    /// All that was seen on one site and those below it.
    Site {
        /// Its host, e.g. `bank.example`.
        site: String,
    },
    /// All that somebody said or in which the name stands.
    Person {
        /// The name as it stands there; at least two letters.
        name: String,
    },
    /// All in which some words stand, whole and in any case.
    Words {
        /// At least three letters or digits.
        words: String,
    },
    /// All that was seen in windows of a title.
    Title {
        /// The whole title, `*` for any part, without case, as in [`Settings::excluded_titles`].
        title: String,
    },
    /// All in which personal details of a kind were found.
    Details {
        /// Which kind.
        detail: Detail,
    },
    /// One memory and its history, not its sources.
    Memory {
        /// Which.
        id: MemoryId,
    },
    /// One observation and what was computed only from it.
    Observation {
        /// Which.
        id: ObservationId,
    },
    /// One frame and what was computed only from it.
    Frame {
        /// Which.
        id: FrameId,
    },
    /// Everything.
    All,
}

/// How much is or would be removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ForgetCounts {
    /// Pictures.
    pub frames: u32,
    /// Pieces of text.
    pub observations: u32,
    /// Memories that go for good.
    pub memories: u32,
    /// Memories of the user's own hand that keep their words and lose these sources.
    pub memories_kept: u32,
    /// Memories that are derived anew from the sources they have left.
    pub memories_anew: u32,
    /// Chat turns.
    pub turns: u32,
}

/// The proof that something was forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
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

/// A verified copy of the database in the profile folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Backup {
    /// By which it is restored.
    pub name: String,
    /// When it was made.
    pub at: Timestamp,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// What the user can set. Unknown fields are refused; missing ones keep their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Programs whose windows are painted over; matched without case, whole name or `*` patterns.
    pub excluded_apps: Vec<String>,
    /// Windows whose title matches are painted over; `*` patterns, without case.
    pub excluded_titles: Vec<String>,
    /// Sites whose pages are neither read nor kept, by host, e.g. `bank.example`, with those below it; `*` patterns, without case.
    pub excluded_sites: Vec<String>,
    /// Personal details of these kinds are replaced in what is read off the screen, and painted over. None: they are kept, and marked.
    pub hide_details: Vec<Detail>,
    /// Paint over private browser windows.
    pub exclude_private_windows: bool,
    /// Shortest time between two looks at the screen, in milliseconds (1,000 to 60,000).
    pub interval_ms: u32,
    /// Stop looking after nobody touched the machine for this long, in seconds; 0 = never.
    pub idle_after_s: u32,
    /// Keep pictures for this many days; 0 = for ever.
    pub keep_pictures_days: u32,
    /// Think about what was seen in the background. Off: capture and search only.
    pub absorb: bool,
    /// Id of the chat and memory model: a manifest's id, or a path to a GGUF file.
    pub model: String,
    /// Where the model runs: `fastest` or `cpu`.
    pub device: Device,
    /// Most tokens of evidence in a prompt (200 to 4,000).
    pub evidence_tokens: u32,
    /// IANA name; empty = the system's.
    pub time_zone: String,
    /// Lock after nobody used the machine for this long, in minutes; 0 = never.
    pub lock_after_min: u32,
    /// Memories that were not used for this many days count less in searches; 0 = never. Use makes it longer.
    pub fade_after_days: u32,
    /// Memories that were not used for this many days are let go, after they were shown for a week; 0 = never.
    pub expire_after_days: u32,
    /// Keep verified copies of the database: of the last 24 hours, 7 days and 4 weeks one each.
    pub backups: bool,
    /// Other days for a kind of memory or an app: `name=FADE/EXPIRE`, e.g. `episodic=90/365` or `firefox=30/0`. The first that fits counts.
    pub fading: Vec<String>,
}

/// Where a model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The graphics card, when there is one this build can use; else the processor.
    #[default]
    #[serde(alias = "cuda")]
    Fastest,
    /// The processor.
    Cpu,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            excluded_apps: [
                "keepassxc",
                "keepass*",
                "1password*",
                "bitwarden*",
                "seahorse",
                "gnome-keyring*",
                "proton-pass*",
                "enpass*",
                "lastpass*",
                "dashlane*",
                "authy*",
                "*authenticator*",
                "pinentry*",
                "polkit*",
            ]
            .map(String::from)
            .to_vec(),
            excluded_titles: [
                "*password manager*",
                "*keepass*",
                "*bitwarden*",
                "*1password*",
            ]
            .map(String::from)
            .to_vec(),
            excluded_sites: vec![],
            hide_details: vec![],
            exclude_private_windows: true,
            interval_ms: 2_000,
            idle_after_s: 300,
            keep_pictures_days: 14,
            absorb: true,
            model: "qwen2.5-coder-0.5b-instruct".into(),
            device: Device::Fastest,
            evidence_tokens: 700,
            time_zone: String::new(),
            lock_after_min: 15,
            backups: true,
            fade_after_days: 180,
            expire_after_days: 0,
            fading: vec![],
        }
    }
}

/// What would be recorded of one monitor now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MonitorPreview {
    /// The monitor.
    pub monitor: String,
    /// The masked picture, small: JPEG, base64.
    pub image: String,
    /// Its size before it was made small.
    pub width: u32,
    /// Its size before it was made small.
    pub height: u32,
    /// What would be read.
    pub windows: Vec<Window>,
    /// What is painted over, and why.
    pub masks: Vec<Mask>,
}

/// An app that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AppSeen {
    /// Its name.
    pub app: String,
    /// When last.
    pub last_seen: Timestamp,
    /// Observations in the last seven days.
    pub observations_week: u32,
    /// Whether a rule excludes it now.
    pub excluded: bool,
}

/// Bytes on disk by layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Storage {
    /// Pictures.
    #[ts(type = "number")]
    pub pictures: u64,
    /// The database: text, memories, search index, vectors.
    #[ts(type = "number")]
    pub database: u64,
    /// Vectors inside the database.
    #[ts(type = "number")]
    pub vectors: u64,
    /// The sealed snapshot of the vector index.
    #[ts(type = "number")]
    pub index: u64,
    /// Waiting to be stored.
    #[ts(type = "number")]
    pub spool: u64,
    /// Model files.
    #[ts(type = "number")]
    pub models: u64,
    /// Log files.
    #[ts(type = "number")]
    pub logs: u64,
    /// Left on the disk.
    #[ts(type = "number")]
    pub free: u64,
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ModelRole {
    /// Answers and thinks.
    Chat,
    /// Texts to vectors.
    Embedder,
    /// Pictures to text.
    Ocr,
    /// Personal details in texts.
    Classifier,
}

/// A memory that waits for the user's yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Waiting {
    /// What it would say.
    pub memory: Memory,
    /// The observations behind it that still exist.
    pub sources: Vec<Observation>,
    /// Who says it: the site, the app, the file.
    pub from: String,
}

/// A model that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelChoice {
    /// Manifest id or path.
    pub id: String,
    /// For people.
    pub name: String,
    /// Size of its files.
    #[ts(type = "number")]
    pub bytes: u64,
    /// What it does; only those that chat can be chosen.
    pub role: ModelRole,
    /// Licence, SPDX where there is one.
    pub licence: String,
    /// Whether its files are here.
    pub present: bool,
    /// Whether it is the one in use.
    pub chosen: bool,
}

/// Whom and what memories name, and what joins them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Graph {
    /// The one asked for first, then those most joined to it; or those named most.
    pub nodes: Vec<GraphNode>,
    /// Between those nodes.
    pub edges: Vec<GraphEdge>,
    /// The memories that name the one asked for, newest first, at most 50.
    pub memories: Vec<Memory>,
}

/// Somebody or something that memories name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GraphNode {
    /// Which.
    pub id: EntityId,
    /// Its longest known name; `You` for the user.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// How many memories and observations name it.
    pub count: u32,
    /// When one last did.
    pub last_seen: Timestamp,
}

/// What joins two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GraphEdge {
    /// One.
    pub from: EntityId,
    /// The other.
    pub to: EntityId,
    /// What the one says of the other, e.g. `works at`; empty where they are only named together.
    pub label: String,
    /// How many memories and observations say so.
    pub count: u32,
    /// When one last did.
    pub last_seen: Timestamp,
}
