//! How much of the secrets goes, and how much of what only looks like it goes with them.

use super::{LOOK_ALIKES, SECRETS, Sample, samples};
use std::ops::Range;

/// What became of the samples of one kind.
#[derive(Clone, Debug)]
pub struct Row {
    pub kind: &'static str,
    pub samples: usize,
    /// Secrets with every character gone; look-alikes with any character gone.
    pub hits: usize,
    /// Those for which it went wrong.
    pub wrong: Vec<Sample>,
}

/// All rows of both tables.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub secrets: Vec<Row>,
    pub look_alikes: Vec<Row>,
    /// Letters and digits beside the secrets that went too, of all beside them.
    pub spill: (usize, usize),
}

/// Runs `find` (places of secrets in a text) over `count` texts a kind. One whole secret is a hit: a key with its first half left is not found.
pub fn measure(seed: u64, count: usize, find: impl Fn(&str) -> Vec<Range<usize>>) -> Outcome {
    let mut spill = (0, 0);
    let mut judge = |sample: Sample| {
        let found = find(&sample.text);
        if sample.secrets.is_empty() {
            return (sample, !found.is_empty());
        }
        let beside = beside(&sample);
        spill.0 += beside.iter().filter(|at| is_in(&found, **at)).count();
        spill.1 += beside.len();
        let gone = is_gone(&sample, &found);
        (sample, gone)
    };
    let secrets = rows(
        samples(SECRETS, seed, count).into_iter().map(&mut judge),
        true,
    );
    let look_alikes = rows(
        samples(LOOK_ALIKES, seed, count)
            .into_iter()
            .map(&mut judge),
        false,
    );
    Outcome {
        secrets,
        look_alikes,
        spill,
    }
}

/// The same over the texts written by hand.
pub fn measure_unseen(later: bool, find: impl Fn(&str) -> Vec<Range<usize>>) -> Outcome {
    let judge = |sample: Sample| {
        let found = find(&sample.text);
        let gone = if sample.secrets.is_empty() {
            !found.is_empty()
        } else {
            is_gone(&sample, &found)
        };
        (sample, gone)
    };
    let (secrets, look_alikes) = super::unseen(later);
    Outcome {
        secrets: rows(secrets.into_iter().map(judge), true),
        look_alikes: rows(look_alikes.into_iter().map(judge), false),
        spill: (0, 1),
    }
}

/// Rows from samples in the order of their kinds and whether each went; `wanted` says whether it should.
pub fn rows(samples: impl IntoIterator<Item = (Sample, bool)>, wanted: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (sample, gone) in samples {
        if rows.last().is_none_or(|row| row.kind != sample.kind) {
            rows.push(Row {
                kind: sample.kind,
                samples: 0,
                hits: 0,
                wrong: vec![],
            });
        }
        let row = rows.last_mut().expect("just made");
        row.samples += 1;
        row.hits += usize::from(gone);
        if gone != wanted {
            row.wrong.push(sample);
        }
    }
    rows
}

fn is_in(ranges: &[Range<usize>], at: usize) -> bool {
    ranges.iter().any(|range| range.contains(&at))
}

/// Whether every letter and digit of every secret lies in what was found.
fn is_gone(sample: &Sample, found: &[Range<usize>]) -> bool {
    let text = &sample.text;
    let mut letters = sample.secrets.iter().flat_map(|secret| {
        let characters = text[secret.clone()]
            .char_indices()
            .filter(|(_, c)| c.is_alphanumeric());
        characters.map(|(at, _)| secret.start + at)
    });
    letters.all(|at| is_in(found, at))
}

fn beside(sample: &Sample) -> Vec<usize> {
    let letters = sample
        .text
        .char_indices()
        .filter(|(_, c)| c.is_alphanumeric())
        .map(|(at, _)| at);
    letters.filter(|at| !is_in(&sample.secrets, *at)).collect()
}

impl Outcome {
    /// Shares of all samples: secrets found, look-alikes taken, 0 to 1.
    pub fn shares(&self) -> (f64, f64) {
        (share(&self.secrets), share(&self.look_alikes))
    }
}

fn share(rows: &[Row]) -> f64 {
    let sum = |of: fn(&Row) -> usize| rows.iter().map(of).sum::<usize>() as f64;
    sum(|row| row.hits) / sum(|row| row.samples)
}
