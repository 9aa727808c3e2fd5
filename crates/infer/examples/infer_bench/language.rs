//! Language models: reading a prompt of 512 tokens, writing 128, and the memory it takes to load one.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use afterimage_infer::model::LanguageModel;
use afterimage_infer::models::{DeviceChoice, ModelFolder, OpenOptions};
use afterimage_infer::tokenizer::Token;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::table::{cell, median, ratio, seconds};

const MODELS: [&str; 3] = [
    "smollm2-135m-instruct",
    "qwen2.5-coder-0.5b-instruct",
    "qwen2.5-coder-1.5b-instruct",
];
const BACKENDS: [(&str, DeviceChoice); 3] = [
    ("own", DeviceChoice::Cpu),
    ("adapter", DeviceChoice::Gpu),
    ("candle", DeviceChoice::Reference),
];
const THREADS: [usize; 2] = [1, 2];
const PROMPT: usize = 512;
const WRITTEN: usize = 128;
const CONTEXT: usize = 1024;

/// What one process measured of one model.
#[derive(Serialize, Deserialize)]
struct Figures {
    /// Where it computed.
    place: String,
    /// Tokens a second when reading.
    prefill: f64,
    /// Tokens a second when writing.
    decode: f64,
    /// Seconds until it was ready.
    load: Option<f64>,
    /// Bytes of memory the process held at most while loading.
    peak: Option<f64>,
}

/// One line of the table: who computes on how many threads, and what was measured in each round.
struct Row {
    computer: Computer,
    threads: usize,
    rounds: Vec<Figures>,
}

#[derive(Clone, Copy, PartialEq)]
enum Computer {
    /// One of our backends, by its name here.
    Ours(&'static str),
    LlamaCpp,
}

/// Prints one table for each model that is here.
pub fn print(rounds: usize) -> Result<()> {
    let wanted = std::env::var("AFTERIMAGE_BENCH_MODELS").unwrap_or_default();
    for model in MODELS
        .into_iter()
        .filter(|model| wanted.is_empty() || wanted.contains(model))
    {
        let Ok(file) = ModelFolder::from_environment().file(model, "model.gguf") else {
            println!("\n{model} is not here: `cargo xtask models {model}` fetches it.");
            continue;
        };
        let mut rows = rows();
        for round in 0..rounds {
            // A software adapter is slow and there to show that it works: once is enough.
            for row in rows
                .iter_mut()
                .filter(|row| round == 0 || !row.is_adapter())
            {
                row.rounds.push(match row.computer {
                    Computer::Ours(backend) => ours(backend, model, row.threads)?,
                    Computer::LlamaCpp => theirs(&file, row.threads)?,
                });
            }
        }
        println!("\n### {model}: reading {PROMPT} tokens, writing {WRITTEN}");
        print_table(&rows, file.metadata()?.len());
    }
    Ok(())
}

fn rows() -> Vec<Row> {
    let row = |computer, threads| Row {
        computer,
        threads,
        rounds: Vec::new(),
    };
    let mut computers = vec![Computer::Ours("own"), Computer::Ours("candle")];
    computers.extend(llama().map(|_| Computer::LlamaCpp));
    let mut rows: Vec<Row> = THREADS
        .iter()
        .flat_map(|threads| computers.iter().map(|computer| row(*computer, *threads)))
        .collect();
    // A card has no use for more threads; a software adapter takes as many.
    rows.push(row(Computer::Ours("adapter"), THREADS[1]));
    rows
}

fn print_table(rows: &[Row], file_bytes: u64) {
    println!(
        "| computed by | reading, tokens/s | x llama.cpp | writing, tokens/s | x llama.cpp | loading | peak memory | x file |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let peer = rows
            .iter()
            .find(|other| other.computer == Computer::LlamaCpp && other.threads == row.threads);
        let theirs = |what| peer.and_then(|peer| peer.median(what));
        let [(prefill, prefill_ratio), (decode, decode_ratio)] =
            [|f: &Figures| Some(f.prefill), |f: &Figures| Some(f.decode)].map(|what| {
                let ours = row.median(what);
                (cell(ours), ratio(ours, theirs(what)))
            });
        let peak = row.median(|figures| figures.peak);
        println!(
            "| {} | {prefill} | {prefill_ratio} | {decode} | {decode_ratio} | {} | {} | {} |",
            row.name(),
            seconds(row.median(|figures| figures.load)),
            peak.map_or("-".into(), |bytes| format!("{:.0} MB", bytes / 1e6)),
            ratio(peak, Some(file_bytes as f64)),
        );
    }
}

impl Row {
    fn is_adapter(&self) -> bool {
        self.computer == Computer::Ours("adapter")
    }

