use super::*;
use crate::{
    index::{Among, VectorIndex},
    store::open_with,
    table::vector::{StoredVector, quantize},
};
use std::time::Duration;

const MODEL: &str = "test-embedder";

/// A vector of pseudo-random values, the same for the same seed.
fn vector(seed: u64, dims: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..dims).map(|_| next()).collect()
}

fn embed(home: &mut Home, doc: DocRef, part: u32, values: Vec<f32>) {
    let new = NewVector { doc, part, values };
    home.store.writer.store_vectors(MODEL, &[new]).unwrap();
}

fn nearest(home: &Home, query: &[f32], filter: &Filter) -> Vec<DocRef> {
    let found = home.read(|txn| txn.search_vectors(MODEL, query, filter, 3));
    found.into_iter().map(|(doc, _)| doc).collect()
}

fn observed(number: u64) -> DocRef {
    DocRef::Observation(ObservationId(id(number)))
}

fn words(home: &Home, text: &str) -> Vec<DocRef> {
    let found = home.read(|txn| txn.search_words(text, &Filter::default(), 9));
    found.into_iter().map(|(doc, _)| doc).collect()
}

/// M15
#[test]
fn words_are_found_in_any_script_and_form() {
    let mut home = home();
    for (number, text) in [
        (1, "The meetings were cancelled"),
        (2, "東京都に行きました"),
        (3, "Café Größe naïve"),
        (4, "Отчёт готов"),
        (5, "서울에서 만나요"),
        (6, "snake_case.rs and report-v2.pdf"),
        (7, "ฉันรักแมว"),
    ] {
        home.import(number, text);
    }
    for (query, number) in [
        ("meeting cancel", 1),
        ("東京", 2),
        ("行", 2),
        ("cafe", 3),
        ("größe", 3),
        ("отчёт", 4),
        ("서울", 5),
        ("snake case", 6),
        ("report-v2.pdf", 6),
        ("แมว", 7),
    ] {
        assert_eq!(words(&home, query), [observed(number)], "{query}");
    }
    for query in ["", "?!", "\"", "* OR NEAR(", "京都会議室", "absent"] {
        let found = words(&home, query);
        let expected: &[DocRef] = if query.starts_with('京') {
            &[observed(2)]
        } else {
            &[]
        };
        assert_eq!(found, expected, "{query}");
    }
}

/// M15
#[test]
fn the_speaker_the_title_and_the_date_are_found_too() {
    let mut home = home();
    home.import(1, "hello there");
    for query in ["Ann", "14 November 2023", "Tuesday"] {
        assert_eq!(words(&home, query), [observed(1)], "{query}");
    }
}

#[test]
fn better_matches_come_first_and_rare_words_weigh_more() {
    let mut home = home();
    for number in 1..20 {
        home.import(number, "common words here");
    }
    home.import(20, "common words with a zebra");
    let found = home.read(|txn| txn.search_words("common zebra", &Filter::default(), 3));
    assert_eq!(found[0].0, observed(20));
    assert!(found[0].1 > found[1].1);
    let frequency = |word| home.read(|txn| txn.document_frequency(word, Scope::Observations));
    assert_eq!((frequency("zebras"), frequency("common")), (1, 20));
    assert_eq!(frequency("absent"), 0);
    assert_eq!(home.read(|txn| txn.document_count(Scope::Everything)), 20);
}

