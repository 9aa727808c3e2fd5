//! Password fields, as programs tell assistive technology of them (AT-SPI, over D-Bus).
//!
//! A field that was a password's once is one so long as it exists: GTK calls it plain text while the password is shown. Programs that tell
//! nothing, and a session without that bus, are as they were. Everything has a time; a program that takes longer is left alone for a while.

use crate::PasswordField;
use afterimage_domain::Rect;
use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};
use zbus::{
    blocking::{Connection, Proxy, connection::Builder},
    zvariant::{DynamicType, OwnedObjectPath, Type},
};

/// An object of a program: its name on the bus, its path.
type Object = (String, OwnedObjectPath);

/// The connection to the bus, and what is remembered of it.
#[derive(Default)]
pub(crate) struct PasswordFields {
    bus: Option<Connection>,
    /// When it was last tried to connect.
    tried: Option<Instant>,
    /// Every field that was a password's and may still be there.
    known: BTreeSet<(String, String)>,
    /// By name on the bus.
    pids: HashMap<String, u32>,
    /// Programs that took too long, and when.
    slow: HashMap<String, Instant>,
}

const REGISTRY: &str = "org.a11y.atspi.Registry";
const ROOT: &str = "/org/a11y/atspi/accessible/root";
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const COLLECTION: &str = "org.a11y.atspi.Collection";
const COMPONENT: &str = "org.a11y.atspi.Component";

/// `ATSPI_ROLE_PASSWORD_TEXT`.
const PASSWORD_TEXT: u32 = 40;
/// `ATSPI_STATE_SHOWING`.
const SHOWING: u32 = 25;
/// `ATSPI_Collection_MATCH_ALL`, `_ANY`.
const ALL: i32 = 1;
const ANY: i32 = 2;
/// One answer.
const PATIENCE: Duration = Duration::from_millis(150);
/// All of a look.
const BUDGET: Duration = Duration::from_millis(400);
/// A bus that is not there, or a program that takes too long, is tried again after this.
const RETRY: Duration = Duration::from_secs(20);
/// Objects of a program that cannot search itself, looked at one by one.
const MOST_OBJECTS: usize = 400;

impl PasswordFields {
    /// The fields in view. None when nobody tells.
    pub fn in_view(&mut self) -> Vec<PasswordField> {
        let Some(bus) = self.connected() else {
            return vec![];
        };
        let deadline = Instant::now() + BUDGET;
        let Ok(programs) = children(&bus, REGISTRY, ROOT) else {
            // It went away, or the session ends.
            *self = Self {
                tried: Some(Instant::now()),
                ..Self::default()
            };
            return vec![];
        };
        self.forget_all_but(&programs);
        for (program, root) in &programs {
            if Instant::now() < deadline && !self.is_slow(program) {
                self.search(&bus, program, root, deadline);
            }
        }
        let known: Vec<_> = self.known.iter().cloned().collect();
        let fields = known
            .into_iter()
            .filter_map(|(program, path)| self.seen(&bus, &program, &path));
        fields.collect()
    }

    fn connected(&mut self) -> Option<Connection> {
        let is_due = self.tried.is_none_or(|tried| tried.elapsed() >= RETRY);
        if self.bus.is_none() && is_due {
            self.tried = Some(Instant::now());
            self.bus = connect()
                .inspect_err(|error| tracing::info!(%error, "programs tell of no password fields"))
                .ok();
        }
        self.bus.clone()
    }

    fn forget_all_but(&mut self, programs: &[Object]) {
        let is_there = |name: &String| programs.iter().any(|(program, _)| program == name);
        self.known.retain(|(program, _)| is_there(program));
        self.pids.retain(|program, _| is_there(program));
        self.slow.retain(|program, _| is_there(program));
    }

    fn is_slow(&self, program: &str) -> bool {
        self.slow
            .get(program)
            .is_some_and(|since| since.elapsed() < RETRY)
    }

    /// Remembers the password fields of a program.
    fn search(
        &mut self,
        bus: &Connection,
        program: &str,
        root: &OwnedObjectPath,
        deadline: Instant,
    ) {
        let found = match matches(bus, program, root) {
            Err(error) if is_late(&error) => Err(error),
            Err(_) => walk(bus, program, root, deadline),
            found => found,
        };
        match found {
            Ok(fields) => {
                let fields = fields.into_iter();
                self.known
                    .extend(fields.map(|(program, path)| (program, path.to_string())));
            }
            Err(_) => {
                tracing::info!("a program takes too long to tell of its fields");
                self.slow.insert(program.to_owned(), Instant::now());
            }
        }
    }

