//! Everything that is tested from outside, in one program.
//!
//! - `architecture`: who may import whom, what may be linked, where SQL and kernels stand
//! - `desktop`: real windows on a virtual screen, seen, read, remembered, found and cited
//! - `models`: the fetcher against a registry and a hub that behave well, badly, and not at all

mod architecture;
mod desktop;
mod display;
mod models;
mod program;
