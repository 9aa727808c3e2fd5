//! The desktop's window shows words and a picture that stand nowhere else, while every write of it and of WebKit's processes is recorded:
//! none of them may be readable, and nothing of them may lie in its folders.

use crate::{
    Options,
    content::scratch,
    dice::Dice,
    forms::holds,
    outcome::Outcome,
    plain::{Canaries, PICTURES, in_the_open, name, typed},
    preload::Preload,
    recorded::{Step, read},
    running::{Running, make_profile, program, start_with, within},
    screen::Screen,
};
use afterimage_domain::{Timestamp, memory::Sensitivity};
use afterimage_engine::api::{Body, Request, Response};
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader, Cursor},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};

/// A page that is drawn without a GPU on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(90);
/// WebKit's processes that see what is shown.
const VIEWERS: [&str; 2] = ["WebKitWebProces", "WebKitNetworkPr"];
/// The colour of the picture and of nothing else, and how many pixels of it are a picture and no chance.
const COLOR: [u8; 3] = [0xe1, 0x0a, 0x63];
const PIXELS: usize = 400;
/// What is shown, by the screen it is shown on.
const CHAT: &str = "a chat's name";
const ASKED: &str = "what is typed";
const FRAME: &str = "a title";
const MEMORY: &str = "a memory";
const ENTRY: &str = "a vault's entry";
const WAYS: [&str; 5] = [CHAT, ASKED, FRAME, MEMORY, ENTRY];
/// The folders a program writes to when nobody says otherwise.
const FOLDERS: [(&str, &str); 6] = [
    ("HOME", "home"),
    ("TMPDIR", "tmp"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_STATE_HOME", "state"),
];

/// So many sessions.
pub fn window(options: &Options, sessions: u64) -> Result<Outcome> {
    let preload = Preload::build()?;
    let mut outcome = Outcome::default();
    for session in 0..sessions {
        shown(options.seed + session, &preload, &mut outcome)?;
        outcome.tried += 1;
    }
    Ok(outcome)
}

/// One session of the window. Adds what it came to.
fn shown(seed: u64, preload: &Preload, outcome: &mut Outcome) -> Result<()> {
    let missing = |what: &str| format!("the desktop's window was not looked at: {what}");
    let window = program()?.with_file_name("afterimage-desktop");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist/index.html");
    for (is_there, what) in [
        (window.is_file(), "it is not built"),
        (page.is_file(), "its interface is not built"),
        (has("xdotool"), "there is no xdotool"),
    ] {
        if !is_there {
            outcome.notes.push(missing(what));
            return Ok(());
        }
    }
    let Ok((_screen, display)) = Screen::start(None) else {
        outcome.notes.push(missing("there is no Xvfb"));
        return Ok(());
    };
    let canaries = Canaries::draw(&mut Dice::new(seed + 0x77), &WAYS);
    let folder = scratch()?;
    let record = folder.path().join("record");
    let home = folder.path().join("profile");
    make_profile(&home)?;
    let mut command = preload.command(&program()?, Path::new("/"));
    command.env("FAULTS_RECORD", &record).env_remove("DISPLAY");
    let engine = start_with(command, &home)?;
    fill(&engine, &canaries)?;

    let _manager = Program::start(Command::new("openbox").env("DISPLAY", &display))?;
    let mut bus = Program::start(
        Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped()),
    )?;
    let mut command = preload.command(&window, Path::new("/"));
    command
        .env("FAULTS_RECORD", &record)
        .env("DISPLAY", &display)
        .env("DBUS_SESSION_BUS_ADDRESS", bus.line()?)
        .env("AFTERIMAGE_HOME", &home)
        .env("NO_AT_BRIDGE", "1")
        .env_remove("WAYLAND_DISPLAY");
    for (variable, name) in FOLDERS {
        let place = folder.path().join(name);
        fs::create_dir_all(&place)?;
        command.env(variable, place);
    }
    let window = Program::start(&mut command)?;
    let processes = look_around(&window, &display, &canaries, preload)?;
    engine.client.call(Request::Lock)?;
    drop(window);
    drop(engine);

    let steps = read(&record)?;
    for found in in_the_open(&steps, &canaries) {
        outcome.lose("window", found);
    }
    let mut left = 0;
    for (_, name) in FOLDERS {
        left += sweep(&folder.path().join(name), &canaries, outcome)?;
    }
    let writes = steps.iter().filter_map(|step| match step {
        Step::Wrote(_, _, content) | Step::Buffered(content) => Some(content.len()),
        _ => None,
    });
    let writes: Vec<usize> = writes.collect();
    outcome.acknowledged += WAYS.len() as u64 + 1;
    outcome.notes.push(format!(
        "the window with {} processes, {} writes of {:.1} MB: {} words and a picture were on its screens; {left} files in its folders hold none",
        processes.len(),
        writes.len(),
        writes.iter().sum::<usize>() as f64 / 1e6,
        WAYS.len(),
    ));
    Ok(())
}

