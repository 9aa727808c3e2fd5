//! The portable archive: what is in it, what is not, and what comes of a file that is not one.

use super::*;
use crate::{
    files::suffixed,
    keys::{Key, fingerprint},
    keyslots::{hex, unhex},
    profile::{FOLDERS, database},
};
use age::{Decryptor, Encryptor, scrypt};
use proptest::prelude::*;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::{
    io::{Read, Write},
    iter,
    path::PathBuf,
    sync::LazyLock,
};
use tar::{Builder, EntryType, Header};

const CHEAP: PassphraseCost = PassphraseCost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};
const LOCKED_BY: &str = "a phrase for the road";
const VAULT_BY: &str = "another for the vault";
const OPENED_BY: &str = "a phrase for the new one";

fn file(path: PathBuf, passphrase: &str) -> ArchiveFile {
    ArchiveFile {
        path,
        passphrase: passphrase.into(),
        work: 2,
    }
}

fn opening() -> Unlock {
    Unlock::Passphrase {
        passphrase: OPENED_BY.into(),
        cost: CHEAP,
    }
}

/// A life: lines, a picture, a memory, a conversation, a secret that was changed, something forgotten.
fn lived() -> Home {
    let mut home = home();
    home.import(1, "the boiler sings at night");
    home.import(2, "to be forgotten");
    let intake = Intake {
        frame: Some(new_frame(5, &["editor"])),
        observations: vec![seen(6, 5, "editor", "seen in the editor")],
        tasks: Tasks::ALL,
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
    home.remember(fact("A fact", "that is kept", &[]));
    let kept = home.remember(secret("Front door", "canary-hunter2"));
    let patch = Patch {
        title: Some("The front door".into()),
        ..Patch::default()
    };
    home.edit(Edit::Update { id: kept.id, patch }, Author::User);
    let what = Forget::Observation(ObservationId(id(2)));
    home.store.writer.forget(&what, at(50)).unwrap();
    home
}

fn write(home: &Home, folder: &Path) -> (ArchiveFile, ArchiveFile, Archived) {
    let to = file(folder.join("me.age"), LOCKED_BY);
    let vault = file(folder.join("vault.age"), VAULT_BY);
    let written = home.store.readers.write_archive(&to, Some(&vault), at(100));
    (to, vault, written.unwrap())
}

fn read(home: &Path, from: &ArchiveFile, vault: Option<&ArchiveFile>) -> Result<Profile> {
    read_archive(home, &opening(), from, vault, at(200), &Entropy::system())
}

fn code(result: Result<Profile>) -> String {
    match result {
        Ok(_) => "read".into(),
        Err(StoreError::BadArchive(why)) => why.into(),
        Err(error) => format!("{error:?}"),
    }
}

fn has_profile(home: &Path) -> bool {
    Profile::slots(home).unwrap().is_some()
}

/// The plain tar in an archive.
fn plain(file: &ArchiveFile) -> Vec<u8> {
    let sealed = std::fs::read(&file.path).unwrap();
    let identity = scrypt::Identity::new(file.passphrase.clone());
    let opened = Decryptor::new(&sealed[..]).unwrap();
    let mut opened = opened.decrypt(iter::once(&identity as _)).unwrap();
    let mut plain = Vec::new();
    opened.read_to_end(&mut plain).unwrap();
    plain
}

/// An archive around any bytes.
fn lock(path: PathBuf, plain: &[u8]) -> ArchiveFile {
    let made = file(path, LOCKED_BY);
    let mut recipient = scrypt::Recipient::new(made.passphrase.clone());
    recipient.set_work_factor(2);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as _)).unwrap();
    let mut sealed = encryptor
        .wrap_output(std::fs::File::create(&made.path).unwrap())
        .unwrap();
    sealed.write_all(plain).unwrap();
    sealed.finish().unwrap();
    made
}

/// Name and content of each member.
fn members(plain: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(plain);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    });
    entries.collect()
}

fn entry(kind: EntryType, name: &str, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o600);
    // Past the checks of whoever writes honestly.
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn packed(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        builder
            .append_data(&mut header, name, &content[..])
            .unwrap();
    }
    builder.into_inner().unwrap()
}

