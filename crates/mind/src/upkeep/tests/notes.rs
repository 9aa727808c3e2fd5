//! Notes, Core blocks and what is let go.

use super::*;
use crate::absorb::support::invented;
use afterimage_domain::{
    FadeOf, FadeRule, Spans,
    memory::{CoreBlock, FROM_MEMORIES},
};
use proptest::prelude::*;

const HOUR: i64 = 3_600;

/// An event an hour long with a sentence of its own, read off the screen.
fn event(world: &mut World, title: &str, sentence: &str, seconds: i64) -> MemoryId {
    let at = START.plus_seconds(seconds);
    let body = Body::Episodic {
        actor: "user".into(),
        event_type: "edit".into(),
        until: Some(at.plus_seconds(HOUR)),
    };
    let mut event = trusted(memory(title, body, seconds), Trust::Screen);
    event.content.details = sentence.into();
    let source = world.said(&format!("{title}\n{sentence}"), at, Trust::Screen);
    event.content.sources = vec![source];
    world.add(event)
}

fn note<'w>(world: &'w World, title: &str) -> &'w Memory {
    let found = world
        .memories
        .values()
        .find(|memory| memory.content.title == title);
    found.unwrap_or_else(|| panic!("no {title} in {:?}", world.active()))
}

/// A world in which notes are made.
fn noting(memories: impl IntoIterator<Item = Memory>) -> World {
    World {
        notes: true,
        ..World::of(memories)
    }
}

/// [`START`] is Thursday, 12 March 2026, 9:00.
fn two_days() -> World {
    let mut world = noting([]);
    event(
        &mut world,
        "Worked on plan.md in code",
        "The budget of Atlas is 48,000 EUR until June.",
        0,
    );
    event(
        &mut world,
        "Read the letter in mail",
        "Boris comes to the office on Friday morning.",
        HOUR,
    );
    event(
        &mut world,
        "Worked on code.rs in code",
        "The parser fails on empty lines of input.",
        DAY,
    );
    world
}

#[test]
fn u12_a_day_has_a_note_of_its_events_in_their_order_when_it_is_over() {
    let mut world = two_days();
    world.now = DAY + HOUR;
    world.tidy();
    let day = note(&world, "Thursday, 12 March 2026");
    assert_eq!(
        day.content.details.lines().collect::<Vec<_>>(),
        [
            "Worked on plan.md in code",
            "The budget of Atlas is 48,000 EUR until June.",
            "Read the letter in mail",
            "Boris comes to the office on Friday morning.",
        ]
    );
    assert_eq!(day.content.tree_path, ["days", "2026-03"]);
    assert_eq!(
        (day.content.sources.len(), day.content.trust),
        (2, Trust::Screen)
    );
    assert!(
        !world.active().contains(&"Friday, 13 March 2026"),
        "it is not over"
    );
    world.now = 5 * DAY;
    world.tidy();
    assert!(world.active().contains(&"Friday, 13 March 2026"));
    assert!(
        note(&world, "Week of 9 March 2026")
            .content
            .details
            .contains("Worked on code.rs in code")
    );
}

#[test]
fn u12_a_note_is_changed_in_place_when_its_events_change_and_goes_with_them() {
    let mut world = two_days();
    world.tidy();
    let before = note(&world, "Thursday, 12 March 2026").clone();
    let letter = world
        .memories
        .values()
        .find(|memory| memory.content.title.contains("letter"))
        .unwrap()
        .id;
    world.memories.get_mut(&letter).unwrap().state = MemoryState::Deleted;
    world.tidy();
    let after = note(&world, "Thursday, 12 March 2026");
    assert_eq!((after.id, after.version), (before.id, before.version + 1));
    assert!(!after.content.details.contains("Boris"));
    for memory in world
        .memories
        .values_mut()
        .filter(|memory| !memory.content.is_note())
    {
        memory.state = MemoryState::Deleted;
    }
    world.tidy();
    assert_eq!(world.active(), [] as [&str; 0]);
}

#[test]
fn u12_a_note_the_user_changed_is_left_as_it_is() {
    let mut world = two_days();
    world.tidy();
    let own = note(&world, "Thursday, 12 March 2026").id;
    world.own.insert(own);
    world.memories.get_mut(&own).unwrap().content.details = "A good day.".into();
    event(
        &mut world,
        "Worked on more.rs in code",
        "Nothing of it compiles as it stands.",
        2 * HOUR,
    );
    world.tidy();
    assert_eq!(world.memories[&own].content.details, "A good day.");
}

#[test]
fn u13_what_its_source_does_not_say_is_not_in_a_note() {
    let mut world = noting([]);
    let wrong = event(
        &mut world,
        "Worked on plan.md in code",
        "The budget of Atlas is 48,000 EUR.",
        0,
    );
    let known = world.memories.get_mut(&wrong).unwrap();
    known.content.details = "The budget of Zephyr is 99,000 EUR this year.".into();
    world.tidy();
    assert_eq!(
        note(&world, "Thursday, 12 March 2026").content.details,
        "Worked on plan.md in code"
    );
}

