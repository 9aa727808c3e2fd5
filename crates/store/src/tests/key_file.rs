//! The key file: older ones, altered ones, a passphrase that is tied to the machine, the copy in the keychain, and every step of every change.

use super::{ways::*, *};
use crate::{files::steps, keychain::at_hand, keyslots::Keyslots};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A key file of before, made by the version that wrote it; its passphrase would not be taken today.
const EARLIER: &str = include_str!("keyslots-1.json");
const EARLIER_PASSPHRASE: &str = "correct horse";
const EARLIER_CODE: &str = "P01J-CQXB-392C-MATP-2E7F-B0G8-XATA-5495-23M2";

fn file(home: &Path) -> PathBuf {
    home.join("keyslots.json")
}

fn copy(home: &Path) -> PathBuf {
    home.join("keyslots.prev.json")
}

fn keychain(home: &Path) -> PathBuf {
    home.join("keychain")
}

fn text(home: &Path) -> String {
    std::fs::read_to_string(file(home)).unwrap()
}

fn earlier(home: &Path) {
    std::fs::create_dir(home.join("db")).unwrap();
    std::fs::write(home.join("db/main.db"), b"").unwrap();
    for path in [file(home), copy(home)] {
        std::fs::write(path, EARLIER).unwrap();
    }
    let profile = Keyslots::read(home).unwrap().unwrap().profile;
    crate::attempts::begin(home, profile, crate::Clocks::NEVER).unwrap();
}

fn renew(home: &Path, with: &Unlock) -> String {
    let code = Profile::renew_recovery(home, with, clocks(0), &Entropy::system()).unwrap();
    code.expose_secret().to_owned()
}

fn tie(home: &Path, tied: bool) -> Result<()> {
    let passphrase = SecretString::from(OLD);
    Profile::tie_passphrase(home, &passphrase, tied, clocks(0), &Entropy::system())
}

fn add_keychain(home: &Path) {
    Profile::add_keychain(home, &by(OLD), clocks(0), &Entropy::system()).unwrap();
}

/// What opening the profile says of it.
fn warnings(home: &Path, with: &Unlock) -> Vec<Warning> {
    let opened = open(unlock(home, with).unwrap(), Entropy::system()).unwrap();
    let warnings = opened.warnings.clone();
    opened.writer.close().unwrap();
    warnings
}

#[test]
fn k13_a_key_file_of_before_opens_and_is_wrapped_anew_when_its_ways_are_changed() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    earlier(home);
    for with in [by(EARLIER_PASSPHRASE), by_code(EARLIER_CODE)] {
        drop(unlock(home, &with).unwrap());
    }
    assert_eq!(text(home), EARLIER, "opening changes nothing");
    let code = renew(home, &by(EARLIER_PASSPHRASE));
    let now = text(home);
    assert!(now.contains("afterimage/keyslots/2") && now.contains("\"mac\""));
    assert_eq!(now.matches("aes-256-gcm-siv").count(), 2, "{now}");
    for with in [by(EARLIER_PASSPHRASE), by_code(&code)] {
        assert!(unlock(home, &with).unwrap().vault.is_some());
    }
    assert!(unlock(home, &by_code(EARLIER_CODE)).is_err());
}

#[test]
fn k13_a_way_that_did_not_open_is_wrapped_anew_later() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    earlier(home);
    let set = |with: &Unlock, new: &str| {
        let new = SecretString::from(new);
        Profile::set_passphrase(home, with, &new, CHEAP, None, clocks(0), &Entropy::system())
    };
    set(&by(EARLIER_PASSPHRASE), OLD).unwrap();
    assert_eq!(text(home).matches("aes-256-gcm-siv").count(), 1);
    drop(unlock(home, &by_code(EARLIER_CODE)).unwrap());
    set(&by_code(EARLIER_CODE), NEW).unwrap();
    assert_eq!(text(home).matches("aes-256-gcm-siv").count(), 2);
    for with in [by(NEW), by_code(EARLIER_CODE)] {
        assert!(unlock(home, &with).unwrap().vault.is_some());
    }
}

/// The key file as somebody without the key can change it.
fn forge(home: &Path, both: bool, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&text(home)).unwrap();
    change(&mut value);
    let slots: Keyslots = serde_json::from_value(value).unwrap();
    slots.forge(home, both);
}

