//! What is replaced, what is left, and how often each goes wrong on generated lists.

use super::*;
use proptest::prelude::*;

fn check(text: &str, expected: &str) {
    assert_eq!(redact(text).text, expected, "{text:?}");
}

#[test]
fn secrets_become_markers_and_their_surroundings_stay() {
    for (text, expected) in [
        (
            "pay with 4111 1111 1111 1111, exp 12/27",
            "pay with [secret:card], exp 12/27",
        ),
        (
            "pay with 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 now",
            "pay with [secret:card] now",
        ),
        ("Amex 3782-822463-10005", "Amex [secret:card]"),
        (
            "IBAN DE89 3704 0044 0532 0130 00 bitte",
            "IBAN [secret:iban] bitte",
        ),
        ("IBAN DE89 37O4 OO44 0532 0130 00", "IBAN [secret:iban]"),
        ("key AKIAIOSFODNN7EXAMPLE.", "key [secret:api-key]."),
        (
            "AlzaSyA1234567890abcdefghijklmnopqrstuv",
            "[secret:api-key]",
        ),
        (
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "[secret:api-key]",
        ),
        (
            "ghp_16C7e42F292c6912E771 0c838347Ae178B4a",
            "[secret:api-key]",
        ),
        (
            "gh\u{200b}p_16C7e42F292c6912E7710c838347Ae178B4a!",
            "[secret:api-key]!",
        ),
        (
            "postgres://app:s3cr3t@db.local/atlas",
            "postgres://app:[secret:password]@db.local/atlas",
        ),
        ("Password: hunter2", "Password: [secret:password]"),
        ("Passwort:  hunter2  ", "Passwort:  [secret:password]  "),
        (
            "Wi-Fi password for guests: Sommer-2024!",
            "Wi-Fi password for guests: [secret:password]",
        ),
        (
            "the password is hunter2 ok",
            "the password is [secret:password] ok",
        ),
        (
            "Password\nhunter2\nRemember me",
            "Password\n[secret:password]\nRemember me",
        ),
        ("contraseña: gato99", "contraseña: [secret:password]"),
        ("密码：abc12345", "密码：[secret:password]"),
        ("DB_PASSWORD=\"a&b c\"", "DB_PASSWORD=\"[secret:password]\""),
        (
            "https://x.io/cb?token=abc123def456&page=2",
            "https://x.io/cb?token=[secret:api-key]&page=2",
        ),
        ("PIN: 4821", "PIN: [secret:pin]"),
        ("CVV 123", "CVV [secret:pin]"),
        (
            "Your verification code is 482 913.",
            "Your verification code is [secret:pin].",
        ),
        (
            "otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP&issuer=A",
            "[secret:otp-seed]",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\nbye",
            "[secret:private-key]\nbye",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA1c7\n",
            "[secret:private-key]\n",
        ),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "[secret:jwt]",
        ),
        (
            "aws wJalrXUtnFEMI/K7MDENG/bPxRfiCYz4vQ9tLpXa",
            "aws [secret:suspect]",
        ),
        ("４１１１ １１１１ １１１１ １１１１", "[secret:card]"),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_only_looks_secret_is_left() {
    for text in [
        "",
        "Forgot your password?",
        "Password is required",
        "Password: ••••••••",
        "password: string,",
        "password = os.environ.get(\"X\")",
        "let password = config.password;",
        "The password manager is open source",
        "spinning: 1234",
        "tokens: 2048 in, 512 out",
        "secretary: Monday2024",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        "ISBN 978-3-16-148410-0",
        "+49 30 901820 1234",
        "2024-11-20 10:15:00.123456",
        "sk-learn-is-not-a-key-but-a-library-name",
        "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "AbstractSingletonProxyFactoryBean2000Implementation",
        "[secret:password] and password: [secret:password]",
        "4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 01",
        "order 4111111111111112345678",
    ] {
        check(text, text);
    }
}

#[test]
fn findings_point_at_the_secret_and_at_its_marker() {
    let text = "é: PIN: 4821 and 4111111111111111";
    let redacted = redact(text);
    let olds: Vec<_> = redacted
        .findings
        .iter()
        .map(|f| f.old.of(text).unwrap())
        .collect();
    let news: Vec<_> = redacted
        .findings
        .iter()
        .map(|f| f.new.of(&redacted.text).unwrap())
        .collect();
    assert_eq!(olds, ["4821", "4111111111111111"]);
    assert_eq!(news, ["[secret:pin]", "[secret:card]"]);
}

#[test]
fn four_kilobytes_take_at_most_five_milliseconds() {
    let line = "Password: hunter2 4111 1111 1111 1111 lorem ipsum dolor sit amet ghp_16C7e42F292c6912E7710c838347Ae178B4a\n";
    let text: String = line.chars().cycle().take(4096).collect();
    redact(&text);
    let fastest = (0..20)
        .map(|_| {
            let start = std::time::Instant::now();
            redact(&text);
            start.elapsed()
        })
        .min()
        .unwrap();
    println!("redact: {fastest:?} for 4 KiB full of secrets");
    assert!(fastest.as_millis() <= 5, "{fastest:?}");
}

proptest! {
    #[test]
    fn any_text_is_taken_and_redacting_twice_changes_nothing(text in "\\PC{0,200}") {
        let once = redact(&text);
        let twice = redact(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.findings.is_empty());
    }

    #[test]
    fn mixtures_of_secrets_and_marks_are_taken_too(parts in proptest::collection::vec(part(), 0..12)) {
        let text = parts.concat();
        let once = redact(&text);
        prop_assert_eq!(&redact(&once.text).text, &once.text);
        for finding in &once.findings {
            prop_assert!(finding.old.of(&text).is_some());
            prop_assert_eq!(finding.new.of(&once.text).unwrap(), finding.kind.marker());
        }
    }
}

/// Pieces that are secrets, halves of secrets, labels and marks.
fn part() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "4111 1111 1111 1111",
        "4111",
        " ",
        "\n",
        "password",
        ":",
        "=",
        "\"",
        "hunter2",
        "[secret:",
        "card]",
        "[secret:pin]",
        "ghp_",
        "16C7e42F292c6912E7710c838347Ae178B4a",
        "DE89",
        "370400440532013000",
        "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "eyJzdWIiOiIxMjM0In0",
        "-----BEGIN ",
        "RSA PRIVATE KEY-----",
        "-----END ",
        "https://",
        "u:p@",
        "\u{200b}",
        "é",
        "\u{ff14}",
        "PIN",
        "is",
        "密码",
        "\u{1}",
        "½",
        "\u{33a0}",
        "\u{fdfa}",
        "wJalrXUtnFEMI/K7MDENG/bPxRfi",
    ])
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % sides
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet.as_bytes()[self.roll(alphabet.len())]))
            .collect()
    }

    fn digits(&mut self, length: usize) -> String {
        self.text("0123456789", length)
    }
}

