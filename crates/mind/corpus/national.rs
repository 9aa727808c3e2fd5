//! Numbers that states give to people, with the check digits they compute.

use super::{Dice, dice::DIGITS, money::with_luhn, secret};

/// Numbers whose form alone tells what they are.
pub fn by_form(dice: &mut Dice, nth: usize) -> String {
    let number = match nth % 9 {
        0 => social_security(dice),
        1 => nir(dice),
        2 => pesel(dice),
        3 => cpf(dice),
        4 => nie(dice),
        5 => codice_fiscale(dice),
        6 => ahv(dice),
        7 => hetu(dice),
        _ => national_insurance(dice),
    };
    let number = secret(&number);
    match dice.roll(3) {
        0 => number,
        1 => format!("mine is {number}, yours?"),
        _ => format!("Anna Berg  {number}  Hamburg"),
    }
}

/// Numbers that could be anything without the word beside them.
pub fn by_label(dice: &mut Dice, nth: usize) -> String {
    let (label, number) = match nth % 9 {
        0 => (
            dice.pick(&["SSN", "Social Security Number", "social security no."]),
            dice.digits(9),
        ),
        1 => (
            dice.pick(&["SIN", "Social Insurance Number"]),
            spaced(&sin(dice), &[3, 3, 3]),
        ),
        2 => (dice.pick(&["BSN", "Burgerservicenummer"]), bsn(dice)),
        3 => (
            dice.pick(&["Steuer-ID", "Steueridentifikationsnummer", "IdNr."]),
            spaced(&tax_id(dice), &[2, 3, 3, 3]),
        ),
        4 => (
            dice.pick(&["NHS number", "NHS No"]),
            spaced(&nhs(dice), &[3, 3, 4]),
        ),
        5 => (
            dice.pick(&["Aadhaar", "Aadhaar number"]),
            spaced(&aadhaar(dice), &[4, 4, 4]),
        ),
        6 => (
            dice.pick(&["Personnummer", "personnummer"]),
            personnummer(dice),
        ),
        7 => (
            dice.pick(&[
                "Passport number",
                "Passport no.",
                "Reisepassnummer",
                "numéro de passeport",
            ]),
            passport(dice),
        ),
        _ => (dice.pick(&["PESEL", "Numer PESEL"]), pesel(dice)),
    };
    let number = secret(&number);
    match dice.roll(4) {
        0 => format!("{label}: {number}"),
        1 => format!("{label}\n{number}"),
        2 => format!("{label} {number}"),
        _ => format!("Anna Berg, {label}: {number}, Hamburg"),
    }
}

fn spaced(number: &str, groups: &[usize]) -> String {
    let mut rest = number;
    let mut parts = Vec::new();
    for length in groups {
        parts.push(&rest[..*length]);
        rest = &rest[*length..];
    }
    parts.join(" ")
}

fn weighed(number: &str, weights: &[u32]) -> u32 {
    number
        .bytes()
        .zip(weights)
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum()
}

/// Year, month and day of birth, two digits each.
fn birth(dice: &mut Dice) -> (usize, usize, usize) {
    (
        dice.between(30, 99),
        dice.between(1, 12),
        dice.between(1, 28),
    )
}

fn social_security(dice: &mut Dice) -> String {
    format!(
        "{:03}-{:02}-{:04}",
        dice.between(1, 665),
        dice.between(1, 99),
        dice.between(1, 9999)
    )
}

fn nir(dice: &mut Dice) -> String {
    let (year, month, _) = birth(dice);
    let body = format!(
        "{}{year:02}{month:02}{:02}{}{:03}",
        dice.between(1, 2),
        dice.between(1, 95),
        dice.text(DIGITS, 3),
        dice.between(1, 999)
    );
    let key = 97 - body.parse::<u64>().expect("digits") % 97;
    match dice.roll(2) {
        0 => format!("{body}{key:02}"),
        _ => spaced(&format!("{body}{key:02}"), &[1, 2, 2, 2, 3, 3, 2]),
    }
}

