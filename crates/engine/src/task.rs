//! Everything that can change the profile, as one closed list; `main_loop` has the one `match` over it.

use crate::{
    api::{Code, Failure, Settings},
    board::Pause,
};
use afterimage_domain::{
    AccessLine, Answer, Clean, Client, ClientId, Edit, JobId, Links, MemoryId, Observation,
    ThreadId, Timestamp,
};
use afterimage_store::{
    Allowance, Applied, Details, DocRef, Forget, Gap, Job, JobKind, NewClient, NewVector, Receipt,
    Spooled, Taken, Tasks, TimelineFrame, VaultKey,
};
use std::sync::mpsc::{SyncSender, sync_channel};
use zeroize::Zeroizing;

/// Where a task's outcome goes: back to the thread that waits for it.
pub type Reply<T> = SyncSender<Result<T, Failure>>;

/// One change, or one thing only the writer may do.
pub enum Task {
    /// Store lines of text.
    Record {
        /// What was said.
        observations: Vec<Clean<Observation>>,
        /// Whether they are to be thought about, where anything is.
        absorb: bool,
        /// One entry an observation.
        reply: Reply<Vec<Taken>>,
    },
    /// Store what was read off a frame; it is in the spool, so it is acknowledged already.
    RecordSpooled {
        /// As spooled.
        spooled: Spooled,
        /// For subscribers; `None` for a frame that is not on the screen's timeline.
        frame: TimelineFrame,
        /// Told after the commit, when somebody waits for it.
        reply: Option<Reply<Vec<Taken>>>,
    },
    /// Edits the user asked for.
    Apply {
        /// In order.
        edits: Clean<Vec<Edit>>,
        /// Of what the edits make.
        links: Clean<Vec<Links>>,
        /// What changed and what was refused.
        reply: Reply<Applied>,
    },
    /// Edits that a program asked for that is not ours.
    Submit {
        /// Which.
        client: ClientId,
        /// In order.
        edits: Clean<Vec<Edit>>,
        /// Of what the edits make.
        links: Clean<Vec<Links>>,
        /// What changed and what was refused.
        reply: Reply<Applied>,
    },
    /// Let a program in.
    AddClient {
        /// As checked.
        new: NewClient,
        /// With its token.
        reply: Reply<(Client, Zeroizing<String>)>,
    },
    /// Take a program's token back.
    RevokeClient {
        /// Which.
        id: ClientId,
        /// Done.
        reply: Reply<()>,
    },
    /// Count what a client is about to be handed.
    Spend {
        /// With its items.
        line: AccessLine,
        /// What it has left, where that is less.
        reply: Reply<Result<(), Allowance>>,
    },
    /// Write what is not in the access log yet.
    WriteLog {
        /// Done.
        reply: Reply<()>,
    },
    /// What upkeep proposes and nobody needs to agree to, and what is remembered of it.
    Tidy {
        /// In order; none are applied when something they rest on was forgotten meanwhile.
        edits: Clean<Vec<Edit>>,
        /// Kept as JSON.
        kept: Box<crate::tidying::Kept>,
        /// What changed and what was refused.
        reply: Reply<Applied>,
    },
    /// Take background work.
    Lease {
        /// Which kind.
        kind: JobKind,
        /// At most so many.
        limit: usize,
        /// The jobs, oldest first.
        reply: Reply<Vec<Job>>,
    },
    /// What thinking came to.
    FinishAbsorb {
        /// They end with it.
        jobs: Vec<JobId>,
        /// In order.
        edits: Clean<Vec<Edit>>,
        /// Of what the edits make.
        links: Clean<Vec<Links>>,
        /// What changed and what was refused.
        reply: Reply<Applied>,
    },
    /// Vectors.
    FinishEmbed {
        /// They end with it.
        jobs: Vec<JobId>,
        /// The embedder's id.
        model: String,
        /// Of the jobs' documents.
        vectors: Vec<NewVector>,
        /// Done.
        reply: Reply<()>,
    },
    /// Kinds of personal details that documents hold, each with the version that was looked at.
    NoteDetails {
        /// Which.
        noted: Vec<(DocRef, u32, Details)>,
        /// Done.
        reply: Reply<()>,
    },
    /// Give work back undone; the attempt does not count.
    Release(Vec<JobId>),
    /// Give work back failed, with a code.
    Fail(Vec<JobId>, &'static str),
    /// Begin a conversation.
    StartThread {
        /// Made by the caller.
        id: ThreadId,
        /// Its name.
        title: Clean<String>,
        /// When.
        at: Timestamp,
        /// Done.
        reply: Reply<()>,
    },
    /// Name a conversation.
    RenameThread {
        /// Which.
        id: ThreadId,
        /// Its new name.
        title: Clean<String>,
        /// Done.
        reply: Reply<()>,
    },
    /// A turn of a conversation.
    Turn {
        /// What was said.
        turn: Clean<Observation>,
        /// For the assistant's turns.
        answer: Option<Clean<Answer>>,
        /// What is to be done with it later.
        tasks: Tasks,
        /// Done.
        reply: Reply<()>,
    },
    /// Open the vault, and seal anew what is not under its key yet.
    OpenVault {
        /// By the passphrase or the recovery code.
        key: VaultKey,
        /// Done.
        reply: Reply<()>,
    },
    /// Forget for good.
    Forget {
        /// What.
        what: Forget,
        /// The proof.
        reply: Reply<Receipt>,
    },
    /// The user's settings, checked.
    Settings {
        /// All of them.
        settings: Settings,
        /// Done.
        reply: Reply<()>,
    },
    /// The user agrees to be watched, or no longer.
    Consent {
        /// Yes or no.
        granted: bool,
        /// Done.
        reply: Reply<()>,
    },
    /// The user pauses capture, or resumes it.
    Pause {
        /// `None`: watch again.
        pause: Option<Pause>,
        /// Done.
        reply: Reply<()>,
    },
    /// A span without frames.
    Gap(Gap),
    /// Memories were used in an answer.
    Accessed(Vec<MemoryId>),
    /// Something the status shows has changed: tell subscribers.
    StatusChanged,
    /// Flush, close and end.
    Lock {
        /// The database is closed.
        reply: Reply<()>,
    },
}

/// The way to the writer. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct ToWriter(SyncSender<Task>);

impl ToWriter {
    /// To the writer at the other end of `tasks`.
    pub fn new(tasks: SyncSender<Task>) -> Self {
        Self(tasks)
    }

    /// Hands over the task that `make` makes and waits for its outcome.
    pub fn ask<T>(&self, make: impl FnOnce(Reply<T>) -> Task) -> Result<T, Failure> {
        let (reply, outcome) = sync_channel(1);
        self.0.send(make(reply)).map_err(|_| closing())?;
        outcome.recv().map_err(|_| closing())?
    }

    /// Hands over a task nobody waits for. When the engine is closing, it is dropped.
    pub fn tell(&self, task: Task) {
        let _ = self.0.send(task);
    }
}

fn closing() -> Failure {
    Failure::new(
        Code::Locked,
        "Afterimage is being locked. Unlock it and ask again.",
    )
}
