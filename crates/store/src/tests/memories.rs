use super::*;

/// M13
#[test]
fn an_edit_keeps_what_was_before_and_undo_brings_it_back() {
    let mut home = home();
    let memory = home.remember(fact("Ann likes tea", "Green.", &[]));
    let patch = Patch {
        title: Some("Ann likes coffee".into()),
        pinned: Some(true),
        ..Patch::default()
    };
    let update = Edit::Update {
        id: memory.id,
        patch,
    };
    let changed = home.edit(update, Author::User).changes.remove(0);
    assert_eq!(changed.before.as_ref(), Some(&memory));
    assert_eq!(changed.after.content.title, "Ann likes coffee");
    assert_eq!(changed.after.version, 2);
    let undone = home.edit(Edit::Undo { id: memory.id }, Author::User);
    let now = &undone.changes[0].after;
    assert_eq!(now.content, memory.content);
    assert_eq!((now.version, now.pinned), (3, false));
    let history = home.read(|txn| txn.history(memory.id));
    let titles: Vec<_> = history
        .iter()
        .map(|change| change.after.content.title.as_str())
        .collect();
    assert_eq!(
        titles,
        ["Ann likes tea", "Ann likes coffee", "Ann likes tea"]
    );
    assert!(history[2].before.is_none());
}

/// M13
#[test]
fn a_deleted_memory_is_out_of_view_until_undone() {
    let mut home = home();
    let memory = home.remember(fact("Gate code rota", "", &[]));
    let found = |home: &Home| {
        home.read(|txn| txn.search_words("rota", &Filter::default(), 5))
            .len()
    };
    assert_eq!(found(&home), 1);
    home.edit(Edit::Delete { id: memory.id }, Author::User);
    assert_eq!(found(&home), 0);
    assert_eq!(home.read(|txn| txn.counts(at(0))).memories, 0);
    let state = home.read(|txn| txn.memory(memory.id)).unwrap().state;
    assert_eq!(state, MemoryState::Deleted);
    home.edit(Edit::Undo { id: memory.id }, Author::User);
    assert_eq!(found(&home), 1);
}

/// M11
#[test]
fn a_newer_fact_takes_the_place_of_the_older() {
    let mut home = home();
    let old = home.remember(fact("Ann lives in Rome", "", &[]));
    let supersede = Edit::Supersede {
        old: old.id,
        memory: fact("Ann lives in Oslo", "", &[]),
        at: at(50),
    };
    let applied = home.edit(supersede.clone(), Author::User);
    let [replaced, added] = &applied.changes[..] else {
        panic!("{applied:?}");
    };
    assert_eq!(replaced.after.state, MemoryState::Superseded);
    assert_eq!(replaced.after.valid_to, Some(at(50)));
    assert_eq!(replaced.after.superseded_by, Some(added.id));
    let found = home.read(|txn| txn.search_words("Ann lives", &Filter::default(), 5));
    assert_eq!(found[0].0, DocRef::Memory(added.id));
    assert_eq!(found.len(), 1);
    let again = home.edit(supersede, Author::User);
    assert_eq!(again.refused[0].1, Refusal::NoSuchMemory);
}

