//! What the engine process gives up at its start, before it has a key: nothing of it may reach other users or the disk.

#[cfg(target_os = "linux")]
mod offline;

use crate::api::{Code, Failure};
use std::panic;

/// Files for this user alone; no core dumps; no memory access for other processes of the user; no new privileges; no
/// socket of any network; a file that grows too large is an error and not the end.
#[cfg(target_os = "linux")]
pub fn harden() -> Result<(), Failure> {
    hide_panics();
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: these calls take numbers and, for setrlimit, a pointer to a value that lives through the call.
    let refused = unsafe {
        libc::umask(0o077);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_CORE, &none) != 0
            || libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
    };
    if refused {
        return Err(Failure::new(
            Code::Internal,
            "The system refused to protect the engine's memory, so it did not start.",
        ));
    }
    if let Err(error) = offline::go() {
        // A kernel without these filters is no reason to lock anybody out: that nothing here opens a connection holds without it.
        eprintln!("afterimage-engine: the system does not keep it from the network: {error}");
    }
    Ok(())
}

/// Files for this user alone; the rest is not built for this system yet.
#[cfg(not(target_os = "linux"))]
pub fn harden() -> Result<(), Failure> {
    hide_panics();
    // SAFETY: takes a number.
    unsafe { libc::umask(0o077) };
    Ok(())
}

/// A panic's message can hold captured text, so only the place of it is told.
fn hide_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location();
        let (file, line) = place.map_or(("unknown", 0), |place| (place.file(), place.line()));
        eprintln!("afterimage-engine: internal error at {file}:{line}");
        tracing::error!(file, line, "panic");
    }));
}

/// Asks the system to end this process with the one that started it; for a child between its fork and its program.
#[cfg(target_os = "linux")]
pub fn end_with_parent() -> std::io::Result<()> {
    // SAFETY: takes numbers.
    match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Not built for this system yet: an engine whose keeper is gone goes on until it is locked.
#[cfg(not(target_os = "linux"))]
pub fn end_with_parent() -> std::io::Result<()> {
    Ok(())
}
