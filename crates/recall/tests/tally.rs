//! Questions that count, compare and sum over a small real store. The numbers, such as L1, are those of `docs/spec/links.md`.

mod clean;

use afterimage_domain::{
    Author, Body, Edit, Filter, Found, NewMemory, Observation, ObservationId, Origin, Query, Span,
    Tally, ThreadId, Timestamp, Total, Trust, tally::Unit,
};
use afterimage_recall::tally;
use afterimage_store::{Entropy, Intake, Opened, Profile, Tasks, Unlock, open};
use clean::clean;
use jiff::civil::DateTime;
use zeroize::Zeroizing;

/// Sunday 31 May 2026, noon in Zurich.
const NOW: &str = "2026-05-31T12:00";
const ZONE: &str = "Europe/Zurich";

struct World {
    store: Opened,
    said: u64,
    _folder: tempfile::TempDir,
}

fn moment(local: &str) -> Timestamp {
    let local: DateTime = local.parse().unwrap();
    let zoned = local.in_tz(ZONE).unwrap();
    Timestamp::from_millis(zoned.timestamp().as_millisecond())
}

fn world(said: &[(&str, &str, &str)]) -> World {
    let folder = tempfile::tempdir().unwrap();
    let key = Unlock::Ephemeral(Zeroizing::new([7; 32]));
    let profile = Profile::create(folder.path(), &key, &Entropy::system()).unwrap();
    let store = open(profile, Entropy::system()).unwrap();
    let mut world = World {
        store,
        said: 0,
        _folder: folder,
    };
    for (at, speaker, text) in said {
        world.say(at, speaker, text);
    }
    world
}

impl World {
    fn say(&mut self, at: &str, speaker: &str, text: &str) -> ObservationId {
        self.said += 1;
        let id = ObservationId(uuid::Uuid::from_u64_pair(1, 1 << 63 | self.said));
        let at = moment(at);
        let origin = match speaker {
            "user" | "assistant" => Origin::Chat {
                thread: ThreadId(uuid::Uuid::nil()),
                by_user: speaker == "user",
            },
            speaker => Origin::Import {
                thread: "talk".into(),
                source: "sms".into(),
                speaker: speaker.into(),
            },
        };
        let observation = Observation {
            id,
            at,
            origin,
            text: text.into(),
            words: vec![],
            fresh: vec![Span::whole(text)],
            trust: Trust::Client,
            external_id: None,
            redactions: 0,
        };
        let intake = Intake::new(None, vec![clean(observation)], Tasks::NONE);
        self.store.writer.record(&[intake], at).unwrap();
        id
    }

    fn remember(&mut self, at: &str, title: &str, event_type: &str) {
        let memory = NewMemory {
            title: title.into(),
            details: String::new(),
            body: Body::Episodic {
                actor: "user".into(),
                event_type: event_type.into(),
                until: None,
            },
            tree_path: vec![],
            tags: vec![],
            sources: vec![],
            trust: Trust::User,
            confidence: 1.0,
            valid_from: moment(at),
        };
        let edits = clean(vec![Edit::Add { memory }]);
        let writer = &mut self.store.writer;
        let applied = writer.apply(&edits, Author::User, moment(at)).unwrap();
        assert_eq!(applied.refused, []);
    }

    fn ask(&self, question: &str) -> Option<Tally> {
        let query = Query {
            text: question.into(),
            at: moment(NOW),
            time_zone: ZONE.into(),
            filter: Filter::default(),
            limit: 10,
            token_budget: None,
            fading: afterimage_domain::Fading::default(),
        };
        tally(&query, &self.store.readers.begin().unwrap()).unwrap()
    }

    /// The result as `3 times`, and the words counted.
    fn check(&self, question: &str, expected: &str, counted: &[&str]) {
        let tally = self.ask(question);
        let shown = tally.as_ref().map_or("none".into(), shown);
        let rows = tally.map_or(vec![], |tally| tally.rows);
        let texts = rows.iter().map(|row| {
            let text = row.found.text();
            row.span.of(&text).unwrap().to_owned()
        });
        assert_eq!(shown, expected, "{question}");
        assert_eq!(texts.collect::<Vec<_>>(), counted, "{question}");
    }
}

fn shown(tally: &Tally) -> String {
    let unit = |unit: Unit| unit.name();
    match &tally.total {
        Total::Times { number, .. } => format!("{number} times"),
        Total::Days { number } => format!("{number} days"),
        Total::Things { number } => format!("{number} things"),
        Total::Money { sums } => sums
            .iter()
            .map(|sum| format!("{} {}", sum.hundredths, sum.currency))
            .collect::<Vec<_>>()
            .join(" "),
        Total::Between(found) | Total::Since(found) => {
            format!("{} {} {}", found.whole, unit(found.unit), found.days)
        }
        Total::Order { .. } => tally
            .rows
            .iter()
            .map(|row| row.name.as_str())
            .collect::<Vec<_>>()
            .join(" < "),
    }
}

