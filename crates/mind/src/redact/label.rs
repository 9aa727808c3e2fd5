//! Secrets that only their label gives away: `Password: …`, `PIN is …`, a form's field above its value.

use super::{
    Hit, SecretKind, before,
    labels::{LABELS, Value},
    run_end,
    view::HIDDEN,
};
use Value::{Codes, Digits, Key, National, Password, Phrase};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// How far a value may stand from its label on the same line, in characters.
const REACH: usize = 40;

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(LABELS.iter().map(|(label, _)| label))
        .expect("the labels are few and fixed")
});

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    for (start, end, value) in labels(text) {
        match beside(text, start, end, value) {
            Some(found) => hits.push(found),
            None => below(text, start, end, value, hits),
        }
    }
}

/// Whether a folded text holds the letters of any label.
pub(super) fn has_label(folded: &str) -> bool {
    FINDER.is_match(folded)
}

/// The labels of a text, no one inside another: first byte, first byte after, what it announces.
fn labels(text: &str) -> Vec<(usize, usize, Value)> {
    let folded = fold(text);
    let mut found: Vec<_> = FINDER
        .find_overlapping_iter(&folded)
        .map(|label| {
            (
                label.start(),
                label.end(),
                LABELS[label.pattern().as_usize()].1,
            )
        })
        .filter(|&(start, end, _)| is_whole_word(text, start, end))
        .collect();
    found.sort_by_key(|&(start, end, _)| (start, std::cmp::Reverse(end)));
    let mut outer_end = 0;
    found.retain(|&(_, end, _)| {
        let is_outer = end > outer_end;
        outer_end = outer_end.max(end);
        is_outer
    });
    found.retain(|(_, _, value)| *value != Codes);
    found
}

/// In small letters, each character where it was: those whose small letter takes another number of bytes stay.
pub(super) fn fold(text: &str) -> String {
    let small = |c: char| {
        let mut small = c.to_lowercase();
        match (small.next(), small.next()) {
            (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
            _ => c,
        }
    };
    text.chars().map(small).collect()
}

/// `DB_PASSWORD` and `pinCode` are labels, `spin` and `secretary` are not. Scripts without spaces have no word edges.
fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let label = &text[start..end];
    let wide = label.chars().next().is_some_and(|c| c >= '\u{3000}');
    let starts = !before(text, start).is_some_and(char::is_alphanumeric) || is_hump(text, start);
    let ends = !text[end..].starts_with(char::is_alphanumeric);
    // Short ones are words of some language too, but in capitals.
    let is_word = matches!(
        label,
        "sin" | "Sin" | "nie" | "Nie" | "nir" | "dni" | "Dni" | "tan"
    );
    wide || (starts && ends && !is_word)
}

/// `dbPassword`: a capital after a small letter starts a word.
fn is_hump(text: &str, start: usize) -> bool {
    before(text, start).is_some_and(|c| c.is_ascii_lowercase())
        && text[start..].starts_with(|c: char| c.is_ascii_uppercase())
}

/// How a label and its value are put together.
#[derive(Clone, Copy, PartialEq)]
enum Link {
    /// A colon or an equals sign.
    Sign,
    /// "is" in some language, or a dash.
    Is,
    /// A gap of a form or a command line, or nothing but the line's end.
    Gap,
}

/// What stands for "is" between spaces.
const IS: [&str; 30] = [
    "was changed to ",
    "has been changed to ",
    "was set to ",
    "has been set to ",
    "was reset to ",
    "is now ",
    "is ",
    "ist ",
    "es ",
    "est ",
    "was ",
    "lautet ",
    "war ",
    "will be ",
    "changed to ",
    "reset to ",
    "set to ",
    "är ",
    "er ",
    "on ",
    "è ",
    "é ",
    "to ",
    "jest ",
    "это ",
    "heißt ",
    "now ",
    "- ",
    "– ",
    "— ",
];

/// The value on the label's own line.
fn beside(text: &str, label_start: usize, label_end: usize, value: Value) -> Option<Hit> {
    let token = text[..label_start].rfind(char::is_whitespace).unwrap_or(0);
    // The name of a cloud's resource, and a hyphen before a number's name: `USt-IdNr.` is a firm's.
    let is_other = text[token..label_start].trim_start().starts_with("arn:")
        || value == National && text[..label_start].ends_with('-');
    if is_other {
        return None;
    }
    let line_end = text[label_end..]
        .find('\n')
        .map_or(text.len(), |length| label_end + length);
    let line = &text[label_end..line_end];
    let (offset, link) = link(line)?;
    let found = hit(
        text,
        label_end + offset + line[offset..].len() - line[offset..].trim_start().len(),
        line_end,
        value,
        link,
    )?;
    let word = &text[found.start..found.end];
    let is_set = link == Link::Sign && !line[..offset].contains(char::is_alphanumeric);
    let is_mixed = word.len() >= 6 && has_digit(word) && has_letter(word);
    let fits = match fold(&text[label_start..label_end]).as_str() {
        "pass" | "pw" => is_set || is_mixed,
        // These name many other things too.
        "wifi" | "wi-fi" | "wlan" | "schlüssel" => link == Link::Sign && is_mixed,
        _ => true,
    };
    fits.then_some(found)
}