#[test]
fn filters_narrow_words_and_vectors_alike() {
    let mut home = home();
    home.import(1, "the budget talk");
    let screen = Intake {
        frame: None,
        observations: vec![seen(2, 1, "editor", "the budget sheet")],
        tasks: Tasks::NONE,
    };
    home.store.writer.record(&[screen], at(0)).unwrap();
    let memory = home.remember(fact("budget is tight", "", &[(2, "the budget sheet")]));
    let memory = DocRef::Memory(memory.id);
    for doc in [observed(1), observed(2), memory] {
        embed(&mut home, doc, 0, vector(5, 8));
    }
    let range = |from, to| {
        Some(TimeRange {
            from: at(from),
            to: at(to),
        })
    };
    let everything = Filter::default;
    for (filter, expected) in [
        (everything(), vec![memory, observed(1), observed(2)]),
        (
            Filter {
                scope: Scope::Memories,
                ..everything()
            },
            vec![memory],
        ),
        (
            Filter {
                scope: Scope::Observations,
                ..everything()
            },
            vec![observed(1), observed(2)],
        ),
        (
            Filter {
                apps: vec!["editor".into()],
                ..everything()
            },
            vec![memory, observed(2)],
        ),
        (
            Filter {
                apps: vec!["none".into()],
                ..everything()
            },
            vec![],
        ),
        (
            Filter {
                kinds: vec![Kind::Episodic],
                ..everything()
            },
            vec![observed(1), observed(2)],
        ),
        (
            Filter {
                time: range(2, 3),
                ..everything()
            },
            vec![memory, observed(2)],
        ),
        (
            Filter {
                time: range(0, 1),
                ..everything()
            },
            vec![memory],
        ),
        (
            Filter {
                time: range(9, 99),
                ..everything()
            },
            vec![],
        ),
    ] {
        let mut by_vector = nearest(&home, &vector(5, 8), &filter);
        by_vector.sort();
        assert_eq!(by_vector, expected, "{filter:?}");
        let found = home.read(|txn| txn.search_words("budget", &filter, 9));
        let mut by_words: Vec<_> = found.into_iter().map(|(doc, _)| doc).collect();
        by_words.sort();
        assert_eq!(by_words, expected, "{filter:?}");
    }
}

#[test]
fn the_nearest_vector_comes_first_and_counts_its_best_part() {
    let mut home = home();
    for number in 1..=4 {
        home.import(number, "text");
        embed(&mut home, observed(number), 0, vector(number, 64));
    }
    embed(&mut home, observed(4), 1, vector(99, 64));
    assert_eq!(
        nearest(&home, &vector(99, 64), &Filter::default())[0],
        observed(4)
    );
    let query: Vec<f32> = vector(2, 64).iter().map(|value| value * 7.0).collect();
    let found = home.read(|txn| txn.search_vectors(MODEL, &query, &Filter::default(), 4));
    assert_eq!(found[0].0, observed(2));
    assert!((found[0].1 - 1.0).abs() < 0.01, "{}", found[0].1);
    assert_eq!(found.len(), 4);
    embed(&mut home, observed(2), 0, vector(50, 64));
    assert_eq!(
        nearest(&home, &vector(50, 64), &Filter::default())[0],
        observed(2)
    );
    let zero = home.read(|txn| txn.search_vectors(MODEL, &[0.0; 64], &Filter::default(), 4));
    assert_eq!(zero, []);
    let other = home.read(|txn| txn.search_vectors("other", &query, &Filter::default(), 4));
    assert_eq!(other, []);
    let txn = home.store.readers.begin().unwrap();
    assert!(
        txn.search_vectors(MODEL, &[1.0; 3], &Filter::default(), 4)
            .is_err()
    );
}

#[test]
fn a_deleted_or_changed_memory_is_not_found_by_its_old_vector() {
    let mut home = home();
    let memory = home.remember(fact("Old words", "", &[]));
    let doc = DocRef::Memory(memory.id);
    embed(&mut home, doc, 0, vector(1, 16));
    let near =
        home.read(|txn| txn.nearest_memories(MODEL, &vector(1, 16), Some(Kind::Semantic), 2));
    assert_eq!(near[0].memory, memory);
    home.edit(Edit::Delete { id: memory.id }, Author::User);
    assert_eq!(nearest(&home, &vector(1, 16), &Filter::default()), []);
    home.edit(Edit::Undo { id: memory.id }, Author::User);
    assert_eq!(home.read(|txn| txn.without_vector(MODEL, 9)), [doc]);
}

