//! Secrets that only their label gives away: `Password: …`, `PIN is …`, a form's field above its value.

use super::{Hit, SecretKind, before, view::HIDDEN};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// How far a value may stand from its label on the same line, in characters.
const REACH: usize = 40;

/// What kind of value a label announces.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    /// One word, anything.
    Password,
    /// All words up to the end of the line.
    Phrase,
    /// 3 to 8 digits.
    Digits,
    /// A long word with digits or both cases.
    Key,
}

use Value::{Digits, Key, Password, Phrase};

/// Labels in the languages most screens speak. Longest match wins, so the longer label may mean something else.
const LABELS: &[(&str, Value)] = &[
    ("password", Password),
    ("passwd", Password),
    ("passw0rd", Password),
    ("pwd", Password),
    ("passwort", Password),
    ("kennwort", Password),
    ("mot de passe", Password),
    ("contraseña", Password),
    ("CONTRASEÑA", Password),
    ("contrasena", Password),
    ("senha", Password),
    ("wachtwoord", Password),
    ("hasło", Password),
    ("heslo", Password),
    ("пароль", Password),
    ("Пароль", Password),
    ("ПАРОЛЬ", Password),
    ("密码", Password),
    ("密碼", Password),
    ("口令", Password),
    ("パスワード", Password),
    ("비밀번호", Password),
    ("lösenord", Password),
    ("şifre", Password),
    ("parola", Password),
    ("passcode", Password),
    ("login code", Digits),
    ("passphrase", Phrase),
    ("pass phrase", Phrase),
    ("seed phrase", Phrase),
    ("recovery phrase", Phrase),
    ("mnemonic", Phrase),
    ("recovery key", Phrase),
    ("recovery code", Key),
    ("backup code", Key),
    ("pin", Digits),
    ("pin code", Digits),
    ("pin-code", Digits),
    ("cvv", Digits),
    ("cvv2", Digits),
    ("cvc", Digits),
    ("cvc2", Digits),
    ("security code", Digits),
    ("verification code", Digits),
    ("one-time code", Digits),
    ("otp", Digits),
    ("card code", Digits),
    ("kartenprüfnummer", Digits),
    ("prüfziffer", Digits),
    ("código de seguridad", Digits),
    ("2fa code", Digits),
    ("sms code", Digits),
    ("tan", Digits),
    ("puk", Digits),
    ("secret", Key),
    ("client secret", Key),
    ("client_secret", Key),
    ("secret key", Key),
    ("secret_key", Key),
    ("secretkey", Key),
    ("secret access key", Key),
    ("secret_access_key", Key),
    ("secretaccesskey", Key),
    ("token", Key),
    ("access token", Key),
    ("access_token", Key),
    ("accesstoken", Key),
    ("auth token", Key),
    ("auth_token", Key),
    ("authtoken", Key),
    ("refresh_token", Key),
    ("refresh token", Key),
    ("bearer", Key),
    ("api key", Key),
    ("api_key", Key),
    ("api-key", Key),
    ("apikey", Key),
    ("api token", Key),
    ("api_token", Key),
    ("private key", Key),
    ("private_key", Key),
    ("access key", Key),
    ("access_key", Key),
    ("accountkey", Key),
    ("sharedaccesskey", Key),
    ("encryption key", Key),
    ("signing key", Key),
    ("令牌", Key),
    ("密钥", Key),
];

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(LABELS.iter().map(|(label, _)| label))
        .expect("the labels are few and fixed")
});

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    for label in FINDER.find_iter(text) {
        let value = LABELS[label.pattern().as_usize()].1;
        if is_whole_word(text, label.start(), label.end()) {
            let found = beside(text, label.end(), value)
                .or_else(|| below(text, label.start(), label.end(), value));
            hits.extend(found);
        }
    }
}

/// `DB_PASSWORD` and `pinCode` are labels, `spin` and `secretary` are not. Scripts without spaces have no word edges.
fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let wide = !text[start..end].is_ascii()
        && text[start..end]
            .chars()
            .next()
            .is_some_and(|c| c >= '\u{3000}');
    let starts = !before(text, start).is_some_and(char::is_alphanumeric) || is_hump(text, start);
    let ends = !text[end..].starts_with(char::is_alphanumeric);
    wide || (starts && ends)
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
    /// "is" in some language.
    Is,
    /// A gap of a form or a command line, or nothing but the line's end.
    Gap,
}

