//! Amounts of money and small numbers as people write them.

use afterimage_domain::tally::Amount;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// What a currency is called, and its code.
const CURRENCIES: &[(&str, &str)] = &[
    ("$", "USD"),
    ("usd", "USD"),
    ("dollar", "USD"),
    ("buck", "USD"),
    ("€", "EUR"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("£", "GBP"),
    ("gbp", "GBP"),
    ("pound", "GBP"),
    ("chf", "CHF"),
    ("franc", "CHF"),
    ("¥", "JPY"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
];

/// Every amount in `text`, in order. What is more than a plain amount, such as `$3k`, is none.
pub fn amounts(text: &str) -> Vec<Amount> {
    static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
        const NUMBER: &str = r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?";
        Regex::new(&format!(
            r"(?i)(?<sign>[$€£¥]|\b(?:USD|EUR|GBP|CHF|JPY))\s?(?<n>{NUMBER})(?<more>[\p{{L}}\d]?)|\b(?<n2>{NUMBER})\s?(?:(?<sign2>[$€£¥])|(?<name>USD|EUR|GBP|CHF|JPY|dollar|buck|euro|pound|franc|yen)s?\b)"
        ))
        .expect("a pattern of ours")
    });
    AMOUNT
        .captures_iter(text)
        .filter_map(|found| amount(&found))
        .collect()
}

fn amount(found: &Captures<'_>) -> Option<Amount> {
    if found.name("more").is_some_and(|more| !more.is_empty()) {
        return None;
    }
    let named = ["sign", "sign2", "name"];
    let name = named.iter().find_map(|group| found.name(group))?;
    let name = name.as_str().to_lowercase();
    let (_, currency) = CURRENCIES.iter().find(|(known, _)| *known == name)?;
    let number = found.name("n").or_else(|| found.name("n2"))?;
    Some(Amount {
        currency,
        hundredths: hundredths(number.as_str())?,
    })
}

/// `1,234.5` and `1234,50` in hundredths.
fn hundredths(number: &str) -> Option<i64> {
    let (whole, part) = match number.rfind(['.', ',']) {
        Some(at) if number.len() - at <= 3 => (&number[..at], &number[at + 1..]),
        _ => (number, ""),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole: i64 = digits.parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

/// The number a word is; `a` and `another` are one.
pub fn number(word: &str) -> Option<u32> {
    const WORDS: &[&str] = &[
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    if ["a", "an", "another"].contains(&word) {
        return Some(1);
    }
    let written = WORDS.iter().position(|known| *known == word);
    written
        .map(|number| number as u32)
        .or_else(|| word.parse().ok().filter(|number| *number < 10_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_with_their_currency() {
        for (text, expected) in [
            ("I paid $12 for it", vec![("USD", 1_200)]),
            ("it was 1,450.50 francs", vec![("CHF", 145_050)]),
            ("12,50 € and £3", vec![("EUR", 1_250), ("GBP", 300)]),
            ("EUR 20", vec![("EUR", 2_000)]),
            ("80 euros", vec![("EUR", 8_000)]),
            ("about $3k", vec![]),
            ("12 pages of 300", vec![]),
        ] {
            let found: Vec<_> = amounts(text)
                .into_iter()
                .map(|amount| (amount.currency, amount.hundredths))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_that_is_written_is_the_amount_that_is_read(whole in 0i64..1_000_000_000, part in 0i64..100) {
            let text = format!("it cost ${whole}.{part:02} in all");
            let found = amounts(&text);
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].hundredths, whole * 100 + part);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,60}") {
            amounts(&text);
        }
    }
}
