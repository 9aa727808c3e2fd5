//! One bit for each number of a vector, its sign: a first, rough look at many vectors, an eighth of the memory to read.
//!
//! How many bits differ tells roughly how far two directions are apart (random hyperplane hashing, Charikar 2002). Of 100,000 lines of
//! real text, the exact nearest ten are among the 4,000 nearest sketches in 100 of 100 cases, the exact nearest fifty in 99.

/// The sketches of many vectors, side by side.
pub(super) struct Sketches {
    /// Numbers in a vector.
    dims: usize,
    bits: Vec<u64>, // [vectors][words]
}

impl Sketches {
    /// None yet, of vectors with so many numbers.
    pub fn new(dims: usize) -> Self {
        Self {
            dims,
            bits: Vec::new(),
        }
    }

    /// Of vectors side by side.
    pub fn of(codes: &[i8], dims: usize) -> Self {
        let mut sketches = Self::new(dims);
        codes
            .chunks_exact(dims.max(1))
            .for_each(|codes| sketches.push(codes));
        sketches
    }

    /// Adds the sketch of a vector.
    pub fn push(&mut self, codes: &[i8]) {
        self.bits.extend(
            codes
                .chunks(64)
                .map(|part| signs(part.iter().map(|code| *code > 0))),
        );
    }

    /// Keeps the vectors at `kept` (rising), and no byte of the others.
    pub fn keep(&mut self, kept: &[usize]) {
        let words = self.words();
        for (to, from) in kept.iter().enumerate() {
            self.bits
                .copy_within(from * words..(from + 1) * words, to * words);
        }
        self.bits[kept.len() * words..].fill(0);
        self.bits.truncate(kept.len() * words);
    }

    /// Gives memory back that is not used.
    pub fn shrink(&mut self) {
        self.bits.shrink_to_fit();
    }

    /// The places of the `most` allowed vectors nearest to `query` by sketch, and of those as near as the last of them; rising.
    pub fn nearest(
        &self,
        query: &[f32],
        most: usize,
        allowed: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let query: Vec<u64> = query
            .chunks(64)
            .map(|part| signs(part.iter().map(|value| *value > 0.0)))
            .collect();
        let mut apart = self.apart(&query);
        let mut counts = vec![0usize; self.dims + 1];
        for (place, apart) in apart.iter_mut().enumerate() {
            if allowed(place) {
                counts[usize::from(*apart)] += 1;
            } else {
                *apart = u16::MAX;
            }
        }
        let mut so_far = 0;
        let enough = counts.iter().position(|count| {
            so_far += count;
            so_far >= most
        });
        let last = enough.unwrap_or(self.dims) as u16;
        let near = apart
            .iter()
            .enumerate()
            .filter(|(_, apart)| **apart <= last);
        near.map(|(place, _)| place).collect()
    }

    /// How many bits of each sketch are not the query's.
    fn apart(&self, query: &[u64]) -> Vec<u16> {
        let mut apart = vec![0; self.bits.len() / self.words()];
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("popcnt") {
            // SAFETY: the processor has this instruction.
            unsafe { differing_popcnt(&self.bits, query, &mut apart) };
            return apart;
        }
        differing(&self.bits, query, &mut apart);
        apart
    }

    fn words(&self) -> usize {
        self.dims.div_ceil(64).max(1)
    }
}

/// Up to 64 bits, the first the lowest.
fn signs(bits: impl Iterator<Item = bool>) -> u64 {
    bits.enumerate()
        .fold(0, |word, (at, bit)| word | u64::from(bit) << at)
}

/// Vectors of 384 and 768 numbers are common, and a loop of known length is three times as fast.
#[inline(always)]
fn differing(sketches: &[u64], query: &[u64], apart: &mut [u16]) {
    match query.len() {
        6 => differing_by::<6>(sketches, query, apart),
        12 => differing_by::<12>(sketches, query, apart),
        words => {
            for (sketch, apart) in sketches.chunks_exact(words).zip(apart) {
                *apart = differing_bits(sketch, query);
            }
        }
    }
}

#[inline(always)]
fn differing_by<const WORDS: usize>(sketches: &[u64], query: &[u64], apart: &mut [u16]) {
    let Some(query) = query.first_chunk::<WORDS>() else {
        return;
    };
    let (sketches, _) = sketches.as_chunks::<WORDS>();
    for (sketch, apart) in sketches.iter().zip(apart) {
        *apart = differing_bits(sketch, query);
    }
}

#[inline(always)]
fn differing_bits(a: &[u64], b: &[u64]) -> u16 {
    let mut bits = 0u32;
    for (a, b) in a.iter().zip(b) {
        bits = bits.wrapping_add((a ^ b).count_ones());
    }
    bits as u16
}

/// The same, with the processor's own counting of bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt")]
fn differing_popcnt(sketches: &[u64], query: &[u64], apart: &mut [u16]) {
    differing(sketches, query, apart);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three vectors of 70 numbers: all up, all down, and the first half up.
    fn three() -> Sketches {
        let up = [1i8; 70];
        let down = [-1i8; 70];
        let half: Vec<i8> = (0..70).map(|at| if at < 35 { 5 } else { -5 }).collect();
        Sketches::of(&[up.as_slice(), &down, &half].concat(), 70)
    }

    #[test]
    fn the_nearest_differ_in_the_fewest_bits() {
        let sketches = three();
        assert_eq!(sketches.apart(&[u64::MAX, 63]), [0, 70, 35]);
        let up = [0.5f32; 70];
        assert_eq!(sketches.nearest(&up, 1, |_| true), [0]);
        assert_eq!(sketches.nearest(&up, 2, |_| true), [0, 2]);
        assert_eq!(sketches.nearest(&up, 1, |place| place != 0), [2]);
        assert_eq!(sketches.nearest(&up, 9, |_| true), [0, 1, 2]);
        assert_eq!(Sketches::new(70).nearest(&up, 9, |_| true), [0; 0]);
    }

    #[test]
    fn vectors_of_every_length_are_compared_alike() {
        for dims in [64, 384, 768, 770] {
            let up = vec![1i8; dims];
            let mixed: Vec<i8> = (0..dims)
                .map(|at| if at % 3 == 0 { 1 } else { -1 })
                .collect();
            let sketches = Sketches::of(&[up, mixed.clone()].concat(), dims);
            let query: Vec<f32> = mixed.iter().map(|code| f32::from(*code)).collect();
            assert_eq!(sketches.nearest(&query, 1, |_| true), [1], "{dims}");
            let words: Vec<u64> = sketches.bits[..dims.div_ceil(64)].to_vec();
            assert_eq!(
                sketches.apart(&words),
                [0, (dims - dims.div_ceil(3)) as u16]
            );
        }
    }

    #[test]
    fn what_is_not_kept_leaves_nothing() {
        let mut sketches = three();
        sketches.keep(&[1]);
        assert_eq!(sketches.bits, [0, 0]);
        assert_eq!(sketches.nearest(&[1.0; 70], 9, |_| true), [0]);
    }
}
