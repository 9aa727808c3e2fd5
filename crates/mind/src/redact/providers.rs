//! Keys with a provider's form: fixed beginnings, and the few forms that have none.

use super::{Hit, SecretKind, at, before, run_end};
use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
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
fn upper_dash(c: char) -> bool {
    upper(c) || c == '-'
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
    key("AROA", upper, 16, Some(16)),
    key("glcbt-", word_dash, 20, None),
    key("glsoat-", word_dash, 20, None),
    key("glft-", word_dash, 20, None),
    key("nvapi-", word_dash, 40, None),
    key("lsv2_pt_", word_dash, 32, None),
    key("lsv2_sk_", word_dash, 32, None),
    key("tvly-", word_dash, 24, None),
    key("fw_", word, 22, None),
    key("sntryu_", hex, 40, Some(64)),
    key("pul-", hex, 40, Some(40)),
    key("dapi", hex, 32, Some(32)),
    key("SK", hex, 32, Some(32)),
    key("oy2", word, 43, Some(43)),
    key("CLOJARS_", word, 48, Some(60)),
    key("squ_", hex, 40, Some(40)),
    key("sqp_", hex, 40, Some(40)),
    key("sqa_", hex, 40, Some(40)),
    key("xkeysib-", word_dash, 64, None),
    key("discord.com/api/webhooks/", base64, 60, None),
    key("hooks.zapier.com/hooks/catch/", base64, 10, None),
    key("A3-", upper_dash, 34, None),
    key("ops_eyJ", base64, 60, None),
    key("phx_", word, 40, None),
    key("fm2_", base64, 60, None),
    key("FlyV1 ", base64, 40, None),
    key("shippo_live_", hex, 40, Some(40)),
    key("shippo_test_", hex, 40, Some(40)),
    key("shppa_", hex, 32, Some(32)),
    key("HRKU-", word_dash, 30, None),
    key("pat-na1-", word_dash, 36, None),
    key("pat-eu1-", word_dash, 36, None),
    key("EZAK", word, 54, Some(54)),
    key("EZTK", word, 54, Some(54)),
    key("pscale_tkn_", word_dot, 32, None),
    key("pscale_pw_", word_dot, 32, None),
    key("duffel_live_", word_dash, 40, None),
    key("dt0c01.", word_dot, 64, None),
    key("sgp_", word, 40, None),
    key("AKCp", word, 60, None),
    key("bkua_", hex, 40, Some(40)),
    key("ico-", word, 32, Some(32)),
    key("FLWSECK-", word_dash, 30, None),
    key("ATCTT3", base64, 60, None),
    key("EAACEdEose0cBA", word, 20, None),
    key("xprv", word, 100, None),
    key("nsec1", word, 58, Some(58)),
    key("AGE-SECRET-KEY-1", upper, 50, Some(58)),
];

static PREFIXES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(KEYS.iter().map(|key| fold(key.prefix)))
        .expect("the prefixes are few and fixed")
});

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    prefixed(text, hits);
    for found in SHAPES.iter().flat_map(|shape| shape.find_iter(text)) {
        hits.push(Hit {
            start: found.start(),
            end: found.end(),
            kind: SecretKind::ApiKey,
        });
    }
}

/// Tokens of Telegram, Discord and Terraform, Bitcoin keys: what is fixed stands in their middle, or is one letter.
static SHAPES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
        r"\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}",
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
        r"\b(?:5[1-9A-HJ-NP-Za-km-z]{50}|[KL][1-9A-HJ-NP-Za-km-z]{51})\b",
    ]
    .map(|shape| Regex::new(shape).expect("a fixed pattern"))
});

fn prefixed(text: &str, hits: &mut Vec<Hit>) {
    for found in PREFIXES.find_iter(&fold(text)) {
        let (start, body) = (found.start(), found.end());
        let key = &KEYS[found.pattern().as_usize()];
        let starts_a_word = !before(text, start).is_some_and(|c| c.is_alphanumeric() || c == '_');
        // `/` may stand before: `https://host/AKIA…`.
        if let Some(end) = starts_a_word.then(|| body_end(text, body, key)).flatten() {
            let kind = match key.prefix {
                "AGE-SECRET-KEY-1" | "xprv" | "nsec1" => SecretKind::PrivateKey,
                _ => SecretKind::ApiKey,
            };
            hits.push(Hit { start, end, kind });
        }
    }
}

fn body_end(text: &str, body: usize, key: &Key) -> Option<usize> {
    let end = run_end(text, body, key.body);
    // One key in thirty of a fixed length holds no digit.
    let is_whole = key.exact == Some(end - body);
    if is_whole || end - body >= key.least && looks_random(&text[body..end]) {
        return Some(super::wrapped_end(text, end, key.body));
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
