//! Rectangles in pixels.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A rectangle in pixels. `x` and `y` may be negative: windows hang over screen edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width; 0 is empty.
    pub width: u32,
    /// Height; 0 is empty.
    pub height: u32,
}

impl Rect {
    /// A rectangle from its left top corner and size.
    pub const fn new(x: i32, y: i32, width: u32, height: u32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// First column to the right of it.
    pub const fn right(&self) -> i32 {
        self.x.saturating_add_unsigned(self.width)
    }

    /// First row below it.
    pub const fn bottom(&self) -> i32 {
        self.y.saturating_add_unsigned(self.height)
    }

    /// Number of pixels.
    pub const fn area(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Whether it holds no pixel.
    pub const fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether the pixel (`x`, `y`) lies inside.
    pub const fn contains(&self, x: i32, y: i32) -> bool {
        x >= self.x && y >= self.y && x < self.right() && y < self.bottom()
    }

    /// What both cover; `None` when nothing.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (
            self.right().min(other.right()),
            self.bottom().min(other.bottom()),
        );
        (right > x && bottom > y).then(|| Self::new(x, y, (right - x) as u32, (bottom - y) as u32))
    }

    /// The smallest rectangle around both. An empty one adds nothing.
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (
            self.right().max(other.right()),
            self.bottom().max(other.bottom()),
        );
        Self::new(x, y, (right - x) as u32, (bottom - y) as u32)
    }

    /// Grown by `by` pixels on each side.
    pub fn grown(&self, by: u32) -> Self {
        let twice = by.saturating_mul(2);
        Self::new(
            self.x.saturating_sub_unsigned(by),
            self.y.saturating_sub_unsigned(by),
            self.width.saturating_add(twice),
            self.height.saturating_add(twice),
        )
    }

    /// Its centre, rounded towards the left top.
    pub const fn center(&self) -> (i32, i32) {
        (
            self.x.saturating_add_unsigned(self.width / 2),
            self.y.saturating_add_unsigned(self.height / 2),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_meet_where_both_are() {
        let a = Rect::new(0, 0, 10, 10);
        for (b, expected) in [
            (Rect::new(5, 5, 10, 10), Some(Rect::new(5, 5, 5, 5))),
            (Rect::new(10, 0, 5, 5), None),
            (Rect::new(-5, -5, 6, 6), Some(Rect::new(0, 0, 1, 1))),
        ] {
            assert_eq!(a.intersection(&b), expected);
        }
    }

    #[test]
    fn a_union_ignores_the_empty() {
        let a = Rect::new(3, 4, 5, 6);
        assert_eq!(a.union(&Rect::default()), a);
        assert_eq!(a.union(&Rect::new(0, 0, 1, 1)), Rect::new(0, 0, 8, 10));
    }
}
