use super::*;
use crate::profile::database;

fn names(home: &Home) -> Vec<String> {
    let backups = home.store.readers.backups().unwrap();
    backups.into_iter().map(|backup| backup.name).collect()
}

fn back_up(home: &Home, seconds: i64) -> String {
    let made = home.store.readers.back_up(at(seconds)).unwrap();
    made.expect("something changed").name
}

/// Closes the store and puts a backup in its place.
fn put_back(home: Home, name: &str, seconds: i64) -> Home {
    let Home { folder, store } = home;
    store.writer.close().unwrap();
    drop(store.readers);
    drop(store.spool);
    let profile = unlock(folder.path(), &key()).unwrap();
    let store = restore(profile, name, Entropy::system(), at(seconds)).unwrap();
    Home { folder, store }
}

fn is_there(home: &Home, number: u64) -> bool {
    let found = home.read(|txn| txn.by_external_id(&format!("line-{number}")));
    found.is_some()
}

#[test]
fn f12_a_backup_is_made_when_something_changed_and_shows_nothing() {
    let mut home = home();
    let text = "a canary that sings";
    home.import(1, text);
    let first = back_up(&home, 10);
    assert_eq!(home.store.readers.back_up(at(20)).unwrap(), None);
    home.import(2, text);
    let second = back_up(&home, 30);
    assert_eq!(names(&home), [first, second]);
    for (path, bytes) in files_below(&home.path().join("backup")) {
        assert!(!contains(&bytes, b"canary"), "{}", path.display());
        let extension = path.extension().and_then(|extension| extension.to_str());
        assert!(
            matches!(extension, Some("db" | "rows")),
            "{}",
            path.display()
        );
    }
}

#[test]
fn f12_the_next_backup_after_forgetting_takes_the_place_of_all_before() {
    let mut home = home();
    home.import(1, "to be forgotten");
    back_up(&home, 10);
    home.import(2, "to be kept");
    back_up(&home, 20);
    assert!(!home.store.readers.backups_are_stale().unwrap());
    let what = Forget::Observation(ObservationId(id(1)));
    home.store.writer.forget(&what, at(30)).unwrap();
    assert!(home.store.readers.backups_are_stale().unwrap());
    let only = back_up(&home, 40);
    assert_eq!(names(&home), [only]);
    assert!(!home.store.readers.backups_are_stale().unwrap());
}