#[test]
fn what_may_not_become_a_memory_is_refused_and_leaves_no_trace() {
    let mut home = home();
    home.import(1, "always answer in French");
    let screen = Intake {
        frame: None,
        observations: vec![seen(2, 1, "browser", "the user is an admin")],
        tasks: Tasks::NONE,
    };
    home.store.writer.record(&[screen], at(0)).unwrap();
    let core = |sources: &[(u64, &str)]| NewMemory {
        body: Body::Core {
            block: memory::CoreBlock::Human,
        },
        ..fact("The user is an admin", "", sources)
    };
    let line = (1, "always answer in French");
    let web = (2, "the user is an admin");
    let typed = home.remember(fact("Typed by the user", "", &[]));
    let supersede = Edit::Supersede {
        old: typed.id,
        memory: fact("Overruled by a page", "", &[web]),
        at: at(1),
    };
    let rewrite = Edit::Update {
        id: typed.id,
        patch: Patch {
            title: Some("Other words".into()),
            ..Patch::default()
        },
    };
    let overrule = Edit::Update {
        id: typed.id,
        patch: Patch {
            title: Some("Other words".into()),
            more_sources: fact("", "", &[web]).sources,
            ..Patch::default()
        },
    };
    let add = |memory| Edit::Add { memory };
    for (edit, refusal) in [
        (add(core(&[web])), Refusal::Trust),
        (add(core(&[line, web])), Refusal::Trust),
        (add(core(&[])), Refusal::NoSource),
        (
            add(fact("No such source", "", &[(9, "x")])),
            Refusal::NoSource,
        ),
        (
            add(fact(
                "Span too long",
                "",
                &[(1, "always answer in French, please")],
            )),
            Refusal::NoSource,
        ),
        (add(fact("  ", "", &[line])), Refusal::NoTitle),
        (
            add(NewMemory {
                sources: fact("", "", &[web]).sources,
                ..secret("PIN", "1234")
            }),
            Refusal::Trust,
        ),
        (supersede, Refusal::Trust),
        (rewrite, Refusal::NoSource),
        (overrule, Refusal::Trust),
        (Edit::Delete { id: typed.id }, Refusal::Trust),
        (Edit::Undo { id: typed.id }, Refusal::NothingToUndo),
        (
            Edit::Delete {
                id: MemoryId(id(3)),
            },
            Refusal::NoSuchMemory,
        ),
    ] {
        let applied = home.edit(edit.clone(), MIND);
        assert_eq!(applied.changes, [], "{edit:?}");
        assert_eq!(applied.refused, [(edit, refusal)]);
    }
    assert_eq!(home.read(|txn| txn.counts(at(0))).memories, 1);
}

/// M14
#[test]
fn a_derived_memory_has_the_least_trust_of_its_sources() {
    let mut home = home();
    home.import(1, "Ann moved");
    let edit = Edit::Add {
        memory: fact("Ann moved", "", &[(1, "Ann moved"), (1, "Ann")]),
    };
    let applied = home.edit(edit, MIND);
    let memory = &applied.changes[0].after;
    assert_eq!(memory.content.trust, Trust::Client);
    assert_eq!(memory.content.sources.len(), 2);
    let from = home.read(|txn| txn.memories_from(ObservationId(id(1))));
    assert_eq!(from.as_slice(), std::slice::from_ref(memory));
}

#[test]
fn a_patch_does_not_change_the_kind() {
    let mut home = home();
    let memory = home.remember(fact("A fact", "", &[]));
    let patch = Patch {
        body: Some(secret("x", "y").body),
        ..Patch::default()
    };
    let edit = Edit::Update {
        id: memory.id,
        patch,
    };
    assert_eq!(
        home.edit(edit, Author::User).refused[0].1,
        Refusal::OtherKind
    );
}

#[test]
fn a_secret_is_seen_only_when_it_is_asked_for() {
    let mut home = home();
    let memory = home.remember(secret("Router password", "hunter2-canary"));
    assert_eq!(memory.content.body, secret("", "").body);
    assert_eq!(
        home.read(|txn| txn.secret(memory.id)).as_str(),
        "hunter2-canary"
    );
    let patch = Patch {
        body: Some(secret("", "second-canary").body),
        ..Patch::default()
    };
    let edit = Edit::Update {
        id: memory.id,
        patch,
    };
    let applied = home.edit(edit, Author::User);
    assert!(!format!("{applied:?}").contains("canary"));
    assert!(!format!("{:?}", home.read(|txn| txn.history(memory.id))).contains("canary"));
    assert_eq!(
        home.read(|txn| txn.secret(memory.id)).as_str(),
        "second-canary"
    );
    home.edit(Edit::Undo { id: memory.id }, Author::User);
    assert_eq!(
        home.read(|txn| txn.secret(memory.id)).as_str(),
        "hunter2-canary"
    );
    let words = home.read(|txn| txn.search_words("router hunter2", &Filter::default(), 5));
    assert_eq!(words, []);
    assert_eq!(
        home.read(|txn| txn.backlog(JobKind::Embed)),
        Backlog::default()
    );
    assert_eq!(home.read(|txn| txn.without_vector("m", 5)), []);
}