/// A chat, a picture, a memory and an entry of the vault.
fn fill(engine: &Running, canaries: &Canaries) -> Result<()> {
    let call = |request| engine.client.call(request);
    call(Request::Consent { granted: true })?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    call(Request::IngestImage {
        image: BASE64_STANDARD.encode(picture()?),
        at: Timestamp::from_millis(now.as_millis() as i64),
        app: "editor".into(),
        title: format!("The door {} is green", canaries.of(FRAME)),
    })?;
    let asked = call(Request::Ask {
        thread: None,
        text: "Is the door green?".into(),
        filter: Default::default(),
        temporary: false,
        at: None,
    })?;
    let Response::Answered { thread, .. } = asked else {
        bail!("no answer");
    };
    name(engine, thread, canaries.of(CHAT))?;
    let known = Body::Semantic {
        subject: "door".into(),
        learned_from: "typed".into(),
    };
    let kept = Body::Vault {
        entry_type: "password".into(),
        sensitivity: Sensitivity::High,
        secret: "not shown".into(),
    };
    for (way, body) in [(MEMORY, known), (ENTRY, kept)] {
        let memory = typed(format!("The door {}", canaries.of(way)), body);
        call(Request::AddMemory { memory })?;
    }
    Ok(())
}

/// Blocks of the colour.
fn picture() -> Result<Vec<u8>> {
    let picture = image::RgbImage::from_fn(640, 360, |x, y| match (x / 80 + y / 60) % 2 {
        0 => image::Rgb(COLOR),
        _ => image::Rgb([20, 60, 40]),
    });
    let mut bytes = Cursor::new(vec![]);
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// Goes to every screen and waits until what it shows is in the web view. The processes that were looked at.
fn look_around(
    window: &Program,
    display: &str,
    canaries: &Canaries,
    preload: &Preload,
) -> Result<BTreeSet<u32>> {
    let see = |way: &str| -> Result<()> {
        let word = canaries.of(way);
        let is_seen = within(PATIENCE, || {
            let mut viewers = family(window.0.id()).into_iter();
            viewers.any(|process| is_web(process) && remembers(process, word))
        });
        ensure!(is_seen, "{way} does not come to the window");
        Ok(())
    };
    see(CHAT)?;
    press(display, &["key", "ctrl+2"])?;
    see(FRAME)?;
    ensure!(
        within(PATIENCE, || colored(display).unwrap_or(0) > PIXELS),
        "the picture is not on the screen"
    );
    press(display, &["key", "ctrl+3"])?;
    see(MEMORY)?;
    see(ENTRY)?;
    press(display, &["key", "ctrl+1"])?;
    // The box for questions is above the middle of the window's lower edge; a click anywhere else does no harm.
    let words = format!("Where is {}?", canaries.of(ASKED));
    press(display, &["type", "--delay", "20", &words])?;
    press(display, &["key", "Return"])?;
    see(ASKED)?;
    let processes = family(window.0.id());
    let names: Vec<String> = processes.iter().map(|process| called(*process)).collect();
    for viewer in VIEWERS {
        ensure!(
            names.iter().any(|name| name == viewer),
            "no {viewer} among {names:?}"
        );
    }
    let library = preload.library();
    for process in &processes {
        let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
        // One that ended meanwhile has no maps.
        let is_recorded = maps.is_empty() || maps.contains(&*library.to_string_lossy());
        ensure!(is_recorded, "{} is not recorded", called(*process));
    }
    Ok(processes)
}

/// A process and all that it began, however far down.
fn family(root: u32) -> BTreeSet<u32> {
    let mut family = BTreeSet::from([root]);
    let running: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // Behind the name, which may hold anything: state, parent.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
            Some((process, parent.parse().ok()?))
        })
        .collect();
    loop {
        let children = running.iter().filter(|(_, parent)| family.contains(parent));
        let children: Vec<u32> = children.map(|(process, _)| *process).collect();
        let before = family.len();
        family.extend(children);
        if family.len() == before {
            return family;
        }
    }
}

