//! Numbers that look random and are the same each time.

/// A stream of draws.
pub struct Dice(u64);

pub const WORD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub const WORD_DASH: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
pub const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
pub const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
pub const HEX: &str = "0123456789abcdef";
pub const DIGITS: &str = "0123456789";

impl Dice {
    /// The stream of one kind under a seed.
    pub fn new(seed: u64, kind: u64) -> Self {
        let mut dice = Self(seed ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        (0..4).for_each(|_| _ = dice.roll(2));
        dice
    }

    /// 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    /// `from` to `to`, both possible.
    pub fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.roll(to - from + 1)
    }

    /// One of them.
    pub fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.roll(from.len())]
    }

    /// `length` characters of an ASCII alphabet.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet.as_bytes()[self.roll(alphabet.len())]))
            .collect()
    }

    /// `length` digits, the first not 0.
    pub fn digits(&mut self, length: usize) -> String {
        let first = self.text("123456789", 1);
        first + &self.text(DIGITS, length - 1)
    }
}

/// Digits in groups of `by`.
pub fn grouped(text: &str, by: usize, separator: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(by)
        .map(String::from_iter)
        .collect::<Vec<_>>()
        .join(separator)
}
