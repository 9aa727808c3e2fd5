//! The live screen on X11: windows from the server's own tree, pixels through shared memory, or xcap where there is none.

use crate::password_fields::PasswordFields;
use crate::x11_pixels::SharedPixels;
use crate::x11_stirs::{hear_of_names, hear_of_windows, stir};
use crate::{Monitor, PasswordField, Screen, ScreenError, SeenWindow, Stir, xcap_monitors};
use afterimage_domain::{Pixels, Rect, Timestamp};
use std::{fs, time::Duration};
use x11rb::{
    connection::Connection,
    errors::{ConnectionError, ReplyError},
    protocol::{
        composite::ConnectionExt as _,
        screensaver::ConnectionExt as _,
        xproto::{AtomEnum, ConnectionExt as _, MapState, WindowClass},
    },
    rust_connection::RustConnection,
};

x11rb::atom_manager! {
    /// Property names we ask for.
    Atoms: AtomsCookie {
        UTF8_STRING,
        WM_STATE,
        _NET_WM_NAME,
        _NET_WM_PID,
        _NET_ACTIVE_WINDOW,
        _NET_WM_WINDOW_OPACITY,
    }
}

/// A connection to an X server.
pub(crate) struct X11 {
    connection: RustConnection,
    root: u32,
    atoms: Atoms,
    /// The compositor's own full-screen surface; not a window anybody sees.
    overlay: Option<u32>,
    pixels: Option<SharedPixels>,
    fields: PasswordFields,
}

/// How deep below a top-level window the application's own window is looked for: frame, decoration, client.
const CLIENT_DEPTH: u32 = 3;

impl X11 {
    /// Connects to `DISPLAY`. Refuses Wayland sessions.
    pub(crate) fn open() -> Result<Self, ScreenError> {
        refuse_wayland(|name| std::env::var(name).ok())?;
        let no_display = |error: &dyn std::fmt::Display| ScreenError::NoDisplay(error.to_string());
        let (connection, screen) = x11rb::connect(None).map_err(|error| no_display(&error))?;
        let pixels = SharedPixels::open(&connection, &connection.setup().roots[screen]);
        let root = connection.setup().roots[screen].root;
        let atoms = Atoms::new(&connection).map_err(|error| no_display(&error))?;
        let atoms = atoms.reply().map_err(|error| no_display(&error))?;
        let overlay = compositor_overlay(&connection, root);
        hear_of_windows(&connection, root).map_err(|error| no_display(&error))?;
        Ok(Self {
            connection,
            root,
            atoms,
            overlay,
            pixels,
            fields: PasswordFields::default(),
        })
    }

