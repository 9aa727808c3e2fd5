//! General promises, on memories made by chance.

use super::*;
use crate::statement::attribute;
use proptest::prelude::*;

/// Few enough words that many memories meet.
fn any_memory() -> impl Strategy<Value = Memory> {
    let statements = prop_oneof![
        Just(("Ann lives in Rome", "home")),
        Just(("Ann lives in Oslo", "home")),
        Just(("Ann lives in Bern", "home")),
        Just(("Ann works at Acme", "employer")),
        Just(("Ann works at Initech", "employer")),
        Just(("Ann likes tea", "")),
        Just(("Ann dislikes tea", "")),
        Just(("Ann has a dog", "pets")),
        Just(("Ann has the dog.", "pets")),
        Just(("Ann met Boris", "")),
    ];
    let trust = prop_oneof![
        Just(Trust::Screen),
        Just(Trust::Client),
        Just(Trust::Chat),
        Just(Trust::User),
    ];
    (statements, trust, 0i64..30, prop::bool::weighted(0.1)).prop_map(
        |((title, tag), trust, day, pinned)| {
            let mut memory = trusted(tagged(fact(title, day * DAY), tag), trust);
            memory.pinned = pinned;
            memory
        },
    )
}

fn any_world() -> impl Strategy<Value = World> {
    prop::collection::vec(any_memory(), 0..14).prop_map(World::of)
}

/// Sources of what can be reached from active memories through what gave way to them.
fn reachable(world: &World) -> HashSet<Source> {
    let leads_to_active = |memory: &Memory| {
        let mut id = memory.id;
        for _ in 0..world.memories.len() {
            match world.memories[&id].superseded_by {
                Some(by) => id = by,
                None => return world.memories[&id].state == MemoryState::Active,
            }
        }
        false
    };
    let memories = world
        .memories
        .values()
        .filter(|memory| leads_to_active(memory));
    memories
        .flat_map(|memory| memory.content.sources.clone())
        .collect()
}

fn all_sources(world: &World) -> HashSet<Source> {
    world
        .memories
        .values()
        .flat_map(|memory| memory.content.sources.clone())
        .collect()
}

fn overlap(a: &Memory, b: &Memory) -> bool {
    let until = |memory: &Memory| memory.valid_to.unwrap_or(Timestamp::from_millis(i64::MAX));
    a.content.valid_from.max(b.content.valid_from) < until(a).min(until(b))
}

proptest! {
    #[test]
    fn u6_no_source_and_no_memory_is_lost(mut world in any_world()) {
        let before = world.clone();
        world.agree();
        prop_assert_eq!(reachable(&world), all_sources(&before));
        for (id, old) in &before.memories {
            let now = &world.memories[id];
            prop_assert_eq!(&now.content.title, &old.content.title);
            prop_assert!(old.content.sources.iter().all(|source| now.content.sources.contains(source)));
            prop_assert!(now.state != MemoryState::Deleted);
        }
    }

    #[test]
    fn u7_no_memory_is_concerned_twice_and_no_id_is_given_twice(world in any_world()) {
        let proposals = world.proposals();
        let ids: HashSet<&str> = proposals.iter().map(|proposal| proposal.id.as_str()).collect();
        prop_assert_eq!(ids.len(), proposals.len());
        let mut concerned = HashSet::new();
        for proposal in &proposals {
            let own: HashSet<MemoryId> = proposal.concerned().into_iter().collect();
            prop_assert!(own.iter().all(|id| concerned.insert(*id)), "{:?}", proposal);
        }
        prop_assert_eq!(world.proposals(), proposals, "the same again");
    }

    #[test]
    fn u8_the_spans_of_the_values_of_one_attribute_never_overlap(mut world in any_world()) {
        world.agree();
        let memories: Vec<&Memory> = world.memories.values().collect();
        for (place, one) in memories.iter().enumerate() {
            for other in &memories[place + 1..] {
                let is_one = attribute(&one.content).is_some() && attribute(&one.content) == attribute(&other.content);
                // A pinned value stands beside the others until a yes.
                let has_pin = memories
                    .iter()
                    .any(|memory| memory.pinned && attribute(&memory.content) == attribute(&one.content));
                if is_one && !has_pin {
                    prop_assert!(!overlap(one, other), "{:?}\n{:?}", one, other);
                }
            }
        }
    }

    #[test]
    fn u9_doing_it_twice_changes_nothing_more(mut world in any_world()) {
        world.tidy();
        let once = world.memories.clone();
        prop_assert_eq!(world.tidy(), 0);
        prop_assert_eq!(&world.memories, &once);
        world.agree();
        let agreed = world.memories.clone();
        prop_assert_eq!(world.agree(), 0);
        prop_assert_eq!(&world.memories, &agreed);
    }

    #[test]
    fn u2_without_a_yes_no_trust_is_lost(mut world in any_world()) {
        world.tidy();
        for memory in world.memories.values() {
            if let Some(by) = memory.superseded_by {
                prop_assert!(world.memories[&by].content.trust >= memory.content.trust);
                prop_assert!(!memory.pinned);
            }
        }
    }
}
