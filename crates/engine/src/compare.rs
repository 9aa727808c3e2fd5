//! What of a picture is new: the capture thread's memory of the last kept picture of each monitor.

use afterimage_capture::{Compare, Difference};
use afterimage_domain::{Pixels, Rect};
use afterimage_infer::picture::{Fingerprint, Fingerprinter, Image, TILE, changed_tiles};
use std::collections::HashMap;

/// Fingerprints of pictures, by monitor.
#[derive(Default)]
pub struct Tiles {
    /// Opened with the first picture: before consent no graphics adapter is touched.
    fingerprinter: Option<Fingerprinter>,
    kept: HashMap<String, Fingerprint>,
    /// Compared last, and not kept yet.
    seen: HashMap<String, Fingerprint>,
    /// Small changes count as none until they add up.
    pub is_strict: bool,
}

/// Of a hundred tiles, so many may differ and count as none when it is hard to keep up: a clock, a cursor, a badge.
const SMALL_PERCENT: usize = 2;

impl Tiles {
    /// Forgets the picture of one monitor.
    pub fn forget_one(&mut self, monitor: &str) {
        self.kept.remove(monitor);
    }
}

impl Compare for Tiles {
    fn compare(&mut self, monitor: &str, pixels: &Pixels) -> Difference {
        let whole = Rect::new(0, 0, pixels.width(), pixels.height());
        let Ok(image) = Image::new(pixels.width(), pixels.height(), pixels.rgba()) else {
            // Too large or empty: whoever reads it says so.
            return Difference {
                hash: 0,
                changed: vec![whole],
            };
        };
        let fingerprinter = self.fingerprinter.get_or_insert_with(Fingerprinter::choose);
        let fingerprint = fingerprinter.fingerprint(&image);
        let changed = match self.kept.get(monitor) {
            Some(before) => {
                let tiles = changed_tiles(before, &fingerprint);
                match self.is_strict && is_small(tiles.len(), &whole) {
                    true => Vec::new(),
                    false => regions(&tiles, &whole),
                }
            }
            None => vec![whole],
        };
        let hash = fingerprint.hash;
        self.seen.insert(monitor.to_owned(), fingerprint);
        Difference { hash, changed }
    }

    fn remember(&mut self, monitor: &str) {
        if let Some(fingerprint) = self.seen.remove(monitor) {
            self.kept.insert(monitor.to_owned(), fingerprint);
        }
    }
}

fn is_small(tiles: usize, whole: &Rect) -> bool {
    let all = whole.width.div_ceil(TILE) as usize * whole.height.div_ceil(TILE) as usize;
    tiles * 100 < all * SMALL_PERCENT
}

/// Tiles, given row by row, as rectangles: neighbours in a row become one, and rows that are alike become one.
fn regions(tiles: &[(u32, u32)], whole: &Rect) -> Vec<Rect> {
    let mut regions: Vec<Rect> = Vec::new();
    let mut runs: Vec<Rect> = Vec::new();
    for (column, row) in tiles {
        let tile = Rect::new((column * TILE) as i32, (row * TILE) as i32, TILE, TILE);
        match runs
            .last_mut()
            .filter(|run| run.y == tile.y && run.right() == tile.x)
        {
            Some(run) => run.width += TILE,
            None => runs.push(tile),
        }
    }
    for run in runs {
        let above = regions.iter_mut().find(|region| {
            region.bottom() == run.y && region.x == run.x && region.width == run.width
        });
        match above {
            Some(region) => region.height += TILE,
            None => regions.push(run),
        }
    }
    regions
        .iter()
        .filter_map(|region| region.intersection(whole))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: u32, height: u32) -> Pixels {
        Pixels::new(width, height, vec![90; (width * height * 4) as usize]).unwrap()
    }

    #[test]
    fn only_what_changed_since_the_kept_picture_is_new() {
        let mut tiles = Tiles::default();
        let mut pixels = gray(100, 70);
        assert_eq!(
            tiles.compare("one", &pixels).changed,
            [Rect::new(0, 0, 100, 70)]
        );
        tiles.remember("one");
        assert!(tiles.compare("one", &pixels).changed.is_empty());
        pixels.fill(&Rect::new(70, 40, 10, 10), [255; 4]);
        let changed = [Rect::new(64, 32, 32, 32)];
        assert_eq!(tiles.compare("one", &pixels).changed, changed);
        assert_eq!(
            tiles.compare("one", &pixels).changed,
            changed,
            "it was not kept"
        );
        assert_eq!(tiles.compare("two", &pixels).changed.len(), 1);
    }

    #[test]
    fn f5_small_changes_count_when_they_have_added_up() {
        let mut tiles = Tiles::default();
        let mut pixels = gray(640, 640);
        tiles.compare("one", &pixels);
        tiles.remember("one");
        tiles.is_strict = true;
        // Of 400 tiles, eight are two in a hundred.
        for count in 1..=8 {
            pixels.fill(&Rect::new(64 * count, 64, 10, 10), [255; 4]);
            let is_new = !tiles.compare("one", &pixels).changed.is_empty();
            assert_eq!(is_new, count >= 8, "{count}");
        }
        tiles.remember("one");
        pixels.fill(&Rect::new(0, 300, 10, 10), [255; 4]);
        assert!(tiles.compare("one", &pixels).changed.is_empty());
        tiles.forget_one("one");
        assert_eq!(tiles.compare("one", &pixels).changed.len(), 1);
    }

    #[test]
    fn tiles_side_by_side_are_one_region_and_stay_on_the_picture() {
        let whole = Rect::new(0, 0, 100, 70);
        for (tiles, expected) in [
            (vec![], vec![]),
            (
                vec![(0, 0), (1, 0), (0, 1), (1, 1)],
                vec![Rect::new(0, 0, 64, 64)],
            ),
            (
                vec![(0, 0), (2, 0)],
                vec![Rect::new(0, 0, 32, 32), Rect::new(64, 0, 32, 32)],
            ),
            (vec![(3, 2)], vec![Rect::new(96, 64, 4, 6)]),
        ] {
            assert_eq!(regions(&tiles, &whole), expected);
        }
    }
}
