//! What the window remembers about itself between starts. Never anything of the profile.

use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// The window's own settings, in one small file.
pub struct Preferences {
    file: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Kept {
    theme: Theme,
}

/// How the window looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop is set.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Preferences {
    /// Reads them from `folder`; what is missing or damaged has its default.
    pub fn load(folder: PathBuf) -> Self {
        let file = folder.join("window.json");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let kept = serde_json::from_str(&text).unwrap_or_default();
        Self {
            file,
            kept: Mutex::new(kept),
        }
    }

    /// How the window looks.
    pub fn theme(&self) -> Theme {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .theme
    }

    /// Changes it, and keeps it for the next start.
    pub fn set_theme(&self, theme: Theme) -> io::Result<()> {
        let kept = Kept { theme };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, serde_json::to_string(&kept)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_outlives_the_window_and_a_damaged_file_does_not_matter() {
        let folder = tempfile::tempdir().unwrap().keep();
        assert_eq!(Preferences::load(folder.clone()).theme(), Theme::System);
        Preferences::load(folder.clone())
            .set_theme(Theme::Dark)
            .unwrap();
        assert_eq!(Preferences::load(folder.clone()).theme(), Theme::Dark);
        fs::write(folder.join("window.json"), "{").unwrap();
        assert_eq!(Preferences::load(folder.clone()).theme(), Theme::System);
        fs::remove_dir_all(folder).unwrap();
    }
}
