//! Killed at any moment: nothing acknowledged is lost, nothing is thought about twice.

use super::running::{How, PASSPHRASE, create, folder, line, start, unlock};
use afterimage_engine::{
    api::{Memory, Request, Response},
    client::{Client, Home},
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

const ROUNDS: usize = 4;

#[test]
fn what_was_acknowledged_survives_a_kill_in_the_middle_of_taking_in() {
    let dir = folder();
    let running = create(dir.path());
    running.set(|settings| settings.absorb = false);
    running.kill();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    for round in 0..ROUNDS {
        let running = unlock(dir.path());
        let before = acknowledged.load(Ordering::SeqCst);
        let writing = take_in(&Home::at(dir.path()), acknowledged.clone());
        // Kill after a number of acknowledgements, not after a time, so that each round has some and all differ.
        while acknowledged.load(Ordering::SeqCst) < before + 5 + 7 * round {
            thread::yield_now();
        }
        running.kill();
        writing.join().unwrap();
    }
    let count = acknowledged.load(Ordering::SeqCst);
    let running = unlock(dir.path());
    for number in 0..count {
        assert_eq!(
            running.ingest(vec![text(number)]),
            1,
            "{number} of {count} was lost"
        );
    }
    let stored = running.search("numbered marker").len();
    assert!(stored > 0);
}

fn text(number: usize) -> afterimage_engine::api::IngestItem {
    line(number, "kill", "Ann", &format!("numbered marker {number}"))
}

/// One line after the other until the engine is gone.
fn take_in(home: &Home, acknowledged: Arc<AtomicUsize>) -> thread::JoinHandle<()> {
    let client = Client::connect(home, "writer").unwrap();
    thread::spawn(move || {
        loop {
            let number = acknowledged.load(Ordering::SeqCst);
            if client
                .call(Request::Ingest {
                    items: vec![text(number)],
                })
                .is_err()
            {
                return;
            }
            acknowledged.store(number + 1, Ordering::SeqCst);
        }
    })
}

#[test]
fn nothing_is_lost_or_thought_about_twice_after_a_kill_in_the_middle_of_thinking() {
    let dir = folder();
    let running = create(dir.path());
    let facts = [
        "My name is Mira and I live in Utrecht.",
        "My brother Jonas works as a nurse in Ghent.",
        "Our landlord is Pieter de Boer, his number is on the fridge.",
        "The budget for the Atlas project is 40,000 euros until March.",
        "I am allergic to hazelnuts.",
        "The bicycle was stolen on Tuesday in front of the library.",
    ];
    let lines = facts
        .iter()
        .enumerate()
        .map(|(number, text)| line(number * 600, &format!("t{number}"), "Mira", text));
    running.ingest(lines.collect());
    running.kill();
    for milliseconds in [300, 1_500, 4_000] {
        let running = unlock(dir.path());
        let client = Client::connect(&Home::at(dir.path()), "settler").unwrap();
        let settling = thread::spawn(move || client.call(Request::Settle { seconds: 600 }));
        // Wherever this falls, in loading, reading, writing or after the end, the promise is the same.
        thread::sleep(Duration::from_millis(milliseconds));
        running.kill();
        let _ = settling.join().unwrap();
    }
    let running = unlock(dir.path());
    running.settle();
    let status = running.status();
    assert_eq!((status.waiting, status.failed_jobs), (0, 0));
    let memories = all(&running.client);
    assert!(!memories.is_empty());
    let mut seen = HashSet::new();
    for memory in &memories {
        let identity = (
            memory.kind(),
            memory.content.title.clone(),
            memory.content.sources.clone(),
        );
        assert!(
            seen.insert(format!("{identity:?}")),
            "twice: {:?} {}",
            memory.kind(),
            memory.content.title
        );
    }
    running.settle();
    assert_eq!(all(&running.client).len(), memories.len());
}

fn all(client: &Client) -> Vec<Memory> {
    match client.call(Request::Memories {
        kind: None,
        text: None,
        offset: 0,
        limit: 200,
    }) {
        Ok(Response::Memories { memories, .. }) => memories,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dead_engine_leaves_the_door_open() {
    let dir = folder();
    create(dir.path()).kill();
    let how = || How {
        passphrase: Some(PASSPHRASE),
        ..How::default()
    };
    for _ in 0..2 {
        start(dir.path(), how()).unwrap().kill();
    }
}
