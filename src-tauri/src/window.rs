//! The one window.

use tauri::{
    App, AppHandle, Manager, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent,
    webview::NewWindowResponse,
};
use tauri_plugin_window_state::StateFlags;

/// Its label; capabilities are bound to it.
pub const MAIN: &str = "main";

/// What is kept of it between starts. Not whether it was visible: it shows when it starts.
pub fn kept_state() -> StateFlags {
    StateFlags::all() - StateFlags::VISIBLE
}

/// Opens it. With a tray, closing hides it; without one, closing ends the app, so that nothing goes on unseen.
pub fn open(app: &App, has_tray: bool) -> tauri::Result<()> {
    let configured = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == MAIN);
    let Some(configured) = configured else {
        return Err(tauri::Error::WindowNotFound);
    };
    let window = WebviewWindowBuilder::from_config(app, configured)?
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .incognito(!is_driven())
        .devtools(false)
        .build()?;
    if has_tray {
        hide_instead_of_closing(&window);
    }
    Ok(())
}

/// Brings it to the front.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // Each fails only when the window is being destroyed.
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Hides it when it is in front, else brings it to the front.
pub fn toggle(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let in_front = window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false);
    if in_front {
        let _ = window.hide();
    } else {
        show(app);
    }
}

fn hide_instead_of_closing(window: &WebviewWindow) {
    let hidden = window.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            let _ = hidden.hide();
        }
    });
}

/// Only the app's own pages are ever loaded.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Whether a WebDriver drives the window. It cannot drive a private one; otherwise the window is private and writes nothing to the disk.
fn is_driven() -> bool {
    std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_but_ours_is_loaded() {
        for (url, expected) in [
            ("tauri://localhost/index.html", true),
            ("tauri://evil/index.html", false),
            ("https://example.com/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
        ] {
            assert_eq!(is_ours(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