/// The members with a changed manifest.
fn with_manifest(
    members: &[(String, Vec<u8>)],
    change: impl FnOnce(&mut serde_json::Value),
) -> Vec<(String, Vec<u8>)> {
    let mut members = members.to_vec();
    let mut manifest = serde_json::from_slice(&members[0].1).unwrap();
    change(&mut manifest);
    members[0].1 = serde_json::to_vec(&manifest).unwrap();
    members
}

#[test]
fn a1_an_archive_becomes_a_new_profile_with_everything_but_the_vault() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, _, written) = write(&home, folder.path());
    assert_eq!(
        (written.memories, written.pictures, written.secrets),
        (1, 2, Some(1))
    );
    let new = folder.path().join("new");
    let mut profile = read(&new, &to, None).unwrap();
    let recovery = profile.take_recovery().expect("a code of its own");
    assert_ne!(profile.keys.db, home.store.readers.shared().keys.db);
    let store = open(profile, Entropy::system()).unwrap();
    let arrived = store.readers.begin().unwrap();
    let before = home.store.readers.begin().unwrap();
    for number in [1, 6] {
        let one = ObservationId(id(number));
        assert_eq!(
            arrived.observation(one).unwrap(),
            before.observation(one).unwrap()
        );
    }
    for size in [PictureSize::Full, PictureSize::Thumbnail] {
        let picture = arrived.picture(FrameId(id(5)), size).unwrap();
        assert!(picture == before.picture(FrameId(id(5)), size).unwrap());
        assert!(picture.is_some());
    }
    let page = MemoryPage {
        kind: None,
        text: None,
        offset: 0,
        limit: 9,
        bounds: None,
    };
    let (memories, total) = arrived.memories(&page).unwrap();
    assert_eq!((memories[0].content.title.as_str(), total), ("A fact", 1));
    assert_eq!(
        arrived
            .search_words("boiler", &Filter::default(), 5)
            .unwrap()
            .len(),
        1
    );
    drop((arrived, before));
    store.writer.close().unwrap();
    drop((store.readers, store.spool));
    // Opened by its own passphrase and its own code, not by what opened the archive.
    assert!(unlock(&new, &opening()).is_ok());
    assert!(unlock(&new, &Unlock::Recovery(recovery)).is_ok());
    let others = Unlock::Passphrase {
        passphrase: LOCKED_BY.into(),
        cost: CHEAP,
    };
    assert!(matches!(
        unlock(&new, &others),
        Err(StoreError::WrongPassphrase)
    ));
}

#[test]
fn a2_the_vault_goes_only_into_a_second_file_and_only_while_it_is_open() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, vault, _) = write(&home, folder.path());
    let first = plain(&to);
    assert!(!contains(&first, b"canary") && !contains(&first, b"ront door"));
    assert!(contains(&plain(&vault), b"canary-hunter2"));
    let profile = read(&folder.path().join("new"), &to, Some(&vault)).unwrap();
    let store = open(profile, Entropy::system()).unwrap();
    let view = store.readers.begin().unwrap();
    let page = MemoryPage {
        kind: Some(Kind::Vault),
        text: None,
        offset: 0,
        limit: 9,
        bounds: None,
    };
    let (found, _) = view.memories(&page).unwrap();
    assert_eq!(found[0].content.title, "The front door");
    assert_eq!(view.secret(found[0].id).unwrap().as_str(), "canary-hunter2");
    assert_eq!(view.history(found[0].id).unwrap().len(), 2);
    drop(view);
    home.store.readers.close_vault();
    let (to, vault) = (
        file(folder.path().join("2.age"), LOCKED_BY),
        file(folder.path().join("3.age"), VAULT_BY),
    );
    let refused = home.store.readers.write_archive(&to, Some(&vault), at(1));
    assert!(matches!(refused, Err(StoreError::VaultClosed)));
    assert!(!to.path.exists() && !vault.path.exists());
}

