//! The tray icon: what capture does, at a glance, and the few things one does without opening the window.

use crate::{engine::Engine, window};
use afterimage_engine::api::{CaptureState, Request};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tauri::{
    AppHandle, Manager, Wry,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

/// The icon and the line of its menu that says how things stand.
struct Tray {
    icon: TrayIcon,
    state: MenuItem<Wry>,
}

/// Puts the icon into the tray. `false` where nothing would show it; the app works without.
pub fn build(app: &AppHandle) -> bool {
    if !is_shown_here() {
        return without("nothing on this desktop shows tray icons");
    }
    // The library is loaded when first used, and its binding panics when it is not installed.
    match catch_unwind(AssertUnwindSafe(|| try_build(app))) {
        Ok(Ok(tray)) => app.manage(tray),
        Ok(Err(error)) => without(&error.to_string()),
        Err(_) => without("install libayatana-appindicator3-1 to have one"),
    }
}

/// Shows what capture does; `None`: locked.
pub fn show_state(app: &AppHandle, state: Option<&CaptureState>) {
    if let Some(tray) = app.try_state::<Tray>() {
        let words = words(state);
        // A tray that went away shows nothing.
        let _ = tray.state.set_text(words);
        let _ = tray.icon.set_tooltip(Some(format!("Afterimage: {words}")));
    }
}

fn words(state: Option<&CaptureState>) -> &'static str {
    match state {
        None => "Locked",
        Some(CaptureState::NoConsent) => "Not watching",
        Some(CaptureState::Capturing) => "Capturing",
        Some(CaptureState::Filtered { .. }) => "Everything in view is excluded",
        Some(CaptureState::Paused { .. }) => "Paused",
        Some(CaptureState::Idle) => "Idle",
        Some(CaptureState::Blocked { .. }) => "Blocked: open Afterimage to see why",
        Some(CaptureState::Stalled { .. }) => "Stalled: open Afterimage to see why",
    }
}

fn try_build(app: &AppHandle) -> tauri::Result<Tray> {
    let item = |id, text| MenuItem::with_id(app, id, text, true, None::<&str>);
    let state = MenuItem::with_id(app, "state", words(None), false, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &state,
            &PredefinedMenuItem::separator(app)?,
            &item("open", "Open Afterimage")?,
            &item("pause-15", "Pause for 15 minutes")?,
            &item("pause", "Pause until I resume")?,
            &item("resume", "Resume")?,
            &PredefinedMenuItem::separator(app)?,
            &item("lock", "Lock")?,
            &item("quit", "Lock and quit")?,
        ],
    )?;
    let mut icon = TrayIconBuilder::with_id("afterimage")
        .menu(&menu)
        .tooltip("Afterimage")
        .on_menu_event(chosen);
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    Ok(Tray {
        icon: icon.build(app)?,
        state,
    })
}

fn chosen(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        "open" => window::show(app),
        "pause-15" => send(
            app,
            Request::Pause {
                seconds: Some(15 * 60),
            },
        ),
        "pause" => send(app, Request::Pause { seconds: None }),
        "resume" => send(app, Request::Resume),
        "lock" => send(app, Request::Lock),
        "quit" => app.exit(0),
        _ => {}
    }
}

/// Off the main thread, which draws. When it fails because the engine is locked, the tray says so already.
fn send(app: &AppHandle, request: Request) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || _ = app.state::<Engine>().call(request));
}

/// Whether somebody on the session bus shows tray icons. Otherwise an icon can be made and nobody sees it.
#[cfg(target_os = "linux")]
fn is_shown_here() -> bool {
    use zbus::{
        blocking::{Connection, fdo::DBusProxy},
        names::BusName,
    };
    let asked = || -> zbus::Result<bool> {
        let bus = DBusProxy::new(&Connection::session()?)?;
        Ok(bus.name_has_owner(BusName::from_static_str("org.kde.StatusNotifierWatcher")?)?)
    };
    asked().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn is_shown_here() -> bool {
    true
}

fn without(why: &str) -> bool {
    eprintln!("No tray icon: {why}.");
    false
}
