//! The reading thread: frames to observations, secrets painted over, and all of it into the encrypted spool. A frame is acknowledged there.

use crate::{
    api::{Code, Failure, Load},
    board::Board,
    clock,
    guard::guarded,
    models, picture,
    task::{Reply, Task, ToWriter},
    wake::Bell,
};
use afterimage_domain::{Frame, Observation, ObservationId, Raw, Window, frame::Mask};
use afterimage_infer::ocr::Ocr;
use afterimage_mind::{
    perceive::{PerceiveError, Perceived, Shown, perceive},
    redact::Rules,
};
use afterimage_store::{Intake, NewFrame, Spool, Spooled, Taken, Tasks, TimelineFrame};
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
                    Ok((spooled, frame)) => self.to_writer.tell(Task::RecordSpooled {
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
        let (spooled, frame) = self.spool(frame)?;
        self.to_writer.tell(Task::RecordSpooled {
            spooled,
            frame,
            reply: None,
        });
        Ok(())
    }

    fn spool(&mut self, mut frame: Frame) -> Result<(Spooled, TimelineFrame), Failure> {
        let begun = Instant::now();
        let load = self.board.facts().load;
        let aside = match load >= Load::Narrower {
            true => put_aside(&mut frame.windows),
            false => Vec::new(),
        };
        let perceived = self.perceive(&frame)?;
        frame.windows.extend(aside);
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
        Ok((spooled, line))
    }

    fn perceive(&mut self, frame: &Frame) -> Result<Perceived, Failure> {
        let ocr = match &self.ocr {
            Some(ocr) => ocr,
            None => self.ocr.insert(models::open_reader(threads())?),
        };
        let mut next = || ObservationId(clock::id_at(frame.at));
        perceive(frame, ocr, &self.shown, &mut next).map_err(|error| match error {
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