#[test]
fn a3_an_archive_is_a_new_file_that_shows_nothing_and_leaves_nothing_beside_it() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, vault, _) = write(&home, folder.path());
    for (path, bytes) in files_below(folder.path())
        .into_iter()
        .chain(files_below(home.path()))
    {
        for word in [&b"boiler"[..], b"canary", b"A fact", b"RIFF"] {
            assert!(!contains(&bytes, word), "{}", path.display());
        }
    }
    assert_eq!(files_below(folder.path()).len(), 2);
    assert_eq!(files_below(&home.path().join("archive")).len(), 0);
    let written = std::fs::read(&to.path).unwrap();
    let attempt = |path: &Path, passphrase: &str, vault: Option<&ArchiveFile>| {
        let to = file(path.into(), passphrase);
        home.store.readers.write_archive(&to, vault, at(1)).err()
    };
    let other = folder.path().join("other.age");
    let refused = |error| matches!(error, Some(StoreError::Refused(_)));
    assert!(refused(attempt(&to.path, LOCKED_BY, None)));
    assert!(refused(attempt(Path::new("other.age"), LOCKED_BY, None)));
    assert!(refused(attempt(&other, LOCKED_BY, Some(&vault))));
    let same = file(folder.path().join("v.age"), LOCKED_BY);
    assert!(refused(attempt(&other, LOCKED_BY, Some(&same))));
    assert!(matches!(
        attempt(&other, "short", None),
        Some(StoreError::WeakPassphrase(_))
    ));
    assert!(matches!(
        attempt(&folder.path().join("no/such/folder.age"), LOCKED_BY, None),
        Some(StoreError::Io(_))
    ));
    assert_eq!(std::fs::read(&to.path).unwrap(), written);
    assert!(!other.exists() && !suffixed(&other, ".part").exists());
}

#[test]
fn a4_a_wrong_passphrase_a_cut_file_a_flipped_bit_and_a_foreign_file_make_no_profile() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, vault, _) = write(&home, folder.path());
    let sealed = std::fs::read(&to.path).unwrap();
    let new = folder.path().join("new");
    let altered = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let outcome = code(read(&new, &file(path, LOCKED_BY), None));
        assert!(!has_profile(&new), "{name}");
        outcome
    };
    let wrong = file(to.path.clone(), "not the phrase");
    assert_eq!(code(read(&new, &wrong, None)), "WrongArchivePassphrase");
    let wrong = file(vault.path.clone(), "not the phrase");
    assert_eq!(
        code(read(&new, &to, Some(&wrong))),
        "WrongArchivePassphrase"
    );
    assert!(code(read(&new, &vault_as_main(&vault), None)).contains("the other of the two"));
    assert!(!has_profile(&new));
    let damaged = "it is damaged or cut off";
    let chunk = 64 << 10;
    for length in [sealed.len() - 1, sealed.len() - chunk, sealed.len() / 2] {
        assert_eq!(altered("cut", &sealed[..length]), damaged, "{length}");
    }
    for place in [sealed.len() / 3, sealed.len() - 1] {
        let mut flipped = sealed.clone();
        flipped[place] ^= 1;
        assert_eq!(altered("flipped", &flipped), damaged, "{place}");
    }
    assert_eq!(altered("longer", &[&sealed[..], b"more"].concat()), damaged);
    assert_eq!(altered("empty", b""), "it is no age file");
    assert_eq!(
        altered("foreign", b"PK\x03\x04 a zip of holidays and more"),
        "it is no age file"
    );
    assert_eq!(
        altered("head only", &sealed[..60]),
        "it is damaged at its beginning"
    );
    assert!(matches!(
        read(&new, &file(folder.path().join("nothing"), LOCKED_BY), None),
        Err(StoreError::Io(_))
    ));
    // The folder takes the right one afterwards.
    assert!(read(&new, &to, Some(&vault)).is_ok());
    assert!(matches!(
        read(&new, &to, None),
        Err(StoreError::ProfileExists(_) | StoreError::AlreadyRunning)
    ));
}

fn vault_as_main(vault: &ArchiveFile) -> ArchiveFile {
    file(vault.path.clone(), VAULT_BY)
}

