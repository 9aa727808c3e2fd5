//! The embedding thread: takes documents from the durable queue and stores their vectors, in small batches, so that it can stop soon.

use crate::{
    api::{Failure, Load},
    board::Board,
    embedder::{Embedders, failure_of},
    guard::guarded,
    models,
    parts::{observation_parts, parts},
    task::{Task, ToWriter},
    wake::Bell,
};
use afterimage_domain::JobId;
use afterimage_infer::embed::{Embedder, Purpose};
use afterimage_store::{DocRef, Job, JobKind, NewVector, ReadTxn, Readers, StoreError};
use std::{sync::Arc, time::Duration};

/// Documents at a time: a second or two of work.
const BATCH: usize = 32;
/// A model that is missing may be fetched.
const RETRY: Duration = Duration::from_secs(10);
const REST: Duration = Duration::from_secs(60);

/// The thread's state.
pub struct Embedding {
    /// What the threads know about each other.
    pub board: Arc<Board>,
    /// For jobs and their results.
    pub to_writer: ToWriter,
    /// For the documents.
    pub readers: Readers,
    /// For the model.
    pub embedders: Arc<Embedders>,
    /// Rings when there may be work.
    pub bell: Bell,
}

impl Embedding {
    /// Works until the engine is locked.
    pub fn run(self) {
        while !self.board.is_locking() {
            let rest = match self.embed_some() {
                Ok(true) => continue,
                Ok(false) => REST,
                Err(failure) => {
                    tracing::warn!(code = ?failure.code, "no vectors");
                    RETRY
                }
            };
            self.bell.wait(rest);
        }
    }

    /// Embeds one batch. Whether there was one.
    fn embed_some(&self) -> Result<bool, Failure> {
        if self.board.facts().load >= Load::Narrower {
            return Ok(false);
        }
        let embedder = self.embedders.get()?;
        let jobs = self.to_writer.ask(|reply| Task::Lease {
            kind: JobKind::Embed,
            limit: BATCH,
            reply,
        })?;
        if jobs.is_empty() {
            return Ok(false);
        }
        let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        match guarded(|| self.vectors(&jobs, embedder.as_ref())) {
            Ok(vectors) => self.finish(ids, vectors)?,
            Err(failure) => {
                self.to_writer.tell(Task::Fail(ids, "embedding failed"));
                return Err(failure);
            }
        }
        Ok(true)
    }

    /// Hands in the result. When something of it was forgotten meanwhile, the rest is embedded again.
    fn finish(&self, jobs: Vec<JobId>, vectors: Vec<NewVector>) -> Result<(), Failure> {
        let again = jobs.clone();
        let finished = self.to_writer.ask(|reply| Task::FinishEmbed {
            jobs,
            model: models::EMBEDDER.into(),
            vectors,
            reply,
        });
        if finished.is_err() {
            self.to_writer.tell(Task::Release(again));
        }
        finished
    }

    fn vectors(&self, jobs: &[Job], embedder: &dyn Embedder) -> Result<Vec<NewVector>, Failure> {
        let pieces = self.pieces(jobs)?;
        let texts: Vec<&str> = pieces.iter().map(|(_, _, text)| text.as_str()).collect();
        let vectors = embedder
            .embed(&texts, Purpose::Document)
            .map_err(failure_of)?;
        let named = pieces.iter().zip(vectors);
        Ok(named
            .map(|((doc, part, _), values)| NewVector {
                doc: *doc,
                part: *part,
                values,
            })
            .collect())
    }

    /// Every part of every document that is still there.
    fn pieces(&self, jobs: &[Job]) -> Result<Vec<(DocRef, u32, String)>, Failure> {
        let view = self.readers.begin()?;
        let mut pieces = Vec::new();
        for doc in jobs.iter().flat_map(|job| &job.docs) {
            let numbered = (0..).zip(document(&view, *doc)?);
            pieces.extend(numbered.map(|(part, text)| (*doc, part, text)));
        }
        Ok(pieces)
    }
}

/// The parts of a document that are embedded; none when it is gone or never embedded.
fn document(view: &ReadTxn<'_>, doc: DocRef) -> Result<Vec<String>, StoreError> {
    match doc {
        DocRef::Memory(id) => {
            let memory = view.memory(id)?;
            let text = memory.and_then(|memory| memory.content.searchable());
            let text = text.unwrap_or_default();
            Ok(parts(&text).map(String::from).collect())
        }
        DocRef::Observation(id) => {
            let observation = view.observation(id)?;
            Ok(observation.iter().flat_map(observation_parts).collect())
        }
    }
}
