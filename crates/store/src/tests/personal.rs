//! R12: that a text holds personal details is kept beside it, followed by filters and by forgetting.

use super::*;
use crate::types::{DocRef, Forget};
use afterimage_domain::{Detail, Edit, Filter, Patch, Scope};

fn seen(number: u64) -> DocRef {
    DocRef::Observation(ObservationId(id(number)))
}

/// R12
#[test]
fn what_was_looked_at_is_not_looked_at_again_and_what_changed_is() {
    let mut home = home();
    home.import(1, "write to anna@example.org");
    home.import(2, "nothing of the kind");
    let line = "write to anna@example.org";
    let change = home.remember(fact("Anna's address", line, &[(1, line)])).id;
    let memory = DocRef::Memory(change);
    assert_eq!(
        home.read(|txn| txn.without_details(9)),
        [memory, seen(2), seen(1)]
    );
    assert_eq!(home.read(|txn| txn.without_details(2)), [memory, seen(2)]);
    assert_eq!(home.read(|txn| txn.details(seen(1))), None);
    let email = Details::from([Detail::Email, Detail::Name]);
    let noted = [
        (memory, 1, email.clone()),
        (seen(1), 0, email.clone()),
        (seen(2), 0, Details::new()),
    ];
    home.store.writer.note_details(&noted).unwrap();
    assert_eq!(home.read(|txn| txn.without_details(9)), []);
    assert_eq!(home.read(|txn| txn.details(memory)), Some(email.clone()));
    assert_eq!(home.read(|txn| txn.details(seen(2))), Some(Details::new()));
    let patch = Patch {
        details: Some("moved away".into()),
        ..Patch::default()
    };
    home.edit(Edit::Update { id: change, patch }, Author::User);
    assert_eq!(home.read(|txn| txn.without_details(9)), [memory]);
    // What was found in the words before is not noted of the words now.
    home.store.writer.note_details(&noted[..1]).unwrap();
    assert_eq!(home.read(|txn| txn.details(memory)), None);
}

/// W7
#[test]
fn what_a_new_rule_leaves_out_can_be_forgotten_by_the_same_pattern() {
    let check = |what: Forget, left: &[u64]| {
        let mut home = home();
        for (number, app, title) in [
            (1, "bank-app", "Home"),
            (2, "editor", "Letter to My Bank - Editor"),
            (3, "editor", "Notes - Editor"),
        ] {
            let mut text = seen_in(number, app);
            if let Origin::Screen { title: own, .. } = &mut text.origin {
                *own = title.into();
            }
            let mut frame = new_frame(number + 10, &[app]);
            frame.windows[0].title = title.into();
            let intake = Intake {
                frame: Some(frame),
                observations: vec![text],
                tasks: Tasks::NONE,
            };
            home.store.writer.record(&[intake], at(0)).unwrap();
        }
        home.store.writer.forget(&what, at(9)).unwrap();
        let is_left = |number: &u64| {
            let observation = home.read(|txn| txn.observation(ObservationId(id(*number))));
            let frame = home.read(|txn| txn.frame(FrameId(id(number + 10))));
            assert_eq!(observation.is_some(), frame.is_some(), "{what:?}");
            observation.is_some()
        };
        assert_eq!((1..4).filter(is_left).collect::<Vec<_>>(), left, "{what:?}");
    };
    check(Forget::App("bank*".into()), &[2, 3]);
    check(Forget::App("BANK*".into()), &[2, 3]);
    check(Forget::App("bank".into()), &[1, 2, 3]);
    check(Forget::Title("*my bank*".into()), &[1, 3]);
    check(Forget::Title("notes - editor".into()), &[1, 2]);
    check(Forget::Title("*".into()), &[]);
    check(Forget::Site("*.bank.example".into()), &[1, 2, 3]);
}

/// An observation of a window on the frame ten numbers further.
fn seen_in(number: u64, app: &str) -> Observation {
    super::seen(number, number + 10, app, "words")
}

/// R12
#[test]
fn filters_and_forgetting_know_the_kinds() {
    let mut home = home();
    home.import(1, "lunch with anna");
    home.import(2, "lunch at noon");
    let noted = [
        (seen(1), 0, Details::from([Detail::Name])),
        (seen(2), 0, Details::from([Detail::Phone])),
    ];
    home.store.writer.note_details(&noted).unwrap();
    let found = |details: &[Detail]| {
        let filter = Filter {
            scope: Scope::Observations,
            details: details.to_vec(),
            ..Filter::default()
        };
        let found = home.read(|txn| txn.search_words("lunch", &filter, 9));
        found.into_iter().map(|(doc, _)| doc).collect::<Vec<_>>()
    };
    assert_eq!(found(&[Detail::Name]), [seen(1)]);
    assert_eq!(found(&[Detail::Name, Detail::Phone]).len(), 2);
    assert_eq!(found(&[Detail::Address]), []);
    assert_eq!(found(&[]).len(), 2);
    let what = Forget::Details(Detail::Name);
    assert_eq!(
        home.read(|txn| txn.forget_preview(&what))
            .counts
            .observations,
        1
    );
    home.store.writer.forget(&what, at(9)).unwrap();
    assert_eq!(home.read(|txn| txn.details(seen(1))), None);
    assert!(home.read(|txn| txn.details(seen(2))).is_some());
}