#[test]
fn another_model_s_vectors_can_be_dropped() {
    let mut home = home();
    home.import(1, "text");
    embed(&mut home, observed(1), 0, vector(1, 16));
    let new = NewVector {
        doc: observed(1),
        part: 0,
        values: vector(1, 8),
    };
    home.store
        .writer
        .store_vectors("newer", std::slice::from_ref(&new))
        .unwrap();
    assert_eq!(home.store.writer.drop_vectors_except("newer").unwrap(), 1);
    assert_eq!(nearest(&home, &vector(1, 16), &Filter::default()), []);
    let other_length = NewVector {
        values: vector(1, 9),
        ..new
    };
    let refused = home.store.writer.store_vectors("newer", &[other_length]);
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

#[test]
fn vectors_are_there_after_closing_and_after_a_damaged_snapshot() {
    let mut home = home();
    for number in 1..=3 {
        home.import(number, "text");
        embed(&mut home, observed(number), 0, vector(number, 32));
    }
    let snapshot = |home: &Path| {
        let found = files_below(&home.join("idx"));
        assert_eq!(found.len(), 1);
        found[0].0.clone()
    };
    let Home { folder, store } = home;
    store.writer.close().unwrap();
    let store = reopen(folder.path());
    assert_eq!(store.warnings, []);
    let rebuilt = [Warning::IndexRebuilt { vectors: 3 }];
    let mut home = Home { folder, store };
    for damage in 0..3 {
        let Home { folder, store } = home;
        store.writer.close().unwrap();
        let path = snapshot(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        match damage {
            0 => bytes[middle] ^= 1,
            1 => bytes.truncate(middle),
            _ => std::fs::remove_file(&path).unwrap(),
        }
        if damage < 2 {
            std::fs::write(&path, &bytes).unwrap();
        }
        let store = reopen(folder.path());
        assert_eq!(store.warnings, rebuilt, "damage {damage}");
        home = Home { folder, store };
        assert_eq!(
            nearest(&home, &vector(2, 32), &Filter::default())[0],
            observed(2)
        );
    }
}

#[test]
fn an_old_snapshot_is_not_believed() {
    let mut home = home();
    home.import(1, "text");
    embed(&mut home, observed(1), 0, vector(1, 32));
    let Home { folder, store } = home;
    store.writer.close().unwrap();
    let (path, old) = files_below(&folder.path().join("idx")).remove(0);
    let store = reopen(folder.path());
    let mut home = Home { folder, store };
    embed(&mut home, observed(1), 1, vector(2, 32));
    let Home { folder, store } = home;
    store.writer.close().unwrap();
    std::fs::write(&path, old).unwrap();
    let store = reopen(folder.path());
    assert_eq!(store.warnings, [Warning::IndexRebuilt { vectors: 2 }]);
}

#[test]
fn a_grown_graph_finds_what_the_exact_scan_finds() {
    const COUNT: i64 = 3000;
    const DIMS: usize = 48;
    let stored: Vec<_> = (1..=COUNT)
        .map(|row| {
            let (scale, codes) = quantize(&vector(row as u64, DIMS));
            let doc = if row % 2 == 0 { row } else { -row };
            StoredVector {
                row,
                doc,
                scale,
                codes,
            }
        })
        .collect();
    let mut exact = VectorIndex::empty(usize::MAX);
    let mut graph = VectorIndex::empty(1);
    exact.add(MODEL, DIMS, &stored);
    graph.add(MODEL, DIMS, &stored);
    while graph.grow(500).unwrap() {}
    let graph = VectorIndex::from_bytes(&graph.to_bytes(), 1).unwrap();
    let even = Among::Kinds {
        memories: false,
        observations: true,
    };
    let (mut hits, mut asked) = (0, 0);
    for seed in 10_000..10_040 {
        let query = vector(seed, DIMS);
        let expected = exact.search(MODEL, &query, &even, 10).unwrap();
        let found = graph.search(MODEL, &query, &even, 10).unwrap();
        assert!(found.iter().all(|(doc, _)| *doc > 0));
        hits += found.iter().filter(|pair| expected.contains(pair)).count();
        asked += expected.len();
    }
    assert!(hits * 100 >= asked * 90, "{hits} of {asked}");
}

#[test]
fn a_graph_is_sealed_and_used_again_and_forgets() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    let reopen_small = || {
        let profile = unlock(folder.path(), &key()).unwrap();
        open_with(profile, Entropy::system(), 10).unwrap()
    };
    let mut store = reopen_small();
    for number in 1..=40 {
        store
            .writer
            .record(&[imported(number, "text")], at(0))
            .unwrap();
        let new = NewVector {
            doc: observed(number),
            part: 0,
            values: vector(number, 32),
        };
        store.writer.store_vectors(MODEL, &[new]).unwrap();
    }
    store
        .writer
        .checkpoint_if_due(Duration::from_secs(60))
        .unwrap();
    store.writer.close().unwrap();
    let mut store = reopen_small();
    assert_eq!(store.warnings, []);
    let find = |store: &Opened, number| {
        let txn = store.readers.begin().unwrap();
        txn.search_vectors(MODEL, &vector(number, 32), &Filter::default(), 3)
            .unwrap()[0]
            .0
    };
    assert_eq!(find(&store, 7), observed(7));
    let what = Forget::Observation(ObservationId(id(7)));
    store.writer.forget(&what, at(0)).unwrap();
    assert_ne!(find(&store, 7), observed(7));
    assert_eq!(find(&store, 8), observed(8));
}
