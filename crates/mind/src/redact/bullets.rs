//! Rows of bullets: a password that is being typed. Its length says something of it, and the field may show it in the next moment.

use super::{Hit, SecretKind};
use regex::Regex;
use std::sync::LazyLock;

/// Four and more; dots and stars are left alone, they fill tables and comments.
static ROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[•●∙⚫⬤⦁](?:\x20?[•●∙⚫⬤⦁]){3,}").expect("it is written here"));

/// Adds the rows in `text`, but for those in place of digits, as in a card of which the last four are shown.
pub fn find(text: &str, hits: &mut Vec<Hit>) {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let rows = ROW.find_iter(text).filter(|row| {
        let after = text[row.end()..].trim_start_matches([' ', '-']);
        let before = text[..row.start()].trim_end_matches([' ', '-']);
        !is_digit(after.chars().next()) && !is_digit(before.chars().next_back())
    });
    hits.extend(rows.map(|row| Hit {
        start: row.start(),
        end: row.end(),
        kind: SecretKind::Password,
    }));
}
