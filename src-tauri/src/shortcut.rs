//! Ctrl+Shift+Space shows and hides the window from anywhere. On native Wayland the desktop gives no such keys to programs.

use crate::window;
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt, ShortcutState};

const TOGGLE: &str = "ctrl+shift+space";

/// The plugin that hears the keys.
pub fn plugin() -> TauriPlugin<Wry> {
    Builder::new()
        .with_handler(|app, _, event| {
            if event.state() == ShortcutState::Pressed {
                window::toggle(app);
            }
        })
        .build()
}

/// Takes the keys, unless another program has them.
pub fn register(app: &AppHandle) {
    if let Err(error) = app.global_shortcut().register(TOGGLE) {
        eprintln!("Ctrl+Shift+Space will not open the window: {error}");
    }
}
