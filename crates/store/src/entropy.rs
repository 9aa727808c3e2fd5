//! Where random bytes come from. The caller decides, so that a test can repeat itself.

use std::sync::{Arc, Mutex};

/// A source of random bytes for keys, nonces, file names and ids. Clones draw from the same source.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<Fill>>);

type Fill = dyn FnMut(&mut [u8]) + Send;

impl Entropy {
    /// The operating system's.
    ///
    /// # Panics
    /// When drawn from on a machine without a random source; nothing could be encrypted there.
    pub fn system() -> Self {
        Self::from_fn(|out| {
            getrandom::fill(out).expect("the operating system has a random source");
        })
    }

    /// Any other; keys drawn from it are only as good as it is.
    pub fn from_fn(fill: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(fill)))
    }

    /// The next `N` bytes.
    pub(crate) fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let mut fill = self.0.lock().unwrap_or_else(|held| held.into_inner());
        fill(&mut bytes);
        drop(fill);
        bytes
    }

    /// A new id that sorts by creation time.
    pub(crate) fn id(&self, at: afterimage_domain::Timestamp) -> uuid::Uuid {
        afterimage_domain::id::uuid_v7(at, self.draw())
    }
}
