//! The engine process from its arguments to its end.

use crate::{
    api::{Code, Failure, Hidden, Opening, Way},
    clock,
    engine::{Conditions, Engine, LOCK_WITHIN},
    harden::harden,
    home::{Home, private_dir},
    keeper,
    kept::Keeper,
    launch::Readiness,
    log, server,
    watching::Source,
    wire,
};
use afterimage_store::{
    ARCHIVE_WORK, ArchiveFile, Entropy, PassphraseCost, Profile, Unlock, read_archive,
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    ffi::OsString,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    net::UnixListener,
    runtime,
    signal::unix::{SignalKind, signal},
};
use zeroize::{Zeroize, Zeroizing};

const USAGE: &str = "usage: afterimage-engine --home DIR [--create] [--keychain | --recovery | --ephemeral] [--replay FOLDER] [--embedding-cache DIR] [--restore=BACKUP] [--archive=FILE [--archive-vault=FILE]]\n\
    The passphrase, or the recovery code, is the first line of standard input; those of an archive and of its vault follow. People use `afterimage` or the desktop instead.";

/// Asks for the system keychain.
pub const KEYCHAIN: &str = "--keychain";
/// Says that the secret is the recovery code.
pub const RECOVERY: &str = "--recovery";
/// Begins the argument that names a backup; one word, so that it can be left out of a second start.
pub const RESTORE: &str = "--restore=";
/// Begins the argument that names an archive, of which the profile is made.
pub const ARCHIVE: &str = "--archive=";
/// Begins the argument that names the file with that archive's vault.
pub const VAULT: &str = "--archive-vault=";
/// Requests worked on at once; a client that asks more waits.
const REQUESTS: usize = 32;
/// Time for the last replies to reach their clients.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// What the process was told on its command line.
#[derive(Debug, Default, PartialEq)]
struct Arguments {
    home: PathBuf,
    create: bool,
    keychain: bool,
    recovery: bool,
    ephemeral: bool,
    replay: Option<PathBuf>,
    embedding_cache: Option<PathBuf>,
    /// Put this backup in the place of the database first.
    restore: Option<String>,
    /// Make the profile of this archive.
    archive: Option<PathBuf>,
    /// And its vault of this file.
    archive_vault: Option<PathBuf>,
    /// Another process of this program starts it anew when it dies.
    kept: bool,
}

/// Runs the engine until it is locked. Prints one line when it is ready, or when it cannot be.
pub fn run() -> ExitCode {
    let arguments = match parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // With a key that nobody keeps there is nothing to come back to.
    if !arguments.kept && !arguments.ephemeral {
        return keep(&arguments);
    }
    let home = Home::at(&arguments.home);
    match start(&home, &arguments) {
        Ok(Running {
            engine,
            listener,
            runtime,
            made,
        }) => {
            say(&made.map_or(Readiness::Ready, |recovery| Readiness::Made { recovery }));
            runtime.block_on(serve(engine, listener));
            home.remove_socket();
            // Threads may still hold models and frames; the process ends with everything that was in its memory.
            // SAFETY: ends the process at once; nothing of ours waits to be written.
            unsafe { libc::_exit(0) }
        }
        Err(failure) => {
            tracing::error!(code = ?failure.code, "not started");
            say(&Readiness::Failed(failure));
            ExitCode::FAILURE
        }
    }
}

/// An engine that listens.
struct Running {
    engine: Arc<Engine>,
    listener: UnixListener,
    runtime: runtime::Runtime,
    /// The recovery code, when the profile was made just now.
    made: Option<Hidden>,
}

