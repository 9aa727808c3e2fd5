//! The reading thread: frames to observations, secrets painted over, and all of it into the encrypted spool. A frame is acknowledged there.

use crate::{
    api::{Code, Failure, Load},
    board::Board,
    clock,
    detailing::DetailModel,
    guard::guarded,
    models, picture, settings,
    task::{Reply, Task, ToWriter},
    wake::Bell,
};
use afterimage_capture::Preview;
use afterimage_domain::{
    Detail, Frame, FrameId, Observation, ObservationId, Painted, Pixels, Raw, Rect, Redactor, Span,
    TimeRange, Window, frame::Mask,
};
use afterimage_infer::classify::TokenClassifier;
use afterimage_infer::ocr::Ocr;
use afterimage_mind::{
    document::is_browser,
    perceive::{PerceiveError, Perceived, Shown, WindowText, perceive},
    redact::{Hiding, Rules},
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
    /// What would be recorded now, of which sites are to be left out as well. Nothing of it is kept.
    Preview {
        /// As the rules of windows let it through.
        previews: Vec<Preview>,
        /// With what shows a site painted over.
        reply: Reply<Vec<Preview>>,
    },
}

/// Secrets are painted over a little beyond their letters.
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
    details: Arc<DetailModel>,
    /// Where what is hidden stands in windows that did not change since.
    hidden: Vec<(Arc<WindowText>, Vec<Rect>)>,
}

/// What the user wants hidden besides secrets, and what finds it.
type Hidden = Option<(Arc<TokenClassifier>, Vec<Detail>)>;

impl Reader {
    /// A thread that will read into `spool`.
    pub fn new(
        board: Arc<Board>,
        to_writer: ToWriter,
        spool: Spool,
        forgetting: Bell,
        details: Arc<DetailModel>,
    ) -> Self {
        Self {
            board,
            to_writer,
            spool,
            forgetting,
            ocr: None,
            shown: Shown::default(),
            details,
            hidden: Vec::new(),
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
            Work::Preview { previews, reply } => {
                _ = reply.send(guarded(|| self.without_sites(previews)));
            }
        }
    }

    /// The same without what shows a site that is left out.
    fn without_sites(&mut self, previews: Vec<Preview>) -> Result<Vec<Preview>, Failure> {
        let sites = settings::sites(&self.board.settings())?;
        match sites.is_empty() {
            true => Ok(previews),
            false => previews
                .into_iter()
                .map(|preview| self.without_sites_on(preview, &sites))
                .collect(),
        }
    }

    /// Reads the browser windows of one monitor, and nothing else of it.
    fn without_sites_on(&mut self, preview: Preview, sites: &Sites) -> Result<Preview, Failure> {
        let mut frame = frame_of(preview);
        let windows = std::mem::take(&mut frame.windows).into_iter();
        let (browsers, others): (Vec<_>, Vec<_>) =
            windows.partition(|window| is_browser(&window.app));
        frame.windows = browsers;
        let perceived = match frame.windows.is_empty() {
            true => Perceived::default(),
            false => self.perceive(&frame, sites)?,
        };
        leave_out(&mut frame, &perceived, Vec::new(), sites);
        frame.windows.extend(others);
        Ok(Preview {
            monitor: frame.monitor,
            pixels: frame.pixels,
            windows: frame.windows,
            masks: frame.masks,
        })
    }

    /// What the user wants hidden; an error when it cannot be found, so that nothing is kept.
    fn hidden(&self) -> Result<Hidden, Failure> {
        let kinds = self.board.settings().hide_details;
        match kinds.is_empty() {
            true => Ok(None),
            false => Ok(Some((self.details.get(&self.board)?, kinds))),
        }
    }

    /// Where it stands on a frame.
    fn hidden_places(
        &mut self,
        frame: &Frame,
        perceived: &Perceived,
        hiding: &Hiding<'_>,
    ) -> Vec<Rect> {
        let before = std::mem::take(&mut self.hidden);
        for text in perceived.shown.texts(frame) {
            let known = before.iter().find(|(known, _)| Arc::ptr_eq(known, text));
            let places = known.map_or_else(
                || text.places(|text| spans(hiding, text)),
                |(_, places)| places.clone(),
            );
            self.hidden.push((text.clone(), places));
        }
        let places = self.hidden.iter().flat_map(|(_, places)| places);
        places.copied().collect()
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
        let hidden = self.hidden()?;
        let perceived = self.perceive(&frame, &sites)?;
        leave_out(&mut frame, &perceived, aside, &sites);
        if frame.windows.is_empty() && frame.masks.iter().any(is_site) {
            self.shown = perceived.shown;
            return Ok(None);
        }
        let read_ms = begun.elapsed().as_millis() as u64;
        let hiding = hidden
            .as_ref()
            .map(|(model, kinds)| Hiding { model, kinds });
        let mut secrets = perceived.masks.clone();
        if let Some(hiding) = &hiding {
            secrets.extend(self.hidden_places(&frame, &perceived, hiding));
        }
        let redactor: &dyn Redactor = match &hiding {
            Some(hiding) => hiding,
            None => &Rules,
        };
        let clean = |seen: &Observation| Raw::new(seen.clone()).clean(redactor);
        let observations: Vec<_> = perceived.observations.iter().map(clean).collect();
        let texts = observations.len();
        let tasks = Tasks {
            embed: true,
            absorb: self.board.settings().absorb,
        };
        let frame = painted(frame, &secrets, load >= Load::Stricter)?;
        let frame = Raw::new(frame).clean(redactor);
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
            frame.pixels.fill(&window.bounds, Painted::<Pixels>::COLOR);
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
fn painted(frame: Frame, secrets: &[Rect], is_half: bool) -> Result<NewFrame, Failure> {
    let grown = secrets.iter().map(|secret| secret.grown(SECRET_MARGIN));
    let grown: Vec<Rect> = grown.collect();
    let secrets = grown.iter().map(|bounds| Mask {
        bounds: *bounds,
        reason: "secret".into(),
    });
    let (width, height) = (frame.pixels.width(), frame.pixels.height());
    let pictures = picture::encode(Painted::over(frame.pixels, &grown), is_half)?;
    Ok(NewFrame {
        id: frame.id,
        at: frame.at,
        monitor: frame.monitor,
        width,
        height,
        windows: frame.windows,
        masks: frame.masks.into_iter().chain(secrets).collect(),
        hash: frame.hash,
        thumbnail: Some(pictures.thumbnail),
        full: Some(pictures.full),
    })
}

/// Where a text holds what is hidden.
fn spans(hiding: &Hiding<'_>, text: &str) -> Vec<Span> {
    let details = hiding.details(text).into_iter();
    details.map(|secret| secret.span).collect()
}

/// A preview as a frame that is new all over.
fn frame_of(preview: Preview) -> Frame {
    let at = clock::now();
    let whole = Rect::new(0, 0, preview.pixels.width(), preview.pixels.height());
    Frame {
        id: FrameId(clock::id_at(at)),
        at,
        monitor: preview.monitor,
        monitor_bounds: whole,
        windows: preview.windows,
        masks: preview.masks,
        hash: 0,
        changed: vec![whole],
        pixels: preview.pixels,
    }
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
    use afterimage_domain::{Timestamp, id::uuid_v7};

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
