//! Afterimage's engine: the process that owns the key, the database, capture and the models.
//!
//! Clients see two modules of it: [`api`], the protocol, and [`client`], the way to speak it. The rest is the process behind them:
//! `server` takes requests, `handle` answers them, `main_loop` is the one place that writes, and `watching`, `perceiving`, `embedding` and
//! `thinking` are threads that put the other crates to work.

pub mod api;
pub mod bindings;
pub mod client;

mod autolock;
mod backing_up;
mod board;
mod busy;
mod clock;
mod compare;
mod detailing;
mod door;
mod embedder;
mod embedding;
mod engine;
mod failure;
mod guard;
mod handle;
mod harden;
mod home;
mod keeper;
mod kept;
mod launch;
mod linking;
mod load;
mod log;
mod main_loop;
mod models;
mod parts;
mod perceiving;
mod picture;
mod power;
mod process;
mod profiles;
mod server;
mod settings;
mod status;
mod task;
mod thinking;
mod tidying;
mod translate;
mod vector_cache;
mod wake;
mod watching;
mod wire;

pub use process::run;

/// What random input is fed to (`tests/fuzz`); not there otherwise.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::{
        picture::{decode, encode},
        wire::{line, name, number, parse},
    };
}