/// Takes the passphrase and has another process do the work.
fn keep(arguments: &Arguments) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let secrets = harden().and_then(|()| {
        let secret = |text: SecretString| Hidden(text.expose_secret().to_owned());
        let opening = match way(arguments) {
            Way::Keychain => Opening::Keychain,
            Way::Passphrase => Opening::Passphrase {
                passphrase: secret(passphrase()?),
            },
            Way::Recovery => Opening::Recovery {
                code: secret(passphrase()?),
            },
        };
        Ok((opening, of_archive(arguments)?))
    });
    match secrets {
        Ok((opening, once)) => keeper::keep(&words, opening, &once),
        Err(failure) => {
            say(&Readiness::Failed(failure));
            ExitCode::FAILURE
        }
    }
}

fn start(home: &Home, arguments: &Arguments) -> Result<Running, Failure> {
    harden()?;
    let conditions = conditions(arguments)?;
    let unlock = unlock(arguments)?;
    let is_new = arguments.create || arguments.archive.is_some();
    if !is_new && !home.has_profile() && !arguments.ephemeral {
        return Err(no_profile());
    }
    private_dir(home.dir()).map_err(|error| Failure::io("use the profile folder", &error))?;
    log::start(&home.logs()).map_err(|error| Failure::io("write its log", &error))?;
    let entropy = Entropy::system();
    let begun = Instant::now();
    let mut profile = match (&arguments.archive, arguments.create) {
        (Some(archive), _) => arrive(home, &unlock, archive, arguments, &entropy)?,
        (None, true) => Profile::create(home.dir(), &unlock, &entropy)?,
        (None, false) => Profile::unlock(home.dir(), &unlock, clock::clocks(), &entropy)?,
    };
    let took = begun.elapsed();
    let made = profile.take_recovery();
    let mut opened = match &arguments.restore {
        Some(name) => afterimage_store::restore(profile, name, entropy, clock::now())?,
        None => afterimage_store::open(profile, entropy)?,
    };
    if arguments.archive.is_some() {
        // The screen of this machine is looked at only when somebody agrees on this machine.
        opened.writer.set_setting("consent", &false.into())?;
    }
    home.clear_half_read();
    for warning in &opened.warnings {
        tracing::warn!(?warning, "found while opening");
    }
    let runtime = runtime().map_err(|error| Failure::io("start its threads", &error))?;
    let socket = home.prepare_socket()?;
    let listener = {
        let _inside = runtime.enter();
        server::listen(&socket)?
    };
    let engine = Engine::start(home.clone(), opened, conditions)?;
    if !arguments.ephemeral {
        engine.board.vault_opened(clock::since_boot());
    }
    let keeps_copy = made.is_some() || uses_keychain(home);
    // An archive takes longer for reasons of its own.
    let took = arguments.archive.is_none().then_some(took);
    care_for_keys(engine.clone(), unlock, took, keeps_copy);
    tracing::info!(pid = std::process::id(), "ready");
    Ok(Running {
        engine,
        listener,
        runtime,
        made: made.map(|code| Hidden(code.expose_secret().to_owned())),
    })
}

/// Makes the profile of an archive. Its passphrase, and that of its vault, are the next lines of standard input.
fn arrive(
    home: &Home,
    unlock: &Unlock,
    archive: &Path,
    arguments: &Arguments,
    entropy: &Entropy,
) -> Result<Profile, Failure> {
    let file = |path: &Path| -> Result<ArchiveFile, Failure> {
        Ok(ArchiveFile {
            path: path.into(),
            passphrase: passphrase()?,
            work: ARCHIVE_WORK,
        })
    };
    let from = file(archive)?;
    let vault = arguments.archive_vault.as_deref().map(file).transpose()?;
    let now = clock::now();
    let made = read_archive(home.dir(), unlock, &from, vault.as_ref(), now, entropy);
    Ok(made?)
}

/// A keychain that was asked just now will not ask the user once more.
fn uses_keychain(home: &Home) -> bool {
    let slots = Profile::slots(home.dir()).ok().flatten();
    slots.is_some_and(|slots| slots.keychain || slots.tied)
}

