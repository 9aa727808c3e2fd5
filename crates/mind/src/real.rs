//! With the real default models: what they make of an article, what they answer from it, and what is read off a real screen.
//! A missing model fails these tests with the command that fetches it.

use crate::{
    absorb::{Absorbed, Batch, absorb, support},
    answer::{Options, Question, answer},
    perceive::{Perceived, Shown, perceive},
    segment::{Activity, Limits, Segmenter},
    sites::Sites,
    testing::{START, entropy, page, screen},
    thinker::{Form, Thinker},
};
use afterimage_domain::{
    Answer, Body, Edit, Evidence, EvidenceItem, Found, Frame, FrameId, NewMemory, Observation,
    ObservationId, Pixels, Rect, Window, id::uuid_v7,
};
use afterimage_infer::{
    generate::{self, End},
    models::{ModelFolder, OpenOptions},
    ocr::Ocr,
    prompt::Message,
};
use serde_json::json;
use std::{
    cell::Cell,
    sync::{Mutex, MutexGuard, OnceLock},
};

const ARTICLE: &str = "Home News Sport Weather iPlayer Sounds
Glacier in the Bernese Alps loses a tenth of its ice in two years
By Helen Briggs
Swiss glaciers have lost 10 percent of their volume in just two years, researchers say.
The Aletsch glacier, the largest in the Alps, retreated by 92 metres in 2025.
Matthias Huss of ETH Zurich, who leads the monitoring network, called the figures alarming.
Low snowfall in winter and hot summers are to blame for the accelerating melt.
Sign up for our morning newsletter and get it in your inbox.
Cookie settings";

fn article() -> Observation {
    let title = "Glacier in the Bernese Alps loses a tenth — Mozilla Firefox";
    page(0, title, "https://www.bbc.com/news/science-1234", ARTICLE)
}

/// One test at a time: they share the model, and what it has read stays only until it reads much else.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Loaded once for all tests.
fn thinker() -> MutexGuard<'static, Thinker> {
    static THINKER: OnceLock<Mutex<Thinker>> = OnceLock::new();
    let load = || {
        let folder = ModelFolder::from_environment();
        let options = OpenOptions::default();
        let model = folder.open_language_model("qwen2.5-coder-0.5b-instruct", &options);
        Mutex::new(Thinker::new(model.unwrap_or_else(|error| panic!("{error}"))).unwrap())
    };
    let lock = THINKER.get_or_init(load).lock();
    lock.unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What comes of activities of one observation each.
fn absorbed(observations: &[&Observation]) -> Vec<Absorbed> {
    let activities: Vec<Activity> = observations.iter().map(|seen| activity(seen)).collect();
    let pairs = activities.iter().zip(observations);
    let batches: Vec<Batch<'_>> = pairs
        .map(|(activity, observation)| Batch {
            activity,
            observations: std::slice::from_ref(*observation),
            time_zone: "UTC",
        })
        .collect();
    absorb(&batches, &|_| vec![], Some(&mut thinker()), None, &|| false).unwrap()
}

fn activity(observation: &Observation) -> Activity {
    let mut segmenter = Segmenter::new(Limits::default());
    segmenter.push(observation, None);
    segmenter.finish().remove(0)
}

fn asked(text: &str, seen: &[&Observation]) -> Answer {
    let item = |observation: &&Observation| EvidenceItem {
        found: Found::Observation {
            observation: (*observation).clone(),
        },
        score: 1.0,
        word_rank: None,
        meaning_rank: None,
        from: None,
        hits: vec![],
    };
    let evidence = Evidence {
        items: seen.iter().map(item).collect(),
        time: None,
        confidence: 0.6,
    };
    let question = Question {
        text,
        at: START,
        time_zone: "Europe/Zurich",
        evidence: &evidence,
        tally: None,
        sources: &[],
        turns: &[],
        core: &[],
    };
    let mut heard = String::new();
    let say = &mut |piece: &str| heard.push_str(piece);
    let options = Options::default();
    let answer = answer(
        &question,
        Some(&mut thinker()),
        None,
        &options,
        say,
        &|| false,
    )
    .unwrap();
    println!("{text}\n  heard: {heard}\n  final: {}", answer.text);
    answer
}

#[test]
fn facts_of_an_article_are_its_own_sentences_said_by_its_site() {
    let _turn = turn();
    let article = article();
    let edits = absorbed(&[&article]).remove(0).edits;
    let added = edits.into_iter().map(|edit| match edit {
        Edit::Add { memory } => memory,
        other => panic!("{other:?}"),
    });
    let is_fact = |memory: &NewMemory| matches!(memory.body, Body::Semantic { .. });
    let facts: Vec<NewMemory> = added.filter(is_fact).collect();
    facts.iter().for_each(|fact| println!("{}", fact.title));
    assert!((1..=3).contains(&facts.len()), "{facts:#?}");
    for fact in facts {
        let words = fact.sources[0].span.of(ARTICLE).unwrap();
        assert!(fact.title.starts_with("bbc.com says: "), "{}", fact.title);
        assert!(
            fact.title.contains(words.trim_end_matches('.')),
            "{}",
            fact.title
        );
        assert!(
            !words.contains("newsletter") && !words.contains("Home News"),
            "{words}"
        );
    }
}

