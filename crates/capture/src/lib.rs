//! From the screen to a [`Frame`](afterimage_domain::Frame): what may be seen, and when to look.
//!
//! Everything the rules exclude is painted over before a frame exists, also where it is not in front. Without a verdict there is no
//! frame: an unknown window is masked, a window list that cannot be had is an error, and a list that changed during the grab drops it.
//! Capture never writes to the disk, never reads text and never sees the store.

mod pace;
#[cfg(target_os = "linux")]
mod password_fields;
mod region;
pub mod replay;
mod rules;
mod screen;
mod watch;
#[cfg(target_os = "linux")]
mod x11;
#[cfg(target_os = "linux")]
mod x11_pixels;
#[cfg(target_os = "linux")]
mod x11_stirs;
mod xcap_monitors;
#[cfg(any(target_os = "macos", target_os = "windows"))]
mod xcap_windows;

pub use pace::Pace;
pub use rules::{RuleError, Rules, Verdict};
pub use screen::{Monitor, PasswordField, Screen, ScreenError, SeenWindow, Stir, open};
pub use watch::{Compare, Difference, Look, Preview, Watcher};
