//! The detailing thread: looks for personal details in what is stored, newest first, and has their kinds noted beside it. Nothing waits for it.

use crate::{
    api::{Code, Failure, Load, ModelState},
    board::Board,
    guard::guarded,
    models,
    task::{Task, ToWriter},
    wake::Bell,
};
use afterimage_domain::Detail;
use afterimage_infer::classify::TokenClassifier;
use afterimage_mind::details::details;
use afterimage_store::{Details, DocRef, ReadTxn, Readers, StoreError};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Documents at a time: a second of work.
const BATCH: usize = 8;
/// Between two batches, so that it never has the machine to itself.
const BREATH: Duration = Duration::from_millis(100);
/// A model that is missing may be fetched.
const RETRY: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_secs(60);

/// The model that finds them, loaded when it is first needed and shared with the reading thread.
#[derive(Default)]
pub struct DetailModel(Mutex<Option<Arc<TokenClassifier>>>);

impl DetailModel {
    /// The model, loaded now if it is not yet; the board is told how that went. A failure is tried again with the next call.
    pub fn get(&self, board: &Board) -> Result<Arc<TokenClassifier>, Failure> {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*loaded {
            return Ok(model.clone());
        }
        let opened = models::open_classifier();
        let state = match &opened {
            Ok(_) => ModelState::Ready {
                id: models::CLASSIFIER.into(),
                device: "processor".into(),
            },
            Err(Failure { code, message }) => ModelState::Unavailable {
                code: *code,
                message: message.clone(),
            },
        };
        if board.facts().details != state {
            board.announce(|facts| facts.details = state);
        }
        Ok(loaded.insert(Arc::new(opened?)).clone())
    }
}

/// The thread's state.
pub struct Detailing {
    /// What the threads know about each other.
    pub board: Arc<Board>,
    /// For what was found.
    pub to_writer: ToWriter,
    /// For the documents.
    pub readers: Readers,
    /// Finds them.
    pub model: Arc<DetailModel>,
    /// Rings when there may be work.
    pub bell: Bell,
}

impl Detailing {
    /// Works until the engine is locked.
    pub fn run(self) {
        give_way();
        while !self.board.is_locking() {
            let rest = match self.look_at_some() {
                Ok(true) => BREATH,
                Ok(false) => REST,
                Err(failure) => {
                    tracing::warn!(code = ?failure.code, "no personal details are noted");
                    RETRY
                }
            };
            self.bell.wait(rest);
        }
    }

    /// Looks at one batch. Whether there was one.
    fn look_at_some(&self) -> Result<bool, Failure> {
        let facts = self.board.facts();
        if facts.load >= Load::Narrower || facts.reading > 1 {
            return Ok(false);
        }
        let model = self.model.get(&self.board)?;
        let docs = self.readers.begin()?.without_details(BATCH)?;
        let mut noted = Vec::new();
        for doc in &docs {
            if self.board.is_locking() {
                return Ok(false);
            }
            noted.extend(self.look_at(*doc, &model)?);
        }
        if noted.is_empty() {
            return Ok(false);
        }
        self.to_writer
            .ask(|reply| Task::NoteDetails { noted, reply })?;
        Ok(true)
    }

    /// What a document holds; `None` when it is gone.
    fn look_at(
        &self,
        doc: DocRef,
        model: &TokenClassifier,
    ) -> Result<Option<(DocRef, u32, Details)>, Failure> {
        let Some((text, version)) = text_of(&self.readers.begin()?, doc)? else {
            return Ok(None);
        };
        // One that cannot be read must not be in the way of the others for ever.
        let found = guarded(|| kinds(&text, model)).unwrap_or_else(|failure| {
            tracing::warn!(code = ?failure.code, "a text was not looked at");
            Details::new()
        });
        Ok(Some((doc, version, found)))
    }
}

/// This thread, and those that it starts for the model, give way to all others.
fn give_way() {
    // SAFETY: it takes numbers; on Linux it is about the calling thread alone, and failing changes nothing.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 10);
    }
}

/// The kinds of details in a text that was redacted.
fn kinds(text: &str, model: &TokenClassifier) -> Result<Details, Failure> {
    let found = details(text, model)
        .map_err(|_| Failure::new(Code::Internal, "A text could not be split into tokens."))?;
    Ok(found
        .into_iter()
        .map(|(detail, _)| detail)
        .collect::<BTreeSet<Detail>>())
}

/// The words of a document and its version. Those of the vault are never looked at.
fn text_of(view: &ReadTxn<'_>, doc: DocRef) -> Result<Option<(String, u32)>, StoreError> {
    Ok(match doc {
        DocRef::Memory(id) => view.memory(id)?.map(|memory| {
            let text = memory.content.searchable();
            (text.unwrap_or_default(), memory.version)
        }),
        DocRef::Observation(id) => view.observation(id)?.map(|seen| {
            let title = seen.origin.title();
            (format!("{title}\n{}", seen.text), 0)
        }),
    })
}
