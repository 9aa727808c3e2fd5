//! Texts with made-up names, addresses and numbers of people in them, and texts that only look like it: what the finding of personal details
//! is measured on. Drawn from a seed like the rest; nobody in it exists.

use super::dice::Dice;
use afterimage_domain::Detail;
use std::ops::Range;

/// A text with one detail in it that is looked for, and others that are not counted.
pub struct Sample {
    pub kind: &'static str,
    pub detail: Detail,
    pub text: String,
    pub place: Range<usize>,
}

type Make = fn(&mut Dice) -> String;

/// What is looked for: kind, detail, how one is written, and sentences with `{}` where it stands.
const POSITIVES: [(&str, Detail, Make, &[&str]); 12] = [
    ("full name, prose", Detail::Name, full_name, PROSE),
    ("full name, mail head", Detail::Name, full_name, HEADS),
    ("given name, chat", Detail::Name, given_name, CHAT),
    ("name in a table or form", Detail::Name, full_name, FORMS),
    ("e-mail address", Detail::Email, email, CONTACTS),
    ("phone, United States", Detail::Phone, phone_us, CONTACTS),
    (
        "phone, other countries",
        Detail::Phone,
        phone_world,
        CONTACTS,
    ),
    (
        "address, United States",
        Detail::Address,
        address_us,
        PLACES,
    ),
    ("address, Europe", Detail::Address, address_eu, PLACES),
    ("passport or licence", Detail::Document, document, PAPERS),
    ("taxpayer", Detail::Document, taxpayer, TAXES),
    ("bank account", Detail::Account, account, BANKS),
];

const LOOK_ALIKES: [(&str, &[&str]); 9] = [
    ("prose without anybody", PLAIN),
    ("code and terminals", CODE),
    ("versions, dates, prices", NUMBERS),
    ("order and tracking numbers", ORDERS),
    ("products and companies", PRODUCTS),
    ("towns and countries alone", TOWNS),
    ("words that are also names", WORDS),
    ("menus and buttons", MENUS),
    ("headlines", HEADLINES),
];

/// `count` texts of each kind.
pub fn positives(seed: u64, count: usize) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (number, (kind, detail, make, frames)) in POSITIVES.iter().enumerate() {
        let mut dice = Dice::new(seed, 900 + number as u64);
        for _ in 0..count {
            let value = make(&mut dice);
            let frame = dice.pick(frames);
            let at = frame.find("{}").unwrap_or_default();
            samples.push(Sample {
                kind,
                detail: *detail,
                text: frame.replacen("{}", &value, 1),
                place: at..at + value.len(),
            });
        }
    }
    samples
}

/// `count` texts of each kind, with their kind.
pub fn look_alikes(seed: u64, count: usize) -> Vec<(&'static str, String)> {
    let mut samples = Vec::new();
    for (number, (kind, frames)) in LOOK_ALIKES.iter().enumerate() {
        let mut dice = Dice::new(seed, 950 + number as u64);
        for _ in 0..count {
            let frame = dice.pick(frames).to_owned();
            samples.push((*kind, filled(&frame, &mut dice)));
        }
    }
    samples
}

/// `#` for a digit.
fn filled(frame: &str, dice: &mut Dice) -> String {
    frame
        .chars()
        .map(|c| match c {
            '#' => char::from(b'0' + dice.roll(10) as u8),
            other => other,
        })
        .collect()
}

fn given_name(dice: &mut Dice) -> String {
    dice.pick(GIVEN).to_owned()
}

fn full_name(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(GIVEN), dice.pick(SURNAMES))
}

fn email(dice: &mut Dice) -> String {
    let (given, surname) = (dice.pick(GIVEN), dice.pick(SURNAMES));
    let plain = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphabetic);
        letters.collect::<String>().to_lowercase()
    };
    let host = dice.pick(&[
        "example.org",
        "mail.example",
        "post.example.net",
        "work.example.co.uk",
    ]);
    match dice.roll(3) {
        0 => format!("{}.{}@{host}", plain(given), plain(surname)),
        1 => format!("{}{}@{host}", plain(given), dice.digits(2)),
        _ => format!("{}+news@{host}", plain(surname)),
    }
}