#[test]
fn u12_a_person_has_a_note_of_what_is_known_and_where_it_came_up() {
    let mut world = noting([
        tagged(fact("Ann lives in Bern", 0), "home"),
        fact("Ann has a dog", HOUR),
    ]);
    event(
        &mut world,
        "Read mail",
        "The dinner with Ann is at eight on Friday.",
        2 * HOUR,
    );
    world.tidy();
    let about = note(&world, "Ann: what is known");
    assert_eq!(
        about.content.details,
        "Ann lives in Bern\nAnn has a dog\nThe dinner with Ann is at eight on Friday."
    );
    assert_eq!(about.content.tree_path, ["people", "Ann"]);
    assert!(
        matches!(&about.content.body, Body::Semantic { learned_from, .. } if learned_from == FROM_MEMORIES)
    );
}

fn core(title: &str, block: CoreBlock, uses: u32, seconds: i64) -> Memory {
    let mut line = trusted(memory(title, Body::Core { block }, seconds), Trust::Chat);
    line.access_count = uses;
    line
}

fn full_block(block: CoreBlock) -> World {
    World::of((0..50).map(|number| {
        let title = format!(
            "{number} {}",
            "The user walks in the wide hills of the north and the ".repeat(2)
        );
        core(title.trim_end(), block, number % 7, i64::from(number))
    }))
}

fn size(world: &World) -> usize {
    let core = world.memories.values().filter(|memory| {
        memory.state == MemoryState::Active && matches!(memory.content.body, Body::Core { .. })
    });
    core.map(|memory| memory.content.title.chars().count())
        .sum()
}

#[test]
fn u16_a_nearly_full_block_is_brought_to_half_and_nothing_is_lost() {
    let mut world = full_block(CoreBlock::Human);
    assert!(size(&world) > 4_500);
    let titles: Vec<String> = world.active().into_iter().map(str::to_owned).collect();
    world.tidy();
    assert!((2_300..=2_500).contains(&size(&world)), "{}", size(&world));
    assert_eq!(
        world.active(),
        titles,
        "all of it is there still, half of it as facts"
    );
    let mut kept = world.memories.values().filter(|memory| {
        memory.state == MemoryState::Active && matches!(memory.content.body, Body::Core { .. })
    });
    assert!(
        kept.all(|line| line.access_count >= 3),
        "what is used most stays"
    );
}

#[test]
fn u16_wishes_leave_their_block_only_with_a_yes_and_what_is_pinned_stays() {
    let mut world = full_block(CoreBlock::Custom);
    assert_eq!(world.tidy(), 0);
    assert_eq!(world.proposals()[0].consent, Consent::Ask);
    for line in world.memories.values_mut() {
        line.pinned = true;
    }
    assert_eq!(world.proposals(), []);
}

#[test]
fn u15_what_expires_is_shown_a_week_before_and_typed_things_only_with_a_yes() {
    let spans = Spans {
        fade_days: 0,
        expire_days: 100,
    };
    let mut used = fact("Ann has a horse", 0);
    used.access_count = 9;
    let mut world = World::of([
        fact("Ann has a dog", 0),
        trusted(fact("Ann has a cat", 0), Trust::User),
        used,
    ]);
    let due = START.plus_seconds(100 * DAY);
    assert_eq!(world.proposals(), []);
    world.fading.rules = vec![FadeRule {
        of: FadeOf::Kind(afterimage_domain::Kind::Semantic),
        spans,
    }];
    let mut check = |days: i64, expected: &[Consent]| {
        world.now = days * DAY;
        let consents: Vec<_> = world
            .proposals()
            .iter()
            .map(|proposal| proposal.consent)
            .collect();
        assert_eq!(consents, expected, "after {days} days");
    };
    check(92, &[]);
    check(94, &[Consent::After(due), Consent::Ask]);
    check(200, &[Consent::After(due), Consent::Ask]);
    check(400, &[Consent::After(due), Consent::Ask, Consent::Ask]);
}

fn any_sentence() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("Ann"), Just("Boris"), Just("Atlas")];
    let verb = prop_oneof![
        Just("pays"),
        Just("asks for"),
        Just("always sends"),
        Just("counts")
    ];
    (name, verb, 1u32..99_999).prop_map(|(name, verb, number)| {
        format!("The firm of {name} {verb} {number} letters to them.")
    })
}

proptest! {
    #[test]
    fn u13_every_number_and_name_of_a_note_stands_in_its_sources(
        said in prop::collection::vec((any_sentence(), any_sentence(), 0i64..20, any::<bool>()), 1..20)
    ) {
        let mut world = noting([]);
        for (sentence, other, half_days, is_true) in said {
            let id = event(&mut world, "Read mail", &sentence, half_days * DAY / 2);
            if !is_true {
                world.memories.get_mut(&id).unwrap().content.details = other;
            }
        }
        world.tidy();
        for memory in world.memories.values().filter(|memory| memory.content.is_note()) {
            let texts: Vec<String> = memory.content.sources.iter()
                .map(|source| world.observations[&source.observation].text.clone())
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            for line in memory.content.details.lines() {
                prop_assert_eq!(invented(line, &texts), None, "{}", line);
            }
        }
        let once = world.memories.clone();
        prop_assert_eq!(world.tidy(), 0);
        prop_assert_eq!(&world.memories, &once);
    }
}
