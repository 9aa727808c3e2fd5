//! The ways into a profile: recovery, a changed passphrase, a process that is killed half way, and the vault's own key.

use super::*;
use crate::{files::steps, keyslots::Keyslots};
use secrecy::{ExposeSecret, SecretString};
use std::{
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

pub(super) const CHEAP: PassphraseCost = PassphraseCost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};
pub(super) const OLD: &str = "correct horse battery staple";
pub(super) const NEW: &str = "orchard lantern pebble willow";

pub(super) fn by(text: &str) -> Unlock {
    Unlock::Passphrase {
        passphrase: SecretString::from(text),
        cost: CHEAP,
    }
}

pub(super) fn by_code(text: &str) -> Unlock {
    Unlock::Recovery(SecretString::from(text))
}

/// A profile with a passphrase; its recovery code.
pub(super) fn made(home: &Path) -> String {
    let mut profile = Profile::create(home, &by(OLD), &Entropy::system()).unwrap();
    let code = profile.take_recovery().unwrap().expose_secret().to_owned();
    open(profile, Entropy::system())
        .unwrap()
        .writer
        .close()
        .unwrap();
    code
}

pub(super) fn change_passphrase(home: &Path, old: &str, new: &str) -> Result<()> {
    Profile::set_passphrase(
        home,
        &by(old),
        &SecretString::from(new),
        CHEAP,
        None,
        clocks(0),
        &Entropy::system(),
    )
}

pub(super) fn remove(home: &Path, way: Way) -> Result<()> {
    Profile::remove_way(home, &by(OLD), way, clocks(0), &Entropy::system())
}

#[test]
fn k2_the_recovery_code_opens_what_the_passphrase_made_and_only_the_newest_does() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let code = made(home);
    open(
        unlock(home, &by_code(&code.to_lowercase())).unwrap(),
        Entropy::system(),
    )
    .unwrap();
    let mistyped = unlock(home, &by_code("7K3M-Q9TD"));
    assert!(matches!(mistyped, Err(StoreError::MistypedRecovery)));
    let renewed = Profile::renew_recovery(home, &by(OLD), clocks(0), &Entropy::system()).unwrap();
    assert!(matches!(
        unlock(home, &by_code(&code)),
        Err(StoreError::WrongRecovery)
    ));
    drop(unlock(home, &by_code(renewed.expose_secret())).unwrap());
}

#[test]
fn k2_a_forgotten_passphrase_is_set_anew_with_the_recovery_code() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let code = made(home);
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
    assert!(matches!(
        unlock(home, &by(OLD)),
        Err(StoreError::WrongPassphrase)
    ));
    drop(unlock(home, &by(NEW)).unwrap());
}

#[test]
fn k3_ways_are_taken_away_but_never_the_last_nor_the_last_to_the_vault() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    made(home);
    let slots = Profile::slots(home).unwrap().unwrap();
    assert!(slots.passphrase && slots.recovery && !slots.keychain);
    assert!(matches!(
        remove(home, Way::Keychain),
        Err(StoreError::NotFound(_))
    ));
    remove(home, Way::Recovery).unwrap();
    assert!(matches!(
        remove(home, Way::Passphrase),
        Err(StoreError::Refused(_))
    ));
    Profile::renew_recovery(home, &by(OLD), clocks(0), &Entropy::system()).unwrap();
    remove(home, Way::Passphrase).unwrap();
    assert!(matches!(
        unlock(home, &by(OLD)),
        Err(StoreError::NoSlot(..))
    ));
}

#[test]
fn k4_a_changed_passphrase_opens_and_the_old_one_does_not_whichever_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    made(home);
    assert!(matches!(
        change_passphrase(home, NEW, OLD),
        Err(StoreError::WrongPassphrase)
    ));
    assert!(matches!(
        change_passphrase(home, OLD, "password1"),
        Err(StoreError::WeakPassphrase(_))
    ));
    change_passphrase(home, OLD, NEW).unwrap();
    for damaged in ["nothing", "keyslots.prev.json", "keyslots.json"] {
        if damaged != "nothing" {
            std::fs::write(home.join(damaged), b"damaged").unwrap();
        }
        assert!(
            matches!(unlock(home, &by(OLD)), Err(StoreError::WrongPassphrase)),
            "{damaged}"
        );
        drop(unlock(home, &by(NEW)).unwrap());
        assert_eq!(
            std::fs::read(home.join("keyslots.json")).unwrap(),
            std::fs::read(home.join("keyslots.prev.json")).unwrap(),
            "mended after {damaged}"
        );
    }
}