type Forgery = (&'static str, fn(&mut Value));

/// The first slot is the passphrase, the second the recovery code.
const FORGERIES: [Forgery; 7] = [
    ("taken away", |file| {
        _ = file["slots"].as_array_mut().unwrap().remove(0)
    }),
    ("added", |file| {
        let mut slot = file["slots"][1].clone();
        slot["by"] = "keychain".into();
        file["slots"].as_array_mut().unwrap().push(slot);
    }),
    ("cost", |file| {
        file["slots"][0]["cost"]["memory_kib"] = 128.into()
    }),
    ("salt", |file| {
        file["slots"][0]["salt"] = "00112233445566778899aabbccddeeff".into()
    }),
    ("tied", |file| file["slots"][0]["tied"] = true.into()),
    ("vault", |file| file["slots"][1]["vault"] = "00".into()),
    ("mac", |file| file["mac"] = "00".into()),
];

#[test]
fn k15_a_key_file_that_was_altered_is_noticed_and_locks_nobody_out() {
    for (what, change) in FORGERIES {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        at_hand::lies_in(&keychain(home));
        let code = made(home);
        let whole = text(home);
        assert_eq!(warnings(home, &by(OLD)), [], "{what}");
        // One of the two files: the other takes its place, and each way opens.
        for with in [by_code(&code), by(OLD)] {
            forge(home, false, change);
            assert_eq!(warnings(home, &with), [Warning::KeyFileAltered], "{what}");
            assert_eq!(text(home), whole, "{what}");
        }
        // Both: what still opens does, and says so until the ways are changed.
        forge(home, true, change);
        for _ in 0..2 {
            assert_eq!(
                warnings(home, &by_code(&code)),
                [Warning::KeyFileAltered],
                "{what}"
            );
        }
    }
}

#[test]
fn k15_a_change_of_ways_makes_an_altered_key_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let code = made(home);
    forge(home, true, |file| {
        file["slots"][0]["salt"] = "00".repeat(16).into()
    });
    assert!(matches!(
        unlock(home, &by(OLD)),
        Err(StoreError::WrongPassphrase)
    ));
    Profile::set_passphrase(
        home,
        &by_code(&code),
        &SecretString::from(NEW),
        CHEAP,
        None,
        clocks(0),
        &Entropy::system(),
    )
    .unwrap();
    assert_eq!(warnings(home, &by(NEW)), []);
}

#[test]
fn k15_an_older_key_file_that_is_put_back_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    made(home);
    let older = text(home);
    change_passphrase(home, OLD, NEW).unwrap();
    assert_eq!(warnings(home, &by(NEW)), []);
    let newer = text(home);
    let put_back = |text: &str| {
        for path in [file(home), copy(home)] {
            std::fs::write(path, text).unwrap();
        }
    };
    put_back(&older);
    assert_eq!(warnings(home, &by(OLD)), [Warning::KeyFileOlder]);
    assert_eq!(warnings(home, &by(OLD)), [], "said once");
    put_back(&newer);
    warnings(home, &by(NEW));
    // Nor does it help to make it look as one from before there was a MAC.
    forge(home, true, |file| {
        file["format"] = "afterimage/keyslots/1".into();
        file.as_object_mut().unwrap().remove("mac");
        file.as_object_mut().unwrap().remove("generation");
    });
    assert_eq!(warnings(home, &by(NEW)), [Warning::KeyFileOlder]);
}

#[test]
fn k16_a_tied_passphrase_opens_only_with_the_keychain_and_the_code_without() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    at_hand::lies_in(&keychain(home));
    let code = made(home);
    tie(home, true).unwrap();
    assert!(Profile::slots(home).unwrap().unwrap().tied);
    assert!(unlock(home, &by(OLD)).unwrap().vault.is_some());
    let lost = home.join("another machine");
    at_hand::lies_in(&lost);
    for _ in 0..6 {
        let refused = unlock(home, &by(OLD));
        assert!(
            matches!(refused, Err(StoreError::Tied(_))),
            "not a wrong attempt"
        );
    }
    drop(unlock(home, &by_code(&code)).unwrap());
    at_hand::lies_in(&keychain(home));
    tie(home, false).unwrap();
    at_hand::lies_in(&lost);
    drop(unlock(home, &by(OLD)).unwrap());
    assert_eq!(
        std::fs::read_dir(keychain(home)).unwrap().count(),
        0,
        "nothing is left there"
    );
}

