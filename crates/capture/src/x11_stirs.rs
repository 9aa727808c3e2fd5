//! What happened to windows between two questions: the server tells of every window that came, went, moved or was renamed.

use crate::Stir;
use x11rb::{
    connection::Connection,
    errors::ConnectionError,
    protocol::{
        Event,
        xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask},
    },
    rust_connection::RustConnection,
};

/// Asks to be told of every window that comes, goes or moves.
pub(crate) fn hear_of_windows(
    connection: &RustConnection,
    root: u32,
) -> Result<(), ConnectionError> {
    select(connection, root, EventMask::SUBSTRUCTURE_NOTIFY)
}

/// Asks to be told when the window is renamed. One that is gone by now is no error: it tells by going.
pub(crate) fn hear_of_names(
    connection: &RustConnection,
    window: u32,
) -> Result<(), ConnectionError> {
    select(connection, window, EventMask::PROPERTY_CHANGE)
}

fn select(
    connection: &RustConnection,
    window: u32,
    mask: EventMask,
) -> Result<(), ConnectionError> {
    let wanted = ChangeWindowAttributesAux::new().event_mask(mask);
    connection
        .change_window_attributes(window, &wanted)?
        .ignore_error();
    Ok(())
}

/// All that was told since this was last asked; of properties, only those in `names` count: others change with every key. A round trip goes first, so that nothing is under way.
pub(crate) fn stir(connection: &RustConnection, names: &[u32]) -> Result<Stir, ConnectionError> {
    // The answer does not matter, only that it comes after everything told before it.
    let _ = connection.get_input_focus()?.reply();
    let mut stir = Stir::default();
    while let Some(event) = connection.poll_for_event()? {
        match event {
            Event::PropertyNotify(change) if names.contains(&change.atom) => stir.renamed = true,
            Event::MapNotify(_)
            | Event::UnmapNotify(_)
            | Event::ConfigureNotify(_)
            | Event::CirculateNotify(_)
            | Event::ReparentNotify(_)
            | Event::GravityNotify(_) => stir.moved = true,
            _ => {}
        }
    }
    Ok(stir)
}