/// Brings the key file up to date, beside other work. The passphrase goes with the thread.
fn care_for_keys(engine: Arc<Engine>, unlock: Unlock, took: Option<Duration>, keeps_copy: bool) {
    thread::spawn(move || {
        if let (Unlock::Passphrase { passphrase, .. }, Some(took)) = (unlock, took) {
            raise_cost(&engine, &passphrase, took);
        }
        if keeps_copy {
            engine.keep_copy_of_keys();
        }
    });
}

/// Makes the passphrase dearer to guess where this machine tried it in a moment.
fn raise_cost(engine: &Engine, passphrase: &SecretString, took: Duration) {
    let home = engine.home.dir();
    let dearer = Profile::cost(home).ok().flatten();
    let Some(cost) = dearer.and_then(|cost| cost.raised(took, quarter_of_memory_kib())) else {
        return;
    };
    let _one_at_a_time = engine.ways.lock().unwrap_or_else(PoisonError::into_inner);
    match Profile::raise_cost(home, passphrase, cost, &Entropy::system()) {
        Ok(is_raised) => tracing::info!(is_raised, kib = cost.memory_kib, "cost of a guess"),
        Err(error) => tracing::warn!(%error, "the cost of a guess stays as it was"),
    }
}

/// A guess must leave room for what else runs.
fn quarter_of_memory_kib() -> u32 {
    // SAFETY: takes numbers; -1, where the system does not tell, becomes nothing.
    let (pages, size) = unsafe {
        (
            libc::sysconf(libc::_SC_PHYS_PAGES),
            libc::sysconf(libc::_SC_PAGESIZE),
        )
    };
    let kib = pages.max(0) as u64 / 1024 * size.max(0) as u64 / 4;
    u32::try_from(kib).unwrap_or(u32::MAX)
}

fn conditions(arguments: &Arguments) -> Result<Conditions, Failure> {
    if arguments.embedding_cache.is_some() && !arguments.ephemeral {
        return Err(Failure::bad_request(
            "`--embedding-cache` keeps vectors of texts in a plain file, so it is only taken with `--ephemeral`.",
        ));
    }
    Ok(Conditions {
        source: arguments
            .replay
            .clone()
            .map_or(Source::Live, Source::Recorded),
        embedding_cache: arguments.embedding_cache.clone(),
        locks_by_itself: !arguments.ephemeral,
        keeper: match arguments.kept {
            true => Keeper::of_this_process(way(arguments)),
            false => Keeper::none(),
        },
    })
}

fn way(arguments: &Arguments) -> Way {
    match (arguments.keychain, arguments.recovery) {
        (true, _) => Way::Keychain,
        (_, true) => Way::Recovery,
        _ => Way::Passphrase,
    }
}

fn unlock(arguments: &Arguments) -> Result<Unlock, Failure> {
    if arguments.keychain {
        return Ok(Unlock::Keychain);
    }
    if arguments.ephemeral {
        let mut key = Zeroizing::new([0; 32]);
        let drawn = getrandom::fill(key.as_mut_slice());
        drawn.map_err(|_| {
            Failure::new(
                Code::Internal,
                "The system has no source of random numbers.",
            )
        })?;
        return Ok(Unlock::Ephemeral(key));
    }
    if arguments.recovery {
        return Ok(Unlock::Recovery(passphrase()?));
    }
    Ok(Unlock::Passphrase {
        passphrase: passphrase()?,
        cost: PassphraseCost::default(),
    })
}

fn passphrase() -> Result<SecretString, Failure> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|_| Failure::bad_request("The passphrase must be UTF-8 text."))?;
    let passphrase = SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned());
    line.zeroize();
    Ok(passphrase)
}

/// The passphrases of an archive and of its vault, as far as they are needed: the next lines of standard input.
fn of_archive(arguments: &Arguments) -> Result<Vec<SecretString>, Failure> {
    let files = [&arguments.archive, &arguments.archive_vault];
    files.into_iter().flatten().map(|_| passphrase()).collect()
}

