use super::*;

/// Text that stands nowhere else.
const CANARY: &str = "xylocanary";

/// Looks for the canary in everything that can be read with the key: the database as it is once decrypted, and the picture files.
/// The database is copied page by page into memory, free pages and all.
fn canaries(home: &Home) -> usize {
    let plain = decrypted(home.path());
    let needles = [CANARY.as_bytes().to_vec(), utf16(CANARY)];
    needles
        .iter()
        .filter(|needle| contains(&plain, needle))
        .count()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Every page of the database and its log, decrypted.
fn decrypted(home: &Path) -> Vec<u8> {
    let keys = crate::keys::Keys::derive(&Zeroizing::new([42; 32]), uuid::Uuid::nil());
    let path = crate::profile::database(home);
    let mut connection = crate::open::connect(&path, &keys.db, crate::open::Access::Read).unwrap();
    connection.serialize("main").unwrap().to_vec()
}

/// A store with the canary in every place that text can get to, next to things that stay.
fn planted() -> Home {
    let mut home = home();
    let text = format!("{CANARY} seen");
    let mut observation = seen(2, 1, "browser", &text);
    observation.external_id = Some(CANARY.into());
    let intake = Intake {
        frame: Some(new_frame(1, &["browser", "editor"])),
        observations: vec![observation, seen(3, 1, "editor", "other window")],
        tasks: Tasks::ALL,
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
    home.import(10, "a line that stays");
    home.remember(fact(CANARY, CANARY, &[(2, &text)]));
    home.remember(fact("rests on both", "", &[(2, &text), (10, "a line")]));
    let stays = home.remember(fact("stays", "", &[(10, "a line")]));
    home.link(
        Linked::Observation(ObservationId(id(2))),
        &[CANARY, "Anna"],
        &[],
    );
    home.link(Linked::Observation(ObservationId(id(10))), &["Anna"], &[]);
    for doc in [
        DocRef::Observation(ObservationId(id(2))),
        DocRef::Memory(stays.id),
    ] {
        let new = NewVector {
            doc,
            part: 0,
            values: vec![1.0; 16],
        };
        home.store.writer.store_vectors("m", &[new]).unwrap();
    }
    home
}

#[test]
fn nothing_of_a_forgotten_thing_is_left() {
    let browser = Forget::App("browser".into());
    let span = Forget::Time(TimeRange {
        from: at(2),
        to: at(3),
    });
    let one = Forget::Observation(ObservationId(id(2)));
    let frame = Forget::Frame(FrameId(id(1)));
    let words = Forget::Words(CANARY.to_uppercase());
    let person = Forget::Person(CANARY.into());
    for what in [browser, span, one, frame, words, person, Forget::All] {
        let mut home = planted();
        assert!(canaries(&home) > 0, "the search for canaries must find one");
        let preview = home.read(|txn| txn.forget_preview(&what));
        let receipt = home.store.writer.forget(&what, at(200)).unwrap();
        assert_eq!(receipt.counts, preview.counts, "{what:?}");
        assert_eq!(canaries(&home), 0, "{what:?}");
        // L16
        assert_eq!(
            home.read(|txn| txn.graph(Some(CANARY), 9)),
            None,
            "{what:?}"
        );
        let anna = home.read(|txn| txn.graph(Some("anna"), 9));
        let count = anna.map(|graph| graph.nodes[0].count);
        assert_eq!(count, (what != Forget::All).then_some(1), "{what:?}");
        let log = crate::writer::log_file(home.path());
        assert_eq!(log.metadata().map_or(0, |file| file.len()), 0);
        assert_eq!(home.read(|txn| txn.receipts()), [receipt]);
        let words = home.read(|txn| txn.search_words(CANARY, &Filter::default(), 9));
        assert_eq!(words, [], "{what:?}");
    }
}

#[test]
fn a_site_goes_with_those_below_it_and_no_other() {
    let mut home = home();
    for (number, url) in [
        (2, "https://mail.bank.example/a"),
        (3, "https://www.bank.example"),
        (4, "https://mybank.example/x"),
        (5, "https://other.example/?to=bank.example"),
    ] {
        let mut observation = seen(number, number, "browser", "text");
        if let Origin::Screen { url: address, .. } = &mut observation.origin {
            *address = Some(url.into());
        }
        let intake = Intake {
            frame: Some(new_frame(number, &["browser"])),
            observations: vec![observation],
            tasks: Tasks::ALL,
        };
        home.store.writer.record(&[intake], at(0)).unwrap();
    }
    let what = Forget::Site("bank.example".into());
    let counts = home.store.writer.forget(&what, at(200)).unwrap().counts;
    assert_eq!((counts.observations, counts.frames), (2, 2));
    for (number, stays) in [(2, false), (3, false), (4, true), (5, true)] {
        let found = home.read(|txn| txn.observation(ObservationId(id(number))));
        assert_eq!(found.is_some(), stays, "{number}");
    }
}

#[test]
fn a_person_goes_with_what_they_said_and_where_they_are_named() {
    let mut home = home();
    home.import(2, "I said this myself"); // by Ann
    let named = Observation {
        origin: Origin::Import {
            thread: "t".into(),
            source: "sms".into(),
            speaker: "Tom".into(),
        },
        ..line(3, "Lunch with Ann on Friday")
    };
    let other = Observation {
        external_id: Some("other".into()),
        text: "The annual report".into(),
        id: ObservationId(id(4)),
        ..named.clone()
    };
    for observation in [named, other] {
        let intake = Intake {
            frame: None,
            observations: vec![observation],
            tasks: Tasks::ALL,
        };
        home.store.writer.record(&[intake], at(0)).unwrap();
    }
    home.remember(fact("Ann likes tea", "", &[]));
    home.remember(fact("Tom likes tea", "", &[]));
    let what = Forget::Person("ann".into());
    let counts = home.store.writer.forget(&what, at(200)).unwrap().counts;
    assert_eq!((counts.observations, counts.memories), (2, 1));
    assert!(
        home.read(|txn| txn.observation(ObservationId(id(4))))
            .is_some()
    );
}

#[test]
fn forgetting_takes_what_rests_on_it_alone_and_leaves_the_rest() {
    let mut home = planted();
    let what = Forget::App("browser".into());
    let preview = home.read(|txn| txn.forget_preview(&what));
    assert_eq!(preview.examples, [CANARY]);
    let counts = home.store.writer.forget(&what, at(200)).unwrap().counts;
    let expected = ForgetCounts {
        frames: 1,
        observations: 1,
        memories: 1,
        memories_kept: 1,
        memories_anew: 0,
        turns: 0,
    };
    assert_eq!(counts, expected);
    let all = MemoryPage {
        limit: 9,
        ..MemoryPage::default()
    };
    let (memories, _) = home.read(|txn| txn.memories(&all));
    let both = memories.iter().find(|m| m.content.title == "rests on both");
    let sources = &both.unwrap().content.sources;
    assert_eq!(sources[0].observation, ObservationId(id(10)));
    assert_eq!((memories.len(), sources.len()), (2, 1));
    assert!(
        home.read(|txn| txn.picture(FrameId(id(1)), PictureSize::Full))
            .is_none()
    );
    assert_eq!(files_below(&home.path().join("blob")), []);
    let near = home.read(|txn| txn.search_vectors("m", &[1.0; 16], &Filter::default(), 9));
    assert_eq!(near.len(), 1);
    let waiting = home.read(|txn| txn.backlog(JobKind::Absorb));
    assert_eq!(waiting.docs, 2);
}

#[test]
fn a_forgotten_thing_is_not_stored_again() {
    let mut home = home();
    home.import(1, CANARY);
    let what = Forget::Observation(ObservationId(id(1)));
    home.store.writer.forget(&what, at(0)).unwrap();
    assert_eq!(home.import(1, CANARY).outcome, TakenAs::Forgotten);
    let renamed = Observation {
        id: ObservationId(id(50)),
        ..line(1, CANARY)
    };
    let intake = Intake {
        observations: vec![renamed],
        ..imported(1, "")
    };
    let taken = home.store.writer.record(&[intake], at(0)).unwrap();
    assert_eq!(taken[0].outcome, TakenAs::Forgotten);
    let edit = Edit::Add {
        memory: fact("from a late model", "", &[(1, CANARY)]),
    };
    assert_eq!(home.edit(edit, MIND).refused[0].1, Refusal::NoSource);
    assert_eq!(canaries(&home), 0);
}

#[test]
fn what_waits_in_the_spool_is_forgotten_too() {
    let mut home = home();
    let spooled = home.store.spool.put(imported(1, CANARY)).unwrap();
    home.store.writer.forget(&Forget::All, at(0)).unwrap();
    assert_eq!(home.store.spool.bytes(), 0);
    let late = home.store.writer.record_spooled(&[spooled], at(0)).unwrap();
    assert_eq!(late[0].outcome, TakenAs::Forgotten);
    let home = home.crash();
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 0);
    assert_eq!(canaries(&home), 0);
}

#[test]
fn one_memory_goes_with_its_history_and_not_its_sources() {
    let mut home = home();
    home.import(1, "a source");
    let memory = home.remember(fact(CANARY, "", &[(1, "a source")]));
    let patch = Patch {
        title: Some("renamed".into()),
        ..Patch::default()
    };
    let id = memory.id;
    home.edit(Edit::Update { id, patch }, Author::User);
    home.edit(Edit::Delete { id }, Author::User);
    assert!(canaries(&home) > 0);
    let counts = home
        .store
        .writer
        .forget(&Forget::Memory(id), at(0))
        .unwrap()
        .counts;
    assert_eq!((counts.memories, counts.observations), (1, 0));
    assert_eq!(canaries(&home), 0);
    assert_eq!(home.read(|txn| txn.history(id)), []);
    assert_eq!(home.read(|txn| txn.document_count(Scope::Observations)), 1);
}

#[test]
fn the_past_of_a_memory_forgets_with_its_sources() {
    let mut home = home();
    home.import(1, CANARY);
    home.import(2, "plain");
    let memory = home.remember(fact(CANARY, "", &[(1, CANARY)]));
    let patch = Patch {
        title: Some("plain".into()),
        more_sources: fact("", "", &[(2, "plain")]).sources,
        ..Patch::default()
    };
    let update = Edit::Update {
        id: memory.id,
        patch,
    };
    home.edit(update, Author::User);
    let what = Forget::Observation(ObservationId(super::id(1)));
    home.store.writer.forget(&what, at(0)).unwrap();
    assert_eq!(canaries(&home), 0);
    let now = home.read(|txn| txn.memory(memory.id)).unwrap();
    assert_eq!(
        (now.content.title.as_str(), now.content.sources.len()),
        ("plain", 1)
    );
}

#[test]
fn answers_lose_what_they_cite_and_go_when_nothing_is_left() {
    let mut home = home();
    home.import(1, CANARY);
    home.import(2, "stays");
    let thread = ThreadId(id(90));
    home.store
        .writer
        .start_thread(thread, &clean("Talk".to_owned()), at(0))
        .unwrap();
    let cite = |number| Citation {
        memory: None,
        observation: Some(ObservationId(id(number))),
        frame: None,
        boxes: Vec::new(),
        span: None,
        label: if number == 1 { CANARY } else { "stays" }.into(),
        app: "sms".into(),
        at: at(0),
    };
    let mut say = |number, text: &str, citations: Vec<Citation>| {
        let origin = Origin::Chat {
            thread,
            by_user: false,
        };
        let turn = observation(number, text, origin, Trust::Chat);
        let answer = Answer {
            text: text.into(),
            citations,
            ..Answer::default()
        };
        let writer = &mut home.store.writer;
        writer
            .record_turn(&clean(turn), Some(&clean(answer)), Tasks::NONE)
            .unwrap();
    };
    say(11, CANARY, vec![cite(1)]);
    say(12, "both [1] [2]", vec![cite(1), cite(2)]);
    say(13, "nothing to cite", vec![]);
    let what = Forget::Observation(ObservationId(id(1)));
    let counts = home.store.writer.forget(&what, at(0)).unwrap().counts;
    assert_eq!((counts.observations, counts.turns), (2, 1));
    assert_eq!(canaries(&home), 0);
    let turns = home.read(|txn| txn.turns(thread));
    let labels: Vec<_> = turns
        .iter()
        .flat_map(|turn| &turn.answer.as_ref().unwrap().citations)
        .map(|citation| citation.label.as_str())
        .collect();
    assert_eq!((turns.len(), labels), (2, vec!["forgotten", "stays"]));
    home.store
        .writer
        .forget(&Forget::Thread(thread), at(0))
        .unwrap();
    assert_eq!(home.read(|txn| txn.threads()), []);
    assert_eq!(home.read(|txn| txn.document_count(Scope::Observations)), 1);
}

#[test]
fn a_forgotten_span_leaves_a_gap_and_everything_leaves_nothing_but_receipts() {
    let mut home = planted();
    let range = TimeRange {
        from: at(0),
        to: at(5),
    };
    home.store.writer.set_setting("kept", &true.into()).unwrap();
    home.store
        .writer
        .forget(&Forget::Time(range), at(9))
        .unwrap();
    let gaps = home.read(|txn| txn.gaps(range));
    assert_eq!(
        (gaps[0].range, gaps[0].reason),
        (range, GapReason::Forgotten)
    );
    home.store.writer.forget(&Forget::All, at(9)).unwrap();
    let counts = home.read(|txn| txn.counts(at(0)));
    assert_eq!(
        (counts.observations, counts.memories, counts.frames),
        (0, 0, 0)
    );
    assert_eq!(home.read(|txn| txn.gaps(range)), []);
    assert_eq!(home.read(|txn| txn.setting("kept")), Some(true.into()));
    assert_eq!(home.read(|txn| txn.receipts()).len(), 2);
    assert_eq!(files_below(&home.path().join("blob")), []);
}

#[test]
fn a_reader_in_the_way_is_told_and_the_log_is_emptied_later() {
    let mut home = planted();
    let readers = home.store.readers.clone();
    home.store.writer.checkpoint_truncate().unwrap();
    let view = readers.begin().unwrap();
    home.store.writer.set_setting("a", &1.into()).unwrap();
    home.store.writer.busy_after(std::time::Duration::ZERO);
    let busy = home.store.writer.forget(&Forget::All, at(0));
    assert!(matches!(busy, Err(StoreError::Busy)));
    assert_eq!(home.read(|txn| txn.counts(at(0))).observations, 0);
    drop(view);
    home.store
        .writer
        .checkpoint_if_due(std::time::Duration::ZERO)
        .unwrap();
    assert_eq!(canaries(&home), 0);
    let log = crate::writer::log_file(home.path());
    assert_eq!(log.metadata().map_or(0, |file| file.len()), 0);
}

#[test]
fn u17_a_note_goes_with_any_of_its_sources_and_so_do_its_earlier_versions() {
    let mut home = home();
    home.import(1, "Ann bakes bread");
    home.import(2, "Boris hides the key");
    let note = NewMemory {
        body: Body::Episodic {
            actor: "user".into(),
            event_type: "day".into(),
            until: None,
        },
        ..fact(
            "Thursday",
            "Boris hides the key",
            &[(1, "Ann bakes bread"), (2, "Boris hides the key")],
        )
    };
    let add = Edit::Add {
        memory: NewMemory {
            trust: Trust::Screen,
            ..note.clone()
        },
    };
    let note = home.edit(add, Author::Upkeep).changes.remove(0).after;
    let what = Forget::Observation(ObservationId(id(2)));
    let receipt = home.store.writer.forget(&what, at(200)).unwrap();
    assert_eq!(
        (receipt.counts.memories, receipt.counts.memories_kept),
        (1, 0)
    );
    assert!(home.read(|txn| txn.memory(note.id)).is_none());
    for (path, bytes) in files_below(home.path()) {
        assert!(!contains(&bytes, b"hides the key"), "{path:?}");
    }
}

/// A word that stands in no other text.
fn word(seed: u64) -> String {
    let mut left = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 63;
    let mut word = String::from("zq");
    while left > 0 {
        word.push(char::from(b'a' + (left % 26) as u8));
        left /= 26;
    }
    word
}

/// How a memory of two sources got its words.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Made {
    /// Of both at once.
    Once,
    /// Of the one, then changed when the other came.
    Changed,
    /// As a newer value in the place of an older memory.
    InPlace,
}

