//! What the desktop says over D-Bus: logind on the system's bus, the screen saver on the session's.

use super::lock_politely;
use crate::board::Board;
use std::{env, process, sync::Arc, thread, time::Duration};
use zbus::{
    MatchRule, Message,
    blocking::{Connection, MessageIterator, connection::Builder},
    message::Type,
    zvariant::{DynamicType, OwnedFd, OwnedObjectPath, OwnedValue},
};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
const SESSION: &str = "org.freedesktop.login1.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const SCREEN_SAVERS: [&str; 2] = ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"];
/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(5);
/// A bus that is not there, or went away, may come (back).
const RETRY: Duration = Duration::from_secs(10);

/// Listens on both buses until the process ends.
pub fn watch(board: &Arc<Board>) {
    listen("logind", board, logind);
    for saver in SCREEN_SAVERS {
        listen("screen-saver", board, move || screen_saver(saver));
    }
}

fn listen(
    name: &'static str,
    board: &Arc<Board>,
    hear: impl Fn() -> zbus::Result<()> + Send + 'static,
) {
    let board = board.clone();
    let whole = move || {
        let mut told = false;
        while !board.is_locking() {
            if hear().is_err() && !told {
                tracing::info!(bus = name, "not heard: no lock from there");
                told = true;
            }
            thread::sleep(RETRY);
        }
    };
    // Without it, idleness still locks.
    if thread::Builder::new()
        .name(name.into())
        .spawn(whole)
        .is_err()
    {
        tracing::warn!(bus = name, "no thread to listen with");
    }
}

fn logind() -> zbus::Result<()> {
    let bus = Builder::system()?.method_timeout(PATIENCE).build()?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(LOGIND)?
        .build();
    let signals = MessageIterator::for_match_rule(rule, &bus, None)?;
    let session = own_session(&bus);
    // Sleep waits, for a few seconds, until the process has ended and this with it.
    let _delay = inhibit(&bus);
    for signal in signals {
        if locks_by_logind(&signal?, session.as_ref()) {
            tracing::info!("the session is locked or about to sleep");
            lock_politely();
        }
    }
    Ok(())
}

fn screen_saver(interface: &'static str) -> zbus::Result<()> {
    let bus = Builder::session()?.method_timeout(PATIENCE).build()?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface(interface)?
        .member("ActiveChanged")?
        .build();
    for signal in MessageIterator::for_match_rule(rule, &bus, None)? {
        if signal?.body().deserialize() == Ok(true) {
            tracing::info!("the screen is locked");
            lock_politely();
        }
    }
    Ok(())
}

/// Whether a signal of logind says that this session is locked, or that the machine will sleep.
fn locks_by_logind(signal: &Message, session: Option<&OwnedObjectPath>) -> bool {
    let header = signal.header();
    let interface = header.interface().map(|name| name.as_str());
    let member = header.member().map(|name| name.as_str());
    // Where it is not known which session is ours, each one locks.
    let is_ours = || match (header.path(), session) {
        (Some(path), Some(session)) => path.as_str() == session.as_str(),
        _ => true,
    };
    match (interface, member) {
        (Some(MANAGER), Some("PrepareForSleep")) => signal.body().deserialize() == Ok(true),
        (Some(SESSION), Some("Lock")) => is_ours(),
        (Some(PROPERTIES), Some("PropertiesChanged")) => is_ours() && says_locked(signal),
        _ => false,
    }
}

fn says_locked(signal: &Message) -> bool {
    type Changed = (
        String,
        std::collections::HashMap<String, OwnedValue>,
        Vec<String>,
    );
    let Ok((interface, changed, _)) = signal.body().deserialize::<Changed>() else {
        return false;
    };
    let hint = changed.get("LockedHint").map(bool::try_from);
    interface == SESSION && hint == Some(Ok(true))
}

/// The session this process belongs to.
fn own_session(bus: &Connection) -> Option<OwnedObjectPath> {
    let by_process = ask_manager(bus, "GetSessionByPID", &process::id());
    by_process.or_else(|| ask_manager(bus, "GetSession", &env::var("XDG_SESSION_ID").ok()?))
}

fn inhibit(bus: &Connection) -> Option<OwnedFd> {
    let what = (
        "sleep",
        "Afterimage",
        "Locks before the machine sleeps",
        "delay",
    );
    ask_manager(bus, "Inhibit", &what)
}

/// What logind's manager answers; `None` when it does not.
fn ask_manager<T>(
    bus: &Connection,
    method: &str,
    question: &(impl serde::Serialize + DynamicType),
) -> Option<T>
where
    T: serde::de::DeserializeOwned + zbus::zvariant::Type,
{
    let reply = bus.call_method(Some(LOGIND), MANAGER_PATH, Some(MANAGER), method, question);
    reply.ok()?.body().deserialize().ok()
}
