//! A scripted desktop for as long as one lets it. The first half is a working day without accidents, in which the engine may not grow; in the
//! second it is killed, locked and loses its screen. At the end nothing acknowledged is missing and nothing private was seen.

mod desktop;
mod people;
mod samples;

use crate::{
    Options,
    content::{passphrase, reopen, scratch},
    outcome::Outcome,
    running::{Running, make_profile, program, start_with, within},
};
use afterimage_domain::{TimeRange, Timestamp};
use afterimage_engine::api::{Gap, GapReason, Request, Response, Status};
use afterimage_store::{PictureSize, ReadTxn};
use anyhow::{Context, Result};
use desktop::{Desktop, PRIVATE_COLOR, PRIVATE_WORD};
use people::{Shared, locked};
use samples::{Sample, part, slope};
use std::{
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Between two looks at the process.
const LOOK: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);
/// The keeper gives up at the fifth death within a minute.
const LEAST_BETWEEN_KILLS: Duration = Duration::from_secs(15);
/// Kills, locks and losses of the screen in the second half.
const KILLS: u32 = 10;
/// Megabytes an hour, descriptors and megabytes of log that are still no growth.
const MOST_GROWTH: f64 = 50.0;
const MOST_DESCRIPTORS: u64 = 16;
const MOST_LOG: u64 = 16 << 20;
/// So much of the first half passes before it is looked at: models are loaded, caches filled.
const WARM_UP: u32 = 3;
/// In less time than this nothing can be said of growth.
const LEAST_QUIET: Duration = Duration::from_secs(300);
/// So many pixels near the private colour are a window and no chance.
const PRIVATE_PIXELS: usize = 60;

/// What else happens in the second half.
enum Accident {
    Lock,
    Screen,
}

struct Soak {
    home: PathBuf,
    begun: Instant,
    desktop: Option<Desktop>,
    engine: Option<Running>,
    switches: Arc<AtomicU64>,
    samples: Vec<Sample>,
    outcome: Outcome,
    /// The process that works.
    pid: u32,
    /// Milliseconds: until the engine was back after a kill, gone after a lock, open after the passphrase.
    back: Vec<f64>,
    gone: Vec<f64>,
    open: Vec<f64>,
    passed_over: u32,
}

/// `minutes` in all.
pub fn soak(options: &Options, minutes: u64) -> Result<Outcome> {
    let folder = scratch()?;
    let home = folder.path().join("profile");
    make_profile(&home)?;
    let switches = Arc::default();
    let desktop = match Desktop::start(None, options.seed, &switches) {
        Ok(desktop) => desktop,
        Err(error) => return Ok(Outcome::skipped(format!("{error:#}"))),
    };
    let mut soak = Soak {
        home,
        begun: Instant::now(),
        desktop: Some(desktop),
        engine: None,
        switches,
        samples: vec![],
        outcome: Outcome::default(),
        pid: 0,
        back: vec![],
        gone: vec![],
        open: vec![],
        passed_over: 0,
    };
    soak.unlock()?;
    let engine = soak.engine.as_ref().context("no engine")?;
    engine.set(|settings| {
        // No hand touches this screen, and it is a working day all the same.
        settings.lock_after_min = 0;
        settings.idle_after_s = 0;
    })?;
    engine.client.call(Request::Consent { granted: true })?;
    engine.client.call(Request::Resume)?;
    let half = Duration::from_secs(minutes * 30);
    let (said, is_over) = (Shared::default(), Arc::new(AtomicBool::new(false)));
    let people = people::start(&soak.home, &said, &is_over);
    soak.a_quiet_half(half)?;
    soak.a_rough_half(half, options)?;
    is_over.store(true, Ordering::Relaxed);
    for one in people {
        // One that panicked has said so.
        _ = one.join();
    }
    soak.lock()?;
    soak.tell(half, &said);
    soak.what_is_kept(&said)?;
    soak.outcome.tried = minutes;
    Ok(soak.outcome)
}

