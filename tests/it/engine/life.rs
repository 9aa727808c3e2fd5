//! Made, unlocked, refused, locked.

use super::running::{How, PASSPHRASE, create, ephemeral, eventually, folder, line, start, unlock};
use afterimage_engine::{
    api::{CaptureState, Code, Event, Kind, Request, Response},
    client::{Client, Home},
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream, process::ExitStatusExt},
    time::{Duration, Instant},
};

#[test]
fn a_profile_is_made_locked_and_unlocked_with_what_it_held() {
    let dir = folder();
    let home = Home::at(dir.path());
    assert_eq!(
        Client::connect(&home, "test").err().unwrap().code,
        Code::NoProfile
    );
    let mut running = create(dir.path());
    running.set(|settings| settings.absorb = false);
    running.ingest(vec![line(1, "t", "Ann", "The lease ends in October.")]);
    let begun = Instant::now();
    running.client.call(Request::Lock).unwrap();
    assert_eq!(running.ended().code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        Client::connect(&home, "test").err().unwrap().code,
        Code::Locked
    );
    let running = unlock(dir.path());
    assert_eq!(running.search("lease"), ["The lease ends in October."]);
    assert!(!running.status().consent);
}

#[test]
fn every_way_to_fail_at_the_door_has_its_code() {
    let dir = folder();
    let with = |arguments, passphrase| How {
        arguments,
        passphrase: Some(passphrase),
        ..How::default()
    };
    let refused = |how| start(dir.path(), how).err().map(|failure| failure.code);
    assert_eq!(refused(with(vec![], PASSPHRASE)), Some(Code::NoProfile));
    assert_eq!(
        refused(with(vec!["--create"], "short")),
        Some(Code::WeakPassphrase)
    );
    let running = create(dir.path());
    assert_eq!(
        refused(with(vec![], PASSPHRASE)),
        Some(Code::AlreadyRunning)
    );
    running.client.call(Request::Lock).unwrap();
    drop(running);
    assert_eq!(
        refused(with(vec!["--create"], PASSPHRASE)),
        Some(Code::ProfileExists)
    );
    assert_eq!(
        refused(with(vec![], "not the passphrase")),
        Some(Code::WrongPassphrase)
    );
    assert!(unlock(dir.path()).status().capture == CaptureState::NoConsent);
}

#[test]
fn a_polite_signal_locks() {
    let dir = folder();
    let mut running = create(dir.path());
    let events = running.client.subscribe().unwrap();
    // SAFETY: a signal to a process this test started.
    unsafe { libc::kill(running.pid(), libc::SIGTERM) };
    let status = running.ended();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
    assert!(events.iter().any(|event| event == Event::Locking));
}

#[test]
fn nobody_else_can_read_the_profile_or_the_process() {
    let dir = folder();
    let mut running = ephemeral(dir.path());
    running.ingest(vec![line(1, "t", "Ann", "a needle in no haystack")]);
    running.client.call(Request::Lock).unwrap();
    // It removes its socket's folder last.
    running.ended();
    let mut files = 0;
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            assert_eq!(
                metadata.permissions().mode() & 0o077,
                0,
                "{}",
                entry.path().display()
            );
            match metadata.is_dir() {
                true => folders.push(entry.path()),
                false => {
                    files += 1;
                    let bytes = fs::read(entry.path()).unwrap_or_default();
                    assert!(
                        !bytes.windows(6).any(|part| part == b"needle"),
                        "{}",
                        entry.path().display()
                    );
                }
            }
        }
    }
    assert!(files > 2);
}

#[test]
fn a_client_that_speaks_nonsense_is_told_so_and_may_go_on() {
    let dir = folder();
    let _running = ephemeral(dir.path());
    let socket = UnixStream::connect(Home::at(dir.path()).socket()).unwrap();
    let mut replies = BufReader::new(socket.try_clone().unwrap()).lines();
    let mut ask = |line: &str| {
        writeln!(&socket, "{line}").unwrap();
        replies.next().unwrap().unwrap()
    };
    assert!(ask("{").contains("bad_request"));
    let unknown = ask(r#"{"id":8,"request":{"request":"dance"}}"#);
    assert!(
        unknown.contains("bad_request") && unknown.contains("\"id\":8"),
        "{unknown}"
    );
    assert!(ask(r#"{"id":9,"request":{"request":"status"}}"#).contains("\"Ok\""));
    assert!(
        ask(r#"{"id":10,"request":{"request":"hello","client":"x","protocol":99}}"#)
            .contains("protocol")
    );
}

#[test]
fn what_is_set_holds_at_once_and_after_a_restart() {
    let dir = folder();
    let running = create(dir.path());
    let events = running.client.subscribe().unwrap();
    running.set(|settings| settings.interval_ms = 5_000);
    eventually("the event", || {
        events.try_iter().any(|event| matches!(event, Event::SettingsChanged { settings } if settings.interval_ms == 5_000))
    });
    let Ok(Response::Settings { mut settings }) = running.client.call(Request::Settings) else {
        panic!()
    };
    settings.interval_ms = 1;
    assert_eq!(
        running
            .client
            .call(Request::SetSettings { settings })
            .unwrap_err()
            .code,
        Code::BadRequest
    );
    running
        .client
        .call(Request::Consent { granted: true })
        .unwrap();
    running
        .client
        .call(Request::Pause { seconds: None })
        .unwrap();
    running.kill();
    let running = unlock(dir.path());
    let Ok(Response::Settings { settings }) = running.client.call(Request::Settings) else {
        panic!()
    };
    assert_eq!(settings.interval_ms, 5_000);
    assert_eq!(
        running.status().capture,
        CaptureState::Paused { until: None }
    );
}

#[test]
fn a_pause_ends_by_itself_and_resuming_needs_consent() {
    let dir = folder();
    let running = ephemeral(dir.path());
    assert_eq!(
        running.client.call(Request::Resume).unwrap_err().code,
        Code::NoConsent
    );
    running
        .client
        .call(Request::Consent { granted: true })
        .unwrap();
    running
        .client
        .call(Request::Pause { seconds: Some(1) })
        .unwrap();
    assert!(matches!(
        running.status().capture,
        CaptureState::Paused { until: Some(_) }
    ));
    eventually("the end of the pause", || {
        !matches!(running.status().capture, CaptureState::Paused { .. })
    });
}

#[test]
fn models_and_storage_are_listed() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let Ok(Response::Models { models }) = running.client.call(Request::Models) else {
        panic!()
    };
    assert!(
        models
            .iter()
            .any(|model| model.chosen && model.id == "qwen2.5-coder-0.5b-instruct")
    );
    let Ok(Response::Storage { storage }) = running.client.call(Request::Storage) else {
        panic!()
    };
    assert!(storage.database > 0 && storage.free > 0);
    let empty = Request::Memories {
        kind: Some(Kind::Core),
        text: None,
        offset: 0,
        limit: 10,
    };
    assert!(matches!(
        running.client.call(empty),
        Ok(Response::Memories { total: 0, .. })
    ));
}
