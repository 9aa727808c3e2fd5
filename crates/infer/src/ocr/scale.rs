//! How far a picture is scaled down before lines are looked for.

use crate::picture::Rect;

/// The detector halves its input five times.
const STEP: u32 = 32;
/// The most pixels the detector is given: a 4K screen at the usual scale. Its memory grows with them, 70 bytes each.
const LARGEST_INPUT: f32 = 3_200_000.0;

/// Detector pixels per screen pixel; reading itself always uses the full picture.
#[derive(Clone, Copy, Debug)]
pub struct Scale(
    /// 0.1..=1
    pub f32,
);

impl Default for Scale {
    /// Measured on 1920 x 1080 pages of seven fonts at 11 to 16 px, light and dark. Below 0.5 small text is lost (characters right at 11 px:
    /// 85 % at 0.42, 98.5 % at 0.5), because boxes begin to cut letters and swallow the next line; from 0.58 on nothing more is gained
    /// (99.9 % at 0.58, 99.8 % at 0.67, 99.9 % at 1.0) and time grows with the square.
    fn default() -> Self {
        Self(0.6)
    }
}

impl Scale {
    /// Width and height of the detector's input for `region`.
    pub(super) fn fit(self, region: Rect) -> (usize, usize) {
        let pixels = region.w as f32 * region.h as f32;
        let scale = self.0.clamp(0.1, 1.0).min((LARGEST_INPUT / pixels).sqrt());
        let side = |length: u32| {
            ((length as f32 * scale / STEP as f32).round().max(1.0) as u32 * STEP) as usize
        };
        (side(region.w), side(region.h))
    }
}
