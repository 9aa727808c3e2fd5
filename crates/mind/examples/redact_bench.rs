//! How many secrets go and how many look-alikes go with them, kind by kind; how long it takes.
//!
//! Text, and the same through pixels: set in a font, read, and judged by what is painted over.
//!
//! `cargo xtask bench redact`; with `REDACT_MISSES=n` the first n misses of each kind on the seed that rules are tuned
//! on, with `REDACT_KINDS=card,seed` pictures of those kinds only, and with `REDACT_TIME=1` the times alone.

#[path = "../corpus/mod.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod corpus;
#[path = "../corpus/pixels.rs"]
mod pixels;

use afterimage_infer::models::ModelFolder;
use afterimage_mind::redact;
use corpus::{
    LOOK_ALIKES, Outcome, REPORT_SEED, Row, SECRETS, TUNING_SEED, measure, measure_unseen, samples,
};
use std::{ops::Range, time::Instant};

/// Texts of each kind: 34 x 80 and 32 x 80.
const COUNT: usize = 80;
const BLOCK: usize = 4096;

/// Pictures of each kind.
const PICTURES: usize = 12;

fn main() {
    if let Ok(most) = std::env::var("REDACT_MISSES") {
        let most = most.parse().unwrap_or(3);
        print_misses(&measure(TUNING_SEED, COUNT, find), most);
        print_misses(&read(TUNING_SEED).1, most);
        return;
    }
    if std::env::var_os("REDACT_TIME").is_some() {
        return time();
    }
    summary(
        "text, the seed rules were tuned on",
        &measure(TUNING_SEED, COUNT, find),
    );
    let outcome = measure(REPORT_SEED, COUNT, find);
    table("in text", &outcome);
    summary("text, the other seed", &outcome);
    summary(
        "text by hand, looked at since",
        &measure_unseen(false, find),
    );
    summary("text by hand, not looked at", &measure_unseen(true, find));
    time();
    let (left, outcome) = read(REPORT_SEED);
    table("read off a picture", &outcome);
    summary("pictures, the other seed", &outcome);
    println!("{left} more have letters that the fonts here or the reader have not");
}

fn table(how: &str, outcome: &Outcome) {
    println!("\n| secret, {how} | found |\n|---|---|");
    outcome.secrets.iter().for_each(print_row);
    println!("\n| look-alike, {how} | taken |\n|---|---|");
    outcome.look_alikes.iter().for_each(print_row);
    println!();
}

fn find(text: &str) -> Vec<Range<usize>> {
    let places = redact(text).findings.into_iter();
    places
        .map(|finding| finding.old.start as usize..finding.old.end as usize)
        .collect()
}

fn print_row(row: &Row) {
    let share = 100.0 * row.hits as f64 / row.samples as f64;
    println!("| {} | {share:.1} % of {} |", row.kind, row.samples);
}

fn print_misses(outcome: &Outcome, most: usize) {
    let rows = outcome.secrets.iter().chain(&outcome.look_alikes);
    for row in rows.filter(|row| !row.wrong.is_empty()) {
        println!("## {}: {} of {}", row.kind, row.wrong.len(), row.samples);
        for sample in row.wrong.iter().take(most) {
            println!("{}\n-> {}\n", sample.text, redact(&sample.text).text);
        }
    }
    summary("the seed rules are tuned on", outcome);
}

/// The pictures left out, and what became of the others.
fn read(seed: u64) -> (usize, Outcome) {
    let folder = ModelFolder::from_environment()
        .path()
        .join("pp-ocrv6-small");
    let kinds = std::env::var("REDACT_KINDS").unwrap_or_default();
    let is_wanted =
        |kind: &str| kinds.is_empty() || kinds.split(',').any(|wanted| kind.contains(wanted));
    pixels::measure_read(seed, PICTURES, &folder, is_wanted)
}

fn summary(what: &str, outcome: &Outcome) {
    let ((found, taken), (spilt, beside)) = (outcome.shares(), outcome.spill);
    let total = |rows: &[Row]| rows.iter().map(|row| row.samples).sum::<usize>();
    println!(
        "{what}: {:.2} % of {} secrets found whole, {:.2} % of {} look-alikes taken, {:.2} % of the letters beside secrets taken",
        100.0 * found,
        total(&outcome.secrets),
        100.0 * taken,
        total(&outcome.look_alikes),
        100.0 * spilt as f64 / beside as f64
    );
}

/// Rounds over a block, of which the fastest counts: what other programs take is no property of ours.
const ROUNDS: usize = 7;

/// Milliseconds for blocks of 4 KiB, both tables mixed, and how many passes of one plain expression over the same block that is.
fn time() {
    let texts =
        samples(SECRETS, REPORT_SEED, 20)
            .into_iter()
            .zip(samples(LOOK_ALIKES, REPORT_SEED, 20));
    let text: String = texts
        .flat_map(|(secret, other)| [secret.text, "\n".into(), other.text, "\n".into()])
        .collect();
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    while rest.len() > BLOCK {
        let end = (0..=BLOCK)
            .rev()
            .find(|end| rest.is_char_boundary(*end))
            .unwrap_or(BLOCK);
        blocks.push(&rest[..end]);
        rest = &rest[end..];
    }
    let plain = regex::Regex::new("[A-Za-z0-9+/=_-]{8,}").expect("it is written here");
    let measured = |work: &dyn Fn(&str)| {
        let mut times: Vec<f64> = blocks.iter().map(|block| fastest(work, block)).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        (at(0.5), at(0.95), at(1.0))
    };
    let ours = measured(&|block| drop(std::hint::black_box(redact(block))));
    let pass = measured(&|block| _ = std::hint::black_box(plain.find_iter(block).count()));
    println!(
        "4 KiB, the fastest of {ROUNDS} rounds: p50 {:.2} ms, p95 {:.2} ms, most {:.2} ms, of {} blocks; {:.0} times a plain pass ({:.3} ms)",
        ours.0,
        ours.1,
        ours.2,
        blocks.len(),
        ours.0 / pass.0,
        pass.0
    );
}

/// Milliseconds.
fn fastest(work: &dyn Fn(&str), block: &str) -> f64 {
    let round = |_| {
        let start = Instant::now();
        work(block);
        start.elapsed().as_secs_f64() * 1000.0
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
