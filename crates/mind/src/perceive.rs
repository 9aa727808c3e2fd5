//! Frame -> observations: what can be read in each window, secrets replaced, and which part of it is new.
//!
//! Only what changed is read again: the words of a window that has not moved are carried over from its last reading wherever the frame says
//! that nothing changed. Secrets are replaced before the text leaves this function, and their places are handed back to be painted over
//! before the picture is kept.

mod fresh;
mod regions;
mod window_text;

pub use window_text::{Shown, WindowText};

use crate::{
    document, redact,
    sites::{Site, Sites},
};
use afterimage_domain::{Frame, Observation, ObservationId, Origin, Rect, Trust, Window};
use afterimage_infer::{
    ocr::{Line, Ocr, OcrError},
    picture::{Image, PictureError},
};
use std::{collections::BTreeSet, sync::Arc};

/// What was read off one frame.
#[derive(Clone, Debug, Default)]
pub struct Perceived {
    /// One for each window that shows something new, front first.
    pub observations: Vec<Observation>,
    /// Words of secrets, relative to the picture. Paint them over before the picture is stored or shown.
    pub masks: Vec<Rect>,
    /// Which of the frame's windows show a site that is left out: nothing was observed in them. Paint them over, and keep no name of them.
    pub left_out: BTreeSet<usize>,
    /// What each window shows now; give it to the next call for this monitor's next frame.
    pub shown: Shown,
}

/// Why a frame was not read. The frame is lost; the next one is read whole if `shown` is given up too.
#[derive(Debug, thiserror::Error)]
pub enum PerceiveError {
    /// The picture cannot be looked at.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Its text cannot be read.
    #[error(transparent)]
    Read(#[from] OcrError),
}

/// Reads `frame`. `shown` is what [`Perceived::shown`] was for the frame before; [`Shown::default`] for the first one, and after frames
/// were left out, since [`Frame::changed`] counts from the frame before. `sites` are left out. `next_id` names the observations.
pub fn perceive(
    frame: &Frame,
    ocr: &Ocr,
    shown: &Shown,
    sites: &Sites,
    next_id: &mut dyn FnMut() -> ObservationId,
) -> Result<Perceived, PerceiveError> {
    let image = Image::new(
        frame.pixels.width(),
        frame.pixels.height(),
        frame.pixels.rgba(),
    )?;
    let regions = regions::to_read(frame, shown);
    let mut lines = Vec::new();
    for region in &regions {
        lines.extend(ocr.read_region(&image, regions::on_picture(region))?);
    }
    Ok(understand(frame, &regions, &lines, shown, sites, next_id))
}

/// The part of [`perceive`] after reading: `lines` were read in `regions`, everything else is as `shown`.
fn understand(
    frame: &Frame,
    regions: &[Rect],
    lines: &[Line],
    shown: &Shown,
    sites: &Sites,
    next_id: &mut dyn FnMut() -> ObservationId,
) -> Perceived {
    let mut perceived = Perceived::default();
    let mut observed = Vec::new();
    let mut pieces = window_text::by_window(lines, &frame.windows);
    for (at, window) in frame.windows.iter().enumerate() {
        let before = shown.of(&frame.monitor, window);
        let kept = before.map_or_else(Vec::new, |before| {
            window_text::kept(before, regions, at, &frame.windows)
        });
        let new = std::mem::take(&mut pieces[at]);
        let same = before.filter(|before| before.is_all_of(&kept, &new));
        let text = same.cloned().unwrap_or_else(|| {
            let mut text = window_text::read(window, kept, new);
            let known = shown.known(&frame.monitor, window);
            let fresh = fresh::lines(&text, known);
            text.remember(known);
            if fresh.contains(&true) {
                observed.push((at, observe(frame, window, &text, &fresh, next_id())));
            }
            Arc::new(text)
        });
        let is_left_out = match sites.site(window, &text.top_lines()) {
            Site::LeftOut => true,
            Site::Open => false,
            // The address bar may be covered, or hidden by a full screen.
            Site::Unknown => shown.was_left_out(&frame.monitor, window),
        };
        if is_left_out {
            perceived.left_out.insert(at);
        }
        perceived.masks.extend(text.secrets());
        perceived
            .shown
            .insert(&frame.monitor, window, text, is_left_out);
    }
    perceived.shown.keep_unseen(shown, &frame.monitor);
    let popups = popups_of(&frame.windows, &perceived.left_out);
    perceived.left_out.extend(popups);
    observed.retain(|(at, _)| !perceived.left_out.contains(at));
    perceived.observations = observed.into_iter().map(|(_, seen)| seen).collect();
    perceived
}

/// Menus and lists of suggestions in front of the windows in `left_out`: untitled, of the same program.
fn popups_of(windows: &[Window], left_out: &BTreeSet<usize>) -> Vec<usize> {
    let belongs = |popup: &Window, page: &Window| {
        let touches = popup.bounds.intersection(&page.bounds).is_some();
        popup.title.is_empty() && popup.pid == page.pid && touches
    };
    let found = windows
        .iter()
        .enumerate()
        .filter(|(_, popup)| left_out.iter().any(|page| belongs(popup, &windows[*page])));
    found.map(|(at, _)| at).collect()
}

fn observe(
    frame: &Frame,
    window: &Window,
    text: &WindowText,
    fresh: &[bool],
    id: ObservationId,
) -> Observation {
    let title = redact::redact(&window.title);
    let url = document::address(&window.app, &window.title, &text.top_lines())
        .map(|url| redact::redact(&url));
    Observation {
        id,
        at: frame.at,
        text: text.text(),
        words: text.words(),
        fresh: text.spans(fresh),
        trust: if document::is_editor(&window.app) && window.focused {
            Trust::OwnWindow
        } else {
            Trust::Screen
        },
        external_id: None,
        redactions: text.redactions()
            + (title.findings.len() + url.as_ref().map_or(0, |url| url.findings.len())) as u32,
        origin: Origin::Screen {
            frame: frame.id,
            app: window.app.clone(),
            title: title.text,
            url: url.map(|url| url.text),
            bounds: window.bounds,
        },
    }
}

#[cfg(test)]
mod tests;
