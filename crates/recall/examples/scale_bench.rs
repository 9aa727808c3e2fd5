//! Recall over small and large histories: how fast lines are stored, what they take on disk and in memory, how long a question takes when
//! everything is warm and right after opening, and how much of the exact nearest the vector index finds.
//!
//! `AFTERIMAGE_BENCH_LINES` names the sizes (default `10000,100000`). Lines are made up: 24 words drawn as words of English are, most of
//! them common; vectors lie around 2,000 topics, as those of real lines do. Both are the same in every run.

#[path = "../tests/clean/mod.rs"]
mod clean;

use afterimage_domain::{
    Filter, Observation, ObservationId, Origin, Query, Scope, Timestamp, Trust,
};
use afterimage_recall::{QueryVector, recall};
use afterimage_store::{
    Clocks, DocRef, Entropy, Intake, NewVector, Opened, Profile, ReadTxn, Tasks, Unlock, open,
};
use clean::clean;
use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};
use uuid::Uuid;
use zeroize::Zeroizing;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MODEL: &str = "made up";
const DIMS: usize = 384;
const TOPICS: u64 = 2_000;
const VOCABULARY: f64 = 40_000.0;
const WORDS: u64 = 24;
const BATCH: u64 = 1_000;
const QUESTIONS: u64 = 100;
/// How many of the nearest are compared with the exact ones.
const NEAREST: usize = 10;
/// 20 November 2026, and a line every half minute before it.
const NOW: i64 = 1_795_132_800_000;
const APART: i64 = 30_000;

fn main() -> Result<()> {
    let sizes = std::env::var("AFTERIMAGE_BENCH_LINES").unwrap_or("10000,100000".into());
    println!(
        "| lines | stored/s | vectors/s | bytes a line | opening | memory | question: first | p50 | p95 | of the exact nearest {NEAREST} |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    for size in sizes.split(',') {
        measure(size.trim().parse()?)?;
    }
    Ok(())
}

fn measure(lines: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (stored, embedded) = fill(folder.path(), lines)?;
    let bytes = size_of(folder.path())?;
    let begun = Instant::now();
    let store = opened(folder.path())?;
    let opening = begun.elapsed().as_secs_f64();
    let mut times = vec![];
    let mut found = 0;
    for number in 0..QUESTIONS {
        let txn = store.readers.begin()?;
        let line = number * (lines / QUESTIONS) + 7;
        let begun = Instant::now();
        ask(&txn, line)?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        if number < 20 {
            found += agreeing(&txn, line, lines)?;
        }
    }
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    println!(
        "| {lines} | {stored:.0} | {embedded:.0} | {:.0} | {opening:.1} s | {:.0} MB | {first:.0} ms | {:.1} ms | {:.1} ms | {:.1} % |",
        bytes as f64 / lines as f64,
        peak_memory()?,
        times[times.len() / 2],
        times[times.len() * 95 / 100],
        100.0 * found as f64 / (20 * NEAREST) as f64,
    );
    Ok(())
}

/// Lines and vectors stored a second.
fn fill(folder: &Path, lines: u64) -> Result<(f64, f64)> {
    let profile = Profile::create(folder, &key(), &Entropy::system())?;
    let mut store = open(profile, Entropy::system())?;
    let (mut stored, mut embedded) = (0.0, 0.0);
    for first in (0..lines).step_by(BATCH as usize) {
        let numbers = first..lines.min(first + BATCH);
        let observations = numbers.clone().map(observation).map(clean).collect();
        let intake = Intake::new(None, observations, Tasks::NONE);
        let vectors: Vec<_> = numbers
            .map(|number| NewVector {
                doc: DocRef::Observation(id(number)),
                part: 0,
                values: vector(number, 0),
            })
            .collect();
        let begun = Instant::now();
        store
            .writer
            .record(&[intake], Timestamp::from_millis(NOW))?;
        stored += begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        store.writer.store_vectors(MODEL, &vectors)?;
        embedded += begun.elapsed().as_secs_f64();
    }
    store.writer.close()?;
    Ok((lines as f64 / stored, lines as f64 / embedded))
}

fn opened(folder: &Path) -> Result<Opened> {
    let clocks = Clocks {
        wall: Timestamp::from_millis(NOW),
        boot: Uuid::nil(),
        since_boot: Duration::ZERO,
    };
    let profile = Profile::unlock(folder, &key(), clocks, &Entropy::system())?;
    Ok(open(profile, Entropy::system())?)
}

