//! Text -> where personal details stand in it: names, addresses, numbers of people. They are no secrets: they stay, and that they are there
//! is kept beside the text, unless the user wants them hidden too.
//!
//! A small model marks them; what it marks counts only where its form can be right, since a small model takes much for a name. It is never
//! the only guard of anything: what must not be kept is found by the rules of [`crate::redact`] before it sees a text.

use crate::domain_span;
use afterimage_domain::{Detail, Span};
use afterimage_infer::{
    classify::{Labelled, TokenClassifier},
    embed::EmbedError,
};
use regex::Regex;
use std::sync::LazyLock;

/// How sure the model has to be of each token of a name, and of anything else: what it takes a number for is decided by the words beside it.
const SURE_OF_NAMES: f32 = 0.6;
const SURE: f32 = 0.35;
/// Parts of one address stand no further apart than this, in bytes.
const APART: usize = 4;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b")
        .expect("it is written here")
});

/// Telephone numbers that are known by their form: with the country, or as they are written in North America.
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:\+\d{1,3}[ .-]?(?:\(0\)[ .-]?)?\(?\d{1,5}\)?(?:[ .-]?\d{2,5}){1,5}|(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4})",
    )
    .expect("it is written here")
});

/// Words beside a number that say whose kind it is, the first that fits.
static WORDS: LazyLock<[(Detail, Regex); 3]> = LazyLock::new(|| {
    let words =
        |words: &str| Regex::new(&format!(r"(?i)\b(?:{words})")).expect("it is written here");
    [
        (
            Detail::Account,
            words("accounts?\\b|a/c|routing|sort code|deposit|konto|iban|compte|cuenta"),
        ),
        (
            Detail::Document,
            words(
                "passport|licen[cs]e|tax|tin\\b|ein\\b|ssn\\b|identi(?:ty|fication)|id\\b|social security|ausweis|pass\\b|pasaporte|passeport",
            ),
        ),
        (
            Detail::Phone,
            words(
                "phone|tel\\b|telefon|mobile|cell|call|fax|reach|desk|reception|contact|whatsapp",
            ),
        ),
    ]
});
/// How far before a number such a word may stand, in bytes.
const BESIDE: usize = 48;

/// What follows the last dot of a file's name, not of a host's.
const FILES: [&str; 10] = [
    "png", "jpg", "jpeg", "gif", "webp", "svg", "pdf", "js", "ts", "git",
];

/// The personal details in `text`, in order, without overlap. `text` has been redacted before.
pub fn details(text: &str, model: &TokenClassifier) -> Result<Vec<(Detail, Span)>, EmbedError> {
    let marked = model.spans(text, SURE)?;
    let mut found: Vec<(Detail, usize, usize)> = emails(text).collect();
    found.extend(phones(text));
    found.extend(addresses(text, &marked));
    found.extend(numbers(text, &marked));
    found.extend(names(text, &marked));
    // Where two meet, the first of those above counts; within one kind, the longer.
    let mut apart: Vec<(Detail, usize, usize)> = Vec::new();
    for one in found {
        if apart
            .iter()
            .all(|other| one.2 <= other.1 || other.2 <= one.1)
        {
            apart.push(one);
        }
    }
    apart.sort_by_key(|(_, start, _)| *start);
    let placed = apart
        .into_iter()
        .map(|(detail, start, end)| (detail, domain_span(start, end)));
    Ok(placed.collect())
}

fn emails(text: &str) -> impl Iterator<Item = (Detail, usize, usize)> {
    EMAIL.find_iter(text).filter_map(|found| {
        let (user, host) = found.as_str().split_once('@')?;
        let last = host.rsplit('.').next()?.to_lowercase();
        let is_somebody = user != "git" && !FILES.contains(&last.as_str());
        is_somebody.then_some((Detail::Email, found.start(), found.end()))
    })
}

fn phones(text: &str) -> impl Iterator<Item = (Detail, usize, usize)> {
    let found = PHONE.find_iter(text);
    let long = found.filter(|found| (8..=15).contains(&digits(found.as_str())));
    long.filter(|found| is_alone(text, found.start(), found.end()))
        .map(|found| (Detail::Phone, found.start(), found.end()))
}

fn names(text: &str, marked: &[Labelled]) -> impl Iterator<Item = (Detail, usize, usize)> {
    let is_sure = |span: &&Labelled| {
        matches!(span.label.as_str(), "GIVEN_NAME" | "SURNAME")
            && span.score >= SURE_OF_NAMES
            && is_name(text, span)
    };
    marked
        .iter()
        .filter(is_sure)
        .map(|span| (Detail::Name, span.start, span.end))
}

