//! Inference: tokens to tokens, text to vectors, images to text. Knows nothing of what the words are about.
//!
//! The one waist is [`model::LanguageModel`]: [`generate`] and [`grammar`] work with any implementation of it. Files
//! come in through [`models`], which finds, verifies and checks them before they are loaded.
//!
//! ```no_run
//! use afterimage_infer::{generate::{Generation, Options}, models::{ModelFolder, OpenOptions}, prompt::{Message, Prompt}};
//!
//! let mut model = ModelFolder::from_environment().open_language_model("smollm2-135m-instruct", &OpenOptions::default())?;
//! let prompt = Prompt::chat(model.tokenizer(), model.chat_format(), &[Message::system("Be brief.")], &[Message::user("Hello")]);
//! for piece in Generation::start(model.as_mut(), &prompt, &Options::default(), vec![], &|| false)? {
//!     print!("{}", piece?);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod allowed;
pub mod candle;
pub mod classify;
pub mod cpu;
pub mod embed;
mod fallback;
pub mod generate;
pub mod gguf;
pub mod gpu;
pub mod grammar;
pub mod model;
pub mod models;
pub mod ocr;
mod pages;
pub mod picture;
pub mod prompt;
mod saved;
mod shape;
pub mod tokenizer;
mod weights;

pub use shape::FAMILIES;
pub use weights::LoadError;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tiny;
#[cfg(test)]
mod weighed;
