//! A screen to look at: monitors, windows, pixels, and how long nobody touched the machine.

use afterimage_domain::{Pixels, Rect, Timestamp};
use std::time::Duration;

/// Something with monitors and windows on it: the live desktop, or a recorded session.
pub trait Screen: Send {
    /// Moves to the next moment to look at. A live screen says `now`; a recorded one its next recorded moment, `None` at its end.
    fn advance(&mut self, now: Timestamp) -> Option<Timestamp>;

    /// The monitors that are on; none when the machine has none right now.
    fn monitors(&mut self) -> Result<Vec<Monitor>, ScreenError>;

    /// Every window that is mapped, front first, in desktop coordinates. Complete, or an error: rules depend on it.
    fn windows(&mut self) -> Result<Vec<SeenWindow>, ScreenError>;

    /// What happened to windows since this was last asked. Two lists that are alike cannot tell of a window that came and went between.
    fn stir(&mut self) -> Result<Stir, ScreenError> {
        Ok(Stir::default())
    }

    /// The pixels of one monitor, unmasked: they must not leave this crate.
    fn grab(&mut self, monitor: &Monitor) -> Result<Pixels, ScreenError>;

    /// The password fields in view, as far as programs tell of them, in desktop coordinates.
    fn password_fields(&mut self) -> Vec<PasswordField> {
        vec![]
    }

    /// How long nobody touched keyboard or mouse; `None` where the system does not tell.
    fn idle(&mut self) -> Result<Option<Duration>, ScreenError>;
}

/// What happened to windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stir {
    /// Some came, went, moved or changed their order.
    pub moved: bool,
    /// Some were renamed.
    pub renamed: bool,
}

/// One monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// The system's name for it, e.g. `HDMI-1`.
    pub name: String,
    /// Where it lies on the desktop, in pixels.
    pub bounds: Rect,
}

/// One window as the window system describes it, with all that rules look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenWindow {
    /// Window system's number.
    pub handle: u32,
    /// Program name for people and rules, lower case, e.g. `firefox`. Empty when unknown.
    pub app: String,
    /// Other names of the program: window class parts, executable.
    pub aliases: Vec<String>,
    /// Title, may be empty.
    pub title: String,
    /// Process, 0 when unknown.
    pub pid: u32,
    /// The process's arguments, empty when unknown; private mode may be asked for there.
    pub arguments: Vec<String>,
    /// Bounds on the desktop.
    pub bounds: Rect,
    /// Whether it has the keyboard.
    pub focused: bool,
    /// Whether what lies behind may shine through.
    pub translucent: bool,
    /// Menus, tooltips and the like, which the window manager does not manage.
    pub popup: bool,
}

/// A password field in view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordField {
    /// The process that shows it, 0 when unknown.
    pub pid: u32,
    /// Where it is on the desktop; `None` when the program does not say.
    pub bounds: Option<Rect>,
}

/// Why a screen cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScreenError {
    /// Nothing to connect to.
    #[error(
        "No screen can be seen from here: {0}. Start Afterimage inside a desktop session, or set DISPLAY to an X11 screen."
    )]
    NoDisplay(String),
    /// Exclusions could not be kept, so nothing may be recorded.
    #[error("Nothing is recorded, because the exclusion rules could not be enforced here: {0}.")]
    CannotEnforce(String),
    /// A grab failed; the next may succeed.
    #[error("The screen could not be read: {0}. Recording goes on as soon as it can be.")]
    Grab(String),
    /// A recorded session is damaged.
    #[error("The recorded session cannot be played: {0}.")]
    Replay(String),
}

/// The live screen of this session.
///
/// Linux: X11. A Wayland session is refused: its applications cannot be listed, so nothing could be excluded, and the portal hands
/// screenshots over as plain files.
#[cfg(target_os = "linux")]
pub fn open() -> Result<Box<dyn Screen>, ScreenError> {
    crate::x11::X11::open().map(|screen| Box::new(screen) as Box<dyn Screen>)
}

/// The live screen of this session. Untested on this system.
#[cfg(any(target_os = "macos", target_os = "windows"))]
pub fn open() -> Result<Box<dyn Screen>, ScreenError> {
    Ok(Box::new(crate::xcap_windows::Desktop))
}
