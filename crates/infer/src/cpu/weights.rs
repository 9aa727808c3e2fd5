//! Memory for weights.

use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// Bytes that begin at a page, in huge pages where the system has them: a pass over the weights touches all of them, and
/// with pages of 4 KiB it would wait for their addresses.
pub struct Bytes(Memory);

enum Memory {
    Mapped(MmapMut),
    /// Small, or the system has no map to give.
    Plain(Vec<u8>),
}

/// Less than this is no huge page.
#[cfg(target_os = "linux")]
const HUGE: usize = 2 << 20;

impl Bytes {
    /// So many zeros.
    pub fn zeroed(size: usize) -> Bytes {
        match MmapMut::map_anon(size) {
            Ok(map) => {
                #[cfg(target_os = "linux")]
                if size >= HUGE {
                    // Without huge pages it is slower, nothing else.
                    let _ = map.advise(memmap2::Advice::HugePage);
                }
                Bytes(Memory::Mapped(map))
            }
            Err(_) => Bytes(Memory::Plain(vec![0; size])),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Memory::Mapped(map) => map,
            Memory::Plain(bytes) => bytes,
        }
    }
}

impl DerefMut for Bytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Memory::Mapped(map) => map,
            Memory::Plain(bytes) => bytes,
        }
    }
}
