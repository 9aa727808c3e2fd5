//! What was sealed opens as it was with its own key and its own name, and otherwise not at all. A key file opens with the keys that were
//! wrapped, whatever was done to it, or not at all.

#![no_main]

use std::sync::LazyLock;

use afterimage_store::fuzzing::{
    KeyFile, respool, seal_file, seal_value, unseal_file, unseal_value,
};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    File(Sealed<'a>),
    Value(Sealed<'a>, &'a [u8]),
    /// Bytes that nobody sealed.
    Strange([u8; 32], &'a [u8]),
    /// What a file of the spool holds once its seal is open.
    Spool(&'a [u8]),
    KeyFile(&'a str),
    /// The key file, with bytes of it changed.
    Changed(Vec<(u16, u8)>),
    Code(&'a str),
}

/// What is sealed, how often over, and what is done to it afterwards.
#[derive(Debug, Arbitrary)]
struct Sealed<'a> {
    key: [u8; 32],
    nonce: [u8; 24],
    content: &'a [u8],
    times: u16,
    changes: Vec<Change>,
}

#[derive(Debug, Arbitrary)]
enum Change {
    Flip(u32, u8),
    Cut(u32),
    Repeat(u32, u32),
    Swap(u32, u32),
    Key(u8, u8),
    Name,
}

static KEY_FILE: LazyLock<KeyFile> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    KeyFile::write(folder.path())
});

/// Three chunks and something.
const MOST: usize = 200 << 10;
/// A chunk with its tag.
const CHUNK: usize = (64 << 10) + 16;

fuzz_target!(|input: Input| match input {
    Input::File(sealed) => sealed.check(
        |prefix, plain| seal_file(
            sealed.key,
            prefix[..19].try_into().expect("19 bytes"),
            plain
        ),
        |key, file, _| unseal_file(key, file),
    ),
    Input::Value(sealed, about) => sealed.check(
        |nonce, plain| seal_value(sealed.key, nonce, about, plain),
        |key, value, is_named| {
            let other = [about, b"?"].concat();
            unseal_value(key, if is_named { about } else { &other }, value)
        },
    ),
    Input::Strange(key, bytes) => {
        assert!(unseal_file(key, bytes).is_none());
        assert!(unseal_value(key, b"", bytes).is_none());
    }
    Input::Spool(bytes) => {
        if let Some(written) = respool(bytes) {
            assert_eq!(respool(&written).as_ref(), Some(&written));
        }
    }
    Input::KeyFile(text) => {
        KEY_FILE.open(text);
    }
    Input::Changed(changes) => {
        let mut text = KEY_FILE.text.clone().into_bytes();
        for (at, byte) in &changes {
            let at = usize::from(*at) % text.len();
            text[at] = *byte;
        }
        let opened = std::str::from_utf8(&text).map_or(0, |text| KEY_FILE.open(text));
        assert!(!changes.is_empty() || opened == 2, "it is as it was");
    }
    Input::Code(typed) => {
        assert!(!KEY_FILE.open_with(typed), "the code was guessed");
    }
});

impl Sealed<'_> {
    fn check(
        &self,
        seal: impl Fn([u8; 24], &[u8]) -> Vec<u8>,
        unseal: impl Fn([u8; 32], &[u8], bool) -> Option<Vec<u8>>,
    ) {
        let times = usize::from(self.times).min(MOST / self.content.len().max(1));
        let plain = self.content.repeat(times);
        let sealed = seal(self.nonce, &plain);
        let (mut file, mut key, mut is_named) = (sealed.clone(), self.key, true);
        for change in &self.changes {
            change.make(&mut file, &mut key, &mut is_named);
        }
        let opened = unseal(key, &file, is_named);
        match (file == sealed, key == self.key) {
            (true, true) if is_named => assert_eq!(opened.as_ref(), Some(&plain)),
            // A file has no name beside its key.
            _ => assert!(
                opened.is_none_or(|opened| opened == plain && file == sealed && key == self.key)
            ),
        }
    }
}

impl Change {
    fn make(&self, file: &mut Vec<u8>, key: &mut [u8; 32], is_named: &mut bool) {
        let place = |at: u32| at as usize % file.len().max(1);
        match *self {
            _ if file.is_empty() => {}
            Change::Flip(at, bits) => {
                let at = place(at);
                file[at] ^= bits;
            }
            Change::Cut(at) => file.truncate(place(at)),
            Change::Repeat(from, length) => {
                let from = place(from);
                let end = from.saturating_add(length as usize % MOST).min(file.len());
                file.extend_from_within(from..end);
            }
            Change::Swap(one, other) => {
                let count = (file.len() - 19.min(file.len())) / CHUNK;
                if count > 1 {
                    let [one, other] = [one, other].map(|at| 19 + at as usize % count * CHUNK);
                    (0..CHUNK).for_each(|byte| file.swap(one + byte, other + byte));
                }
            }
            Change::Key(at, bits) => key[usize::from(at) % 32] ^= bits,
            Change::Name => *is_named = false,
        }
    }
}