#[test]
fn k16_a_change_keeps_the_tie_unless_told_and_none_is_made_without_a_recovery_code() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    at_hand::lies_in(&keychain(home));
    let code = made(home);
    tie(home, true).unwrap();
    change_passphrase(home, OLD, NEW).unwrap();
    assert!(Profile::slots(home).unwrap().unwrap().tied);
    // On another machine: the code sets a passphrase that is not tied.
    at_hand::lies_in(&home.join("another machine"));
    let set = |tied| {
        let (with, new) = (by_code(&code), SecretString::from(OLD));
        Profile::set_passphrase(
            home,
            &with,
            &new,
            CHEAP,
            tied,
            clocks(0),
            &Entropy::system(),
        )
    };
    set(Some(false)).unwrap();
    assert!(!Profile::slots(home).unwrap().unwrap().tied);
    drop(unlock(home, &by(OLD)).unwrap());
    remove(home, Way::Recovery).unwrap();
    assert!(matches!(tie(home, true), Err(StoreError::Refused(_))));
    renew(home, &by(OLD));
    tie(home, true).unwrap();
    assert!(matches!(
        remove(home, Way::Recovery),
        Err(StoreError::Refused(_))
    ));
}

#[test]
fn k17_the_copy_in_the_keychain_opens_the_profile_when_both_files_are_damaged_or_gone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    at_hand::lies_in(&keychain(home));
    made(home);
    add_keychain(home);
    assert!(Profile::keep_copy(home).unwrap());
    let whole = text(home);
    let spoilt: [fn(&Path); 2] = [
        |path| std::fs::write(path, b"{}").unwrap(),
        |path| std::fs::remove_file(path).unwrap(),
    ];
    for spoil in spoilt {
        for path in [file(home), copy(home)] {
            spoil(&path);
        }
        assert_eq!(warnings(home, &by(OLD)), [Warning::KeyFileMended]);
        assert_eq!(text(home), whole);
    }
    for path in [file(home), copy(home)] {
        std::fs::write(path, b"{}").unwrap();
    }
    at_hand::lies_in(&home.join("another machine"));
    assert!(matches!(
        unlock(home, &by(OLD)),
        Err(StoreError::CorruptKeyslots)
    ));
}

#[test]
fn k17_an_older_copy_in_the_keychain_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    at_hand::lies_in(&keychain(home));
    made(home);
    assert!(Profile::keep_copy(home).unwrap());
    change_passphrase(home, OLD, NEW).unwrap();
    warnings(home, &by(NEW));
    for path in [file(home), copy(home)] {
        std::fs::write(path, b"{}").unwrap();
    }
    let said = warnings(home, &by(OLD));
    assert_eq!(said, [Warning::KeyFileMended, Warning::KeyFileOlder]);
}

#[test]
fn k17_a_key_file_that_is_too_long_for_every_keychain_is_kept_in_none() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    at_hand::lies_in(&keychain(home));
    made(home);
    let salt = "0".repeat(2_560);
    forge(home, true, |file| file["slots"][0]["salt"] = salt.into());
    assert!(!Profile::keep_copy(home).unwrap());
    assert_eq!(std::fs::read_dir(keychain(home)).unwrap().count(), 0);
}

/// A change of the ways of opening: what stands before it, itself, and its steps on the disk (five for each file).
struct Change {
    name: &'static str,
    before: fn(&Path),
    does: fn(&Path),
    steps: u32,
}

fn nothing(_: &Path) {}

const CHANGES: [Change; 7] = [
    Change {
        name: "renew the recovery code",
        before: nothing,
        does: |home| _ = renew(home, &by(OLD)),
        steps: 10,
    },
    Change {
        name: "tie the passphrase",
        before: nothing,
        does: |home| tie(home, true).unwrap(),
        steps: 15,
    },
    Change {
        name: "untie it",
        before: |home| tie(home, true).unwrap(),
        does: |home| tie(home, false).unwrap(),
        steps: 10,
    },
    Change {
        name: "add the keychain",
        before: nothing,
        does: add_keychain,
        steps: 15,
    },
    Change {
        name: "take the keychain away",
        before: add_keychain,
        does: |home| {
            let removed = remove(home, Way::Keychain);
            assert!(matches!(removed, Ok(()) | Err(StoreError::NotFound(_))));
        },
        steps: 10,
    },
    Change {
        name: "raise the cost of a guess",
        before: nothing,
        does: |home| {
            let cost = PassphraseCost {
                memory_kib: 128,
                ..CHEAP
            };
            let passphrase = SecretString::from(OLD);
            Profile::raise_cost(home, &passphrase, cost, &Entropy::system()).unwrap();
        },
        steps: 10,
    },
    Change {
        name: "keep a copy in the keychain",
        before: nothing,
        does: |home| assert!(Profile::keep_copy(home).unwrap()),
        steps: 5,
    },
];