const WORD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";

/// A secret among words, and the part that must not remain.
fn secret(dice: &mut Dice, number: usize) -> (String, String) {
    let secret = match number % 15 {
        0 => format!("AKIA{}", dice.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
        1 => format!("ghp_{}", dice.text(WORD, 36)),
        2 => format!("sk-ant-api03-{}", dice.text(WORD, 40)),
        3 => format!("AIza{}", dice.text(WORD, 35)),
        4 => format!("glpat-{}", dice.text(WORD, 20)),
        5 => format!("xoxb-{}-{}", dice.digits(12), dice.text(WORD, 24)),
        6 => format!("hf_{}", dice.text(WORD, 34)),
        7 => format!("sk_live_{}", dice.text(WORD, 24)),
        8 => grouped(&with_luhn(&format!("4{}", dice.digits(14))), 4),
        9 => with_luhn(&format!("5{}{}", 1 + dice.roll(5), dice.digits(13))),
        10 => grouped(&iban(&dice.digits(18)), 4),
        11 => dice.text(WORD, 40),
        12 => {
            let value = format!("{}{}!", dice.text(WORD, 6), dice.digits(2));
            return (format!("Password: {value}"), value);
        }
        13 => {
            let value = dice.digits(4);
            return (format!("your PIN is {value}."), value);
        }
        _ => {
            let value = dice.text(WORD, 24);
            return (format!("client_secret={value}"), value);
        }
    };
    (format!("noted {secret} for later"), secret)
}

/// Something that a hasty rule would take for a secret.
fn look_alike(dice: &mut Dice, number: usize) -> String {
    match number % 14 {
        0 => format!(
            "20{}-0{}-1{} 1{}:2{}:3{}",
            dice.digits(2),
            1 + dice.roll(9),
            dice.roll(9),
            dice.roll(9),
            dice.roll(9),
            dice.roll(9)
        ),
        1 => format!("call +49 30 {} {}", dice.digits(4), dice.digits(4)),
        2 => format!(
            "Order no. {}-{}-{}",
            dice.digits(3),
            dice.digits(7),
            dice.digits(7)
        ),
        3 => format!(
            "ISBN 978-{}-{}-{}-{}",
            dice.digits(1),
            dice.digits(3),
            dice.digits(5),
            dice.digits(1)
        ),
        4 => format!("commit {}", dice.text(HEX, 40)),
        5 => format!(
            "{}-{}-4{}-a{}-{}",
            dice.text(HEX, 8),
            dice.text(HEX, 4),
            dice.text(HEX, 3),
            dice.text(HEX, 3),
            dice.text(HEX, 12)
        ),
        6 => format!("image@sha256:{}", dice.text(HEX, 64)),
        7 => format!("#{} 0x{}", dice.text(HEX, 6), dice.text(HEX, 8)),
        8 => format!("https://example.org/item/{}/view", dice.text(WORD, 11)),
        9 => format!(
            "{},{} {},{} {},{}",
            dice.digits(3),
            dice.digits(3),
            dice.digits(3),
            dice.digits(3),
            dice.digits(3),
            dice.digits(3)
        ),
        10 => format!("epoch 17{} ms", dice.digits(11)),
        11 => format!(
            "tracking 1Z{}",
            dice.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16)
        ),
        12 => format!(
            "v{}.{}.{} build {}",
            dice.roll(20),
            dice.roll(20),
            dice.roll(20),
            dice.digits(8)
        ),
        _ => format!(
            "invoice {} total {}.{} EUR",
            dice.digits(10),
            dice.digits(4),
            dice.digits(2)
        ),
    }
}

