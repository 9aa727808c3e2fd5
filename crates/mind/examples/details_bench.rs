//! How many personal details are found, and how many texts without any are taken for having some; how long it takes.
//!
//! `cargo xtask bench details`; with `DETAILS_MISSES=1` what was missed and taken on the seed that forms are tuned on.

#[path = "../corpus/details.rs"]
mod details;
#[path = "../corpus/dice.rs"]
#[allow(dead_code, reason = "the other bench uses more of it")]
mod dice;

use afterimage_domain::Detail;
use afterimage_infer::{classify::TokenClassifier, models::ModelFolder};
use afterimage_mind::details::details as find;
use details::{look_alikes, positives};
use std::{collections::BTreeMap, time::Instant};

const TUNING_SEED: u64 = 7;
const REPORT_SEED: u64 = 20_261_120;
/// Texts of each kind.
const COUNT: usize = 50;
const BLOCK: usize = 4096;
const ROUNDS: usize = 5;

fn main() {
    let model = ModelFolder::from_environment()
        .open_classifier("rampart")
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask models rampart`"));
    let seed = match std::env::var_os("DETAILS_MISSES") {
        Some(_) => TUNING_SEED,
        None => REPORT_SEED,
    };
    found(&model, seed);
    taken(&model, seed);
    time(&model);
}

fn found(model: &TokenClassifier, seed: u64) {
    // Of each kind: texts, those told of, those found whole.
    let mut rows: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for sample in positives(seed, COUNT) {
        let found = find(&sample.text, model).unwrap();
        let own = found.iter().filter(|(detail, _)| *detail == sample.detail);
        let spans: Vec<_> = own
            .map(|(_, span)| span.start as usize..span.end as usize)
            .filter(|span| span.start < sample.place.end && sample.place.start < span.end)
            .collect();
        let is_covered = |at: usize| spans.iter().any(|span| span.contains(&at));
        let mut letters = sample.text[sample.place.clone()].char_indices();
        let is_whole =
            letters.all(|(at, c)| !c.is_alphanumeric() || is_covered(sample.place.start + at));
        let row = rows.entry(sample.kind).or_default();
        row[0] += 1;
        row[1] += usize::from(!spans.is_empty());
        row[2] += usize::from(is_whole);
        if seed == TUNING_SEED && !is_whole {
            println!("{}: {:?}\n   {found:?}", sample.kind, sample.text);
        }
    }
    println!("\n| detail | told of | whole |\n|---|---|---|");
    let mut all = [0; 3];
    for (kind, row) in &rows {
        println!("| {kind} | {} of {} | {} |", row[1], row[0], row[2]);
        (0..3).for_each(|at| all[at] += row[at]);
    }
    println!(
        "| all | {} of {} ({:.1} %) | {} ({:.1} %) |",
        all[1],
        all[0],
        share(all[1], all[0]),
        all[2],
        share(all[2], all[0])
    );
}

fn taken(model: &TokenClassifier, seed: u64) {
    let mut rows: BTreeMap<&str, (usize, Vec<Detail>)> = BTreeMap::new();
    let mut texts = 0;
    for (kind, text) in look_alikes(seed, COUNT) {
        let found = find(&text, model).unwrap();
        if seed == TUNING_SEED && !found.is_empty() {
            let words = found.iter().filter_map(|(_, span)| span.of(&text));
            println!("{kind}: {text:?}\n   {:?}", words.collect::<Vec<_>>());
        }
        let row = rows.entry(kind).or_default();
        texts += 1;
        row.0 += 1;
        row.1.extend(found.first().map(|(detail, _)| detail));
    }
    println!("\n| without any | taken |\n|---|---|");
    for (kind, (count, taken)) in &rows {
        println!("| {kind} | {} of {count} |", taken.len());
    }
    let all: usize = rows.values().map(|(_, taken)| taken.len()).sum();
    println!("| all | {all} of {texts} ({:.1} %) |", share(all, texts));
}

/// Milliseconds for blocks of 4 KiB of all of it, mixed.
fn time(model: &TokenClassifier) {
    let mut texts: Vec<String> = positives(REPORT_SEED, COUNT)
        .into_iter()
        .map(|sample| sample.text)
        .collect();
    texts.extend(
        look_alikes(REPORT_SEED, COUNT)
            .into_iter()
            .map(|(_, text)| text),
    );
    let whole = texts.join("\n");
    let mut times = Vec::new();
    let mut rest = whole.as_str();
    while rest.len() > BLOCK {
        let (block, after) = rest.split_at(rest.floor_char_boundary(BLOCK));
        rest = after;
        let best = (0..ROUNDS)
            .map(|_| {
                let begun = Instant::now();
                find(block, model).unwrap();
                begun.elapsed()
            })
            .min();
        times.extend(best.map(|time| time.as_secs_f64() * 1e3));
    }
    times.sort_by(f64::total_cmp);
    println!(
        "\n4 KiB, the best of {ROUNDS} rounds: {:.0} ms in the median of {} blocks, {:.0} ms at most",
        times[times.len() / 2],
        times.len(),
        times.last().copied().unwrap_or_default()
    );
}

fn share(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}