    /// A known field as it is now; one that is gone is forgotten.
    fn seen(&mut self, bus: &Connection, program: &str, path: &str) -> Option<PasswordField> {
        let states: zbus::Result<Vec<u32>> = ask(bus, program, path, ACCESSIBLE, "GetState", &());
        let is_hidden = match states {
            Ok(states) => states
                .first()
                .is_some_and(|bits| bits & (1 << SHOWING) == 0),
            Err(error) if is_late(&error) => false,
            Err(_) => {
                self.known.remove(&(program.to_owned(), path.to_owned()));
                return None;
            }
        };
        if is_hidden {
            return None;
        }
        Some(PasswordField {
            pid: self.pid(bus, program),
            bounds: bounds(bus, program, path),
        })
    }

    fn pid(&mut self, bus: &Connection, program: &str) -> u32 {
        if let Some(pid) = self.pids.get(program) {
            return *pid;
        }
        let (driver, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
        let pid = ask(
            bus,
            driver,
            path,
            driver,
            "GetConnectionUnixProcessID",
            &program,
        );
        let pid = pid.unwrap_or(0);
        self.pids.insert(program.to_owned(), pid);
        pid
    }
}

/// Connects to the bus that the session's own bus names.
fn connect() -> zbus::Result<Connection> {
    let session = Builder::session()?.method_timeout(PATIENCE).build()?;
    let (name, path) = ("org.a11y.Bus", "/org/a11y/bus");
    let address: String = ask(&session, name, path, name, "GetAddress", &())?;
    Builder::address(address.as_str())?
        .method_timeout(PATIENCE)
        .build()
}

/// What is below an object.
fn children(bus: &Connection, program: &str, path: &str) -> zbus::Result<Vec<Object>> {
    ask(bus, program, path, ACCESSIBLE, "GetChildren", &())
}

/// The password fields of a program that can search itself.
fn matches(bus: &Connection, program: &str, root: &str) -> zbus::Result<Vec<Object>> {
    let none: HashMap<&str, &str> = HashMap::new();
    let showing = vec![1i32 << SHOWING, 0];
    let roles = vec![0i32, 1 << (PASSWORD_TEXT - 32), 0, 0];
    let interfaces: Vec<&str> = vec![];
    let rule = (showing, ALL, none, ALL, roles, ANY, interfaces, ALL, false);
    let (in_order, all_of_them, whole_tree) = (1u32, 0i32, true);
    let question = (rule, in_order, all_of_them, whole_tree);
    ask(bus, program, root, COLLECTION, "GetMatches", &question)
}

/// The same for one that cannot, as far as time allows.
fn walk(
    bus: &Connection,
    program: &str,
    root: &OwnedObjectPath,
    deadline: Instant,
) -> zbus::Result<Vec<Object>> {
    let (mut fields, mut next) = (vec![], vec![(program.to_owned(), root.clone())]);
    let mut seen = 0;
    while let Some((program, path)) = next.pop() {
        seen += 1;
        if seen > MOST_OBJECTS || Instant::now() >= deadline {
            break;
        }
        let role: u32 = ask(bus, &program, &path, ACCESSIBLE, "GetRole", &())?;
        match role {
            PASSWORD_TEXT => fields.push((program, path)),
            _ => next.extend(children(bus, &program, &path)?),
        }
    }
    Ok(fields)
}

fn bounds(bus: &Connection, program: &str, path: &str) -> Option<Rect> {
    let on_screen = 0u32;
    let extents = ask(bus, program, path, COMPONENT, "GetExtents", &on_screen);
    let ((x, y, width, height),): ((i32, i32, i32, i32),) = extents.ok().map(|found| (found,))?;
    let is_somewhere = width > 0 && height > 0;
    is_somewhere.then(|| Rect::new(x, y, width.unsigned_abs(), height.unsigned_abs()))
}

fn is_late(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::InputOutput(error) if error.kind() == std::io::ErrorKind::TimedOut)
}

fn ask<T>(
    bus: &Connection,
    program: &str,
    path: &str,
    interface: &str,
    method: &str,
    question: &(impl serde::Serialize + DynamicType),
) -> zbus::Result<T>
where
    T: serde::de::DeserializeOwned + Type,
{
    let proxy = Proxy::new(
        bus,
        program.to_owned(),
        path.to_owned(),
        interface.to_owned(),
    )?;
    proxy.call(method, question)
}