fn with_luhn(body: &str) -> String {
    let check = |digit: u32| {
        let number = format!("{body}{digit}");
        let sum: u32 = number
            .bytes()
            .rev()
            .enumerate()
            .map(|(at, b)| {
                let doubled = u32::from(b - b'0') * (1 + at as u32 % 2);
                doubled / 10 + doubled % 10
            })
            .sum();
        sum.is_multiple_of(10)
    };
    format!("{body}{}", (0..10).find(|digit| check(*digit)).unwrap())
}

fn iban(account: &str) -> String {
    let rest = format!("{account}131400")
        .bytes()
        .fold(0u32, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

fn grouped(digits: &str, by: usize) -> String {
    digits
        .as_bytes()
        .chunks(by)
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn at_least_99_in_100_secrets_are_found_and_at_most_1_in_100_look_alikes_taken() {
    const COUNT: usize = 420;
    let dice = &mut Dice(7);
    let missed: Vec<_> = (0..COUNT)
        .map(|n| secret(dice, n))
        .filter(|(text, secret)| redact(text).text.contains(secret.as_str()))
        .collect();
    let taken: Vec<_> = (0..COUNT)
        .map(|n| look_alike(dice, n))
        .filter(|text| !redact(text).findings.is_empty())
        .collect();
    let share = |count: usize| 100.0 * count as f64 / COUNT as f64;
    println!(
        "redact: {:.1} % of {COUNT} secrets found, {:.1} % of {COUNT} look-alikes taken",
        100.0 - share(missed.len()),
        share(taken.len())
    );
    assert!(share(missed.len()) <= 1.0, "{missed:#?}");
    assert!(share(taken.len()) <= 1.0, "{taken:#?}");
}
