//! Windows that switch at random moments on a real X server while the watcher looks: what must not be seen is in no frame.
//!
//! Every window is one flat colour, and its program paints late, as programs do. `SWITCHES` says how many; without it 80.
#![cfg(target_os = "linux")]

#[path = "switches/colors.rs"]
mod colors;
#[expect(
    dead_code,
    reason = "it also starts the programs that other tests look at"
)]
#[path = "../../../tests/it/display.rs"]
mod display;
#[path = "switches/stage.rs"]
mod stage;

use afterimage_capture::{Compare, Difference, Look, Rules, Watcher, open};
use afterimage_domain::{FrameId, Pixels, Rect, Timestamp, id::uuid_v7};
use colors::private_in;
use stage::Stage;
use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// Says to this program that it is the one that has the virtual screen.
const INSIDE: &str = "AFTERIMAGE_TEST_INSIDE";
const SEED: u64 = 0x5eed_2026;

/// Takes every picture for a new one.
struct EveryPicture;

impl Compare for EveryPicture {
    fn compare(&mut self, _monitor: &str, pixels: &Pixels) -> Difference {
        Difference {
            hash: 0,
            changed: vec![Rect::new(0, 0, pixels.width(), pixels.height())],
        }
    }

    fn remember(&mut self, _monitor: &str) {}
}

/// What came of a run.
#[derive(Debug, Default)]
struct Outcome {
    kept: u32,
    dropped: u32,
    /// Frames with a pixel of what must not be seen.
    leaked: Vec<String>,
}

#[test]
fn w1_no_switch_of_windows_lets_a_private_pixel_through() {
    if std::env::var_os(INSIDE).is_none() {
        // Which screen is looked at stands in the environment, which no test may change under others.
        let display = display::Display::start(640, 480);
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("w1_no_switch_of_windows_lets_a_private_pixel_through")
            .env(INSIDE, "1")
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("XDG_SESSION_TYPE", "x11")
            .status();
        assert!(again.unwrap().success());
        return;
    }
    let count = std::env::var("SWITCHES").map_or(80, |count| count.parse().unwrap());
    let control = watched(20, &[], &[], false);
    println!("rules off: {control:?}");
    assert!(!control.leaked.is_empty(), "nothing private was ever shown");
    let outcome = watched(count, &["keepass*"], &["*my bank*"], true);
    println!("{count} switches: {outcome:?}");
    assert!(outcome.leaked.is_empty());
    assert!(
        u64::from(outcome.kept) >= count / 20,
        "hardly a frame was kept: {outcome:?}"
    );
}

/// Looks as often as it can until `count` switches were made.
fn watched(count: u64, apps: &[&str], titles: &[&str], private: bool) -> Outcome {
    let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rules = Rules::new(&texts(apps), &texts(titles), private).unwrap();
    let mut watcher = Watcher::new(open().unwrap(), rules);
    let (done, made) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let driver = thread::spawn({
        let (done, made) = (done.clone(), made.clone());
        move || {
            let mut stage = Stage::open(SEED);
            for _ in 0..count {
                stage.switch();
                made.fetch_add(1, Ordering::Relaxed);
            }
            thread::sleep(Duration::from_millis(500));
            done.store(true, Ordering::Relaxed);
        }
    });
    let mut outcome = Outcome::default();
    while !done.load(Ordering::Relaxed) && !driver.is_finished() {
        look(&mut watcher, made.load(Ordering::Relaxed), &mut outcome);
    }
    driver.join().unwrap();
    outcome
}

fn look(watcher: &mut Watcher, made: u64, outcome: &mut Outcome) {
    let at = Timestamp::default();
    let mut id = || FrameId(uuid_v7(at, [0; 10]));
    for look in watcher.look(at, &mut EveryPicture, &mut id).unwrap() {
        match look {
            Look::Kept(frame) => {
                outcome.kept += 1;
                if let Some(color) = private_in(&frame.pixels) {
                    outcome.leaked.push(format!("{color} at switch {made}"));
                }
            }
            Look::Filtered(_) | Look::Unchanged => {}
            Look::Raced => outcome.dropped += 1,
        }
    }
}
