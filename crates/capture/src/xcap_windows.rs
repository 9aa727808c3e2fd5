//! The live screen on macOS and Windows through xcap. Written with care, never run: untested.

use crate::{Monitor, Screen, ScreenError, SeenWindow, xcap_monitors};
use afterimage_domain::{Pixels, Rect, Timestamp};
use std::time::Duration;

/// The desktop of this session.
pub(crate) struct Desktop;

impl Screen for Desktop {
    fn advance(&mut self, now: Timestamp) -> Option<Timestamp> {
        Some(now)
    }

    fn monitors(&mut self) -> Result<Vec<Monitor>, ScreenError> {
        xcap_monitors::list()
    }

    fn windows(&mut self) -> Result<Vec<SeenWindow>, ScreenError> {
        let cannot = |error: xcap::XCapError| ScreenError::CannotEnforce(error.to_string());
        let mut windows = xcap::Window::all().map_err(cannot)?;
        windows.retain(|window| !window.is_minimized().unwrap_or(false));
        windows.sort_by_key(|window| std::cmp::Reverse(window.z().unwrap_or(i32::MAX)));
        Ok(windows.iter().map(describe_window).collect())
    }

    fn grab(&mut self, monitor: &Monitor) -> Result<Pixels, ScreenError> {
        xcap_monitors::grab(monitor)
    }

    fn idle(&mut self) -> Result<Option<Duration>, ScreenError> {
        Ok(None)
    }
}

/// A property that cannot be read leaves the window unknown, and an unknown window is masked.
fn describe_window(window: &xcap::Window) -> SeenWindow {
    let app = window.app_name().unwrap_or_default().to_lowercase();
    SeenWindow {
        handle: window.id().unwrap_or_default(),
        aliases: vec![app.clone()],
        app,
        title: window.title().unwrap_or_default(),
        pid: window.pid().unwrap_or_default(),
        arguments: vec![],
        bounds: Rect::new(
            window.x().unwrap_or_default(),
            window.y().unwrap_or_default(),
            window.width().unwrap_or_default(),
            window.height().unwrap_or_default(),
        ),
        focused: window.is_focused().unwrap_or(false),
        translucent: false,
        popup: false,
    }
}
