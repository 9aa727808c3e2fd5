//! Pictures as sealed files: one random key a file, chunks of 64 KiB, an end mark, a length padded to 4 KiB, a name that says nothing.
//!
//! ```text
//! prefix 19 B, random | chunk 0 | chunk 1 | … | last chunk         chunk = XChaCha20-Poly1305 of up to 64 KiB, tag 16 B
//! nonce of chunk i    = prefix | i (u32, big endian) | 1 for the last chunk, else 0
//! plain               = length (u64, little endian) | content | zeros up to a multiple of 4 KiB
//! ```
//! A file that was cut, lengthened, reordered or altered does not open.

use crate::{
    error::{Result, StoreError},
    keys::{self, Key},
};
use chacha20poly1305::{
    XNonce,
    aead::{Aead, Payload},
};

const CHUNK: usize = 64 << 10;
const TAG: usize = 16;
const PREFIX: usize = 19;
const PADDING: usize = 4 << 10;
const ABOUT: &[u8] = b"afterimage/picture/1";

/// Seals a file's content with a key used for nothing else.
pub(crate) fn seal(key: &Key, prefix: [u8; PREFIX], content: &[u8]) -> Vec<u8> {
    let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(content.len() + PADDING + 8));
    plain.extend((content.len() as u64).to_le_bytes());
    plain.extend(content);
    let padded = plain.len().next_multiple_of(PADDING);
    plain.resize(padded, 0);
    let cipher = keys::cipher(key);
    let last = plain.len().div_ceil(CHUNK) - 1;
    let mut sealed = prefix.to_vec();
    for (number, chunk) in plain.chunks(CHUNK).enumerate() {
        let payload = Payload {
            msg: chunk,
            aad: ABOUT,
        };
        let chunk = cipher
            .encrypt(&nonce(prefix, number, number == last), payload)
            .expect("a chunk is far below the cipher's limit");
        sealed.extend(chunk);
    }
    sealed
}

/// The content of what [`seal`] sealed.
pub(crate) fn unseal(key: &Key, sealed: &[u8]) -> Result<Vec<u8>> {
    open(key, sealed).ok_or(StoreError::Corrupt("picture"))
}

fn open(key: &Key, sealed: &[u8]) -> Option<Vec<u8>> {
    let (prefix, chunks) = sealed.split_first_chunk::<PREFIX>()?;
    let cipher = keys::cipher(key);
    let last = chunks.len().div_ceil(CHUNK + TAG).checked_sub(1)?;
    let mut plain = Vec::with_capacity(chunks.len());
    for (number, chunk) in chunks.chunks(CHUNK + TAG).enumerate() {
        let payload = Payload {
            msg: chunk,
            aad: ABOUT,
        };
        plain.extend(
            cipher
                .decrypt(&nonce(*prefix, number, number == last), payload)
                .ok()?,
        );
    }
    let (length, content) = plain.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    content.get(..length).map(<[u8]>::to_vec)
}

fn nonce(prefix: [u8; PREFIX], number: usize, last: bool) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..PREFIX].copy_from_slice(&prefix);
    nonce[PREFIX..23].copy_from_slice(&(number as u32).to_be_bytes());
    nonce[23] = u8::from(last);
    nonce.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_of_any_length_comes_back() {
        let key = Key::new([3; 32]);
        for length in [0, 1, 4088, 4089, CHUNK - 8, CHUNK - 7, CHUNK, 3 * CHUNK + 5] {
            let content: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let sealed = seal(&key, [1; PREFIX], &content);
            assert_eq!(unseal(&key, &sealed).unwrap(), content, "{length}");
        }
    }

    #[test]
    fn a_changed_file_does_not_open() {
        let key = Key::new([3; 32]);
        let sealed = seal(&key, [1; PREFIX], &vec![7; 3 * CHUNK]);
        let whole = CHUNK + TAG;
        let cut_at_a_chunk = sealed[..PREFIX + whole].to_vec();
        let mut swapped = sealed.clone();
        swapped[PREFIX..PREFIX + 2 * whole].rotate_left(whole);
        let mut longer = sealed.clone();
        longer.extend_from_slice(&sealed[PREFIX..PREFIX + whole]);
        let mut flipped = sealed.clone();
        flipped[PREFIX + whole] ^= 1;
        for (what, file) in [
            ("cut", cut_at_a_chunk),
            ("swapped", swapped),
            ("longer", longer),
            ("flipped", flipped),
            ("empty", Vec::new()),
            ("prefix only", sealed[..PREFIX].to_vec()),
        ] {
            assert!(unseal(&key, &file).is_err(), "{what}");
        }
        assert!(unseal(&Key::new([4; 32]), &sealed).is_err(), "other key");
    }
}