#[test]
fn activities_absorbed_side_by_side_become_what_each_becomes_alone() {
    let _turn = turn();
    let (article, letter) = (
        article(),
        screen(
            9,
            "gedit",
            "letter.md - gedit",
            "Dear Priya, the workshop in Zurich was moved to 14 May.\nJonas Weber will bring the two projectors from Basel.\nPlease book a room for twelve people until Friday.",
        ),
    );
    let together = absorbed(&[&article, &letter]);
    let alone = [absorbed(&[&article]), absorbed(&[&letter])].concat();
    assert_eq!(together, alone);
    assert!(alone.iter().all(|absorbed| !absorbed.edits.is_empty()));
}

#[test]
fn a_question_leaves_what_thinking_has_read_in_place() {
    let _turn = turn();
    let article = article();
    let form = Form {
        schema: json!({"type": "boolean"}),
        messages: vec![Message::user(ARTICLE)],
    };
    let fill_in = |interrupted: &dyn Fn() -> bool| {
        let fixed = [Message::system("Answer with true or false.")];
        let forms = std::slice::from_ref(&form);
        let options = generate::Options::default();
        let filled = thinker().fill_in(forms, &fixed, &options, interrupted);
        filled.unwrap().remove(0)
    };
    // The fixed messages, and one part of the article.
    let passes = Cell::new(0);
    let first = fill_in(&|| passes.replace(passes.get() + 1) >= 2);
    assert_eq!((first.end, first.generated_tokens), (End::Interrupted, 0));
    asked("Why are the glaciers melting so fast?", &[&article]);
    let again = fill_in(&|| false);
    assert!(again.reused_tokens >= 64, "{again:?}");
    assert!(["true", "false"].contains(&again.text.as_str()));
}

#[test]
fn an_answer_of_the_model_is_cited_and_invents_no_name_or_number() {
    let _turn = turn();
    let (article, other) = (
        article(),
        screen(9, "gedit", "list.md", "Buy milk and bread."),
    );
    let question = "Why are the glaciers melting so fast?";
    let answer = asked(question, &[&other, &article]);
    assert!(!answer.abstained);
    assert_eq!(answer.citations[0].observation, Some(article.id));
    assert_eq!(
        support::invented(
            &answer.text,
            &[
                ARTICLE,
                question,
                "On Thu 12 March 2026, 10:00, in firefox [1]",
                article.origin.title()
            ]
        ),
        None
    );
}

#[test]
fn a_question_that_the_notes_do_not_answer_is_declined() {
    let _turn = turn();
    let article = article();
    let answer = asked("How are pancakes made at home?", &[&article]);
    assert!(
        answer.abstained && answer.citations.is_empty(),
        "{answer:?}"
    );
}

/// The first `rows` of a real screen on an otherwise white one, in an editor that fills it.
fn screenshot(rows: u32, changed: Rect) -> Frame {
    let file = "../infer/fixtures/screens/light-12.png";
    let picture = image::open(file).expect("a fixture").to_rgba8();
    let (width, height) = (picture.width(), 120);
    let mut rgba = vec![255; (width * height * 4) as usize];
    let shown = (width * rows * 4) as usize;
    rgba[..shown].copy_from_slice(&picture.as_raw()[..shown]);
    let bounds = Rect::new(0, 0, width, height);
    Frame {
        id: FrameId(uuid_v7(START, entropy())),
        at: START,
        monitor: "one".into(),
        monitor_bounds: bounds,
        windows: vec![Window {
            handle: 1,
            app: "gedit".into(),
            title: "notes.md - gedit".into(),
            pid: 1,
            bounds,
            focused: true,
        }],
        masks: vec![],
        pixels: Pixels::new(width, height, rgba).expect("it fits"),
        hash: 0,
        changed: vec![changed],
    }
}

fn read(frame: &Frame, ocr: &Ocr, shown: &Shown) -> Perceived {
    let next_id = &mut || ObservationId(uuid_v7(START, entropy()));
    perceive(frame, ocr, shown, &Sites::default(), next_id).unwrap()
}

#[test]
fn a_line_typed_on_a_real_screen_is_all_that_is_fresh() {
    let _turn = turn();
    let folder = ModelFolder::from_environment()
        .path()
        .join("pp-ocrv6-small");
    let ocr = Ocr::open(&folder, 2).unwrap_or_else(|error| panic!("{error}"));
    let whole = Rect::new(0, 0, 640, 120);
    let before = read(&screenshot(46, whole), &ocr, &Shown::default());
    let first = &before.observations[0];
    assert_eq!(
        first.text,
        "Invoice 2024-0317 from Northwind over 1,284.50 EUR is due on 14 March.\nHelena Brandt moved the review to Tuesday 09:30 in room Amsterdam."
    );
    let typed = read(
        &screenshot(63, Rect::new(0, 46, 640, 17)),
        &ocr,
        &before.shown,
    );
    let second = &typed.observations[0];
    let fresh: Vec<_> = second
        .fresh
        .iter()
        .filter_map(|span| span.of(&second.text))
        .collect();
    assert_eq!(
        fresh,
        ["error[E0502]: cannot borrow lines as mutable, see src/engine/writer.rs:214"]
    );
    assert!(second.text.starts_with(&first.text));
    let unchanged = read(&screenshot(63, Rect::default()), &ocr, &typed.shown);
    assert!(unchanged.observations.is_empty());
}
