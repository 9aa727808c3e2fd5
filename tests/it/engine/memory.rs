//! From lines of text to answers with citations, with the real models.

use super::running::{Running, create, ephemeral, eventually, folder, line};
use afterimage_engine::api::{
    AnswerPart, Body, Code, Event, Filter, Forget, Found, Kind, ModelState, NewMemory, Patch,
    Request, Response, Scope, Timestamp, Trust, Turn,
};
use std::sync::mpsc::channel;

#[test]
fn what_was_said_is_found_and_answered_with_its_source() {
    let dir = folder();
    let running = create(dir.path());
    running.ingest(vec![
        line(
            1,
            "t",
            "Ann",
            "The beta of Atlas goes out on 14 May, Boris promised it to the client.",
        ),
        line(
            2,
            "t",
            "Boris",
            "I will bake bread on Sunday if the oven is repaired by then.",
        ),
        line(3, "t", "Ann", "My sister Clara moved to Lisbon last week."),
    ]);
    running.settle();
    assert_eq!(running.status().waiting, 0);
    assert!(running.search("when does the Atlas beta go out")[0].contains("Atlas"));
    assert!(
        running
            .search("loaf from the stove")
            .iter()
            .any(|text| text.contains("bake bread")),
        "by meaning"
    );

    let (parts, heard) = channel();
    let request = Request::Ask {
        thread: None,
        text: "When does the beta of Atlas go out?".into(),
        filter: Filter::default(),
        temporary: false,
        at: None,
    };
    let response = running
        .client
        .stream(request, |part| parts.send(part).unwrap())
        .unwrap();
    let Response::Answered {
        thread,
        answer,
        evidence,
    } = response
    else {
        panic!()
    };
    assert!(answer.text.contains("14 May"), "{}", answer.text);
    assert!(
        !answer.abstained && !answer.citations.is_empty(),
        "{answer:?}"
    );
    drop(parts);
    let heard: Vec<AnswerPart> = heard.iter().collect();
    assert!(
        heard.iter().any(
            |part| matches!(part, AnswerPart::Evidence { evidence: sent } if *sent == evidence)
        )
    );
    assert!(
        heard
            .iter()
            .any(|part| matches!(part, AnswerPart::Text { .. }))
    );

    let Ok(Response::Turns { turns }) = running.client.call(Request::Turns { thread }) else {
        panic!()
    };
    assert!(
        matches!(&turns[..], [Turn::User { text, .. }, Turn::Assistant { answer: kept, .. }] if text.contains("Atlas") && *kept == answer),
        "{turns:?}"
    );
}

#[test]
fn without_evidence_the_answer_says_so() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let answer = ask(&running, "What is the name of my dentist?", true);
    assert!(
        answer.abstained && answer.citations.is_empty(),
        "{answer:?}"
    );
    let Ok(Response::Threads { threads }) = running.client.call(Request::Threads) else {
        panic!()
    };
    assert!(threads.is_empty(), "a temporary chat leaves nothing");
}

/// M11
#[test]
fn of_two_values_that_come_in_together_the_newer_holds() {
    let dir = folder();
    let running = create(dir.path());
    running.ingest(vec![
        line(1, "old", "Ann", "I work as a nurse at the old hospital."),
        line(2, "new", "Ann", "I quit and became a paramedic."),
    ]);
    running.settle();
    let page = Request::Memories {
        kind: Some(Kind::Semantic),
        text: Some("Ann".into()),
        offset: 0,
        limit: 50,
    };
    let Response::Memories { memories, .. } = running.client.call(page).unwrap() else {
        panic!()
    };
    let jobs: Vec<&str> = memories
        .iter()
        .filter(|memory| memory.content.tags.contains(&"job".to_owned()))
        .map(|memory| memory.content.title.as_str())
        .collect();
    assert_eq!(jobs, ["Ann is a paramedic"]);
}

