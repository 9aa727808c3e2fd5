use super::*;
use secrecy::SecretString;

const CHEAP: PassphraseCost = PassphraseCost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};

const GOOD: &str = "correct horse battery staple";

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase {
        passphrase: SecretString::from(text),
        cost: CHEAP,
    }
}

fn create_with(home: &Path, unlock: &Unlock) -> Result<Profile> {
    Profile::create(home, unlock, &Entropy::system())
}

#[test]
fn a_passphrase_opens_what_it_made_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let good = passphrase(GOOD);
    let opened = open(
        create_with(folder.path(), &good).unwrap(),
        Entropy::system(),
    );
    opened.unwrap().writer.close().unwrap();
    let wrong = unlock(folder.path(), &passphrase("correct hose battery staple"));
    assert!(matches!(wrong, Err(StoreError::WrongPassphrase)));
    let profile = unlock(folder.path(), &good).unwrap();
    open(profile, Entropy::system()).unwrap();
    let slots = Profile::slots(folder.path()).unwrap().unwrap();
    assert!(slots.passphrase && !slots.keychain);
}

#[test]
fn k14_a_weak_passphrase_makes_no_profile() {
    let folder = tempfile::tempdir().unwrap();
    let refused = create_with(folder.path(), &passphrase("password1"));
    assert!(matches!(refused, Err(StoreError::WeakPassphrase(_))));
    assert!(Profile::slots(folder.path()).unwrap().is_none());
    create_with(folder.path(), &passphrase(GOOD)).unwrap();
}

#[test]
fn a_profile_is_not_made_twice_nor_opened_where_none_is() {
    let folder = tempfile::tempdir().unwrap();
    for by in [passphrase(GOOD), key(), Unlock::Keychain] {
        let none = unlock(&folder.path().join("empty"), &by);
        assert!(matches!(none, Err(StoreError::NoProfile(_))));
    }
    drop(create_with(folder.path(), &passphrase(GOOD)).unwrap());
    let again = create_with(folder.path(), &passphrase(GOOD));
    assert!(matches!(again, Err(StoreError::ProfileExists(_))));
}

#[test]
fn another_key_does_not_open_the_database() {
    let home = home();
    let Home { folder, store } = home;
    drop(store);
    let other = Unlock::Ephemeral(Zeroizing::new([1; 32]));
    let profile = unlock(folder.path(), &other).unwrap();
    let opened = open(profile, Entropy::system());
    assert!(matches!(opened, Err(StoreError::WrongKey)));
}

#[test]
fn a_second_instance_is_refused_until_the_first_ends() {
    let home = home();
    let second = unlock(home.path(), &key());
    assert!(matches!(second, Err(StoreError::AlreadyRunning)));
    let Home { folder, store } = home;
    drop(store);
    unlock(folder.path(), &key()).unwrap();
}

#[test]
fn a_damaged_key_file_is_replaced_by_its_copy_and_named_when_both_are() {
    let folder = tempfile::tempdir().unwrap();
    let good = passphrase(GOOD);
    drop(create_with(folder.path(), &good).unwrap());
    let file = folder.path().join("keyslots.json");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    drop(unlock(folder.path(), &good).unwrap());
    std::fs::write(&file, &bytes).unwrap();
    std::fs::write(folder.path().join("keyslots.prev.json"), b"{}").unwrap();
    let damaged = unlock(folder.path(), &good);
    assert!(matches!(damaged, Err(StoreError::CorruptKeyslots)));
}

#[test]
#[cfg(unix)]
fn only_the_user_may_read_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let mut home = home();
    let intake = Intake {
        frame: Some(new_frame(1, &["editor"])),
        observations: vec![seen(2, 1, "editor", "text")],
        tasks: Tasks::ALL,
    };
    let spooled = home.store.spool.put(intake).unwrap();
    home.store.writer.record_spooled(&[spooled], at(0)).unwrap();
    fn check(path: &Path) {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                check(&entry.unwrap().path());
            }
        }
    }
    check(home.path());
}

#[test]
fn messages_tell_what_to_do_and_nothing_of_the_content() {
    for (error, remedy) in [
        (StoreError::NoProfile("home".into()), "afterimage init"),
        (StoreError::WeakPassphrase("Add words.".into()), "Add words"),
        (StoreError::Tied("none answers"), "the recovery code"),
        (StoreError::DiskFull, "free some space"),
        (StoreError::NoKeychain("none answers"), "use a passphrase"),
        (StoreError::NewerDatabase { found: 9, known: 1 }, "update"),
    ] {
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

/// Not a test of its own: makes a profile with whatever keychain answers, and opens it again.
#[test]
#[ignore = "run by those below"]
fn a_profile_by_keychain() {
    let folder = tempfile::tempdir().unwrap();
    match create_with(folder.path(), &Unlock::Keychain) {
        Err(StoreError::NoKeychain(_)) => println!("verdict: none"),
        Err(other) => panic!("{other}"),
        Ok(profile) => {
            drop(profile);
            unlock(folder.path(), &Unlock::Keychain).unwrap();
            println!("verdict: opened");
        }
    }
}

#[cfg(target_os = "linux")]
fn verdict(command: &mut std::process::Command) -> String {
    let output = command
        .env("AFTERIMAGE_STORE_TEST", std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdict = text.split("verdict: ").nth(1).unwrap_or(&text);
    verdict.lines().next().unwrap_or_default().to_owned()
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_keychain_it_says_so() {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "tests::profiles::a_profile_by_keychain",
            "--ignored",
            "--nocapture",
        ])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    assert_eq!(verdict(&mut command), "none");
}

/// With a throw-away Secret Service of its own, where the desktop packages are installed.
#[test]
#[cfg(target_os = "linux")]
fn the_system_keychain_opens_what_it_made() {
    let home = tempfile::tempdir().unwrap();
    let script = "printf 'test' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && \
        \"$AFTERIMAGE_STORE_TEST\" --exact tests::profiles::a_profile_by_keychain --ignored --nocapture";
    let mut command = std::process::Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", script])
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path());
    assert_eq!(verdict(&mut command), "opened");
}