fn called(process: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    name.trim().into()
}

fn is_web(process: u32) -> bool {
    called(process) == VIEWERS[0]
}

/// Whether the word stands in a process's memory, in one or two bytes a letter.
fn remembers(process: u32, word: &str) -> bool {
    let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    let Ok(memory) = File::open(format!("/proc/{process}/mem")) else {
        return false;
    };
    let ranges = maps.lines().filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        // Anonymous memory that is written to.
        let is_heap = rest.starts_with("rw") && !rest.contains(".so");
        is_heap.then_some((number(from)?, number(to)?))
    });
    let mut part = vec![0; 1 << 20];
    for (mut from, to) in ranges {
        while from < to {
            let length = part.len().min((to - from) as usize);
            let Ok(read @ 1..) = memory.read_at(&mut part[..length], from) else {
                break;
            };
            if holds(&part[..read], word.as_bytes()) || holds(&part[..read], &wide) {
                return true;
            }
            from += read as u64;
        }
    }
    false
}

/// How many pixels of the screen have the picture's colour.
fn colored(display: &str) -> Result<usize> {
    let (connection, number) = x11rb::connect(Some(display))?;
    let root = x11rb::connection::Connection::setup(&connection).roots[number].root;
    let image = connection
        .get_image(ImageFormat::Z_PIXMAP, root, 0, 0, 1024, 768, !0)?
        .reply()?;
    let is_near = |pixel: &&[u8]| {
        let [blue, green, red] = [pixel[0], pixel[1], pixel[2]];
        let pairs = [red, green, blue].into_iter().zip(COLOR);
        pairs
            .into_iter()
            .all(|(found, wanted)| found.abs_diff(wanted) < 24)
    };
    Ok(image.data.chunks_exact(4).filter(is_near).count())
}

/// Looks through a folder; how many files lie there.
fn sweep(folder: &Path, canaries: &Canaries, outcome: &mut Outcome) -> Result<usize> {
    let forms = canaries.forms();
    let mut files = 0;
    let mut folders: Vec<PathBuf> = vec![folder.into()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
                continue;
            }
            let Ok(bytes) = fs::read(&path) else {
                continue;
            };
            files += 1;
            let shown = forms.iter().filter(|(_, form)| holds(&bytes, form));
            for (way, _) in shown {
                outcome.lose("window", format!("{way} lies in {}", path.display()));
            }
            if PICTURES.iter().any(|begin| bytes.starts_with(begin)) {
                outcome.lose("window", format!("a picture lies in {}", path.display()));
            }
        }
    }
    Ok(files)
}

/// Whether a program is installed; without a screen it may still fail.
fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    let quiet = command
        .arg("version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok()
}

/// Keys, as somebody presses them.
fn press(display: &str, what: &[&str]) -> Result<()> {
    let status = Command::new("xdotool")
        .args(what)
        .env("DISPLAY", display)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(status.success(), "xdotool {what:?} failed");
    Ok(())
}

/// A program that ends when this is dropped.
struct Program(Child);

impl Program {
    fn start(command: &mut Command) -> Result<Self> {
        let started = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        let program = command.get_program().display().to_string();
        started
            .map(Self)
            .with_context(|| format!("{program} does not start"))
    }

    /// Its next line.
    fn line(&mut self) -> Result<String> {
        let said = self.0.stdout.as_mut().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        Ok(line.trim().into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that is gone already is what was wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
