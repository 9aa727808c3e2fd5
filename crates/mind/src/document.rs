//! What a window is showing: which document, at which address. By rule, from app, title and the lines at its top.

use afterimage_domain::site;
use regex::Regex;
use std::sync::LazyLock;

/// A document a window shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What a person would call it: the page's title, the file's name.
    pub name: String,
    /// `web page`, `file`, or the file's format in capitals, e.g. `PDF`.
    pub resource_type: String,
    /// Address or path.
    pub locator: String,
}

/// The document that a window of `app` with `title` and the recognised address `url` shows, if one can be told.
pub fn document(app: &str, title: &str, url: Option<&str>) -> Option<Document> {
    if let Some(url) = url {
        let name = page_title(app, title);
        let name = if name.is_empty() {
            host(url).to_owned()
        } else {
            name
        };
        return Some(Document {
            name,
            resource_type: kind_of(url, "web page"),
            locator: url.to_owned(),
        });
    }
    let file = file_in(title)?;
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned();
    Some(Document {
        name,
        resource_type: kind_of(file, "file"),
        locator: file.to_owned(),
    })
}

/// The address in the address bar of a browser, or a full path in the title; what other lines hold is not where the user is.
pub(crate) fn address(app: &str, title: &str, top_lines: &[&str]) -> Option<String> {
    if is_browser(app) {
        return top_lines.iter().find_map(|line| address_in(line));
    }
    file_in(title)
        .filter(|file| file.starts_with('/'))
        .map(|file| format!("file://{file}"))
}

/// The host of an address, without `www.`; for a file, its whole address.
pub fn host(url: &str) -> &str {
    site::host(url).unwrap_or(url)
}

/// Whether it shows web pages below an address bar.
pub fn is_browser(app: &str) -> bool {
    contains_any(
        app,
        &[
            "firefox",
            "chrom",
            "brave",
            "edge",
            "opera",
            "vivaldi",
            "epiphany",
            "safari",
            "falkon",
            "midori",
            "qutebrowser",
            "librewolf",
            "browser",
        ],
    )
}

/// Whether its main text is the user's own.
pub fn is_editor(app: &str) -> bool {
    contains_any(
        app,
        &[
            "gedit",
            "text-editor",
            "code",
            "codium",
            "mousepad",
            "kate",
            "kwrite",
            "emacs",
            "vim",
            "zed",
            "sublime",
            "notepad",
            "textedit",
            "typora",
            "obsidian",
            "writer",
            "soffice",
            "word",
            "pluma",
            "xed",
            "geany",
            "leafpad",
            "featherpad",
        ],
    )
}

/// Whether it runs commands.
pub fn is_terminal(app: &str) -> bool {
    contains_any(
        app,
        &[
            "term",
            "konsole",
            "kitty",
            "alacritty",
            "wezterm",
            "powershell",
            "tilix",
            "foot",
            "ghostty",
        ],
    )
}

fn contains_any(app: &str, names: &[&str]) -> bool {
    let app = app.to_lowercase();
    names.iter().any(|name| app.contains(name))
}

/// The title without the browser's own name at its end.
pub fn page_title(app: &str, title: &str) -> String {
    let (head, tail) = [" — ", " – ", " - ", " | "]
        .iter()
        .filter_map(|mark| title.rsplit_once(mark))
        .min_by_key(|(_, tail)| tail.len())
        .unwrap_or((title, ""));
    let (app, own) = (app.to_lowercase(), tail.to_lowercase());
    let is_app = !own.is_empty()
        && (is_browser(&own)
            || is_editor(&own)
            || own.contains(&app)
            || (!app.is_empty() && app.contains(&own)));
    if is_app {
        head.trim().to_owned()
    } else {
        title.trim().to_owned()
    }
}

fn address_in(line: &str) -> Option<String> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^(?:(?:https?|file|ftp)://\S+|(?:localhost|\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?(?:/\S*)?|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,12}(?::\d+)?(?:/\S*)?)$",
        )
        .expect("a fixed pattern")
    });
    let word = joined_scheme(line);
    let word = word
        .split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| matches!(c, '(' | ')' | '<' | '>' | '"' | ',' | '|'))
        })
        .find(|word| ADDRESS.is_match(word))?;
    // `report.md`, `main.rs` are names of files, not hosts.
    let is_file = !word.contains("://")
        && !word.contains('/')
        && extension(word).is_some_and(|extension| is_file_extension(&extension));
    if is_file {
        return None;
    }
    Some(if word.contains("://") {
        word.to_owned()
    } else {
        format!("https://{word}")
    })
}

/// Readers see gaps around the colon and slashes: `https: //host`.
fn joined_scheme(line: &str) -> String {
    ["https: //", "https:/ /", "https :// ", "https:// "]
        .iter()
        .fold(line.to_owned(), |line, split| {
            line.replace(split, "https://")
        })
}

