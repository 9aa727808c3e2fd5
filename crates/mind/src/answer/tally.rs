//! A tally in words: the result, then everything that was counted, each with its day and its citation.

use super::{
    Answer, Question,
    notes::{self, Note},
};
use afterimage_domain::{
    EvidenceItem, Tally, TallyRow, Total,
    tally::{Amount, Duration, End},
};

/// Rows say what was told, not whether everything was told.
const CONFIDENCE: f32 = 0.9;
/// From so many times on, "how often" has a pace.
const LEAST_PACE: usize = 3;
const DAY: i64 = 86_400_000;

/// The answer that `tally` is.
pub(super) fn answered(
    tally: &Tally,
    question: &Question<'_>,
    say: &mut dyn FnMut(&str),
) -> Answer {
    let text = worded(tally, question.time_zone);
    say(&text);
    let items: Vec<EvidenceItem> = tally.rows.iter().map(item).collect();
    let citations = items.iter().zip(&tally.rows).enumerate();
    let citations = citations.map(|(at, (item, row))| {
        let note = Note {
            span: row.span,
            ..notes::note(item, at + 1, question)
        };
        note.citation(row.span, question.sources)
    });
    Answer {
        text,
        citations: citations.collect(),
        confidence: CONFIDENCE,
        ..Answer::default()
    }
}

fn item(row: &TallyRow) -> EvidenceItem {
    EvidenceItem {
        found: row.found.clone(),
        score: 1.0,
        word_rank: None,
        meaning_rank: None,
        from: None,
        hits: vec![row.span],
    }
}

fn worded(tally: &Tally, zone: &str) -> String {
    let rows = &tally.rows;
    let what = format!("(“{}”)", tally.what.trim());
    match &tally.total {
        Total::Times { number, often } => {
            let pace = often.then(|| pace(rows)).flatten().unwrap_or_default();
            let times = plural(*number, "time");
            format!(
                "Your memory tells of {times} {what}: {}.{pace}",
                listed(rows, zone, |_| None)
            )
        }
        Total::Days { number } => {
            let days = plural(*number, "day");
            format!(
                "Your memory tells of {days} {what}: {}.",
                listed(rows, zone, |_| None)
            )
        }
        Total::Things { number } => {
            let each = |row: &TallyRow| Some(row.number.to_string());
            format!(
                "Your memory tells of {number} {what}: {}.",
                listed(rows, zone, each)
            )
        }
        Total::Money { sums } => {
            let each = |row: &TallyRow| row.amount.as_ref().map(money);
            let sums: Vec<String> = sums.iter().map(money).collect();
            format!(
                "In all {} {what}: {}.",
                joined(&sums),
                listed(rows, zone, each)
            )
        }
        Total::Between(duration) => {
            let named = |at: usize| named(&rows[at], at, zone);
            format!("{}: {}, {}.", length(*duration), named(0), named(1))
        }
        Total::Since(duration) => {
            format!("{}, since {}.", length(*duration), named(&rows[0], 0, zone))
        }
        Total::Order { asks } => ordered(rows, *asks, zone),
    }
}

/// `3 on Tue 3 March 2026 [1] and 2 on Wed 4 March 2026 [2]`; rows of one day that say nothing else share it.
fn listed(rows: &[TallyRow], zone: &str, each: impl Fn(&TallyRow) -> Option<String>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let value = each(row);
        let same_day = at > 0 && rows[at - 1].on == row.on && value.is_none();
        match parts.last_mut().filter(|_| same_day) {
            Some(last) => last.push_str(&format!(" [{}]", at + 1)),
            None => {
                let value = value.map_or_else(String::new, |value| format!("{value} on "));
                parts.push(format!("{value}{} [{}]", days(row, zone), at + 1));
            }
        }
    }
    joined(&parts)
}

fn ordered(rows: &[TallyRow], asks: End, zone: &str) -> String {
    let named = |at: usize| named(&rows[at], at, zone);
    let (first, last) = (0, rows.len() - 1);
    let others = |at: &mut dyn Iterator<Item = usize>| joined(&at.map(named).collect::<Vec<_>>());
    match asks {
        End::First => format!(
            "First came {}; later {}.",
            named(first),
            others(&mut (1..=last))
        ),
        End::Last => format!(
            "Last came {}; before it {}.",
            named(last),
            others(&mut (0..last))
        ),
        End::Whole => {
            let order: Vec<String> = (first..=last).map(named).collect();
            format!("First {}.", order.join(", then "))
        }
    }
}

/// `“the concert” on Tue 3 March 2026 [1]`.
fn named(row: &TallyRow, at: usize, zone: &str) -> String {
    format!("“{}” on {} [{}]", row.name.trim(), days(row, zone), at + 1)
}

/// Its day, or from which to which it may have been.
fn days(row: &TallyRow, zone: &str) -> String {
    let first = notes::day(row.on.from, zone);
    let last = notes::day(row.on.to.plus_seconds(-1), zone);
    match first == last {
        true => first,
        false => format!("a day from {first} to {last}"),
    }
}

/// How far the first and the last are apart, and what that makes for one.
fn pace(rows: &[TallyRow]) -> Option<String> {
    let (first, last) = (rows.first()?, rows.last()?);
    let days = last.on.from.millis_since(first.on.from) / DAY;
    let every = (days as f64 / (rows.len() - 1).max(1) as f64).round() as u32;
    (rows.len() >= LEAST_PACE && every >= 1)
        .then(|| format!(" That is about once every {}.", plural_or_one(every, "day")))
}

