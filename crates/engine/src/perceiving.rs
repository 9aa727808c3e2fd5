//! The reading thread: frames to observations, secrets painted over, and all of it into the encrypted spool. A frame is acknowledged there.

use crate::{
    api::{Code, Failure, Load},
    board::Board,
    clock,
    guard::guarded,
    models, picture, settings,
    task::{Reply, Task, ToWriter},
    wake::Bell,
};
use afterimage_domain::{Frame, Observation, ObservationId, Raw, TimeRange, Window, frame::Mask};
use afterimage_infer::ocr::Ocr;
use afterimage_mind::{
    document::is_browser,
    perceive::{PerceiveError, Perceived, Shown, perceive},
    redact::Rules,
    sites::Sites,
};
use afterimage_store::{
    Gap, GapReason, Intake, NewFrame, Spool, Spooled, Taken, Tasks, TimelineFrame,
};
use std::{
    sync::{Arc, mpsc::Receiver},
    thread,
    time::{Duration, Instant},
};

/// Something to be read.
pub enum Work {
    /// A frame of the screen.
    Frame(Box<Frame>),
    /// A picture that a client gave.
    Picture {
        /// With one window over all of it.
        frame: Box<Frame>,
        /// What was stored.
        reply: Reply<Vec<Taken>>,
    },
}

/// Secrets are painted over in this colour.
const SECRET_COLOR: [u8; 4] = [24, 24, 27, 255];
/// And a little beyond their letters.
const SECRET_MARGIN: u32 = 2;

/// Why a window's part of the picture is painted over.
const SITE: &str = "excluded site";

/// The thread's state.
pub struct Reader {
    board: Arc<Board>,
    to_writer: ToWriter,
    spool: Spool,
    forgetting: Bell,
    ocr: Option<Ocr>,
    shown: Shown,
}

impl Reader {
    /// A thread that will read into `spool`.
    pub fn new(board: Arc<Board>, to_writer: ToWriter, spool: Spool, forgetting: Bell) -> Self {
        Self {
            board,
            to_writer,
            spool,
            forgetting,
            ocr: None,
            shown: Shown::default(),
        }
    }

    /// Reads until nobody has anything to read, or the engine is locked.
    pub fn run(mut self, work: &Receiver<Work>) {
        while let Ok(work) = work.recv() {
            if self.board.is_locking() {
                return;
            }
            self.read(work);
            self.board
                .note(|facts| facts.reading = facts.reading.saturating_sub(1));
        }
    }

    fn read(&mut self, work: Work) {
        match work {
            Work::Frame(frame) => {
                if self.forgetting.wait(Duration::ZERO) {
                    self.shown = Shown::default();
                }
                if !self.board.facts().consent {
                    // Taken back since the frame was taken.
                    return;
                }
                let trouble = guarded(|| self.keep(*frame)).err();
                if let Some(failure) = &trouble {
                    // The next frame must be read whole: this one was lost.
                    self.shown = Shown::default();
                    tracing::warn!(code = ?failure.code, "a frame was lost");
                }
                self.board.note(|facts| facts.trouble = trouble);
            }
            Work::Picture { frame, reply } => {
                let mut before = std::mem::take(&mut self.shown);
                let outcome = guarded(|| self.spool(*frame));
                std::mem::swap(&mut self.shown, &mut before);
                match outcome {
                    // All of it was a site that is left out.
                    Ok(None) => _ = reply.send(Ok(Vec::new())),
                    Ok(Some((spooled, frame))) => self.to_writer.tell(Task::RecordSpooled {
                        spooled,
                        frame,
                        reply: Some(reply),
                    }),
                    // Whoever asked may be gone.
                    Err(failure) => _ = reply.send(Err(failure)),
                }
            }
        }
    }