fn pesel(dice: &mut Dice) -> String {
    let (year, month, day) = birth(dice);
    let body = format!("{year:02}{month:02}{day:02}{}", dice.text(DIGITS, 4));
    let check = (10 - weighed(&body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    format!("{body}{check}")
}

fn cpf(dice: &mut Dice) -> String {
    let mut number = dice.digits(9);
    for length in [9, 10] {
        let weights: Vec<u32> = (2..=length + 1).rev().collect();
        let check = weighed(&number, &weights) * 10 % 11 % 10;
        number.push_str(&check.to_string());
    }
    format!(
        "{}.{}.{}-{}",
        &number[..3],
        &number[3..6],
        &number[6..9],
        &number[9..]
    )
}

fn nie(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let lead = dice.roll(3);
    let digits = dice.text(DIGITS, 7);
    let number: usize = format!("{lead}{digits}").parse().expect("digits");
    format!(
        "{}{digits}{}",
        ["X", "Y", "Z"][lead],
        char::from(LETTERS[number % 23])
    )
}

fn codice_fiscale(dice: &mut Dice) -> String {
    const CONSONANTS: &str = "BCDFGLMNPRSTV";
    let (year, _, day) = birth(dice);
    let month = dice.text("ABCDEHLMPRST", 1);
    let body = format!(
        "{}{year:02}{month}{day:02}{}{}",
        dice.text(CONSONANTS, 6),
        dice.text("ABCDEFGHIL", 1),
        dice.text(DIGITS, 3)
    );
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let value = |byte: u8| {
        u32::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A'
        })
    };
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(at, byte)| {
            if at % 2 == 0 {
                ODD[value(byte) as usize]
            } else {
                value(byte)
            }
        })
        .sum();
    format!("{body}{}", char::from(b'A' + (sum % 26) as u8))
}

fn ahv(dice: &mut Dice) -> String {
    let body = format!("756{}", dice.text(DIGITS, 9));
    let check = (10 - weighed(&body, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10;
    format!(
        "756.{}.{}.{}{check}",
        &body[3..7],
        &body[7..11],
        &body[11..]
    )
}

fn hetu(dice: &mut Dice) -> String {
    const MARKS: &[u8] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let (year, month, day) = birth(dice);
    let (date, serial) = (
        format!("{day:02}{month:02}{year:02}"),
        format!("{:03}", dice.between(2, 899)),
    );
    let number: usize = format!("{date}{serial}").parse().expect("digits");
    format!("{date}-{serial}{}", char::from(MARKS[number % 31]))
}

fn national_insurance(dice: &mut Dice) -> String {
    format!(
        "{} {} {} {} {}",
        dice.pick(&["AB", "JK", "PE", "WM"]),
        dice.text(DIGITS, 2),
        dice.text(DIGITS, 2),
        dice.text(DIGITS, 2),
        dice.text("ABCD", 1)
    )
}

fn sin(dice: &mut Dice) -> String {
    let lead = dice.between(1, 7);
    with_luhn(&format!("{lead}{}", dice.text(DIGITS, 7)))
}

/// Drawn until the check digit is one digit.
fn with_check(dice: &mut Dice, draw: fn(&mut Dice) -> String, check: fn(&str) -> u32) -> String {
    loop {
        let body = draw(dice);
        let check = check(&body);
        if check < 10 {
            return format!("{body}{check}");
        }
    }
}

fn bsn(dice: &mut Dice) -> String {
    with_check(
        dice,
        |dice| dice.digits(8),
        |body| weighed(body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11,
    )
}

fn nhs(dice: &mut Dice) -> String {
    let check = |body: &str| (11 - weighed(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    with_check(dice, |dice| dice.digits(9), check)
}

/// ISO 7064, mod 11,10.
fn tax_id(dice: &mut Dice) -> String {
    let body = dice.digits(10);
    let product = body.bytes().fold(10, |product, byte| {
        let sum = (u32::from(byte - b'0') + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    format!("{body}{}", (11 - product) % 10)
}

/// Verhoeff, by trying: the dihedral group as its multiplication rule.
fn aadhaar(dice: &mut Dice) -> String {
    let body = format!("{}{}", dice.between(2, 9), dice.text(DIGITS, 10));
    let fits = |digit: &u32| verhoeff(&format!("{body}{digit}")) == 0;
    format!("{body}{}", (0..10).find(fits).expect("one of ten fits"))
}

fn verhoeff(number: &str) -> u32 {
    const MOVE: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let moved =
        |digit: u32, times: usize| (0..times % 8).fold(digit, |digit, _| MOVE[digit as usize]);
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let digits = number.bytes().rev().enumerate();
    digits.fold(0, |sum, (at, byte)| {
        times(sum, moved(u32::from(byte - b'0'), at))
    })
}

fn personnummer(dice: &mut Dice) -> String {
    let (year, month, day) = birth(dice);
    let number = with_luhn(&format!(
        "{year:02}{month:02}{day:02}{}",
        dice.text(DIGITS, 3)
    ));
    format!("{}-{}", &number[..6], &number[6..])
}

fn passport(dice: &mut Dice) -> String {
    format!(
        "{}{}",
        dice.text("CFGHJKLMNPRTVWXYZ", 1),
        dice.text("0123456789", 8)
    )
}
