//! The site that an address is on.

use crate::pattern::covers;

/// The host in `url`, whose scheme may be missing, as browsers show addresses: without user, port, a leading `www.` and a dot at the end.
/// `None` where there is none, as in `file:///a`.
pub fn host(url: &str) -> Option<&str> {
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(ENDS) => rest,
        // It belongs to another address that this one names.
        _ => url,
    };
    let authority = rest.split(ENDS).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let host = match host.split_at_checked(4) {
        Some((www, host)) if www.eq_ignore_ascii_case("www.") => host,
        _ => host,
    };
    let host = host.trim_end_matches('.');
    (!host.is_empty()).then_some(host)
}

/// Whether `host` is a site that `pattern` covers, or below one. Both in one case.
pub fn is_in(host: &str, pattern: &str) -> bool {
    let mut above = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
    covers(pattern, host) || above.any(|host| covers(pattern, host))
}

/// What ends a host.
const ENDS: [char; 3] = ['/', '?', '#'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_stands_between_scheme_and_path() {
        for (url, expected) in [
            ("https://www.example.org/a", Some("example.org")),
            ("example.org?q=a@b.example", Some("example.org")),
            ("http://localhost:80/", Some("localhost")),
            (
                "https://ann:secret@bank.example:8443/",
                Some("bank.example"),
            ),
            (
                "bank.example/login?next=https://news.test/",
                Some("bank.example"),
            ),
            ("https://WWW.bank.example./", Some("bank.example")),
            ("file:///a/b", None),
            ("", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
