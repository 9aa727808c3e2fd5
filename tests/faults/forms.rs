//! A word in every form in which it could be written without being hidden.

use base64::{Engine, prelude::BASE64_STANDARD};

/// As it is, in two bytes a letter either way round, in hexadecimal digits, and in base64 wherever it begins. Words of at least six letters.
pub fn forms(word: &str) -> Vec<Vec<u8>> {
    let wide = |bytes: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(bytes).collect();
    let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        word.as_bytes().to_vec(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        hex.into_bytes(),
    ];
    forms.extend((0..3).map(|before| {
        let text = BASE64_STANDARD.encode([&b"___"[..before], word.as_bytes()].concat());
        // The first letters hang on what stands before, the last on what follows.
        text.as_bytes()[4..text.len() - 4].to_vec()
    }));
    forms
}

/// Whether the form stands in the bytes.
pub fn holds(bytes: &[u8], form: &[u8]) -> bool {
    // Most places are passed over by their first byte.
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == form[0]) {
        if bytes[from + at..].starts_with(form) {
            return true;
        }
        from += at + 1;
    }
    false
}
