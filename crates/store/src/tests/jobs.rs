use super::*;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn lease(home: &mut Home, kind: JobKind, seconds: i64) -> Vec<Job> {
    home.store
        .writer
        .lease(kind, 10, at(seconds), MINUTE)
        .unwrap()
}

#[test]
fn work_is_leased_once_and_again_when_the_lease_runs_out() {
    let mut home = home();
    home.import(1, "one");
    home.import(2, "two");
    let jobs = lease(&mut home, JobKind::Absorb, 0);
    let docs: Vec<_> = jobs.iter().flat_map(Job::observations).collect();
    assert_eq!(docs, [ObservationId(id(1)), ObservationId(id(2))]);
    assert_eq!(lease(&mut home, JobKind::Absorb, 59), []);
    let again = lease(&mut home, JobKind::Absorb, 61);
    assert_eq!((again.len(), again[0].attempts), (2, 2));
    let backlog = home.read(|txn| txn.backlog(JobKind::Absorb));
    assert_eq!((backlog.jobs, backlog.docs, backlog.dead), (2, 2, 0));
}

#[test]
fn the_result_and_the_end_of_a_job_are_one() {
    let mut home = home();
    home.import(1, "Ann has a cat");
    let job = lease(&mut home, JobKind::Absorb, 0)[0].id;
    let edits = clean(vec![Edit::Add {
        memory: fact("Ann has a cat", "", &[(1, "Ann has a cat")]),
    }]);
    let writer = &mut home.store.writer;
    let applied = writer
        .finish_absorb(&[job], &edits, &Clean::none(), at(1))
        .unwrap();
    assert_eq!(applied.changes[0].author, Author::Mind { job });
    let twice = writer.finish_absorb(&[job], &edits, &Clean::none(), at(2));
    assert!(matches!(twice, Err(StoreError::LeaseLost)));
    assert_eq!(home.read(|txn| txn.counts(at(0))).memories, 1);
    assert_eq!(
        home.read(|txn| txn.backlog(JobKind::Absorb)),
        Backlog::default()
    );
}

#[test]
fn a_dead_process_gives_its_leases_back_once() {
    let mut home = home();
    home.import(1, "one");
    let first = lease(&mut home, JobKind::Absorb, 0);
    let mut home = home.crash();
    let second = lease(&mut home, JobKind::Absorb, 1);
    assert_eq!((first[0].id, second.len()), (second[0].id, 1));
    assert_eq!(lease(&mut home, JobKind::Absorb, 2), []);
}

#[test]
fn a_job_that_kills_the_process_is_dead_after_five_times() {
    let mut home = home();
    home.import(1, "poison");
    for _ in 0..5 {
        assert_eq!(lease(&mut home, JobKind::Absorb, 0).len(), 1);
        home = home.crash();
    }
    assert_eq!(lease(&mut home, JobKind::Absorb, 0), []);
    assert_eq!(home.read(|txn| txn.backlog(JobKind::Absorb)).dead, 1);
    assert_eq!(home.store.writer.requeue_dead(at(0)).unwrap(), 1);
    assert_eq!(lease(&mut home, JobKind::Absorb, 0).len(), 1);
}

#[test]
fn failures_wait_longer_each_time_and_then_for_the_user() {
    let mut home = home();
    home.import(1, "one");
    let mut now = 0;
    for attempt in 1..=5 {
        let job = lease(&mut home, JobKind::Absorb, now)[0].id;
        let failed = home
            .store
            .writer
            .fail(job, "model_missing", at(now))
            .unwrap();
        if attempt == 5 {
            assert_eq!(failed, Failed::Dead);
            break;
        }
        let Failed::Retry(again) = failed else {
            panic!("attempt {attempt}");
        };
        let wait = again.millis_since(at(now)) / 1000;
        assert!(
            (1 << attempt..=(1 << attempt) + 1).contains(&wait),
            "{wait}"
        );
        assert_eq!(lease(&mut home, JobKind::Absorb, now), []);
        now += wait + 1;
    }
    assert_eq!(lease(&mut home, JobKind::Absorb, now + 1000), []);
}

#[test]
fn a_lease_given_back_does_not_count() {
    let mut home = home();
    home.import(1, "one");
    for _ in 0..9 {
        let job = lease(&mut home, JobKind::Absorb, 0)[0].clone();
        assert_eq!(job.attempts, 1);
        home.store.writer.release(job.id).unwrap();
    }
}

#[test]
fn many_documents_are_spread_over_jobs_and_the_same_work_is_queued_once() {
    let mut home = home();
    let observations: Vec<_> = (1..=70).map(|n| line(n, "words")).collect();
    let docs: Vec<_> = observations
        .iter()
        .map(|o| DocRef::Observation(o.id))
        .collect();
    let intake = Intake {
        frame: None,
        observations,
        tasks: Tasks::ALL,
    };
    home.store
        .writer
        .record(&[intake.clone(), intake], at(0))
        .unwrap();
    let backlog = home.read(|txn| txn.backlog(JobKind::Embed));
    assert_eq!((backlog.jobs, backlog.docs), (3, 70));
    home.store
        .writer
        .enqueue(JobKind::Embed, &docs, at(0))
        .unwrap();
    assert_eq!(home.read(|txn| txn.backlog(JobKind::Embed)), backlog);
}

#[test]
fn a_memory_changed_while_it_is_embedded_is_embedded_again() {
    let mut home = home();
    let memory = home.remember(fact("First words", "", &[]));
    let first = lease(&mut home, JobKind::Embed, 200);
    let patch = Patch {
        title: Some("Second words".into()),
        ..Patch::default()
    };
    let edit = Edit::Update {
        id: memory.id,
        patch,
    };
    home.edit(edit, Author::User);
    let second = lease(&mut home, JobKind::Embed, 200);
    assert_eq!(first[0].docs, second[0].docs);
    assert_ne!(first[0].id, second[0].id);
}

#[test]
fn f8_work_that_was_queued_under_a_wrong_date_is_done() {
    const TEN_YEARS: i64 = 315_360_000;
    let mut home = home();
    let intake = imported(1, "queued in the future");
    home.store.writer.record(&[intake], at(TEN_YEARS)).unwrap();
    let mut lease = |seconds: i64| {
        let writer = &mut home.store.writer;
        let leased = writer
            .lease(JobKind::Embed, 10, at(seconds), MINUTE)
            .unwrap();
        for job in &leased {
            writer.fail(job.id, "some reason", at(seconds)).unwrap();
        }
        leased.len()
    };
    assert_eq!(lease(0), 1);
    assert_eq!(lease(0), 0, "it waits for its second try");
    assert_eq!(lease(-TEN_YEARS), 1);
    assert_eq!(lease(TEN_YEARS), 1);
}
