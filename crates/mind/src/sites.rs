//! Which sites are left out, by the host in the address that a browser shows. Fails closed: letters that readers confuse are one.

use crate::document;
use afterimage_domain::{Window, site};

/// Hosts that are left out.
#[derive(Clone, Debug, Default)]
pub struct Sites(Vec<String>);

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The site {0:?} cannot be left out: name it by its host, with * for any part of it, for example bank.example or *.bank.example."
)]
pub struct SiteError(pub String);

/// What a window says of its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// One that is left out.
    LeftOut,
    /// Another one.
    Open,
    /// None can be read.
    Unknown,
}

/// Hosts are no longer than this.
const LONGEST_HOST: usize = 253;

impl Sites {
    /// Hosts, `*` for any part of one, without case. A host stands for those below it too; `www.` does not matter.
    pub fn new(patterns: &[String]) -> Result<Self, SiteError> {
        patterns
            .iter()
            .map(|pattern| checked(pattern))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether no site is left out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the site of an address is left out.
    pub fn leaves_out(&self, url: &str) -> bool {
        let host = as_read(site::host(url).unwrap_or_default());
        self.0.iter().any(|pattern| site::is_in(&host, pattern))
    }

    /// What the lines at the top of a window say. Any address among them counts, since a tab's name can stand before the address bar.
    pub(crate) fn site(&self, window: &Window, top_lines: &[&str]) -> Site {
        if self.is_empty() || !document::is_browser(&window.app) {
            return Site::Open;
        }
        let addresses = top_lines
            .iter()
            .filter_map(|line| document::address(&window.app, &window.title, &[line]));
        let mut site = Site::Unknown;
        for url in addresses {
            if self.leaves_out(&url) {
                return Site::LeftOut;
            }
            site = Site::Open;
        }
        site
    }
}

fn checked(pattern: &str) -> Result<String, SiteError> {
    let host = pattern.trim().to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let host = host.trim_end_matches('.');
    let says_something = host.chars().any(char::is_alphanumeric);
    let is_host = host
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '*'));
    match says_something && is_host && host.len() <= LONGEST_HOST {
        true => Ok(as_read(host)),
        false => Err(SiteError(pattern.chars().take(40).collect())),
    }
}

/// A host with what a reader takes for one another made one. Sign by sign, so that a pattern's `*` may end within what looks like one sign.
fn as_read(host: &str) -> String {
    let mut read = String::with_capacity(host.len());
    for c in host.chars().flat_map(char::to_lowercase) {
        match c {
            '0' => read.push('o'),
            '1' | 'i' | '|' => read.push('l'),
            '5' => read.push('s'),
            'm' => read.push_str("rn"),
            'w' => read.push_str("vv"),
            'ς' => read.push('σ'),
            other => read.push(other),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w4_a_host_stands_for_itself_and_what_is_below_it() {
        let texts = ["Bank.example", "*.clinic.example", "pay*.test", "10.0.0.7"];
        let sites = Sites::new(&texts.map(String::from)).unwrap();
        for (url, is_left_out) in [
            ("https://bank.example/accounts?x=1#y", true),
            ("https://www.BANK.example", true),
            ("https://login.bank.example:8443/", true),
            ("https://me@bank.example/", true),
            ("https://notbank.example/", false),
            ("https://bank.example.org/", false),
            ("https://news.test/bank.example", false),
            ("https://my.clinic.example/", true),
            ("https://clinic.example/", false),
            ("https://paymore.test", true),
            ("http://10.0.0.7:80/", true),
            ("http://10.0.0.8/", false),
            // As a reader of pictures may see it.
            ("https://bank.exarnple/", true),
            ("https://login.c1inic.example/", true),
        ] {
            assert_eq!(sites.leaves_out(url), is_left_out, "{url}");
        }
        assert!(!Sites::default().leaves_out("https://bank.example"));
    }

    #[test]
    fn w4_a_star_may_stand_beside_letters_that_look_like_one() {
        for (pattern, url) in [
            ("bar*.example", "https://barnes.example/"),
            ("*n.example", "https://barn.example/"),
            ("v*.example", "https://vvest.example/"),
            ("ΑΣ*", "ΑΣΑ.example"),
            ("bank.example", "bank.example/login?next=https://news.test/"),
            ("bank.example", "https://bank.example./"),
            ("bank.example.", "https://bank.example/"),
        ] {
            let sites = Sites::new(&[pattern.to_string()]).unwrap();
            assert!(sites.leaves_out(url), "{pattern} {url}");
        }
    }

    #[test]
    fn w4_what_is_no_host_is_refused() {
        for pattern in [
            "",
            "*",
            "*.*",
            "https://bank.example",
            "bank.example/accounts",
            "bank example",
            "bank.example:80",
            &"x".repeat(254),
        ] {
            assert!(Sites::new(&[pattern.to_string()]).is_err(), "{pattern:?}");
        }
    }
}
