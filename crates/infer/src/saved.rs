//! The bytes of a saved state: what made it, the tokens, the numbers, and a digest of it all.
//!
//! They say what was read and belong sealed. The digest tells damage from use, not tampering: that is the seal's task.

use sha2::{Digest, Sha256};

use crate::model::ModelError;
use crate::tokenizer::Token;

const DIGEST: usize = 32;

/// Packs the state of `tokens` in a backend and model described by `kind`.
pub(crate) fn pack(kind: &str, tokens: &[Token], state: Vec<u8>) -> Vec<u8> {
    let mut bytes = digest(kind.as_bytes()).to_vec();
    bytes.extend((tokens.len() as u64).to_le_bytes());
    bytes.extend(tokens.iter().flat_map(|token| token.to_le_bytes()));
    bytes.extend(state);
    let end = digest(&bytes);
    bytes.extend(end);
    bytes
}

/// The tokens and the state of what [`pack`] packed for the same `kind`.
pub(crate) fn unpack<'a>(
    kind: &str,
    saved: &'a [u8],
) -> Result<(Vec<Token>, &'a [u8]), ModelError> {
    let damaged = || ModelError::Saved("it is damaged".into());
    let (bytes, end) = saved.split_last_chunk::<DIGEST>().ok_or_else(damaged)?;
    if digest(bytes) != *end {
        return Err(damaged());
    }
    let (made_by, rest) = bytes.split_first_chunk::<DIGEST>().ok_or_else(damaged)?;
    if digest(kind.as_bytes()) != *made_by {
        return Err(ModelError::Saved("another model or device made it".into()));
    }
    let (count, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let count = usize::try_from(u64::from_le_bytes(*count)).map_err(|_| damaged())?;
    let (words, _) = rest.as_chunks::<4>();
    let tokens = words.get(..count).ok_or_else(damaged)?;
    let tokens = tokens
        .iter()
        .map(|word| Token::from_le_bytes(*word))
        .collect();
    Ok((tokens, &rest[4 * count..]))
}

fn digest(bytes: &[u8]) -> [u8; DIGEST] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_state_of_the_same_kind_comes_back() {
        let saved = pack("a", &[7, 8, 9], vec![1; 10]);
        assert_eq!(
            unpack("a", &saved).unwrap(),
            (vec![7, 8, 9], [1; 10].as_slice())
        );
        let refused = |kind: &str, bytes: &[u8], reason: &str| {
            let message = unpack(kind, bytes).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        };
        refused("b", &saved, "another model");
        for length in 0..saved.len() {
            refused("a", &saved[..length], "damaged");
        }
        for at in 0..saved.len() {
            let mut flipped = saved.clone();
            flipped[at] ^= 1;
            refused("a", &flipped, "damaged");
        }
    }
}
