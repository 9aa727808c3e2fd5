//! What can be the value of a label: passwords, phrases, codes, keys and numbers, and what stands there without being one.

use super::{
    SecretKind,
    label::Link,
    labels::Value::{self, Codes, Digits, Key, National, Password, Phrase},
    view::HIDDEN,
};

/// Whether `word` (the first of `line`) is a value such a label would have.
pub(super) fn accepted(word: &str, line: &str, value: Value, link: Link) -> Option<SecretKind> {
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

pub(super) fn has_digit(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}

pub(super) fn has_letter(word: &str) -> bool {
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
pub(super) fn is_phrase(phrase: &str, most: usize) -> bool {
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
pub(super) fn number(line: &str) -> &str {
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
pub(super) fn grouped_key(line: &str) -> &str {
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
pub(super) fn word(line: &str, in_query: bool) -> (usize, &str) {
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
pub(super) fn digits(line: &str) -> &str {
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
pub(super) fn phrase(line: &str) -> &str {
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

/// `Falcon 377`: a word and a few digits, and nothing else. Readers take a low line for a gap.
pub(super) fn two_words(line: &str) -> Option<&str> {
    let line = line.trim_end_matches(['.', ',', ';']);
    let (word, number) = line.split_once(' ')?;
    let is_number = (2..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let is_name = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_alphabetic());
    (is_number && is_name).then_some(line)
}