fn ask(running: &Running, text: &str, temporary: bool) -> afterimage_engine::api::Answer {
    let request = Request::Ask {
        thread: None,
        text: text.into(),
        filter: Filter::default(),
        temporary,
        at: None,
    };
    match running.client.call(request) {
        Ok(Response::Answered { answer, .. }) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_memory_is_written_changed_undone_and_deleted_with_its_history() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let events = running.client.subscribe().unwrap();
    let memory = NewMemory {
        title: "The bicycle is in the cellar".into(),
        details: "Behind the shelf.".into(),
        body: Body::Semantic {
            subject: "bicycle".into(),
            learned_from: "typed".into(),
        },
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::Screen,
        confidence: 1.0,
        valid_from: Timestamp::from_millis(1),
    };
    let one = |request| match running.client.call(request) {
        Ok(Response::Memory { memory, .. }) => memory,
        other => panic!("{other:?}"),
    };
    let made = one(Request::AddMemory { memory });
    assert_eq!(
        made.content.trust,
        Trust::User,
        "whoever types it is the user"
    );
    let id = made.id;
    eventually("the event", || {
        events
            .try_iter()
            .any(|event| matches!(event, Event::MemoriesChanged { changes } if changes[0].id == id))
    });
    let patch = Patch {
        title: Some("The bicycle is in the yard".into()),
        ..Patch::default()
    };
    assert_eq!(one(Request::EditMemory { id, patch }).version, 2);
    assert_eq!(running.search("bicycle")[0], "The bicycle is in the yard");
    assert_eq!(
        one(Request::UndoMemory { id }).content.title,
        made.content.title
    );
    running.client.call(Request::DeleteMemory { id }).unwrap();
    assert!(running.search("bicycle").is_empty());
    let Ok(Response::History { changes }) = running.client.call(Request::History { id }) else {
        panic!()
    };
    assert!(changes.len() >= 3);
    let other = Patch {
        body: Some(Body::Core {
            block: afterimage_engine::api::CoreBlock::Human,
        }),
        ..Patch::default()
    };
    assert!(
        running
            .client
            .call(Request::EditMemory { id, patch: other })
            .is_err()
    );
    let unknown = "0193f000-0000-7000-8000-000000000001".parse().unwrap();
    assert_eq!(
        running
            .client
            .call(Request::Memory { id: unknown })
            .unwrap_err()
            .code,
        Code::NotFound
    );
    assert_eq!(
        running
            .client
            .call(Request::RevealSecret { id: unknown })
            .unwrap_err()
            .code,
        Code::NotFound
    );
}

#[test]
fn what_is_forgotten_is_not_found_and_stays_away() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let items = || {
        vec![
            line(
                1,
                "t",
                "Ann",
                "The password of the shed is hidden below the stone.",
            ),
            line(2, "u", "Bo", "The shed is green."),
        ]
    };
    running.ingest(items());
    let Ok(Response::Evidence { evidence }) = running.client.call(Request::Search {
        text: "shed stone".into(),
        filter: Filter {
            scope: Scope::Observations,
            ..Filter::default()
        },
        limit: 5,
        at: None,
    }) else {
        panic!()
    };
    let afterimage_engine::api::Found::Observation { observation } = &evidence.items[0].found
    else {
        panic!()
    };
    let what = Forget::Observation { id: observation.id };
    let Ok(Response::ForgetPreview { counts, .. }) = running
        .client
        .call(Request::ForgetPreview { what: what.clone() })
    else {
        panic!()
    };
    assert_eq!(counts.observations, 1);
    let Ok(Response::Forgotten { receipt }) = running.client.call(Request::Forget { what }) else {
        panic!()
    };
    assert_eq!(receipt.counts, counts);
    assert!(
        running
            .search("stone")
            .iter()
            .all(|text| !text.contains("stone"))
    );
    assert_eq!(running.ingest(items()), 2, "it stays forgotten");
    assert!(
        running
            .search("stone")
            .iter()
            .all(|text| !text.contains("stone"))
    );
    let Ok(Response::Receipts { receipts }) = running.client.call(Request::Receipts) else {
        panic!()
    };
    assert_eq!(receipts, [receipt]);
}