/// L1
#[test]
fn times_are_counted_by_the_days_on_which_something_happened() {
    let world = world(&[
        (
            "2026-05-02T18:00",
            "user",
            "I went to the beach today. It was cold.",
        ),
        (
            "2026-05-03T09:00",
            "user",
            "Yesterday we went to the beach and I lost my hat.",
        ),
        (
            "2026-05-10T20:00",
            "user",
            "I've just gone to the beach with Anna.",
        ),
        (
            "2026-05-20T20:00",
            "user",
            "Went to the beach last Saturday!",
        ),
        (
            "2026-05-21T20:00",
            "assistant",
            "You went to the beach on Monday.",
        ),
        (
            "2026-05-22T20:00",
            "user",
            "My sister went to the beach without me.",
        ),
        (
            "2026-05-23T20:00",
            "user",
            "I never went to the beach in winter.",
        ),
        (
            "2026-05-24T20:00",
            "user",
            "Tomorrow I want to go to the beach.",
        ),
        ("2026-05-25T20:00", "user", "how often I went to the beach"),
        (
            "2026-05-26T20:00",
            "Anna",
            "I went to the beach and we swam.",
        ),
        ("2026-05-28T20:00", "Bo", "Anna just went to the beach."),
    ]);
    let counted = [
        "I went to the beach today.",
        "I've just gone to the beach with Anna.",
        "Went to the beach last Saturday!",
    ];
    world.check("How many times did I go to the beach?", "3 times", &counted);
    world.check("How many times have I been to the moon?", "none", &[]);
    world.check("How often did I go to the beach?", "3 times", &counted);
    world.check(
        "How many times did Anna go to the beach?",
        "2 times",
        &[
            "I went to the beach and we swam.",
            "Anna just went to the beach.",
        ],
    );
    world.check(
        "How many times did I go to the beach between 1 May and 12 May?",
        "2 times",
        &counted[..2],
    );
    world.check("How many times did Bo go to the beach?", "none", &[]);
    world.check(
        "How many times did I go to the beach in April?",
        "none",
        &[],
    );
}

/// L2
#[test]
fn what_was_seen_or_typed_is_counted_as_what_was_told() {
    let mut world = world(&[(
        "2026-05-04T20:00",
        "user",
        "I worked on the Atlas plan this morning.",
    )]);
    world.remember(
        "2026-05-04T09:00",
        "Worked on atlas plan.md in gedit",
        "edit",
    );
    world.remember(
        "2026-05-05T09:00",
        "Worked on atlas plan.md in gedit",
        "edit",
    );
    world.remember(
        "2026-05-05T15:00",
        "Worked on atlas plan.md in gedit: Costs",
        "edit",
    );
    world.remember(
        "2026-05-06T15:00",
        "Asked the assistant: what we worked on in the atlas plan",
        "conversation",
    );
    world.remember("2026-05-07T15:00", "Used firefox: Atlas", "using");
    world.remember("2026-05-08T15:00", "Used firefox: News", "using");
    world.check(
        "How many times did I work on the Atlas plan?",
        "3 times",
        &[
            "Worked on atlas plan.md in gedit",
            "Worked on atlas plan.md in gedit",
            "Worked on atlas plan.md in gedit: Costs",
        ],
    );
    let days = world
        .ask("How many days did I work on the Atlas plan?")
        .unwrap();
    assert_eq!(days.total, Total::Days { number: 2 });
    world.check(
        "How often did I open firefox?",
        "2 times",
        &["Used firefox: Atlas", "Used firefox: News"],
    );
}

/// L3
#[test]
fn things_are_added_up_by_the_numbers_that_are_told() {
    let said = [
        (
            "2026-05-02T18:00",
            "user",
            "I bought two old postcards in Bern.",
        ),
        ("2026-05-09T18:00", "user", "I bought another postcard."),
        ("2026-05-10T18:00", "user", "I bought 3 books."),
    ];
    let mut world = world(&said);
    world.check(
        "How many postcards did I buy?",
        "3 things",
        &[
            "I bought two old postcards in Bern.",
            "I bought another postcard.",
        ],
    );
    world.check("How many postcards did I buy in April?", "none", &[]);
    world.say(
        "2026-05-12T18:00",
        "user",
        "I bought the postcards that I had seen.",
    );
    world.check("How many postcards did I buy?", "none", &[]);
}

/// L4
#[test]
fn money_is_summed_for_each_currency() {
    let mut world = world(&[
        ("2026-05-02T18:00", "user", "I spent $80 on shoes today."),
        (
            "2026-05-03T18:00",
            "user",
            "I paid 120.50 francs for running shoes.",
        ),
        ("2026-05-09T18:00", "user", "I bought new shoes for $20."),
        ("2026-05-10T18:00", "user", "I want to spend $900 on shoes."),
        ("2026-05-10T19:00", "user", "I spent $12 on bread."),
    ]);
    world.check(
        "How much did I spend on shoes?",
        "12050 CHF 10000 USD",
        &[
            "I spent $80 on shoes today.",
            "I paid 120.50 francs for running shoes.",
            "I bought new shoes for $20.",
        ],
    );
    world.check("How much money did I spend on bread in May?", "none", &[]);
    world.say("2026-05-12T18:00", "user", "I spent $5 each on shoes.");
    world.check("What is the total amount I spent on shoes?", "none", &[]);
}

