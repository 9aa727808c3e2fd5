//! The engine's keeper: a small process around the one that works. It holds what opens the profile so long as it is unlocked and starts the
//! engine anew when it dies by itself; the engine tells it of another passphrase or code (`kept`). Locking ends both; when the keeper dies,
//! the system ends the engine with it.

use crate::{
    api::Opening,
    clock::Moments,
    harden::end_with_parent,
    process::{ARCHIVE, KEYCHAIN, RECOVERY, RESTORE, VAULT},
    wire,
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    env,
    ffi::OsString,
    io::{self, BufReader, Write},
    net::Shutdown,
    os::{
        fd::OwnedFd,
        unix::{
            net::UnixStream,
            process::{CommandExt, ExitStatusExt},
        },
    },
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, AtomicI32, Ordering},
    thread,
    time::Duration,
};

/// Tells the engine that it is kept.
pub const KEPT: &str = "--kept";
/// So many deaths within [`A_WHILE`] are no accident: starting once more would only drain the battery.
const MOST_DEATHS: usize = 5;
const A_WHILE: Duration = Duration::from_secs(60);
/// Before it is started for the second time in a while, and half as long again before each further time.
const PAUSE: Duration = Duration::from_millis(100);

/// The engine's process, for the signal handler; 0 between two.
static ENGINE: AtomicI32 = AtomicI32::new(0);
/// Somebody asked for the end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Runs the engine with these arguments until it is locked or cannot go on. `once`: further lines for the first engine's standard input.
pub fn keep(arguments: &[OsString], mut opening: Opening, once: &[SecretString]) -> ExitCode {
    pass_signals_on();
    let mut deaths = Moments::default();
    loop {
        let once = deaths.is_empty().then_some(once);
        let ended = start(arguments, &opening, once)
            .and_then(|(engine, line)| watch(engine, line, &mut opening));
        let Ok(status) = ended else {
            return ExitCode::FAILURE;
        };
        if ENDING.load(Ordering::SeqCst) || !is_death(status) {
            return code(status);
        }
        deaths.note();
        let recent = deaths.within(A_WHILE);
        if recent >= MOST_DEATHS {
            return ExitCode::FAILURE;
        }
        thread::sleep(PAUSE.mul_f64(1.5_f64.powi(recent as i32 - 1)));
    }
}

/// `once` for the first engine, whose line tells the starter how it went; nobody waits for those of the others.
fn start(
    arguments: &[OsString],
    opening: &Opening,
    once: Option<&[SecretString]>,
) -> io::Result<(Child, UnixStream)> {
    let mut command = Command::new(env::current_exe()?);
    let again = arguments
        .iter()
        .filter(|word| once.is_some() || !is_done_once(word))
        .filter(|word| *word != KEYCHAIN && *word != RECOVERY);
    let (way, secret) = match opening {
        Opening::Passphrase { passphrase } => (None, Some(passphrase)),
        Opening::Recovery { code } => (Some(RECOVERY), Some(code)),
        Opening::Keychain => (Some(KEYCHAIN), None),
    };
    let (mut line, theirs) = UnixStream::pair()?;
    command.args(again).args(way).arg(KEPT);
    command.stdin(Stdio::from(OwnedFd::from(theirs)));
    if once.is_none() {
        command.stdout(Stdio::null());
    }
    // SAFETY: between fork and exec it only calls prctl and getppid, which may be called there.
    unsafe { command.pre_exec(end_with_parent) };
    let engine = command.spawn()?;
    ENGINE.store(engine.id() as i32, Ordering::SeqCst);
    let secret = secret.map(|secret| secret.0.as_str());
    let further = once.into_iter().flatten().map(ExposeSecret::expose_secret);
    for secret in secret.into_iter().chain(further) {
        // An engine that is gone already is seen below.
        let _ = line.write_all(secret.as_bytes());
        let _ = line.write_all(b"\n");
    }
    Ok((engine, line))
}

/// A profile is made, out of an archive or of nothing, and a backup put back, once.
fn is_done_once(word: &OsString) -> bool {
    let word = word.to_string_lossy();
    let begins = |name: &&str| word.starts_with(name);
    word == "--create" || [RESTORE, ARCHIVE, VAULT].iter().any(begins)
}

/// Waits for the end of the engine, and takes from its words what opens the profile now.
fn watch(mut engine: Child, line: UnixStream, opening: &mut Opening) -> io::Result<ExitStatus> {
    let end = line.try_clone()?;
    let listening = thread::spawn(move || {
        let mut said = BufReader::new(line);
        let mut last = None;
        while let Ok(Some(opening)) = wire::read::<Opening>(&mut said) {
            last = Some(opening);
        }
        last
    });
    let ended = engine.wait();
    ENGINE.store(0, Ordering::SeqCst);
    // What it said before it died is read all the same; whatever else still holds its end is not waited for.
    let _ = end.shutdown(Shutdown::Read);
    if let Ok(Some(last)) = listening.join() {
        *opening = last;
    }
    ended
}

/// Whether it ended otherwise than by being locked (0) or by saying why it cannot start (1).
fn is_death(status: ExitStatus) -> bool {
    !matches!(status.code(), Some(0..=2))
}

fn code(status: ExitStatus) -> ExitCode {
    let signal = || status.signal().map_or(1, |signal| 128 + signal);
    ExitCode::from(status.code().unwrap_or_else(signal) as u8)
}

/// A polite end of the keeper is one of the engine, which locks.
fn pass_signals_on() {
    let handler = pass_on as *const () as libc::sighandler_t;
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        // SAFETY: the handler only touches atomics and calls kill, which may be called in one.
        unsafe { libc::signal(signal, handler) };
    }
}

extern "C" fn pass_on(_: libc::c_int) {
    ENDING.store(true, Ordering::SeqCst);
    let engine = ENGINE.load(Ordering::SeqCst);
    if engine > 0 {
        // SAFETY: a signal to the process this one started.
        unsafe { libc::kill(engine, libc::SIGTERM) };
    }
}
