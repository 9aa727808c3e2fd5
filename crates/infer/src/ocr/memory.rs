//! What was read before, by the pixels it was read from.
//!
//! From one frame to the next most lines stay or only move, and reading a line costs a thousand times more than hashing its pixels.
//! Only in memory, never more than [`GENERATION`] lines twice, and gone with [`Memory::clear`].

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ink::Crop;
use super::recognize::Reading;
use crate::picture::Image;

/// Lines that are held before the oldest are let go: about thirty full screens, some megabytes of text.
const GENERATION: usize = 4096;

/// The pixels of a line, as a number that cannot be guessed from outside: its key is drawn at start.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pixels(u64);

#[derive(Default)]
pub(super) struct Memory {
    key: RandomState,
    lines: Mutex<Generations>,
}

/// When the young are too many they become the old, and the old are dropped; what is asked for is young again.
#[derive(Default)]
struct Generations {
    young: HashMap<Pixels, Reading>,
    old: HashMap<Pixels, Reading>,
}

impl Memory {
    /// What the recogniser would see of this crop.
    pub fn pixels(&self, image: &Image, crop: &Crop) -> Pixels {
        let mut hasher = self.key.build_hasher();
        hasher.write_u32(crop.rect.w);
        for y in crop.rect.y..crop.rect.bottom() {
            hasher.write(image.row(crop.rect.x, crop.row(y), crop.rect.w));
        }
        Pixels(hasher.finish())
    }

    pub fn recall(&self, pixels: Pixels) -> Option<Reading> {
        let mut lines = self.lines();
        if let Some(reading) = lines.young.get(&pixels) {
            return Some(reading.clone());
        }
        let reading = lines.old.remove(&pixels)?;
        lines.keep(pixels, reading.clone());
        Some(reading)
    }

    pub fn keep(&self, pixels: Pixels, reading: Reading) {
        self.lines().keep(pixels, reading);
    }

    pub fn clear(&self) {
        *self.lines() = Generations::default();
    }

    /// How many lines are held.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        let lines = self.lines();
        lines.young.len() + lines.old.len()
    }

    fn lines(&self) -> MutexGuard<'_, Generations> {
        // A panic elsewhere leaves whole entries behind, never half ones.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, pixels: Pixels, reading: Reading) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(pixels, reading);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(confidence: f32) -> Reading {
        Reading {
            confidence,
            ..Reading::default()
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_let_go() {
        let memory = Memory::default();
        memory.keep(Pixels(0), reading(0.5));
        memory.keep(Pixels(1), reading(0.6));
        for line in 2..3 * GENERATION as u64 {
            memory.keep(Pixels(line), reading(0.7));
            assert!(
                memory
                    .recall(Pixels(0))
                    .is_some_and(|reading| reading.confidence == 0.5)
            );
        }
        assert!(memory.recall(Pixels(1)).is_none());
        assert!(memory.len() <= 2 * GENERATION);
    }

    #[test]
    fn nothing_is_left_once_it_is_cleared() {
        let memory = Memory::default();
        memory.keep(Pixels(7), reading(0.9));
        memory.clear();
        assert!(memory.recall(Pixels(7)).is_none());
    }
}
