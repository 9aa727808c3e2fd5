use serde::Deserialize;

use super::*;
use crate::models::ModelFolder;

/// What did not come out of our code; see `make_labels.py` beside the file.
#[derive(Deserialize)]
struct Golden {
    text: String,
    tokens: Vec<u32>,
    labels: Vec<usize>,
    scores: Vec<f32>,
}

fn model() -> TokenClassifier {
    ModelFolder::from_environment()
        .open_classifier("rampart")
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask models rampart`"))
}

#[test]
fn labels_are_those_of_another_implementation() {
    let golden = include_str!("../../../../tests/golden/labels/rampart.json");
    let golden: Vec<Golden> = serde_json::from_str(golden).unwrap();
    let model = model();
    let (mut tokens, mut worst) = (0, 0.0f32);
    for case in &golden {
        let encoding = model.tokenizer.encode(case.text.as_str(), false).unwrap();
        assert_eq!(encoding.get_ids(), case.tokens, "{}", case.text);
        for (at, guess) in model.guesses(&case.tokens).iter().enumerate() {
            tokens += 1;
            // Where it hardly knows itself, rounding may decide.
            if case.scores[at] > 0.6 {
                assert_eq!(guess.label, case.labels[at], "{} at {at}", case.text);
                worst = worst.max((guess.score - case.scores[at]).abs());
            }
        }
    }
    println!("{tokens} tokens, probabilities within {worst:.4}");
    assert!(tokens > 200 && worst < 0.1, "{tokens} {worst}");
}

#[test]
fn spans_are_places_in_the_text_also_over_windows() {
    let model = model();
    let filler = "The build took longer than it did last week and nobody knows why. ".repeat(60);
    let text = format!("Grüße! {filler}Please write to Miriam Castellanos today. {filler}");
    let spans = model.spans(&text, 0.5).unwrap();
    let words = spans.iter().map(|span| &text[span.start..span.end]);
    assert_eq!(words.collect::<Vec<_>>(), ["Miriam", "Castellanos"]);
    assert_eq!(spans[1].label, "SURNAME");
    for text in ["", " \n", "\u{0}\u{200b}", "[CLS] [SEP] [PAD]"] {
        assert_eq!(model.spans(text, 0.5).unwrap(), []);
    }
}

#[test]
fn a_span_at_the_edge_of_a_window_is_one_span() {
    let span = |start, end, label: &str| Labelled {
        label: label.into(),
        start,
        end,
        score: 0.9,
    };
    let mut found = vec![span(0, 4, "PHONE"), span(20, 24, "PHONE")];
    // The second window has both again, one of them whole, and one that the first had not.
    for again in [
        span(2, 9, "PHONE"),
        span(5, 7, "EMAIL"),
        span(12, 14, "EMAIL"),
        span(20, 24, "PHONE"),
        span(24, 26, "PHONE"),
    ] {
        merge(&mut found, again);
    }
    let expected = [
        span(0, 9, "PHONE"),
        span(12, 14, "EMAIL"),
        span(20, 24, "PHONE"),
        span(24, 26, "PHONE"),
    ];
    assert_eq!(apart(found), expected);
}
