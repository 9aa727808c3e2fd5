//! The site that an address is on.

/// The host in `url`, whose scheme may be missing, as browsers show addresses: without user, port and a leading `www.`.
/// `None` where there is none, as in `file:///a`.
pub fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then_some(host)
}

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
            ("file:///a/b", None),
            ("", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