fn phone_us(dice: &mut Dice) -> String {
    let frame = dice.pick(&[
        "(4##) 555-01##",
        "415-555-01##",
        "+1 2## 555 01##",
        "1-800-555-01##",
        "312.555.01##",
    ]);
    filled(frame, dice)
}

fn phone_world(dice: &mut Dice) -> String {
    let frame = dice.pick(&[
        "+44 20 7946 0###",
        "+49 30 901820##",
        "+33 1 99 00 ## ##",
        "+41 44 555 ## ##",
        "0171 39200##",
        "+81 3 5550 ####",
        "+91 98765 4####",
        "+61 2 5550 ####",
    ]);
    filled(frame, dice)
}

fn address_us(dice: &mut Dice) -> String {
    let (street, town) = (dice.pick(STREETS_US), dice.pick(TOWNS_US));
    let (house, zip) = (dice.between(2, 4), dice.digits(5));
    let house = dice.digits(house);
    match dice.roll(3) {
        0 => format!("{house} {street}, {town} {zip}"),
        1 => format!(
            "{house} {street}, Apt {}, {town} {zip}",
            dice.between(1, 40)
        ),
        _ => format!("{house} {street}\n{town} {zip}"),
    }
}

fn address_eu(dice: &mut Dice) -> String {
    let house = dice.between(1, 180);
    match dice.roll(4) {
        0 => format!(
            "{} {house}, {} {}",
            dice.pick(STREETS_DE),
            dice.digits(5),
            dice.pick(&["Berlin", "Hamburg", "Leipzig", "Bonn"])
        ),
        1 => format!(
            "{house} {}, London SW{} {}AB",
            dice.pick(STREETS_UK),
            dice.between(1, 9),
            dice.between(1, 9)
        ),
        2 => format!(
            "{house} rue {}, {} {}",
            dice.pick(&["de la Paix", "Victor Hugo", "des Lilas"]),
            dice.digits(5),
            dice.pick(&["Paris", "Lyon", "Nantes"])
        ),
        _ => format!(
            "{} {house}, {} {}",
            dice.pick(&["Bahnhofstrasse", "Seestrasse", "Langstrasse"]),
            dice.digits(4),
            dice.pick(&["Zürich", "Basel", "Bern"])
        ),
    }
}

fn document(dice: &mut Dice) -> String {
    let frame = dice.pick(&[
        "X#######",
        "C########",
        "D###-####-####",
        "K#######",
        "P########",
    ]);
    filled(frame, dice)
}

fn taxpayer(dice: &mut Dice) -> String {
    let frame = dice.pick(&["9##-7#-####", "##-#######", "9##7#####"]);
    filled(frame, dice)
}

fn account(dice: &mut Dice) -> String {
    let length = dice.between(8, 12);
    dice.digits(length)
}

