//! Rows of bullets: a password that is being typed. Its length says something of it, and the field may show it in the next moment.

use super::{Hit, SecretKind};
use regex::Regex;
use std::sync::LazyLock;

/// Four and more; dots and stars are left alone, they fill tables and comments.
static ROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[•●∙⚫⬤⦁](?:\x20?[•●∙⚫⬤⦁]){3,}").expect("it is written here"));

/// Adds the rows in `text`.
pub fn find(text: &str, hits: &mut Vec<Hit>) {
    hits.extend(ROW.find_iter(text).map(|row| Hit {
        start: row.start(),
        end: row.end(),
        kind: SecretKind::Password,
    }));
}
