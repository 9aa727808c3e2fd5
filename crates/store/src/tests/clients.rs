use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const MODEL: &str = "test";
const APPS: [&str; 4] = ["firefox", "Signal", "gedit", "chat"];
const DAY: i64 = 86_400;
/// When clients ask: a hundred days after the first row.
const NOW: i64 = 100 * DAY;

fn new_client(name: &str, grant: Grant) -> NewClient {
    NewClient {
        name: name.into(),
        grant,
        expires_at: at(NOW + 90 * DAY),
    }
}

fn line_of(client: ClientId, items: u32, now: Timestamp) -> AccessLine {
    AccessLine {
        day: Timestamp::from_millis(now.millis() / 86_400_000 * 86_400_000),
        client: Some(client),
        reader: "agent".into(),
        request: "search".into(),
        asked: 1,
        refused: 0,
        items,
        first: now,
        last: now,
    }
}

#[test]
fn d3_a_token_is_shown_once_kept_nowhere_and_taken_back() {
    let mut home = home();
    let new = new_client("agent", Grant::default());
    let (client, token) = home.store.writer.add_client(&new, at(0)).unwrap();
    let found = |home: &Home, token: &str| home.read(|txn| txn.client_with_token(token));
    assert_eq!(found(&home, &token), Some(client.clone()));
    assert!(token.len() > 64, "256 bits");
    for wrong in ["", "afterimage_", &token[1..], &token.replace('a', "b")] {
        assert_eq!(found(&home, wrong), None, "{wrong}");
    }
    let (other, second) = home.store.writer.add_client(&new, at(1)).unwrap();
    assert_ne!(*token, *second);
    home.store.writer.revoke_client(client.id, at(2)).unwrap();
    home.store.writer.revoke_client(client.id, at(9)).unwrap();
    let revoked = found(&home, &token).unwrap();
    assert_eq!(revoked.revoked_at, Some(at(2)));
    assert!(!revoked.is_admitted(at(3)));
    assert!(found(&home, &second).unwrap().is_admitted(at(3)));
    assert!(!other.is_admitted(other.expires_at));
    let unknown = ClientId(id(404));
    assert!(home.store.writer.revoke_client(unknown, at(3)).is_err());
    let home = home.crash();
    assert_eq!(found(&home, &token), Some(revoked));
    let text: String = home.read(|txn| {
        let sql = "SELECT group_concat(hex(token) || granted || name) FROM client";
        Ok(txn.sql().query_row(sql, [], |row| row.get(0))?)
    });
    let secret = token.trim_start_matches("afterimage_").to_uppercase();
    assert!(!text.contains(&secret) && !text.contains(&*token));
}

#[test]
fn d3_no_more_than_fifty_programs_are_let_in_at_a_time() {
    let mut home = home();
    let new = new_client("agent", Grant::default());
    let first = home.store.writer.add_client(&new, at(0)).unwrap().0;
    for _ in 1..50 {
        home.store.writer.add_client(&new, at(0)).unwrap();
    }
    assert!(matches!(
        home.store.writer.add_client(&new, at(0)),
        Err(StoreError::Refused(_))
    ));
    home.store.writer.revoke_client(first.id, at(1)).unwrap();
    home.store.writer.add_client(&new, at(1)).unwrap();
}

/// One row of the made-up life.
#[derive(Clone, Debug)]
struct Row {
    app: usize,
    trust: Trust,
    day: i64,
    /// A memory that rests on this row and on the one before.
    memory: Option<(Kind, i64)>,
}

fn trusts() -> impl Strategy<Value = Trust> {
    prop::sample::select(vec![
        Trust::Screen,
        Trust::OwnWindow,
        Trust::Client,
        Trust::Chat,
        Trust::User,
    ])
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let memory = prop::option::weighted(0.7, (prop::sample::select(Kind::ALL.to_vec()), 0..100i64));
    let row = (0..APPS.len(), trusts(), 0..100i64, memory);
    let row = row.prop_map(|(app, trust, day, memory)| Row {
        app,
        trust,
        day,
        memory,
    });
    prop::collection::vec(row, 12..30)
}

fn grants() -> impl Strategy<Value = Grant> {
    (
        prop::sample::subsequence(Kind::ALL.to_vec(), 0..=6),
        any::<bool>(),
        trusts(),
        prop::option::of(0..120u32),
        prop::sample::subsequence(vec!["FIREFOX", "signal", "gedit"], 0..=2),
    )
        .prop_map(
            |(kinds, observations, min_trust, max_age_days, apps)| Grant {
                kinds,
                observations,
                min_trust,
                max_age_days,
                apps_left_out: apps.into_iter().map(String::from).collect(),
                propose: false,
                chat: false,
            },
        )
}

/// What is stored of a row: the document, and all it rests on.
struct Stored {
    doc: DocRef,
    kind: Option<Kind>,
    trust: Trust,
    days: Vec<i64>,
    apps: Vec<&'static str>,
}

