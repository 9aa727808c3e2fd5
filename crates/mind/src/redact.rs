//! Text -> the same text with its secrets replaced by `[secret:kind]`.
//!
//! Pure, on every way in: screen, chat, import, titles, addresses. What is certain by its own shape (provider keys, cards, account numbers)
//! needs no label beside it; what is not (passwords, PINs) is found by its label. Nothing here is a promise that no secret remains:
//! a password in the middle of prose without a label looks like any word.

mod bullets;
mod checksum;
mod commands;
mod entropy;
mod joined;
mod keys;
mod label;
mod labels;
mod lists;
mod national;
mod providers;
mod seeds;
mod value;
mod view;

use crate::details::details;
use afterimage_domain::{Detail, Redactor, Span, redaction::Secret};
use afterimage_infer::classify::TokenClassifier;
use view::View;

/// What a replaced text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretKind {
    /// A key or token with a provider's prefix, or beside a label that says so.
    ApiKey,
    /// A payment card's number.
    Card,
    /// An international bank account number.
    Iban,
    /// A private key in PEM form, or an `age` identity.
    PrivateKey,
    /// A signed web token.
    Jwt,
    /// The seed of one-time codes.
    OtpSeed,
    /// A password or passphrase.
    Password,
    /// A PIN, card verification value or one-time code.
    Pin,
    /// The words that restore a wallet.
    SeedPhrase,
    /// A number that a state gave to a person.
    NationalId,
    /// Random enough to be a key, of no known form.
    Suspect,
}

impl SecretKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::ApiKey,
        Self::Card,
        Self::Iban,
        Self::PrivateKey,
        Self::Jwt,
        Self::OtpSeed,
        Self::Password,
        Self::Pin,
        Self::SeedPhrase,
        Self::NationalId,
        Self::Suspect,
    ];

    /// The word in the marker.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Card => "card",
            Self::Iban => "iban",
            Self::PrivateKey => "private-key",
            Self::Jwt => "jwt",
            Self::OtpSeed => "otp-seed",
            Self::Password => "password",
            Self::Pin => "pin",
            Self::SeedPhrase => "seed-phrase",
            Self::NationalId => "national-id",
            Self::Suspect => "suspect",
        }
    }

    /// What stands in the text instead of the secret.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::ApiKey => "[secret:api-key]",
            Self::Card => "[secret:card]",
            Self::Iban => "[secret:iban]",
            Self::PrivateKey => "[secret:private-key]",
            Self::Jwt => "[secret:jwt]",
            Self::OtpSeed => "[secret:otp-seed]",
            Self::Password => "[secret:password]",
            Self::Pin => "[secret:pin]",
            Self::SeedPhrase => "[secret:seed-phrase]",
            Self::NationalId => "[secret:national-id]",
            Self::Suspect => "[secret:suspect]",
        }
    }
}

/// A text without the secrets that were recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text with markers.
    pub text: String,
    /// What was replaced, in order; spans do not overlap.
    pub findings: Vec<Finding>,
}

/// One replaced secret. Holds places only, never the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it was.
    pub kind: SecretKind,
    /// Where it stood in the text given.
    pub old: Span,
    /// Where its marker stands in [`Redacted::text`].
    pub new: Span,
}

/// The rules of this module, as what the store takes in must have passed them.
pub struct Rules;

impl Redactor for Rules {
    fn secrets(&self, text: &str) -> Vec<Secret> {
        let places = find(text).into_iter();
        places
            .map(|(kind, span)| Secret {
                span,
                marker: kind.marker(),
            })
            .collect()
    }
}

/// The same rules, and after them the personal details that the user wants hidden.
pub struct Hiding<'a> {
    /// Finds them.
    pub model: &'a TokenClassifier,
    /// Which of them go.
    pub kinds: &'a [Detail],
}

impl Redactor for Hiding<'_> {
    fn secrets(&self, text: &str) -> Vec<Secret> {
        let mut secrets = Rules.secrets(text);
        secrets.extend(self.details(&blanked(text, &secrets)));
        secrets.sort_by_key(|secret| secret.span.start);
        secrets
    }
}