#[test]
fn a5_a_made_up_archive_chooses_no_path_and_makes_no_profile() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, ..) = write(&home, folder.path());
    let whole = members(&plain(&to));
    let new = folder.path().join("inner/new");
    let attempt = |plain: &[u8]| {
        let made = lock(folder.path().join("hostile.age"), plain);
        let outcome = code(read(&new, &made, None));
        assert!(!has_profile(&new), "{outcome}");
        assert!(!new.join("arriving").exists(), "{outcome}");
        outcome
    };
    let manifest = entry(
        EntryType::Regular,
        "manifest.json",
        whole[0].1.len() as u64,
        &whole[0].1,
    );
    let after = |bytes: Vec<u8>| [manifest.clone(), bytes, vec![0; 1024]].concat();
    let unnamed = "it holds what its manifest does not name, or something twice";
    for name in [
        "../../evil",
        "/tmp/evil",
        "picture/../../evil",
        "manifest.json",
        "database/x",
    ] {
        let outcome = attempt(&after(entry(EntryType::Regular, name, 4, b"evil")));
        assert_eq!(outcome, unnamed, "{name}");
    }
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Fifo,
        EntryType::GNULongName,
        EntryType::XHeader,
        EntryType::GNUSparse,
    ] {
        let outcome = attempt(&after(entry(kind, "database", 0, b"")));
        assert_eq!(outcome, "it holds something but plain files", "{kind:?}");
    }
    let differs = "it holds something else than its manifest says";
    let huge = entry(EntryType::Regular, "database", u64::MAX / 4, b"");
    assert_eq!(attempt(&after(huge)), differs);
    let huge = entry(EntryType::Regular, "manifest.json", 1 << 40, b"");
    assert_eq!(attempt(&huge), "its manifest is too large");
    let mut twice = whole.clone();
    twice.push(whole[1].clone());
    assert_eq!(attempt(&packed(&twice)), unnamed);
    assert_eq!(
        attempt(&packed(&whole[..whole.len() - 1])),
        "it lacks what its manifest names"
    );
    let mut other = whole.clone();
    other[1].1[5000] ^= 1;
    assert_eq!(attempt(&packed(&other)), differs);
    assert_eq!(
        attempt(&packed(&whole[1..])),
        "its manifest is not in front"
    );
    assert_eq!(attempt(b""), "it is empty");
    let mut followed = packed(&whole);
    followed.extend(b"hung on");
    assert_eq!(attempt(&followed), "something follows its end");
    // Names a path for a member, and gives it.
    let mut evil = with_manifest(&whole, |manifest| {
        manifest["members"]["../evil"] =
            serde_json::json!({"bytes": 4, "sha256": hex(&Sha256::digest(b"evil"))});
    });
    let mut bytes = packed(&evil.split_off(0));
    bytes.truncate(bytes.len() - 1024);
    bytes.extend(entry(EntryType::Regular, "../evil", 4, b"evil"));
    assert_eq!(attempt(&bytes), "it holds what no archive holds");
    assert!(!folder.path().join("inner/evil").exists() && !folder.path().join("evil").exists());
}

#[test]
fn a5_a_database_that_is_not_what_the_manifest_says_makes_no_profile() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, ..) = write(&home, folder.path());
    let whole = members(&plain(&to));
    let attempt = |members: &[(String, Vec<u8>)]| {
        let made = lock(folder.path().join("other.age"), &packed(members));
        code(read(&folder.path().join("new"), &made, None))
    };
    let fewer = with_manifest(&whole, |manifest| {
        manifest["counts"]["observation"] = 7.into()
    });
    assert_eq!(
        attempt(&fewer),
        "its database is not the one its manifest speaks of"
    );
    let keyless = with_manifest(&whole, |manifest| {
        manifest["keys"]["database"] = hex(&[7; 32]).into();
    });
    assert_eq!(attempt(&keyless), "its database is damaged");
    // A trigger of somebody else's, in a database that is whole.
    let path = folder.path().join("with a trigger");
    std::fs::write(&path, &whole[1].1).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&whole[0].1).unwrap();
    let key = unhex(manifest["keys"]["database"].as_str().unwrap()).unwrap();
    let key = Key::new(key.try_into().unwrap());
    let connection = crate::open::connect(&path, &key, crate::open::Access::Write).unwrap();
    connection
        .execute_batch("CREATE TRIGGER t AFTER DELETE ON gap BEGIN DELETE FROM memory; END;")
        .unwrap();
    connection.close().unwrap();
    let mut triggered = whole.clone();
    triggered[1].1 = std::fs::read(&path).unwrap();
    let triggered = with_manifest(&triggered.clone(), |manifest| {
        manifest["members"]["database"] = serde_json::json!({
            "bytes": triggered[1].1.len(), "sha256": hex(&Sha256::digest(&triggered[1].1)),
        });
    });
    assert_eq!(attempt(&triggered), "its database is none of ours");
}

