//! Afterimage's engine: the process that owns the key, the database, capture and the models.
//!
//! Clients see two modules of it: [`api`], the protocol, and [`client`], the way to speak it.

pub mod api;
pub mod bindings;
pub mod client;
mod failure;
pub mod home;
mod launch;
mod wire;
