//! The recovery code: 160 random bits that open a profile whose passphrase or keychain is lost, written so that people can copy them.
//!
//! ```text
//! 7K3M-Q9TD-0V2X-…   32 signs for 160 bits and 4 for a check, in groups of 4; Crockford's base 32: no I, L, O or U
//! ```

use crate::{
    entropy::Entropy,
    error::{Result, StoreError},
    keys::{self, Key},
};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Bytes of the code without its check.
const BYTES: usize = 20;
/// Signs of the check: 20 bits, so that one slip in a million passes.
const CHECK: usize = 4;
const SIGNS: usize = BYTES * 8 / 5 + CHECK;
const GROUP: usize = 4;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The bits of a recovery code; wiped when dropped.
pub(crate) struct RecoveryCode(Zeroizing<[u8; BYTES]>);

impl RecoveryCode {
    /// A new one.
    pub fn draw(entropy: &Entropy) -> Self {
        Self(Zeroizing::new(entropy.draw()))
    }

    /// What somebody typed: case, spaces and hyphens do not matter, and O, I and L are read as the digits they look like.
    ///
    /// # Errors
    /// [`StoreError::MistypedRecovery`] when it cannot be a code: too short, too long, or its check does not fit.
    pub fn read(typed: &str) -> Result<Self> {
        let typed = Zeroizing::new(typed.to_uppercase());
        let signs = typed
            .chars()
            .filter(|sign| !sign.is_whitespace() && *sign != '-');
        let values: Option<Zeroizing<Vec<u8>>> =
            signs.map(value).collect::<Option<_>>().map(Zeroizing::new);
        let values = values
            .filter(|values| values.len() == SIGNS)
            .ok_or(StoreError::MistypedRecovery)?;
        let mut code = Self(Zeroizing::default());
        for (byte, value) in code.0.iter_mut().zip(bytes_of(&values)) {
            *byte = value;
        }
        match code.check().eq(values[SIGNS - CHECK..].iter().copied()) {
            true => Ok(code),
            false => Err(StoreError::MistypedRecovery),
        }
    }

    /// The code as it is shown, once.
    pub fn shown(&self) -> SecretString {
        let values: Zeroizing<Vec<u8>> =
            Zeroizing::new(fives(self.0.as_slice()).chain(self.check()).collect());
        let mut text = String::with_capacity(SIGNS + SIGNS / GROUP);
        for (number, value) in values.iter().enumerate() {
            if number > 0 && number % GROUP == 0 {
                text.push('-');
            }
            text.push(ALPHABET[usize::from(*value)].into());
        }
        text.into()
    }

    /// A key for one use; the code is random, so nothing has to make guesses slow.
    pub fn derive(&self, profile: Uuid, label: &str) -> Key {
        keys::derive(self.0.as_slice(), profile, label)
    }

    fn check(&self) -> impl Iterator<Item = u8> {
        let mut digest = Sha256::new();
        digest.update(b"afterimage/recovery/1");
        digest.update(self.0.as_slice());
        fives(&digest.finalize())
            .take(CHECK)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// Five bits at a time, the highest first. The length is a multiple of 5, or the caller takes fewer.
fn fives(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..bytes.len() * 8 / 5)
        .map(move |group| (0..5).fold(0, |value, i| value << 1 | bit(group * 5 + i)))
}

/// Bytes again, without what does not fill one.
fn bytes_of(values: &[u8]) -> impl Iterator<Item = u8> {
    let bit = |at: usize| values[at / 5] >> (4 - at % 5) & 1;
    (0..values.len() * 5 / 8)
        .map(move |byte| (0..8).fold(0, |value, i| value << 1 | bit(byte * 8 + i)))
}

fn value(sign: char) -> Option<u8> {
    let sign = match sign {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET
        .iter()
        .position(|known| char::from(*known) == sign)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    fn code(bytes: [u8; BYTES]) -> RecoveryCode {
        RecoveryCode(Zeroizing::new(bytes))
    }

    #[test]
    fn k1_a_code_is_nine_groups_of_four_without_signs_that_look_alike() {
        let text = code([0xff; BYTES]).shown().expose_secret().to_owned();
        assert!(text.starts_with("ZZZZ-ZZZZ-"), "{text}");
        assert_eq!(text.split('-').count(), 9);
        assert!(!ALPHABET.iter().any(|sign| b"ILOU".contains(sign)));
    }

    proptest! {
        #[test]
        fn k1_what_is_shown_is_read_however_it_is_typed(bytes: [u8; BYTES], spaces in 0..3usize) {
            let shown = code(bytes).shown().expose_secret().to_owned();
            let typed = match spaces {
                0 => shown.to_lowercase().replace('-', " "),
                1 => shown.replace('0', "o").replace('1', "L").replace('-', ""),
                _ => format!(" {shown}\n"),
            };
            prop_assert_eq!(*RecoveryCode::read(&typed).unwrap().0, bytes);
        }

        #[test]
        fn k1_a_slip_is_told_from_a_wrong_code(bytes: [u8; BYTES], at in 0..SIGNS, other in 1..32u8) {
            let shown = code(bytes).shown().expose_secret().replace('-', "");
            let mut signs: Vec<char> = shown.chars().collect();
            let slipped = (value(signs[at]).unwrap() + other) % 32;
            signs[at] = ALPHABET[usize::from(slipped)].into();
            let slipped: String = signs.iter().collect();
            prop_assert!(matches!(RecoveryCode::read(&slipped), Err(StoreError::MistypedRecovery)));
            let short = &shown[1..];
            prop_assert!(RecoveryCode::read(short).is_err());
        }

        #[test]
        fn k1_no_text_is_too_odd_to_be_refused(text in ".{0,60}") {
            let _ = RecoveryCode::read(&text);
        }
    }
}
