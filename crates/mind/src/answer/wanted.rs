//! What kind of thing a question asks for, and whether a sentence holds one.

use super::words::{plain_words, stem};
use std::collections::HashSet;

/// What kind of thing a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// When something is, in words of the text.
    Time,
    /// When the user saw or did it: the moment of the note.
    Moment,
    /// How much or many.
    Number,
    /// Somebody or some place.
    Name,
    /// How something is done: rarely one sentence.
    Manner,
    /// Why something is so.
    Reason,
    /// Anything else.
    Anything,
}

/// Beginnings of questions, in the order they are tried.
const ASKING: &[(&str, Wanted)] = &[
    (
        "how do|how to|how can|how should|how does|how did",
        Wanted::Manner,
    ),
    ("why |what caused|for what reason", Wanted::Reason),
    (
        "when |what time|which day|what day|what date|since when",
        Wanted::Time,
    ),
    (
        "how much|how many|what price|what number|how long|how old|how far",
        Wanted::Number,
    ),
    (
        "who |whose |whom |where |what is the name|what's the name|which city|what city",
        Wanted::Name,
    ),
];
const OF_THE_USER: &str = "did i |have i |was i |i read|i saw";
const CAUSES: &str =
    "because|since|due to|caused|causing|to blame|reason|thanks to|led to|in order to|so that";
const TIMES: &str = "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september \
    october november december tomorrow today tonight yesterday noon midnight morning evening afternoon week";

impl Wanted {
    /// What `question` asks for.
    pub(super) fn by(question: &str) -> Self {
        let question = format!(" {}", question.to_lowercase());
        let asks = |starts: &str| {
            starts
                .split('|')
                .any(|start| question.contains(&format!(" {start}")))
        };
        match ASKING.iter().find(|(starts, _)| asks(starts)) {
            Some((_, Self::Time)) if asks(OF_THE_USER) => Self::Moment,
            Some((_, wanted)) => *wanted,
            None => Self::Anything,
        }
    }

    /// Whether `sentence` holds something of the kind that the question, of the words `asked`, does not.
    pub(super) fn fits(self, sentence: &str, asked: &HashSet<String>) -> bool {
        let lower = sentence.to_lowercase();
        let has_digit = sentence.chars().any(|c| c.is_ascii_digit());
        match self {
            Self::Anything | Self::Moment | Self::Manner => true,
            Self::Reason => CAUSES.split('|').any(|cause| lower.contains(cause)),
            Self::Number => has_digit,
            Self::Time => {
                has_digit
                    || plain_words(&lower)
                        .any(|word| TIMES.split_whitespace().any(|time| time == word))
            }
            Self::Name => plain_words(sentence)
                .skip(1)
                .filter(|word| !asked.contains(&stem(&word.to_lowercase())))
                .any(|word| word.starts_with(char::is_uppercase) && word != "I"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_tell_what_they_want() {
        for (question, wanted) in [
            ("When does the beta go out?", Wanted::Time),
            ("When did I read about it?", Wanted::Moment),
            ("And how much was it?", Wanted::Number),
            ("Who leads it?", Wanted::Name),
            ("Why is it so?", Wanted::Reason),
            ("How do I restart it?", Wanted::Manner),
            ("Which test failed?", Wanted::Anything),
        ] {
            assert_eq!(Wanted::by(question), wanted, "{question}");
        }
    }
}
