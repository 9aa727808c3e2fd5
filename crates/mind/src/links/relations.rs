//! What a fact says of how two are related: `Anna works at Siemens`, `Anna's wife is Bea`.

use super::names::NAME;
use afterimage_domain::{EntityKind, link::USER};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Two names and what joins them.
pub(super) struct Related {
    pub(super) from: (String, EntityKind),
    pub(super) to: (String, EntityKind),
    pub(super) label: String,
}

struct Pattern {
    regex: Regex,
    /// Empty: the word that the pattern caught.
    label: &'static str,
    /// What the second name is.
    kind: EntityKind,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    use EntityKind::{Organisation, Person, Place, Project};
    const KIN: &str = "wife|husband|partner|girlfriend|boyfriend|fianc[eé]e?|mother|father|mom|mum|dad|sister|brother|son|daughter|dog|cat|boss|manager|doctor|dentist|landlord|roommate|best friend|friend|colleague|neighbou?r";
    [
        (
            r"{WHO} (?i:(?:now |currently )?works? (?:at|for)) (?i:the )?{TO}".to_owned(),
            "works at",
            Organisation,
        ),
        (
            r"{WHO} (?i:(?:now |currently )?works? on) (?i:the )?{TO}".to_owned(),
            "works on",
            Project,
        ),
        (
            r"{WHO} (?i:owns|leads) (?i:the )?{TO} (?i:project|beta|release|roadmap)".to_owned(),
            "leads",
            Project,
        ),
        (
            r"{WHO} (?i:(?:now |currently )?lives? in|(?:has |have )?moved to) (?i:the )?{TO}"
                .to_owned(),
            "lives in",
            Place,
        ),
        (
            r"{WHO} (?i:comes? from) (?i:the )?{TO}".to_owned(),
            "comes from",
            Place,
        ),
        (
            format!(r"{{WHO}}(?:'s|’s) (?i:(?<label>{KIN}))(?i:,? (?:is|is called))? {{TO}}"),
            "",
            Person,
        ),
        (
            format!(r"{{TO}} (?i:is|was) {{WHO}}(?:'s|’s) (?i:(?<label>{KIN}))\b"),
            "",
            Person,
        ),
        (
            format!(r"^(?i:my) (?i:(?<label>{KIN}))(?i:,? (?:is|is called))? {{TO}}"),
            "",
            Person,
        ),
    ]
    .into_iter()
    .map(|(pattern, label, kind)| {
        let pattern = pattern
            .replace("{WHO}", &format!("(?<who>(?i:the user)|{NAME})"))
            .replace("{TO}", &format!("(?<to>{NAME})"));
        let regex = Regex::new(&format!(r"(?:^|[^\p{{L}}]){pattern}")).expect("a fixed pattern");
        Pattern { regex, label, kind }
    })
    .collect()
});

/// All that `text` says of how those it names are related.
pub(super) fn relations(text: &str) -> Vec<Related> {
    let mut found: Vec<Related> = Vec::new();
    for line in text.lines() {
        for pattern in PATTERNS.iter() {
            let related = pattern
                .regex
                .captures_iter(line)
                .filter_map(|caught| pattern.related(&caught));
            for new in related {
                let is_known = found.iter().any(|known| {
                    (&known.from.0, &known.to.0, &known.label)
                        == (&new.from.0, &new.to.0, &new.label)
                });
                if !is_known {
                    found.push(new);
                }
            }
        }
    }
    found
}

impl Pattern {
    fn related(&self, caught: &Captures<'_>) -> Option<Related> {
        let from = caught.name("who").map_or(USER, |who| who.as_str());
        let from = match from.eq_ignore_ascii_case("the user") {
            true => USER,
            false => owner(from),
        };
        let to = owner(caught.name("to")?.as_str());
        let label = match caught.name("label") {
            Some(label) => label.as_str().to_lowercase(),
            None => self.label.to_owned(),
        };
        let are_names = [from, to]
            .iter()
            .all(|name| *name == USER || super::names::is_name(name, 4));
        (are_names && from != to).then(|| Related {
            from: (from.to_owned(), EntityKind::Person),
            to: (to.to_owned(), self.kind),
            label,
        })
    }
}

fn owner(name: &str) -> &str {
    ["'s", "’s"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}