    fn keep(&mut self, frame: Frame) -> Result<(), Failure> {
        let (at, to) = (frame.at, frame.at.plus_seconds(1));
        let Some((spooled, frame)) = self.spool(frame)? else {
            self.to_writer.tell(Task::Gap(Gap {
                range: TimeRange { from: at, to },
                reason: GapReason::Excluded,
                count: 1,
            }));
            return Ok(());
        };
        self.to_writer.tell(Task::RecordSpooled {
            spooled,
            frame,
            reply: None,
        });
        Ok(())
    }

    /// Reads a frame and seals what may be kept of it; `None` when all it shows are sites that are left out.
    fn spool(&mut self, mut frame: Frame) -> Result<Option<(Spooled, TimelineFrame)>, Failure> {
        let begun = Instant::now();
        let load = self.board.facts().load;
        let sites = settings::sites(&self.board.settings())?;
        let aside = match load >= Load::Narrower {
            true => put_aside(&mut frame.windows),
            false => Vec::new(),
        };
        let perceived = self.perceive(&frame, &sites)?;
        leave_out(&mut frame, &perceived, aside, &sites);
        if frame.windows.is_empty() && frame.masks.iter().any(is_site) {
            self.shown = perceived.shown;
            return Ok(None);
        }
        let read_ms = begun.elapsed().as_millis() as u64;
        let clean = |seen: &Observation| Raw::new(seen.clone()).clean(&Rules);
        let observations: Vec<_> = perceived.observations.iter().map(clean).collect();
        let texts = observations.len();
        let tasks = Tasks {
            embed: true,
            absorb: self.board.settings().absorb,
        };
        let frame = Raw::new(painted(frame, &perceived, load >= Load::Stricter)?).clean(&Rules);
        let line = timeline_frame(&frame);
        let intake = Intake::new(Some(frame), observations, tasks);
        let spooled = self.spool.put(intake)?;
        self.shown = perceived.shown;
        let all_ms = begun.elapsed().as_millis() as u64;
        tracing::info!(read_ms, all_ms, texts, "frame read");
        Ok(Some((spooled, line)))
    }

    fn perceive(&mut self, frame: &Frame, sites: &Sites) -> Result<Perceived, Failure> {
        let ocr = match &self.ocr {
            Some(ocr) => ocr,
            None => self.ocr.insert(models::open_reader(threads())?),
        };
        let mut next = || ObservationId(clock::id_at(frame.at));
        perceive(frame, ocr, &self.shown, sites, &mut next).map_err(|error| match error {
            PerceiveError::Picture(error) => Failure::new(Code::TooLarge, error.to_string()),
            PerceiveError::Read(error) => Failure::new(Code::Internal, error.to_string()),
        })
    }
}

/// Half of the machine: the other half belongs to the user.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, |count| count.get().div_ceil(2))
}

/// Takes out all windows but the focused one; none when none is focused.
fn put_aside(windows: &mut Vec<Window>) -> Vec<Window> {
    match windows.iter().any(|window| window.focused) {
        true => windows.extract_if(.., |window| !window.focused).collect(),
        false => Vec::new(),
    }
}

/// Paints over what shows a site that is left out and takes those windows from the frame. Of the windows put `aside`, which were not read,
/// no browser can be judged, so that all go while any site is left out.
fn leave_out(frame: &mut Frame, perceived: &Perceived, aside: Vec<Window>, sites: &Sites) {
    let read = std::mem::take(&mut frame.windows).into_iter().enumerate();
    let read = read.map(|(at, window)| (perceived.left_out.contains(&at), window));
    let unread = aside
        .into_iter()
        .map(|window| (!sites.is_empty() && is_browser(&window.app), window));
    for (is_left_out, window) in read.chain(unread).collect::<Vec<_>>() {
        if is_left_out {
            // All of it, windows in front too: one of them may let it shine through.
            frame.pixels.fill(&window.bounds, SECRET_COLOR);
            frame.masks.push(Mask {
                bounds: window.bounds,
                reason: SITE.into(),
            });
        } else {
            frame.windows.push(window);
        }
    }
}