const GIVEN: &[&str] = &[
    "Ingrid",
    "Miriam",
    "Alejandro",
    "Priya",
    "Tomasz",
    "Fatima",
    "Yusuf",
    "Chloe",
    "Björn",
    "Aisha",
    "Marco",
    "Elena",
    "Hiroshi",
    "Nadia",
    "Sven",
    "Olivia",
    "Kwame",
    "Lucía",
    "Pavel",
    "Hannah",
    "Jamal",
    "Sofia",
    "Declan",
    "Mei",
    "Rashid",
    "Anna",
    "Peter",
    "Zoe",
    "Matthias",
    "Leila",
];
const SURNAMES: &[&str] = &[
    "Sørensen",
    "Castellanos",
    "Natarajan",
    "Kowalski",
    "Haddad",
    "O'Neill",
    "Müller",
    "Okafor",
    "Bianchi",
    "Petrova",
    "Tanaka",
    "Lindqvist",
    "Mensah",
    "Fernández",
    "Novák",
    "Goldberg",
    "Dubois",
    "Nguyen",
    "Schneider",
    "Patel",
    "McCarthy",
    "Ivanov",
    "Chen",
    "Andersson",
    "Rossi",
];
const STREETS_US: &[&str] = &[
    "Maple Street",
    "Oak Avenue",
    "Riverside Drive",
    "Elm St",
    "Sunset Blvd",
    "Washington Ave",
    "Hillcrest Road",
];
const STREETS_UK: &[&str] = &["Baker Street", "Church Lane", "Victoria Road", "Mill Lane"];
const STREETS_DE: &[&str] = &[
    "Lindenstraße",
    "Hauptstraße",
    "Goethestr.",
    "Am Markt",
    "Gartenweg",
];
const TOWNS_US: &[&str] = &[
    "Springfield, IL",
    "Portland, OR",
    "Austin, TX",
    "Dayton, OH",
    "Boulder, CO",
];

const PROSE: &[&str] = &[
    "Yesterday {} told us that the contract will be signed next week.",
    "We met {} at the conference and talked about the new laboratory.",
    "The report was written by {} and reviewed twice.",
    "According to {}, the bridge will open in spring.",
    "Please ask {} whether the room is free on Monday.",
    "After lunch {} showed the visitors around the plant.",
];
const HEADS: &[&str] = &[
    "From: {}\nTo: the whole team\nSubject: Plans for the release\n\nHello all,",
    "Subject: Re: invoice\nFrom: {}\nDate: Tue, 17 Nov 2026 09:12",
    "Best regards,\n{}\nHead of Research",
    "Kind regards\n{}",
    "Dear {},\n\nthank you for your letter of last week.",
];
const CHAT: &[&str] = &[
    "hey {}, are you coming tonight?",
    "[10:42] {}: the build is green again",
    "ok, I'll tell {} when she is back",
    "Thanks {}! That was quick.",
    "@all {} is on holiday until Friday",
];
const FORMS: &[&str] = &[
    "Name: {}\nRole: administrator\nLast seen: today",
    "Patient          {}\nWard             3\nAdmitted         12 May",
    "Customer | {} | paid | 3 items",
    "Assigned to {} · Priority high · Sprint 14",
    "Passenger {} Seat 14C Gate B22",
];
const CONTACTS: &[&str] = &[
    "You can reach me at {} any time before six.",
    "Contact: {}",
    "If it rains, write or call: {}. We will find another day.",
    "Support desk, building 4\n{}\nopen 9 to 5",
    "My new number or address is {}, please note it.",
    "Reception {} - please announce visitors",
];
const PLACES: &[&str] = &[
    "She lives at {} since last year.",
    "Ship to:\n{}",
    "Please send the parcel to {}, not to the office.",
    "Home address: {}",
    "We moved! Our new place is {}. Come and visit.",
];
const PAPERS: &[&str] = &[
    "Passport no. {}, valid until 2031",
    "My passport number is {}.",
    "Driver's license: {}",
    "Passport number: {}\nNationality: unknown",
    "License number {} expires in March",
];
const TAXES: &[&str] = &[
    "Tax ID: {}",
    "Taxpayer identification number {} (individual)",
    "Employer identification number: {}",
    "My TIN is {}, please use it on the form.",
];
const BANKS: &[&str] = &[
    "Account number: {}",
    "Please pay into account {} at the usual bank.",
    "Checking account no. {}",
    "Direct deposit goes to account number {} from May on.",
];