impl Hiding<'_> {
    /// The details that go, in a text without secrets. Of a text that the model cannot read, all goes.
    pub fn details(&self, text: &str) -> Vec<Secret> {
        let Ok(found) = details(text, self.model) else {
            let (span, marker) = (Span::whole(text), "[private:text]");
            return vec![Secret { span, marker }];
        };
        let hidden = found.into_iter().filter(|(detail, span)| {
            // A marker is no detail of anybody.
            let is_marker = span
                .of(text)
                .is_some_and(|words| words.contains("private:"));
            self.kinds.contains(detail) && !is_marker
        });
        let secret = |(detail, span): (Detail, Span)| Secret {
            span,
            marker: detail.marker(),
        };
        hidden.map(secret).collect()
    }
}

/// The text with spaces where secrets stand, so that every place stays the same.
fn blanked(text: &str, secrets: &[Secret]) -> String {
    let mut blank = String::with_capacity(text.len());
    for secret in secrets {
        blank.push_str(&text[blank.len()..secret.span.start as usize]);
        blank.extend((secret.span.start..secret.span.end).map(|_| ' '));
    }
    blank.push_str(&text[blank.len()..]);
    blank
}

/// Replaces every secret recognised in `text`. Redacting twice changes nothing more. At most 5 ms for 4 KiB.
pub fn redact(text: &str) -> Redacted {
    let mut redacted = Redacted {
        text: String::with_capacity(text.len()),
        findings: Vec::new(),
    };
    let mut copied = 0;
    for (kind, old) in find(text) {
        redacted.text.push_str(&text[copied..old.start as usize]);
        let start = redacted.text.len() as u32;
        redacted.text.push_str(kind.marker());
        let end = redacted.text.len() as u32;
        redacted.findings.push(Finding {
            kind,
            old,
            new: Span { start, end },
        });
        copied = old.end as usize;
    }
    redacted.text.push_str(&text[copied..]);
    redacted
}

/// What adds the places of one family of secrets.
type Rule = fn(&str, &mut Vec<Hit>);

const RULES: [Rule; 10] = [
    providers::find,
    keys::find,
    checksum::find,
    national::find,
    seeds::find,
    commands::find,
    label::find,
    lists::find,
    entropy::find,
    bullets::find,
];

/// Where the secrets in `text` stand, in order, without overlap.
///
/// Repeats until nothing is found in what is left: hiding one secret can bare another, and that is what makes redacting twice harmless.
pub(crate) fn find(text: &str) -> Vec<(SecretKind, Span)> {
    let mut view = View::of(text);
    loop {
        let mut hits = Vec::new();
        for rule in RULES {
            rule(view.text(), &mut hits);
        }
        joined::find(view.text(), &mut hits);
        if hits.is_empty() {
            return view.into_findings();
        }
        hits.iter_mut().for_each(|hit| view.widen(hit));
        view.hide(resolve(hits));
    }
}

/// A secret in a view's text: first byte, first byte after, kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hit {
    start: usize,
    end: usize,
    kind: SecretKind,
}

/// Where hits overlap, one hit over all of them, of the longest one's kind; of the more telling kind (they are ordered) when equal.
fn resolve(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut resolved: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        match resolved.last_mut().filter(|last| hit.start < last.end) {
            Some(last) => {
                if hit.end - hit.start == last.end - last.start {
                    last.kind = last.kind.min(hit.kind);
                }
                last.end = last.end.max(hit.end);
            }
            None => resolved.push(hit),
        }
    }
    resolved
}

/// The end of the characters of a class from byte `start` on.
fn run_end(text: &str, start: usize, class: fn(char) -> bool) -> usize {
    text[start..]
        .find(|c| !class(c))
        .map_or(text.len(), |length| start + length)
}

/// Lines shorter than this were not broken by the edge of a window.
const WRAPPED_LINE: usize = 60;

/// `end`, or where a run that ends with a long line goes on: the next lines begin with more of it, and hold nothing else or a digit in it.
fn wrapped_end(text: &str, end: usize, class: fn(char) -> bool) -> usize {
    let mut end = end;
    while text[end..].starts_with('\n') {
        let line = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let next = run_end(text, end + 1, class);
        let run = &text[end + 1..next];
        let is_whole = matches!(
            at(text, next),
            None | Some('\n' | '"' | '\'' | ',' | ';' | '.')
        );
        let goes_on = is_whole || run.bytes().any(|byte| byte.is_ascii_digit());
        if end - line < WRAPPED_LINE || run.len() < 2 || !goes_on {
            break;
        }
        end = next;
    }
    end
}

/// The character before byte `at`.
fn before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

/// The character at byte `at`.
fn at(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

#[cfg(test)]
mod tests;
