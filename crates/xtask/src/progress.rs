//! Progress a person can read: a bar on a terminal, a line every quarter elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// How far one piece of work is, in bytes.
pub struct Progress {
    label: String,
    total: u64,
    told: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(label: &str, total: u64) -> Self {
        let interactive = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        let bar = interactive.then(|| bar(label, total));
        Self {
            label: label.to_owned(),
            total,
            told: 0,
            bar,
        }
    }

    /// Bytes done so far.
    pub fn at(&mut self, bytes: u64) {
        let bytes = bytes.min(self.total);
        if let Some(bar) = &self.bar {
            return bar.set_position(bytes);
        }
        let quarter = bytes * 4 / self.total.max(1);
        if quarter > self.told {
            self.told = quarter;
            eprintln!(
                "    {} {:3} %  {} of {}",
                self.label,
                quarter * 25,
                megabytes(bytes),
                megabytes(self.total)
            );
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(label: &str, total: u64) -> ProgressBar {
    let template = "    {msg} [{bar:30}] {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}, {eta} left";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total)
        .with_style(style)
        .with_message(label.to_owned())
}

/// `491.4 MB`
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
