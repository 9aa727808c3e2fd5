//! `afterimage`: everything the desktop can do, for people at a terminal and for scripts.
//!
//! Every command is a request to the engine and a way to print its response. With `--json` exactly one JSON document is
//! printed: the protocol's response, or `{"failure": {"code", "message"}}`. Exit codes are in `docs/errors.md`.

mod arguments;
mod command;
mod exit;
mod output;
mod passphrase;
mod session;
mod when;

use arguments::{Arguments, Command};
use clap::Parser;
use output::Output;
use session::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    match run(arguments, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            exit::code(failure.code)
        }
    }
}

fn run(arguments: Arguments, output: &Output) -> Result<(), afterimage_engine::api::Failure> {
    let session = Session::new(arguments.home, arguments.profile.as_deref())?;
    match arguments.command {
        Command::Init(options) => command::profile::init(&session, output, &options),
        Command::Unlock(options) => command::profile::unlock(&session, output, &options),
        Command::Lock => command::profile::lock(&session, output),
        Command::Keys(action) => command::keys::keys(&session, output, action),
        Command::Profile(action) => command::profiles::profiles(output, action),
        Command::Clients(action) => command::clients::clients(&session, output, action),
        Command::Status => command::profile::status(&session, output),
        Command::Watch(options) => command::watch::watch(&session, output, &options),
        Command::Pause(options) => command::watch::pause(&session, output, &options),
        Command::Resume => command::watch::resume(&session, output),
        Command::Ingest(options) => command::ingest::ingest(&session, output, &options),
        Command::Settle(options) => command::ingest::settle(&session, output, &options),
        Command::Search(options) => command::search::search(&session, output, &options),
        Command::Ask(options) => command::ask::ask(&session, output, &options),
        Command::Memories(action) => command::memories::memories(&session, output, action),
        Command::Graph(options) => command::graph::graph(&session, output, &options),
        Command::Upkeep(options) => command::upkeep::upkeep(&session, output, &options),
        Command::Quarantine(options) => command::quarantine::quarantine(&session, output, &options),
        Command::Timeline(options) => command::timeline::timeline(&session, output, &options),
        Command::Forget(options) => command::forget::forget(&session, output, &options),
        Command::Receipts => command::forget::receipts(&session, output),
        Command::Export(options) => command::export::export(&session, output, &options),
        Command::Archive(action) => command::archive::archive(&session, output, action),
        Command::Backup(action) => command::backup::backup(&session, output, action),
        Command::Settings(action) => command::settings::settings(&session, output, action),
        Command::Models => command::settings::models(&session, output),
        Command::Storage => command::settings::storage(&session, output),
        Command::Apps => command::settings::apps(&session, output),
        Command::Eval(options) => command::eval::eval(output, &options),
        Command::Bench(options) => command::bench::bench(output, &options),
    }
}
