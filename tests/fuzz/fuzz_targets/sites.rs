//! A rule that is taken leaves out what it says, however it is written: sites by their addresses, windows by title and by program.

#![no_main]

use afterimage_capture::{Rules, SeenWindow, Verdict};
use afterimage_domain::site;
use afterimage_mind::sites::Sites;
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    pattern: &'a str,
    others: Vec<&'a str>,
    /// What stands for the pattern's `*`.
    filling: &'a str,
    below: Option<&'a str>,
    user: &'a str,
    path: &'a str,
    is_capital: bool,
    scheme: u8,
}

const SCHEMES: [&str; 4] = ["", "https://", "http://www.", "HTTPS://"];

fuzz_target!(|input: Input| {
    let patterns: Vec<String> = std::iter::once(input.pattern)
        .chain(input.others.iter().copied())
        .map(String::from)
        .collect();
    // Whatever it is, it is no panic.
    site::host(input.path);
    if let Ok(sites) = Sites::new(&patterns) {
        sites.leaves_out(input.path);
        the_site_is_left_out(&input, &sites);
    }
    if let Ok(rules) = Rules::new(&patterns, &patterns, true) {
        the_window_is_masked(&input, &rules);
    }
});

/// Letters, digits and hyphens, as hosts have them.
fn label(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        .collect()
}

fn the_site_is_left_out(input: &Input, sites: &Sites) {
    let mut host = input.pattern.trim().replace('*', &label(input.filling));
    if let Some(below) = input.below {
        host = format!("{}.{host}", label(below));
    }
    if input.is_capital {
        host = host.to_ascii_uppercase();
    }
    // `www.` does not matter, and an end that is a dot alone is none.
    if host.ends_with('.') || host.to_lowercase().starts_with("www.") {
        return;
    }
    let scheme = SCHEMES[usize::from(input.scheme) % SCHEMES.len()];
    let user = match input.user.contains(['/', '?', '#', '\\'])
        || input.user.is_empty()
        || scheme.is_empty()
    {
        true => String::new(),
        false => format!("{}@", input.user),
    };
    for (dot, port) in [("", ""), (".", ""), ("", ":8443"), (".", ":80")] {
        for mark in ["/", "?", "#"] {
            let url = format!("{scheme}{user}{host}{dot}{port}{mark}{}", input.path);
            assert!(sites.leaves_out(&url), "{url:?}");
        }
    }
}

fn the_window_is_masked(input: &Input, rules: &Rules) {
    let mut name = input.pattern.trim().replace('*', input.filling);
    if input.is_capital {
        name = name.to_ascii_uppercase();
    }
    let window = |app: &str, title: &str| SeenWindow {
        app: app.into(),
        title: title.into(),
        pid: 7,
        ..SeenWindow::default()
    };
    let menu = SeenWindow {
        popup: true,
        ..window("firefox", "")
    };
    for shown in [
        window(&name, ""),
        window("firefox", &name),
        window("", &name),
    ] {
        let verdicts = rules.judge(&[shown, menu.clone()]);
        assert!(
            verdicts.iter().all(|verdict| *verdict != Verdict::Allow),
            "{name:?}"
        );
    }
}
