//! The processor backend: our own products on quantised weights.
//!
//! Weights are repacked once when a model is loaded ([`format`]), inputs are rounded to 8 bits as they come
//! ([`activations`]), and products are computed in integers with the best instructions there are ([`product`]). Keys and
//! values lie in pages ([`memory`]), the work is shared by threads that sleep when there is none ([`pool`]).

pub(crate) mod activations;
mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod decoder;
pub(crate) mod encoder;
mod float;
pub(crate) mod format;
pub(crate) mod layers;
pub(crate) mod matrix;
mod memory;
#[cfg(target_arch = "aarch64")]
mod neon;
pub(crate) mod pool;
mod portable;
pub(crate) mod processor;
pub(crate) mod product;
pub(crate) mod rope;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod weights;

pub use decoder::Decoder;
