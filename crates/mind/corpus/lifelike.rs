//! Numbers of everyday life.

use super::{
    Dice,
    dice::{DIGITS, UPPER, grouped},
    money,
};

pub fn order(dice: &mut Dice, nth: usize) -> String {
    match nth % 8 {
        0 => format!(
            "Order no. {}-{}-{}",
            dice.digits(3),
            dice.digits(7),
            dice.digits(7)
        ),
        1 => format!("Bestellnummer: {}", dice.digits(10)),
        2 => format!("Invoice 2026-{}", dice.digits(6)),
        3 => format!("Customer number {}", dice.digits(8)),
        4 => format!(
            "Booking reference: {}",
            dice.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6)
        ),
        5 => format!(
            "Rechnung Nr. {} über {},{} EUR",
            dice.digits(9),
            dice.digits(3),
            dice.digits(2)
        ),
        6 => format!("Ticket #{}", dice.digits(7)),
        _ => format!("Policy {}-{}", dice.text(UPPER, 3), dice.digits(9)),
    }
}

pub fn phone(dice: &mut Dice, nth: usize) -> String {
    match nth % 9 {
        0 => format!("call +49 30 {} {}", dice.digits(4), dice.digits(4)),
        1 => format!(
            "+1 ({}) {}-{}",
            dice.digits(3),
            dice.digits(3),
            dice.digits(4)
        ),
        2 => format!("Tel. 0{} {}", dice.digits(3), dice.digits(7)),
        3 => format!(
            "+33 {} {}",
            dice.between(1, 9),
            grouped(&dice.digits(8), 2, " ")
        ),
        4 => format!("{}-{}-{}", dice.digits(3), dice.digits(3), dice.digits(4)),
        5 => format!("+48 {}", grouped(&dice.digits(9), 3, " ")),
        6 => format!("+44 20 {} {}", dice.digits(4), dice.digits(4)),
        7 => format!("Mobile: 0{}", dice.digits(10)),
        _ => format!("0049{}", dice.digits(10)),
    }
}

pub fn date(dice: &mut Dice, nth: usize) -> String {
    let (month, day) = (dice.between(1, 12), dice.between(1, 28));
    match nth % 6 {
        0 => format!(
            "20{}-{month:02}-{day:02} 1{}:{}:{}",
            dice.between(10, 29),
            dice.roll(9),
            dice.between(10, 59),
            dice.between(10, 59)
        ),
        1 => format!("{day:02}.{month:02}.19{}", dice.between(50, 99)),
        2 => format!("epoch 17{} ms", dice.digits(11)),
        3 => format!(
            "{month:02}/{day:02}/20{} at {}:{} pm",
            dice.between(10, 29),
            dice.between(1, 12),
            dice.between(10, 59)
        ),
        4 => format!(
            "20{}{month:02}{day:02}T{}Z",
            dice.between(10, 29),
            dice.digits(6)
        ),
        _ => format!("17{}", dice.digits(8)),
    }
}

pub fn isbn(dice: &mut Dice, nth: usize) -> String {
    match nth % 4 {
        0 => format!(
            "ISBN 978-{}-{}-{}-{}",
            dice.digits(1),
            dice.digits(3),
            dice.digits(5),
            dice.roll(10)
        ),
        1 => format!("ISBN 978{}", dice.digits(10)),
        2 => format!("EAN 40{}", dice.digits(11)),
        _ => format!(
            "doi.org/10.{}/j.{}.2024.{}",
            dice.digits(4),
            dice.pick(&["cell", "neuron", "joule"]),
            dice.digits(6)
        ),
    }
}

pub fn parcel(dice: &mut Dice, nth: usize) -> String {
    match nth % 5 {
        0 => format!("tracking 1Z{}", dice.text(UPPER, 16)),
        1 => format!("DHL 0034{}", dice.digits(16)),
        2 => format!("RR{}DE", dice.digits(9)),
        3 => format!("Sendungsnummer {}", dice.digits(12)),
        _ => format!("Container MSKU{}", dice.digits(7)),
    }
}

pub fn figures(dice: &mut Dice, nth: usize) -> String {
    match nth % 5 {
        0 => (0..3)
            .map(|_| format!("{},{}", dice.digits(3), dice.digits(3)))
            .collect::<Vec<_>>()
            .join(" "),
        1 => (0..6)
            .map(|_| dice.digits(4))
            .collect::<Vec<_>>()
            .join("  "),
        2 => format!("Total {}.{} EUR", dice.digits(4), dice.text(DIGITS, 2)),
        3 => format!(
            "{}.{}, {}.{}",
            dice.between(10, 60),
            dice.digits(6),
            dice.between(1, 30),
            dice.digits(6)
        ),
        _ => (2016..2022)
            .map(|year| year.to_string())
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// A card's number with a digit wrong.
pub fn wrong_card(dice: &mut Dice, nth: usize) -> String {
    let number = money::card_number(dice);
    let last = number.as_bytes()[number.len() - 1] - b'0';
    let number = format!(
        "{}{}",
        &number[..number.len() - 1],
        (usize::from(last) + dice.between(1, 9)) % 10
    );
    match nth % 3 {
        0 => number,
        1 => grouped(&number, 4, " "),
        _ => format!("Reference {}", grouped(&number, 4, "-")),
    }
}

/// An account with a check digit wrong.
pub fn wrong_iban(dice: &mut Dice, nth: usize) -> String {
    let whole = money::with_check("DE", &dice.digits(18));
    let check: usize = whole[2..4].parse().expect("two digits");
    let wrong = format!(
        "DE{:02}{}",
        (check - 2 + dice.between(1, 95)) % 97 + 2,
        &whole[4..]
    );
    match nth % 2 {
        0 => wrong,
        _ => grouped(&wrong, 4, " "),
    }
}

pub fn masked(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!("•••• •••• •••• {}", dice.digits(4)),
        1 => format!("Visa ending in {}", dice.digits(4)),
        2 => format!("**** **** **** {}", dice.digits(4)),
        3 => format!("XXXX-XXXX-XXXX-{}", dice.digits(4)),
        4 => format!(
            "DE** **** **** **** **{} {}",
            dice.digits(2),
            dice.digits(2)
        ),
        _ => format!("Mastercard ...{} expires 12/29", dice.digits(4)),
    }
}

pub fn ticket(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => format!("ATLAS-{}: the map is late", dice.digits(4)),
        1 => format!("see #{} and #{}", dice.digits(4), dice.digits(4)),
        2 => format!("Room {}, floor {}", dice.digits(3), dice.between(1, 9)),
        3 => format!("flight LH{} seat {}A", dice.digits(3), dice.between(1, 40)),
        4 => format!("GPIO pin {} is high", dice.between(1, 40)),
        _ => format!("error code {}", dice.digits(4)),
    }
}

/// As long as a national number, and none.
pub fn plain_number(dice: &mut Dice, nth: usize) -> String {
    match nth % 6 {
        0 => dice.digits(9),
        1 => grouped(&dice.digits(9), 3, " "),
        2 => format!("{} views", dice.digits(10)),
        3 => format!("id {}", dice.digits(11)),
        4 => grouped(&dice.digits(12), 4, " "),
        _ => format!("account {}", dice.digits(8)),
    }
}
