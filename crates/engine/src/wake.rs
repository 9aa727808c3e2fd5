//! Waking threads that have nothing to do: a bell each that rings until it is heard.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// One thread's bell. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Rings; when nobody waits, the next to wait does not wait at all.
    pub fn ring(&self) {
        let (rung, waiting) = &*self.0;
        *rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        waiting.notify_all();
    }

    /// Waits until it rings, or for so long. Whether it rang.
    pub fn wait(&self, most: Duration) -> bool {
        let (rung, waiting) = &*self.0;
        let rung = rung.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = waiting
            .wait_timeout_while(rung, most, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *rung)
    }
}

/// Everybody who has a bell.
#[derive(Clone, Default)]
pub struct Wakers {
    /// Looks at the screen.
    pub watching: Bell,
    /// Computes vectors.
    pub embedding: Bell,
    /// Looks for personal details.
    pub detailing: Bell,
    /// Thinks.
    pub thinking: Bell,
    /// Reads frames; it rings when what it remembers of the screen must be given up.
    pub forgetting: Bell,
}

impl Wakers {
    /// There may be something to do.
    pub fn all(&self) {
        for bell in [
            &self.watching,
            &self.embedding,
            &self.detailing,
            &self.thinking,
        ] {
            bell.ring();
        }
    }

    /// Something was forgotten, so nothing may be carried over from before.
    pub fn forgotten(&self) {
        self.forgetting.ring();
        self.all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_that_rang_before_is_heard_once() {
        let bell = Bell::default();
        bell.ring();
        assert!(bell.wait(Duration::ZERO));
        assert!(!bell.wait(Duration::ZERO));
    }
}
