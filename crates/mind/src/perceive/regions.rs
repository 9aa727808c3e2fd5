//! Which parts of a frame have to be read again.

use super::Shown;
use afterimage_domain::{Frame, Rect};
use afterimage_infer::picture;

/// A changed region is read with this much around it: detectors want air around letters.
const MARGIN: u32 = 12;
/// More regions than this are read as one: each has a price of its own.
const MOST_REGIONS: usize = 6;
/// When this share of the picture has to be read, the whole is read.
const NEARLY_ALL: f64 = 0.6;

/// Regions of the picture that cover everything new, apart from each other, each line in one of them.
pub(super) fn to_read(frame: &Frame, shown: &Shown) -> Vec<Rect> {
    let picture = Rect::new(0, 0, frame.pixels.width(), frame.pixels.height());
    let mut regions = Vec::new();
    for window in &frame.windows {
        match shown.of(&frame.monitor, window) {
            Some(before) => regions.extend(frame.changed.iter().filter_map(|changed| {
                let changed = changed.grown(MARGIN).intersection(&window.bounds)?;
                Some(before.with_cut_lines(changed))
            })),
            None => regions.push(window.bounds),
        }
    }
    let regions = merged(
        regions
            .iter()
            .filter_map(|region| region.intersection(&picture))
            .collect(),
    );
    let area: u64 = regions.iter().map(Rect::area).sum();
    if area as f64 >= NEARLY_ALL * picture.area() as f64 {
        return vec![picture];
    }
    regions
}

/// Unions of those that overlap, until none do; of all when they are too many.
fn merged(mut regions: Vec<Rect>) -> Vec<Rect> {
    let mut apart: Vec<Rect> = Vec::new();
    while let Some(mut region) = regions.pop() {
        let (touching, rest): (Vec<_>, Vec<_>) = apart
            .into_iter()
            .partition(|other| other.intersection(&region).is_some());
        apart = rest;
        if touching.is_empty() {
            apart.push(region);
            continue;
        }
        touching
            .iter()
            .for_each(|other| region = region.union(other));
        regions.push(region);
    }
    if apart.len() > MOST_REGIONS {
        return vec![
            apart
                .iter()
                .fold(Rect::default(), |all, region| all.union(region)),
        ];
    }
    apart
}

/// The same rectangle in the reader's terms. It lies on the picture.
pub(super) fn on_picture(region: &Rect) -> picture::Rect {
    picture::Rect {
        x: region.x.max(0) as u32,
        y: region.y.max(0) as u32,
        w: region.width,
        h: region.height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_touch_become_one_and_chains_of_them_too() {
        let merged = merged(vec![
            Rect::new(0, 0, 10, 10),
            Rect::new(18, 0, 10, 10),
            Rect::new(9, 0, 10, 10),
            Rect::new(100, 0, 5, 5),
        ]);
        assert_eq!(merged.len(), 2);
        assert!(merged.contains(&Rect::new(0, 0, 28, 10)));
    }

    #[test]
    fn too_many_regions_become_one() {
        let many = (0..20).map(|n| Rect::new(n * 20, 0, 10, 10)).collect();
        assert_eq!(merged(many), [Rect::new(0, 0, 390, 10)]);
    }
}