    fn list(&self) -> Result<Vec<SeenWindow>, ReplyError> {
        let focus = self.focus()?;
        let bottom_up = self.connection.query_tree(self.root)?.reply()?.children;
        let mut windows = vec![];
        for top in bottom_up
            .into_iter()
            .rev()
            .filter(|top| Some(*top) != self.overlay)
        {
            match self.describe(top, focus) {
                Ok(window) => windows.extend(window),
                Err(error) if window_is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(windows)
    }

    /// A mapped, drawable top-level window; `None` for any other.
    fn describe(&self, top: u32, focus: u32) -> Result<Option<SeenWindow>, ReplyError> {
        let attributes = self.connection.get_window_attributes(top)?.reply()?;
        if attributes.map_state != MapState::VIEWABLE || attributes.class == WindowClass::INPUT_ONLY
        {
            return Ok(None);
        }
        let geometry = self.connection.get_geometry(top)?.reply()?;
        let border = 2 * u32::from(geometry.border_width);
        let client = self.client_of(top, CLIENT_DEPTH)?;
        let named = client.unwrap_or(top);
        hear_of_names(&self.connection, named)?;
        let (instance, class) = self.class(named)?;
        let pid = self.pid(named)?;
        let executable = executable(pid);
        let app = [&class, &instance, &executable]
            .into_iter()
            .find(|name| !name.is_empty())
            .cloned()
            .unwrap_or_default();
        Ok(Some(SeenWindow {
            handle: named,
            app,
            aliases: [instance, class, executable]
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect(),
            title: self.title(named)?,
            pid,
            arguments: arguments(pid),
            bounds: Rect::new(
                geometry.x.into(),
                geometry.y.into(),
                u32::from(geometry.width) + border,
                u32::from(geometry.height) + border,
            ),
            focused: focus == named || focus == top,
            translucent: geometry.depth == 32
                || self.has_property(top, self.atoms._NET_WM_WINDOW_OPACITY)?,
            popup: attributes.override_redirect,
        }))
    }

    /// The application's own window: the first at or below `window` that carries `WM_STATE` or a class.
    fn client_of(&self, window: u32, depth: u32) -> Result<Option<u32>, ReplyError> {
        if self.has_property(window, self.atoms.WM_STATE)?
            || self.has_property(window, AtomEnum::WM_CLASS.into())?
        {
            return Ok(Some(window));
        }
        if depth == 0 {
            return Ok(None);
        }
        for child in self
            .connection
            .query_tree(window)?
            .reply()?
            .children
            .into_iter()
            .rev()
        {
            if let Some(client) = self.client_of(child, depth - 1)? {
                return Ok(Some(client));
            }
        }
        Ok(None)
    }

    fn focus(&self) -> Result<u32, ReplyError> {
        let active = self.property(self.root, self.atoms._NET_ACTIVE_WINDOW)?;
        match active.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes)) {
            Some(window) if window != 0 => Ok(window),
            _ => Ok(self.connection.get_input_focus()?.reply()?.focus),
        }
    }

    /// `WM_CLASS`: instance and class, lower case.
    fn class(&self, window: u32) -> Result<(String, String), ReplyError> {
        let bytes = self.property(window, AtomEnum::WM_CLASS.into())?;
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let mut parts = text.split('\0').map(str::to_owned);
        Ok((
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        ))
    }

    /// `_NET_WM_NAME`, or the older `WM_NAME`.
    fn title(&self, window: u32) -> Result<String, ReplyError> {
        let modern = self.property(window, self.atoms._NET_WM_NAME)?;
        let bytes = if modern.is_empty() {
            self.property(window, AtomEnum::WM_NAME.into())?
        } else {
            modern
        };
        Ok(String::from_utf8_lossy(&bytes)
            .trim_end_matches('\0')
            .to_owned())
    }

    fn pid(&self, window: u32) -> Result<u32, ReplyError> {
        let bytes = self.property(window, self.atoms._NET_WM_PID)?;
        Ok(bytes
            .first_chunk()
            .map_or(0, |bytes| u32::from_ne_bytes(*bytes)))
    }

    fn has_property(&self, window: u32, name: u32) -> Result<bool, ReplyError> {
        let reply = self
            .connection
            .get_property(false, window, name, AtomEnum::ANY, 0, 0)?
            .reply()?;
        Ok(reply.type_ != x11rb::NONE)
    }

    /// The value of a property, at most 4 KiB of it; empty when the window has none.
    fn property(&self, window: u32, name: u32) -> Result<Vec<u8>, ReplyError> {
        Ok(self
            .connection
            .get_property(false, window, name, AtomEnum::ANY, 0, 1024)?
            .reply()?
            .value)
    }
}

impl Screen for X11 {
    fn advance(&mut self, now: Timestamp) -> Option<Timestamp> {
        Some(now)
    }

    fn monitors(&mut self) -> Result<Vec<Monitor>, ScreenError> {
        xcap_monitors::list()
    }

    fn windows(&mut self) -> Result<Vec<SeenWindow>, ScreenError> {
        self.list().map_err(|error| match error {
            ReplyError::ConnectionError(error) => ScreenError::NoDisplay(error.to_string()),
            ReplyError::X11Error(error) => ScreenError::CannotEnforce(format!(
                "the window list failed ({:?})",
                error.error_kind
            )),
        })
    }