/// The value on the label's own line.
fn beside(text: &str, label_end: usize, value: Value) -> Option<Hit> {
    let line_end = text[label_end..]
        .find('\n')
        .map_or(text.len(), |length| label_end + length);
    let line = &text[label_end..line_end];
    let (offset, link) = link(line)?;
    let offset = offset + line[offset..].len() - line[offset..].trim_start().len();
    hit(text, label_end + offset, line_end, value, link)
}

/// Where the value starts after a label on the rest of its line, and by what it is linked.
fn link(line: &str) -> Option<(usize, Link)> {
    for (at, character) in line.char_indices().take(REACH) {
        let after = at + character.len_utf8();
        match character {
            HIDDEN => return None,
            ':' | '=' | '：' | '→' => {
                // `:=`, `=>`, `==` and `::` are one sign, or code.
                let more =
                    line[after..].len() - line[after..].trim_start_matches(['=', '>', ':']).len();
                return (more == 0 || line[after..].starts_with(['=', '>']))
                    .then_some((after + more, Link::Sign));
            }
            ' ' => {
                let rest = &line[after..];
                if let Some(word) = ["is ", "ist ", "es ", "est ", "was ", "lautet "]
                    .iter()
                    .find(|word| rest.starts_with(**word))
                {
                    return Some((after + word.len(), Link::Is));
                }
            }
            '.' | '?' | '!' | ';' => return None,
            _ => {}
        }
    }
    let gap = line.len() - line.trim_start().len();
    (gap > 0 && gap < line.len()).then_some((gap, Link::Gap))
}

/// The value on the next line, where the label has its own line for itself.
fn below(text: &str, label_start: usize, label_end: usize, value: Value) -> Option<Hit> {
    let line_start = text[..label_start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = label_end + text[label_end..].find('\n')?;
    let is_heading = text[line_start..line_end].split_whitespace().count() <= 3
        && text[label_end..line_end]
            .chars()
            .all(|c| !c.is_alphanumeric() && c != HIDDEN && c != '=');
    let next_end = text[line_end + 1..]
        .find('\n')
        .map_or(text.len(), |length| line_end + 1 + length);
    let next = &text[line_end + 1..next_end];
    let stands_alone = value == Phrase || next.split_whitespace().count() == 1 || value == Digits;
    let start = line_end + 1 + next.len() - next.trim_start().len();
    (is_heading && stands_alone)
        .then(|| hit(text, start, next_end, value, Link::Gap))
        .flatten()
}

fn hit(text: &str, start: usize, line_end: usize, value: Value, link: Link) -> Option<Hit> {
    let line = text[start..line_end].trim_end();
    let token = text[..start].rfind(char::is_whitespace).unwrap_or(0);
    let in_query = link == Link::Sign
        && text
            .get(token..start)
            .is_some_and(|token| token.contains(['?', '&']));
    let (skip, word) = match value {
        Phrase => (0, phrase(line)),
        Digits => (0, digits(line)),
        Password | Key => word(line, in_query),
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
    if word.is_empty() || word.contains(HIDDEN) || is_placeholder(word) {
        return None;
    }
    let length = word.chars().count();
    let last = line.trim_end().len() <= word.len() + 2;
    let strong = is_strong(word);
    match value {
        Digits => (link != Link::Gap || last).then_some(SecretKind::Pin),
        Phrase => (length >= 8 && link != Link::Gap || word.split_whitespace().count() >= 6)
            .then_some(SecretKind::Password),
        Password => match link {
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
            (code || opaque && (link != Link::Gap || length >= 16)).then_some(SecretKind::ApiKey)
        }
    }
}

fn has_digit(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}

fn has_letter(word: &str) -> bool {
    word.chars().any(char::is_alphabetic)
}

/// Not a plain word: a digit with a letter or four digits, a symbol inside, or capitals inside.
fn is_strong(word: &str) -> bool {
    let symbol = word
        .chars()
        .any(|c| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’' | '.' | ',' | '/' | '_'));
    let inner_capital =
        word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    has_digit(word) && (has_letter(word) || word.chars().count() >= 4)
        || symbol && has_letter(word)
        || inner_capital
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
        .find(|c: char| c.is_whitespace() || (in_query && matches!(c, '&' | '#')))
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
}

/// `os.environ`, `config.password`: code that fetches a secret, not the secret.
fn is_dotted_name(word: &str) -> bool {
    word.contains('.')
        && word.split('.').count() >= 2
        && word.split('.').all(|part| {
            part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
}
