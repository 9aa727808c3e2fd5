use super::*;
use afterimage_domain::memory::ProcedureType;
use std::time::Duration;

fn how_to(title: &str, text: &str) -> NewMemory {
    NewMemory {
        body: Body::Procedural {
            entry_type: ProcedureType::Workflow,
            steps: vec!["Open it".into(), "Send it".into()],
        },
        tags: vec![],
        ..fact(title, "", &[(2, text)])
    }
}

/// A profile in which a screen showed `text`.
fn shown(text: &str) -> Home {
    let mut home = home();
    let frame = new_frame(1, &[text]);
    let intake = Intake {
        frame: Some(frame),
        observations: vec![seen(2, 1, text, text)],
        tasks: Tasks::ALL,
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
    home
}

fn propose(home: &mut Home, title: &str, text: &str) -> crate::Applied {
    let memory = how_to(title, text);
    home.edit(Edit::Propose { memory }, MIND)
}

fn waiting(home: &Home) -> Vec<Memory> {
    home.read(|txn| txn.waiting(0, 10)).0
}

#[test]
fn t2_a_screen_becomes_no_procedure_whatever_is_proposed() {
    let mut home = shown("Send it");
    for trust in [Trust::Screen, Trust::Chat, Trust::User] {
        let memory = NewMemory {
            trust,
            ..how_to("Send it", "Send it")
        };
        let refused = home.edit(Edit::Add { memory }, MIND).refused;
        assert_eq!(refused[0].1, Refusal::Trust, "claimed to be {trust:?}");
    }
}

#[test]
fn t4_what_waits_is_found_by_nobody() {
    let mut home = shown("Send it");
    let applied = propose(&mut home, "Send it", "Send it");
    assert_eq!(applied.refused, []);
    assert_eq!(applied.changes[0].after.state, MemoryState::Waiting);
    assert_eq!(applied.changes[0].after.content.trust, Trust::Screen);
    let memories = Filter {
        scope: Scope::Memories,
        ..Filter::default()
    };
    let found = home.read(|txn| txn.search_words("send", &memories, 9));
    assert_eq!(found, []);
    let page = MemoryPage {
        limit: 9,
        ..MemoryPage::default()
    };
    assert_eq!(home.read(|txn| txn.memories(&page)), (vec![], 0));
    let id = applied.changes[0].id;
    let jobs = home
        .store
        .writer
        .lease(JobKind::Embed, 99, at(200), Duration::from_secs(9))
        .unwrap();
    assert!(
        jobs.iter()
            .all(|job| !job.docs.contains(&DocRef::Memory(id)))
    );
    assert_eq!(waiting(&home)[0].id, id);
}

#[test]
fn t4_what_is_known_or_refused_is_not_asked_again_and_old_ones_make_room() {
    let mut home = shown("Send it");
    let first = propose(&mut home, "Send it", "Send it").changes[0].id;
    let again = |home: &mut Home| propose(home, "SEND it", "Send it").refused;
    assert_eq!(again(&mut home)[0].1, Refusal::NotAsked);
    home.edit(Edit::Delete { id: first }, Author::User);
    assert_eq!(again(&mut home)[0].1, Refusal::NotAsked);
    for number in 0..600 {
        propose(&mut home, &format!("Send it {number}"), "Send it");
    }
    assert_eq!(home.read(|txn| txn.waiting(0, 1)).1, 500);
    let later = at(31 * 86_400);
    let memory = how_to("Another", "Send it");
    let edits = clean(vec![Edit::Propose { memory }]);
    home.store.writer.apply(&edits, MIND, later).unwrap();
    let titles: Vec<String> = waiting(&home)
        .into_iter()
        .map(|memory| memory.content.title)
        .collect();
    assert_eq!(titles, ["Another"]);
}

#[test]
fn t6_only_the_users_yes_counts_and_makes_it_his() {
    let mut home = shown("Send it");
    let one = propose(&mut home, "Send it", "Send it").changes[0].id;
    let refused = home.edit(Edit::Accept { id: one }, MIND).refused;
    assert_eq!(refused[0].1, Refusal::Trust);
    let accepted = home
        .edit(Edit::Accept { id: one }, Author::User)
        .changes
        .remove(0);
    assert_eq!(accepted.after.state, MemoryState::Active);
    assert_eq!(accepted.after.content.trust, Trust::User);
    let found = home.read(|txn| txn.search_words("send", &Filter::default(), 9));
    assert!(found.iter().any(|(doc, _)| *doc == DocRef::Memory(one)));
    home.edit(Edit::Undo { id: one }, Author::User);
    assert_eq!(waiting(&home)[0].content.trust, Trust::Screen);
    let gone = home.edit(
        Edit::Accept {
            id: MemoryId(id(9_999)),
        },
        Author::User,
    );
    assert_eq!(gone.refused[0].1, Refusal::NoSuchMemory);
}

/// T4
#[test]
fn what_waits_goes_with_the_observation_it_rests_on() {
    let mut home = shown("Send it");
    propose(&mut home, "Send it", "Send it");
    let what = Forget::Observation(ObservationId(id(2)));
    home.store.writer.forget(&what, at(0)).unwrap();
    assert_eq!(waiting(&home), []);
}