#[test]
fn k5_a_guess_is_made_dearer_never_cheaper() {
    let second = Duration::from_secs(1);
    let most = 1 << 20;
    let usual = PassphraseCost::default();
    assert_eq!(usual.raised(second, most), None, "slow enough");
    assert_eq!(
        usual.raised(second / 4, most).unwrap().memory_kib,
        512 << 10
    );
    assert_eq!(
        usual.raised(second / 4, 300 << 10).unwrap().memory_kib,
        256 << 10
    );
    assert_eq!(
        usual
            .raised(Duration::from_millis(1), u32::MAX)
            .unwrap()
            .memory_kib,
        1 << 20
    );
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    made(home);
    let raise = |memory_kib| {
        let cost = PassphraseCost {
            memory_kib,
            ..CHEAP
        };
        Profile::raise_cost(home, &SecretString::from(OLD), cost, &Entropy::system()).unwrap()
    };
    assert!(raise(128));
    assert!(!raise(64), "never cheaper");
    assert_eq!(Profile::cost(home).unwrap().unwrap().memory_kib, 128);
    drop(unlock(home, &by(OLD)).unwrap());
}

#[test]
fn k6_wrong_passphrases_at_the_door_and_at_the_vault_count_together() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    made(home);
    for _ in 0..3 {
        assert!(matches!(
            unlock(home, &by(NEW)),
            Err(StoreError::WrongPassphrase)
        ));
    }
    for _ in 0..2 {
        let vault = Profile::vault_key(home, &by(NEW), clocks(0));
        assert!(matches!(vault, Err(StoreError::WrongPassphrase)));
    }
    let right = unlock(home, &by(OLD));
    assert!(matches!(
        right,
        Err(StoreError::TooManyAttempts { seconds: 1 })
    ));
    assert_eq!(
        Profile::wait(home, clocks(0)).unwrap(),
        Duration::from_secs(1)
    );
    drop(Profile::unlock(home, &by(OLD), clocks(1), &Entropy::system()).unwrap());
    assert_eq!(Profile::wait(home, clocks(1)).unwrap(), Duration::ZERO);
}

/// Not a test of its own: changes the passphrase to and fro, and is killed at it. What to do stands in its folder.
#[test]
#[ignore = "run by those below"]
fn a_change_that_is_interrupted() {
    let home = std::env::current_dir().unwrap();
    let order = std::fs::read_to_string(home.join("order")).unwrap();
    // The word lists are read once; the kills are to fall after that.
    Strength::of(&SecretString::from(NEW));
    println!("verdict: ready");
    match order.parse() {
        Ok(step) => {
            steps::kill_at(step);
            change_passphrase(&home, OLD, NEW).unwrap();
            println!("verdict: done");
        }
        Err(_) => loop {
            change_passphrase(&home, OLD, NEW).unwrap();
            change_passphrase(&home, NEW, OLD).unwrap();
        },
    }
}

/// Steps of writing two files: made, written, synced, renamed, folder synced.
const STEPS: u32 = 10;

fn interrupted(home: &Path, order: &str) -> Child {
    run_child(home, "tests::ways::a_change_that_is_interrupted", order)
}

/// Runs one test of this program in `home`, to be killed at it; `order` stands in a file there.
pub(super) fn run_child(home: &Path, test: &str, order: &str) -> Child {
    std::fs::write(home.join("order"), order).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .current_dir(home)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Exactly one of the two passphrases opens the profile, and the recovery code does; the file and its copy are never both damaged.
fn opens(home: &Path, code: &str) -> &'static str {
    assert!(Keyslots::read(home).unwrap().is_some());
    let ways = [OLD, NEW].map(|passphrase| unlock(home, &by(passphrase)).is_ok());
    let opened = match ways {
        [true, false] => OLD,
        [false, true] => NEW,
        other => panic!("old opens: {}, new opens: {}", other[0], other[1]),
    };
    drop(unlock(home, &by_code(code)).unwrap());
    opened
}

#[test]
fn k4_killed_at_any_step_of_a_change_one_passphrase_opens_and_one_only() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let code = made(home);
    let mut opened = Vec::new();
    for turn in 0..6 * STEPS {
        let step = turn % STEPS + 1;
        let child = interrupted(home, &step.to_string())
            .wait_with_output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(
            said.contains("verdict: ready") && !said.contains("verdict: done"),
            "step {step}: {said}"
        );
        let now = opens(home, &code);
        opened.push((step, now));
        if now == NEW {
            change_passphrase(home, NEW, OLD).unwrap();
        }
    }
    // The rename of the first file is the moment of the change.
    for (step, now) in opened {
        assert_eq!(now, if step < 4 { OLD } else { NEW }, "step {step}");
    }
}

#[test]
fn k4_killed_at_any_moment_of_a_change_one_passphrase_opens_and_one_only() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let code = made(home);
    let mut seen = std::collections::HashSet::new();
    for turn in 0..140 {
        let mut child = interrupted(home, "forever");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines
            .map_while(std::result::Result::ok)
            .find(|line| line.contains("verdict: ready"))
            .unwrap();
        let random = u16::from_le_bytes(Entropy::system().draw());
        thread::sleep(Duration::from_micros(u64::from(random) / 2));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = opens(home, &code);
        seen.insert(now);
        // Each child begins with the old one.
        if now == NEW {
            change_passphrase(home, NEW, OLD).unwrap();
        }
        assert!(
            turn < 139 || seen.len() == 2,
            "the kills were never between: {seen:?}"
        );
    }
}

