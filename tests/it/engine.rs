//! The engine as a process, driven through its protocol: its life, its memory, its death at any moment, and what it says to bad input.

mod bad_input;
mod death;
mod life;
mod memory;
mod running;
mod trust;
mod upkeep;
