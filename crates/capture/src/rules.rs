//! Which windows may be seen. Fails closed: a window the rules cannot judge is masked.

use crate::SeenWindow;
use regex::{Regex, RegexBuilder};

/// Compiled exclusion rules.
#[derive(Clone, Debug)]
pub struct Rules {
    apps: Vec<Regex>,
    titles: Vec<Regex>,
    private_windows: bool,
}

/// Whether a window may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// No, for this reason, told to the user.
    Mask(&'static str),
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The exclusion pattern {0:?} cannot be used: it must hold something else than *, in at most 200 characters."
)]
pub struct RuleError(pub String);

/// Our own windows: a memory on the screen is not a new memory.
const OWN_APPS: &str = "afterimage*";

/// How browsers mark private windows in their titles, by language.
const PRIVATE_TITLES: [&str; 22] = [
    "*(incognito)*",
    "*new incognito tab*",
    "*(private)",
    "*(private browsing)*",
    "*private browsing",
    "*private window*",
    "*[inprivate]*",
    "*inprivate*",
    "*(inkognito)*",
    "*privater modus*",
    "*privates fenster*",
    "*navigation privée*",
    "*(navigation privée)*",
    "*navegación privada*",
    "*incógnito*",
    "*navegação privativa*",
    "*navigazione anonima*",
    "*приватный просмотр*",
    "*инкогнито*",
    "*隐私浏览*",
    "*无痕*",
    "*プライベートブラウジング*",
];

/// Arguments with which a browser is started in private mode.
const PRIVATE_ARGUMENTS: [&str; 7] = [
    "--incognito",
    "--private",
    "-private",
    "--private-window",
    "-private-window",
    "--inprivate",
    "--private-browsing",
];

