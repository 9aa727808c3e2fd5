use super::*;
use proptest::prelude::*;

impl Home {
    /// Gives a document links by the mind.
    pub(super) fn link(&mut self, of: Linked, names: &[&str], relations: &[(&str, &str, &str)]) {
        let links = [links(of, names, relations)];
        let writer = &mut self.store.writer;
        writer
            .apply_linked(&clean(vec![]), &clean(links.to_vec()), MIND, at(100))
            .unwrap();
    }

    /// A fact with links, resting on a line.
    fn remember_linked(
        &mut self,
        title: &str,
        source: (u64, &str),
        names: &[&str],
        relations: &[(&str, &str, &str)],
    ) -> Memory {
        let edits = [Edit::Add {
            memory: fact(title, "", &[source]),
        }];
        let links = [links(Linked::Edit(0), names, relations)];
        let writer = &mut self.store.writer;
        let applied = writer.apply_linked(
            &clean(edits.to_vec()),
            &clean(links.to_vec()),
            Author::User,
            at(100),
        );
        applied.unwrap().changes.remove(0).after
    }

    /// Nodes as `Anna 2`, edges as `Anna works at Siemens 1`.
    fn drawn(&self, around: Option<&str>, limit: usize) -> Option<(Vec<String>, Vec<String>)> {
        let graph = self.read(|txn| txn.graph(around, limit))?;
        let name = |id| {
            graph
                .nodes
                .iter()
                .find(|node| node.id == id)
                .unwrap()
                .name
                .clone()
        };
        let nodes = graph
            .nodes
            .iter()
            .map(|node| format!("{} {}", node.name, node.count));
        let edges = graph.edges.iter().map(|edge| {
            format!(
                "{} {} {} {}",
                name(edge.from),
                edge.label,
                name(edge.to),
                edge.count
            )
        });
        Some((nodes.collect(), edges.collect()))
    }
}

pub(super) fn links(of: Linked, names: &[&str], relations: &[(&str, &str, &str)]) -> Links {
    let mention = |name: &&str| Mention {
        name: (*name).into(),
        kind: EntityKind::Person,
        span: Span { start: 0, end: 0 },
    };
    let relation = |(from, label, to): &(&str, &str, &str)| Relation {
        from: (*from).into(),
        to: (*to).into(),
        label: (*label).into(),
    };
    Links {
        of,
        mentions: names.iter().map(mention).collect(),
        relations: relations.iter().map(relation).collect(),
    }
}

fn seen_in(number: u64) -> Linked {
    Linked::Observation(ObservationId(id(number)))
}

/// L14
#[test]
fn entities_are_counted_by_what_names_them_and_joined_by_what_is_said_of_them() {
    let mut home = home();
    home.import(1, "a line");
    home.import(2, "another line");
    home.link(seen_in(1), &["Anna", "Bo"], &[]);
    home.link(seen_in(2), &["anna", "Bo", "Carla"], &[]);
    let works = ("Anna", "works at", "Siemens");
    home.remember_linked(
        "Anna works at Siemens",
        (1, "a line"),
        &["Anna", "Siemens"],
        &[works],
    );
    let (nodes, edges) = home.drawn(None, 3).unwrap();
    assert_eq!(nodes[..2], ["Anna 3", "Bo 2"]);
    assert!(edges.contains(&"Anna  Bo 2".into()), "{edges:?}");
    let (nodes, edges) = home.drawn(Some("ANNA"), 9).unwrap();
    assert_eq!(nodes, ["Anna 3", "Siemens 1", "Bo 2", "Carla 1"]);
    assert!(
        edges.contains(&"Anna works at Siemens 1".into()),
        "{edges:?}"
    );
    let memories = home
        .read(|txn| txn.graph(Some("Siemens"), 1))
        .unwrap()
        .memories;
    assert_eq!(memories[0].content.title, "Anna works at Siemens");
    assert_eq!(home.drawn(Some("Nobody"), 9), None);
    assert_eq!(home.drawn(None, 0).unwrap(), (vec![], vec![]));
}

/// L15
#[test]
fn a_short_name_is_the_long_one_of_its_conversation_unless_there_are_two() {
    let mut home = home();
    for number in 1..4 {
        home.import(number, "a line");
    }
    home.link(seen_in(1), &["Anna"], &[]);
    home.link(seen_in(2), &["Anna Meier"], &[]);
    assert_eq!(home.drawn(None, 9).unwrap().0, ["Anna Meier 2"]);
    assert_eq!(home.drawn(Some("anna"), 9).unwrap().0, ["Anna Meier 2"]);
    home.link(seen_in(3), &["Anna Kern"], &[]);
    assert_eq!(home.drawn(None, 9).unwrap().0.len(), 3);
    let what = Forget::Observation(ObservationId(id(3)));
    home.store.writer.forget(&what, at(9)).unwrap();
    assert_eq!(home.drawn(None, 9).unwrap().0, ["Anna Meier 2"]);
    let elsewhere = seen(4, 1, "browser", "a page");
    let intake = Intake {
        observations: vec![elsewhere],
        ..imported(4, "")
    };
    home.store.writer.record(&[intake], at(0)).unwrap();
    home.link(seen_in(4), &["Bo Lind"], &[]);
    home.link(seen_in(1), &["Bo"], &[]);
    let names = home.drawn(None, 9).unwrap().0;
    assert_eq!(
        names.len(),
        3,
        "they never stood in one conversation: {names:?}"
    );
}