/// Not a test of its own: makes one change, and is killed at it. Which and where stands in its folder.
#[test]
#[ignore = "run by the one below"]
fn a_step_that_is_the_last() {
    let home = std::env::current_dir().unwrap();
    let order = std::fs::read_to_string(home.join("order")).unwrap();
    let (change, step) = order.split_once(' ').unwrap();
    at_hand::lies_in(&keychain(&home));
    println!("verdict: ready");
    steps::kill_at(step.parse().unwrap());
    (CHANGES[change.parse::<usize>().unwrap()].does)(&home);
    println!("verdict: done");
}

/// The files of a profile's keys, to begin again from.
fn kept(home: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(keychain(home)).unwrap().flatten();
    let paths = entries.map(|entry| entry.path());
    let paths = paths.chain([file(home), copy(home)]);
    paths
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

fn put_back(home: &Path, files: &[(PathBuf, Vec<u8>)]) {
    for entry in std::fs::read_dir(keychain(home)).unwrap().flatten() {
        std::fs::remove_file(entry.path()).unwrap();
    }
    for (path, bytes) in files {
        std::fs::write(path, bytes).unwrap();
    }
}

/// The passphrase opens the profile and its vault, and so does every other way that is listed and can be known.
fn opens_still(home: &Path, code: &str, said: &str) {
    let profile = unlock(home, &by(OLD)).unwrap_or_else(|error| panic!("{said}: {error}"));
    assert!(
        profile.vault.is_some() && profile.key_file.warning.is_none(),
        "{said}"
    );
    drop(profile);
    if !said.starts_with(CHANGES[0].name) {
        drop(unlock(home, &by_code(code)).unwrap_or_else(|error| panic!("{said}: {error}")));
    }
    if Profile::slots(home).unwrap().unwrap().keychain {
        let profile = unlock(home, &Unlock::Keychain);
        drop(profile.unwrap_or_else(|error| panic!("{said}: {error}")));
    }
    assert_eq!(
        std::fs::read(file(home)).unwrap(),
        std::fs::read(copy(home)).unwrap()
    );
}

#[test]
fn k4_killed_at_any_step_of_any_change_what_is_listed_opens() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    at_hand::lies_in(&keychain(home));
    let code = made(home);
    let fresh = kept(home);
    for (number, change) in CHANGES.iter().enumerate() {
        put_back(home, &fresh);
        (change.before)(home);
        let before = kept(home);
        for step in 1..=change.steps {
            put_back(home, &before);
            let order = format!("{number} {step}");
            let child = run_child(home, "tests::key_file::a_step_that_is_the_last", &order);
            let told = child.wait_with_output().unwrap().stdout;
            let told = String::from_utf8_lossy(&told).into_owned();
            let said = format!("{}, step {step}", change.name);
            assert!(
                told.contains("verdict: ready") && !told.contains("verdict: done"),
                "{said}: {told}"
            );
            opens_still(home, &code, &said);
            // What was interrupted can be done after all, and again.
            (change.does)(home);
        }
        put_back(home, &before);
        let order = format!("{number} {}", change.steps + 1);
        let child = run_child(home, "tests::key_file::a_step_that_is_the_last", &order);
        let told = child.wait_with_output().unwrap().stdout;
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(
            told.contains("verdict: done"),
            "{} has more steps: {told}",
            change.name
        );
    }
}

#[test]
fn k15_the_key_file_says_of_itself_only_what_it_must() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    let file: Value = serde_json::from_str(&text(folder.path())).unwrap();
    let mut keys: Vec<_> = file.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["check", "format", "generation", "mac", "profile", "slots"]
    );
    assert_eq!(file["generation"], json!(1));
}