/// Where the value starts after a label on the rest of its line, and by what it is linked.
fn link(line: &str) -> Option<(usize, Link)> {
    for (at, character) in line.char_indices().take(REACH) {
        let after = at + character.len_utf8();
        match character {
            HIDDEN => return None,
            // `type="password" name="x"`: the sign is another name's.
            '=' if line[..at].contains(char::is_alphanumeric)
                && line[..at].contains([' ', '"']) =>
            {
                break;
            }
            ':' | '=' | '：' | '→' => {
                // `:=`, `=>`, `==` and `::` are one sign, or code.
                let more =
                    line[after..].len() - line[after..].trim_start_matches(['=', '>', ':']).len();
                return (more == 0 || line[after..].starts_with(['=', '>']))
                    .then_some((after + more, Link::Sign));
            }
            '是' | '为' | 'は' => return Some((after, Link::Is)),
            ' ' => {
                let rest = &line[after..];
                if let Some(word) = IS.iter().find(|word| rest.starts_with(**word)) {
                    return Some((after + word.len(), Link::Is));
                }
            }
            '.' | '?' | '!' | ';' => break,
            _ => {}
        }
    }
    let gap = line.len() - line.trim_start().len();
    (gap > 0 && gap < line.len()).then_some((gap, Link::Gap))
}

/// The value on the next line, where the label has its own line for itself; and the values on the lines after it, where it heads a column.
fn below(text: &str, label_start: usize, label_end: usize, value: Value, hits: &mut Vec<Hit>) {
    let line_start = text[..label_start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = run_end(text, label_end, |c| c != '\n');
    if !is_heading(&text[line_start..label_start], &text[label_end..line_end]) {
        return;
    }
    let mut end = line_end;
    while end < text.len() {
        let (start, is_first) = (end + 1, end == line_end);
        end = run_end(text, start, |c| c != '\n');
        let Some(hit) = alone(text, start, end, value) else {
            return;
        };
        if !is_first && !(matches!(value, Password | Key) && is_strong(&text[hit.start..hit.end])) {
            return;
        }
        hits.push(hit);
    }
}

/// The value that is all of a line.
fn alone(text: &str, start: usize, end: usize, value: Value) -> Option<Hit> {
    let line = &text[start..end];
    let one = match value {
        Password => two_words(line.trim()).is_some() || line.split_whitespace().count() == 1,
        Key => line.split_whitespace().count() == 1 || !grouped_key(line.trim()).is_empty(),
        _ => true,
    };
    let start = start + line.len() - line.trim_start().len();
    (one && !is_assignment(line))
        .then(|| hit(text, start, end, value, Link::Gap))
        .flatten()
}

/// `Falcon 377`: a word and a few digits, and nothing else. Readers take a low line for a gap.
fn two_words(line: &str) -> Option<&str> {
    let line = line.trim_end_matches(['.', ',', ';']);
    let (word, number) = line.split_once(' ')?;
    let is_number = (2..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let is_name = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_alphabetic());
    (is_number && is_name).then_some(line)
}

/// `NAME=value`, `name: value`: the line speaks for itself.
fn is_assignment(line: &str) -> bool {
    let name = line.split(['=', ':']).next().unwrap_or(line);
    name.len() < line.len()
        && name.len() > 1
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b' '))
}

/// A few words before the label, and after it nothing but signs, a note in brackets, or three words and a colon.
fn is_heading(before: &str, after: &str) -> bool {
    let after = match after.split_once('(') {
        Some((start, rest)) => {
            format!("{start}{}", rest.split_once(')').map_or("", |(_, end)| end))
        }
        None => after.to_owned(),
    };
    let plain = after.chars().all(|c| !c.is_alphanumeric());
    let sentence = after.trim_end().ends_with(':') && after.split_whitespace().count() <= 3;
    !after.contains(['=', '?', '!', '？', HIDDEN])
        && !before.contains(['=', '(', '<', '"'])
        && before.split_whitespace().count() <= if plain { 3 } else { 7 }
        && (plain || sentence)
}

