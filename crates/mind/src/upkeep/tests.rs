//! What upkeep promises (`docs/spec/upkeep.md`), on memories made by hand and by chance.

mod habits;
mod notes;
mod promises;
mod world;

pub(crate) use world::{DAY, World, fact, memory, policy, tagged, trusted};

use super::*;
use crate::testing::START;
use afterimage_domain::{Body, MemoryState, Trust};

fn homes(homes: &[(&str, i64, Trust)]) -> World {
    World::of(homes.iter().map(|(home, days, trust)| {
        let memory = tagged(fact(&format!("Ann lives in {home}"), days * DAY), "home");
        trusted(memory, *trust)
    }))
}

fn held(world: &World, home: &str) -> Vec<(i64, Option<i64>)> {
    let title = format!("Ann lives in {home}");
    let days = |at: Timestamp| at.millis_since(START) / 1000 / DAY;
    world
        .memories
        .values()
        .filter(|memory| memory.content.title == title)
        .map(|memory| (days(memory.content.valid_from), memory.valid_to.map(days)))
        .collect()
}

#[test]
fn u1_of_two_values_of_one_attribute_the_newer_holds_and_the_older_held_until_then() {
    let mut world = homes(&[
        ("Oslo", 5, Trust::Client),
        ("Rome", 1, Trust::Client),
        ("Bern", 9, Trust::Chat),
    ]);
    world.tidy();
    assert_eq!(world.active(), ["Ann lives in Bern"]);
    assert_eq!(held(&world, "Rome"), [(1, Some(5))]);
    assert_eq!(held(&world, "Oslo"), [(5, Some(9))]);
}

#[test]
fn u1_a_value_that_comes_back_holds_again() {
    let mut world = homes(&[
        ("Rome", 1, Trust::Client),
        ("Oslo", 5, Trust::Client),
        ("Rome", 9, Trust::Client),
    ]);
    world.tidy();
    assert_eq!(world.active(), ["Ann lives in Rome"]);
    assert_eq!(held(&world, "Rome"), [(1, Some(5)), (9, None)]);
    assert_eq!(held(&world, "Oslo"), [(5, Some(9))]);
}

#[test]
fn u2_a_less_trusted_value_takes_no_place_without_a_yes() {
    let mut world = homes(&[("Rome", 1, Trust::Chat), ("Oslo", 5, Trust::Screen)]);
    world.tidy();
    assert_eq!(world.active(), ["Ann lives in Oslo", "Ann lives in Rome"]);
    let [question] = &world.proposals()[..] else {
        panic!("{:?}", world.proposals());
    };
    assert_eq!(
        (question.reason, question.consent),
        (Reason::Conflict, Consent::Ask)
    );
    world.apply(&question.clone());
    assert_eq!(world.active(), ["Ann lives in Oslo"]);
    assert_eq!(held(&world, "Rome"), [(1, Some(5))]);
}

#[test]
fn u2_what_was_never_agreed_to_never_held() {
    let mut world = homes(&[
        ("Rome", 1, Trust::Chat),
        ("Oslo", 5, Trust::Screen),
        ("Bern", 9, Trust::Chat),
    ]);
    world.tidy();
    assert_eq!(world.active(), ["Ann lives in Bern"]);
    assert_eq!(held(&world, "Rome"), [(1, Some(9))]);
    assert_eq!(held(&world, "Oslo"), [(5, Some(5))]);
}

#[test]
fn u2_a_pinned_value_stays_until_a_yes() {
    let mut world = homes(&[("Rome", 1, Trust::Client), ("Oslo", 5, Trust::Client)]);
    for memory in world.memories.values_mut() {
        memory.pinned = memory.content.title.contains("Rome");
    }
    assert_eq!(world.tidy(), 0);
    assert_eq!(world.proposals()[0].consent, Consent::Ask);
}