fn length(duration: Duration) -> String {
    let whole = plural(duration.whole, duration.unit.name());
    match (duration.whole, duration.days) {
        (_, 0) => whole,
        (0, days) => plural(days, "day"),
        (_, days) => format!("{whole} and {}", plural(days, "day")),
    }
}

/// `1,234.50 EUR`.
fn money(amount: &Amount) -> String {
    let (whole, part) = (amount.hundredths / 100, amount.hundredths % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match part {
        0 => format!("{grouped} {}", amount.currency),
        part => format!("{grouped}.{part:02} {}", amount.currency),
    }
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn plural(number: u32, unit: &str) -> String {
    match number {
        1 => format!("1 {unit}"),
        number => format!("{number} {unit}s"),
    }
}

fn plural_or_one(number: u32, unit: &str) -> String {
    match number {
        1 => unit.to_owned(),
        number => format!("{number} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{START, chat};
    use afterimage_domain::{Evidence, Found, Span, TimeRange, tally::Unit};

    fn row(day: i64, name: &str, number: u32, amount: Option<Amount>) -> TallyRow {
        let observation = chat(day * 86_400, "I did it. And more.");
        let midnight = START.plus_seconds(day * 86_400 - 10 * 3_600);
        TallyRow {
            found: Found::Observation { observation },
            span: Span { start: 0, end: 9 },
            on: TimeRange {
                from: midnight,
                to: midnight.plus_seconds(86_400),
            },
            name: name.into(),
            number,
            amount,
        }
    }

    fn eur(hundredths: i64) -> Amount {
        Amount {
            currency: "EUR",
            hundredths,
        }
    }

    fn told(total: Total, rows: Vec<TallyRow>) -> Answer {
        let tally = Tally {
            what: "do it".into(),
            total,
            rows,
        };
        let question = Question {
            text: "How many times did I do it?",
            at: START,
            time_zone: "Europe/Zurich",
            evidence: &Evidence::default(),
            tally: Some(&tally),
            sources: &[],
            turns: &[],
            core: &[],
        };
        let mut heard = String::new();
        let answer = answered(&tally, &question, &mut |piece| heard.push_str(piece));
        assert_eq!(heard, answer.text);
        answer
    }

    /// L10
    #[test]
    fn an_answer_that_counts_names_and_cites_everything_it_counted() {
        let rows = |days: &[i64]| days.iter().map(|day| row(*day, "", 1, None)).collect();
        let times = |often| Total::Times { number: 3, often };
        let money = |whole| row(whole, "", 1, Some(eur(whole * 100_050)));
        let two = |a, b| vec![row(a, "A", 1, None), row(b, "B", 1, None)];
        let week = Duration {
            unit: Unit::Week,
            whole: 1,
            days: 2,
        };
        for (total, rows, expected) in [
            (
                times(false),
                rows(&[0, 1, 1]),
                "Your memory tells of 3 times (“do it”): Thu 12 March 2026 [1] and Fri 13 March 2026 [2] [3].",
            ),
            (
                times(true),
                rows(&[0, 2, 4]),
                "Your memory tells of 3 times (“do it”): Thu 12 March 2026 [1], Sat 14 March 2026 [2] and Mon 16 March 2026 [3]. That is about once every 2 days.",
            ),
            (
                Total::Days { number: 1 },
                rows(&[0]),
                "Your memory tells of 1 day (“do it”): Thu 12 March 2026 [1].",
            ),
            (
                Total::Things { number: 5 },
                vec![row(0, "", 2, None), row(1, "", 3, None)],
                "Your memory tells of 5 (“do it”): 2 on Thu 12 March 2026 [1] and 3 on Fri 13 March 2026 [2].",
            ),
            (
                Total::Money {
                    sums: vec![eur(300_150)],
                },
                vec![money(1), money(2)],
                "In all 3,001.50 EUR (“do it”): 1,000.50 EUR on Fri 13 March 2026 [1] and 2,001 EUR on Sat 14 March 2026 [2].",
            ),
            (
                Total::Between(week),
                two(0, 9),
                "1 week and 2 days: “A” on Thu 12 March 2026 [1], “B” on Sat 21 March 2026 [2].",
            ),
            (
                Total::Since(week),
                two(0, 0)[..1].to_vec(),
                "1 week and 2 days, since “A” on Thu 12 March 2026 [1].",
            ),
            (
                Total::Order { asks: End::First },
                two(0, 1),
                "First came “A” on Thu 12 March 2026 [1]; later “B” on Fri 13 March 2026 [2].",
            ),
            (
                Total::Order { asks: End::Last },
                two(0, 1),
                "Last came “B” on Fri 13 March 2026 [2]; before it “A” on Thu 12 March 2026 [1].",
            ),
            (
                Total::Order { asks: End::Whole },
                two(0, 1),
                "First “A” on Thu 12 March 2026 [1], then “B” on Fri 13 March 2026 [2].",
            ),
        ] {
            let count = rows.len();
            let answer = told(total, rows);
            assert_eq!(answer.text, expected);
            assert_eq!(answer.citations.len(), count);
            let cited = answer.citations.iter().all(|cited| {
                cited.span == Some(Span { start: 0, end: 9 })
                    && cited.label == "I did it."
                    && cited.observation.is_some()
            });
            assert!(cited && !answer.abstained, "{expected}");
        }
    }
}
