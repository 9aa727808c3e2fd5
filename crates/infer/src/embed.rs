//! Text to vectors whose angle tells how close two texts are in meaning.

mod nomic;
pub(crate) mod onnx;
mod sentence;
mod wordpiece;

#[cfg(test)]
mod tests;

pub use sentence::{EmbedderKind, SentenceEncoder};

/// What a text is for. Questions and documents are embedded differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A question to search with.
    Query,
    /// A text to be found.
    Document,
}

/// Turns texts into vectors of length one.
pub trait Embedder: Send + Sync {
    /// The name of the model. Vectors of different models are not comparable.
    fn id(&self) -> &str;

    /// Numbers in a vector.
    fn dims(&self) -> usize;

    /// One unit vector for each text, in order. What goes beyond the token cap of the embedder is not looked at. The
    /// vector of a text does not depend on the texts beside it.
    fn embed(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Why text could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The tokenizer refused the text.
    #[error("a text could not be split into tokens: {0}")]
    Tokens(String),
    /// The model failed.
    #[error("the embedding model failed to compute: {0}")]
    Backend(String),
}

/// The cosine of the angle between two unit vectors.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Scales `vector` to length one; a zero vector stays as it is.
fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = cosine(&vector, &vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|number| *number /= length);
    }
    vector
}
