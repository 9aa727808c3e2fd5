use super::*;
use crate::redact::Hiding;
use afterimage_domain::{Raw, Redactor};
use afterimage_infer::models::ModelFolder;
use proptest::prelude::*;

static MODEL: LazyLock<TokenClassifier> = LazyLock::new(|| {
    ModelFolder::from_environment()
        .open_classifier("rampart")
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask models rampart`"))
});

fn check(text: &str, expected: &[(Detail, &str)]) {
    let found = details(text, &MODEL).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|(detail, span)| (*detail, span.of(text).unwrap()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

/// R12
#[test]
fn details_are_found_with_their_kind_and_look_alikes_are_not() {
    use Detail::*;
    check(
        "Dear Ingrid Sørensen, call me on +1 (415) 555-0132 or write to ingrid@example.org.",
        &[
            (Name, "Ingrid"),
            (Name, "Sørensen"),
            (Phone, "+1 (415) 555-0132"),
            (Email, "ingrid@example.org"),
        ],
    );
    check(
        "She lives at 14 Maple Street, Springfield, IL 62704.",
        &[(Address, "14 Maple Street, Springfield, IL 62704")],
    );
    for text in [
        "The meeting about the budget moved to Thursday at ten.",
        "cargo build --release failed: error[E0308]: mismatched types at src/main.rs:42:17",
        "git clone git@github.com:someone/something.git && npm install left-pad@1.3.0",
        "Paris is a city, and so is Springfield.",
        "Version 4.2.1 of 2026-11-20 is 1,249.00 EUR, order 4471.",
        "logo@2x.png",
    ] {
        check(text, &[]);
    }
}

/// R13
#[test]
fn what_the_user_wants_hidden_goes_with_the_secrets_and_nothing_else_does() {
    let hiding = Hiding {
        model: &MODEL,
        kinds: &[Detail::Phone, Detail::Email],
    };
    let text = "Ingrid Sørensen, +1 (415) 555-0132, ingrid@example.org, password: hunter2-Zx";
    let clean = Raw::new(text.to_owned()).clean(&hiding);
    let expected = "Ingrid Sørensen, [private:phone], [private:email], password: [secret:password]";
    assert_eq!(*clean, expected);
    // Secrets come first, and the model never sees them.
    let key = "AKIAIOSFODNN7EXAMPLQ";
    assert!(hiding.secrets(&format!("key {key}")).len() == 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// R5
    #[test]
    fn any_text_is_taken_and_places_are_apart_and_in_it(text in "\\PC{0,200}") {
        let found = details(&text, &MODEL).unwrap();
        for (at, (_, span)) in found.iter().enumerate() {
            prop_assert!(span.of(&text).is_some_and(|words| !words.is_empty()));
            prop_assert!(at == 0 || found[at - 1].1.end <= span.start);
        }
    }
}
