//! The embedder, loaded when it is first needed and shared by the threads that ask it.

use crate::{
    api::{Code, Failure},
    models,
    vector_cache::VectorCache,
};
use afterimage_infer::embed::{EmbedError, Embedder, Purpose};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// Where to get the embedder from.
pub struct Embedders {
    loaded: Mutex<Option<Arc<dyn Embedder>>>,
    cache: Option<PathBuf>,
}

impl Embedders {
    /// With a folder that keeps vectors between throw-away profiles, if one is named.
    pub fn new(cache: Option<PathBuf>) -> Self {
        Self {
            loaded: Mutex::new(None),
            cache,
        }
    }

    /// The embedder, loaded now if it is not yet. A failure is tried again with the next call.
    pub fn get(&self) -> Result<Arc<dyn Embedder>, Failure> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(embedder) = &*loaded {
            return Ok(embedder.clone());
        }
        let model = models::open_embedder()?;
        let embedder: Arc<dyn Embedder> = match &self.cache {
            Some(folder) => Arc::new(VectorCache::open(folder, model)?),
            None => model.into(),
        };
        Ok(loaded.insert(embedder).clone())
    }
}

/// The vector of a question.
pub fn question(embedder: &dyn Embedder, text: &str) -> Result<Vec<f32>, Failure> {
    let mut vectors = embedder
        .embed(&[text], Purpose::Query)
        .map_err(failure_of)?;
    Ok(vectors.pop().unwrap_or_default())
}

/// The error without the text that caused it.
pub fn failure_of(error: EmbedError) -> Failure {
    let what = match error {
        EmbedError::Tokens(_) => "A text could not be split into tokens.",
        EmbedError::Backend(_) => "The embedding model failed to compute.",
    };
    Failure::new(Code::Internal, what)
}
