//! Who speaks to the engine meanwhile: one writes, one looks things up, one asks, one forgets. Each goes on after the engine was gone.

use crate::{
    dice::Dice,
    outcome::Outcome,
    running::{forget, ingest, text},
};
use afterimage_engine::{
    api::{Failure, Filter, ObservationId, Request, Response},
    client::{Client, Home},
};
use afterimage_store::ReadTxn;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What each line says after its number.
const WORDS: &str = "was said at the pier";
/// Between two lines, look-ups, questions and forgettings.
const LINE: Duration = Duration::from_millis(500);
const LOOK_UP: Duration = Duration::from_secs(1);
const QUESTION: Duration = Duration::from_secs(60);
const FORGETTING: Duration = Duration::from_secs(30);
/// Until somebody tries again who was not answered.
const AGAIN: Duration = Duration::from_millis(200);

/// What was asked for and acknowledged.
#[derive(Default)]
pub struct Said {
    pub lines: BTreeMap<u64, ObservationId>,
    pub forgetting: BTreeSet<u64>,
    pub forgotten: BTreeSet<u64>,
    /// Milliseconds each look-up took, and when it began.
    pub look_ups: Vec<(Instant, f64)>,
    pub answers: u64,
    /// Calls that were not answered: the engine was gone or refused.
    pub unanswered: u64,
}

pub type Shared = Arc<Mutex<Said>>;

pub fn locked(said: &Shared) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those four; they stop when `is_over`.
pub fn start(home: &Path, said: &Shared, is_over: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let acts: [(Duration, Act); 4] = [
        (LINE, write),
        (LOOK_UP, look_up),
        (QUESTION, ask),
        (FORGETTING, forget_one),
    ];
    acts.into_iter()
        .map(|(pause, act)| {
            let (home, said, is_over) = (Home::at(home), said.clone(), is_over.clone());
            thread::spawn(move || live(&home, &said, &is_over, pause, act))
        })
        .collect()
}

/// Something done once; the error ends the connection.
type Act = fn(&Client, &Shared, u64) -> Result<(), Failure>;

fn live(home: &Home, said: &Shared, is_over: &AtomicBool, pause: Duration, act: Act) {
    let mut client = None;
    let mut round = 1;
    while !is_over.load(Ordering::Relaxed) {
        let connected = match client.take() {
            Some(client) => Ok(client),
            None => Client::connect(home, "soak"),
        };
        let done = connected.and_then(|client| act(&client, said, round).map(|()| client));
        match done {
            Ok(still) => {
                client = Some(still);
                round += 1;
                rest(pause, is_over);
            }
            Err(_) => {
                locked(said).unanswered += 1;
                rest(AGAIN, is_over);
            }
        }
    }
}

fn rest(span: Duration, is_over: &AtomicBool) {
    let end = Instant::now() + span;
    while Instant::now() < end && !is_over.load(Ordering::Relaxed) {
        thread::sleep(AGAIN.min(span));
    }
}

fn write(client: &Client, said: &Shared, number: u64) -> Result<(), Failure> {
    let id = ingest(client, number, WORDS)?;
    locked(said).lines.insert(number, id);
    Ok(())
}

fn look_up(client: &Client, said: &Shared, round: u64) -> Result<(), Failure> {
    let begun = Instant::now();
    client.call(Request::Search {
        text: format!("what was said of marker {round}"),
        filter: Filter::default(),
        limit: 20,
        at: None,
    })?;
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    locked(said).look_ups.push((begun, took));
    Ok(())
}

fn ask(client: &Client, said: &Shared, round: u64) -> Result<(), Failure> {
    let answered = client.call(Request::Ask {
        thread: None,
        text: format!("Where was marker {round} said?"),
        filter: Filter::default(),
        temporary: true,
        at: None,
    })?;
    if matches!(answered, Response::Answered { .. }) {
        locked(said).answers += 1;
    }
    Ok(())
}

fn forget_one(client: &Client, said: &Shared, round: u64) -> Result<(), Failure> {
    let chosen = {
        let mut said = locked(said);
        let left: Vec<_> = said
            .lines
            .iter()
            .filter(|(number, _)| !said.forgotten.contains(number))
            .map(|(number, id)| (*number, *id))
            .collect();
        let chosen = left.get(Dice::new(round).below(left.len() as u64) as usize);
        let chosen = chosen.copied();
        said.forgetting.extend(chosen.map(|(number, _)| number));
        chosen
    };
    if let Some((number, id)) = chosen {
        forget(client, id)?;
        locked(said).forgotten.insert(number);
    }
    Ok(())
}

/// Whether what was acknowledged is there and what was forgotten is not.
pub fn compare(view: &ReadTxn<'_>, said: &Said, outcome: &mut Outcome) -> anyhow::Result<()> {
    for (number, id) in &said.lines {
        let found = view.observation(*id)?.map(|found| found.text);
        match found {
            Some(_) if said.forgotten.contains(number) => {
                outcome.lose("lines", format!("{number} was forgotten and is there"));
            }
            None if !said.forgetting.contains(number) => {
                outcome.lose("lines", format!("{number} is gone"));
            }
            Some(found) if found != text(*number, WORDS) => {
                outcome.lose("lines", format!("{number} says {found:?}"));
            }
            _ => {}
        }
    }
    outcome.acknowledged += (said.lines.len() + said.forgotten.len()) as u64;
    Ok(())
}