impl Rules {
    /// Compiles patterns: `*` stands for anything, case is ignored, the whole name or title must match.
    pub fn new(
        apps: &[String],
        titles: &[String],
        private_windows: bool,
    ) -> Result<Self, RuleError> {
        let mut apps = compile_all(apps)?;
        apps.push(compile(OWN_APPS)?);
        let mut titles = compile_all(titles)?;
        if private_windows {
            titles.extend(
                PRIVATE_TITLES
                    .iter()
                    .map(|pattern| compile(pattern))
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
        Ok(Self {
            apps,
            titles,
            private_windows,
        })
    }

    /// Judges every window of a desktop, front first. A popup (menu, tooltip) is masked when its program has any masked window.
    pub fn judge(&self, windows: &[SeenWindow]) -> Vec<Verdict> {
        let alone: Vec<_> = windows
            .iter()
            .map(|window| self.judge_alone(window))
            .collect();
        let masked_pids: Vec<u32> = windows
            .iter()
            .zip(&alone)
            .filter(|(window, verdict)| **verdict != Verdict::Allow && window.pid != 0)
            .map(|(window, _)| window.pid)
            .collect();
        windows
            .iter()
            .zip(alone)
            .map(|(window, verdict)| match verdict {
                Verdict::Allow if window.popup && masked_pids.contains(&window.pid) => {
                    Verdict::Mask("menu of an excluded app")
                }
                verdict => verdict,
            })
            .collect()
    }

    /// Whether the program called `app` is excluded by name.
    pub fn excludes_app(&self, app: &str) -> bool {
        self.apps.iter().any(|pattern| pattern.is_match(app))
    }

    fn judge_alone(&self, window: &SeenWindow) -> Verdict {
        if window.app.is_empty() {
            return Verdict::Mask("unknown window");
        }
        let mut names = window
            .aliases
            .iter()
            .map(String::as_str)
            .chain([window.app.as_str()]);
        if names.any(|name| self.excludes_app(name)) {
            return Verdict::Mask("excluded app");
        }
        if self.private_windows
            && window
                .arguments
                .iter()
                .any(|argument| PRIVATE_ARGUMENTS.contains(&argument.as_str()))
        {
            return Verdict::Mask("private window");
        }
        if self
            .titles
            .iter()
            .any(|pattern| pattern.is_match(&window.title))
        {
            return Verdict::Mask("excluded title or private window");
        }
        Verdict::Allow
    }
}

fn compile_all(patterns: &[String]) -> Result<Vec<Regex>, RuleError> {
    patterns.iter().map(|pattern| compile(pattern)).collect()
}

fn compile(pattern: &str) -> Result<Regex, RuleError> {
    let refused = || RuleError(pattern.chars().take(40).collect());
    if pattern.trim().trim_matches('*').is_empty() || pattern.chars().count() > 200 {
        return Err(refused());
    }
    let parts: Vec<_> = pattern.trim().split('*').map(regex::escape).collect();
    RegexBuilder::new(&format!("^{}$", parts.join(".*")))
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .build()
        .map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::new(
            &["keepass*".into(), "signal".into()],
            &["*bank of*".into()],
            true,
        )
        .unwrap()
    }

    fn window(app: &str, title: &str) -> SeenWindow {
        SeenWindow {
            app: app.into(),
            title: title.into(),
            pid: 7,
            ..Default::default()
        }
    }

    #[test]
    fn excluded_private_own_and_unknown_windows_are_masked() {
        for (app, title, allowed) in [
            ("firefox", "News — Mozilla Firefox", true),
            ("firefox", "News — Mozilla Firefox Private Browsing", false),
            (
                "firefox",
                "News — Mozilla Firefox (Private Browsing)",
                false,
            ),
            ("google-chrome", "News - Google Chrome (Incognito)", false),
            ("chromium", "新しいタブ - プライベートブラウジング", false),
            (
                "microsoft-edge",
                "News - [InPrivate] - Microsoft Edge",
                false,
            ),
            ("KeePassXC", "Database", false),
            ("signal", "", false),
            ("signal-notes", "", true),
            ("firefox", "My Bank of Nowhere", false),
            ("afterimage-desktop", "Afterimage", false),
            ("", "who am I", false),
            ("xterm", "", true),
        ] {
            let allow = rules().judge(&[window(app, title)])[0] == Verdict::Allow;
            assert_eq!(allow, allowed, "{app} {title}");
        }
    }

    #[test]
    fn a_browser_started_in_private_mode_is_masked_whatever_its_title() {
        let mut chromium = window("chromium", "News");
        chromium.arguments = vec!["chromium".into(), "--incognito".into()];
        assert_ne!(rules().judge(&[chromium])[0], Verdict::Allow);
    }

    #[test]
    fn another_name_of_the_program_counts_too() {
        let mut renamed = window("vault", "x");
        renamed.aliases = vec!["keepassxc".into()];
        assert_ne!(rules().judge(&[renamed])[0], Verdict::Allow);
    }

    #[test]
    fn a_menu_follows_the_excluded_window_of_its_program() {
        let menu = SeenWindow {
            popup: true,
            ..window("firefox", "")
        };
        let private = window("firefox", "x — Private Browsing");
        assert_ne!(rules().judge(&[menu.clone(), private])[0], Verdict::Allow);
        assert_eq!(
            rules().judge(&[menu, window("firefox", "x")])[0],
            Verdict::Allow
        );
    }

    #[test]
    fn a_pattern_for_everything_or_nothing_is_refused() {
        for pattern in ["", "*", " ** ", &"x".repeat(201)] {
            assert!(
                Rules::new(&[pattern.to_string()], &[], true).is_err(),
                "{pattern:?}"
            );
        }
    }

    #[test]
    fn pattern_characters_mean_themselves() {
        let rules = Rules::new(&["c++ (ide)*".into()], &[], true).unwrap();
        assert!(rules.excludes_app("C++ (IDE) 2"));
        assert!(!rules.excludes_app("ccc ide"));
    }
}