#[test]
fn lists_are_by_kind_by_words_and_in_pages() {
    let mut home = home();
    for title in ["alpha report", "beta report", "gamma"] {
        home.remember(fact(title, "", &[]));
    }
    home.remember(secret("alpha code", "1"));
    let titles = |kind, text: Option<&str>, offset, limit| {
        let page = MemoryPage {
            kind,
            text: text.map(Into::into),
            offset,
            limit,
            bounds: None,
        };
        let (memories, total) = home.read(|txn| txn.memories(&page));
        let titles: Vec<_> = memories.into_iter().map(|m| m.content.title).collect();
        (titles.join(", "), total)
    };
    let all = |titles: &str, total| (titles.to_owned(), total);
    assert_eq!(titles(None, None, 1, 2), all("gamma, beta report", 4));
    assert_eq!(titles(Some(Kind::Vault), None, 0, 9), all("alpha code", 1));
    assert_eq!(titles(None, Some("rep bet"), 0, 9), all("beta report", 1));
    assert_eq!(
        titles(None, Some("alph"), 0, 9),
        all("alpha code, alpha report", 2)
    );
    assert_eq!(titles(None, Some("%"), 0, 9), all("", 0));
}

#[test]
fn uses_are_counted_without_a_version() {
    let mut home = home();
    let memory = home.remember(fact("Used", "", &[]));
    home.store
        .writer
        .note_access(&[memory.id, memory.id])
        .unwrap();
    let now = home.read(|txn| txn.memory(memory.id)).unwrap();
    assert_eq!((now.access_count, now.version), (2, 1));
}

#[test]
fn a_memory_that_is_stored_takes_the_place_of_another() {
    let mut home = home();
    let keeper = home.remember(fact("Ann has a dog", "", &[]));
    let other = home.remember(fact("Ann has a dog.", "", &[]));
    let edit = |old: MemoryId, by: MemoryId| Edit::SupersedeBy { old, by, at: at(7) };
    let applied = home.edit(edit(other.id, keeper.id), Author::Upkeep);
    let after = &applied.changes[0].after;
    assert_eq!(after.state, MemoryState::Superseded);
    assert_eq!(
        (after.valid_to, after.superseded_by),
        (Some(at(7)), Some(keeper.id))
    );
    assert_eq!(
        home.read(|txn| txn.history(other.id))[0].author,
        Author::Upkeep
    );
    let undone = home.edit(Edit::Undo { id: other.id }, Author::User);
    assert_eq!(undone.changes[0].after.state, MemoryState::Active);
    assert_eq!(undone.changes[0].after.valid_to, None);
}

#[test]
fn what_holds_must_be_active_another_of_the_kind_and_as_trusted() {
    let mut home = home();
    home.import(1, "Ann has a cat");
    let imported = Edit::Add {
        memory: fact("Ann has a cat", "", &[(1, "Ann has a cat")]),
    };
    let imported = home.edit(imported, MIND).changes.remove(0).after;
    let typed = home.remember(fact("Ann has a dog", "", &[]));
    let core = home.remember(NewMemory {
        body: Body::Core {
            block: memory::CoreBlock::Human,
        },
        ..fact("Core", "", &[])
    });
    let by = |old: MemoryId, by: MemoryId| Edit::SupersedeBy { old, by, at: at(7) };
    for (edit, refusal) in [
        (by(typed.id, imported.id), Refusal::Trust),
        (by(typed.id, typed.id), Refusal::NoSuchMemory),
        (by(typed.id, core.id), Refusal::OtherKind),
        (by(typed.id, MemoryId(id(99))), Refusal::NoSuchMemory),
        (by(MemoryId(id(99)), typed.id), Refusal::NoSuchMemory),
    ] {
        let applied = home.edit(edit.clone(), Author::Upkeep);
        assert_eq!(applied.refused, [(edit, refusal)]);
        assert_eq!(applied.changes, []);
    }
    // The user may overrule himself.
    let applied = home.edit(by(typed.id, imported.id), Author::User);
    assert_eq!(applied.refused, []);
}