const PLAIN: &[&str] = &[
    "The meeting about the budget moved to Thursday at ten, and lunch is at noon.",
    "It rained all week, so the garden looks better than it did in July.",
    "Nobody knows why the second test fails on the slow machine only.",
    "We need more chairs, a longer table and somebody who brings the projector.",
    "The train was late again, and the coffee was cold when we arrived.",
    "Reading takes an hour; writing it down takes the rest of the day.",
];
const CODE: &[&str] = &[
    "error[E0308]: mismatched types\n  --> src/main.rs:4#:17\n   |\n4# |     let x: u32 = \"a\";",
    "$ git log --oneline\n#a3f9c2 Fix the order of windows\n7b1#d0e Add a test",
    "fn judge(windows: &[SeenWindow]) -> Vec<Verdict> { windows.iter().map(one).collect() }",
    "docker run --rm -p 80#0:8080 -v /srv/data:/data registry.local/app:1.#.#",
    "ps aux | grep engine | head -2#",
    "Nov 20 09:1#:44 host kernel: [12345.6789##] usb 1-1: new high-speed USB device number 7",
    "import { useState } from \"react\"; export const Mark = ({ size }: Props) => <i />;",
    "127.0.0.1 - - [20/Nov/2026:10:1#:32] \"GET /index.html\" 200 51##",
    "git clone git@github.com:someone/something.git && npm install left-pad@1.3.#",
];
const NUMBERS: &[&str] = &[
    "Version 4.2.# was released on 2026-11-2#; 1,2#9.00 EUR a year.",
    "CPU 4#%, memory 7.# GB of 16 GB, disk 128.4 GB free",
    "Total 3,4##.50 USD, of which 19 % VAT 5##.12",
    "Flight at 14:2#, boarding 13:50, gate B2#, 2h 35min",
    "Chapter 12, page 34#, figure 5.#: 0.9##3 to 1.2##4",
    "Resolution 1920x1080, 60 Hz, 24 bit, 12## x 800",
];
const ORDERS: &[&str] = &[
    "Order #44#1-22#9 has been shipped and arrives on Tuesday.",
    "Ticket INC00#####2 was closed. Reference 2026-#####.",
    "Invoice no. 2026-01#7, due in 30 days",
    "Tracking 1Z999AA1012345#### is on its way.",
    "Part number 88-41#2-B, serial SN##A94K#",
    "ISBN 978-3-16-14841#-0, second edition",
];
const PRODUCTS: &[&str] = &[
    "Firefox and Visual Studio Code are open, Spotify is paused.",
    "Amazon, Siemens and Volkswagen published their figures.",
    "LibreOffice Writer - Untitled 1",
    "Install Ubuntu next to Windows with GNOME Boxes.",
    "Photoshop, Blender and Figma can open the file.",
    "The new ThinkPad has an Intel Core and an NVIDIA card.",
];
const TOWNS: &[&str] = &[
    "The weather in Hamburg: cloudy, 8 degrees, wind from the west.",
    "Trains from Vienna to Prague run every two hours.",
    "Paris is larger than Lyon, and Lyon larger than Nantes.",
    "Exports from Brazil to Canada grew in spring.",
    "The conference takes place in Portland this year.",
];
const WORDS: &[&str] = &[
    "It will take until May, and the grace period ends in June.",
    "Mark the box, then bill the customer for the rose garden.",
    "Hope is not a plan. Faith in backups is not one either.",
    "April was dry; August was worse. Summer is over.",
    "The Jordan and the Victoria are rivers and lakes.",
    "Press Grant to go on, or Drew back to the Art menu.",
];
const MENUS: &[&str] = &[
    "File  Edit  View  Go  Bookmarks  Help",
    "New Folder   Open With   Move to Trash   Properties",
    "Cancel   Save Draft   Send Later   Discard",
    "Inbox  Sent  Drafts  Archive  Spam  Trash",
    "Settings > Privacy > Apps that are left out",
    "General  Appearance  Notifications  Power  Printers",
];
const HEADLINES: &[&str] = &[
    "Central Bank Keeps Rates, Markets Fall",
    "How To Grow Tomatoes In A Small Kitchen",
    "Ten Things Every Gardener Should Know",
    "Parliament Votes On Climate Law",
    "New Telescope Sees First Light",
    "Storm Warning For The Northern Coast",
];
