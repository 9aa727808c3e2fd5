use super::*;
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

const CANARY: &str = "quuxocanary";

/// The canary as it could stand in a file: plain, UTF-16, base64 at each of three offsets.
fn encodings() -> Vec<Vec<u8>> {
    let utf16 = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // The middle of the base64 of the canary after 0, 1 and 2 other bytes: python3 -c "import base64; …"
    let base64 = ["cXV1eG9jYW5hcn", "F1dXhvY2FuYXJ5", "xdXV4b2NhbmFye"];
    let mut all = vec![CANARY.as_bytes().to_vec(), utf16];
    all.extend(base64.map(|text| text.as_bytes().to_vec()));
    all
}

fn plain_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let needles = encodings();
    let found = files_below(folder).into_iter();
    found
        .filter(|(_, bytes)| needles.iter().any(|needle| contains(bytes, needle)))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn no_file_of_the_profile_holds_plain_text() {
    let mut home = home();
    let text = format!("{CANARY} and more");
    let mut frame = new_frame(1, &[CANARY]);
    let file = CANARY.repeat(9_000).into_bytes();
    frame.full = Some(PaintedPicture(Picture {
        mime: CANARY.into(),
        bytes: file,
    }));
    let intake = Intake {
        frame: Some(frame),
        observations: vec![seen(2, 1, CANARY, &text)],
        tasks: Tasks::ALL,
    };
    let spooled = home.store.spool.put(intake).unwrap();
    home.store.spool.put(imported(9, CANARY)).unwrap();
    home.store.writer.record_spooled(&[spooled], at(0)).unwrap();
    home.remember(fact(CANARY, CANARY, &[(2, &text)]));
    home.remember(secret(CANARY, CANARY));
    assert_eq!(plain_files(home.path()), Vec::<std::path::PathBuf>::new());
    home.store.writer.checkpoint_truncate().unwrap();
    assert_eq!(plain_files(home.path()), Vec::<std::path::PathBuf>::new());
    for (number, needle) in encodings().iter().enumerate() {
        let planted = home.path().join(format!("planted-{number}"));
        std::fs::write(&planted, [b"noise", needle.as_slice()].concat()).unwrap();
        assert!(plain_files(home.path()).contains(&planted));
    }
}

