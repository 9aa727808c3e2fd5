//! Words too random to be words: possible keys of a form we do not know.

use super::{Hit, SecretKind};

/// Shorter random words are ids and abbreviations.
const LEAST_LENGTH: usize = 20;
/// Hexadecimal words below this are colours, short hashes, addresses.
const LEAST_HEX_LENGTH: usize = 32;
/// Shannon bits a character, as detect-secrets has them for hexadecimal.
const LEAST_HEX_BITS: f64 = 3.0;
/// How often two neighbours are of different class (small, capital, digit): 0.64 in random base64, 0.3 in camelCase.
const LEAST_CHANGES: f64 = 0.35;

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    for (start, word) in words(text) {
        if is_random(word) && !is_known_harmless(text, start, word) {
            let end = start + word.len();
            hits.push(Hit {
                start,
                end,
                kind: SecretKind::Suspect,
            });
        }
    }
}

/// Long words of base64 characters, and where they start.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-'));
    let mut start = 0;
    text.split(ends)
        .map(move |word| {
            let leading = word.len() - word.trim_start_matches(['=', '-', '+']).len();
            let found = (start + leading, &word[leading..]);
            start += word.len()
                + text[start + word.len()..]
                    .chars()
                    .next()
                    .map_or(0, char::len_utf8);
            found
        })
        .filter(|(_, word)| word.len() >= LEAST_LENGTH)
}

fn is_random(word: &str) -> bool {
    if word.bytes().all(|b| b.is_ascii_hexdigit()) {
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        let has_letter = word.bytes().any(|b| b.is_ascii_alphabetic());
        return word.len() >= LEAST_HEX_LENGTH
            && has_digit
            && has_letter
            && bits(word) >= LEAST_HEX_BITS;
    }
    // A word of n characters holds at most log2 n bits a character; keys come close to that.
    let enough = 4.5f64.min((word.len() as f64).log2() - 0.55);
    word.len() >= LEAST_LENGTH && bits(word) >= enough && is_mixed(word)
}

fn bits(word: &str) -> f64 {
    let mut counts = [0u32; 128];
    word.bytes()
        .for_each(|byte| counts[usize::from(byte & 127)] += 1);
    let length = word.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

fn is_mixed(word: &str) -> bool {
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let classes: Vec<u8> = word.bytes().map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let separators = classes.iter().filter(|class| **class == 3).count();
    (0..3).all(|class| classes.contains(&class))
        // Each separator changes the class twice without being random.
        && changes.saturating_sub(2 * separators) as f64 >= LEAST_CHANGES * word.len() as f64
}

/// Public by nature: hashes that are named so, identifiers of versions and objects, parts of addresses and paths.
fn is_known_harmless(text: &str, start: usize, word: &str) -> bool {
    is_uuid(word) || is_named_hash(text, start, word) || is_in_path(text, start)
}

fn is_uuid(word: &str) -> bool {
    let lengths: Vec<_> = word.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_named_hash(text: &str, start: usize, word: &str) -> bool {
    const NAMES: [&str; 20] = [
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "sha-",
        "md5",
        "hash",
        "checksum",
        "digest",
        "integrity",
        "commit",
        "git",
        "merge",
        "tree",
        "parent",
        "head",
        "rev",
        "etag",
        "blake",
        "cid",
    ];
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut context = line.max(start.saturating_sub(60));
    while !text.is_char_boundary(context) {
        context += 1;
    }
    let before = text[context..start].to_ascii_lowercase();
    let own = word.to_ascii_lowercase();
    let is_hash = own.bytes().all(|b| b.is_ascii_hexdigit())
        && matches!(own.len(), 32 | 40 | 56 | 64 | 96 | 128);
    NAMES
        .iter()
        .any(|name| (is_hash && before.contains(name)) || own.starts_with(&format!("{name}-")))
        || before.ends_with("sha256:")
        || before.ends_with("sha512:")
        || before.trim_end().ends_with("fingerprint:")
        || (is_hash && own.len() == 40 && is_git_listing(&text[start + word.len()..]))
}

/// What follows the hash in `git log` and its kin: a space and words, or a line's end, or a path's `/`.
fn is_git_listing(rest: &str) -> bool {
    rest.starts_with(" refs/")
        || rest.starts_with("\trefs/")
        || rest.starts_with(" HEAD")
        || rest.starts_with(" (HEAD")
}

/// Inside an address before its query, or a path: `https://host/d/1Bxi…`, `/nix/store/…`.
fn is_in_path(text: &str, start: usize) -> bool {
    let line = text[..start].rfind(char::is_whitespace).unwrap_or(0);
    let before = text[line..start].trim_start();
    let addressed =
        before.contains("://") || before.starts_with("www.") || before.starts_with(['/', '~', '.']);
    addressed && !before.contains(['?', '#']) || text[start..].starts_with('/')
}
