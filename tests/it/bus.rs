//! A message bus of the test's own, with what a desktop has on it: a keyring, and a logind that the test plays.

use crate::program::PASSPHRASE;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};
use zbus::{blocking, zvariant};

/// A bus. Dropping it ends it, and what runs on it.
pub struct Bus {
    daemon: Child,
    address: String,
    others: Vec<Child>,
}

impl Bus {
    /// Starts a bus that nobody else knows.
    pub fn new() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        let said = daemon.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut address).unwrap();
        Self {
            daemon,
            address: address.trim().into(),
            others: Vec::new(),
        }
    }

    /// Puts an unlocked keyring on it that keeps its files in `home`.
    pub fn with_keyring(mut self, home: &Path) -> Self {
        let mut keyring = Command::new("gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .envs(["HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"].map(|name| (name, home)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is installed");
        keyring
            .stdin
            .take()
            .unwrap()
            .write_all(PASSPHRASE.as_bytes())
            .unwrap();
        self.others.push(keyring);
        let bus = self.connect();
        let proxy = blocking::fdo::DBusProxy::new(&bus).unwrap();
        let name = "org.freedesktop.secrets".try_into().unwrap();
        let is_there = || {
            proxy
                .name_has_owner(zbus::names::BusName::clone(&name))
                .unwrap()
        };
        crate::engine::eventually("the keyring", is_there);
        self
    }

    /// For the environment of a program: both of its buses are this one.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        ["DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"]
            .map(|name| (name, PathBuf::from(&self.address)))
            .to_vec()
    }

    /// A connection to it.
    pub fn connect(&self) -> blocking::Connection {
        let builder = blocking::connection::Builder::address(self.address.as_str());
        builder.unwrap().build().unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for process in self.others.iter_mut().chain([&mut self.daemon]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// logind, as far as the engine asks it, played by the test.
pub struct Logind {
    bus: blocking::Connection,
    inhibited: Receiver<()>,
}

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";
/// The session the engine is told it belongs to.
pub const OURS: &str = "/org/freedesktop/login1/session/_31";
/// Somebody else's.
pub const OTHER: &str = "/org/freedesktop/login1/session/_32";

struct Manager {
    inhibited: Sender<()>,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    #[zbus(name = "GetSessionByPID")]
    fn session_of(&self, _pid: u32) -> zvariant::OwnedObjectPath {
        OURS.try_into().unwrap()
    }

    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> zvariant::OwnedFd {
        assert_eq!((what, mode), ("sleep", "delay"));
        // The engine asks this last.
        let _ = self.inhibited.send(());
        std::os::fd::OwnedFd::from(std::fs::File::open("/dev/null").unwrap()).into()
    }
}

impl Logind {
    pub fn on(bus: &Bus) -> Self {
        let (sender, inhibited) = channel();
        let connection = bus.connect();
        let manager = Manager { inhibited: sender };
        connection
            .object_server()
            .at(MANAGER_PATH, manager)
            .unwrap();
        connection.request_name("org.freedesktop.login1").unwrap();
        Self {
            bus: connection,
            inhibited,
        }
    }

    /// Waits until an engine listens.
    pub fn wait_for_listener(&self) {
        self.inhibited
            .recv_timeout(Duration::from_secs(60))
            .expect("the engine listens to logind");
    }

    pub fn prepare_for_sleep(&self, begins: bool) {
        self.say(MANAGER_PATH, MANAGER, "PrepareForSleep", &(begins,));
    }

    pub fn lock(&self, session: &str) {
        self.say(session, "org.freedesktop.login1.Session", "Lock", &());
    }

    pub fn hint(&self, session: &str, locked: bool) {
        let changed =
            std::collections::HashMap::from([("LockedHint", zvariant::Value::from(locked))]);
        let body = (
            "org.freedesktop.login1.Session",
            changed,
            Vec::<&str>::new(),
        );
        self.say(
            session,
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            &body,
        );
    }

    fn say(
        &self,
        path: &str,
        interface: &str,
        member: &str,
        body: &(impl serde::Serialize + zvariant::DynamicType),
    ) {
        self.bus
            .emit_signal(None::<&str>, path, interface, member, body)
            .unwrap();
    }
}
