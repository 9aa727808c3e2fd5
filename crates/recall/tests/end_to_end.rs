//! A question over a small real store: what is found, in which order, and how sure it is.

mod clean;

use afterimage_domain::{
    Body, Edit, Evidence, Filter, Found, NewMemory, Observation, ObservationId, Origin, Query,
    Scope, Source, Span, Timestamp, Trust,
};
use afterimage_recall::{QueryVector, recall};
use afterimage_store::{DocRef, Entropy, Intake, NewVector, Opened, Profile, Tasks, Unlock, open};
use clean::clean;
use zeroize::Zeroizing;

const MODEL: &str = "three directions";
/// Wednesday 10 May 2023, noon.
const NOW: i64 = 1_683_720_000_000;
const DAY: i64 = 86_400;

/// What was said: thread, days before [`NOW`], speaker, text, and a vector for what it is about.
const SAID: &[(&str, i64, &str, &str, [f32; 3])] = &[
    (
        "trip",
        40,
        "Ann",
        "We should go somewhere in summer.",
        [0.6, 0.2, 0.0],
    ),
    ("trip", 40, "Bo", "Lisbon would be lovely.", [0.9, 0.1, 0.0]),
    (
        "trip",
        40,
        "Ann",
        "Deal, I book the flights tonight.",
        [0.7, 0.1, 0.1],
    ),
    (
        "work",
        9,
        "Ann",
        "The printer on the second floor is broken.",
        [0.0, 1.0, 0.0],
    ),
    (
        "work",
        1,
        "Bo",
        "Somebody repaired the printer.",
        [0.0, 0.9, 0.1],
    ),
    (
        "food",
        2,
        "Bo",
        "I made a mushroom risotto.",
        [0.0, 0.0, 1.0],
    ),
    ("food", 2, "Ann", "Send me the recipe!", [0.0, 0.1, 0.7]),
];

struct Small {
    store: Opened,
    _folder: tempfile::TempDir,
}

fn id(number: usize) -> ObservationId {
    ObservationId(uuid::Uuid::from_u64_pair(
        0x0190_0000_0000_7000,
        1 << 63 | number as u64,
    ))
}

fn observation(number: usize) -> Observation {
    let (thread, days, speaker, text, _) = SAID[number];
    Observation {
        id: id(number),
        at: Timestamp::from_millis(NOW).plus_seconds(number as i64 - days * DAY),
        origin: Origin::Import {
            thread: thread.into(),
            source: "chat".into(),
            speaker: speaker.into(),
        },
        text: text.into(),
        words: vec![],
        fresh: vec![],
        trust: Trust::Client,
        external_id: None,
        redactions: 0,
    }
}

fn small(said: usize) -> Small {
    let folder = tempfile::tempdir().unwrap();
    let key = Unlock::Ephemeral(Zeroizing::new([7; 32]));
    let profile = Profile::create(folder.path(), &key, &Entropy::system()).unwrap();
    let mut store = open(profile, Entropy::system()).unwrap();
    let observations = (0..said).map(observation).map(clean).collect();
    let intake = Intake::new(None, observations, Tasks::NONE);
    store
        .writer
        .record(&[intake], Timestamp::from_millis(NOW))
        .unwrap();
    let vectors: Vec<_> = (0..said)
        .map(|number| NewVector {
            doc: DocRef::Observation(id(number)),
            part: 0,
            values: SAID[number].4.to_vec(),
        })
        .collect();
    store.writer.store_vectors(MODEL, &vectors).unwrap();
    Small {
        store,
        _folder: folder,
    }
}

fn ask(small: &Small, text: &str, vector: Option<&[f32]>, filter: Filter) -> Evidence {
    let query = Query {
        text: text.into(),
        at: Timestamp::from_millis(NOW),
        time_zone: "UTC".into(),
        filter,
        limit: 10,
        token_budget: None,
        fading: afterimage_domain::Fading::default(),
    };
    let vector = vector.map(|values| QueryVector {
        model: MODEL,
        values,
    });
    recall(&query, vector, &small.store.readers.begin().unwrap()).unwrap()
}

fn texts(evidence: &Evidence) -> Vec<String> {
    evidence
        .items
        .iter()
        .map(|item| item.found.text())
        .collect()
}

