//! Secrets that their place in a command, a setting or a sentence gives away, where no label stands before them.

use super::{Hit, SecretKind, value};
use aho_corasick::AhoCorasick;
use regex::Regex;
use std::sync::LazyLock;

/// A pattern whose group 1 is the secret.
struct Place {
    pattern: Regex,
    kind: SecretKind,
}

/// What is taken of a command is one word.
const COMMANDS: &[&str] = &[
    r#"\b(?:mysql|mariadb)\w*\s[^\n]*?\s?-p([^\s'"]+)"#,
    r#"\b(?:7z|7za|7zz|rar|unrar)\s[^\n]*?\s-p([^\s'"]+)"#,
    r#"\bsshpass\s+-p\s*['"]?([^\s'"]+)"#,
    r#"\b(?:curl|http|wget)\s[^\n]*?(?:-u|--user|-a)[ =]?['"]?[^\s:'"]+:([^\s'"]+)"#,
    r#"\s--?(?:[a-z]+-)*(?:password|passwd|passphrase|pass|token|secret|api-key)[ =]['"]?([^\s'"-][^\s'"]*)"#,
    r"\bhtpasswd\s+-\w*b\w*\s+\S+\s+\S+\s+(\S+)",
    r"(?i)\bnet use\s+\S+\s+\S+\s+([^\s/]\S*)\s+/user",
    r"\bredis-cli\s[^\n]*?-a\s+(\S+)",
    r"\bopenssl\s[^\n]*?\s(?:-k\s+|-pass(?:in|out)?\s+pass:)(\S+)",
    r#"\becho\s+['"]?([^\s'"|]+)['"]?\s*[|Il]\s*sudo\s+-S"#,
];

const SETTINGS: &[&str] = &[
    r"(?i)<(?:\w+:)?(?:password|passwd|passphrase|secret|token|api_?key|pin)>([^<\s]+)<",
    r"\bWIFI:[^\n]*?\bP:((?:\\.|[^;\\\n])+)",
    r#"(?i)type=["']password["'][^>\n]*?value=["']([^"'\n]+)"#,
    r"(?i)\bauthorization:\s*basic\s+([A-Za-z0-9+/]{8,}={0,2})",
    r"(?i)\b(?:use|try)\s+(\S{4,}) as (?:the |your |my |a |its )?(?:\w+[- ]){0,2}(?:password|passphrase)\b",
];

/// Numbers before the words that say what they are.
const CODES: &[&str] = &[
    r"(?i)\b(?:your|dein|ihr|votre|ton|tu|su|il tuo|seu) (?:[\w'-]+ ){0,3}(?:code|einmalcode|código|codice)\b[^\n\d]{0,24}?[: ]((?:G-)?(?:\d{4,8}|\d{3}[ -]\d{3}))\b",
    r"(?i)\b((?:G-)?(?:\d{4,8}|\d{3}[ -]\d{3})) (?:is|ist|est|es|è|é|är|jest|to) (?:your|my|the|ihr|dein|votre|ton|tu|su|il tuo|o seu|din|twój)\b[^\n.]{0,40}?(?:code|pin|otp|password|código|codice|kod)",
    r"(?i)\b(?:use|enter|type|gib|saisissez|introduce) (\d{4,8}|\d{3}[ -]\d{3}) (?:to (?:log|sign|verify|confirm|continue|finish|complete)|as (?:the |your |my )?(?:\w+[- ]){0,2}(?:code|password|pin|otp))",
];

static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let kinds = [
        (COMMANDS, SecretKind::Password),
        (SETTINGS, SecretKind::Password),
        (CODES, SecretKind::Pin),
    ];
    let patterns = kinds
        .into_iter()
        .flat_map(|(patterns, kind)| patterns.iter().map(move |pattern| (pattern, kind)));
    patterns
        .map(|(pattern, kind)| Place {
            pattern: Regex::new(pattern).expect("a fixed pattern"),
            kind,
        })
        .collect()
});

/// Each pattern needs one of these on its line.
const TRIGGERS: &[&str] = &[
    "mysql",
    "mariadb",
    "7z",
    "rar ",
    "sshpass",
    "curl",
    "http ",
    "wget",
    "password",
    "passwd",
    "passphrase",
    "-pass",
    "-token",
    "-secret",
    "api-key",
    "apikey",
    "api_key",
    "token>",
    "secret>",
    "pin>",
    "net use",
    "redis-cli",
    "openssl",
    "sudo",
    "wifi:",
    "authorization",
    "code",
    "kod",
    "código",
    "codice",
    "pin",
    "otp",
    "to log",
    "to sign",
    "to verify",
    "to confirm",
    "to continue",
    "to finish",
    "to complete",
];

static TRIGGER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(TRIGGERS)
        .expect("the words are few and fixed")
});

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if TRIGGER.is_match(line) {
            in_line(start, line, hits);
        }
        start += line.len();
    }
}

fn in_line(start: usize, line: &str, hits: &mut Vec<Hit>) {
    for place in PLACES.iter() {
        let secrets = place
            .pattern
            .captures_iter(line)
            .filter_map(|found| found.get(1));
        hits.extend(
            secrets
                .filter(|secret| value::is_value(secret.as_str()))
                .map(|secret| Hit {
                    start: start + secret.start(),
                    end: start + secret.end(),
                    kind: place.kind,
                }),
        );
    }
}