#[test]
fn k7_the_vault_opens_by_passphrase_and_code_and_never_by_the_keychain_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let code = made(home);
    let file = std::fs::read_to_string(home.join("keyslots.json")).unwrap();
    assert_eq!(file.matches("\"vault\"").count(), 2, "{file}");
    let mut store = open(unlock(home, &by(OLD)).unwrap(), Entropy::system()).unwrap();
    let memory = secret("Router", "hunter2");
    let edits = clean(vec![Edit::Add { memory }]);
    let added = store.writer.apply(&edits, Author::User, at(1)).unwrap();
    let id = added.changes[0].id;
    let read = |store: &Opened| store.readers.begin().unwrap().secret(id);
    assert_eq!(read(&store).unwrap().as_str(), "hunter2");
    store.readers.close_vault();
    assert!(matches!(read(&store), Err(StoreError::VaultClosed)));
    let refused = store.writer.apply(&edits, Author::User, at(2));
    assert!(matches!(refused, Err(StoreError::VaultClosed)));
    assert!(Profile::vault_key(home, &by(NEW), clocks(0)).is_err());
    let key = Profile::vault_key(home, &by_code(&code), clocks(0)).unwrap();
    store.writer.open_vault(key).unwrap();
    assert_eq!(read(&store).unwrap().as_str(), "hunter2");
}

/// What profiles had before the vault had a key of its own: one slot, no count, secrets under a derived key.
fn made_before_the_vault(home: &Path) -> MemoryId {
    let mut profile = Profile::create(home, &by(OLD), &Entropy::system()).unwrap();
    let earlier = profile.keys.vault.clone();
    profile.vault = None;
    let mut store = open(profile, Entropy::system()).unwrap();
    let new = secret("Router", "");
    let added = store
        .writer
        .apply(&clean(vec![Edit::Add { memory: new }]), Author::User, at(1))
        .unwrap();
    let id = added.changes[0].id;
    store.writer.close().unwrap();
    // Both where it stands now and where a past version stands.
    let sealed = crate::keys::seal(&earlier, [3; 24], id.0.as_bytes(), b"hunter2-canary");
    let path = crate::profile::database(home);
    let profile = unlock(home, &by(OLD)).unwrap();
    let connection =
        crate::open::connect(&path, &profile.keys.db, crate::open::Access::Write).unwrap();
    connection
        .execute("UPDATE memory SET secret = ?1", [&sealed])
        .unwrap();
    connection
        .execute("UPDATE memory_version SET secret = ?1", [&sealed])
        .unwrap();
    drop((connection, profile));
    let mut slots: serde_json::Value =
        serde_json::from_slice(&std::fs::read(home.join("keyslots.json")).unwrap()).unwrap();
    let only = slots["slots"].as_array_mut().unwrap();
    only.retain(|slot| slot["by"] == "passphrase");
    only[0].as_object_mut().unwrap().remove("vault");
    slots["format"] = "afterimage/keyslots/1".into();
    let file = slots.as_object_mut().unwrap();
    file.remove("generation");
    file.remove("mac");
    let slots: Keyslots = serde_json::from_value(slots).unwrap();
    slots.forge(home, true);
    std::fs::remove_file(home.join("attempts.json")).unwrap();
    id
}

#[test]
fn k8_the_secrets_of_an_older_profile_move_under_the_vaults_own_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let id = made_before_the_vault(home);
    assert!(!Keyslots::read(home).unwrap().unwrap().has_vault());
    let profile = unlock(home, &by(OLD)).unwrap();
    let earlier = profile.keys.vault.clone();
    let store = open(profile, Entropy::system()).unwrap();
    assert_eq!(
        store.readers.begin().unwrap().secret(id).unwrap().as_str(),
        "hunter2-canary"
    );
    let stored = |store: &Opened| -> Vec<Vec<u8>> {
        let view = store.readers.begin().unwrap();
        crate::table::memory::secrets(view.sql())
            .unwrap()
            .into_iter()
            .map(|found| found.sealed)
            .collect()
    };
    let moved = stored(&store);
    assert_eq!(moved.len(), 2, "the present and the past version");
    for sealed in &moved {
        assert!(crate::keys::unseal(&earlier, id.0.as_bytes(), sealed).is_none());
    }
    drop(store);
    let store = open(unlock(home, &by(OLD)).unwrap(), Entropy::system()).unwrap();
    assert_eq!(stored(&store), moved, "not again");
    assert!(Keyslots::read(home).unwrap().unwrap().has_vault());
    drop(store);
    drop(unlock(home, &by(OLD)).unwrap());
}