#[test]
fn the_best_answer_comes_first() {
    let small = small(SAID.len());
    for (question, vector, expected) in [
        (
            "What did Bo cook?",
            Some([0.0, 0.0, 1.0]),
            "I made a mushroom risotto.",
        ),
        ("risotto", None, "I made a mushroom risotto."),
        (
            "Is the printer broken?",
            None,
            "The printer on the second floor is broken.",
        ),
        (
            "What happened to the printer yesterday?",
            None,
            "Somebody repaired the printer.",
        ),
        (
            "where is the holiday",
            Some([1.0, 0.1, 0.0]),
            "Lisbon would be lovely.",
        ),
        (
            "what did Ann say about the printer?",
            None,
            "The printer on the second floor is broken.",
        ),
    ] {
        let found = ask(
            &small,
            question,
            vector.as_ref().map(|v| &v[..]),
            Filter::default(),
        );
        assert_eq!(texts(&found)[0], expected, "{question}");
    }
}

/// M18
#[test]
fn what_stands_beside_a_hit_comes_with_it() {
    let small = small(SAID.len());
    let found = texts(&ask(&small, "Lisbon", None, Filter::default()));
    assert_eq!(found[0], "Lisbon would be lovely.");
    assert!(found.contains(&"Deal, I book the flights tonight.".into()));
    assert!(!found.iter().any(|text| text.contains("risotto")));
}

/// M17
#[test]
fn a_question_for_a_time_alone_finds_that_time_alone() {
    let small = small(SAID.len());
    let found = ask(&small, "What was said yesterday?", None, Filter::default());
    // "said" is a word of its own; the time alone narrows only where nothing else is asked.
    assert_eq!(texts(&found)[0], "Somebody repaired the printer.");
    let found = ask(&small, "yesterday", None, Filter::default());
    assert_eq!(texts(&found), ["Somebody repaired the printer."]);
    let range = found.time.unwrap();
    assert_eq!(range.to.millis_since(range.from), DAY * 1000);
    let found = ask(&small, "two days ago", None, Filter::default());
    assert_eq!(found.items.len(), 2);
}

#[test]
fn a_filter_holds_for_neighbours_too() {
    let small = small(SAID.len());
    let none = Filter {
        apps: vec!["sms".into()],
        ..Filter::default()
    };
    assert_eq!(ask(&small, "Lisbon", None, none).items, []);
    let memories = Filter {
        scope: Scope::Memories,
        ..Filter::default()
    };
    assert_eq!(ask(&small, "Lisbon", None, memories).items, []);
}

/// M22
#[test]
fn a_memory_is_found_and_lifts_what_it_came_from() {
    let mut small = small(SAID.len());
    let memory = NewMemory {
        title: "Holiday plans".into(),
        details: "The journey goes to Portugal.".into(),
        body: Body::Semantic {
            subject: "Ann and Bo".into(),
            learned_from: "chat".into(),
        },
        tree_path: vec![],
        tags: vec![],
        sources: vec![Source {
            observation: id(1),
            span: Span::whole(SAID[1].3),
        }],
        trust: Trust::Client,
        confidence: 0.9,
        valid_from: Timestamp::from_millis(NOW),
    };
    let applied = small.store.writer.apply(
        &clean(vec![Edit::Add { memory }]),
        afterimage_domain::Author::User,
        Timestamp::from_millis(NOW),
    );
    assert_eq!(applied.unwrap().refused, []);
    let found = ask(&small, "the journey to Portugal", None, Filter::default());
    assert!(matches!(found.items[0].found, Found::Memory { .. }));
    assert_eq!(found.items[1].found.text(), "Lisbon would be lovely.");
    let marked = &found.items[0].hits;
    let text = found.items[0].found.text();
    let marked: Vec<_> = marked.iter().filter_map(|span| span.of(&text)).collect();
    assert_eq!(marked, ["journey", "Portugal"]);
}

#[test]
fn confidence_tells_an_answer_from_none() {
    let small = small(SAID.len());
    let sure = ask(
        &small,
        "mushroom risotto",
        Some(&[0.0, 0.0, 1.0]),
        Filter::default(),
    );
    let unsure = ask(
        &small,
        "zeppelin captain",
        Some(&[0.4, -0.4, 0.4]),
        Filter::default(),
    );
    assert!(sure.confidence > 0.8, "{}", sure.confidence);
    assert!(unsure.confidence < 0.4, "{}", unsure.confidence);
}

#[test]
fn nothing_is_found_where_nothing_is() {
    for (said, question) in [
        (0, "risotto"),
        (SAID.len(), "zeppelin"),
        (SAID.len(), "?!"),
        (SAID.len(), "1 May 1999"),
    ] {
        let found = ask(&small(said), question, None, Filter::default());
        assert_eq!((found.items, found.confidence), (vec![], 0.0), "{question}");
    }
}
