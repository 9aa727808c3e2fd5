//! Procedures and preferences.

use super::*;

const MINUTE: i64 = 60;

fn action(world: &mut World, title: &str, seconds: i64) {
    let at = START.plus_seconds(seconds);
    let body = Body::Episodic {
        actor: "user".into(),
        event_type: "using".into(),
        until: Some(at.plus_seconds(5 * MINUTE)),
    };
    world.add(trusted(memory(title, body, seconds), Trust::Screen));
}

fn routines(days: i64, steps: &[&str]) -> World {
    let mut world = World::of([]);
    for day in 0..days {
        for (place, step) in (0..).zip(steps) {
            action(&mut world, step, day * DAY + place * 10 * MINUTE);
        }
    }
    world
}

const STEPS: &[&str] = &[
    "Used mail: Invoices",
    "Worked on costs.ods in calc",
    "Read “Bank” on bank.example",
    "Used print",
];

#[test]
fn u18_what_was_done_three_times_in_the_same_order_is_proposed_as_a_procedure() {
    assert_eq!(routines(2, STEPS).proposals(), []);
    let mut world = routines(3, STEPS);
    let proposals = world.proposals();
    let [proposal] = &proposals[..] else {
        panic!("{proposals:?}")
    };
    assert_eq!(
        (proposal.reason, proposal.consent),
        (Reason::Procedure, Consent::Ask)
    );
    let [Edit::Add { memory }] = &proposal.edits[..] else {
        panic!("{proposal:?}")
    };
    let Body::Procedural { steps, .. } = &memory.body else {
        panic!("{memory:?}")
    };
    assert_eq!(steps[..2], ["Used mail", "Worked on costs.ods in calc"]);
    assert_eq!((steps.len(), memory.trust), (4, Trust::Screen));
    assert_eq!(memory.details, "Done 3 times, last on 14 March 2026.");
    assert_eq!(world.tidy(), 0, "what was only seen waits for a yes");
    world.agree();
    assert_eq!(world.proposals(), [], "it is known now");
}

#[test]
fn u18_two_steps_other_orders_and_long_pauses_are_no_procedure() {
    assert_eq!(routines(5, &STEPS[..2]).proposals(), []);
    let mut world = World::of([]);
    for day in 0..3 {
        for (place, step) in (0..).zip(STEPS) {
            action(&mut world, step, day * DAY + place * 60 * MINUTE);
        }
    }
    assert_eq!(world.proposals(), []);
    let mut world = World::of([]);
    for (day, order) in (0..).zip([[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
        for (place, step) in (0..).zip(order) {
            action(&mut world, STEPS[step], day * DAY + place * 10 * MINUTE);
        }
    }
    assert_eq!(world.proposals(), []);
}

fn taste(days: &[i64], now: i64) -> String {
    let mut world = World::of([]);
    let mut memory = fact("Ann likes tea", days[0] * DAY);
    memory.content.details = "I like tea.".into();
    memory.content.sources = days
        .iter()
        .map(|day| world.said("I like tea.", START.plus_seconds(day * DAY), Trust::Client))
        .collect();
    let id = world.add(memory);
    world.now = now * DAY;
    world.tidy();
    assert_eq!(world.tidy(), 0);
    world.memories[&id].content.details.clone()
}

#[test]
fn u19_a_preference_tells_how_often_it_was_said_and_whether_lately_more_or_less() {
    assert_eq!(taste(&[0], 10), "I like tea.");
    assert_eq!(
        taste(&[0, 290, 295, 299], 300),
        "I like tea.\nSaid 4 times since 12 March 2026, last on 5 January 2027; lately more than before."
    );
    assert!(taste(&[0, 3, 6, 9], 300).ends_with("lately less than before."));
    let evenly: Vec<i64> = (0..60).map(|number| number * 10).collect();
    assert!(taste(&evenly, 600).ends_with("lately as often as before."));
}
