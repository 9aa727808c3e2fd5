//! Secrets that name themselves: provider prefixes, private key blocks, web tokens, seeds, passwords in addresses.

use super::{Hit, SecretKind, at, before};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// A provider's key: fixed beginning, then characters of a class.
struct Key {
    prefix: &'static str,
    body: fn(char) -> bool,
    /// Fewest characters after the prefix.
    least: usize,
    /// Their exact number where the provider keeps to one; lets a key be put together that a reader split at a gap.
    exact: Option<usize>,
}

const fn key(
    prefix: &'static str,
    body: fn(char) -> bool,
    least: usize,
    exact: Option<usize>,
) -> Key {
    Key {
        prefix,
        body,
        least,
        exact,
    }
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric()
}
fn word_dash(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}
fn word_dot(c: char) -> bool {
    word_dash(c) || c == '.'
}
fn base64(c: char) -> bool {
    word_dash(c) || matches!(c, '+' | '/' | '=')
}
fn upper(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}
fn hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// Formats as the providers document them, or as their own scanners publish them (November 2026).
const KEYS: &[Key] = &[
    key("AKIA", upper, 16, Some(16)),
    key("ASIA", upper, 16, Some(16)),
    key("ABIA", upper, 16, Some(16)),
    key("ACCA", upper, 16, Some(16)),
    key("ghp_", word, 30, Some(36)),
    key("gho_", word, 30, Some(36)),
    key("ghu_", word, 30, Some(36)),
    key("ghs_", word, 30, Some(36)),
    key("ghr_", word, 30, Some(36)),
    key("github_pat_", word_dash, 40, None),
    key("glpat-", word_dash, 20, None),
    key("glptt-", word_dash, 20, None),
    key("gldt-", word_dash, 20, None),
    key("glrt-", word_dash, 20, None),
    key("xoxb-", word_dash, 20, None),
    key("xoxp-", word_dash, 20, None),
    key("xoxa-", word_dash, 20, None),
    key("xoxr-", word_dash, 20, None),
    key("xoxs-", word_dash, 20, None),
    key("xoxe-", word_dash, 20, None),
    key("xapp-", word_dash, 20, None),
    key("hooks.slack.com/services/", base64, 20, None),
    key("sk-ant-", word_dash, 20, None),
    key("sk-proj-", word_dash, 20, None),
    key("sk-svcacct-", word_dash, 20, None),
    key("sk-or-v1-", word_dash, 20, None),
    key("sk-", word, 32, None),
    key("gsk_", word, 32, None),
    key("xai-", word, 40, None),
    key("pplx-", word, 32, None),
    key("r8_", word, 32, None),
    key("AIza", word_dash, 35, Some(35)),
    key("ya29.", word_dash, 20, None),
    key("1//0", word_dash, 30, None),
    key("GOCSPX-", word_dash, 20, Some(28)),
    key("npm_", word, 36, Some(36)),
    key("pypi-", word_dash, 50, None),
    key("SG.", word_dot, 40, None),
    key("hf_", word, 30, None),
    key("api_org_", word, 30, None),
    key("dop_v1_", hex, 40, Some(64)),
    key("doo_v1_", hex, 40, Some(64)),
    key("dor_v1_", hex, 40, Some(64)),
    key("sk_live_", word, 16, None),
    key("sk_test_", word, 16, None),
    key("rk_live_", word, 16, None),
    key("rk_test_", word, 16, None),
    key("whsec_", base64, 20, None),
    key("sq0atp-", word_dash, 20, Some(22)),
    key("sq0csp-", word_dash, 40, Some(43)),
    key("EAAA", base64, 56, None),
    key("shpat_", hex, 32, Some(32)),
    key("shpss_", hex, 32, Some(32)),
    key("shpca_", hex, 32, Some(32)),
    key("hvs.", word_dash, 20, None),
    key("hvb.", word_dash, 20, None),
    key("dp.pt.", word, 40, None),
    key("lin_api_", word, 30, Some(40)),
    key("secret_", word, 40, Some(43)),
    key("ntn_", word, 40, None),
    key("PMAK-", word_dash, 40, None),
    key("NRAK-", upper, 20, Some(27)),
    key("glsa_", word_dash, 30, None),
    key("glc_", base64, 30, None),
    key("sntrys_", base64, 40, None),
    key("sbp_", hex, 40, Some(40)),
    key("tfp_", word, 40, None),
    key("vercel_", word, 24, None),
    key("fly_", word_dash, 40, None),
    key("figd_", word_dash, 40, None),
    key("dckr_pat_", word_dash, 20, None),
    key("ATATT3", base64, 60, None),
    key("rubygems_", hex, 48, Some(48)),
    key("cio", word, 32, Some(32)),
    key("tskey-", word_dash, 20, None),
    key("key-", hex, 32, Some(32)),
    key("AGE-SECRET-KEY-1", upper, 50, Some(58)),
];

static PREFIXES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(KEYS.iter().map(|key| fold(key.prefix)))
        .expect("the prefixes are few and fixed")
});

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    provider_keys(text, hits);
    private_keys(text, hits);
    web_tokens(text, hits);
    otp_seeds(text, hits);
    passwords_in_addresses(text, hits);
}