#[test]
fn the_library_is_free_of_the_log_reset_defect() {
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[test]
fn the_writing_connection_is_set_up_as_the_design_says() {
    let home = home();
    for (pragma, expected) in [
        ("journal_mode", r#"Text("wal")"#),
        ("synchronous", "2"),
        ("wal_autocheckpoint", "0"),
        ("secure_delete", "1"),
        ("auto_vacuum", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("cell_size_check", "1"),
        ("temp_store", "2"),
    ] {
        assert_eq!(home.store.writer.pragma(pragma), expected, "{pragma}");
    }
}

#[test]
fn a_full_disk_under_a_file_is_the_same_error_as_under_the_database() {
    use std::io::ErrorKind;
    for (kind, full) in [
        (ErrorKind::StorageFull, true),
        (ErrorKind::QuotaExceeded, true),
        (ErrorKind::FileTooLarge, true),
        (ErrorKind::PermissionDenied, false),
    ] {
        let error = StoreError::from(std::io::Error::from(kind));
        assert_eq!(matches!(error, StoreError::DiskFull), full, "{kind:?}");
    }
}

#[test]
fn a_copy_of_the_database_cannot_be_attached() {
    let home = home();
    let keys = crate::keys::Keys::derive(&Zeroizing::new([42; 32]), uuid::Uuid::nil());
    let path = crate::profile::database(home.path());
    let connection = crate::open::connect(&path, &keys.db, crate::open::Access::Read).unwrap();
    for sql in [
        "ATTACH ':memory:' AS copy KEY ''",
        "PRAGMA writable_schema = ON",
        "DELETE FROM meta",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn a_crash_loses_nothing_and_doubles_nothing() {
    let mut home = home();
    home.import(1, "stored");
    let intake = Intake {
        frame: Some(new_frame(2, &["editor"])),
        observations: vec![seen(3, 2, "editor", "spooled")],
        tasks: Tasks::ALL,
    };
    home.store.spool.put(intake).unwrap();
    let recorded = home.store.spool.put(imported(4, "both")).unwrap();
    home.store
        .writer
        .record_spooled(&[recorded], at(0))
        .unwrap();
    let home = home.crash();
    assert_eq!(home.store.warnings, [Warning::Replayed { intakes: 2 }]);
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 3);
    let picture = home.read(|txn| txn.picture(FrameId(id(2)), PictureSize::Full));
    assert_eq!(picture.unwrap().bytes, vec![2; 70_000]);
    let waiting = home.read(|txn| txn.backlog(JobKind::Absorb));
    assert_eq!(waiting.docs, 3);
    // Opening after a crash moves the log before anything is added to it.
    assert_eq!(home.store.spool.bytes(), 0);
    let home = home.crash();
    assert_eq!(home.store.warnings, []);
}

/// Not a test of its own: commits line after line and says which are acknowledged, until it is killed.
#[test]
#[ignore = "run by killed_processes_lose_nothing"]
fn commits_until_killed() {
    let Some(home) = std::env::var_os("AFTERIMAGE_STORE_TEST_HOME") else {
        return;
    };
    let mut store = reopen(Path::new(&home));
    let first = store
        .readers
        .begin()
        .unwrap()
        .counts(at(0))
        .unwrap()
        .observations;
    for number in u64::from(first).. {
        if number % 2 == 0 {
            store
                .writer
                .record(&[imported(number, "line")], at(0))
                .unwrap();
        } else {
            let spooled = store.spool.put(imported(number, "line")).unwrap();
            println!("acked {number}");
            store.writer.record_spooled(&[spooled], at(0)).unwrap();
        }
        println!("acked {number}");
        if number % 7 == 0 {
            store.writer.checkpoint_truncate().unwrap();
        }
    }
}

#[test]
#[cfg(unix)]
fn killed_processes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    let mut last = None;
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tests::faults::commits_until_killed",
                "--ignored",
                "--nocapture",
            ])
            .env("AFTERIMAGE_STORE_TEST_HOME", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut acked = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(std::result::Result::ok)
            .filter_map(|line| line.split("acked ").nth(1)?.parse::<u64>().ok());
        for number in acked.by_ref().take(5 + round * 3) {
            last = Some(number);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = acked.last().or(last);
        let Opened { readers, .. } = reopen(folder.path());
        let txn = readers.begin().unwrap();
        let count = u64::from(txn.counts(at(0)).unwrap().observations);
        let last = last.expect("the child acknowledged something");
        assert!(
            count > last,
            "round {round}: {count} stored, {last} acknowledged"
        );
        assert!(
            count <= last + 3,
            "round {round}: {count} stored, {last} acknowledged"
        );
        for number in 0..=last {
            let name = format!("line-{number}");
            assert!(
                txn.by_external_id(&name).unwrap().is_some(),
                "line {number}"
            );
        }
        let absorb = txn.backlog(JobKind::Absorb).unwrap();
        assert_eq!(
            u64::from(absorb.docs),
            count,
            "one job a line, none doubled"
        );
    }
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let mut home = home();
    home.import(0, "before");
    home.store.writer.limit_pages(Some(60));
    let mut stored = 1;
    let long = "many different words ".repeat(500);
    let full = loop {
        match home.store.writer.record(&[imported(stored, &long)], at(0)) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1000);
    };
    assert!(matches!(full, StoreError::DiskFull), "{full:?}");
    assert_eq!(
        u64::from(home.read(|txn| txn.counts(at(0))).observations),
        stored
    );
    home.store.writer.limit_pages(None);
    home.import(stored, "after");
    let home = home.crash();
    assert_eq!(
        u64::from(home.read(|txn| txn.counts(at(0))).observations),
        stored + 1
    );
}

#[test]
fn f4_forgetting_gives_up_the_reserve_and_works() {
    let mut home = home();
    for number in 0..40 {
        home.import(number, "a line of some length to fill pages with");
    }
    let reserve = home.path().join("reserve");
    if !reserve.exists() {
        eprintln!("skipped: this file system keeps no reserve");
        return;
    }
    assert!(crate::reserve::give_up(home.path()).unwrap());
    assert!(!crate::reserve::give_up(home.path()).unwrap());
    home.store
        .writer
        .checkpoint_if_due(Duration::from_secs(3))
        .unwrap();
    assert_eq!(std::fs::metadata(reserve).unwrap().len(), 64 << 20);
}

#[test]
fn f6_a_writer_whose_disk_failed_takes_nothing_more() {
    let mut home = home();
    home.import(1, "before");
    home.store.writer.lose_disk();
    let refused = home.store.writer.record(&[imported(2, "after")], at(0));
    assert!(matches!(refused, Err(StoreError::DiskFailed)));
    assert!(home.store.writer.has_failed());
    assert!(home.store.writer.checkpoint_truncate().is_err());
    let mut home = home.crash();
    home.import(2, "after");
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 2);
}

