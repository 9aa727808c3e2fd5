//! What capture hands on: one masked picture of one monitor, and the windows that were on it.

use crate::{FrameId, Rect, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One masked picture of one monitor. A frame exists only after every excluded window on it has been painted over.
#[derive(Clone)]
pub struct Frame {
    /// Made by the caller of capture.
    pub id: FrameId,
    /// When the picture was taken.
    pub at: Timestamp,
    /// Name of the monitor, stable between frames.
    pub monitor: String,
    /// Where the monitor lies on the desktop, in pixels. Window bounds below are relative to its left top corner.
    pub monitor_bounds: Rect,
    /// The allowed windows that are visible on it, front first.
    pub windows: Vec<Window>,
    /// What was painted over, relative to the picture, and why.
    pub masks: Vec<Mask>,
    /// The picture, after masking.
    pub pixels: Pixels,
    /// Perceptual hash of the picture (64-bit difference hash).
    pub hash: u64,
    /// Regions that differ from the last frame of this monitor; the whole picture when there was none.
    pub changed: Vec<Rect>,
}

/// One window as the window system describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Window {
    /// Window system's number for it.
    pub handle: u32,
    /// Name of the program, e.g. `firefox`.
    pub app: String,
    /// Its title, may be empty.
    pub title: String,
    /// Process id, 0 when unknown.
    pub pid: u32,
    /// Bounds relative to the picture, in pixels.
    pub bounds: Rect,
    /// Whether it has the keyboard.
    pub focused: bool,
}

/// A part of the picture painted over before anybody could read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Mask {
    /// Where, relative to the picture.
    pub bounds: Rect,
    /// Why, in words for the user, e.g. `private window`.
    pub reason: String,
}

/// Pixels in memory: 4 bytes each (red, green, blue, alpha), rows from the top, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Pixels {
    /// `rgba` must hold exactly `width * height * 4` bytes; otherwise `None`.
    pub fn new(width: u32, height: u32, rgba: Vec<u8>) -> Option<Self> {
        let expected = (u64::from(width) * u64::from(height)).checked_mul(4)?;
        (rgba.len() as u64 == expected).then_some(Self {
            width,
            height,
            rgba,
        })
    }

    /// Pixels a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The bytes, `[height][width][4]`.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The bytes, given away.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// Paints the part of `area` that lies on the picture with one colour.
    pub fn fill(&mut self, area: &Rect, color: [u8; 4]) {
        let Some(area) = area.intersection(&Rect::new(0, 0, self.width, self.height)) else {
            return;
        };
        for y in area.y..area.bottom() {
            let start = (y as usize * self.width as usize + area.x as usize) * 4;
            for pixel in self.rgba[start..start + area.width as usize * 4].chunks_exact_mut(4) {
                pixel.copy_from_slice(&color);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_the_wrong_size_are_refused() {
        assert!(Pixels::new(2, 2, vec![0; 16]).is_some());
        assert!(Pixels::new(2, 2, vec![0; 15]).is_none());
        assert!(Pixels::new(u32::MAX, u32::MAX, vec![]).is_none());
    }

    #[test]
    fn filling_stays_inside_the_picture() {
        let mut pixels = Pixels::new(3, 2, vec![0; 24]).unwrap();
        pixels.fill(&Rect::new(2, -5, 10, 6), [9; 4]);
        let painted: Vec<_> = pixels.rgba().chunks(4).map(|p| p[0]).collect();
        assert_eq!(painted, [0, 0, 9, 0, 0, 0]);
    }
}
