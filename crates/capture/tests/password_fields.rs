//! A password in a real GTK program on a real X server, hidden and shown in turn: it is in no frame that is kept.
#![cfg(target_os = "linux")]

#[expect(
    dead_code,
    reason = "it also starts the programs that other tests look at"
)]
#[path = "../../../tests/it/display.rs"]
mod display;

use afterimage_capture::{Compare, Difference, Look, Rules, Screen, Watcher, open};
use afterimage_domain::{FrameId, Pixels, Rect, Timestamp, id::uuid_v7};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Says to this program that it is the one that has the virtual screen.
const INSIDE: &str = "AFTERIMAGE_TEST_INSIDE";
const SIGN_IN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/password_fields/sign_in.py"
);
const PATIENCE: Duration = Duration::from_secs(60);
const LOOKS: u32 = 24;

/// Takes every picture for a new one.
struct EveryPicture;

impl Compare for EveryPicture {
    fn compare(&mut self, _monitor: &str, pixels: &Pixels) -> Difference {
        Difference {
            hash: 0,
            changed: vec![Rect::new(0, 0, pixels.width(), pixels.height())],
        }
    }

    fn remember(&mut self, _monitor: &str) {}
}

/// Ends it when it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn w6_no_password_is_kept_hidden_or_shown() {
    if std::env::var_os(INSIDE).is_none() {
        return run_on_a_screen_of_its_own();
    }
    let sign_in = Command::new("/usr/bin/python3").arg(SIGN_IN).spawn();
    let _sign_in =
        Program(sign_in.expect("python3 with GTK is installed (`npm test` installs it)"));
    let mut screen = open().unwrap();
    wait_for("the password on the screen", || {
        most_password_pixels(screen.as_mut()) > 0
    });
    wait_for("word of the password field", || {
        !screen.password_fields().is_empty()
    });
    let mut watcher = Watcher::new(screen, Rules::new(&[], &[], true).unwrap());
    let (mut kept, mut leaked, mut shown) = (0, 0, Vec::new());
    for _ in 0..LOOKS {
        shown.push(most_password_pixels(watcher.screen()));
        for look in look(&mut watcher) {
            let Look::Kept(frame) = look else { continue };
            kept += 1;
            leaked += password_pixels(&frame.pixels);
            assert!(
                frame
                    .masks
                    .iter()
                    .any(|mask| mask.reason == "password field")
            );
            assert!(!frame.windows.is_empty(), "the window itself may be seen");
        }
        thread::sleep(Duration::from_millis(137));
    }
    println!("{kept} kept, {leaked} pixels of a password in them; unmasked: {shown:?}");
    assert_eq!(leaked, 0);
    assert!(kept >= LOOKS / 4, "hardly a frame was kept");
    let (least, most) = (shown.iter().min().unwrap(), shown.iter().max().unwrap());
    assert!(0 < *least && least < most, "it was not shown and hidden");
}

fn run_on_a_screen_of_its_own() {
    // Which screen and bus are meant stands in the environment, which no test may change under others.
    let display = display::Display::start(640, 480);
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--print-address"])
        .env("DISPLAY", &display.name)
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::piped())
        .spawn()
        .expect("dbus is installed (`npm test` installs it)");
    let mut address = String::new();
    let said = bus.stdout.take().unwrap();
    let _bus = Program(bus);
    BufReader::new(said).read_line(&mut address).unwrap();
    let again = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "w6_no_password_is_kept_hidden_or_shown",
        ])
        .env(INSIDE, "1")
        .env("DISPLAY", &display.name)
        .env("DBUS_SESSION_BUS_ADDRESS", address.trim())
        .env_remove("AT_SPI_BUS_ADDRESS")
        .env_remove("NO_AT_BRIDGE")
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_SESSION_TYPE", "x11")
        .status();
    assert!(again.unwrap().success());
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(50));
    }
}

fn look(watcher: &mut Watcher) -> Vec<Look> {
    let at = Timestamp::default();
    let mut id = || FrameId(uuid_v7(at, [0; 10]));
    watcher.look(at, &mut EveryPicture, &mut id).unwrap()
}

/// What the screen itself shows of it.
fn most_password_pixels(screen: &mut dyn Screen) -> usize {
    let monitors = screen.monitors().unwrap();
    let shown = monitors
        .iter()
        .map(|monitor| password_pixels(&screen.grab(monitor).unwrap()));
    shown.max().unwrap_or(0)
}

/// Pixels with the colour of the password, however thin its strokes.
fn password_pixels(pixels: &Pixels) -> usize {
    let is_of_it = |pixel: &&[u8]| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
        red - green > 60 && blue - green > 60
    };
    pixels.rgba().chunks(4).filter(is_of_it).count()
}