    /// Our own backend tells its threads itself.
    fn name(&self) -> String {
        let place = self.rounds.first().map_or("", |figures| &figures.place);
        match place.contains("thread") {
            true => place.to_owned(),
            false => format!("{place}, threads: {}", self.threads),
        }
    }

    /// The median over the rounds of a figure, where it was measured.
    fn median(&self, what: fn(&Figures) -> Option<f64>) -> Option<f64> {
        median(self.rounds.iter().filter_map(what).collect())
    }
}

/// Measures one of our backends in a process of its own, on so many threads.
fn ours(backend: &str, model: &str, threads: usize) -> Result<Figures> {
    let output = Command::new(std::env::current_exe()?)
        .args(["measure", backend, model, &threads.to_string()])
        // candle and Mesa's software adapter take their numbers of threads from there.
        .env("RAYON_NUM_THREADS", threads.to_string())
        .env("LP_NUM_THREADS", threads.to_string())
        .stderr(Stdio::inherit())
        .output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(format!("measuring {model} on {backend} failed").into()),
    }
}

/// Measures in this process and prints the figures for the parent.
pub fn measure(backend: &str, model: &str, threads: usize) -> Result<()> {
    let found = BACKENDS.iter().find(|(name, _)| *name == backend);
    let (_, device) = found.ok_or("there is no such backend")?;
    let options = OpenOptions {
        device: *device,
        context: CONTEXT,
        threads: NonZero::new(threads),
        ..OpenOptions::default()
    };
    let begun = Instant::now();
    let mut model = ModelFolder::from_environment().open_language_model(model, &options)?;
    let load = begun.elapsed().as_secs_f64();
    let peak = peak_memory();
    // Every number is a token, and what it means does not change the work.
    let prompt: Vec<Token> = (1000..).take(PROMPT).collect();
    rate(model.as_mut(), &prompt[..64], 8)?;
    let (prefill, _) = rate(model.as_mut(), &prompt, 0)?;
    let (_, decode) = rate(model.as_mut(), &prompt[..1], WRITTEN)?;
    let figures = Figures {
        place: model.describe(),
        prefill,
        decode,
        load: Some(load),
        peak,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// Tokens a second when `prompt` is read as a new text, and then when `written` more are, one after the other.
fn rate(model: &mut dyn LanguageModel, prompt: &[Token], written: usize) -> Result<(f64, f64)> {
    model.truncate(0);
    let begun = Instant::now();
    model.decode(prompt)?;
    let read = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for token in (2000..).take(written) {
        model.decode(&[token])?;
    }
    let wrote = begun.elapsed().as_secs_f64();
    Ok((prompt.len() as f64 / read, written as f64 / wrote))
}

/// The most memory this process has held, in bytes, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

fn llama() -> Option<PathBuf> {
    std::env::var_os("AFTERIMAGE_PEER_LLAMA").map(PathBuf::from)
}

/// The same of llama.cpp.
fn theirs(file: &Path, threads: usize) -> Result<Figures> {
    let program = llama().ok_or("AFTERIMAGE_PEER_LLAMA names no program")?;
    let numbers = [threads, PROMPT, WRITTEN].map(|number| number.to_string());
    let output = Command::new(program)
        .arg("speed")
        .arg(file)
        .args(numbers)
        .stderr(Stdio::inherit())
        .output()?;
    let speed: Speed = serde_json::from_slice(&output.stdout)?;
    Ok(Figures {
        place: "llama.cpp".into(),
        prefill: speed.prefill,
        decode: speed.decode,
        load: None,
        peak: None,
    })
}

/// Tokens a second.
#[derive(Deserialize)]
struct Speed {
    prefill: f64,
    decode: f64,
}