/// L17
#[test]
fn a_memory_whose_text_changes_keeps_no_links_of_the_old_text() {
    let mut home = home();
    home.import(1, "a line");
    let memory = home.remember_linked("Anna is here", (1, "a line"), &["Anna"], &[]);
    let id = memory.id;
    let patch = |title: &str| Patch {
        title: Some(title.into()),
        ..Patch::default()
    };
    let edits = [Edit::Update {
        id,
        patch: patch("Bo is here"),
    }];
    let own = [links(Linked::Edit(0), &["Bo"], &[])];
    home.store
        .writer
        .apply_linked(
            &clean(edits.to_vec()),
            &clean(own.to_vec()),
            Author::User,
            at(1),
        )
        .unwrap();
    assert_eq!(home.drawn(None, 9).unwrap().0, ["Bo 1"]);
    home.edit(Edit::Delete { id }, Author::User);
    assert_eq!(home.drawn(None, 9).unwrap().0, [""; 0]);
    home.edit(Edit::Undo { id }, Author::User);
    assert_eq!(home.drawn(None, 9).unwrap().0, ["Bo 1"]);
    home.edit(
        Edit::Update {
            id,
            patch: patch("nobody"),
        },
        Author::User,
    );
    assert_eq!(home.drawn(None, 9).unwrap().0, [""; 0]);
}

/// L17
#[test]
fn links_of_what_is_refused_gone_or_in_the_vault_are_dropped() {
    let mut home = home();
    home.link(seen_in(77), &["Anna"], &[]);
    let edits = [
        Edit::Add {
            memory: fact("unsupported", "", &[]),
        },
        Edit::Add {
            memory: secret("Password of Bo", "x"),
        },
    ];
    let own = [
        links(Linked::Edit(0), &["Carla"], &[]),
        links(Linked::Edit(1), &["Bo"], &[]),
        links(Linked::Edit(2), &["Dora"], &[]),
    ];
    home.store
        .writer
        .apply_linked(
            &clean(edits[..1].to_vec()),
            &clean(own[..1].to_vec()),
            MIND,
            at(1),
        )
        .unwrap();
    home.store
        .writer
        .apply_linked(
            &clean(edits[1..].to_vec()),
            &clean(vec![links(Linked::Edit(0), &["Bo"], &[])]),
            Author::User,
            at(1),
        )
        .unwrap();
    home.store
        .writer
        .apply_linked(&clean(vec![]), &clean(own[2..].to_vec()), MIND, at(1))
        .unwrap();
    assert_eq!(home.drawn(None, 9).unwrap().0, [""; 0]);
}

/// Of which line, naming whom, and whether as a memory.
type Said = (u64, Vec<usize>, bool);

/// What is said, and which lines are forgotten.
fn a_history() -> impl Strategy<Value = (Vec<Said>, Vec<u64>)> {
    let said = (
        1u64..6,
        prop::collection::vec(0usize..6, 0..4),
        any::<bool>(),
    );
    (
        prop::collection::vec(said, 0..8),
        prop::collection::vec(1u64..6, 0..4),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// L16
    #[test]
    fn links_never_point_to_nothing_and_what_is_forgotten_leaves_no_name((said, gone) in a_history()) {
        const NAMES: [&str; 6] = ["Anna", "Bo", "Carla", "Anna Meier", "Dora", "Bo Lind"];
        let mut home = home();
        let mut named: Vec<(u64, &str)> = Vec::new();
        for number in 1..6 {
            home.import(number, "a line");
        }
        for (line, names, as_memory) in &said {
            let names: Vec<&str> = names.iter().map(|at| NAMES[*at]).collect();
            let relations: Vec<_> = names.windows(2).map(|pair| (pair[0], "knows", pair[1])).collect();
            if *as_memory {
                home.remember_linked("a fact", (*line, "a line"), &names, &relations);
            } else {
                // What is found in a line takes the place of what was found before.
                home.link(seen_in(*line), &names, &[]);
            }
        }
        for line in &gone {
            let what = Forget::Observation(ObservationId(id(*line)));
            home.store.writer.forget(&what, at(9)).unwrap();
        }
        let mut last: std::collections::BTreeMap<u64, &Vec<usize>> = Default::default();
        for (line, names, as_memory) in said.iter().filter(|(line, ..)| !gone.contains(line)) {
            match as_memory {
                true => named.extend(names.iter().map(|at| (*line, NAMES[*at]))),
                false => _ = last.insert(*line, names),
            }
        }
        named.extend(last.iter().flat_map(|(line, names)| names.iter().map(|at| (*line, NAMES[*at]))));
        let graph = home.read(|txn| txn.graph(None, 99)).unwrap();
        for edge in &graph.edges {
            let ends = graph.nodes.iter().filter(|node| node.id == edge.from || node.id == edge.to);
            prop_assert_eq!(ends.count(), 2);
        }
        for name in NAMES {
            let is_named = named.iter().any(|(_, known)| *known == name);
            let found = home.read(|txn| txn.graph(Some(name), 9));
            prop_assert_eq!(found.is_some(), is_named, "{}", name);
        }
        prop_assert!(graph.nodes.iter().all(|node| node.count > 0));
    }
}
