//! Where a text stands: a terminal, a mail, a form, a chat, a settings file, a page of notes.

use super::Dice;

const NAMES: &[&str] = &[
    "Anna", "Ben", "Chidi", "Dilan", "Elif", "Farah", "Goran", "Hana", "Ines", "Jonas",
];
const BEFORE: &[&str] = &[
    "thanks for the quick reply yesterday.",
    "here is what we talked about.",
    "sorry for being late with this.",
    "please do not forward it.",
    "I found it in the old notebook:",
];
const AFTER: &[&str] = &[
    "Let me know when it works.",
    "See you on Thursday!",
    "The rest is on the wiki.",
    "Call me if anything is unclear.",
    "Best wishes",
];

/// `inside` among what such a window shows besides.
pub fn around(dice: &mut Dice, nth: usize, inside: &str) -> String {
    match nth % 6 {
        0 => terminal(dice, inside),
        1 => mail(dice, inside),
        2 => chat(dice, inside),
        3 => form(dice, inside),
        4 => settings(dice, inside),
        _ => notes(dice, inside),
    }
}

fn terminal(dice: &mut Dice, inside: &str) -> String {
    let host = dice.pick(&["web-1", "atlas", "build", "nas"]);
    let file = dice.pick(&["notes.txt", "todo.md", "out.log", "setup.sh"]);
    format!(
        "user@{host}:~/work$ cat {file}\n{inside}\nuser@{host}:~/work$ ls -la\ntotal {}",
        dice.between(8, 96)
    )
}

fn mail(dice: &mut Dice, inside: &str) -> String {
    let (from, to) = (dice.pick(NAMES), dice.pick(NAMES));
    let (before, after) = (dice.pick(BEFORE), dice.pick(AFTER));
    format!(
        "From: {from} <{}@example.org>\nSubject: Re: access\n\nHi {to},\n{before}\n\n{inside}\n\n{after}\n{from}",
        from.to_lowercase()
    )
}

fn chat(dice: &mut Dice, inside: &str) -> String {
    let (one, other) = (dice.pick(NAMES), dice.pick(NAMES));
    let minute = dice.between(10, 50);
    format!(
        "{one} 10:{minute}\ncan you send it to me?\n{other} 10:{}\n{inside}\n{one} 10:{}\ngot it, {}",
        minute + 1,
        minute + 3,
        dice.pick(&["thanks!", "perfect", "will try now", "ok"])
    )
}

fn form(dice: &mut Dice, inside: &str) -> String {
    let (menu, button) = (
        dice.pick(&[
            "Overview  Members  Billing",
            "Home  Account  Security",
            "General  Network  About",
        ]),
        dice.pick(&["Save  Cancel", "Continue", "Back  Next"]),
    );
    format!(
        "{menu}\n{}\n{inside}\n{button}",
        dice.pick(&["Account settings", "Details", "Step 2 of 3"])
    )
}

fn settings(dice: &mut Dice, inside: &str) -> String {
    format!(
        "# {}\nDEBUG=false\nPORT={}\n{inside}\nLOG_LEVEL=info\nREGION=eu-central-1",
        dice.pick(&["production", "staging", "local"]),
        dice.between(3000, 9000)
    )
}

fn notes(dice: &mut Dice, inside: &str) -> String {
    format!(
        "{}\nbuy milk and bread\n{inside}\ndentist on {} at {}:30",
        dice.pick(&["Notes", "Monday", "Ideas for the trip", "Household"]),
        dice.pick(&["Tuesday", "Friday", "the 14th"]),
        dice.between(9, 17)
    )
}
