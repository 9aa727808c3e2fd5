//! `eval`: answers a set of retrieval questions through the real engine, one throw-away encrypted profile a world.
//!
//! The engine process takes the world's lines in over the protocol, embeds them, and is searched at each question's time. Unless memories
//! or answers are asked for, no language model runs and what is ranked are observations. `gold.jsonl` is never read.

mod answers;
mod memories;

use crate::{
    arguments::Eval,
    command::ingest,
    output::{Output, note},
    session::{CLIENT, unexpected},
};
use afterimage_engine::{
    api::{
        Code, Evidence, Failure, Filter, Found, IngestItem, ObservationId, Request, Response,
        Settings, Timestamp,
    },
    client::{Client, Home, Launch, Start, start_engine},
};
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How many results a question asks for; the measure looks at twenty documents.
const LIMIT: u32 = 60;
/// Embedding a large world takes minutes on two cores.
const SETTLE_SECONDS: u32 = 6 * 3_600;

/// Closing a database takes a moment.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// When lines without a time are taken to be from: before every question.
const LONG_AGO: Timestamp = Timestamp::from_millis(0);

#[derive(Deserialize)]
struct World {
    world: String,
    threads: Vec<String>,
}

#[derive(Deserialize)]
struct Question {
    id: String,
    world: String,
    at: jiff::Timestamp,
    text: String,
}

#[derive(Serialize)]
struct Ranked {
    id: String,
    ranked: Vec<String>,
    ms: f64,
    confidence: f32,
}

pub fn eval(output: &Output, options: &Eval) -> Result<(), Failure> {
    let mut worlds: Vec<World> = lines(&options.set.join("worlds.jsonl"))?;
    worlds.truncate(options.worlds.unwrap_or(usize::MAX));
    let questions: Vec<Question> = lines(&options.set.join("questions.jsonl"))?;
    let docs = docs(&options.set.join("docs.jsonl.gz"), &worlds)?;
    let mut files = Files::create(options)?;
    let mut answered = 0;
    for (at, world) in worlds.iter().enumerate() {
        let asked: Vec<&Question> = questions
            .iter()
            .filter(|question| question.world == world.world)
            .step_by(options.every as usize)
            .collect();
        ask_world(options, world, &docs, &asked, &mut files)?;
        answered += asked.len();
        note(&format!(
            "{}: {}/{} worlds, {answered} questions answered",
            world.world,
            at + 1,
            worlds.len()
        ));
    }
    let document =
        serde_json::json!({ "out": options.out, "worlds": worlds.len(), "questions": answered });
    output.document(&document, || {
        format!("{answered} rankings in {}", options.out.display())
    });
    Ok(())
}

/// What is written, one JSON document a line.
struct Files {
    ranked: Lines,
    memories: Option<Lines>,
    answers: Option<Lines>,
}

impl Files {
    fn create(options: &Eval) -> Result<Self, Failure> {
        let some = |path: &Option<PathBuf>| path.as_deref().map(Lines::create).transpose();
        Ok(Self {
            ranked: Lines::create(&options.out)?,
            memories: some(&options.memories)?,
            answers: some(&options.answers)?,
        })
    }
}

struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| unusable(path, &error))?;
        let path = path.to_owned();
        Ok(Self { path, file })
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(line).map_err(|_| unexpected())?;
        writeln!(self.file, "{line}").map_err(|error| unusable(&self.path, &error))
    }
}

fn ask_world(
    options: &Eval,
    world: &World,
    docs: &HashMap<String, Vec<IngestItem>>,
    questions: &[&Question],
    files: &mut Files,
) -> Result<(), Failure> {
    let folder = ThrowAway::new()?;
    let client = start_engine(&Home::at(&folder.0), &launch(options), CLIENT)?.client;
    let asked = ask_all(&client, options, world, docs, questions, files);
    // Also after a failure: an engine without its folder serves nobody.
    end(&client)?;
    asked
}

fn ask_all(
    client: &Client,
    options: &Eval,
    world: &World,
    docs: &HashMap<String, Vec<IngestItem>>,
    questions: &[&Question],
    files: &mut Files,
) -> Result<(), Failure> {
    let names = fill(client, options, world, docs)?;
    if let Some(file) = &mut files.memories {
        memories::write(client, &world.world, &names, file)?;
    }
    for question in questions {
        files.ranked.write(&ask(client, question, &names)?)?;
        if let Some(file) = &mut files.answers {
            file.write(&answers::answer(client, question, &names)?)?;
        }
    }
    Ok(())
}

fn launch(options: &Eval) -> Launch {
    let default = || cache_dir().join("vectors");
    let chosen = options.embedding_cache.clone().unwrap_or_else(default);
    Launch {
        embedding_cache: (chosen != Path::new("none")).then_some(chosen),
        ..Launch::create(Start::Ephemeral)
    }
}

