//! The engine as a process, driven through its protocol: its life, its memory, its death at any moment, its keys and locks,
//! what can be read of its memory, and what it says to bad input.

mod bad_input;
mod death;
mod door;
mod keys;
mod life;
mod memory;
mod process_memory;
mod running;
mod trust;
mod upkeep;

pub use running::eventually;
