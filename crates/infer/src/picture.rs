//! Pictures of screens: the borrowed pixels everything here starts from, and their fingerprints.

pub mod cpu;
mod fingerprint;
pub mod gpu;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use fingerprint::{Fingerprint, TILE, Tile, changed_tiles, hamming};
pub use gpu::{Fingerprinter, GpuFingerprints};

/// Pictures of more pixels than this are refused: 64 megapixels is four 4K monitors twice over, and its RGBA is 256 MB.
pub const LARGEST_PICTURE: u64 = 64 * 1024 * 1024;

/// Eight-bit RGBA pixels borrowed from the caller, row by row, top left first. Never empty, never above
/// [`LARGEST_PICTURE`]. Alpha is ignored: a screen is opaque.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    width: u32,
    height: u32,
    rgba: &'a [u8],
}

impl<'a> Image<'a> {
    /// Checks the size once, so that nobody has to later. `rgba` is `width * height * 4` bytes.
    pub fn new(width: u32, height: u32, rgba: &'a [u8]) -> Result<Self, PictureError> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            return Err(PictureError::Empty { width, height });
        }
        if pixels > LARGEST_PICTURE {
            return Err(PictureError::TooLarge { width, height });
        }
        if rgba.len() as u64 != pixels * 4 {
            return Err(PictureError::WrongLength {
                width,
                height,
                bytes: rgba.len(),
            });
        }
        Ok(Self {
            width,
            height,
            rgba,
        })
    }

    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, four bytes each.
    pub fn rgba(&self) -> &'a [u8] {
        self.rgba
    }

    /// The whole picture as a rectangle.
    pub fn bounds(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            w: self.width,
            h: self.height,
        }
    }

    /// Row `y` between the columns `x` and `x + w`, four bytes per pixel.
    pub(crate) fn row(&self, x: u32, y: u32, w: u32) -> &'a [u8] {
        let start = (y as usize * self.width as usize + x as usize) * 4;
        &self.rgba[start..start + w as usize * 4]
    }
}

/// A rectangle in pixels of the picture it was found in; `x + w` and `y + h` are just outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

impl Rect {
    /// First column to the right of it.
    pub fn right(&self) -> u32 {
        self.x.saturating_add(self.w)
    }

    /// First row below it.
    pub fn bottom(&self) -> u32 {
        self.y.saturating_add(self.h)
    }

    /// The part both cover, if any.
    pub fn intersection(&self, other: &Rect) -> Option<Rect> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (
            self.right().min(other.right()),
            self.bottom().min(other.bottom()),
        );
        (right > x && bottom > y).then(|| Rect {
            x,
            y,
            w: right - x,
            h: bottom - y,
        })
    }

    /// The smallest rectangle around both.
    pub fn union(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (
            self.right().max(other.right()),
            self.bottom().max(other.bottom()),
        );
        Rect {
            x,
            y,
            w: right - x,
            h: bottom - y,
        }
    }
}

/// Why pixels are not a picture.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PictureError {
    /// There is nothing to look at.
    #[error("the picture is empty ({width} x {height} pixels)")]
    Empty {
        /// As given.
        width: u32,
        /// As given.
        height: u32,
    },
    /// More pixels than [`LARGEST_PICTURE`]; scale it down or cut it up first.
    #[error(
        "the picture is too large: {width} x {height} pixels; at most 64 megapixels are read, so scale it down or cut it into parts"
    )]
    TooLarge {
        /// As given.
        width: u32,
        /// As given.
        height: u32,
    },
    /// The bytes do not fit the size that came with them.
    #[error(
        "the picture is broken: {width} x {height} pixels of RGBA do not fit into {bytes} bytes"
    )]
    WrongLength {
        /// As given.
        width: u32,
        /// As given.
        height: u32,
        /// What was there.
        bytes: usize,
    },
}
