//! Memory is tidied up, shown before, agreed to, dismissed and undone, through the protocol. Numbers are those of `docs/spec/upkeep.md`.

use super::running::{Running, ephemeral, folder, line};
use afterimage_engine::api::{
    Body, Code, Forget, Kind, Memory, MemoryState, NewMemory, Patch, Request, Response, Source,
    Span, Suggestion, SuggestionReason, SuggestionWait, Timestamp, Trust, UpkeepRun,
};

fn fact(title: &str, tag: &str, days: i64) -> NewMemory {
    NewMemory {
        title: title.into(),
        details: String::new(),
        body: Body::Semantic {
            subject: "Ann".into(),
            learned_from: "typed".into(),
        },
        tree_path: vec![],
        tags: vec![tag.into()],
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: Timestamp::from_millis(1_760_000_000_000).plus_seconds(days * 86_400),
    }
}

fn add(running: &Running, memory: NewMemory) -> Memory {
    one(running, Request::AddMemory { memory })
}

fn one(running: &Running, request: Request) -> Memory {
    match running.client.call(request) {
        Ok(Response::Memory { memory, .. }) => memory,
        other => panic!("{other:?}"),
    }
}

fn tidy(running: &Running, request: Request) -> (Vec<Suggestion>, Option<UpkeepRun>) {
    match running.client.call(request) {
        Ok(Response::Upkeep { suggestions, last }) => (suggestions, last),
        other => panic!("{other:?}"),
    }
}

fn titles(running: &Running) -> Vec<String> {
    let request = Request::Memories {
        kind: Some(Kind::Semantic),
        text: None,
        offset: 0,
        limit: 200,
    };
    let Ok(Response::Memories { memories, .. }) = running.client.call(request) else {
        panic!()
    };
    let mut titles: Vec<String> = memories
        .into_iter()
        .map(|memory| memory.content.title)
        .collect();
    titles.sort_unstable();
    titles
}

#[test]
fn u10_a_dry_run_shows_what_a_run_does() {
    let dir = folder();
    let running = ephemeral(dir.path());
    let rome = add(&running, fact("Ann lives in Rome", "home", 1));
    let oslo = add(&running, fact("Ann lives in Oslo", "home", 5));
    add(&running, fact("Ann has a dog", "", 2));
    add(&running, fact("Ann has the dog.", "", 3));
    let before = titles(&running);

    let (suggestions, last) = tidy(&running, Request::Upkeep);
    assert_eq!(titles(&running), before, "looking changes nothing");
    assert_eq!(last, None);
    let mut reasons: Vec<_> = suggestions
        .iter()
        .map(|one| (one.reason, one.waits))
        .collect();
    reasons.sort_by_key(|(reason, _)| *reason);
    let idle = SuggestionWait::Idle;
    assert_eq!(
        reasons,
        [
            (SuggestionReason::Duplicate, idle),
            (SuggestionReason::Conflict, idle)
        ]
    );
    let conflict = suggestions
        .iter()
        .find(|one| one.reason == SuggestionReason::Conflict)
        .unwrap();
    let [change] = &conflict.changes[..] else {
        panic!("{conflict:?}")
    };
    assert_eq!(change.before.as_ref(), Some(&rome));
    assert_eq!(change.after.state, MemoryState::Superseded);

    let (left, last) = tidy(&running, Request::RunUpkeep);
    assert_eq!(left, []);
    let last = last.unwrap();
    let counts: Vec<_> = last
        .applied
        .iter()
        .map(|one| (one.reason, one.count))
        .collect();
    assert_eq!(
        counts,
        [
            (SuggestionReason::Duplicate, 1),
            (SuggestionReason::Conflict, 1)
        ]
    );
    assert_eq!(titles(&running), ["Ann has a dog", "Ann lives in Oslo"]);
    let rome = one(&running, Request::Memory { id: rome.id });
    assert_eq!(rome.content, change.after.content);
    assert_eq!(
        (rome.valid_to, rome.superseded_by),
        (Some(oslo.content.valid_from), Some(oslo.id))
    );

    // U9: again changes nothing. U5: what is undone does not come back by itself.
    tidy(&running, Request::RunUpkeep);
    assert_eq!(titles(&running), ["Ann has a dog", "Ann lives in Oslo"]);
    one(&running, Request::UndoMemory { id: rome.id });
    let (asked, _) = tidy(&running, Request::RunUpkeep);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].waits, SuggestionWait::Yes);
    assert_eq!(titles(&running).len(), 3);
}

