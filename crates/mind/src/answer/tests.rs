//! What is answered without a model, and how a model's text becomes an answer.

use super::*;
use crate::testing::{START, chat, page, screen};
use afterimage_domain::{
    Body, EvidenceItem, MemoryId, MemoryState, NewMemory, Rect, Source, Span, TimeRange, Trust,
    Word, id::uuid_v7, memory::ProcedureType,
};

fn evidence(found: Vec<Found>) -> Evidence {
    let item = |found| EvidenceItem {
        found,
        score: 1.0,
        word_rank: Some(1),
        meaning_rank: None,
        from: None,
        hits: vec![],
    };
    Evidence {
        items: found.into_iter().map(item).collect(),
        time: None,
        confidence: 0.6,
    }
}

fn seen(observation: &Observation) -> Found {
    Found::Observation {
        observation: observation.clone(),
    }
}

fn question<'a>(text: &'a str, evidence: &'a Evidence) -> Question<'a> {
    Question {
        text,
        at: START,
        time_zone: "Europe/Zurich",
        evidence,
        tally: None,
        sources: &[],
        turns: &[],
        core: &[],
    }
}

fn ask(question: &Question<'_>) -> (Answer, String) {
    let mut heard = String::new();
    let answer = answer(
        question,
        None,
        None,
        &Options::default(),
        &mut |piece| heard.push_str(piece),
        &|| false,
    )
    .unwrap();
    (answer, heard)
}

fn remembered(title: &str) -> Memory {
    Memory {
        id: MemoryId(uuid_v7(START, [1; 10])),
        content: NewMemory {
            title: title.into(),
            details: String::new(),
            body: Body::Semantic {
                subject: "Aletsch".into(),
                learned_from: "bbc.com".into(),
            },
            tree_path: vec![],
            tags: vec![],
            sources: vec![],
            trust: Trust::Screen,
            confidence: 0.5,
            valid_from: START,
        },
        state: MemoryState::Active,
        valid_to: None,
        superseded_by: None,
        version: 1,
        created_at: START,
        updated_at: START,
        pinned: false,
        access_count: 0,
    }
}

/// M27
#[test]
fn without_evidence_it_says_so() {
    let mut none = evidence(vec![]);
    let (answer, heard) = ask(&question("Where is my passport?", &none));
    assert!(answer.abstained && answer.citations.is_empty());
    assert_eq!(
        (answer.text.as_str(), heard.as_str()),
        (
            "I found nothing about that in your memory.",
            "I found nothing about that in your memory."
        )
    );
    none.time = Some(TimeRange {
        from: START,
        to: START.plus_seconds(3600),
    });
    assert_eq!(
        ask(&question("What did I do?", &none)).0.text,
        "I found nothing about that in your memory between Thu 12 March 2026, 10:00 and Thu 12 March 2026, 10:59."
    );
    let mut doubtful = evidence(vec![seen(&chat(0, "The passport is in the drawer."))]);
    doubtful.confidence = 0.01;
    assert!(
        ask(&question("Where is my passport?", &doubtful))
            .0
            .abstained
    );
}

/// M25
#[test]
fn a_plain_sentence_is_quoted_with_its_date_and_place() {
    let notes = screen(
        0,
        "gedit",
        "plan.md - gedit",
        "Atlas plan\nThe Atlas beta goes out on 14 May.\nLunch at noon",
    );
    let talk = chat(60, "I put the passport into the kitchen drawer.");
    let evidence = evidence(vec![seen(&talk), seen(&notes)]);
    let (answer, _) = ask(&question("When does the Atlas beta go out?", &evidence));
    assert_eq!(
        answer.text,
        "On Thu 12 March 2026, 10:00, in gedit “plan.md - gedit”: “The Atlas beta goes out on 14 May” [1]"
    );
    assert_eq!(
        (
            answer.citations.len(),
            answer.citations[0].observation,
            answer.abstained
        ),
        (1, Some(notes.id), false)
    );
    assert_eq!(
        ask(&question("Where did I put the passport?", &evidence))
            .0
            .text,
        "On Thu 12 March 2026, 10:01 you said: “I put the passport into the kitchen drawer” [1]"
    );
    assert!(
        ask(&question("What is the capital of Peru?", &evidence))
            .0
            .abstained
    );
}