fn hit(text: &str, start: usize, line_end: usize, value: Value, link: Link) -> Option<Hit> {
    let line = text[start..line_end].trim_end();
    let token = text[..start].rfind(char::is_whitespace).unwrap_or(0);
    let in_query = link == Link::Sign
        && text
            .get(token..start)
            .is_some_and(|token| token.contains(['?', '&', ';', '=']));
    let (skip, word) = match value {
        Phrase => (0, phrase(line)),
        Digits => (0, digits(line)),
        National => (0, number(line)),
        Key if !grouped_key(line).is_empty() => (0, grouped_key(line)),
        Password if link != Link::Gap || text[..start].ends_with('\n') => {
            two_words(line.trim_end()).map_or_else(|| word(line, in_query), |words| (0, words))
        }
        Password | Key | Codes => word(line, in_query),
    };
    let kind = accepted(word, line, value, link)?;
    let start = start + skip;
    Some(Hit {
        start,
        end: start + word.len(),
        kind,
    })
}

/// Whether `word` (the first of `line`) is a value such a label would have.
fn accepted(word: &str, line: &str, value: Value, link: Link) -> Option<SecretKind> {
    if !is_value(word) {
        return None;
    }
    let length = word.chars().count();
    let last = line.trim_end().len() <= word.len() + 2;
    let strong = is_strong(word);
    match value {
        Digits => (link != Link::Gap || last).then_some(SecretKind::Pin),
        National => Some(SecretKind::NationalId),
        Phrase => (is_phrase(word, usize::from(link == Link::Sign))
            || link == Link::Sign && last && length >= 6 && !word.contains(' '))
        .then_some(SecretKind::Password),
        Password | Codes => match link {
            Link::Sign => (length >= 3 && (strong || last || length >= 6 && !is_prose(line)))
                .then_some(SecretKind::Password),
            Link::Is | Link::Gap => (length >= 4 && strong).then_some(SecretKind::Password),
        },
        Key => {
            let code = word.bytes().all(|b| b.is_ascii_digit())
                && (6..=8).contains(&length)
                && link != Link::Gap
                && last;
            let opaque = word.bytes().all(|b| b.is_ascii_graphic())
                && length >= 8
                && (has_digit(word) && has_letter(word) || length >= 16 && strong);
            let grouped = word.contains(' ');
            (code || grouped || opaque && (link != Link::Gap || length >= 12))
                .then_some(SecretKind::ApiKey)
        }
    }
}

/// Whether a word could be a secret at all.
pub(super) fn is_value(word: &str) -> bool {
    !(word.is_empty() || word.contains(HIDDEN) || is_placeholder(word))
}

fn has_digit(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}

fn has_letter(word: &str) -> bool {
    word.chars().any(char::is_alphabetic)
}

/// Not a plain word: a digit with a letter or four digits, a symbol inside, or capitals inside.
pub(super) fn is_strong(word: &str) -> bool {
    let symbol = word
        .trim_end_matches(['?', '!'])
        .chars()
        .any(|c| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’' | '.' | ',' | '/' | '_'));
    let inner_capital =
        word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    has_digit(word) && (has_letter(word) || word.chars().count() >= 4)
        || symbol && has_letter(word)
        || inner_capital
}

/// Four words and more, at `most` so many of them words that hold sentences together; or one strong word.
fn is_phrase(phrase: &str, most: usize) -> bool {
    const SENTENCE: &str = "the a an of is are than to your you must be for and or with in not was from that this have at least it can";
    let words: Vec<&str> = phrase.split([' ', '-']).collect();
    let plain =
        |word: &&str| word.chars().all(|c| c.is_alphanumeric() || c == '\'') && !word.is_empty();
    let in_sentence = |word: &&&str| {
        SENTENCE
            .split(' ')
            .any(|other| word.eq_ignore_ascii_case(other))
    };
    words.len() >= 4 && words.iter().all(plain) && words.iter().filter(in_sentence).count() <= most
        || words.len() < 4 && !phrase.contains(' ') && phrase.len() >= 8 && is_strong(phrase)
}

/// The start of a line that is a number with letters and single signs in it, 6 digits at least.
fn number(line: &str) -> &str {
    let mut end = 0;
    for part in line.split_inclusive([' ', '-', '.', '/']) {
        let group = part.trim_end_matches([' ', '-', '.', '/']);
        let plain = group.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_mark = group.len() <= 3 && group.bytes().all(|b| b.is_ascii_uppercase());
        let trimmed = group.trim_end_matches([',', ';', ')']);
        let has_digit = trimmed.bytes().any(|b| b.is_ascii_digit());
        if group.is_empty() || !(plain && (has_digit || is_mark)) {
            let is_last = has_digit && trimmed.bytes().all(|b| b.is_ascii_alphanumeric());
            end += if is_last { trimmed.len() } else { 0 };
            break;
        }
        end += part.len();
    }
    let number = line[..end].trim_end_matches([' ', '-', '.', '/']);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let number = match number.rsplit_once(' ') {
        Some((start, mark)) if mark.len() > 1 && mark.bytes().all(|b| b.is_ascii_uppercase()) => {
            start
        }
        _ => number,
    };
    if (6..=20).contains(&digits) {
        number
    } else {
        ""
    }
}

/// Groups of one length with single spaces between them, four at least, as keys are shown to be typed.
fn grouped_key(line: &str) -> &str {
    let groups: Vec<&str> = line.split(' ').collect();
    let length = groups[0].len();
    let same =
        |group: &&&str| group.len() == length && group.bytes().all(|b| b.is_ascii_alphanumeric());
    let count = groups.iter().take_while(same).count();
    let key = &line[..(count * (length + 1)).saturating_sub(1).min(line.len())];
    let opaque = has_digit(key) || key.bytes().all(|b| b.is_ascii_uppercase() || b == b' ');
    if count >= 4 && (3..=8).contains(&length) && opaque {
        key
    } else {
        ""
    }
}

/// A line that goes on in small words is prose about passwords.
fn is_prose(line: &str) -> bool {
    line.split_whitespace()
        .skip(1)
        .take(3)
        .filter(|word| word.chars().all(char::is_lowercase))
        .count()
        >= 2
}

/// The first word, without its quotes and closing marks, and how many bytes stand before it.
fn word(line: &str, in_query: bool) -> (usize, &str) {
    if let Some(quote) = line
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`' | '“' | '„'))
    {
        let inner = &line[quote.len_utf8()..];
        let end = inner
            .find(['"', '\'', '`', '”', '“'])
            .unwrap_or_else(|| inner.find(char::is_whitespace).unwrap_or(inner.len()));
        return (quote.len_utf8(), &inner[..end]);
    }
    let end = line
        .find(|c: char| c.is_whitespace() || (in_query && matches!(c, '&' | ';')))
        .unwrap_or(line.len());
    (
        0,
        line[..end].trim_end_matches(['.', ',', ';', ')', ']', '}', '"', '\'', '`', '>']),
    )
}