#[test]
fn u11_a_suggestion_is_agreed_to_or_dismissed_one_by_one() {
    let dir = folder();
    let running = ephemeral(dir.path());
    for (attribute, old, new) in [
        ("home", "Ann lives in Rome", "Ann lives in Oslo"),
        ("employer", "Ann works at Acme", "Ann works at Initech"),
    ] {
        let id = add(&running, fact(old, attribute, 1)).id;
        let patch = Patch {
            pinned: Some(true),
            ..Patch::default()
        };
        one(&running, Request::EditMemory { id, patch });
        add(&running, fact(new, attribute, 5));
    }
    let (suggestions, _) = tidy(&running, Request::RunUpkeep);
    assert_eq!(suggestions.len(), 2, "what is pinned is asked about");
    assert!(
        suggestions
            .iter()
            .all(|one| one.waits == SuggestionWait::Yes)
    );
    let home = suggestions
        .iter()
        .find(|one| one.words.contains("Rome"))
        .unwrap();
    let work = suggestions
        .iter()
        .find(|one| one.words.contains("Acme"))
        .unwrap();

    let id = Some(home.id.clone());
    let (left, _) = tidy(&running, Request::ApplyUpkeep { id: id.clone() });
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, work.id);
    let (left, _) = tidy(
        &running,
        Request::DismissUpkeep {
            id: work.id.clone(),
        },
    );
    assert_eq!(left, []);
    let expected = [
        "Ann lives in Oslo",
        "Ann works at Acme",
        "Ann works at Initech",
    ];
    assert_eq!(titles(&running), expected);
    for request in [
        Request::ApplyUpkeep { id },
        Request::DismissUpkeep { id: "0".into() },
    ] {
        let failure = running.client.call(request).unwrap_err();
        assert_eq!(failure.code, Code::NotFound);
    }
    assert_eq!(tidy(&running, Request::ApplyUpkeep { id: None }).0, []);
}

/// The day's note, if there is one.
fn note(running: &Running) -> Option<Memory> {
    let request = Request::Memories {
        kind: Some(Kind::Episodic),
        text: Some("Thursday October".into()),
        offset: 0,
        limit: 9,
    };
    match running.client.call(request) {
        Ok(Response::Memories { mut memories, .. }) => memories.pop(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn u12_a_day_gets_a_note_and_u17_it_goes_with_what_it_rests_on() {
    let dir = folder();
    let running = ephemeral(dir.path());
    running.set(|settings| settings.time_zone = "UTC".into());
    let texts = [
        "The oven was repaired by Boris.",
        "The key lies below the green stone.",
    ];
    let items = (1..)
        .zip(texts)
        .map(|(number, text)| line(number, "t", "Ann", text))
        .collect();
    let Ok(Response::Ingested { observations, .. }) =
        running.client.call(Request::Ingest { items })
    else {
        panic!()
    };
    for (text, observation) in texts.into_iter().zip(&observations) {
        let memory = NewMemory {
            body: Body::Episodic {
                actor: "Ann".into(),
                event_type: "conversation".into(),
                until: None,
            },
            sources: vec![Source {
                observation: *observation,
                span: Span::whole(text),
            }],
            ..fact(text, "", 0)
        };
        add(&running, memory);
    }
    tidy(&running, Request::RunUpkeep);
    let made = note(&running).expect("a note");
    assert_eq!(made.content.title, "Thursday, 9 October 2025");
    assert_eq!(made.content.details, texts.join("\n"));
    assert_eq!(made.content.sources.len(), 2);

    let what = Forget::Observation {
        id: observations[1],
    };
    running.client.call(Request::Forget { what }).unwrap();
    assert_eq!(note(&running), None);
    tidy(&running, Request::RunUpkeep);
    let made = note(&running).expect("a note of what is left");
    assert_eq!(made.content.details, texts[0]);
}
