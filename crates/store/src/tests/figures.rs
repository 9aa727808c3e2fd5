use super::*;
use crate::index::{Among, VectorIndex};
use crate::table::vector::StoredVector;
use std::time::Instant;

/// `cargo test … -- --ignored --nocapture figures`
#[test]
#[ignore = "prints figures"]
fn figures() {
    let folder = tempfile::tempdir().unwrap();
    let store = timed("make and open a profile", 1, || create(folder.path()));
    let mut home = Home { folder, store };
    timed("record lines, one a commit", 200, || {
        for number in 0..200 {
            home.import(number, &text(number));
        }
    });
    timed("record lines, 1,000 a commit", 20_000, || {
        for batch in 0..20 {
            let intakes: Vec<_> = (0..1000)
                .map(|n| 1000 + batch * 1000 + n)
                .map(|number| imported(number, &text(number)))
                .collect();
            home.store.writer.record(&intakes, at(0)).unwrap();
        }
    });
    timed("store vectors of 384, 1,000 a commit", 20_000, || {
        for batch in 0..20 {
            let vectors: Vec<_> = (0..1000)
                .map(|n| 1000 + batch * 1000 + n)
                .map(|number| NewVector {
                    doc: DocRef::Observation(ObservationId(id(number))),
                    part: 0,
                    values: (0..384)
                        .map(|i| ((number * 31 + i) % 17) as f32 - 8.0)
                        .collect(),
                })
                .collect();
            home.store.writer.store_vectors("m", &vectors).unwrap();
        }
    });
    let none = Filter::default();
    let recent = Filter {
        time: Some(TimeRange {
            from: at(15_000),
            to: at(30_000),
        }),
        ..Filter::default()
    };
    for (name, filter) in [("all", &none), ("a span", &recent)] {
        timed(&format!("search words among {name}"), 50, || {
            for number in 0..50 {
                home.read(|txn| txn.search_words(&text(number), filter, 50));
            }
        });
        timed(&format!("search vectors among {name}"), 50, || {
            for _ in 0..50 {
                home.read(|txn| txn.search_vectors("m", &[1.0; 384], filter, 50));
            }
        });
    }
    let span = Forget::Time(TimeRange {
        from: at(0),
        to: at(2_000),
    });
    timed("forget 1,200 lines", 1, || {
        home.store.writer.forget(&span, at(0)).unwrap()
    });
    let storage = home.read(|txn| txn.storage());
    println!("{storage:?}");
    let Home { folder, store } = home;
    timed("close with 19,000 vectors", 1, || {
        store.writer.close().unwrap()
    });
    let store = timed("open with a snapshot", 1, || reopen(folder.path()));
    assert_eq!(store.warnings, []);
    drop(store);
    std::fs::remove_dir_all(folder.path().join("idx")).unwrap();
    std::fs::create_dir(folder.path().join("idx")).unwrap();
    let store = timed("open without a snapshot", 1, || reopen(folder.path()));
    let mut home = Home { folder, store };
    timed("forget everything", 1, || {
        home.store.writer.forget(&Forget::All, at(0)).unwrap()
    });
    scan_of_50_000();
}

fn scan_of_50_000() {
    let mut index = VectorIndex::empty(usize::MAX);
    let stored: Vec<_> = (1..=50_000)
        .map(|row: i64| StoredVector {
            row,
            doc: row,
            scale: 0.01,
            codes: (0..768)
                .map(|i| ((row * 31 + i) % 251) as u8 as i8)
                .collect(),
        })
        .collect();
    index.add("m", 768, &stored);
    let all = Among::Kinds {
        memories: true,
        observations: true,
    };
    timed("exact scan of 50,000 x 768", 5, || {
        for _ in 0..5 {
            index.search("m", &[1.0; 768], &all, 50).unwrap();
        }
    });
}

fn text(number: u64) -> String {
    (0..30)
        .map(|word| format!("word{} ", (number * 7 + word * word * 13) % 5000))
        .collect()
}

fn timed<T>(what: &str, times: u32, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    let each = start.elapsed() / times;
    println!("{what}: {each:.1?} each");
    value
}