#[test]
fn u3_one_of_those_that_say_the_same_keeps_the_sources_of_all() {
    let mut world = World::of([
        fact("Ann has a dog.", 1),
        fact("ann has a dog", 2),
        fact("Ann has the dog", 3),
        fact("Ann has a cat", 4),
    ]);
    let [proposal] = &world.proposals()[..] else {
        panic!("{:?}", world.proposals());
    };
    assert_eq!(proposal.words, "“Ann has a dog.” is kept 3 times.");
    assert_eq!(world.tidy(), 1);
    assert_eq!(world.active(), ["Ann has a cat", "Ann has a dog."]);
    let keeper = world
        .memories
        .values()
        .find(|memory| memory.content.title == "Ann has a dog.")
        .unwrap();
    assert_eq!(keeper.content.sources.len(), 3);
}

#[test]
fn u3_the_most_trusted_is_kept_and_stays_as_trusted() {
    let mut world = World::of([
        trusted(fact("Ann has a dog", 1), Trust::Screen),
        trusted(fact("Ann has a dog", 2), Trust::Chat),
    ]);
    world.tidy();
    let kept = world
        .memories
        .values()
        .find(|memory| memory.state == MemoryState::Active)
        .unwrap();
    assert_eq!(kept.content.trust, Trust::Chat);
    assert_eq!(
        kept.content.sources.len(),
        1,
        "words from the screen would lower it"
    );
}

#[test]
fn u3_what_was_typed_beside_it_is_not_put_out_of_view() {
    let mut typed = trusted(fact("Ann has a dog", 1), Trust::User);
    typed.content.details = "It is called Rex.".into();
    let world = World::of([trusted(fact("Ann has a dog", 0), Trust::User), typed]);
    assert_eq!(world.proposals(), []);
}

#[test]
fn u3_other_subjects_steps_and_times_are_no_duplicates() {
    let other = |subject: &str| Body::Semantic {
        subject: subject.into(),
        learned_from: "chat".into(),
    };
    let way = |step: &str| Body::Procedural {
        entry_type: afterimage_domain::memory::ProcedureType::Guide,
        steps: vec![step.into()],
    };
    let event = Body::Episodic {
        actor: "user".into(),
        event_type: "using".into(),
        until: None,
    };
    let world = World::of([
        memory("It is late", other("Atlas"), 1),
        memory("It is late", other("Boris"), 2),
        memory("Release", way("Tag it"), 3),
        memory("Release", way("Push it"), 4),
        memory("Used mail", event.clone(), 5),
        memory("Used mail", event, 6),
    ]);
    assert_eq!(world.proposals(), []);
}

#[test]
fn u4_what_is_near_in_meaning_is_asked_about() {
    let check = |one: &str, other: &str, asked: bool| {
        let mut world = World::of([fact(one, 1), fact(other, 2)]);
        let ids: Vec<MemoryId> = world.memories.keys().copied().collect();
        world.near = vec![(ids[0], ids[1], 0.97)];
        let proposals = world.proposals();
        let consents: Vec<Consent> = proposals.iter().map(|proposal| proposal.consent).collect();
        assert_eq!(
            consents,
            if asked { vec![Consent::Ask] } else { vec![] },
            "{one} / {other}"
        );
    };
    check("Ann owns a dog", "Ann has a dog", true);
    check("Ann owns a dog", "Ann does not own a dog", false);
    check("Ann has 2 dogs", "Ann has 3 dogs", false);
    check("Ann met Boris", "Ann met Clara", false);
    check("Ann adores tea", "Ann dislikes tea", false);
}

#[test]
fn u5_what_was_taken_back_or_dismissed_does_not_come_by_itself() {
    let mut world = homes(&[("Rome", 1, Trust::Client), ("Oslo", 5, Trust::Client)]);
    let id = world.proposals()[0].id.clone();
    world.applied.insert(id.clone());
    assert_eq!(world.tidy(), 0);
    assert_eq!(world.proposals()[0].consent, Consent::Ask);
    world.dismissed.insert(id);
    assert_eq!(world.proposals(), []);
}

#[test]
fn it_ends_between_two_steps_when_interrupted() {
    let view = View {
        memories: &[],
        observation: &|_| None,
        near: &|_| panic!("it went on"),
        own: &HashSet::new(),
        applied: &HashSet::new(),
        dismissed: &HashSet::new(),
    };
    assert_eq!(upkeep(&view, &policy(), START, &|| true), []);
}
