//! A recorded session as a screen: for tests, demonstrations and measurements.
//!
//! A session is a folder with `session.jsonl`, one [`Record`] a line in order of time, and the pictures it names. Recorded sessions are
//! plain files made on purpose; capture itself never writes one.

use crate::{Monitor, Screen, ScreenError, SeenWindow};
use afterimage_domain::{Pixels, Rect, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// One moment of a session on one monitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// Picture file in the session's folder: PNG, JPEG or WebP.
    pub image: String,
    /// Windows, front first, in the picture's coordinates.
    pub windows: Vec<RecordedWindow>,
}

/// A window of a [`Record`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedWindow {
    /// Program.
    pub app: String,
    /// Title.
    pub title: String,
    /// Bounds on the picture.
    pub bounds: Rect,
    /// Whether it has the keyboard.
    #[serde(default)]
    pub focused: bool,
}

/// Plays a session, one record a look.
pub struct Replay {
    folder: PathBuf,
    records: std::vec::IntoIter<Record>,
    now: Option<Record>,
}

impl Replay {
    /// Opens the session in `folder`.
    pub fn open(folder: &Path) -> Result<Self, ScreenError> {
        let path = folder.join("session.jsonl");
        let text = fs::read_to_string(&path)
            .map_err(|error| ScreenError::Replay(format!("{}: {error}", path.display())))?;
        let parse = |(number, line)| {
            serde_json::from_str(line)
                .map_err(|error| ScreenError::Replay(format!("line {}: {error}", number + 1)))
        };
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let records: Vec<Record> = lines.map(parse).collect::<Result<_, _>>()?;
        Ok(Self {
            folder: folder.to_owned(),
            records: records.into_iter(),
            now: None,
        })
    }

    fn picture(&self) -> Result<Pixels, ScreenError> {
        let record = self
            .now
            .as_ref()
            .ok_or_else(|| ScreenError::Replay("it is over".into()))?;
        let broken = |error: &dyn std::fmt::Display| {
            ScreenError::Replay(format!("{}: {error}", record.image))
        };
        let image = image::open(self.folder.join(&record.image))
            .map_err(|error| broken(&error))?
            .into_rgba8();
        let (width, height) = image.dimensions();
        Pixels::new(width, height, image.into_raw()).ok_or_else(|| broken(&"incomplete"))
    }
}

impl Screen for Replay {
    fn advance(&mut self, _now: Timestamp) -> Option<Timestamp> {
        self.now = self.records.next();
        self.now.as_ref().map(|record| record.at)
    }

    fn monitors(&mut self) -> Result<Vec<Monitor>, ScreenError> {
        let pixels = self.picture()?;
        Ok(vec![Monitor {
            name: "replay".into(),
            bounds: Rect::new(0, 0, pixels.width(), pixels.height()),
        }])
    }

    fn windows(&mut self) -> Result<Vec<SeenWindow>, ScreenError> {
        let windows = self.now.iter().flat_map(|record| &record.windows);
        Ok(windows
            .enumerate()
            .map(|(index, window)| SeenWindow {
                handle: index as u32 + 1,
                app: window.app.to_lowercase(),
                title: window.title.clone(),
                bounds: window.bounds,
                focused: window.focused,
                ..SeenWindow::default()
            })
            .collect())
    }

    fn grab(&mut self, _monitor: &Monitor) -> Result<Pixels, ScreenError> {
        self.picture()
    }

    fn idle(&mut self) -> Result<Option<Duration>, ScreenError> {
        Ok(None)
    }
}