/// A path or a file's name in a window title, without the mark of unsaved changes.
fn file_in(title: &str) -> Option<&str> {
    static FILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:(?:[~/]|[A-Za-z]:\\)[^\s:*?|<>]*[/\\])?[\p{L}\p{N}_][\p{L}\p{N}_.\- ]*\.[A-Za-z0-9]{1,8}\b").expect("a fixed pattern")
    });
    FILE.find_iter(title)
        .map(|found| found.as_str().trim())
        .find(|file| extension(file).is_some_and(|extension| is_file_extension(&extension)))
}

fn extension(name: &str) -> Option<String> {
    name.rsplit_once('.')
        .map(|(_, extension)| extension.to_lowercase())
}

fn is_file_extension(extension: &str) -> bool {
    const KNOWN: &[&str] = &[
        "md", "txt", "rs", "py", "js", "ts", "tsx", "jsx", "c", "h", "cpp", "hpp", "go", "java",
        "kt", "rb", "php", "sh", "html", "css", "json", "toml", "yaml", "yml", "xml", "sql", "csv",
        "tsv", "pdf", "doc", "docx", "odt", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "tex",
        "rtf", "png", "jpg", "jpeg", "gif", "svg", "webp", "mp4", "mp3", "wav", "zip", "gz", "log",
        "ini", "cfg", "conf", "ipynb", "epub", "eml", "org", "wgsl", "lua", "swift", "cs", "r",
        "jl", "tf", "lock", "patch", "diff",
    ];
    KNOWN.contains(&extension)
}

fn kind_of(locator: &str, otherwise: &str) -> String {
    let path = locator.split(['?', '#']).next().unwrap_or(locator);
    match extension(path).as_deref() {
        Some("pdf") => "PDF".into(),
        Some("doc" | "docx" | "odt" | "rtf") => "document".into(),
        Some("xls" | "xlsx" | "ods" | "csv" | "tsv") => "table".into(),
        Some("ppt" | "pptx" | "odp") => "slides".into(),
        _ if locator.starts_with("file://") => "file".into(),
        _ => otherwise.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_bar_is_recognised_and_links_in_the_page_are_not() {
        for (app, top, expected) in [
            (
                "firefox",
                vec!["File Edit View", "https://example.org/a/b?c=1"],
                Some("https://example.org/a/b?c=1"),
            ),
            (
                "Chromium",
                vec!["← → C example.org/wiki/Rust ☆"],
                Some("https://example.org/wiki/Rust"),
            ),
            (
                "chromium",
                vec!["localhost:5173/memories"],
                Some("https://localhost:5173/memories"),
            ),
            (
                "firefox",
                vec!["https: //example.org/a"],
                Some("https://example.org/a"),
            ),
            ("firefox", vec!["report.md", "Search"], None),
            ("xterm", vec!["https://example.org"], None),
        ] {
            assert_eq!(address(app, "", &top).as_deref(), expected, "{app} {top:?}");
        }
    }

    #[test]
    fn files_are_recognised_in_titles() {
        for (title, name, kind, locator) in [
            ("report.md - gedit", "report.md", "file", "report.md"),
            ("*notes.txt - Mousepad", "notes.txt", "file", "notes.txt"),
            (
                "/home/mira/plan.pdf",
                "plan.pdf",
                "PDF",
                "/home/mira/plan.pdf",
            ),
            (
                "main.rs — atlas — Visual Studio Code",
                "main.rs",
                "file",
                "main.rs",
            ),
            (
                "Budget 2026.xlsx - LibreOffice Calc",
                "Budget 2026.xlsx",
                "table",
                "Budget 2026.xlsx",
            ),
        ] {
            let found = document("", title, None).unwrap_or_else(|| panic!("{title}"));
            assert_eq!(
                (
                    found.name.as_str(),
                    found.resource_type.as_str(),
                    found.locator.as_str()
                ),
                (name, kind, locator)
            );
        }
        assert_eq!(document("xterm", "mira@host: ~", None), None);
    }

    #[test]
    fn a_page_is_named_without_its_browser() {
        for (app, title, expected) in [
            (
                "firefox",
                "Rust (language) - Wikipedia — Mozilla Firefox",
                "Rust (language) - Wikipedia",
            ),
            ("chromium", "Inbox - Chromium", "Inbox"),
            ("firefox", "A page", "A page"),
        ] {
            assert_eq!(page_title(app, title), expected);
        }
    }

    #[test]
    fn hosts_lose_their_www() {
        for (url, expected) in [
            ("https://www.example.org/a", "example.org"),
            ("http://localhost:80/", "localhost"),
            ("file:///a/b", "file:///a/b"),
        ] {
            assert_eq!(host(url), expected);
        }
    }
}