/// Takes in the world's lines and waits until they are embedded (and thought about, if memories are wanted). Returns the set's name of each observation.
fn fill(
    client: &Client,
    options: &Eval,
    world: &World,
    docs: &HashMap<String, Vec<IngestItem>>,
) -> Result<HashMap<ObservationId, String>, Failure> {
    let usual = Settings::default();
    let settings = Settings {
        absorb: options.memories.is_some(),
        time_zone: "UTC".into(),
        model: options.model.clone().unwrap_or(usual.model.clone()),
        ..usual
    };
    client.call(Request::SetSettings { settings })?;
    let threads = world.threads.iter().filter_map(|thread| docs.get(thread));
    let items: Vec<IngestItem> = threads.flatten().cloned().collect();
    let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
    let begun = Instant::now();
    let taken = ingest::send(client, items)?;
    note(&format!(
        "{}: {} lines taken in, {:.1} s",
        world.world,
        ids.len(),
        begun.elapsed().as_secs_f64()
    ));
    client.call(Request::Settle {
        seconds: SETTLE_SECONDS,
    })?;
    note(&format!(
        "{}: settled, {:.1} s",
        world.world,
        begun.elapsed().as_secs_f64()
    ));
    Ok(taken.observations.into_iter().zip(ids).collect())
}

fn ask(
    client: &Client,
    question: &Question,
    names: &HashMap<ObservationId, String>,
) -> Result<Ranked, Failure> {
    let begun = Instant::now();
    let response = client.call(Request::Search {
        text: question.text.clone(),
        filter: Filter::default(),
        limit: LIMIT,
        at: Some(Timestamp::from_millis(question.at.as_millisecond())),
    })?;
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    let Response::Evidence { evidence } = response else {
        return Err(unexpected());
    };
    Ok(Ranked {
        id: question.id.clone(),
        ms,
        confidence: evidence.confidence,
        ranked: documents(&evidence, names),
    })
}

/// The set's names of what was found, best first, each once; a memory stands for its sources in their order.
fn documents(evidence: &Evidence, names: &HashMap<ObservationId, String>) -> Vec<String> {
    let found = evidence.items.iter().flat_map(|item| match &item.found {
        Found::Observation { observation } => vec![observation.id],
        Found::Memory { memory } => memory
            .content
            .sources
            .iter()
            .map(|source| source.observation)
            .collect(),
    });
    let mut seen = HashSet::new();
    found
        .filter_map(|id| names.get(&id))
        .filter(|name| seen.insert(name.as_str()))
        .cloned()
        .collect()
}

/// The lines of the threads of `worlds`, by thread.
fn docs(path: &Path, worlds: &[World]) -> Result<HashMap<String, Vec<IngestItem>>, Failure> {
    let wanted: HashSet<&str> = worlds
        .iter()
        .flat_map(|world| &world.threads)
        .map(String::as_str)
        .collect();
    let file = File::open(path).map_err(|error| unusable(path, &error))?;
    let mut docs: HashMap<String, Vec<IngestItem>> = HashMap::new();
    for (number, line) in BufReader::new(GzDecoder::new(file)).lines().enumerate() {
        let line = line.map_err(|error| unusable(path, &error))?;
        let item = ingest::item(&line, number + 1, LONG_AGO)?;
        if wanted.contains(item.thread.as_str()) {
            docs.entry(item.thread.clone()).or_default().push(item);
        }
    }
    Ok(docs)
}

fn lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let parse = |line| {
        serde_json::from_str(line).map_err(|error| {
            bad(format!(
                "{} is not an evaluation set: {error}.",
                path.display()
            ))
        })
    };
    lines.map(parse).collect()
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    bad(format!("{} cannot be used: {error}.", path.display()))
}

fn bad(message: String) -> Failure {
    Failure {
        code: Code::BadRequest,
        message,
    }
}

fn cache_dir() -> PathBuf {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || set("HOME").unwrap_or_default().join(".cache");
    set("XDG_CACHE_HOME")
        .unwrap_or_else(home)
        .join("afterimage")
}

/// Ends the engine of a throw-away profile, and waits for it: its folder goes next.
pub fn end(client: &Client) -> Result<(), Failure> {
    client.call(Request::Lock)?;
    client.wait_for_end(END_PATIENCE);
    Ok(())
}

/// A folder that goes with its value.
pub struct ThrowAway(pub PathBuf);

impl ThrowAway {
    /// A new folder where the system keeps what is not kept.
    #[expect(
        clippy::disallowed_methods,
        reason = "a throw-away profile is encrypted like any other"
    )]
    pub fn new() -> Result<Self, Failure> {
        let name = format!(
            "afterimage-{}-{}",
            std::process::id(),
            crate::when::now().millis()
        );
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).map_err(|error| unusable(&path, &error))?;
        Ok(Self(path))
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        // The engine may still be writing its last lines; the folder holds nothing readable either way.
        let _ = fs::remove_dir_all(&self.0);
    }
}
