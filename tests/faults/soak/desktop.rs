//! A desktop on which somebody works: programs that write, a film, windows that are moved about, and private ones among them.

use crate::{dice::Dice, screen::Screen};
use anyhow::{Context, Result, ensure};
use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use x11rb::{
    COPY_DEPTH_FROM_PARENT,
    connection::Connection,
    protocol::xproto::{
        AtomEnum, ChangeGCAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
        CreateWindowAux, PropMode, Rectangle, StackMode, WindowClass,
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// Stands in private windows and nowhere else.
pub const PRIVATE_WORD: &str = "zqhidden";
/// The background of private windows and of nothing else.
pub const PRIVATE_COLOR: [u8; 3] = [0xe1, 0x0a, 0x63];
/// How long the film shows one picture, and a window its place.
const PICTURE: Duration = Duration::from_millis(100);
const PLACE: Duration = Duration::from_millis(1_500);
/// How long a password manager is open, and how long it is not.
const OPEN: u64 = 8;
const CLOSED: u64 = 17;

/// Everything that runs on one screen; it ends when this is dropped.
pub struct Desktop {
    pub name: String,
    screen: Screen,
    programs: Vec<Child>,
    is_over: Arc<AtomicBool>,
    players: Vec<JoinHandle<()>>,
}

impl Desktop {
    /// A new desktop, under a name of before or a new one. `switches` counts what is done to windows.
    pub fn start(name: Option<&str>, seed: u64, switches: &Arc<AtomicU64>) -> Result<Self> {
        let (screen, name) = Screen::start(name)?;
        let mut desktop = Self {
            name,
            screen,
            programs: vec![],
            is_over: Arc::default(),
            players: vec![],
        };
        desktop.run("openbox", &[])?;
        desktop.terminal(["editor", "Notes"], "60x14+20+20", &writing())?;
        desktop.terminal(["mail", "Inbox"], "50x10+420+380", &mailing())?;
        desktop.terminal(["firefox", "News"], "44x12+60+330", &browsing())?;
        desktop.play(film);
        let (name, switches) = (desktop.name.clone(), switches.clone());
        desktop.play(move |_, is_over| switch(&name, &mut Dice::new(seed), &switches, is_over));
        desktop.play(come_and_go);
        Ok(desktop)
    }

    fn run(&mut self, program: &str, arguments: &[&str]) -> Result<()> {
        self.programs.push(begin(&self.name, program, arguments)?);
        Ok(())
    }

    fn terminal(&mut self, [class, title]: [&str; 2], place: &str, script: &str) -> Result<()> {
        let arguments = terminal([class, title], place, script);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.run("xterm", &arguments)
    }

    /// Something that goes on until the desktop is over. What fails with its screen has played enough.
    fn play(&mut self, player: impl Fn(&str, &AtomicBool) -> Result<()> + Send + 'static) {
        let (name, is_over) = (self.name.clone(), self.is_over.clone());
        let player = move || {
            while !is_over.load(Ordering::Relaxed) {
                if player(&name, &is_over).is_err() {
                    thread::sleep(PICTURE);
                }
            }
        };
        self.players.push(thread::spawn(player));
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for player in self.players.drain(..) {
            // Each has looked whether it is over, or failed with its screen.
            let _ = player.join();
        }
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
        self.screen.end();
    }
}

fn begin(screen: &str, program: &str, arguments: &[&str]) -> Result<Child> {
    Command::new(program)
        .args(arguments)
        .env("DISPLAY", screen)
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{program} is not installed"))
}

fn terminal([class, title]: [&str; 2], place: &str, script: &str) -> Vec<String> {
    let words = [
        "-fa",
        "DejaVu Sans Mono",
        "-fs",
        "12",
        "-class",
        class,
        "-name",
        class,
        "-T",
        title,
        "-geometry",
        place,
        "-e",
        "bash",
        "-c",
        script,
    ];
    words.map(str::to_owned).to_vec()
}

fn writing() -> String {
    "i=0; while :; do i=$((i+1)); clear
     echo \"Harbour model, review $i\"; echo
     echo \"Ines will bring drawing $((i*7%90)) on day $((i%28+1)).\"
     echo \"The crane on pier $((i%9+1)) carries $((i*13%70+5)) tons.\"
     sleep 5; done"
        .into()
}

fn mailing() -> String {
    "i=0; while :; do i=$((i+1)); echo \"$((i%12+8)):30  Mail $i from the port office\"; sleep 9; done".into()
}

/// A browser that shows something private from after its title says so until before it no longer does.
fn browsing() -> String {
    let [red, green, blue] = PRIVATE_COLOR;
    format!(
        "while :; do
         printf '\\033]2;Letters - Private Browsing\\007'; sleep 0.3
         printf '\\033]11;#{red:02x}{green:02x}{blue:02x}\\007\\033[2J\\033[H{PRIVATE_WORD} letter'; sleep 6
         printf '\\033]11;white\\007\\033[2J\\033[HNews of the harbour'; sleep 0.3
         printf '\\033]2;News\\007'; sleep 9; done"
    )
}

/// A film: pictures that are never the same, in colours of the sea.
fn film(screen: &str, is_over: &AtomicBool) -> Result<()> {
    let (connection, root) = connect(screen)?;
    let (window, context) = (connection.generate_id()?, connection.generate_id()?);
    let class = WindowClass::INPUT_OUTPUT;
    let looks = CreateWindowAux::new().background_pixel(0x10_20_30);
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        root,
        600,
        60,
        320,
        240,
        0,
        class,
        0,
        &looks,
    )?;
    let (text, replace) = (AtomEnum::STRING, PropMode::REPLACE);
    connection.change_property8(replace, window, AtomEnum::WM_CLASS, text, b"mpv\0mpv\0")?;
    connection.change_property8(
        replace,
        window,
        AtomEnum::WM_NAME,
        text,
        b"Harbour at night",
    )?;
    connection.create_gc(context, window, &CreateGCAux::new())?;
    connection.map_window(window)?;
    let mut dice = Dice::new(7);
    while !is_over.load(Ordering::Relaxed) {
        for _ in 0..12 {
            let color = 0x10_30_40 + dice.below(64) as u32 * 0x01_01;
            connection.change_gc(context, &ChangeGCAux::new().foreground(color))?;
            let spot = Rectangle {
                x: dice.below(280) as i16,
                y: dice.below(200) as i16,
                width: 40,
                height: 40,
            };
            connection.poly_fill_rectangle(window, context, &[spot])?;
        }
        connection.flush()?;
        thread::sleep(PICTURE);
    }
    Ok(())
}

/// Raises, lowers and moves windows.
fn switch(screen: &str, dice: &mut Dice, switches: &AtomicU64, is_over: &AtomicBool) -> Result<()> {
    let (connection, root) = connect(screen)?;
    let list = connection
        .intern_atom(false, b"_NET_CLIENT_LIST")?
        .reply()?
        .atom;
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(PLACE);
        let known = connection
            .get_property(false, root, list, AtomEnum::WINDOW, 0, 64)?
            .reply()?;
        let windows: Vec<u32> = known.value32().into_iter().flatten().collect();
        ensure!(!windows.is_empty(), "no window is there yet");
        let window = windows[dice.below(windows.len() as u64) as usize];
        let how = match dice.below(4) {
            0 => ConfigureWindowAux::new().stack_mode(StackMode::BELOW),
            1 => ConfigureWindowAux::new()
                .x(dice.below(600) as i32)
                .y(dice.below(450) as i32),
            _ => ConfigureWindowAux::new().stack_mode(StackMode::ABOVE),
        };
        connection.configure_window(window, &how)?.check()?;
        switches.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// A password manager is opened and closed again.
fn come_and_go(screen: &str, is_over: &AtomicBool) -> Result<()> {
    let [red, green, blue] = PRIVATE_COLOR;
    let script = format!(
        "printf '\\033]11;#{red:02x}{green:02x}{blue:02x}\\007\\033[2J\\033[H{PRIVATE_WORD} entry'; exec sleep 1000"
    );
    let arguments = terminal(["keepassxc", "Passwords"], "40x8+300+200", &script);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    rest(CLOSED, is_over);
    let mut program = begin(screen, "xterm", &arguments)?;
    rest(OPEN, is_over);
    program.kill()?;
    program.wait()?;
    Ok(())
}

fn rest(seconds: u64, is_over: &AtomicBool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end && !is_over.load(Ordering::Relaxed) {
        thread::sleep(PICTURE);
    }
}

fn connect(screen: &str) -> Result<(RustConnection, u32)> {
    let (connection, number) = x11rb::connect(Some(screen))?;
    let root = connection.setup().roots[number].root;
    Ok((connection, root))
}
