//! The form of text that full-text search sees, the same for documents and for questions.
//!
//! The tokenizer splits at everything that is not a letter or digit and stems English. Scripts written without spaces would be one long
//! word to it, so their runs are cut into overlapping pairs: 東京都 → 東京 京都 都.

/// Raised when [`for_document`] changes: the word tables are then filled anew.
pub(crate) const VERSION: i64 = 1;

/// The most words of a question that are looked up.
const MOST_TERMS: usize = 64;

/// The indexed form of a document's text.
pub(crate) fn for_document(text: &str) -> String {
    let mut indexed = String::with_capacity(text.len() + text.len() / 8);
    for run in runs(text) {
        match run {
            Run::Spaced(run) => indexed.push_str(run),
            Run::Unspaced(run) => {
                for pair in pairs(run) {
                    indexed.push(' ');
                    indexed.push_str(pair);
                }
                indexed.push(' ');
            }
        }
    }
    indexed
}

/// A full-text expression that matches documents with any of the words of `text`; empty when there are none.
pub(crate) fn match_any(text: &str) -> String {
    terms(text).join(" OR ")
}

/// An expression that matches documents which hold a word of each group; empty when a group has no words or there are no groups.
pub(crate) fn match_all(groups: &[Vec<String>]) -> String {
    let alternatives = groups.iter().map(|group| match_any(&group.join(" ")));
    let alternatives: Vec<String> = alternatives.collect();
    match alternatives.iter().any(String::is_empty) {
        true => String::new(),
        false => {
            let bracketed = alternatives.iter().map(|any| format!("({any})"));
            bracketed.collect::<Vec<_>>().join(" AND ")
        }
    }
}

/// An expression that matches documents which hold, for each word of `text`, a word that begins with it.
pub(crate) fn match_beginnings(text: &str) -> String {
    let terms: Vec<_> = terms(text)
        .into_iter()
        .map(|term| format!("{}*", term.trim_end_matches('*')))
        .collect();
    match terms.is_empty() {
        true => "\"\"".into(),
        false => terms.join(" AND "),
    }
}

/// Quoted terms without repetition; a lone letter of an unspaced script stands for every pair it begins.
fn terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    let mut add = |term: String| {
        if terms.len() < MOST_TERMS && !terms.contains(&term) {
            terms.push(term);
        }
    };
    for run in runs(text) {
        match run {
            Run::Spaced(run) => words(run).for_each(|word| add(format!("\"{word}\""))),
            Run::Unspaced(run) if run.chars().count() == 1 => add(format!("\"{run}\"*")),
            Run::Unspaced(run) => pairs(run)
                .filter(|pair| pair.chars().count() == 2)
                .for_each(|pair| add(format!("\"{pair}\""))),
        }
    }
    terms
}

fn words(text: &str) -> impl Iterator<Item = String> {
    // Combining accents belong to the letter before them, as the tokenizer sees it.
    text.split(|c: char| !c.is_alphanumeric() && !('\u{300}'..='\u{36f}').contains(&c))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

enum Run<'t> {
    Spaced(&'t str),
    Unspaced(&'t str),
}

fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let unspaced = is_unspaced(rest.chars().next()?);
        let end = rest
            .find(|c| is_unspaced(c) != unspaced)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(if unspaced {
            Run::Unspaced(run)
        } else {
            Run::Spaced(run)
        })
    })
}

/// Pairs of neighbouring letters, and the last letter alone.
fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let ends = run
        .char_indices()
        .map(|(start, _)| start)
        .skip(2)
        .chain([run.len(), run.len()]);
    run.char_indices()
        .zip(ends)
        .map(|((start, _), end)| &run[start..end])
}

/// Letters of scripts that are written without spaces between words: Han, Kana, Thai, Lao, Khmer, Burmese. Korean pairs help too: its
/// endings are glued to the word.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e01}'..='\u{0edf}'
        | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{17d3}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3134f}')
        && c != '・'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unspaced_scripts_are_indexed_in_pairs() {
        for (text, expected) in [
            ("plain words", "plain words"),
            ("東京都", " 東京 京都 都 "),
            ("v2の猫", "v2 の猫 猫 "),
            ("猫", " 猫 "),
            ("서울 eats", " 서울 울  eats"),
        ] {
            assert_eq!(for_document(text), expected);
        }
    }

    #[test]
    fn a_question_asks_for_any_of_its_words() {
        for (text, expected) in [
            ("", ""),
            ("?!", ""),
            ("Where's the cat", r#""where" OR "s" OR "the" OR "cat""#),
            ("cat CAT", r#""cat""#),
            (r#"a" OR "b"#, r#""a" OR "or" OR "b""#),
            ("東京都", r#""東京" OR "京都""#),
            ("猫", r#""猫"*"#),
            ("report_v2.pdf", r#""report" OR "v2" OR "pdf""#),
        ] {
            assert_eq!(match_any(text), expected);
        }
    }

    #[test]
    fn a_list_is_narrowed_by_beginnings() {
        for (text, expected) in [
            ("alp rep", r#""alp"* AND "rep"*"#),
            ("猫", r#""猫"*"#),
            (" ", r#""""#),
        ] {
            assert_eq!(match_beginnings(text), expected);
        }
    }
}
