//! The ways in and out: recovery, a changed passphrase, guessing, the vault, other profiles, and locking by itself.

use super::running::{How, PASSPHRASE, Running, create, eventually, folder, start, unlock};
use crate::bus::{Bus, Logind, OTHER, OURS};
use afterimage_engine::{
    api::{
        Body, Code, Failure, Hidden, NewMemory, Opening, Request, Response, Sensitivity, Timestamp,
        Trust, Way,
    },
    client::{Client, Home},
};
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

fn by(passphrase: &str) -> Opening {
    Opening::Passphrase {
        passphrase: Hidden(passphrase.into()),
    }
}

fn with<'a>(arguments: &[&'a str], passphrase: &'a str) -> How<'a> {
    How {
        arguments: arguments.to_vec(),
        passphrase: Some(passphrase),
        ..How::default()
    }
}

fn lock(mut running: Running) {
    running.client.call(Request::Lock).unwrap();
    running.ended();
}

fn opens(dir: &Path, arguments: &[&str], secret: &str) -> Result<(), Failure> {
    start(dir, with(arguments, secret)).map(lock)
}

fn ways(running: &Running) -> Vec<Way> {
    match running.client.call(Request::Ways) {
        Ok(Response::Ways {
            ways, guess_kib, ..
        }) => {
            assert!(guess_kib >= 128 << 10, "{guess_kib}");
            ways
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn k2_the_recovery_code_is_shown_once_and_opens_what_the_passphrase_no_longer_does() {
    let dir = folder();
    let running = create(dir.path());
    let code = running.recovery.clone().expect("a new profile has a code");
    assert_eq!(ways(&running), [Way::Passphrase, Way::Recovery]);
    lock(running);
    let running = start(dir.path(), with(&["--recovery"], &code)).unwrap();
    assert_eq!(running.recovery, None);
    let change = Request::SetPassphrase {
        by: Opening::Recovery {
            code: Hidden(code.to_lowercase()),
        },
        passphrase: Hidden("orchard lantern pebble willow".into()),
        tied: None,
    };
    running.client.call(change).unwrap();
    lock(running);
    let code_of = |result: Result<(), Failure>| result.unwrap_err().code;
    assert_eq!(
        code_of(opens(dir.path(), &[], PASSPHRASE)),
        Code::WrongPassphrase
    );
    assert_eq!(
        code_of(opens(dir.path(), &["--recovery"], "7K3M")),
        Code::WrongRecovery
    );
    opens(dir.path(), &[], "orchard lantern pebble willow").unwrap();
}

#[test]
fn k3_k4_ways_are_changed_while_the_profile_is_open_and_only_with_one_that_opens_it() {
    let dir = folder();
    let running = create(dir.path());
    let ask = |request| running.client.call(request).map_err(|failure| failure.code);
    let new = || Hidden("orchard lantern pebble willow".into());
    let change = |by| Request::SetPassphrase {
        by,
        passphrase: new(),
        tied: None,
    };
    assert_eq!(ask(change(by("wrong"))).unwrap_err(), Code::WrongPassphrase);
    let weak = Request::SetPassphrase {
        by: by(PASSPHRASE),
        passphrase: Hidden("password1".into()),
        tied: None,
    };
    let refused = running.client.call(weak).unwrap_err();
    assert_eq!(refused.code, Code::WeakPassphrase);
    assert!(refused.message.contains("common password"), "{refused:?}");
    ask(change(by(PASSPHRASE))).unwrap();
    let remove = |way| Request::RemoveWay {
        by: by(&new().0),
        way,
    };
    ask(remove(Way::Recovery)).unwrap();
    assert_eq!(ways(&running), [Way::Passphrase]);
    assert_eq!(ask(remove(Way::Passphrase)).unwrap_err(), Code::BadRequest);
    let Ok(Response::RecoveryCode { code }) = ask(Request::RenewRecovery { by: by(&new().0) })
    else {
        panic!("no code")
    };
    lock(running);
    assert_eq!(
        opens(dir.path(), &[], PASSPHRASE).unwrap_err().code,
        Code::WrongPassphrase
    );
    opens(dir.path(), &[], &new().0).unwrap();
    opens(dir.path(), &["--recovery"], &code.0).unwrap();
}

#[test]
fn k6_guessing_is_slowed_down_over_restarts_and_says_how_long() {
    let dir = folder();
    lock(create(dir.path()));
    let home = Home::at(dir.path());
    for _ in 0..6 {
        assert_eq!(home.seconds_to_wait(), 0);
        // Every attempt is a process of its own.
        let wrong = opens(dir.path(), &[], "wrong passphrase").unwrap_err();
        assert_eq!(wrong.code, Code::WrongPassphrase);
        thread::sleep(Duration::from_secs(home.seconds_to_wait().into()));
    }
    opens(dir.path(), &[], "wrong passphrase").unwrap_err();
    let refused = opens(dir.path(), &[], PASSPHRASE).unwrap_err();
    assert_eq!(refused.code, Code::TooManyAttempts);
    let left = home.seconds_to_wait();
    assert!((1..=30).contains(&left), "{left}");
    assert!(refused.message.contains("seconds"), "{}", refused.message);
    eventually("the end of the wait", || home.seconds_to_wait() == 0);
    opens(dir.path(), &[], PASSPHRASE).unwrap();
    assert_eq!(home.seconds_to_wait(), 0);
}

/// An engine that hears the test's logind.
fn listening(dir: &Path, bus: &Bus, logind: &Logind) -> Running {
    let how = How {
        environment: bus.environment(),
        ..with(&[], PASSPHRASE)
    };
    let running = start(dir, how).unwrap();
    logind.wait_for_listener();
    running
}

/// Within the two seconds that locking may take, and some for a machine that does other things.
fn locks_soon(mut running: Running, what: &str) {
    let begun = Instant::now();
    let status = running.ended();
    assert_eq!(status.code(), Some(0), "{what}");
    println!("{what}: gone after {:?}", begun.elapsed());
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{what}: {:?}",
        begun.elapsed()
    );
}

#[test]
fn k10_it_locks_when_the_session_is_locked_or_the_machine_is_about_to_sleep() {
    let dir = folder();
    lock(create(dir.path()));
    let bus = Bus::new();
    let logind = Logind::on(&bus);
    let stays = |running: &Running| {
        thread::sleep(Duration::from_millis(300));
        running.status();
    };

    let running = listening(dir.path(), &bus, &logind);
    logind.prepare_for_sleep(false);
    logind.lock(OTHER);
    logind.hint(OTHER, true);
    logind.hint(OURS, false);
    stays(&running);
    logind.prepare_for_sleep(true);
    locks_soon(running, "before sleep");

    let running = listening(dir.path(), &bus, &logind);
    logind.lock(OURS);
    locks_soon(running, "session locked");

    let running = listening(dir.path(), &bus, &logind);
    logind.hint(OURS, true);
    locks_soon(running, "locked hint");

    let running = listening(dir.path(), &bus, &logind);
    let saver = bus.connect();
    let active = |is_active: bool| {
        let (path, interface) = ("/ScreenSaver", "org.freedesktop.ScreenSaver");
        saver
            .emit_signal(
                None::<&str>,
                path,
                interface,
                "ActiveChanged",
                &(is_active,),
            )
            .unwrap();
    };
    active(false);
    stays(&running);
    // The engine says to nobody when it listens to the screen saver.
    eventually("the lock", || {
        active(true);
        running.client.call(Request::Status).is_err()
    });
    locks_soon(running, "screen saver");
}

#[test]
fn k10_it_locks_when_nobody_is_there() {
    let dir = folder();
    let mut running = create(dir.path());
    running.set(|settings| settings.lock_after_min = 1);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(55) {
        thread::sleep(Duration::from_secs(5));
        assert!(running.is_running(), "{:?}", begun.elapsed());
    }
    assert_eq!(running.ended().code(), Some(0));
    let whole = begun.elapsed();
    assert!((60..90).contains(&whole.as_secs()), "{whole:?}");
    drop(unlock(dir.path()));
}

#[test]
fn k9_the_keys_of_one_profile_open_no_other() {
    let (one, two) = (folder(), folder());
    let running = create(one.path());
    let code = running.recovery.clone().unwrap();
    lock(running);
    let how = with(&["--create"], "the passphrase of the second");
    lock(start(two.path(), how).unwrap());
    let failed = |result: Result<(), Failure>| result.unwrap_err().code;
    assert_eq!(
        failed(opens(two.path(), &[], PASSPHRASE)),
        Code::WrongPassphrase
    );
    assert_eq!(
        failed(opens(two.path(), &["--recovery"], &code)),
        Code::WrongRecovery
    );
    // Not even with the key file of the other.
    for file in ["keyslots.json", "keyslots.prev.json", "attempts.json"] {
        std::fs::copy(one.path().join(file), two.path().join(file)).unwrap();
    }
    assert!(opens(two.path(), &[], PASSPHRASE).is_err());
    opens(one.path(), &[], PASSPHRASE).unwrap();
}

fn router() -> NewMemory {
    NewMemory {
        title: "Router".into(),
        details: String::new(),
        body: Body::Vault {
            entry_type: "password".into(),
            sensitivity: Sensitivity::High,
            secret: "hunter2".into(),
        },
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: Timestamp::from_millis(0),
    }
}

/// The keychain of a desktop: what any program of the user may ask opens the profile and not the vault.
#[test]
fn k7_opened_by_the_keychain_the_vault_asks_for_the_code_or_the_passphrase() {
    let (dir, keyring) = (folder(), folder());
    let bus = Bus::new().with_keyring(keyring.path());
    let by_keychain = |arguments: &[&'static str]| {
        let how = How {
            arguments: arguments.to_vec(),
            environment: bus.environment(),
            ..How::default()
        };
        start(dir.path(), how).unwrap()
    };
    let running = by_keychain(&["--create", "--keychain"]);
    let code = running.recovery.clone().unwrap();
    let add = Request::AddMemory { memory: router() };
    // It was made just now, so the vault is open.
    let Ok(Response::Memory { memory, .. }) = running.client.call(add.clone()) else {
        panic!("not added")
    };
    lock(running);

    let running = by_keychain(&["--keychain"]);
    let ask = |request| running.client.call(request).map_err(|failure| failure.code);
    let reveal = || ask(Request::RevealSecret { id: memory.id });
    assert_eq!(reveal().unwrap_err(), Code::VaultClosed);
    assert_eq!(ask(add).unwrap_err(), Code::VaultClosed);
    let open = |by| Request::OpenVault { by };
    assert_eq!(ask(open(Opening::Keychain)).unwrap_err(), Code::BadRequest);
    let set = |by| Request::SetPassphrase {
        by,
        passphrase: Hidden(PASSPHRASE.into()),
        tied: None,
    };
    // Nor does it make a way that would open it.
    assert_eq!(ask(set(Opening::Keychain)).unwrap_err(), Code::VaultClosed);
    let code = || Opening::Recovery {
        code: Hidden(code.clone()),
    };
    ask(open(code())).unwrap();
    let secret = Response::Secret {
        secret: "hunter2".into(),
    };
    assert_eq!(reveal().unwrap(), secret);
    ask(set(code())).unwrap();
    lock(running);
    let running = start(dir.path(), with(&[], PASSPHRASE)).unwrap();
    let revealed = running.client.call(Request::RevealSecret { id: memory.id });
    assert_eq!(revealed.unwrap(), secret);
}

/// Kills the engine that works, and waits for the one its keeper starts.
fn dies_and_comes_back(running: &Running, dir: &Path) {
    let killed = running.status().pid;
    let killing = std::process::Command::new("kill")
        .args(["-9", &killed.to_string()])
        .status();
    assert!(killing.unwrap().success());
    eventually("another engine", || {
        let client = Client::connect(&Home::at(dir), "test");
        let status = client.and_then(|client| client.call(Request::Status));
        matches!(status, Ok(Response::Status { status }) if status.pid != killed)
    });
}

fn again(dir: &Path) -> Client {
    Client::connect(&Home::at(dir), "test").unwrap()
}

#[test]
fn k18_an_engine_that_dies_after_a_change_of_passphrase_comes_back_without_asking() {
    let dir = folder();
    let running = create(dir.path());
    let new = "orchard lantern pebble willow";
    let change = Request::SetPassphrase {
        by: by(PASSPHRASE),
        passphrase: Hidden(new.into()),
        tied: None,
    };
    running.client.call(change).unwrap();
    dies_and_comes_back(&running, dir.path());
    // The second one tells the keeper too.
    let back = Request::SetPassphrase {
        by: by(new),
        passphrase: Hidden(PASSPHRASE.into()),
        tied: None,
    };
    again(dir.path()).call(back).unwrap();
    let killed = again(dir.path());
    let Ok(Response::Status { status }) = killed.call(Request::Status) else {
        panic!("no status")
    };
    assert_eq!(status.damage, [""; 0]);
    let kill = std::process::Command::new("kill")
        .args(["-9", &status.pid.to_string()])
        .status();
    assert!(kill.unwrap().success());
    eventually("the third engine", || {
        let client = Client::connect(&Home::at(dir.path()), "test");
        client.is_ok_and(|client| client.call(Request::Status).is_ok())
    });
    again(dir.path()).call(Request::Lock).unwrap();
}

#[test]
fn k18_opened_by_a_recovery_code_that_is_renewed_it_comes_back_by_the_new_one() {
    let dir = folder();
    let running = create(dir.path());
    let code = running.recovery.clone().unwrap();
    lock(running);
    let running = start(dir.path(), with(&["--recovery"], &code)).unwrap();
    let renew = Request::RenewRecovery { by: by(PASSPHRASE) };
    running.client.call(renew).unwrap();
    dies_and_comes_back(&running, dir.path());
    again(dir.path()).call(Request::Lock).unwrap();
}

/// On a real keyring: tied, the passphrase opens with it alone; both files damaged, its copy opens the profile.
#[test]
fn k16_k17_the_keyring_holds_what_the_passphrase_is_tied_to_and_a_copy_of_the_key_file() {
    let (dir, keyring) = (folder(), folder());
    let bus = Bus::new().with_keyring(keyring.path());
    let on_the_bus = |arguments: &[&'static str]| How {
        environment: bus.environment(),
        ..with(arguments, PASSPHRASE)
    };
    let running = start(dir.path(), on_the_bus(&["--create"])).unwrap();
    let code = running.recovery.clone().unwrap();
    let tie = |tied| Request::TiePassphrase {
        passphrase: Hidden(PASSPHRASE.into()),
        tied,
    };
    let is_tied = |response| match response {
        Ok(Response::Ways { tied, .. }) => tied,
        other => panic!("{other:?}"),
    };
    assert!(is_tied(running.client.call(tie(true))));
    lock(running);

    // Without the keyring only the code opens it, and the refusal says so.
    let refused = opens(dir.path(), &[], PASSPHRASE).unwrap_err();
    assert_eq!(refused.code, Code::NoKeychain);
    assert!(refused.message.contains("recovery code"), "{refused:?}");
    opens(dir.path(), &["--recovery"], &code).unwrap();

    // The copy is made in its own time.
    let copies = || {
        let log = std::fs::read_to_string(dir.path().join("log/engine.jsonl"));
        log.unwrap_or_default().matches("\"is_kept\":true").count()
    };
    let before = copies();
    let running = start(dir.path(), on_the_bus(&[])).unwrap();
    eventually("the copy", || copies() > before);
    lock(running);
    for file in ["keyslots.json", "keyslots.prev.json"] {
        std::fs::write(dir.path().join(file), b"damaged").unwrap();
    }
    let running = start(dir.path(), on_the_bus(&[])).unwrap();
    let damage = running.status().damage;
    assert!(damage[0].contains("key file"), "{damage:?}");
    assert!(!is_tied(running.client.call(tie(false))));
    lock(running);
    opens(dir.path(), &[], PASSPHRASE).unwrap();
}