/// Numbers that belong to somebody. The model tells that they do better than what they are, and takes one number for several things.
fn numbers(text: &str, marked: &[Labelled]) -> Vec<(Detail, usize, usize)> {
    let mut groups: Vec<(usize, usize, bool)> = Vec::new();
    for span in marked.iter().filter(|span| is_number(span)) {
        let is_phone = span.label == "PHONE";
        let goes_on = |last: &&mut (usize, usize, bool)| {
            let between = &text[last.1..span.start];
            between.len() <= 1 && between.chars().all(|c| " -./".contains(c))
        };
        match groups.last_mut().filter(goes_on) {
            Some(last) => {
                last.1 = span.end;
                last.2 &= is_phone;
            }
            None => groups.push((span.start, span.end, is_phone)),
        }
    }
    let kind = |(start, end, is_phone): (usize, usize, bool)| {
        let count = digits(&text[start..end]);
        let beside = kind_beside(text, start).or(is_phone.then_some(Detail::Phone))?;
        let is_long = match beside {
            Detail::Phone => (7..=15).contains(&count),
            Detail::Account => (6..=18).contains(&count),
            _ => (5..=15).contains(&count),
        };
        (is_long && is_alone(text, start, end)).then_some((beside, start, end))
    };
    groups.into_iter().filter_map(kind).collect()
}

fn is_number(span: &Labelled) -> bool {
    matches!(
        span.label.as_str(),
        "PHONE"
            | "TAX_ID"
            | "GOVERNMENT_ID"
            | "PASSPORT"
            | "DRIVERS_LICENSE"
            | "BANK_ACCOUNT"
            | "ROUTING_NUMBER"
    )
}

/// What the words before a place say of a number there; the nearest kind counts.
fn kind_beside(text: &str, start: usize) -> Option<Detail> {
    let from = text.floor_char_boundary(start.saturating_sub(BESIDE));
    let before = &text[from..start];
    let last = |(detail, words): &(Detail, Regex)| {
        let found = words.find_iter(before).last()?;
        Some((found.start(), *detail))
    };
    let nearest = WORDS.iter().filter_map(last).max_by_key(|(at, _)| *at);
    nearest.map(|(_, detail)| detail)
}

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

/// Names begin with a capital where there are any, hold no digits, and are no part of a longer word, path or address.
fn is_name(text: &str, span: &Labelled) -> bool {
    let words = &text[span.start..span.end];
    let begins = words.chars().next().is_some_and(|first| {
        first.is_uppercase() || (first.is_alphabetic() && !first.is_lowercase())
    });
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '\\' | '@' | '=' | ':');
    let before = text[..span.start].chars().next_back();
    let mut after = text[span.end..].chars();
    let next = after.next();
    let is_inside = before.is_some_and(|c| joins(c) && c != ':' || c == '.')
        || next.is_some_and(|c| joins(c) && !matches!(c, ':'))
        || (next == Some('.') && after.next().is_some_and(char::is_alphanumeric))
        || (next == Some(':') && text[span.end..].starts_with("::"));
    let is_long = words.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    begins && is_long && !is_inside && !words.chars().any(|c| c.is_ascii_digit())
}

/// A number of its own: not a part of a longer word, a path, an amount or a version.
fn is_alone(text: &str, start: usize, end: usize) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '\\' | '=' | '.' | '-');
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let next = after.next();
    let goes_on = next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/'))
        || (next.is_some_and(|c| matches!(c, '.' | ',' | '-' | ':'))
            && after.next().is_some_and(|c| c.is_ascii_alphanumeric()));
    !before.is_some_and(joins) && !goes_on
}

/// Parts that stand beside each other, if they say where somebody lives and not only in which town.
fn addresses(text: &str, marked: &[Labelled]) -> Vec<(Detail, usize, usize)> {
    let mut addresses = Vec::new();
    let mut group: Vec<&Labelled> = Vec::new();
    for span in marked {
        if !is_part(span) {
            continue;
        }
        let is_near = group.last().is_some_and(|last| {
            span.start - last.end <= APART
                && text[last.end..span.start]
                    .chars()
                    .all(|c| !c.is_alphanumeric())
        });
        if !is_near {
            addresses.extend(whole(text, &std::mem::take(&mut group)));
        }
        group.push(span);
    }
    addresses.extend(whole(text, &group));
    addresses
}

fn is_part(span: &Labelled) -> bool {
    matches!(
        span.label.as_str(),
        "BUILDING_NUMBER" | "STREET_NAME" | "SECONDARY_ADDRESS" | "CITY" | "STATE" | "ZIP_CODE"
    )
}

fn whole(text: &str, group: &[&Labelled]) -> Option<(Detail, usize, usize)> {
    let (first, last) = (group.first()?, group.last()?);
    let has = |label: &str| group.iter().any(|span| span.label == label);
    let words = &text[first.start..last.end];
    let has_letters = words.chars().filter(|c| c.is_alphabetic()).count() >= 3;
    let has_digit = words.chars().any(|c| c.is_ascii_digit());
    let is_home = has("STREET_NAME") && has("BUILDING_NUMBER") || has("ZIP_CODE") && has("CITY");
    (is_home && has_letters && has_digit).then_some((Detail::Address, first.start, last.end))
}

#[cfg(test)]
mod tests;