#[test]
fn a_picture_that_could_not_be_stored_leaves_no_file() {
    let mut home = home();
    home.store.writer.limit_pages(Some(1));
    let intake = Intake {
        frame: Some(new_frame(1, &["editor"])),
        observations: vec![seen(2, 1, "editor", &"words ".repeat(50_000))],
        tasks: Tasks::ALL,
    };
    assert!(home.store.writer.record(&[intake], at(0)).is_err());
    assert_eq!(files_below(&home.path().join("blob")), []);
}

#[test]
fn picture_files_without_a_row_are_swept() {
    let home = home();
    let shelf = home.path().join("blob").join("ab");
    std::fs::create_dir(&shelf).unwrap();
    std::fs::write(shelf.join("abcd.b"), b"noise").unwrap();
    let home = home.crash();
    assert_eq!(files_below(&home.path().join("blob")), []);
}

#[test]
fn a_newer_database_is_refused_and_not_touched() {
    let home = home();
    home.store.writer.set_format(7);
    let Home { folder, store } = home;
    drop(store);
    let profile = unlock(folder.path(), &key()).unwrap();
    let refused = open(profile, Entropy::system());
    let known = crate::migrate::FORMAT;
    assert!(matches!(refused, Err(StoreError::NewerDatabase { found: 7, known: k }) if k == known));
}

#[test]
fn an_older_copy_of_the_database_is_noticed() {
    let mut home = home();
    home.import(1, "old");
    home.store.writer.checkpoint_truncate().unwrap();
    let file = crate::profile::database(home.path());
    let old = std::fs::read(&file).unwrap();
    home.import(2, "new");
    home.import(3, "new");
    let spooled = home.store.spool.put(imported(4, "spooled")).unwrap();
    home.store.writer.record_spooled(&[spooled], at(0)).unwrap();
    let Home { folder, store } = home;
    drop(store);
    std::fs::write(&file, old).unwrap();
    std::fs::remove_file(crate::writer::log_file(folder.path())).ok();
    let store = reopen(folder.path());
    let home = Home { folder, store };
    assert_eq!(
        home.store.warnings,
        [
            Warning::LostTail { missing: 3 },
            Warning::Replayed { intakes: 1 }
        ]
    );
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 2);
    let home = home.crash();
    assert!(
        !home
            .store
            .warnings
            .iter()
            .any(|w| matches!(w, Warning::LostTail { .. }))
    );
}

#[test]
fn a_damaged_log_is_noticed_and_the_spool_makes_it_good() {
    let mut home = home();
    home.store.writer.checkpoint_truncate().unwrap();
    for number in 1..=5 {
        let spooled = home.store.spool.put(imported(number, "line")).unwrap();
        home.store.writer.record_spooled(&[spooled], at(0)).unwrap();
    }
    let log = crate::writer::log_file(home.path());
    let mut bytes = std::fs::read(&log).unwrap();
    let Home { folder, store } = home;
    // Only a crash leaves a log behind, so the log of the crash is put back.
    let database = std::fs::read(crate::profile::database(folder.path())).unwrap();
    let spool = files_below(&folder.path().join("spool"));
    drop(store);
    std::fs::write(crate::profile::database(folder.path()), database).unwrap();
    for (path, content) in spool {
        std::fs::write(path, content).unwrap();
    }
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let store = reopen(folder.path());
    assert!(matches!(
        store.warnings[..],
        [Warning::LostTail { .. }, Warning::Replayed { intakes: 5 }]
    ));
    let home = Home { folder, store };
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 5);
}

