//! What stands inside an archive's lock is an error, or files that lie in the profile's folder and nowhere else, each once.

#![no_main]

use std::{collections::BTreeSet, path::Component, sync::LazyLock};

use afterimage_store::fuzzing::unpack;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static HOME: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir_in("/dev/shm").expect("a scratch folder"));

fuzz_target!(|inside: &[u8]| {
    let home = HOME.path();
    let Some(members) = unpack(home, inside) else {
        return;
    };
    let places: BTreeSet<_> = members.iter().map(|(_, place)| place).collect();
    assert_eq!(places.len(), members.len(), "one place for two");
    for (content, place) in &members {
        let below = place.strip_prefix(home).expect("it lies in the folder");
        assert!(
            below
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        );
        assert!(content.len() <= inside.len());
    }
});
