//! Where words of an observation stand on its picture.

use afterimage_domain::{Observation, Rect, Span, Word};

/// Boxes around the words of `span`, one for each stretch of a line; empty for what has no picture.
pub fn boxes(observation: &Observation, span: Span) -> Vec<Rect> {
    let mut boxes: Vec<Rect> = Vec::new();
    for Word { bounds, .. } in observation
        .words
        .iter()
        .filter(|word| word.span.overlaps(&span))
    {
        match boxes.last_mut().filter(|last| continues(last, bounds)) {
            Some(last) => *last = last.union(bounds),
            None => boxes.push(*bounds),
        }
    }
    boxes
}

/// Whether `next` goes on in the line of `last`: at the same height, not far behind.
fn continues(last: &Rect, next: &Rect) -> bool {
    let height = last.height.min(next.height) as i32;
    let common = last.bottom().min(next.bottom()) - last.y.max(next.y);
    let gap = next.x - last.right();
    2 * common > height && gap > -height && gap < 3 * height
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::screen;

    #[test]
    fn words_of_a_line_share_a_box_and_lines_have_their_own() {
        let mut observation = screen(0, "a", "t", "one two\nthree");
        let word = |start, end, x, y| Word {
            span: Span { start, end },
            bounds: Rect::new(x, y, 30, 10),
        };
        observation.words = vec![word(0, 3, 0, 0), word(4, 7, 40, 1), word(8, 13, 0, 20)];
        for (span, expected) in [
            (
                Span { start: 0, end: 13 },
                vec![Rect::new(0, 0, 70, 11), Rect::new(0, 20, 30, 10)],
            ),
            (Span { start: 5, end: 6 }, vec![Rect::new(40, 1, 30, 10)]),
            (Span { start: 3, end: 4 }, vec![]),
        ] {
            assert_eq!(boxes(&observation, span), expected);
        }
    }
}