impl Made {
    /// A memory with words of the sources 1 and 2 in everything that is made of them.
    fn make(self, home: &mut Home, texts: [&str; 2], words: &[String]) -> MemoryId {
        let screen = |memory: NewMemory| NewMemory {
            trust: Trust::Client,
            tags: vec![words[1].clone()],
            tree_path: vec![words[2].clone()],
            ..memory
        };
        let both = screen(fact(texts[0], texts[1], &[(1, texts[0]), (2, texts[1])]));
        let one = screen(fact(texts[0], "", &[(1, texts[0])]));
        let add = |home: &mut Home, memory| {
            let applied = home.edit(Edit::Add { memory }, MIND);
            applied.changes[0].after.id
        };
        match self {
            Self::Once => add(home, both),
            Self::Changed => {
                let id = add(home, one);
                let patch = Patch {
                    details: Some(texts[1].into()),
                    more_sources: fact("", "", &[(2, texts[1])]).sources,
                    ..Patch::default()
                };
                home.edit(Edit::Update { id, patch }, MIND);
                id
            }
            Self::InPlace => {
                let old = add(home, one);
                let edit = Edit::Supersede {
                    old,
                    at: at(5),
                    memory: both,
                };
                let applied = home.edit(edit, MIND);
                let made = |change: &Change| change.after.id;
                applied
                    .changes
                    .iter()
                    .map(made)
                    .find(|id| *id != old)
                    .unwrap()
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn g1_no_word_that_stood_only_in_a_forgotten_source_is_left(
        seed in 0u64..1 << 40,
        made in proptest::sample::select(vec![Made::Once, Made::Changed, Made::InPlace]),
    ) {
        let words: Vec<String> = (0..4).map(|n| word(seed * 4 + n)).collect();
        let goes = format!("{} and {} with {}", words[0], words[1], words[2]);
        let stays = format!("{} is what stays", words[3]);
        let mut home = home();
        home.import(1, &goes);
        home.import(2, &stays);
        home.finish_jobs();
        let id = made.make(&mut home, [&goes, &stays], &words);
        home.link_memory(id, &words[0]);
        let vector = NewVector { doc: DocRef::Memory(id), part: 0, values: vec![1.0; 16] };
        home.store.writer.store_vectors("m", &[vector]).unwrap();
        let what = Forget::Observation(ObservationId(super::id(1)));
        let preview = home.read(|txn| txn.forget_preview(&what)).counts;
        let receipt = home.store.writer.forget(&what, at(200)).unwrap();
        proptest::prop_assert_eq!(receipt.counts, preview);
        proptest::prop_assert_eq!((preview.memories_anew, preview.memories_kept), (1, 0));
        let plain = decrypted(home.path());
        for word in &words[..3] {
            proptest::prop_assert!(!contains(&plain, word.as_bytes()), "{} {:?}", word, made);
        }
        proptest::prop_assert!(contains(&plain, words[3].as_bytes()));
        proptest::prop_assert!(home.read(|txn| txn.memory(id)).is_none());
        let near = home.read(|txn| txn.search_vectors("m", &[1.0; 16], &Filter::default(), 9));
        proptest::prop_assert_eq!(near.len(), 0);
        let jobs = home.store.writer.lease(JobKind::Absorb, 9, at(300), LEASE).unwrap();
        let again: Vec<_> = jobs.iter().flat_map(Job::observations).collect();
        proptest::prop_assert_eq!(again, vec![ObservationId(super::id(2))]);
    }
}

const LEASE: std::time::Duration = std::time::Duration::from_secs(60);

impl Home {
    /// Names somebody in a memory.
    fn link_memory(&mut self, id: MemoryId, name: &str) {
        let patch = Patch {
            more_sources: fact("", "", &[(2, "")]).sources,
            ..Patch::default()
        };
        let edits = clean(vec![Edit::Update { id, patch }]);
        let links = clean(vec![super::links::links(Linked::Edit(0), &[name], &[])]);
        let writer = &mut self.store.writer;
        let applied = writer.apply_linked(&edits, &links, MIND, at(100)).unwrap();
        assert_eq!(applied.refused, []);
        assert!(self.read(|txn| txn.graph(Some(name), 9)).is_some());
    }

    /// Ends all thinking that is queued.
    fn finish_jobs(&mut self) {
        let writer = &mut self.store.writer;
        let jobs = writer.lease(JobKind::Absorb, 99, at(100), LEASE).unwrap();
        let jobs: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
        let done = writer.finish_absorb(&jobs, &clean(vec![]), &Clean::none(), at(100));
        assert_eq!(done.unwrap().refused, []);
    }
}

#[test]
fn g2_what_the_user_typed_or_changed_keeps_its_words() {
    let mut home = home();
    home.import(1, "goes");
    home.import(2, "stays");
    let sources = [(1, "goes"), (2, "stays")];
    let typed = home.remember(fact("typed", "", &sources));
    let derived = NewMemory {
        trust: Trust::Client,
        ..fact("derived", "", &sources)
    };
    let add = Edit::Add { memory: derived };
    let changed = home.edit(add, MIND).changes.remove(0).after;
    let patch = Patch {
        title: Some("changed".into()),
        ..Patch::default()
    };
    let id = changed.id;
    home.edit(Edit::Update { id, patch }, Author::User);
    let what = Forget::Observation(ObservationId(super::id(1)));
    let counts = home.store.writer.forget(&what, at(0)).unwrap().counts;
    assert_eq!((counts.memories_kept, counts.memories_anew), (2, 0));
    for (id, title) in [(typed.id, "typed"), (id, "changed")] {
        let content = home.read(|txn| txn.memory(id)).unwrap().content;
        assert_eq!((content.title.as_str(), content.sources.len()), (title, 1));
    }
    assert!(!contains(&decrypted(home.path()), b"derived"));
}

#[test]
fn g3_what_was_thought_while_a_source_was_forgotten_is_thought_again() {
    let mut home = home();
    home.import(1, CANARY);
    home.import(2, "stays");
    let lease = |home: &mut Home| {
        let jobs = home.store.writer.lease(JobKind::Absorb, 9, at(0), LEASE);
        jobs.unwrap().iter().map(|job| job.id).collect::<Vec<_>>()
    };
    let jobs = lease(&mut home);
    let what = Forget::Observation(ObservationId(id(1)));
    home.store.writer.forget(&what, at(0)).unwrap();
    let left: Vec<JobId> = home
        .read(|txn| txn.backlog(JobKind::Absorb))
        .docs
        .eq(&1)
        .then(|| jobs[1])
        .into_iter()
        .collect();
    let late = Edit::Add {
        memory: NewMemory {
            trust: Trust::Client,
            ..fact(CANARY, "", &[(1, CANARY), (2, "stays")])
        },
    };
    let finished =
        home.store
            .writer
            .finish_absorb(&left, &clean(vec![late]), &Clean::none(), at(0));
    assert!(matches!(finished, Err(StoreError::LeaseLost)));
    assert_eq!(canaries(&home), 0);
    home.store.writer.release(left[0]).unwrap();
    assert_eq!(lease(&mut home), left);
}

#[test]
fn g4_an_auditor_sees_every_page_every_frame_of_the_log_and_every_key() {
    let mut home = planted();
    home.store.writer.checkpoint_truncate().unwrap();
    home.store.spool.put(imported(20, "spoolcanary")).unwrap();
    home.store
        .writer
        .set_setting("a", &"logcanary".into())
        .unwrap();
    home.store
        .writer
        .set_setting("a", &"another".into())
        .unwrap();
    // As they lie there while it is in use; closing would empty the log.
    let copy = tempfile::tempdir().unwrap();
    for (path, bytes) in files_below(home.path()) {
        let to = copy.path().join(path.strip_prefix(home.path()).unwrap());
        if !to.to_string_lossy().ends_with("-shm") {
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, bytes).unwrap();
        }
    }
    let profile = unlock(copy.path(), &key()).unwrap();
    let mut pieces: Vec<(String, Vec<u8>)> = Vec::new();
    let mut take = |place: &str, bytes: &[u8]| pieces.push((place.into(), bytes.into()));
    crate::audit::open_all(&profile, &mut take).unwrap();
    for (word, place) in [
        (CANARY, "db/main.db page"),
        ("logcanary", "db/main.db-wal frame"),
        ("spoolcanary", "spool"),
    ] {
        let mut holding = pieces
            .iter()
            .filter(|(_, bytes)| contains(bytes, word.as_bytes()));
        let places: Vec<_> = holding.by_ref().map(|(place, _)| place).collect();
        assert!(
            places.iter().any(|found| found.starts_with(place)),
            "{word}: {places:?}"
        );
    }
    let opened = |end: &str| {
        pieces
            .iter()
            .filter(|(place, _)| place.starts_with("blob") && place.ends_with(end))
            .count()
    };
    assert_eq!(opened("key"), 2);
    // SQLCipher reads the same from the main file as is decrypted here by hand.
    let keys = crate::keys::Keys::derive(&Zeroizing::new([42; 32]), uuid::Uuid::nil());
    let database = crate::profile::database(copy.path());
    std::fs::remove_file(crate::writer::log_file(copy.path())).unwrap();
    let mut connection =
        crate::open::connect(&database, &keys.db, crate::open::Access::Read).unwrap();
    let whole = connection.serialize("main").unwrap();
    for (number, page) in whole.chunks(4096).enumerate().skip(1) {
        let name = format!("db/main.db page {}", number + 1);
        let (_, ours) = pieces.iter().find(|(place, _)| *place == name).unwrap();
        assert_eq!(&page[..4016], ours.as_slice(), "{name}");
    }
}

#[test]
fn g5_a_picture_goes_with_its_windows_even_where_nothing_on_it_could_be_read() {
    for what in [
        Forget::Words(CANARY.into()),
        Forget::Person(CANARY.into()),
        Forget::App("viewer".into()),
    ] {
        let mut home = home();
        let mut frame = new_frame(1, &["viewer"]);
        frame.windows[0].title = format!("{CANARY} - viewer");
        let silent = Intake {
            frame: Some(frame),
            observations: vec![],
            tasks: Tasks::ALL,
        };
        // A frame whose list of windows does not have the app that was read on it.
        let unlisted = Intake {
            frame: Some(new_frame(2, &[])),
            observations: vec![seen(3, 2, "viewer", CANARY)],
            tasks: Tasks::ALL,
        };
        let taken = home.store.writer.record(&[silent, unlisted], at(0));
        assert_eq!(taken.unwrap().len(), 1);
        assert!(canaries(&home) > 0);
        let counts = home.store.writer.forget(&what, at(9)).unwrap().counts;
        assert_eq!((counts.frames, counts.observations), (2, 1), "{what:?}");
        assert_eq!(canaries(&home), 0, "{what:?}");
    }
}