fn body(kind: Kind) -> Body {
    match kind {
        Kind::Semantic => fact("", "", &[]).body,
        Kind::Vault => secret("", "hidden").body,
        Kind::Core => Body::Core {
            block: memory::CoreBlock::Human,
        },
        Kind::Procedural => Body::Procedural {
            entry_type: memory::ProcedureType::Workflow,
            steps: vec!["needle".into()],
        },
        Kind::Episodic => Body::Episodic {
            event_type: "seen".into(),
            actor: "user".into(),
            until: None,
        },
        Kind::Resource => Body::Resource {
            resource_type: "page".into(),
            content: "needle".into(),
            locator: None,
        },
    }
}

fn lived(rows: &[Row]) -> (Home, Vec<Stored>) {
    let mut home = home();
    let mut stored = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let seen = Observation {
            at: at(row.day * DAY),
            ..seen(1_000 + number as u64, 1, APPS[row.app], "needle")
        };
        let seen = Observation {
            trust: row.trust,
            ..seen
        };
        let doc = DocRef::Observation(seen.id);
        let intake = Intake {
            frame: None,
            observations: vec![seen],
            tasks: Tasks::NONE,
        };
        home.store.writer.record(&[intake], at(0)).unwrap();
        stored.push(Stored {
            doc,
            kind: None,
            trust: row.trust,
            days: vec![row.day],
            apps: vec![APPS[row.app]],
        });
        let Some((kind, day)) = row.memory else {
            continue;
        };
        let behind: Vec<usize> = [Some(number), number.checked_sub(1)]
            .into_iter()
            .flatten()
            .collect();
        let sources: Vec<(u64, &str)> = behind
            .iter()
            .map(|n| (1_000 + *n as u64, "needle"))
            .collect();
        let memory = NewMemory {
            body: body(kind),
            valid_from: at(day * DAY),
            ..fact(&format!("needle {number}"), "", &sources)
        };
        let author = if kind == Kind::Vault {
            Author::User
        } else {
            MIND
        };
        if let Some(change) = home.edit(Edit::Add { memory }, author).changes.pop() {
            let days = behind.iter().map(|n| rows[*n].day).chain([day]);
            stored.push(Stored {
                doc: DocRef::Memory(change.id),
                kind: Some(kind),
                trust: change.after.content.trust,
                days: days.collect(),
                apps: behind.iter().map(|n| APPS[rows[*n].app]).collect(),
            });
        }
    }
    let vectors: Vec<NewVector> = stored
        .iter()
        .filter(|one| one.kind != Some(Kind::Vault))
        .map(|one| NewVector {
            doc: one.doc,
            part: 0,
            values: vec![1.0, 0.0, 0.0, 0.0],
        })
        .collect();
    home.store.writer.store_vectors(MODEL, &vectors).unwrap();
    (home, stored)
}

