//! What of a rectangle can be seen when others lie in front of it.

use afterimage_domain::Rect;

/// The parts of `area` that none of `covers` covers, as rectangles that do not overlap.
pub(crate) fn uncovered(area: Rect, covers: &[Rect]) -> Vec<Rect> {
    let mut parts = vec![area];
    for cover in covers {
        parts = parts.iter().flat_map(|part| without(part, cover)).collect();
    }
    parts
}

/// `part` minus `cover`: at most four rectangles around the hole.
fn without(part: &Rect, cover: &Rect) -> Vec<Rect> {
    let Some(hole) = part.intersection(cover) else {
        return vec![*part];
    };
    let between = |from: i32, to: i32| (to - from).max(0) as u32;
    [
        Rect::new(part.x, part.y, part.width, between(part.y, hole.y)),
        Rect::new(
            part.x,
            hole.bottom(),
            part.width,
            between(hole.bottom(), part.bottom()),
        ),
        Rect::new(part.x, hole.y, between(part.x, hole.x), hole.height),
        Rect::new(
            hole.right(),
            hole.y,
            between(hole.right(), part.right()),
            hole.height,
        ),
    ]
    .into_iter()
    .filter(|rect| !rect.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rect() -> impl Strategy<Value = Rect> {
        (-5i32..15, -5i32..15, 0u32..12, 0u32..12).prop_map(|(x, y, w, h)| Rect::new(x, y, w, h))
    }

    proptest! {
        #[test]
        fn a_pixel_is_uncovered_exactly_when_no_cover_has_it(area in rect(), covers in prop::collection::vec(rect(), 0..5)) {
            let parts = uncovered(area, &covers);
            for x in -6..30 {
                for y in -6..30 {
                    let expected = area.contains(x, y) && !covers.iter().any(|cover| cover.contains(x, y));
                    let owners = parts.iter().filter(|part| part.contains(x, y)).count();
                    prop_assert_eq!(owners, usize::from(expected), "pixel {} {}", x, y);
                }
            }
        }
    }
}