fn no_profile() -> Failure {
    Failure::new(
        Code::NoProfile,
        "There is no profile in this folder yet. Make one: `afterimage init`.",
    )
}

fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(REQUESTS)
        .thread_name("api")
        .build()
}

async fn serve(engine: Arc<Engine>, listener: UnixListener) {
    tokio::spawn(lock_on_signal(engine.clone()));
    server::serve(engine.clone(), listener, engine.locked()).await;
    tokio::time::sleep(LAST_WORDS).await;
    tracing::info!(at = clock::now().millis(), "locked");
}

/// A polite end of the process is a lock. One that takes too long loses nothing: what was acknowledged is on the disk.
async fn lock_on_signal(engine: Arc<Engine>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let closing = tokio::task::spawn_blocking(move || engine.lock());
    if tokio::time::timeout(LOCK_WITHIN, closing).await.is_err() {
        std::process::exit(0);
    }
}

fn say(readiness: &Readiness) {
    let Ok(line) = wire::line(readiness) else {
        return;
    };
    // A starter that went away does not need to know.
    let mut out = io::stdout().lock();
    let _ = out.write_all(&line).and_then(|()| out.flush());
}

fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let name = word.to_string_lossy().into_owned();
        let mut path = || {
            words
                .next()
                .map(PathBuf::from)
                .ok_or_else(|| format!("{name} needs a path"))
        };
        match name.as_str() {
            "--home" => arguments.home = path()?,
            "--create" => arguments.create = true,
            KEYCHAIN => arguments.keychain = true,
            RECOVERY => arguments.recovery = true,
            "--ephemeral" => arguments.ephemeral = true,
            keeper::KEPT => arguments.kept = true,
            restore if restore.starts_with(RESTORE) => {
                arguments.restore = Some(restore[RESTORE.len()..].to_owned());
            }
            archive if archive.starts_with(ARCHIVE) => {
                arguments.archive = Some(archive[ARCHIVE.len()..].into());
            }
            vault if vault.starts_with(VAULT) => {
                arguments.archive_vault = Some(vault[VAULT.len()..].into());
            }
            "--replay" => arguments.replay = Some(path()?),
            "--embedding-cache" => arguments.embedding_cache = Some(path()?),
            other => return Err(format!("`{other}` is not known")),
        }
    }
    let keys = [arguments.keychain, arguments.recovery, arguments.ephemeral];
    let several = keys.into_iter().filter(|is_asked| *is_asked).count() > 1;
    match arguments.home.as_os_str().is_empty() || several {
        true => Err("--home is missing, or two keys are asked for at once".into()),
        false => Ok(arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<Arguments>) {
        let words = line
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(OsString::from);
        assert_eq!(parse(words).ok(), expected, "{line}");
    }

    #[test]
    fn arguments_are_read_and_wrong_ones_refused() {
        let home = || Arguments {
            home: "/h".into(),
            ..Arguments::default()
        };
        check("--home /h", Some(home()));
        check(
            "--home /h --create --keychain",
            Some(Arguments {
                create: true,
                keychain: true,
                ..home()
            }),
        );
        check(
            "--replay /r --home /h",
            Some(Arguments {
                replay: Some("/r".into()),
                ..home()
            }),
        );
        check("", None);
        check("--home", None);
        check("--home /h --keychain --ephemeral", None);
        check("--home /h --recovery --keychain", None);
        check("--home /h --passphrase x", None);
        check(
            "--home /h --archive=/a --archive-vault=/v",
            Some(Arguments {
                archive: Some("/a".into()),
                archive_vault: Some("/v".into()),
                ..home()
            }),
        );
    }

    #[test]
    fn vectors_of_a_real_profile_are_never_kept_outside_it() {
        let arguments = |ephemeral| Arguments {
            ephemeral,
            embedding_cache: Some("/c".into()),
            ..Arguments::default()
        };
        assert!(conditions(&arguments(false)).is_err());
        assert!(conditions(&arguments(true)).is_ok());
    }
}