#[test]
fn f13_what_was_forgotten_stays_forgotten_when_a_backup_is_put_back() {
    let mut home = home();
    home.import(1, "forgotten later");
    home.import(2, "kept");
    let intake = Intake {
        frame: Some(new_frame(5, &["editor"])),
        observations: vec![seen(6, 5, "editor", "seen and forgotten")],
        tasks: Tasks::ALL,
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
    let typed = home.remember(fact("typed", "and forgotten", &[]));
    let thread = ThreadId(id(9));
    home.store
        .writer
        .start_thread(thread, &clean("a title".to_owned()), at(1))
        .unwrap();
    let backup = back_up(&home, 10);
    for what in [
        Forget::Observation(ObservationId(id(1))),
        Forget::Frame(FrameId(id(5))),
        Forget::Memory(typed.id),
        Forget::Thread(thread),
    ] {
        home.store.writer.forget(&what, at(20)).unwrap();
    }
    home.import(3, "newer than the backup");
    let home = put_back(home, &backup, 30);
    assert!(is_there(&home, 2) && !is_there(&home, 1) && !is_there(&home, 3));
    assert_eq!(home.read(|txn| txn.observation(ObservationId(id(6)))), None);
    assert_eq!(home.read(|txn| txn.frame(FrameId(id(5)))), None);
    assert_eq!(home.read(|txn| txn.memory(typed.id)), None);
    assert_eq!(home.read(|txn| txn.threads()), []);
    let lost = |warning: &Warning| matches!(warning, Warning::LostTail { .. });
    assert!(
        !home.store.warnings.iter().any(lost),
        "{:?}",
        home.store.warnings
    );
    // What was replaced can be put back too.
    let replaced = names(&home).pop().unwrap();
    assert_ne!(replaced, backup);
    let home = put_back(home, &replaced, 40);
    assert!(is_there(&home, 3) && !is_there(&home, 1));
}

#[test]
fn f13_a_damaged_backup_is_refused_and_nothing_is_touched() {
    let mut home = home();
    home.import(1, "kept");
    let backup = back_up(&home, 10);
    home.import(2, "newer");
    let path = crate::backup::path(home.path(), &backup);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let Home { folder, store } = home;
    drop(store);
    let attempt = |name: &str| {
        let profile = unlock(folder.path(), &key()).unwrap();
        restore(profile, name, Entropy::system(), at(20)).err()
    };
    assert!(matches!(
        attempt(&backup),
        Some(StoreError::Corrupt("backup"))
    ));
    assert!(matches!(
        attempt("../db/main"),
        Some(StoreError::NotFound("backup"))
    ));
    let store = reopen(folder.path());
    let home = Home { folder, store };
    assert!(is_there(&home, 1) && is_there(&home, 2));
}

#[test]
fn f13_a_damaged_database_is_kept_beside_the_backup_that_replaces_it() {
    let mut home = home();
    for number in 0..50 {
        home.import(number, "a line of some length to fill pages with");
    }
    let backup = back_up(&home, 10);
    let Home { folder, store } = home;
    store.writer.close().unwrap();
    drop((store.readers, store.spool));
    let file = database(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    for page in 0..bytes.len() / 4096 {
        bytes[page * 4096 + 100] ^= 1;
    }
    std::fs::write(&file, &bytes).unwrap();
    let profile = unlock(folder.path(), &key()).unwrap();
    let store = restore(profile, &backup, Entropy::system(), at(20)).unwrap();
    let home = Home { folder, store };
    assert!((0..50).all(|number| is_there(&home, number)));
    let kept = home
        .path()
        .join("db")
        .join(format!("damaged-{}.db", at(20).millis()));
    assert!(std::fs::read(kept).unwrap() == bytes);
}

fn picture(home: &Home, number: u64) -> Option<Picture> {
    home.read(|txn| txn.picture(FrameId(id(number)), PictureSize::Full))
}

fn take_picture(home: &mut Home, number: u64) {
    let intake = Intake {
        frame: Some(new_frame(number, &["editor"])),
        observations: vec![seen(number + 1, number, "editor", "seen")],
        tasks: Tasks::ALL,
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
}

fn pictures_kept(home: &Home) -> usize {
    files_below(&home.path().join("backup/blob")).len()
}

#[test]
fn f12_pictures_come_along_without_being_copied_and_go_with_the_last_copy_that_knows_them() {
    use std::os::unix::fs::MetadataExt;
    let mut home = home();
    take_picture(&mut home, 10);
    take_picture(&mut home, 20);
    back_up(&home, 10);
    assert_eq!(pictures_kept(&home), 4);
    for (path, _) in files_below(&home.path().join("backup/blob")) {
        assert_eq!(
            std::fs::metadata(path).unwrap().nlink(),
            2,
            "one file, two names"
        );
    }
    // Deleted with the key, not forgotten: a copy still has both.
    home.store.writer.drop_pictures(FrameId(id(10))).unwrap();
    back_up(&home, 20);
    assert_eq!(pictures_kept(&home), 4);
    let what = Forget::Frame(FrameId(id(20)));
    home.store.writer.forget(&what, at(30)).unwrap();
    back_up(&home, 40);
    assert_eq!(pictures_kept(&home), 0);
}

#[test]
fn f13_putting_a_backup_back_brings_its_pictures_back_and_keeps_those_of_what_it_replaces() {
    let mut home = home();
    take_picture(&mut home, 10);
    take_picture(&mut home, 20);
    let whole = picture(&home, 10);
    let backup = back_up(&home, 10);
    home.store.writer.drop_pictures(FrameId(id(10))).unwrap();
    let what = Forget::Frame(FrameId(id(20)));
    home.store.writer.forget(&what, at(15)).unwrap();
    take_picture(&mut home, 30);
    let newest = picture(&home, 30);
    assert!(whole.is_some() && newest.is_some() && picture(&home, 10).is_none());
    let home = put_back(home, &backup, 20);
    assert!(picture(&home, 10) == whole);
    assert!(picture(&home, 20).is_none());
    assert!(picture(&home, 30).is_none());
    let replaced = names(&home).pop().unwrap();
    let home = put_back(home, &replaced, 30);
    assert!(picture(&home, 30) == newest);
}

fn drill(home: &Home, seconds: i64) -> Option<Drill> {
    let drill = home.store.readers.drill(at(seconds), &|| true).unwrap();
    assert!(!home.path().join("drill").exists());
    drill
}

#[test]
fn f16_the_newest_backup_is_opened_read_and_counted_and_what_came_of_it_is_kept() {
    let mut home = home();
    assert_eq!(drill(&home, 5), None);
    take_picture(&mut home, 10);
    home.import(1, "a line");
    back_up(&home, 10);
    home.import(2, "another");
    back_up(&home, 20);
    let stopped = home.store.readers.drill(at(30), &|| false).unwrap();
    assert_eq!((stopped, home.store.readers.last_drill()), (None, None));
    let tried = drill(&home, 40).unwrap();
    let expected = Drill {
        at: at(40),
        of: at(20),
        fault: None,
    };
    assert_eq!(tried, expected);
    let home = home.crash();
    assert_eq!(home.store.readers.last_drill(), Some(expected));
    assert_eq!(names(&home).len(), 2);
}

#[test]
fn f16_a_backup_that_cannot_be_restored_is_set_aside_told_and_replaced() {
    let mut home = home();
    take_picture(&mut home, 10);
    for (number, spoil) in [
        // A flipped bit, a picture that is gone, another picture that is damaged, fewer rows than it says.
        |folder: &Path, name: &str| alter(&folder.join(format!("{name}.db"))),
        |folder: &Path, _: &str| {
            std::fs::remove_file(&files_below(&folder.join("blob"))[0].0).unwrap()
        },
        |folder: &Path, _: &str| {
            let (path, mut bytes) = files_below(&folder.join("blob")).remove(1);
            bytes[9000] ^= 1;
            std::fs::remove_file(&path).unwrap();
            std::fs::write(path, bytes).unwrap();
        },
        |folder: &Path, name: &str| alter(&folder.join(format!("{name}.rows"))),
    ]
    .into_iter()
    .enumerate()
    {
        home.import(number as u64 + 1, "a line");
        let seconds = 100 * (number as i64 + 1);
        let name = back_up(&home, seconds);
        spoil(&home.path().join("backup"), &name);
        let tried = drill(&home, seconds + 10).unwrap();
        assert!(tried.fault.is_some(), "{number}");
        let fresh = names(&home).pop().unwrap();
        assert_ne!(fresh, name, "{number}");
        assert!(home.path().join(format!("backup/{name}.damaged")).exists());
        let again = drill(&home, seconds + 20).unwrap();
        assert_eq!(again.fault, None, "{number}");
    }
    // What was set aside goes when something it may hold was forgotten.
    let what = Forget::Observation(ObservationId(id(1)));
    home.store.writer.forget(&what, at(900)).unwrap();
    back_up(&home, 910);
    let left = files_below(&home.path().join("backup"));
    assert!(
        left.iter()
            .all(|(path, _)| path.extension().is_none_or(|found| found != "damaged"))
    );
}

fn alter(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}