fn is_site(mask: &Mask) -> bool {
    mask.reason == SITE
}

/// The frame with its secrets painted over, as it is stored.
fn painted(mut frame: Frame, perceived: &Perceived, is_half: bool) -> Result<NewFrame, Failure> {
    let secrets = perceived.masks.iter().map(|secret| Mask {
        bounds: secret.grown(SECRET_MARGIN),
        reason: "secret".into(),
    });
    let secrets: Vec<Mask> = secrets.collect();
    for secret in &secrets {
        frame.pixels.fill(&secret.bounds, SECRET_COLOR);
    }
    let (width, height) = (frame.pixels.width(), frame.pixels.height());
    let (thumbnail, full) = picture::encode(frame.pixels, is_half)?;
    Ok(NewFrame {
        id: frame.id,
        at: frame.at,
        monitor: frame.monitor,
        width,
        height,
        windows: frame.windows,
        masks: frame.masks.into_iter().chain(secrets).collect(),
        hash: frame.hash,
        thumbnail: Some(thumbnail),
        full: Some(full),
    })
}

/// What subscribers are told of a frame.
fn timeline_frame(frame: &NewFrame) -> TimelineFrame {
    let focused = frame.windows.iter().find(|window| window.focused);
    let front = focused.or(frame.windows.first());
    TimelineFrame {
        id: frame.id,
        at: frame.at,
        app: front.map_or_else(String::new, |window| window.app.clone()),
        title: front.map_or_else(String::new, |window| window.title.clone()),
        monitor: frame.monitor.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_domain::{FrameId, Pixels, Rect, Timestamp, id::uuid_v7};

    const PAGE: Rect = Rect {
        x: 0,
        y: 0,
        width: 40,
        height: 30,
    };

    fn window(handle: u32, app: &str, bounds: Rect) -> Window {
        Window {
            handle,
            app: app.into(),
            title: "t".into(),
            pid: handle,
            bounds,
            focused: false,
        }
    }

    fn frame(windows: Vec<Window>) -> Frame {
        let at = Timestamp::default();
        Frame {
            id: FrameId(uuid_v7(at, [0; 10])),
            at,
            monitor: "one".into(),
            monitor_bounds: Rect::new(0, 0, 80, 60),
            windows,
            masks: vec![],
            pixels: Pixels::new(80, 60, vec![200; 80 * 60 * 4]).unwrap(),
            hash: 0,
            changed: vec![],
        }
    }

    fn handles(frame: &Frame) -> Vec<u32> {
        frame.windows.iter().map(|window| window.handle).collect()
    }

    #[test]
    fn w5_a_window_on_a_site_that_is_left_out_leaves_neither_pixels_nor_a_name() {
        let editor = window(2, "gedit", Rect::new(40, 0, 40, 60));
        let mut frame = frame(vec![window(1, "firefox", PAGE), editor]);
        let perceived = Perceived {
            left_out: [0].into(),
            ..Perceived::default()
        };
        leave_out(&mut frame, &perceived, vec![], &Sites::default());
        assert_eq!(handles(&frame), [2]);
        assert!(frame.masks.len() == 1 && is_site(&frame.masks[0]));
        let bright = frame.pixels.rgba().chunks(4).filter(|p| p[0] == 200);
        assert_eq!(bright.count(), 80 * 60 - 40 * 30);
    }

    #[test]
    fn w5_a_browser_that_is_not_read_cannot_be_judged_and_goes() {
        let aside = || vec![window(1, "firefox", PAGE), window(3, "gedit", PAGE)];
        let some = Sites::new(&["bank.example".to_owned()]).unwrap();
        for (sites, left) in [(Sites::default(), vec![2, 1, 3]), (some, vec![2, 3])] {
            let mut frame = frame(vec![window(2, "gedit", PAGE)]);
            leave_out(&mut frame, &Perceived::default(), aside(), &sites);
            assert_eq!(handles(&frame), left);
        }
    }
}