impl Soak {
    /// Nothing bad happens; at its end what was passed over stands on the timeline.
    fn a_quiet_half(&mut self, half: Duration) -> Result<()> {
        while self.begun.elapsed() < half {
            self.look();
            std::thread::sleep(LOOK);
        }
        let mut seen = (0, 0);
        let is_told = within(PATIENCE, || {
            seen = (
                self.status().map_or(0, |status| status.passed_over),
                self.passed_over_on_the_timeline().unwrap_or(0),
            );
            seen.0 == seen.1
        });
        if !is_told {
            let (counted, told) = seen;
            let words = format!("{counted} frames were passed over and {told} are on the timeline");
            self.outcome.lose("gaps", words);
        }
        self.passed_over = seen.0;
        Ok(())
    }

    /// Kills all the time, two locks, one loss of the screen.
    fn a_rough_half(&mut self, half: Duration, options: &Options) -> Result<()> {
        let begun = Instant::now();
        let between = (half / KILLS).max(LEAST_BETWEEN_KILLS);
        let mut kill = between;
        let mut accidents = vec![
            (0.7, Accident::Lock),
            (0.5, Accident::Screen),
            (0.3, Accident::Lock),
        ];
        while begun.elapsed() < half {
            if begun.elapsed() >= kill {
                self.kill()?;
                kill = begun.elapsed() + between;
            }
            let is_due = |(share, _): &mut (f64, Accident)| begun.elapsed() >= half.mul_f64(*share);
            match accidents.pop_if(is_due) {
                Some((_, Accident::Lock)) => {
                    self.lock()?;
                    self.unlock()?;
                }
                Some((_, Accident::Screen)) => self.lose_the_screen(options)?,
                None => {}
            }
            self.look();
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn status(&self) -> Option<Status> {
        self.engine.as_ref()?.status().ok()
    }

    /// One sample; an engine that was started anew without having been killed died by itself.
    fn look(&mut self) {
        let Some(status) = self.connected() else {
            return;
        };
        if status.pid != self.pid {
            self.outcome.lose("engine", "it died by itself");
            self.pid = status.pid;
        }
        self.samples.extend(samples::look(
            status.pid,
            &self.home,
            self.begun,
            status.waiting,
        ));
    }

    /// The status, over another connection where the one there was ended with its engine.
    fn connected(&mut self) -> Option<Status> {
        let status = self.status();
        if status.is_some() {
            return status;
        }
        let engine = self.engine.as_mut()?;
        let mut again = None;
        within(PATIENCE, || {
            again = engine.connect().ok();
            again.is_some()
        });
        engine.client = again?;
        self.status()
    }

    fn unlock(&mut self) -> Result<()> {
        let begun = Instant::now();
        let mut command = Command::new(program()?);
        let name = self.desktop.as_ref().context("no desktop")?.name.clone();
        command.env("DISPLAY", name).env_remove("XDG_SESSION_TYPE");
        self.engine = Some(start_with(command, &self.home)?);
        self.open.push(begun.elapsed().as_secs_f64() * 1_000.0);
        self.pid = self.status().map_or(0, |status| status.pid);
        Ok(())
    }

    fn lock(&mut self) -> Result<()> {
        let is_there = self.connected().is_some();
        let Some(mut engine) = self.engine.take() else {
            return Ok(());
        };
        let begun = Instant::now();
        let asked = engine.client.call(Request::Lock);
        if !is_there || asked.is_err() || !within(PATIENCE, || !engine.is_alive()) {
            self.outcome
                .lose("lock", format!("it does not end: {asked:?}"));
        }
        self.gone.push(begun.elapsed().as_secs_f64() * 1_000.0);
        Ok(())
    }

    fn kill(&mut self) -> Result<()> {
        let Some(status) = self.connected() else {
            self.outcome.lose("kill", "there is no engine");
            return Ok(());
        };
        let begun = Instant::now();
        // SAFETY: a signal to a process that belongs to this run.
        unsafe { libc::kill(status.pid as i32, libc::SIGKILL) };
        let mut again = None;
        let engine = self.engine.as_mut().context("no engine")?;
        within(PATIENCE, || {
            let client = engine.connect().ok();
            let is_new = |client: &afterimage_engine::client::Client| {
                matches!(client.call(Request::Status),
                    Ok(Response::Status { status: new }) if new.pid != status.pid)
            };
            again = client.filter(is_new);
            again.is_some()
        });
        match again {
            Some(client) => engine.client = client,
            None => self.outcome.lose("kill", "it is not back"),
        }
        self.pid = self.status().map_or(0, |status| status.pid);
        self.back.push(begun.elapsed().as_secs_f64() * 1_000.0);
        Ok(())
    }

    fn lose_the_screen(&mut self, options: &Options) -> Result<()> {
        let name = self.desktop.take().context("no desktop")?.name.clone();
        std::thread::sleep(Duration::from_secs(5));
        let before = self.status().and_then(|status| status.last_look);
        self.desktop = Some(Desktop::start(
            Some(&name),
            options.seed + 1,
            &self.switches,
        )?);
        let is_back = within(PATIENCE, || {
            self.status()
                .is_some_and(|status| status.last_look > before)
        });
        if !is_back {
            self.outcome
                .lose("screen", "it does not look after its return");
        }
        Ok(())
    }

    fn passed_over_on_the_timeline(&self) -> Option<u32> {
        let range = TimeRange {
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(i64::MAX / 2),
        };
        let client = &self.engine.as_ref()?.client;
        let Ok(Response::Timeline { gaps, .. }) =
            client.call(Request::Timeline { range, limit: 1 })
        else {
            return None;
        };
        let is_ours = |gap: &&Gap| gap.reason == GapReason::Overload;
        Some(gaps.iter().filter(is_ours).map(|gap| gap.count).sum())
    }

    /// The figures, and whether the engine grew.
    fn tell(&mut self, half: Duration, said: &Shared) {
        let quiet: Vec<Sample> = self
            .samples
            .iter()
            .filter(|sample| sample.at > half / WARM_UP && sample.at < half)
            .copied()
            .collect();
        let (Some(first), Some(last)) = (quiet.first().copied(), quiet.last().copied()) else {
            self.outcome.lose("samples", "there are none");
            return;
        };
        let mega = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let growth = slope(&quiet, |sample| mega(sample.memory));
        let most = |value: fn(&Sample) -> u64| quiet.iter().map(value).max().unwrap_or(0);
        let descriptors: Vec<u64> = quiet
            .iter()
            .filter_map(|sample| sample.descriptors)
            .collect();
        let spread = descriptors.iter().max().zip(descriptors.iter().min());
        let log = self
            .samples
            .iter()
            .map(|sample| sample.log)
            .max()
            .unwrap_or(0);
        let cores = (last.busy - first.busy).as_secs_f64() / (last.at - first.at).as_secs_f64();
        let said = locked(said);
        let mut look_ups: Vec<f64> = said
            .look_ups
            .iter()
            .filter(|(begun, _)| begun.duration_since(self.begun) < half)
            .map(|(_, took)| *took)
            .collect();
        let (median, slow) = (part(&mut look_ups, 0.5), part(&mut look_ups, 0.95));
        let top = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        self.outcome.notes.extend([
            format!(
                "quiet half, after a third of it: memory {:.0} to {:.0} MiB (most {:.0}, with files {:.0}), slope {growth:+.1} MiB/h",
                mega(first.memory), mega(last.memory), mega(most(|s| s.memory)), mega(most(|s| s.resident)),
            ),
            format!(
                "descriptors {spread:?} (most, least), threads at most {}, {cores:.2} processors busy, {} wait to be thought about at the end of it",
                most(|s| s.threads), last.waiting,
            ),
            format!("database log at most {:.1} MiB in all; {} frames passed over, as on the timeline", mega(log), self.passed_over),
            format!("a look-up took {median:.0} ms (median), {slow:.0} ms (p95); {} looked up, {} answers, {} calls without an answer", said.look_ups.len(), said.answers, said.unanswered),
            format!("{} kills, back after {:.1} s at most; {} locks, gone after {:.1} s at most; open after {:.1} s at most", self.back.len(), top(&self.back) / 1e3, self.gone.len(), top(&self.gone) / 1e3, top(&self.open) / 1e3),
        ]);
        if growth > MOST_GROWTH && last.at - first.at >= LEAST_QUIET {
            self.outcome
                .lose("memory", format!("it grows by {growth:.0} MiB an hour"));
        }
        if spread.is_some_and(|(most, least)| most - least > MOST_DESCRIPTORS) {
            self.outcome.lose("descriptors", format!("{spread:?}"));
        }
        if log > MOST_LOG {
            self.outcome.lose("log", format!("{log} bytes"));
        }
    }

    /// Everything that lies in the profile, read by the store itself.
    fn what_is_kept(&mut self, said: &Shared) -> Result<()> {
        let opened = reopen(&self.home, &passphrase())?;
        let view = opened.readers.begin()?;
        people::compare(&view, &locked(said), &mut self.outcome)?;
        let Kept {
            frames,
            texts,
            painted_over,
        } = look_through(&view, &mut self.outcome)?;
        let switches = self.switches.load(Ordering::Relaxed);
        self.outcome.notes.push(format!(
            "{switches} switches of windows; {frames} frames and {texts} texts were kept and looked through, something was painted over in {painted_over}"
        ));
        if painted_over == 0 {
            self.outcome
                .lose("frames", "no private window was ever there");
        }
        Ok(())
    }
}

/// How much there is.
#[derive(Default)]
struct Kept {
    frames: usize,
    texts: usize,
    /// Frames from which a window was left out.
    painted_over: usize,
}

/// What the pictures and texts show of private windows is lost.
fn look_through(view: &ReadTxn<'_>, outcome: &mut Outcome) -> Result<Kept> {
    let mut kept = Kept::default();
    for quarter in view.quarters()? {
        let range = TimeRange {
            from: quarter.from,
            to: quarter.from.plus_seconds(900),
        };
        for frame in view.timeline(range, u32::MAX)?.frames {
            kept.frames += 1;
            let place = format!("frame {}", frame.id);
            for size in [PictureSize::Thumbnail, PictureSize::Full] {
                let picture = view.picture(frame.id, size)?;
                if picture.is_some_and(|picture| is_private(&picture.bytes)) {
                    outcome.lose(
                        &place,
                        format!("its {size:?} picture shows a private window"),
                    );
                }
            }
            let Some(seen) = view.frame(frame.id)? else {
                continue;
            };
            kept.painted_over += usize::from(!seen.masks.is_empty());
            kept.texts += seen.texts.len();
            let titles = seen.windows.iter().map(|window| &window.title);
            let texts = seen.texts.iter().map(|text| &text.text);
            if titles
                .chain(texts)
                .any(|text| text.to_lowercase().contains(PRIVATE_WORD))
            {
                outcome.lose(&place, "its text is of a private window");
            }
        }
    }
    Ok(kept)
}

fn is_private(picture: &[u8]) -> bool {
    let Ok(picture) = image::load_from_memory(picture) else {
        return false;
    };
    let is_near = |pixel: &&image::Rgb<u8>| {
        let off = pixel.0.iter().zip(PRIVATE_COLOR);
        off.map(|(have, want)| have.abs_diff(want)).max() < Some(24)
    };
    picture.to_rgb8().pixels().filter(is_near).count() > PRIVATE_PIXELS
}
