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
    "hometown",
    "phone",
    "email",
    "blood type",
    "shoe size",
    "diet",
    "family status",
];

/// Attributes of many things, each with one value: "favourite tea", "price of the ferry".
const SINGLE_OF: &[&str] = &["favourite ", "price of ", "time of "];

/// Other words for an attribute.
const MEANS: &[(&str, &str)] = &[
    ("address", "home"),
    ("role", "job"),
    ("position", "job"),
    ("profession", "job"),
    ("number", "phone"),
    ("phone number", "phone"),
    ("mobile number", "phone"),
    ("e mail", "email"),
    ("email address", "email"),
    ("e mail address", "email"),
];

/// What somebody likes or not: the thing is the attribute, the liking its value.
static TASTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^.+? (?:likes|dislikes) (.+)$").expect("a fixed pattern"));

/// Words that change nothing about what is said.
const ARTICLES: &[&str] = &["the", "a", "an"];

/// The statement of a memory: memories of which it is equal say the same. `None` for what is never said twice.
pub(crate) fn statement(memory: &Memory) -> Option<String> {
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
pub(crate) fn said(text: &str) -> String {
    plain(text)
        .split(' ')
        .filter(|word| !ARTICLES.contains(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a memory gives the one value of: its kind, whom it is about, and the attribute. `None` when many values can hold.
pub(crate) fn attribute(content: &NewMemory) -> Option<(Kind, String, String)> {
    let kind = content.body.kind();
    if !matches!(kind, Kind::Core | Kind::Semantic) || content.is_note() {
        return None;
    }
    let attribute = single(content)
        .or_else(|| taste(content))
        .or_else(|| preference(content))?;
    Some((kind, subject(&content.body), attribute))
}

fn single(content: &NewMemory) -> Option<String> {
    let tag = label(content.tags.first()?);
    // "sister s birthday": the last words say what it is, the others whose.
    let is_single = SINGLE.iter().any(|single| {
        tag == *single
            || tag
                .strip_suffix(single)
                .is_some_and(|rest| rest.ends_with(' '))
    }) || SINGLE_OF.iter().any(|begins| tag.starts_with(begins));
    is_single.then_some(tag)
}

/// A tag in the one form in which it names an attribute: without whose it is and that it is new.
fn label(tag: &str) -> String {
    let tag = plain(tag).replace("favorite", "favourite");
    let mut rest = tag.as_str();
    for word in ["my ", "new ", "current "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let means = MEANS.iter().find(|(word, _)| *word == rest);
    means.map_or(rest, |(_, means)| means).to_owned()
}

fn taste(content: &NewMemory) -> Option<String> {
    let thing = TASTE.captures(&content.title)?.get(1)?.as_str();
    Some(format!("taste of {}", said(thing)))
}

/// What is preferred to what: the pair is the attribute, which of them comes first its value.
fn preference(content: &NewMemory) -> Option<String> {
    static PREFERS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^.+? prefers (.+?) (?:over|to|rather than|instead of) (.+)$")
            .expect("a fixed pattern")
    });
    let found = PREFERS.captures(&content.title)?;
    let mut pair = [said(&found[1]), said(&found[2])];
    pair.sort();
    Some(format!("preference of {}", pair.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upkeep::tests::{fact, tagged};

    fn check(title: &str, tag: &str, expected: Option<&str>) {
        let found =
            attribute(&tagged(fact(title, 0), tag).content).map(|(_, _, attribute)| attribute);
        assert_eq!(found.as_deref(), expected, "{title} [{tag}]");
    }

    #[test]
    fn only_what_has_one_value_is_an_attribute() {
        check("Ann lives in Rome", "home", Some("home"));
        check(
            "Ann's sister's birthday is 3 May",
            "my sister's birthday",
            Some("sister s birthday"),
        );
        check("Ann's brother is Tom", "my brother", None);
        check("Atlas is late", "work", None);
        check("Ann likes tea", "", Some("taste of tea"));
        check("Ann dislikes the tea", "", Some("taste of tea"));
        check("Ann's surname is Ott", "surname", None);
        check("Ann's new role is cook", "my new role", Some("job"));
        check("Ann's address is Rome", "my address", Some("home"));
        check(
            "Ann's favourite tea is Assam",
            "favorite tea",
            Some("favourite tea"),
        );
        check(
            "Ann: the ferry costs 9 euros",
            "price of ferry",
            Some("price of ferry"),
        );
        check(
            "Ann prefers tea to coffee",
            "",
            Some("preference of coffee and tea"),
        );
        check(
            "Ann prefers coffee over tea",
            "",
            Some("preference of coffee and tea"),
        );
    }

    #[test]
    fn articles_case_and_marks_do_not_make_another_statement() {
        let one = statement(&fact("The user lives in Bern.", 0));
        assert_eq!(one, statement(&fact("user lives in bern", 5)));
        assert_ne!(one, statement(&fact("User lives in Basel", 0)));
    }
}