#[test]
fn reasons_are_quoted_and_moments_are_those_of_the_note() {
    let text =
        "The Aletsch glacier retreated by 92 metres.\nHot summers are to blame for the melting.";
    let article = page(0, "Glaciers", "https://bbc.com/a", text);
    let evidence = evidence(vec![seen(&article)]);
    for (asked, quote) in [
        (
            "Why is the glacier melting?",
            "“Hot summers are to blame for the melting” [1]",
        ),
        (
            "When did I read about the Aletsch glacier?",
            "“The Aletsch glacier retreated by 92 metres” [1]",
        ),
    ] {
        let answer = ask(&question(asked, &evidence)).0;
        assert_eq!(
            answer.text,
            format!("On Thu 12 March 2026, 10:00, in firefox “Glaciers”: {quote}")
        );
    }
}

/// M25
#[test]
fn a_quoted_yesterday_says_which_day_it_was() {
    let evidence = evidence(vec![seen(&chat(
        0,
        "I gave the passport back to the consulate yesterday.",
    ))]);
    let (answer, _) = ask(&question(
        "When was the passport given back to the consulate?",
        &evidence,
    ));
    assert!(
        answer
            .text
            .contains("yesterday” (yesterday: 11 March 2026) [1]"),
        "{}",
        answer.text
    );
}

#[test]
fn a_known_procedure_is_given_step_by_step() {
    let mut memory = remembered("How to restart the importer");
    memory.content.body = Body::Procedural {
        entry_type: ProcedureType::Workflow,
        steps: vec!["Stop the service".into(), "Start it again".into()],
    };
    let evidence = evidence(vec![Found::Memory { memory }]);
    let answer = ask(&question("How do I restart the importer?", &evidence)).0;
    assert!(
        answer
            .text
            .contains("1. Stop the service\n2. Start it again\n"),
        "{}",
        answer.text
    );
    assert_eq!(answer.citations.len(), 1);
}

/// M27
#[test]
fn a_question_about_a_name_nobody_mentioned_is_declined_whatever_else_matches() {
    let talk = chat(
        0,
        "My sister said the glacier lost a tenth of its ice in March.",
    );
    let evidence = evidence(vec![seen(&talk)]);
    for (asked, abstained) in [
        ("What did my sister say about Peru?", true),
        ("What did my sister say about the glacier in March?", false),
        ("What did my Sister say about the glacier?", false),
    ] {
        assert_eq!(
            ask(&question(asked, &evidence)).0.abstained,
            abstained,
            "{asked}"
        );
    }
}

/// M28
#[test]
fn a_citation_marks_the_sentence_it_rests_on() {
    let text = format!(
        "{}The passport lies in the drawer. More of it.",
        "Some other words. ".repeat(60)
    );
    let note = screen(0, "gedit", "a.md", &text);
    let evidence = evidence(vec![seen(&note)]);
    let citation = ask(&question(
        "Where does the passport lie? In the Drawer?",
        &evidence,
    ))
    .0
    .citations
    .remove(0);
    assert_eq!(
        citation.span.unwrap().of(&text),
        Some("The passport lies in the drawer.")
    );
}

#[test]
fn a_statement_is_acknowledged() {
    let none = evidence(vec![]);
    for (text, noted) in [
        ("My name is Mira.", true),
        ("Remember that the bin goes out on Mondays", true),
        ("What is my name?", false),
        ("Where does Anna live", false),
    ] {
        assert_eq!(
            ask(&question(text, &none)).0.text == "I will remember that.",
            noted,
            "{text}"
        );
    }
}

