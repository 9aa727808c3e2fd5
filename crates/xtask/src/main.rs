//! The project's own chores: `cargo xtask models | types | check | bench | golden | faults | audit-pages | sbom`.

mod audit;
mod bench;
mod check;
mod download;
mod faults;
mod fetch;
mod golden;
mod manifest;
mod models;
mod peer;
mod progress;
mod sbom;
mod shell;
mod types;
mod unlock;
mod unpack;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Fetch model weights: the default set, or those named.
    Models(models::Arguments),
    /// Write the interface's types from the engine's.
    Types,
    /// Format, lints, who may import whom, licences.
    Check,
    /// Run the programs that print the figures in the documentation.
    Bench(bench::Arguments),
    /// Write what llama.cpp makes of the models, for the tests to compare with.
    Golden,
    /// Kill, cut off, fill up and damage real profiles, and count what was lost.
    Faults(faults::Arguments),
    /// Write every decrypted page of a profile, or say where a word stands in them.
    AuditPages(audit::Arguments),
    /// Write what the product is made of, as CycloneDX.
    Sbom(sbom::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Models(arguments) => models::run(&arguments),
        Chore::Types => types::run(),
        Chore::Check => check::run(),
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Golden => golden::run(),
        Chore::Faults(arguments) => faults::run(&arguments),
        Chore::AuditPages(arguments) => audit::run(&arguments),
        Chore::Sbom(arguments) => sbom::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
