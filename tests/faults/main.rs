//! `cargo xtask faults`: real processes and real stores in throw-away profiles, to which bad things happen while a ledger is kept of what
//! they acknowledged. Prints what was tried and what was lost; ends with 1 if anything was.

mod child;
mod clock;
mod content;
mod copies;
mod damage;
mod dice;
mod display;
mod forget;
mod forms;
mod full;
mod instances;
mod kill;
mod ledger;
mod models;
mod outcome;
mod plain;
mod power;
mod preload;
mod recorded;
mod restart;
mod running;
mod screen;
mod soak;
mod sync;
mod window;

use anyhow::Result;
use clap::Parser;
use outcome::{HEAD, Outcome};
use std::{path::PathBuf, process::ExitCode, time::Instant};

/// What may happen, and how often unless told otherwise.
const FAULTS: &[(&str, &str, u64, Fault)] = &[
    (
        "kill",
        "the engine is killed at any moment",
        200,
        kill::kill,
    ),
    (
        copies::NAME,
        "killed while copies and archives are made, tried, read and put back",
        100,
        copies::copies,
    ),
    ("power", "the power goes at any moment", 500, power::power),
    ("sync", "the disk fails to keep a write", 100, sync::sync),
    ("flip", "a bit of a file is flipped", 500, damage::flips),
    (
        "cut",
        "a file is cut, or 4 KiB of it are blank",
        200,
        damage::cuts,
    ),
    ("full", "the disk is full", 10, full::full),
    (
        "restart",
        "the engine dies by itself, again and again",
        10,
        restart::restart,
    ),
    ("models", "a model is missing or damaged", 6, models::models),
    (
        "clock",
        "the calendar jumps by hours and years",
        2,
        clock::clock,
    ),
    (
        "display",
        "the screen goes away and changes its size",
        10,
        display::display,
    ),
    (
        "instances",
        "twenty engines are started at once",
        5,
        instances::instances,
    ),
    (
        "plain",
        "every write of a whole life is looked at for words in the open",
        5,
        plain::plain,
    ),
    (
        "forget",
        "words that came in by every way are forgotten, and looked for in every page",
        100,
        forget::forget,
    ),
];

/// These run only when they are named: the proof that a fault would be seen, and what takes as long as one lets it.
const NAMED: &[(&str, &str, u64, Fault)] = &[
    (
        "unsynced",
        "a power cut after waits that were none: it must lose something",
        30,
        power::unsynced,
    ),
    (
        "window",
        "every write of the desktop's window is looked at while words and a picture are on its screens",
        1,
        window::window,
    ),
    (
        "soak",
        "a scripted desktop, chat, forgetting, kills and locks, for so many minutes",
        30,
        soak::soak,
    ),
];

type Fault = fn(&Options, u64) -> Result<Outcome>;

/// How to do it.
#[derive(Parser)]
#[command(
    name = "faults",
    about = "Bad things happen to real profiles, and nothing acknowledged may be lost"
)]
pub struct Options {
    /// Which; without any, all.
    names: Vec<String>,
    /// How often each; without it, as often as the documentation says.
    #[arg(long)]
    cycles: Option<u64>,
    /// Chance begins here, so that a run can be repeated.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often the time that is promised may pass before it counts as broken: on a machine that does much else at once.
    #[arg(long, default_value_t = 1)]
    patience: u32,
    /// Say which there are.
    #[arg(long)]
    list: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Be the process to which things happen, in this folder.
    #[arg(long, hide = true)]
    child: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.child {
        Some(folder)
            if options
                .names
                .first()
                .is_some_and(|name| name == plain::LEAK) =>
        {
            let word = options.names.get(1).map_or("", String::as_str);
            plain::leak(folder, word).map(|()| true)
        }
        Some(folder)
            if options
                .names
                .first()
                .is_some_and(|name| name == copies::NAME) =>
        {
            let work = options.names.get(1).map_or("", String::as_str);
            copies::work(folder, work).map(|()| true)
        }
        Some(home) => child::run(home, options.seed, options.cycles.unwrap_or(100))
            .map(|()| true)
            .map_err(Into::into),
        None => run(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was lost.
fn run(options: &Options) -> Result<bool> {
    let unknown = |name: &&String| !FAULTS.iter().chain(NAMED).any(|(known, ..)| known == name);
    if options.list || options.names.iter().any(|name| unknown(&name)) {
        FAULTS
            .iter()
            .chain(NAMED)
            .for_each(|(name, what, times, _)| println!("{name:<10} {times:>4} x  {what}"));
        return Ok(options.list);
    }
    let mut outcomes = Vec::new();
    if !options.json {
        println!("{HEAD}");
    }
    let is_named = |name: &str| options.names.iter().any(|wanted| wanted == name);
    let all = FAULTS
        .iter()
        .filter(|(name, ..)| options.names.is_empty() || is_named(name));
    let named = NAMED.iter().filter(|(name, ..)| is_named(name));
    for (name, _, times, fault) in all.chain(named) {
        let begun = Instant::now();
        let outcome = fault(options, options.cycles.unwrap_or(*times))?;
        if !options.json {
            println!(
                "{}   {:.0} s",
                outcome.row(name),
                begun.elapsed().as_secs_f64()
            );
            outcome
                .notes
                .iter()
                .for_each(|note| println!("           {note}"));
            outcome
                .examples
                .iter()
                .for_each(|example| println!("           {example}"));
        }
        outcomes.push((*name, outcome));
    }
    if options.json {
        println!("{}", serde_json::to_string(&outcomes)?);
    }
    Ok(outcomes.iter().all(|(_, outcome)| outcome.is_good()))
}