/// M28
#[test]
fn a_citation_boxes_the_words_on_the_picture() {
    let mut observation = page(
        0,
        "Glaciers",
        "https://bbc.com/a",
        "The Aletsch glacier retreated by 92 metres.",
    );
    observation.words = vec![Word {
        span: Span { start: 33, end: 35 },
        bounds: Rect::new(5, 6, 20, 10),
    }];
    let mut memory = remembered("The Aletsch glacier retreated by 92 metres");
    memory.content.sources = vec![Source {
        observation: observation.id,
        span: Span::whole(&observation.text),
    }];
    for found in [
        seen(&observation),
        Found::Memory {
            memory: memory.clone(),
        },
    ] {
        let is_memory = matches!(found, Found::Memory { .. });
        let evidence = evidence(vec![found]);
        let sources = [observation.clone()];
        let asked = Question {
            sources: &sources,
            ..question(
                "How many metres did the Aletsch glacier retreat?",
                &evidence,
            )
        };
        let citation = ask(&asked).0.citations.remove(0);
        assert_eq!(citation.memory, is_memory.then_some(memory.id));
        assert_eq!(
            (citation.observation, citation.frame),
            (Some(observation.id), observation.origin.frame())
        );
        assert_eq!(citation.boxes, [Rect::new(5, 6, 20, 10)]);
        assert_eq!(citation.app, "firefox");
    }
}

/// M26
#[test]
fn only_notes_that_were_given_are_cited_and_what_they_do_not_hold_is_taken_out() {
    let plan = screen(0, "gedit", "plan.md", "The Atlas beta goes out on 14 May.");
    let budget = screen(
        9,
        "gedit",
        "money.md",
        "The budget is 48,000 EUR until June.",
    );
    let evidence = evidence(vec![seen(&plan), seen(&budget)]);
    let question = question("What is planned for Atlas?", &evidence);
    let notes = notes::notes(&question, &Options::default());
    for (model, expected) in [
        (
            "The Atlas beta goes out on 14 May [1].",
            Some(("The Atlas beta goes out on 14 May [1].", vec![0])),
        ),
        (
            "The Atlas beta goes out on 14 May. [1]",
            Some(("The Atlas beta goes out on 14 May [1].", vec![0])),
        ),
        (
            "The budget is 48,000 EUR [2]. The beta goes out on 14 May [1].",
            Some((
                "The budget is 48,000 EUR [1]. The beta goes out on 14 May [2].",
                vec![1, 0],
            )),
        ),
        // No citation, a wrong one, one that does not exist.
        (
            "The Atlas beta goes out on 14 May.",
            Some(("The Atlas beta goes out on 14 May [1].", vec![0])),
        ),
        (
            "The Atlas beta goes out on 14 May [2].",
            Some(("The Atlas beta goes out on 14 May [1].", vec![0])),
        ),
        (
            "The Atlas beta goes out on 14 May [7].",
            Some(("The Atlas beta goes out on 14 May [1].", vec![0])),
        ),
        // Inventions.
        ("The Atlas beta goes out on 15 May [1].", None),
        ("Jonas Weber presents it [1].", None),
        (
            "The beta goes out on 14 May [1]. It costs 99 dollars [1].",
            Some(("The beta goes out on 14 May [1].", vec![0])),
        ),
        ("I don't know.", None),
        ("", None),
    ] {
        let cited = cite::cited(model, &notes, &question, None);
        assert_eq!(
            cited.as_ref().map(|cited| {
                let notes: Vec<usize> = cited.notes.iter().map(|cite| cite.note).collect();
                (cited.text.as_str(), notes)
            }),
            expected,
            "{model}"
        );
    }
}

#[test]
fn notes_keep_to_their_budget_and_to_the_words_that_were_found() {
    let long = format!(
        "{} The passport lies in the kitchen drawer. {}",
        "filler words here ".repeat(200),
        "more filler ".repeat(200)
    );
    let many: Vec<_> = (0..20)
        .map(|n| seen(&screen(n, "gedit", "a", &long)))
        .collect();
    let evidence = evidence(many);
    let question = question("Where is the passport?", &evidence);
    let notes = notes::notes(
        &question,
        &Options {
            notes: 300,
            ..Options::default()
        },
    );
    assert!(
        notes[0]
            .line
            .contains("The passport lies in the kitchen drawer."),
        "{}",
        notes[0].line
    );
    let bytes: Vec<usize> = notes.iter().map(|note| note.line.len()).collect();
    assert!(
        bytes.len() >= 2 && bytes.iter().sum::<usize>() <= 1200,
        "{bytes:?}"
    );
}