fn provider_keys(text: &str, hits: &mut Vec<Hit>) {
    for found in PREFIXES.find_iter(&fold(text)) {
        let (start, body) = (found.start(), found.end());
        let key = &KEYS[found.pattern().as_usize()];
        let starts_a_word = !before(text, start).is_some_and(|c| c.is_alphanumeric() || c == '_');
        // `/` may stand before: `https://host/AKIA…`.
        if let Some(end) = starts_a_word.then(|| body_end(text, body, key)).flatten() {
            let kind = match key.prefix {
                "AGE-SECRET-KEY-1" => SecretKind::PrivateKey,
                _ => SecretKind::ApiKey,
            };
            hits.push(Hit { start, end, kind });
        }
    }
}

fn body_end(text: &str, body: usize, key: &Key) -> Option<usize> {
    let end = run_end(text, body, key.body);
    if end - body >= key.least && looks_random(&text[body..end]) {
        return Some(end);
    }
    let joined = joined_end(text, body, key)?;
    looks_random(&text[body..joined]).then_some(joined)
}

/// The end of a key of exact length that a reader split by single spaces or a line break.
fn joined_end(text: &str, body: usize, key: &Key) -> Option<usize> {
    let exact = key.exact?;
    let (mut length, mut place) = (0, body);
    loop {
        let end = run_end(text, place, key.body);
        length += end - place;
        if length >= exact || end == place {
            return (length == exact).then_some(end);
        }
        place = end + usize::from(matches!(at(text, end), Some(' ' | '\n')));
    }
}

/// A key holds a digit, or both cases: `sk-learn-is-a-library-for-python` holds neither.
fn looks_random(body: &str) -> bool {
    let has = |class: fn(&char) -> bool| body.chars().any(|c| class(&c));
    has(char::is_ascii_digit) || (has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase))
}

/// Letters and digits that readers confuse become one; byte places stay.
fn fold(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'I' | 'l' | '1' | '|' => 'l',
            'O' | '0' => 'o',
            c => c,
        })
        .collect()
}

fn run_end(text: &str, start: usize, class: fn(char) -> bool) -> usize {
    text[start..]
        .find(|c| !class(c))
        .map_or(text.len(), |length| start + length)
}

fn private_keys(text: &str, hits: &mut Vec<Hit>) {
    for (begin, _) in text.match_indices("BEGIN ") {
        let line_end = text[begin..]
            .find('\n')
            .map_or(text.len(), |length| begin + length);
        if !text[begin..line_end].contains("PRIVATE KEY") {
            continue;
        }
        let start = text[..begin].trim_end_matches(['-', ' ']).len();
        let start = start + text[start..begin].len() - text[start..begin].trim_start().len();
        let end = closing_line(text, line_end).unwrap_or_else(|| base64_lines_end(text, line_end));
        hits.push(Hit {
            start,
            end,
            kind: SecretKind::PrivateKey,
        });
    }
}

fn closing_line(text: &str, from: usize) -> Option<usize> {
    let end = from + text[from..].find("END ")?;
    let key = end + text[end..].find("PRIVATE KEY")? + "PRIVATE KEY".len();
    (key - end < 40).then(|| key + text[key..].len() - text[key..].trim_start_matches('-').len())
}

/// The end of the lines after `from` that can be a key's: the window may not show the last one.
fn base64_lines_end(text: &str, from: usize) -> usize {
    let mut end = from;
    for line in text[from..].split_inclusive('\n') {
        let content = line.trim();
        if content.chars().any(|c| !base64(c)) || (!content.is_empty() && content.len() < 16) {
            break;
        }
        end += line.len();
    }
    text[..end].trim_end().len().max(from)
}

fn web_tokens(text: &str, hits: &mut Vec<Hit>) {
    for (start, _) in text.match_indices("eyJ") {
        if before(text, start).is_some_and(word_dash) {
            continue;
        }
        let head = run_end(text, start, word_dash);
        let Some(body) = after_dot(text, head).filter(|_| head - start >= 12) else {
            continue;
        };
        let body_end = run_end(text, body, word_dash);
        if body_end - body < 8 {
            continue;
        }
        let end = after_dot(text, body_end).map_or(body_end, |sign| run_end(text, sign, word_dash));
        hits.push(Hit {
            start,
            end,
            kind: SecretKind::Jwt,
        });
    }
}

/// After a dot, and the space or line break a reader may have put beside it.
fn after_dot(text: &str, place: usize) -> Option<usize> {
    let rest = &text[place..];
    [".", ". ", ".\n", " .", "\n."]
        .iter()
        .filter_map(|dot| {
            rest.strip_prefix(dot)
                .map(|rest| (rest, text.len() - rest.len()))
        })
        .find(|(rest, _)| rest.starts_with(word_dash))
        .map(|(_, place)| place)
}

fn otp_seeds(text: &str, hits: &mut Vec<Hit>) {
    for (start, _) in text.match_indices("otpauth://") {
        let end = text[start..]
            .find(char::is_whitespace)
            .map_or(text.len(), |length| start + length);
        hits.push(Hit {
            start,
            end,
            kind: SecretKind::OtpSeed,
        });
    }
}

/// `scheme://user:password@host`: the password only.
fn passwords_in_addresses(text: &str, hits: &mut Vec<Hit>) {
    for (scheme, mark) in text.match_indices("://") {
        let start = scheme + mark.len();
        let stop =
            |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>');
        let end = text[start..]
            .find(stop)
            .map_or(text.len(), |length| start + length);
        let authority = &text[start..end];
        let Some(host) = authority.rfind('@') else {
            continue;
        };
        let Some(colon) = authority[..host].find(':') else {
            continue;
        };
        let password = &authority[colon + 1..host];
        if !password.is_empty() && !super::label::is_placeholder(password) {
            hits.push(Hit {
                start: start + colon + 1,
                end: start + host,
                kind: SecretKind::Password,
            });
        }
    }
}