/// Said again in plain words, without the store.
fn is_inside(one: &Stored, grant: &Grant) -> bool {
    let kind = match one.kind {
        None => grant.observations,
        Some(kind) => kind != Kind::Vault && grant.kinds.contains(&kind),
    };
    let youngest = grant
        .max_age_days
        .map_or(i64::MIN, |days| NOW / DAY - i64::from(days));
    let out = |app: &&str| {
        grant
            .apps_left_out
            .iter()
            .any(|left| left.eq_ignore_ascii_case(app))
    };
    kind && one.trust >= grant.min_trust
        && one.days.iter().all(|day| *day >= youngest)
        && !one.apps.iter().any(out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn d4_whatever_is_asked_all_of_the_scope_and_nothing_else_is_found(
        rows in rows(),
        grants in prop::collection::vec(grants(), 12),
    ) {
        let (home, stored) = lived(&rows);
        for grant in grants {
            let inside = stored.iter().filter(|one| is_inside(one, &grant));
            let inside: BTreeSet<DocRef> = inside.map(|one| one.doc).collect();
            let bounds = Some(grant.bounds(at(NOW)));
            let filter = Filter { bounds: bounds.clone(), ..Filter::default() };
            let docs = |found: Vec<(DocRef, f64)>| found.into_iter().map(|(doc, _)| doc).collect::<BTreeSet<_>>();
            let words = docs(home.read(|txn| txn.search_words("needle", &filter, 999)));
            prop_assert_eq!(&words, &inside, "by words, {:?}", grant);
            let near = home.read(|txn| txn.search_vectors(MODEL, &[1.0, 0.0, 0.0, 0.0], &filter, 999));
            let near: BTreeSet<DocRef> = near.into_iter().map(|(doc, _)| doc).collect();
            prop_assert_eq!(&near, &inside, "by vectors, {:?}", grant);
            let held = home.read(|txn| txn.holding(&[vec!["needle".into()]], &filter, 999));
            prop_assert_eq!(&held.into_iter().collect::<BTreeSet<_>>(), &inside, "counted, {:?}", grant);
            let page = MemoryPage { bounds, limit: 999, ..MemoryPage::default() };
            let (listed, total) = home.read(|txn| txn.memories(&page));
            let memories = inside.iter().filter(|doc| matches!(doc, DocRef::Memory(_)));
            prop_assert_eq!(total as usize, memories.count(), "counted in all, {:?}", grant);
            prop_assert!(listed.iter().all(|memory| inside.contains(&DocRef::Memory(memory.id))));
            // The limit is filled from inside, not cut off before what is outside is left out.
            let few = home.read(|txn| txn.search_words("needle", &filter, 3));
            prop_assert_eq!(few.len(), inside.len().min(3));
        }
    }

    #[test]
    fn d5_no_order_of_reads_takes_more_than_the_budget(
        reads in prop::collection::vec((0..2_000i64, 0..700u32), 1..120),
    ) {
        let mut home = home();
        let client = home.store.writer.add_client(&new_client("agent", Grant::default()), at(0)).unwrap().0;
        let mut now = 0;
        let mut read: Vec<(i64, u32)> = vec![];
        for (wait, items) in reads {
            now += wait;
            let within = |seconds: i64| read.iter().filter(|(when, _)| *when > now - seconds).map(|(_, items)| items).sum::<u32>();
            let left = (500 - within(3_600)).min(5_000 - within(86_400));
            let outcome = home.store.writer.spend(&line_of(client.id, items, at(now))).unwrap();
            match outcome {
                Ok(()) => {
                    prop_assert!(items <= left, "{} of {}", items, left);
                    read.push((now, items));
                }
                Err(allowance) => {
                    prop_assert!(items > left, "{} of {}", items, left);
                    prop_assert_eq!(allowance.items, left);
                    if left == 0 {
                        let then = home.read(|txn| txn.allowance(client.id, allowance.more_at));
                        prop_assert!(then.items > 0, "there is room when it says so");
                        let before = Timestamp::from_millis(allowance.more_at.millis() - 1);
                        prop_assert_eq!(home.read(|txn| txn.allowance(client.id, before)).items, 0);
                    }
                }
            }
        }
        let log = home.read(|txn| txn.access_log(at(-DAY)));
        let total: u32 = read.iter().map(|(_, items)| items).sum();
        prop_assert_eq!(log.iter().map(|line| line.items).sum::<u32>(), total);
    }
}

#[test]
fn d5_a_budget_outlives_the_process() {
    let mut home = home();
    let new = new_client("agent", Grant::default());
    let client = home.store.writer.add_client(&new, at(0)).unwrap().0;
    let all = line_of(client.id, crate::ITEMS_AN_HOUR, at(5));
    home.store.writer.spend(&all).unwrap().unwrap();
    let home = home.crash();
    let left = home.read(|txn| txn.allowance(client.id, at(6)));
    assert_eq!((left.items, left.more_at), (0, at(3_605)));
    let other = home.read(|txn| txn.allowance(ClientId(id(7)), at(6)));
    assert_eq!(other.items, crate::ITEMS_AN_HOUR, "each has its own");
}

#[test]
fn d6_the_log_adds_up_by_day_and_lets_go_of_what_is_older_than_ninety_days() {
    let mut home = home();
    let own = |day: i64, asked| AccessLine {
        client: None,
        reader: "window".into(),
        asked,
        ..line_of(ClientId(id(1)), 2, at(day * DAY + 60))
    };
    home.store
        .writer
        .note_access_log(&[own(0, 1), own(0, 4), own(1, 1)])
        .unwrap();
    let log = |home: &Home| home.read(|txn| txn.access_log(at(-DAY)));
    let found = log(&home);
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[1].asked, found[1].items, found[1].client),
        (5, 4, None)
    );
    home.store.writer.note_access_log(&[own(91, 1)]).unwrap();
    assert_eq!(log(&home).len(), 2, "day 0 went");
}

#[test]
fn d3_a_copy_that_is_put_back_lets_nobody_in() {
    let mut home = home();
    let new = new_client("agent", Grant::default());
    let (client, token) = home.store.writer.add_client(&new, at(0)).unwrap();
    home.import(1, "text");
    let copy = home.store.readers.back_up(at(1)).unwrap().unwrap();
    home.store.writer.revoke_client(client.id, at(2)).unwrap();
    home.store.writer.close().unwrap();
    let profile = unlock(home.folder.path(), &key()).unwrap();
    let restored = restore(profile, &copy.name, Entropy::system(), at(3)).unwrap();
    let found = restored
        .readers
        .begin()
        .unwrap()
        .client_with_token(&token)
        .unwrap();
    assert!(!found.unwrap().is_admitted(at(4)));
}
