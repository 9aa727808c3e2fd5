//! Everything that is tested from outside, in one program.
//!
//! - `architecture`: who may import whom, what may be linked, where SQL and kernels stand
//! - `audit`: the program that decrypts a profile for an auditor finds what is there
//! - `command_line`: every command as a script uses it, and an exit code for each class of failure
//! - `desktop`: real windows on a virtual screen, seen, read, remembered, found and cited
//! - `engine`: the engine as a process: its life, its memory, its death at any moment, and what it says to bad input
//! - `faults`: a few of each fault of `cargo xtask faults`, and that they are found when there is something to find
//! - `hiding`: sites in the preview, and personal details that are hidden or marked
//! - `models`: the fetcher against a registry and a hub that behave well, badly, and not at all
//! - `protocol`: every request survives the wire
//! - `sbom`: what the product is made of, whole and the same each time
//! - `shell`: the desktop window's configuration, permissions and page, held to a list

mod architecture;
mod audit;
mod bus;
mod command_line;
mod desktop;
mod display;
mod engine;
mod faults;
mod hiding;
mod models;
mod program;
mod protocol;
mod sbom;
mod shell;
