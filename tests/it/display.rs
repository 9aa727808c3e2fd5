//! A screen of our own with real windows on it: Xvfb, openbox, and programs.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use x11rb::{
    connection::Connection,
    protocol::xproto::{AtomEnum, ConnectionExt},
    rust_connection::RustConnection,
};

/// A virtual screen with a window manager. Dropping it ends every program started on it.
pub struct Display {
    /// Value for `DISPLAY`.
    pub name: String,
    programs: Vec<Child>,
}

/// Starting a browser on a loaded machine takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

impl Display {
    /// Starts a screen of `width` x `height` pixels.
    pub fn start(width: u32, height: u32) -> Self {
        let mut xvfb = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                &format!("{width}x{height}x24"),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed (`npm test` installs it)");
        let mut number = String::new();
        BufReader::new(xvfb.stdout.take().unwrap())
            .read_line(&mut number)
            .expect("Xvfb says its display number");
        let mut display = Self {
            name: format!(":{}", number.trim()),
            programs: vec![xvfb],
        };
        display.run("openbox", &[]);
        display.wait("a window manager", |display| display.has_window_manager());
        display
    }

    /// Starts a program on the screen.
    pub fn run(&mut self, program: &str, arguments: &[&str]) {
        let child = Command::new(program)
            .args(arguments)
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.programs.push(child.unwrap_or_else(|error| {
            panic!("{program} is installed (`npm test` installs it): {error}")
        }));
    }

    /// A terminal that shows `text` and stays. `class` is the program's name as window rules see it.
    pub fn terminal(&mut self, class: &str, title: &str, place: &str, text: &str) {
        let command = format!("cat <<'END'\n{text}\nEND\nexec sleep 1000");
        let font = ["-fa", "DejaVu Sans Mono", "-fs", "14"];
        let named = [
            "-class",
            class,
            "-name",
            class,
            "-T",
            title,
            "-geometry",
            place,
        ];
        self.run(
            "xterm",
            &[&font[..], &named, &["-e", "sh", "-c", &command]].concat(),
        );
        self.wait_for_title(title);
    }

    /// A browser window that shows the page in `file`.
    pub fn browser(&mut self, profile: &Path, file: &Path, title: &str, arguments: &[&str]) {
        let profile = format!("--user-data-dir={}", profile.display());
        let page = format!("--app=file://{}", file.display());
        let quiet = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--password-store=basic",
        ];
        self.run(
            "chromium",
            &[&quiet[..], arguments, &[&profile, &page]].concat(),
        );
        self.wait_for_title(title);
    }

    /// Waits until a window with `title` in its title is on the screen.
    pub fn wait_for_title(&self, title: &str) {
        self.wait(title, |display| {
            display.titles().iter().any(|known| known.contains(title))
        });
    }

    fn wait(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !done(self) {
            assert!(
                start.elapsed() < PATIENCE,
                "{what} did not appear on the virtual screen"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn has_window_manager(&self) -> bool {
        let Some((connection, root)) = self.connect() else {
            return false;
        };
        property(&connection, root, "_NET_SUPPORTING_WM_CHECK").is_some()
    }

    fn titles(&self) -> Vec<String> {
        let Some((connection, root)) = self.connect() else {
            return vec![];
        };
        let list = property(&connection, root, "_NET_CLIENT_LIST").unwrap_or_default();
        let windows = list
            .chunks_exact(4)
            .map(|bytes| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        windows
            .filter_map(|window| {
                property(&connection, window, "_NET_WM_NAME")
                    .or_else(|| property(&connection, window, "WM_NAME"))
            })
            .map(|title| String::from_utf8_lossy(&title).into_owned())
            .collect()
    }

    fn connect(&self) -> Option<(RustConnection, u32)> {
        let (connection, screen) = x11rb::connect(Some(&self.name)).ok()?;
        let root = connection.setup().roots[screen].root;
        Some((connection, root))
    }
}

fn property(connection: &RustConnection, window: u32, name: &str) -> Option<Vec<u8>> {
    let atom = connection
        .intern_atom(false, name.as_bytes())
        .ok()?
        .reply()
        .ok()?
        .atom;
    let reply = connection
        .get_property(false, window, atom, AtomEnum::ANY, 0, 1024)
        .ok()?
        .reply()
        .ok()?;
    (!reply.value.is_empty()).then_some(reply.value)
}

impl Drop for Display {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}