#[test]
fn a6_an_archive_of_a_newer_version_is_refused_politely() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, ..) = write(&home, folder.path());
    let whole = members(&plain(&to));
    for (field, value, expected) in [
        (
            "format",
            serde_json::json!("afterimage/archive/2"),
            "NewerArchive",
        ),
        ("schema", serde_json::json!(99), "NewerDatabase { found: 99"),
        (
            "format",
            serde_json::json!("holidays/1"),
            "it is no archive of Afterimage",
        ),
    ] {
        let newer = with_manifest(&whole, |manifest| manifest[field] = value);
        let made = lock(folder.path().join("newer.age"), &packed(&newer));
        let outcome = code(read(&folder.path().join("new"), &made, None));
        assert!(outcome.starts_with(expected), "{outcome}");
    }
}

#[test]
fn a7_what_was_forgotten_stays_forgotten_in_the_new_profile() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, ..) = write(&home, folder.path());
    // As if it had been forgotten elsewhere: its tombstone is in the manifest, and its row in the database.
    let whole = members(&plain(&to));
    let buried = with_manifest(&whole, |manifest| {
        let key = unhex(manifest["keys"]["forgotten"].as_str().unwrap()).unwrap();
        let key = Key::new(key.try_into().unwrap());
        let print = fingerprint(&key, "observation", id(1).as_bytes());
        manifest["tombstones"]
            .as_array_mut()
            .unwrap()
            .push(hex(&print).into());
    });
    let made = lock(folder.path().join("buried.age"), &packed(&buried));
    let profile = read(&folder.path().join("new"), &made, None).unwrap();
    let store = open(profile, Entropy::system()).unwrap();
    let mut new = Home { folder, store };
    let there = |home: &Home, number: u64| {
        home.read(|txn| txn.observation(ObservationId(id(number))))
            .is_some()
    };
    assert!(!there(&new, 1) && !there(&new, 2) && there(&new, 6));
    // Handed in again under the same name, neither comes back; what is forgotten here does not either.
    for number in [1, 2] {
        new.import(number, "once more");
        assert!(!there(&new, number));
    }
    new.import(3, "new here");
    let what = Forget::Observation(ObservationId(id(3)));
    new.store.writer.forget(&what, at(300)).unwrap();
    new.import(3, "once more");
    assert!(!there(&new, 3));
    // Nor in the archive of the archive.
    let again = file(new.path().join("again.age"), LOCKED_BY);
    new.store
        .readers
        .write_archive(&again, None, at(400))
        .unwrap();
    let profile = read(&new.path().join("third"), &again, None).unwrap();
    let third = open(profile, Entropy::system()).unwrap();
    let mut third = Home {
        folder: tempfile::tempdir().unwrap(),
        store: third,
    };
    for number in 1..=3 {
        third.import(number, "once more");
        assert!(!there(&third, number), "{number}");
    }
}

#[test]
fn a8_what_was_read_half_is_no_profile_and_is_removed_at_the_next_start() {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, ..) = write(&home, folder.path());
    // Ended at every place between the folder's making and the key file's.
    for moved in 0..=FOLDERS.len() {
        let new = folder.path().join(format!("new{moved}"));
        drop(read(&new, &to, None).unwrap());
        std::fs::create_dir(new.join("arriving")).unwrap();
        for folder in &FOLDERS[moved..] {
            std::fs::rename(new.join(folder), new.join("arriving").join(folder)).unwrap();
        }
        for name in ["keyslots.json", "keyslots.prev.json"] {
            std::fs::remove_file(new.join(name)).unwrap();
        }
        assert!(!has_profile(&new));
        assert!(matches!(
            unlock(&new, &opening()),
            Err(StoreError::NoProfile(_))
        ));
        match moved % 2 {
            0 => assert!(clear_half_read(&new).unwrap()),
            _ => drop(Profile::create(&new, &opening(), &Entropy::system()).unwrap()),
        }
        assert!(!new.join("arriving").exists());
        let left = std::fs::metadata(database(&new)).map_or(0, |file| file.len());
        assert_eq!(left, 0, "{moved}");
    }
    // Once it has its keys it is whole, whatever is left beside it.
    let new = folder.path().join("whole");
    drop(read(&new, &to, None).unwrap());
    std::fs::create_dir(new.join("arriving")).unwrap();
    clear_half_read(&new).unwrap();
    let store = open(unlock(&new, &opening()).unwrap(), Entropy::system()).unwrap();
    let found = store
        .readers
        .begin()
        .unwrap()
        .observation(ObservationId(id(1)));
    assert!(found.unwrap().is_some());
}

