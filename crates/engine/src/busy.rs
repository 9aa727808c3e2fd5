//! How much of the machine other programs take: who works hard on it should not notice that it is looked at.

use std::{fs, time::Duration};

/// Looked at over this long, so that a peak is none.
const SPAN: Duration = Duration::from_secs(30);

/// Processor time since the machine was started, in the system's ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ticks {
    /// Of all processors together, idle ones too.
    all: u64,
    /// That somebody used.
    used: u64,
    /// That this process used.
    ours: u64,
}

/// Looks at the processors now and then.
#[derive(Debug, Default)]
pub struct Busy {
    begun: Option<(Duration, Ticks)>,
    share: f32,
}

impl Busy {
    /// The share of all processors, 0 to 1, that others used in the last half minute; 0 before one has passed, and where the system does not
    /// tell. `now`: since the machine was started.
    pub fn of_others(&mut self, now: Duration) -> f32 {
        self.after(now, read)
    }

    fn after(&mut self, now: Duration, read: impl Fn() -> Option<Ticks>) -> f32 {
        match self.begun {
            Some((begun, _)) if now.saturating_sub(begun) < SPAN => {}
            begun => {
                let ticks = read();
                if let (Some((_, before)), Some(ticks)) = (begun, ticks) {
                    self.share = share(before, ticks);
                }
                self.begun = ticks.map(|ticks| (now, ticks));
            }
        }
        self.share
    }
}

fn share(before: Ticks, after: Ticks) -> f32 {
    let passed = after.all.saturating_sub(before.all);
    let used = after.used.saturating_sub(before.used);
    let others = used.saturating_sub(after.ours.saturating_sub(before.ours));
    match passed {
        0 => 0.0,
        _ => (others as f32 / passed as f32).min(1.0),
    }
}

fn read() -> Option<Ticks> {
    let all = fs::read_to_string("/proc/stat").ok()?;
    let ours = fs::read_to_string("/proc/self/stat").ok()?;
    parse(&all, &ours)
}

/// Of the first line of `/proc/stat` and the one of `/proc/self/stat`.
fn parse(all: &str, ours: &str) -> Option<Ticks> {
    let line = all.lines().next()?.strip_prefix("cpu ")?;
    // User, nice, system, idle, waiting for a disk, two kinds of interrupts, stolen; guests are counted in the first two.
    let times: Vec<u64> = numbers(line).take(8).collect();
    let idle = times.get(3)? + times.get(4)?;
    let all: u64 = times.iter().sum();
    // The program's name may hold anything but ends with the last parenthesis.
    let (_, rest) = ours.rsplit_once(')')?;
    let ours = rest.split_whitespace().skip(11).take(2);
    Some(Ticks {
        all,
        used: all - idle,
        ours: ours.filter_map(|ticks| ticks.parse::<u64>().ok()).sum(),
    })
}

fn numbers(line: &str) -> impl Iterator<Item = u64> {
    line.split_whitespace().map_while(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_read() {
        let all = "cpu  100 1 20 700 30 4 5 6 7 8\ncpu0 1 2 3 4\n";
        let ours = "77 (a (strange) name) S 1 77 77 0 -1 4194560 1 0 0 0 40 2 9 9 20 0";
        let expected = Ticks {
            all: 866,
            used: 136,
            ours: 42,
        };
        assert_eq!(parse(all, ours), Some(expected));
        assert_eq!(parse("", ours), None);
        assert_eq!(parse(all, ""), None);
    }

    #[test]
    fn f5_only_others_count_and_only_over_half_a_minute() {
        let ticks = |all, used, ours| move || Some(Ticks { all, used, ours });
        let mut busy = Busy::default();
        let at = Duration::from_secs;
        assert_eq!(busy.after(at(0), ticks(1_000, 500, 100)), 0.0);
        // A peak in between is not looked at.
        assert_eq!(busy.after(at(10), ticks(1_100, 600, 100)), 0.0);
        assert_eq!(busy.after(at(30), ticks(2_000, 1_400, 200)), 0.8);
        assert_eq!(busy.after(at(59), ticks(2_900, 1_400, 200)), 0.8);
        // All that was used was ours.
        assert_eq!(busy.after(at(60), ticks(3_000, 2_000, 800)), 0.0);
        assert_eq!(busy.after(at(90), || None), 0.0);
        assert_eq!(busy.after(at(120), ticks(9_000, 9_000, 0)), 0.0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells() {
        let ticks = read().unwrap();
        assert!(ticks.used > 0 && ticks.all >= ticks.used);
    }
}