#[test]
fn a_damaged_spool_file_is_set_aside_and_the_others_are_stored() {
    let home = home();
    home.store.spool.put(imported(1, "whole")).unwrap();
    home.store.spool.put(imported(2, "damaged")).unwrap();
    home.store.spool.put(imported(3, "whole")).unwrap();
    let mut files = files_below(&home.path().join("spool"));
    files.sort();
    let (path, mut bytes) = files.remove(1);
    bytes[40] ^= 1;
    std::fs::write(path, bytes).unwrap();
    let home = home.crash();
    assert_eq!(
        home.store.warnings,
        [
            Warning::SpoolDamaged { files: 1 },
            Warning::Replayed { intakes: 2 }
        ]
    );
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 2);
    let mut home = home;
    home.store.writer.forget(&Forget::All, at(0)).unwrap();
    assert_eq!(files_below(&home.path().join("spool")), []);
}

#[test]
fn a_damaged_database_is_an_error_and_not_a_wrong_answer() {
    let mut home = home();
    for number in 0..200 {
        home.import(number, "a line of some length to fill pages with");
    }
    home.store.writer.checkpoint_truncate().unwrap();
    let Home { folder, store } = home;
    drop(store);
    let file = crate::profile::database(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    for page in 1..bytes.len() / 4096 {
        bytes[page * 4096 + 100] ^= 1;
    }
    std::fs::write(&file, bytes).unwrap();
    let profile = unlock(folder.path(), &key()).unwrap();
    let opened = open(profile, Entropy::system());
    assert!(
        matches!(opened, Err(StoreError::Corrupt(_))),
        "{:?}",
        opened.err()
    );
}

/// The file tells the other process that it is a migration that is wanted.
const MIGRATIONS: &str = "migrate here";

/// Takes a database back to the first format and opens it, over and over, until it is killed.
#[test]
#[ignore = "another test starts it as a process of its own"]
fn migrations_that_are_interrupted() {
    let home = std::env::current_dir().unwrap();
    if !home.join(MIGRATIONS).exists() {
        return;
    }
    let database = crate::profile::database(&home);
    let profile = || unlock(&home, &key()).unwrap();
    let keys = profile().keys;
    println!("begun");
    loop {
        let access = crate::open::Access::Write;
        let connection = crate::open::connect(&database, &keys.db, access).unwrap();
        connection
            .execute_batch(
                "BEGIN; DROP TABLE relation; DROP TABLE mention; DROP TABLE entity;
                 DROP TABLE client_read; DROP TABLE client; DROP TABLE access;
                 DROP TRIGGER memory_reads_anew; DROP INDEX observation_unread; DROP INDEX memory_unread;
                 ALTER TABLE observation DROP COLUMN personal; ALTER TABLE memory DROP COLUMN personal;
                 DELETE FROM meta WHERE key = 'index_text'; PRAGMA user_version = 1; COMMIT;",
            )
            .unwrap();
        connection.close().unwrap();
        open(profile(), Entropy::system())
            .unwrap()
            .writer
            .close()
            .unwrap();
    }
}

#[test]
fn f17_killed_while_it_comes_to_a_newer_format_a_profile_has_all_its_rows() {
    let mut home = home();
    for number in 0..60 {
        home.import(number, "something to be found");
    }
    let Home { folder, store } = home;
    store.writer.close().unwrap();
    drop((store.readers, store.spool));
    std::fs::write(folder.path().join(MIGRATIONS), "").unwrap();
    for kill in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::faults::migrations_that_are_interrupted"])
            .args(["--ignored", "--nocapture"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let begun = said.lines().map_while(|line| line.ok());
        assert!(begun.into_iter().any(|line| line.contains("begun")));
        std::thread::sleep(Duration::from_millis(17 * (kill + 1)));
        child.kill().unwrap();
        // By us, not by itself.
        assert_eq!(child.wait().unwrap().code(), None, "{kill}");
        let store = reopen(folder.path());
        let view = store.readers.begin().unwrap();
        assert_eq!(view.document_count(Scope::Observations).unwrap(), 60);
        let found = view.search_words("found", &Filter::default(), 100).unwrap();
        assert_eq!(found.len(), 60, "{kill}");
        drop(view);
        store.writer.close().unwrap();
    }
}