fn key() -> Unlock {
    Unlock::Ephemeral(Zeroizing::new([7; 32]))
}

/// A question of a few words of a line, with a vector near to its own.
fn ask(txn: &ReadTxn<'_>, line: u64) -> Result<()> {
    let query = Query {
        text: telling(line).join(" "),
        at: Timestamp::from_millis(NOW),
        time_zone: "UTC".into(),
        filter: Filter::default(),
        limit: 20,
        token_budget: None,
        fading: afterimage_domain::Fading::default(),
    };
    let values = vector(line, 1);
    let vector = QueryVector {
        model: MODEL,
        values: &values,
    };
    let evidence = recall(&query, Some(vector), txn)?;
    assert!(!evidence.items.is_empty(), "nothing found");
    Ok(())
}

/// How many of the nearest by full precision the index finds.
fn agreeing(txn: &ReadTxn<'_>, line: u64, lines: u64) -> Result<usize> {
    let asked = vector(line, 1);
    let filter = Filter {
        scope: Scope::Observations,
        ..Filter::default()
    };
    let found = txn.search_vectors(MODEL, &asked, &filter, NEAREST)?;
    let cosine = |number| dot(&vector(number, 0), &asked);
    let mut exact: Vec<(f32, u64)> = (0..lines).map(|number| (cosine(number), number)).collect();
    exact.sort_by(|a, b| b.0.total_cmp(&a.0));
    let nearest: Vec<DocRef> = exact[..NEAREST]
        .iter()
        .map(|(_, number)| DocRef::Observation(id(*number)))
        .collect();
    let agreed = found.iter().filter(|(doc, _)| nearest.contains(doc));
    Ok(agreed.count())
}

fn observation(number: u64) -> Observation {
    let words: Vec<_> = (0..WORDS).map(|at| word(number, at)).collect();
    Observation {
        id: id(number),
        at: Timestamp::from_millis(NOW - number as i64 * APART),
        origin: Origin::Import {
            thread: format!("thread {}", number / 40),
            source: "chat".into(),
            speaker: format!("person {}", number % 7),
        },
        text: words.join(" "),
        words: vec![],
        fresh: vec![],
        trust: Trust::Client,
        external_id: None,
        redactions: 0,
    }
}

/// Five words of a line that a question would be asked with: the commonest hundred stand for those that are in every question.
fn telling(line: u64) -> Vec<String> {
    let words = (0..WORDS).map(|at| rank(line, at));
    let telling = words.filter(|rank| *rank > 100).take(5);
    telling.map(|rank| format!("w{rank}")).collect()
}

fn id(number: u64) -> ObservationId {
    ObservationId(uuid::Uuid::from_u64_pair(
        0x0190_0000_0000_7000,
        1 << 63 | number,
    ))
}

fn word(line: u64, at: u64) -> String {
    format!("w{}", rank(line, at))
}

/// Which word stands at a place of a line: the n-th of the vocabulary comes about 1/n as often as the first.
fn rank(line: u64, at: u64) -> u64 {
    let even = (mixed(line * WORDS + at) >> 11) as f64 / (1u64 << 53) as f64;
    VOCABULARY.powf(even) as u64
}

/// A vector of length 1 near that of the line's topic.
fn vector(line: u64, variant: u64) -> Vec<f32> {
    let topic = mixed(line ^ 0xABCD) % TOPICS;
    let part = |seed: u64, at: usize| {
        (mixed(seed.wrapping_mul(0x1000).wrapping_add(at as u64)) as i32) as f32 / i32::MAX as f32
    };
    let mut values: Vec<f32> = (0..DIMS)
        .map(|at| {
            let around = part(line + 0x10_0000_0000, at);
            let asked = part(line + 0x20_0000_0000, at) * 0.5 * variant as f32;
            part(topic + 0x30_0000_0000, at) + around + asked
        })
        .collect();
    let length = dot(&values, &values).sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// SplitMix64: a number as if drawn by chance.
fn mixed(number: u64) -> u64 {
    let mut z = number
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size_of(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}

/// Of the whole process so far, in MB.
fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.ok_or("no peak memory")?.parse::<f64>()? / 1e3)
}
