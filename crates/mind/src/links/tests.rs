//! Which names are found, what they are taken for, and what facts say of them. The numbers are those of `docs/spec/links.md`.

use super::*;
use crate::{
    segment::Activity,
    testing::{START, chat, import, screen},
};
use afterimage_domain::{MemoryId, Trust, id::uuid_v7, memory::Sensitivity};
use proptest::prelude::*;

/// L11
#[test]
fn names_are_capitals_that_do_not_only_begin_a_sentence() {
    for (text, expected) in [
        (
            "I met Anna Meier in Bern.",
            vec!["Anna Meier person", "Bern place"],
        ),
        ("Lunch was good. Anna said so.", vec![]),
        (
            "Lunch with Anna. Anna said so.",
            vec!["Anna person", "Anna person"],
        ),
        ("Anna Meier called.", vec!["Anna Meier person"]),
        (
            "Yesterday Anna's brother Tom moved to Basel.",
            vec!["Anna person", "Tom person", "Basel place"],
        ),
        (
            "The deadline of project Atlas is Friday 5 May.",
            vec!["Atlas project"],
        ),
        (
            "She works at Siemens AG now.",
            vec!["Siemens AG organisation"],
        ),
        ("See you in March on Monday, OK?", vec![]),
        ("I think I WILL SHOUT LOUDLY.", vec![]),
        ("nothing at all", vec![]),
    ] {
        assert_eq!(names::shown(text), expected, "{text}");
    }
}

fn memory(title: &str, details: &str, body: Body) -> NewMemory {
    NewMemory {
        title: title.into(),
        details: details.into(),
        body,
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: START,
    }
}

fn about(subject: &str) -> Body {
    Body::Semantic {
        subject: subject.into(),
        learned_from: String::new(),
    }
}

fn related(links: &Links) -> Vec<String> {
    let shown =
        |relation: &Relation| format!("{} {} {}", relation.from, relation.label, relation.to);
    links.relations.iter().map(shown).collect()
}

/// L12
#[test]
fn facts_say_how_two_are_related() {
    for (title, expected) in [
        ("Anna works at Siemens", vec!["Anna works at Siemens"]),
        ("Anna lives in Bern since May", vec!["Anna lives in Bern"]),
        ("The user's wife is Bea", vec!["You wife Bea"]),
        ("My sister is Carla", vec!["You sister Carla"]),
        ("Bo: Anna's boss is Dora Kern", vec!["Anna boss Dora Kern"]),
        ("Tom is Anna's brother", vec!["Anna brother Tom"]),
        ("Jonas works on Atlas", vec!["Jonas works on Atlas"]),
        ("Anna works at home", vec![]),
        ("Anna's birthday is 5 May", vec![]),
        ("Bo: my wife is Bea", vec![]),
    ] {
        let links = of_typed(&memory(title, "", about("Anna")), 3);
        assert_eq!(related(&links), expected, "{title}");
        assert_eq!(links.of, Linked::Edit(3));
        for relation in &links.relations {
            let mentioned = |name: &str| links.mentions.iter().any(|mention| mention.name == name);
            assert!(
                mentioned(&relation.from) && mentioned(&relation.to),
                "{title}"
            );
        }
    }
}

/// L13
#[test]
fn the_vault_names_nobody() {
    let body = Body::Vault {
        entry_type: "password".into(),
        sensitivity: Sensitivity::High,
        secret: "x".into(),
    };
    let links = of_typed(&memory("Password of Anna Meier at Siemens", "", body), 0);
    assert!(links.is_empty() && links.relations.is_empty());
}

fn names_of(links: &[Links], of: Linked) -> Vec<String> {
    let own = links.iter().filter(|links| links.of == of);
    let mentions = own.flat_map(|links| &links.mentions);
    mentions
        .map(|mention| format!("{} {}", mention.name, mention.kind.name()))
        .collect()
}

/// L11
#[test]
fn a_batch_links_who_speaks_and_whom_its_observations_and_memories_name() {
    let observations = [
        import(0, "Bo", "Carla is here. I saw Carla at the station."),
        chat(10, "I told Anna about it."),
        screen(
            20,
            "gedit",
            "plan",
            "File Edit View\nThe release of Atlas was moved to the end of the month by the team.",
        ),
    ];
    let activity = Activity {
        thread: "t1".into(),
        app: "chat".into(),
        title: String::new(),
        document: None,
        from: START,
        to: START,
        observations: observations
            .iter()
            .map(|observation| observation.id)
            .collect(),
    };
    let batch = Batch {
        activity: &activity,
        observations: &observations,
        time_zone: "UTC",
    };
    let edits = [
        Edit::Delete {
            id: MemoryId(uuid_v7(START, [1; 10])),
        },
        Edit::Add {
            memory: memory("Bo: likes tea", "", about("Bo")),
        },
    ];
    let links = of_batch(&batch, &edits);
    let of = |at: usize| names_of(&links, Linked::Observation(observations[at].id));
    assert_eq!(of(0), ["Bo person", "Carla person"]);
    assert_eq!(of(1), ["You person", "Anna person"]);
    assert_eq!(of(2), ["Atlas project"]);
    assert_eq!(names_of(&links, Linked::Edit(1)), ["Bo person"]);
    assert_eq!(names_of(&links, Linked::Edit(0)), [""; 0]);
}

proptest! {
    /// L11
    #[test]
    fn every_mention_stands_where_it_says(text in "(\\PC{0,12}|[A-Z][a-z]{1,5}|[ .!?\n]){0,12}") {
        let mut known = Known::default();
        known.read(&text);
        for mention in names::names(&text, &known, &|_| true) {
            prop_assert_eq!(mention.span.of(&text), Some(mention.name.as_str()));
        }
        relations::relations(&text);
    }
}