/// 3 to 8 digits at the start, single spaces or a dash among them allowed.
fn digits(line: &str) -> &str {
    let line = line.trim_start();
    let end = line
        .char_indices()
        .find(|(at, c)| {
            !(c.is_ascii_digit()
                || (matches!(c, ' ' | '-')
                    && line[at + 1..].starts_with(|c: char| c.is_ascii_digit())))
        })
        .map_or(line.len(), |(at, _)| at);
    let count = line[..end].bytes().filter(u8::is_ascii_digit).count();
    let ends = !line[end..]
        .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | ':' | '%'))
        || line[end..].starts_with('.')
            && !line[end + 1..].starts_with(|c: char| c.is_ascii_digit());
    if (3..=8).contains(&count) && ends {
        &line[..end]
    } else {
        ""
    }
}

/// Up to 24 words to the end of the line or sentence.
fn phrase(line: &str) -> &str {
    let words = line.split_whitespace().take(24).last();
    words.map_or("", |last| {
        line[..last.as_ptr() as usize - line.as_ptr() as usize + last.len()]
            .trim_end_matches(['.', '"', '\''])
    })
}

/// Words that stand after a label without being its value: form hints, types, prose.
const PLACEHOLDERS: &str = "\
    forgot forgotten vergessen reset change changed required optional incorrect invalid wrong show hide hidden \
    must should none null nil true false string str bytes text password passwd pwd secret token your the a an my \
    new old confirm repeat enter expired expires protected manager field value empty undefined todo example \
    changeme redacted removed masked encrypted yes no not input option<string> &str int varchar and or is in to \
    for with too set unset xxx n/a sent ok weak strong medium policy rules minimum at";

/// Words that stand after such labels without being secrets: dots of a hidden field, form hints, code, types.
pub(super) fn is_placeholder(word: &str) -> bool {
    let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
    let all = |set: &[char]| word.chars().all(|c| set.contains(&c));
    plain.is_empty()
        || all(&['*', '•', '●', '·', '.', '-', '_', 'x', 'X', '…'])
        || PLACEHOLDERS
            .split_whitespace()
            .any(|other| plain.eq_ignore_ascii_case(other))
        || word.starts_with(['<', '$', '%', '{', '[', '('])
        || word.contains(['(', '{', '…'])
        || word.contains("://")
        || is_dotted_name(word)
        || is_indexed(word)
}

/// `os.environ["X"]`, `config['x']`, `Type::new`.
fn is_indexed(word: &str) -> bool {
    let end = word
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
        .unwrap_or(word.len());
    end > 1
        && ["[\"", "['", "::", "->"]
            .iter()
            .any(|sign| word[end..].starts_with(sign))
}

/// `os.environ`, `config.password`: code that fetches a secret, not the secret.
fn is_dotted_name(word: &str) -> bool {
    word.contains('.')
        && word.split('.').count() >= 2
        && word.split('.').all(|part| {
            part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
}