#[test]
fn a9_an_archive_asks_for_as_much_work_as_is_promised_and_none_may_ask_for_much_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dear.age");
    let passphrase = SecretString::from(LOCKED_BY);
    let mut recipient = scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(ARCHIVE_WORK);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as _)).unwrap();
    encryptor
        .wrap_output(std::fs::File::create(&path).unwrap())
        .unwrap()
        .finish()
        .unwrap();
    let sealed = std::fs::read(&path).unwrap();
    let line = String::from_utf8_lossy(&sealed)
        .lines()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let (head, work) = line.rsplit_once(' ').unwrap();
    assert_eq!(work, "18");
    // 2^40 would keep the machine for weeks.
    let dearer = sealed
        .windows(line.len())
        .position(|found| found == line.as_bytes())
        .unwrap();
    let mut dear = sealed.clone();
    dear.splice(dearer..dearer + line.len(), format!("{head} 40").bytes());
    std::fs::write(&path, dear).unwrap();
    let outcome = code(read(
        &folder.path().join("new"),
        &file(path, LOCKED_BY),
        None,
    ));
    assert_eq!(
        outcome,
        "its passphrase asks for more work than any of ours"
    );
}

/// One archive for all mutations: sealed and plain.
static ONE: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let home = lived();
    let folder = tempfile::tempdir().unwrap();
    let (to, ..) = write(&home, folder.path());
    (std::fs::read(&to.path).unwrap(), plain(&to))
});

/// Flips a byte, cuts, doubles or blanks a part.
fn mutate(bytes: &mut Vec<u8>, how: u8, place: usize, length: usize, value: u8) {
    let place = place % bytes.len();
    let end = (place + length).min(bytes.len());
    match how % 4 {
        0 => bytes[place] ^= value.max(1),
        1 => bytes.truncate(place),
        2 => {
            let part = bytes[place..end].to_vec();
            bytes.splice(place..place, part);
        }
        _ => bytes[place..end].fill(value),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a10_no_altered_archive_becomes_a_profile(
        how: u8, place: usize, length in 1..70_000usize, value: u8,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut sealed = ONE.0.clone();
        mutate(&mut sealed, how, place, length, value);
        prop_assume!(sealed != ONE.0);
        let path = folder.path().join("altered.age");
        std::fs::write(&path, &sealed).unwrap();
        let new = folder.path().join("new");
        prop_assert!(read(&new, &file(path, LOCKED_BY), None).is_err());
        prop_assert!(!has_profile(&new) && !new.join("arriving").exists());
    }

    #[test]
    fn a10_whatever_is_inside_an_archive_it_becomes_a_whole_profile_or_none(
        how: u8, place: usize, length in 1..2_000usize, value: u8, in_front: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut inside = ONE.1.clone();
        // The manifest and the first headers are a small part of it.
        let place = if in_front { place % 3_000 } else { place };
        mutate(&mut inside, how, place, length, value);
        let made = lock(folder.path().join("altered.age"), &inside);
        let new = folder.path().join("new");
        match read(&new, &made, None) {
            Ok(profile) => {
                let store = open(profile, Entropy::system()).unwrap();
                prop_assert!(store.readers.is_whole().unwrap());
            }
            Err(_) => prop_assert!(!has_profile(&new) && !new.join("arriving").exists()),
        }
    }
}