/// L5
#[test]
fn the_time_between_two_events_is_counted_on_the_calendar() {
    let world = world(&[
        ("2026-03-01T18:00", "user", "I visited the dentist today."),
        (
            "2026-03-20T18:00",
            "user",
            "I finished the Atlas report yesterday.",
        ),
        (
            "2026-04-02T18:00",
            "user",
            "The concert in Basel was wonderful, it was on 1 April.",
        ),
        ("2026-05-02T18:00", "assistant", "The wedding was on 1 May."),
    ]);
    let (dentist, report, concert) = (
        "I visited the dentist today.",
        "I finished the Atlas report yesterday.",
        "The concert in Basel was wonderful, it was on 1 April.",
    );
    for (question, expected, counted) in [
        (
            "How many days passed between when I visited the dentist and when I finished the Atlas report?",
            "18 day 0",
            [dentist, report],
        ),
        (
            "How many weeks between the day I finished the Atlas report and the concert in Basel?",
            "1 week 6",
            [report, concert],
        ),
        (
            "How long was it between the concert in Basel and when I visited the dentist?",
            "31 day 0",
            [concert, dentist],
        ),
        (
            "How many months had passed since I visited the dentist when I finished the Atlas report?",
            "0 month 18",
            [dentist, report],
        ),
    ] {
        world.check(question, expected, &counted);
    }
    world.check(
        "How many days passed between when I visited the dentist and the wedding?",
        "none",
        &[],
    );
}

/// L6
#[test]
fn how_long_ago_counts_from_the_last_time_to_the_question() {
    let world = world(&[
        ("2026-03-01T18:00", "user", "I visited the dentist today."),
        ("2026-05-17T18:00", "user", "I visited the dentist again."),
    ]);
    let last = ["I visited the dentist again."];
    world.check(
        "How many days ago did I visit the dentist?",
        "14 day 0",
        &last,
    );
    world.check("How long ago did I visit the dentist?", "14 day 0", &last);
    world.check("How long ago did I go to the dentist?", "14 day 0", &last);
    world.check(
        "How many weeks has it been since I last visited the dentist?",
        "2 week 0",
        &last,
    );
    world.check(
        "How many days since I first visited the dentist?",
        "91 day 0",
        &["I visited the dentist today."],
    );
}

/// L7
#[test]
fn what_came_first_and_in_which_order_is_told_by_the_days() {
    let world = world(&[
        ("2026-03-01T18:00", "user", "I bought a camera."),
        ("2026-02-01T18:00", "user", "I bought a tent!"),
        ("2026-04-01T18:00", "user", "I bought a kayak."),
        ("2026-04-01T19:00", "user", "I bought a paddle."),
    ]);
    for (question, expected) in [
        (
            "Which did I buy first, the camera or the tent?",
            "the tent < the camera",
        ),
        (
            "Did I buy a kayak before I bought a camera?",
            "bought a camera < buy a kayak",
        ),
        (
            "In what order did I buy the kayak, the camera and the tent?",
            "the tent < the camera < buy the kayak",
        ),
        ("Which did I buy first, the kayak or the paddle?", "none"),
        ("Which did I buy first, the camera or the boat?", "none"),
    ] {
        let found = world.ask(question).as_ref().map_or("none".into(), shown);
        assert_eq!(found, expected, "{question}");
    }
}

/// L8
#[test]
fn what_cannot_be_counted_is_left_to_others() {
    let world = world(&[
        ("2026-05-02T18:00", "user", "I ran in the park."),
        (
            "2026-05-09T18:00",
            "user",
            "I usually ran in the park last year.",
        ),
        ("2026-05-04T18:00", "user", "I met Bo last week."),
        (
            "2026-05-06T18:00",
            "user",
            "I met Bo on Wednesday 29 April.",
        ),
        (
            "2026-05-06T19:00",
            "user",
            "We swam in the lake on 2 May and 3 May.",
        ),
    ]);
    for question in [
        "How many times did I run in the park?",
        "How many times did I meet Bo?",
        "How many times did I swim in the lake?",
        "How many times did I not run in the park?",
        "How many times did I run in the park before I met Bo?",
        "How much did I spend on each park?",
        "How many people live in Bern?",
        "Where did I meet Bo?",
        "How long is the train to Bern?",
        "",
    ] {
        assert_eq!(world.ask(question), None, "{question}");
    }
}

/// L8
#[test]
fn nothing_said_at_or_after_the_question_counts() {
    let mut world = world(&[
        ("2026-05-02T18:00", "user", "I ran in the park."),
        ("2026-05-04T18:00", "user", "I ran in the park."),
    ]);
    world.say(NOW, "user", "I ran in the park.");
    world.say("2026-06-02T18:00", "user", "I ran in the park.");
    let tally = world.ask("How many times did I run in the park?").unwrap();
    assert_eq!(
        tally.total,
        Total::Times {
            number: 2,
            often: false
        }
    );
    assert!(matches!(tally.rows[0].found, Found::Observation { .. }));
}
