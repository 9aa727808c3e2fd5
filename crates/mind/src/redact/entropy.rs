//! Words too random to be words: possible keys of a form we do not know.

use super::{Hit, SecretKind};
use std::ops::Range;

/// Shorter random words are ids and abbreviations.
const LEAST_LENGTH: usize = 20;
/// Hexadecimal words below this are colours, short hashes, addresses.
const LEAST_HEX_LENGTH: usize = 32;
/// Shannon bits a character, as detect-secrets has them for hexadecimal.
const LEAST_HEX_BITS: f64 = 3.0;
/// How often two neighbours are of different class (small, capital, digit): 0.64 in random base64, 0.3 in camelCase.
const LEAST_CHANGES: f64 = 0.35;

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let public = public_blocks(text);
    for (start, word) in words(text) {
        let is_public = || public.iter().any(|block| block.contains(&start));
        let assigned = text[..start].ends_with(['=', '"', '\'']) || text[..start].ends_with(": ");
        let is_harmless =
            || is_known_harmless(text, start, word) || continues_harmless(text, start);
        if is_random(word, assigned) && !is_public() && !is_harmless() {
            let end = start + word.len();
            hits.push(Hit {
                start,
                end,
                kind: SecretKind::Suspect,
            });
        }
    }
}

/// Long words of base64 characters, and where they start. An equals sign ends one, unless it fills its last group up.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-'));
    let mut start = 0;
    text.split(ends)
        .map(move |word| {
            let leading = word.len() - word.trim_start_matches(['-', '+']).len();
            let rest = &text[start + word.len()..];
            let filling = rest
                .bytes()
                .take(2)
                .take_while(|byte| *byte == b'=')
                .count();
            let found = (
                start + leading,
                &text[start + leading..start + word.len() + filling],
            );
            start += word.len() + rest.chars().next().map_or(0, char::len_utf8);
            found
        })
        .filter(|(_, word)| word.len() >= LEAST_LENGTH)
}

/// What is `assigned` to a name need not look quite as random.
fn is_random(word: &str, assigned: bool) -> bool {
    // A reader takes 1 for l and 0 for O.
    let misread = word.bytes().filter(|b| b"lIO".contains(b)).count();
    if misread <= 3
        && word
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || b"lIO".contains(&b))
    {
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        let has_letter = word.bytes().any(|b| b.is_ascii_alphabetic());
        return word.len() >= LEAST_HEX_LENGTH
            && has_digit
            && has_letter
            && bits(word) >= LEAST_HEX_BITS;
    }
    // A word of n characters holds at most log2 n bits a character; keys come close to that.
    let (below, changes) = if assigned {
        (0.75, 0.28)
    } else {
        (0.55, LEAST_CHANGES)
    };
    let enough = (5.05_f64 - below).min((word.len() as f64).log2() - below);
    word.len() >= LEAST_LENGTH && bits(word) >= enough && is_mixed(word, changes)
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

fn is_mixed(word: &str, least_changes: f64) -> bool {
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
        && changes.saturating_sub(2 * separators) as f64 >= least_changes * word.len() as f64
}

/// Whether the line before was broken by the edge of a window inside something harmless, which goes on at `start`.
fn continues_harmless(text: &str, start: usize) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '=');
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let Some(end) = line
        .checked_sub(1)
        .filter(|_| text[line..start].chars().all(inside))
    else {
        return false;
    };
    let last = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let word = text[last..end].rfind(|c| !inside(c)).map_or(last, |at| {
        last + at + text[last + at..].chars().next().map_or(1, char::len_utf8)
    });
    let goes_on = end - last >= super::WRAPPED_LINE && word < end;
    goes_on && (is_known_harmless(text, word, &text[word..end]) || continues_harmless(text, word))
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
    const NAMES: [&str; 28] = [
        "trace",
        "span_id",
        "sha\"",
        "\"sha",
        "correlation",
        "object",
        "address",
        "txid",
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
    let before = before.trim_end_matches(['+', '-']);
    let own = word.to_ascii_lowercase();
    let is_hash = own.bytes().all(|b| b.is_ascii_hexdigit())
        && matches!(own.len(), 32 | 40 | 56 | 64 | 96 | 128);
    NAMES
        .iter()
        .any(|name| (is_hash && before.contains(name)) || own.starts_with(&format!("{name}-")))
        || ["sha256:", "sha512:", "h1:", "base64,"]
            .iter()
            .any(|mark| before.ends_with(mark))
        || is_listed_hash(is_hash, &text[line..start], &text[start + word.len()..])
        || before.ends_with("address ")
        || text[start + word.len()..].starts_with('@') && before.ends_with('<')
        || own.starts_with("aaaa") && before.contains("ssh-")
        || own.starts_with("pk_")
        || before.trim_end().ends_with("fingerprint:")
        || (is_hash && own.len() == 40 && is_git_hash(&text[line..start]))
}

/// `sha256sum` and its kin put the file's name after two spaces, of which a reader may leave one or none.
fn is_listed_hash(is_hash: bool, before: &str, after: &str) -> bool {
    let name = after.trim_start_matches([' ', '*']);
    let file = name.split_whitespace().next().unwrap_or("");
    let named = after.starts_with("  ") || after.starts_with(" *") || file.contains(['.', '/']);
    is_hash && before.trim().is_empty() && named && !file.is_empty()
}

/// 40 digits are git's, unless something is set to them.
fn is_git_hash(before: &str) -> bool {
    !before.trim_end().ends_with(['=', ':', '"', '\''])
}

/// Certificates and public keys, and files that a mail carries: places whose contents say nothing as text.
fn public_blocks(text: &str) -> Vec<Range<usize>> {
    let lines_end = |from: usize| {
        let opaque = |line: &&str| {
            line.len() > 40
                && line
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        };
        let lines = text[from..].split_inclusive('\n');
        from + lines
            .skip_while(|line| line.trim().is_empty())
            .take_while(|line| opaque(&line.trim()))
            .map(str::len)
            .sum::<usize>()
    };
    let begin = text.match_indices("-----BEGIN ").filter_map(|(start, _)| {
        let head = text[start..].lines().next()?;
        let is_public = head.contains("CERTIFICATE") || head.contains("PUBLIC KEY");
        let end = text[start..]
            .find("-----END ")
            .map_or_else(|| lines_end(start + head.len()), |end| start + end);
        is_public.then_some(start..end)
    });
    let attached = text
        .match_indices("Content-Transfer-Encoding: base64")
        .map(|(start, head)| {
            let blank = text[start + head.len()..]
                .find(|c: char| !c.is_whitespace())
                .unwrap_or(0);
            start..lines_end(start + head.len() + blank)
        });
    begin.chain(attached).collect()
}

/// Inside an address before its query, or a path: `https://host/d/1Bxi…`, `/nix/store/…`.
fn is_in_path(text: &str, start: usize) -> bool {
    let line = text[..start].rfind(char::is_whitespace).unwrap_or(0);
    let before = text[line..start].trim_start();
    let addressed =
        before.contains("://") || before.starts_with("www.") || before.starts_with(['/', '~', '.']);
    addressed && !before.contains(['?', '#']) || text[start..].starts_with('/')
}
