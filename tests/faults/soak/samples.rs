//! What the engine's process takes of the machine, looked at again and again.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// One look.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Since the run began.
    pub at: Duration,
    /// Memory that is not of files, in bytes.
    pub memory: u64,
    /// Memory of all kinds, in bytes.
    pub resident: u64,
    /// Open descriptors; `None` where the system does not tell.
    pub descriptors: Option<u64>,
    pub threads: u64,
    /// Processor time so far.
    pub busy: Duration,
    /// Bytes of the database's log.
    pub log: u64,
    /// Observations that wait to be thought about.
    pub waiting: u32,
}

/// Of process `pid`, whose profile lies in `home`; `None` when it is gone.
pub fn look(pid: u32, home: &Path, begun: Instant, waiting: u32) -> Option<Sample> {
    let process = Path::new("/proc").join(pid.to_string());
    let status = fs::read_to_string(process.join("status")).ok()?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let open = fs::read_dir(process.join("fd")).ok();
    Some(Sample {
        at: begun.elapsed(),
        memory: number("RssAnon:")? << 10,
        resident: number("VmRSS:")? << 10,
        descriptors: open.map(|open| open.count() as u64),
        threads: number("Threads:")?,
        busy: busy(&fs::read_to_string(process.join("stat")).ok()?)?,
        log: log(home),
        waiting,
    })
}

/// User and system time of a line of `/proc/PID/stat`.
fn busy(stat: &str) -> Option<Duration> {
    // The name before may hold anything but ends with the last parenthesis.
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: Vec<u64> = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    // SAFETY: asks for a number.
    let a_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    Some(Duration::from_secs_f64(
        ticks.iter().sum::<u64>() as f64 / a_second,
    ))
}

fn log(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => log(&entry.path()),
            _ if entry.file_name().to_string_lossy().ends_with("-wal") => {
                entry.metadata().map_or(0, |file| file.len())
            }
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// The slope of `value` in its unit an hour: the median over all pairs (Theil and Sen), which single peaks do not move.
pub fn slope(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> f64 {
    let mut slopes = Vec::new();
    for (at, one) in samples.iter().enumerate() {
        for other in &samples[at + 1..] {
            let hours = (other.at - one.at).as_secs_f64() / 3_600.0;
            if hours > 0.0 {
                slopes.push((value(other) - value(one)) / hours);
            }
        }
    }
    part(&mut slopes, 0.5)
}

/// The value below which `share` of all lie; 0 without any.
pub fn part(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}