    fn stir(&mut self) -> Result<Stir, ScreenError> {
        let names = [
            AtomEnum::WM_NAME.into(),
            AtomEnum::WM_CLASS.into(),
            self.atoms._NET_WM_NAME,
            self.atoms._NET_WM_PID,
        ];
        stir(&self.connection, &names).map_err(|error| ScreenError::NoDisplay(error.to_string()))
    }

    fn password_fields(&mut self) -> Vec<PasswordField> {
        self.fields.in_view()
    }

    fn grab(&mut self, monitor: &Monitor) -> Result<Pixels, ScreenError> {
        let shared = self.pixels.as_mut();
        match shared.and_then(|pixels| pixels.grab(&self.connection, &monitor.bounds)) {
            Some(pixels) => Ok(pixels),
            None => xcap_monitors::grab(monitor),
        }
    }

    fn idle(&mut self) -> Result<Option<Duration>, ScreenError> {
        let lost = |error: ConnectionError| ScreenError::NoDisplay(error.to_string());
        let reply = self
            .connection
            .screensaver_query_info(self.root)
            .map_err(lost)?
            .reply();
        Ok(reply
            .ok()
            .map(|info| Duration::from_millis(info.ms_since_user_input.into())))
    }
}

/// On Wayland only X11 programs could be listed and excluded, and the portal hands screenshots over as plain files.
fn refuse_wayland(variable: impl Fn(&str) -> Option<String>) -> Result<(), ScreenError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let wayland = set("XDG_SESSION_TYPE").is_some_and(|kind| kind == "wayland")
        || set("WAYLAND_DISPLAY").is_some();
    if wayland {
        return Err(ScreenError::CannotEnforce(
            "this is a Wayland session, where windows cannot be listed. Log in to an X11 session (\"… on Xorg\") to record the screen; \
             chat, search and import work here"
                .into(),
        ));
    }
    if set("DISPLAY").is_none() {
        return Err(ScreenError::NoDisplay("DISPLAY is not set".into()));
    }
    Ok(())
}

fn compositor_overlay(connection: &RustConnection, root: u32) -> Option<u32> {
    connection
        .composite_query_version(0, 4)
        .ok()?
        .reply()
        .ok()?;
    let overlay = connection
        .composite_get_overlay_window(root)
        .ok()?
        .reply()
        .ok()?
        .overlay_win;
    connection
        .composite_release_overlay_window(root)
        .ok()?
        .check()
        .ok()?;
    Some(overlay)
}

/// A window that closed between the listing and the asking is no error.
fn window_is_gone(error: &ReplyError) -> bool {
    use x11rb::protocol::ErrorKind;
    matches!(error, ReplyError::X11Error(error) if matches!(error.error_kind, ErrorKind::Window | ErrorKind::Drawable))
}

fn executable(pid: u32) -> String {
    let path = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    path.file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

fn arguments(pid: u32) -> Vec<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line)
        .split('\0')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wayland_and_no_display_are_refused_with_the_remedy() {
        let check = |variables: &[(&str, &str)]| {
            let find = |name: &str| {
                variables
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.to_string())
            };
            refuse_wayland(find)
        };
        assert_eq!(
            check(&[("DISPLAY", ":0"), ("XDG_SESSION_TYPE", "x11")]),
            Ok(())
        );
        let wayland = check(&[("DISPLAY", ":0"), ("XDG_SESSION_TYPE", "wayland")]).unwrap_err();
        assert!(
            matches!(&wayland, ScreenError::CannotEnforce(_))
                && wayland.to_string().contains("X11 session")
        );
        assert!(check(&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")]).is_err());
        assert!(matches!(check(&[]), Err(ScreenError::NoDisplay(_))));
    }
}
