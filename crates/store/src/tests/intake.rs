use super::*;

#[test]
fn the_same_line_is_stored_once() {
    let mut home = home();
    let first = home.import(1, "hello");
    assert_eq!(first.outcome, TakenAs::New);
    assert_eq!(home.import(1, "hello").outcome, TakenAs::Known);
    let renamed = Observation {
        id: ObservationId(id(77)),
        ..line(1, "hello")
    };
    let intake = Intake {
        observations: vec![renamed],
        ..imported(1, "")
    };
    let again = home.store.writer.record(&[intake], at(0)).unwrap()[0];
    assert_eq!((again.id, again.outcome), (first.id, TakenAs::Known));
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 1);
    let known = home.read(|txn| txn.by_external_id("line-1"));
    assert_eq!(known, Some(first.id));
}

#[test]
fn an_observation_comes_back_as_it_was() {
    let mut home = home();
    let mut original = seen(2, 1, "editor", "né text");
    original.redactions = 3;
    let intake = Intake {
        frame: Some(new_frame(1, &["editor"])),
        observations: vec![original.clone()],
        tasks: Tasks::NONE,
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
    assert_eq!(
        home.read(|txn| txn.observation(original.id)),
        Some(original)
    );
    assert_eq!(home.read(|txn| txn.observation(ObservationId(id(9)))), None);
}

#[test]
fn a_frame_has_its_texts_its_pictures_and_its_neighbours() {
    let mut home = home();
    for number in [10, 20, 30] {
        let intake = Intake {
            frame: Some(new_frame(number, &["editor", "browser"])),
            observations: vec![seen(number + 1, number, "browser", "some text")],
            tasks: Tasks::NONE,
        };
        home.store.writer.record(&[intake], at(0)).unwrap();
    }
    let frame = |number| FrameId(id(number));
    let view = home.read(|txn| txn.frame(frame(20))).unwrap();
    assert_eq!(view.windows[1], window("browser"));
    assert_eq!(view.texts[0].text, "some text");
    assert_eq!(
        (view.previous, view.next),
        (Some(frame(10)), Some(frame(30)))
    );
    let full = home.read(|txn| txn.picture(frame(20), PictureSize::Full));
    assert_eq!(full.unwrap().bytes, vec![2; 70_000]);
    assert_eq!(home.read(|txn| txn.frame(frame(99))), None);
    assert_eq!(home.store.writer.expire_pictures(at(25)).unwrap(), 2);
    let gone = home.read(|txn| txn.picture(frame(20), PictureSize::Thumbnail));
    assert!(gone.is_none());
    assert!(
        home.read(|txn| txn.picture(frame(30), PictureSize::Full))
            .is_some()
    );
    assert_eq!(home.store.writer.sweep_pictures().unwrap(), 0);
}

#[test]
fn a_long_timeline_is_thinned_evenly() {
    let mut home = home();
    let frames: Vec<_> = (0..100)
        .map(|number| Intake {
            frame: Some(NewFrame {
                thumbnail: None,
                full: None,
                ..new_frame(number, &["editor"])
            }),
            observations: Vec::new(),
            tasks: Tasks::NONE,
        })
        .collect();
    home.store.writer.record(&frames, at(0)).unwrap();
    let range = TimeRange {
        from: at(0),
        to: at(50),
    };
    for (limit, expected) in [(100, 50), (50, 50), (10, 10), (7, 7), (1, 1), (0, 0)] {
        let timeline = home.read(|txn| txn.timeline(range, limit));
        assert_eq!((timeline.frames.len(), timeline.total), (expected, 50));
        let steps: Vec<_> = timeline
            .frames
            .windows(2)
            .map(|pair| pair[1].at.millis_since(pair[0].at))
            .collect();
        if let (Some(least), Some(most)) = (steps.iter().min(), steps.iter().max()) {
            assert!(most - least <= 1000, "limit {limit}: {steps:?}");
        }
    }
}

#[test]
fn neighbours_are_the_turns_around_in_the_same_conversation() {
    let mut home = home();
    for number in 1..=5 {
        home.import(number, "words");
    }
    home.store
        .writer
        .record(
            &[Intake {
                frame: None,
                observations: vec![seen(6, 1, "editor", "other stream")],
                tasks: Tasks::NONE,
            }],
            at(0),
        )
        .unwrap();
    let around = home.read(|txn| txn.neighbours(ObservationId(id(3)), 5, 1));
    let ids = |found: &[Observation]| found.iter().map(|o| o.id.0).collect::<Vec<_>>();
    assert_eq!(ids(&around.before), [id(1), id(2)]);
    assert_eq!(ids(&around.after), [id(4)]);
}

#[test]
fn a_conversation_keeps_its_turns_in_order_with_their_answers() {
    let mut home = home();
    let thread = ThreadId(id(500));
    let turn = |number, by_user, text: &str| {
        let origin = Origin::Chat { thread, by_user };
        observation(number, text, origin, Trust::Chat)
    };
    let answer = Answer {
        text: "Blue [1].".into(),
        confidence: 0.5,
        ..Answer::default()
    };
    let orphan = home
        .store
        .writer
        .record_turn(&clean(turn(1, true, "?")), None, Tasks::ALL);
    assert!(matches!(orphan, Err(StoreError::NotFound(_))));
    home.store
        .writer
        .start_thread(thread, &clean("Colours".to_owned()), at(0))
        .unwrap();
    let writer = &mut home.store.writer;
    writer
        .record_turn(&clean(turn(1, true, "Which?")), None, Tasks::ALL)
        .unwrap();
    writer
        .record_turn(
            &clean(turn(2, false, "Blue [1].")),
            Some(&clean(answer.clone())),
            Tasks::NONE,
        )
        .unwrap();
    writer
        .rename_thread(thread, &clean("Colour".to_owned()))
        .unwrap();
    let turns = home.read(|txn| txn.turns(thread));
    assert_eq!(turns.len(), 2);
    assert_eq!(
        (turns[0].text.as_str(), &turns[0].answer),
        ("Which?", &None)
    );
    assert_eq!(turns[1].answer, Some(answer));
    let threads = home.read(|txn| txn.threads());
    assert_eq!(
        (threads[0].title.as_str(), threads[0].updated_at),
        ("Colour", at(2))
    );
}

#[test]
fn gaps_that_touch_become_one() {
    let mut home = home();
    let gap = |from, to, reason, count| Gap {
        range: TimeRange {
            from: at(from),
            to: at(to),
        },
        reason,
        count,
    };
    for next in [
        gap(0, 10, GapReason::Idle, 0),
        gap(10, 20, GapReason::Idle, 0),
        gap(30, 40, GapReason::Overload, 2),
        gap(40, 41, GapReason::Overload, 3),
        gap(60, 70, GapReason::Idle, 0),
    ] {
        home.store.writer.record_gap(&next).unwrap();
    }
    let range = TimeRange {
        from: at(5),
        to: at(60),
    };
    assert_eq!(
        home.read(|txn| txn.gaps(range)),
        [
            gap(0, 20, GapReason::Idle, 0),
            gap(30, 41, GapReason::Overload, 5)
        ]
    );
}

#[test]
fn a_reader_keeps_its_view_while_the_writer_goes_on() {
    let mut home = home();
    home.import(1, "first");
    let readers = home.store.readers.clone();
    let before = readers.begin().unwrap();
    home.import(2, "second");
    let counted = |txn: &ReadTxn<'_>| txn.counts(at(0)).unwrap().observations;
    assert_eq!(counted(&before), 1);
    assert_eq!(counted(&readers.begin().unwrap()), 2);
}

#[test]
fn settings_apps_and_totals_come_back() {
    let mut home = home();
    let value = serde_json::json!({ "interval_ms": 2000 });
    home.store.writer.set_setting("settings", &value).unwrap();
    assert_eq!(home.read(|txn| txn.setting("settings")), Some(value));
    assert_eq!(home.read(|txn| txn.setting("other")), None);
    home.import(1, "one");
    home.import(2000, "two");
    let apps = home.read(|txn| txn.apps(at(100)));
    assert_eq!((apps[0].app.as_str(), apps[0].observations), ("sms", 1));
    let quarters = home.read(|txn| txn.quarters());
    assert!(
        quarters.is_empty(),
        "imports are neither frames nor memories"
    );
    let storage = home.read(|txn| txn.storage());
    assert!(storage.database > 0);
}

#[test]
fn ten_megabytes_of_text_are_stored_found_and_forgotten() {
    let mut home = home();
    let text = format!("needle {}", "some filling words ".repeat(10 << 20 >> 4));
    assert!(text.len() >= 10 << 20);
    home.import(1, &text);
    let found = home.read(|txn| txn.search_words("needle", &Filter::default(), 3));
    assert_eq!(found[0].0, DocRef::Observation(ObservationId(id(1))));
    assert_eq!(
        home.read(|txn| txn.observation(ObservationId(id(1))))
            .unwrap()
            .text,
        text
    );
    home.store.writer.forget(&Forget::All, at(0)).unwrap();
    let bytes = home.read(|txn| txn.storage()).database;
    assert!(bytes < 2 << 20, "{bytes} bytes left");
}

#[test]
fn the_store_can_be_shared_between_threads_as_promised() {
    fn anywhere<T: Send + Sync + Clone>() {}
    fn one_at_a_time<T: Send>() {}
    anywhere::<Readers>();
    anywhere::<Spool>();
    one_at_a_time::<Writer>();
    one_at_a_time::<ReadTxn<'_>>();
}
