//! What a memory states, in a form in which the same statement is the same: for telling duplicates and values of one attribute.

use crate::absorb::merge::{plain, subject};
use afterimage_domain::{Body, Kind, Memory, NewMemory};
use regex::Regex;
use std::sync::LazyLock;

/// Attributes that have one value at a time; what can be several ("my brother is …") is none of them.
const SINGLE: &[&str] = &[
    "name",
    "home",
    "origin",
    "employer",
    "job",
    "birth",
    "birthday",
    "anniversary",
    "deadline",
    "price",
    "address",
    "hometown",
    "phone",
    "phone number",
    "number",
    "email",
    "e mail",
    "email address",
    "e mail address",
    "blood type",
    "shoe size",
];

/// What somebody likes or not: the thing is the attribute, the liking its value.
static TASTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^.+? (?:likes|dislikes) (.+)$").expect("a fixed pattern"));

/// Words that change nothing about what is said.
const ARTICLES: &[&str] = &["the", "a", "an"];

/// The statement of a memory: memories of which it is equal say the same. `None` for what is never said twice.
pub(super) fn statement(memory: &Memory) -> Option<String> {
    let content = &memory.content;
    if content.is_note() {
        return None;
    }
    let about = match &content.body {
        Body::Core { block } => format!("{block:?}"),
        Body::Semantic { subject, .. } => plain(subject),
        Body::Procedural { steps, .. } => steps
            .iter()
            .map(|step| said(step))
            .collect::<Vec<_>>()
            .join("; "),
        // What happens again is another event; one that was noted twice has the same beginning and actor.
        Body::Episodic { actor, .. } => format!("{actor} {}", content.valid_from.millis()),
        Body::Resource { locator, .. } => locator.clone()?,
        Body::Vault { .. } => return None,
    };
    Some(format!(
        "{} | {about} | {}",
        memory.kind().name(),
        said(&content.title)
    ))
}

/// `text` without case, marks and articles, word by word in its order.
pub(super) fn said(text: &str) -> String {
    plain(text)
        .split(' ')
        .filter(|word| !ARTICLES.contains(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a memory gives the one value of: its kind, whom it is about, and the attribute. `None` when many values can hold.
pub(super) fn attribute(memory: &Memory) -> Option<(Kind, String, String)> {
    let content = &memory.content;
    let kind = memory.kind();
    if !matches!(kind, Kind::Core | Kind::Semantic) || content.is_note() {
        return None;
    }
    let attribute = single(content).or_else(|| taste(content))?;
    Some((kind, subject(&content.body), attribute))
}

fn single(content: &NewMemory) -> Option<String> {
    let tag = plain(content.tags.first()?);
    // "my sister s birthday": the last words say what it is, the others whose.
    let is_single = SINGLE.iter().any(|single| {
        tag == *single
            || tag
                .strip_suffix(single)
                .is_some_and(|rest| rest.ends_with(' '))
    });
    is_single.then_some(tag)
}

fn taste(content: &NewMemory) -> Option<String> {
    let thing = TASTE.captures(&content.title)?.get(1)?.as_str();
    Some(format!("taste of {}", said(thing)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upkeep::tests::{fact, tagged};

    fn check(title: &str, tag: &str, expected: Option<&str>) {
        let found = attribute(&tagged(fact(title, 0), tag)).map(|(_, _, attribute)| attribute);
        assert_eq!(found.as_deref(), expected, "{title} [{tag}]");
    }

    #[test]
    fn only_what_has_one_value_is_an_attribute() {
        check("Ann lives in Rome", "home", Some("home"));
        check(
            "Ann's sister's birthday is 3 May",
            "my sister's birthday",
            Some("my sister s birthday"),
        );
        check("Ann's brother is Tom", "my brother", None);
        check("Atlas is late", "work", None);
        check("Ann likes tea", "", Some("taste of tea"));
        check("Ann dislikes the tea", "", Some("taste of tea"));
        check("Ann's surname is Ott", "surname", None);
    }

    #[test]
    fn articles_case_and_marks_do_not_make_another_statement() {
        let one = statement(&fact("The user lives in Bern.", 0));
        assert_eq!(one, statement(&fact("user lives in bern", 5)));
        assert_ne!(one, statement(&fact("User lives in Basel", 0)));
    }
}