#[test]
fn secrets_are_replaced_before_anything_is_stored() {
    let dir = folder();
    let running = ephemeral(dir.path());
    running.ingest(vec![line(
        1,
        "t",
        "Ann",
        "my card is 4111 1111 1111 1111, thanks",
    )]);
    let found = running.search("card thanks");
    assert!(
        found[0].contains("[secret:card]") && !found[0].contains("4111"),
        "{found:?}"
    );
    let Ok(Response::Memories { memories, .. }) = running.client.call(Request::Memories {
        kind: Some(Kind::Vault),
        text: None,
        offset: 0,
        limit: 10,
    }) else {
        panic!()
    };
    assert!(memories.is_empty());
}

#[test]
fn what_is_asked_to_be_counted_is_counted_and_cited_without_a_model() {
    let dir = folder();
    let running = ephemeral(dir.path());
    running.ingest(vec![
        line(1, "t", "user", "I went to the dentist today."),
        line(4_000, "t", "user", "I went to the dentist again."),
        line(2, "t", "user", "I bought two stamps."),
        line(3, "t", "Ann", "I went to the dentist as well."),
    ]);
    let request = Request::Ask {
        thread: None,
        text: "How many times did I go to the dentist?".into(),
        filter: Filter::default(),
        temporary: false,
        at: None,
    };
    let Ok(Response::Answered {
        answer, evidence, ..
    }) = running.client.stream(request, |_| ())
    else {
        panic!()
    };
    assert!(answer.text.contains("2 times "), "{}", answer.text);
    let model = running.status().model;
    assert!(!matches!(model, ModelState::Ready { .. }), "{model:?}");
    let [citation, _] = &answer.citations[..] else {
        panic!("{answer:?}")
    };
    let Found::Observation { observation } = &evidence.items[0].found else {
        panic!("what was counted is the first evidence")
    };
    assert_eq!(citation.observation, Some(observation.id));
    assert_eq!(observation.text, "I went to the dentist today.");
}

#[test]
fn a_typed_memory_is_linked_corrected_and_forgotten_with_its_names() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let memory = typed("Anna works at Siemens");
    let Ok(Response::Memory { memory, .. }) = running.client.call(Request::AddMemory { memory })
    else {
        panic!()
    };
    let graph = |around: Option<&str>| {
        let request = Request::Graph {
            around: around.map(str::to_owned),
            limit: 9,
        };
        match running.client.call(request) {
            Ok(Response::Graph { graph }) => Some(graph),
            Ok(_) => panic!(),
            Err(failure) => {
                assert_eq!(failure.code, Code::NotFound);
                None
            }
        }
    };
    let found = graph(Some("anna")).unwrap();
    assert_eq!(found.edges[0].label, "works at");
    assert_eq!(found.memories[0].id, memory.id);
    let patch = Patch {
        title: Some("Anna works at Bosch".into()),
        ..Patch::default()
    };
    let id = memory.id;
    running
        .client
        .call(Request::EditMemory { id, patch })
        .unwrap();
    assert!(graph(Some("Siemens")).is_none() && graph(Some("Bosch")).is_some());
    running.client.call(Request::UndoMemory { id }).unwrap();
    assert!(graph(Some("Siemens")).is_some() && graph(Some("Bosch")).is_none());
    let what = Forget::Memory { id };
    running.client.call(Request::Forget { what }).unwrap();
    assert!(graph(None).unwrap().nodes.is_empty());
}

fn typed(title: &str) -> NewMemory {
    NewMemory {
        title: title.into(),
        details: String::new(),
        body: Body::Semantic {
            subject: "Anna".into(),
            learned_from: "typed".into(),
        },
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: Timestamp::from_millis(1_700_000_000_000),
    }
}
