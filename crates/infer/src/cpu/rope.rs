//! The rotary position embedding.

use crate::shape::Shape;

/// Cosines and sines for every position of the context.
pub struct Rotation {
    /// `[context][head_width / 2]` of cosine and sine.
    turns: Vec<(f32, f32)>,
    speeds: Vec<f32>,
    interleaved: bool,
}

impl Rotation {
    /// The angles of a decoder; `factors` are those of its file, if it has any.
    pub fn new(shape: &Shape, factors: Option<&[f32]>) -> Rotation {
        Rotation::with(shape.rope_speeds(factors), shape.context, shape.interleaved)
    }

    /// Angles for `context` positions, from radians per position for each pair of a head.
    pub fn with(speeds: Vec<f32>, context: usize, interleaved: bool) -> Rotation {
        let turn = |position: usize| {
            let angle = move |speed: &f32| (position as f32 * speed).sin_cos();
            let turns = speeds.iter().map(angle);
            turns.map(|(sine, cosine)| (cosine, sine))
        };
        Rotation {
            turns: (0..context).flat_map(turn).collect(),
            interleaved,
            speeds,
        }
    }

    /// Turns the heads of a row, `[heads * head_width]`, to a position.
    pub fn turn(&self, row: &mut [f32], position: usize) {
        let half = self.speeds.len();
        let turns = &self.turns[position * half..][..half];
        for head in row.chunks_exact_mut(2 * half) {
            turn_head(self.interleaved, turns, head);
        }
    }

    /// Turns a head back by a number of positions.
    pub fn turn_back(&self, positions: usize) -> impl Fn(&mut [f32]) {
        let turn = move |speed: &f32| {
            let (sine, cosine) = (positions as f32 * speed).sin_cos();
            (cosine, -sine)
        };
        let turns: Vec<(f32, f32)> = self.speeds.iter().map(turn).collect();
        let interleaved = self.interleaved;
        move |head| turn_head(interleaved, &turns, head)
    }
}

fn turn_head(interleaved: bool, turns: &[(f32, f32)], head: &mut [f32]) {
    match interleaved {
        true => {
            let (pairs, _) = head.as_chunks_mut::<2>();
            for ([a, b], (cosine, sine)) in pairs.iter_mut().zip(turns) {
                (*a, *b) = (*a * cosine - *b * sine, *a * sine + *b * cosine);
            }
        }
        false => {
            let (low, high) = head.split_at_mut(turns.len());
            for ((a, b), (cosine, sine)) in low.iter_mut().zip(high).zip(turns) {
                (*a, *b) = (*a * cosine - *b * sine, *a * sine + *b * cosine);
            }
        }
    }
}
