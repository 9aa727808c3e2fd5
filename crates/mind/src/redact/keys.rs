//! Secrets that name themselves: private key blocks, web tokens, seeds of one-time codes, passwords in addresses.

use super::{Hit, SecretKind, before, run_end, value::is_placeholder, wrapped_end};

pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    private_keys(text, hits);
    web_tokens(text, hits);
    otp_seeds(text, hits);
    passwords_in_addresses(text, hits);
}

fn private_keys(text: &str, hits: &mut Vec<Hit>) {
    for (begin, _) in text.match_indices("BEGIN ") {
        let line_end = text[begin..]
            .find('\n')
            .map_or(text.len(), |length| begin + length);
        if !text[begin..line_end].contains("PRIVATE KEY") {
            continue;
        }
        let start = text[..begin].trim_end_matches(['-', ' ']).len();
        let start = start + text[start..begin].len() - text[start..begin].trim_start().len();
        let end = closing_line(text, line_end).unwrap_or_else(|| base64_lines_end(text, line_end));
        hits.push(Hit {
            start,
            end,
            kind: SecretKind::PrivateKey,
        });
    }
}

fn closing_line(text: &str, from: usize) -> Option<usize> {
    let end = from + text[from..].find("END ")?;
    let key = end + text[end..].find("PRIVATE KEY")? + "PRIVATE KEY".len();
    let rest = text[key..].strip_prefix(" BLOCK").unwrap_or(&text[key..]);
    (key - end < 40).then(|| text.len() - rest.trim_start_matches('-').len())
}

/// The end of the lines after `from` that can be a key's: the window may not show the last one.
fn base64_lines_end(text: &str, from: usize) -> usize {
    let mut end = from;
    for line in text[from..].split_inclusive('\n') {
        let content = line.trim();
        if content.chars().any(|c| !base64(c)) || (!content.is_empty() && content.len() < 16) {
            break;
        }
        end += line.len();
    }
    text[..end].trim_end().len().max(from)
}

/// Three parts in base64url with dots between; a terminal may have broken it at its edge, a reader put a space beside a dot.
fn web_tokens(text: &str, hits: &mut Vec<Hit>) {
    for (start, _) in text.match_indices("eyJ") {
        if before(text, start).is_some_and(word_dash) {
            continue;
        }
        let (mut end, mut parts) = (start, 0);
        loop {
            let part = wrapped_end(text, run_end(text, end, word_dash), word_dash);
            if part - end < if parts == 0 { 12 } else { 8 } {
                break;
            }
            (end, parts) = (part, parts + 1);
            match after_dot(text, end).filter(|_| parts < 3) {
                Some(next) if run_end(text, next, word_dash) - next >= 8 => end = next,
                Some(next) if parts == 2 => {
                    end = run_end(text, next, word_dash);
                    break;
                }
                _ => break,
            }
        }
        if parts >= 2 {
            hits.push(Hit {
                start,
                end,
                kind: SecretKind::Jwt,
            });
        }
    }
}

/// After a dot, and the space or line break a reader may have put beside it.
fn after_dot(text: &str, place: usize) -> Option<usize> {
    let rest = &text[place..];
    [".", ". ", ".\n", " .", "\n."]
        .iter()
        .filter_map(|dot| {
            rest.strip_prefix(dot)
                .map(|rest| (rest, text.len() - rest.len()))
        })
        .find(|(rest, _)| rest.starts_with(word_dash))
        .map(|(_, place)| place)
}

fn otp_seeds(text: &str, hits: &mut Vec<Hit>) {
    for (start, _) in text.match_indices("otpauth://") {
        let end = text[start..]
            .find(char::is_whitespace)
            .map_or(text.len(), |length| start + length);
        hits.push(Hit {
            start,
            end,
            kind: SecretKind::OtpSeed,
        });
    }
}

/// `scheme://user:password@host`: the password only. It may hold signs that an address should not.
fn passwords_in_addresses(text: &str, hits: &mut Vec<Hit>) {
    for (scheme, mark) in text.match_indices("://") {
        let start = scheme + mark.len();
        let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
        let end = text[start..]
            .find(stop)
            .map_or(text.len(), |length| start + length);
        let address = &text[start..end];
        let Some((user, rest)) = address.split_once([':', '/', '@', '?']) else {
            continue;
        };
        let has_password = address[user.len()..].starts_with(':');
        let is_port = rest.split(['/', '?', '#']).next().is_some_and(is_number);
        let password = rest
            .rfind('@')
            .filter(|_| has_password && !is_port)
            .map(|host| &rest[..host]);
        if let Some(password) = password.filter(|password| !is_placeholder(password)) {
            let start = start + user.len() + 1;
            hits.push(Hit {
                start,
                end: start + password.len(),
                kind: SecretKind::Password,
            });
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn word_dash(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn base64(c: char) -> bool {
    word_dash(c) || matches!(c, '+' | '/' | '=')
}
