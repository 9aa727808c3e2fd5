//! Words that stand nowhere else come in by every way, a backup is made, and then they are forgotten by every way, through a real engine: by
//! item, time, app, site, person and word. Measured is how long it takes until the receipt is there, and until none of them is left in any
//! decrypted page of the database, its log and its backups, in the spool, the index and the pictures. Every fourth time the engine is killed
//! while it forgets. At the end the backup from before is put back, and none may have come back with it.

use crate::{
    Options,
    content::{PASSPHRASE, create, passphrase, picture, scratch},
    dice::Dice,
    forms::{forms, holds},
    outcome::Outcome,
    running::{Running, start},
};
use afterimage_domain::{
    Author, Clean, Edit, EntityKind, FrameId, Linked, Links, Mention, Observation, ObservationId,
    Origin, Raw, Rect, Source, Span, Timestamp, Trust,
};
use afterimage_engine::api::{
    self, Body, Filter, IngestItem, MemoryId, NewMemory, Request, Response, TimeRange,
};
use afterimage_mind::redact::Rules;
use afterimage_store::{Clocks, Entropy, Intake, NewFrame, Opened, Profile, Tasks, audit, restore};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// What is promised.
const PROMISED: Duration = Duration::from_secs(60);
/// So many are forgotten before it is waited until they are gone.
const TOGETHER: usize = 10;
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

/// By which way a word comes in, and so by which it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Line,
    Moment,
    Speaker,
    Named,
    Typed,
    Chat,
    Title,
    Picture,
    App,
    Site,
    Derived,
}

const WAYS: [Way; 11] = [
    Way::Line,
    Way::Site,
    Way::Derived,
    Way::App,
    Way::Named,
    Way::Picture,
    Way::Typed,
    Way::Moment,
    Way::Title,
    Way::Speaker,
    Way::Chat,
];

/// One word, and what takes it away.
struct Canary {
    way: Way,
    word: String,
    number: u64,
    memory: Option<MemoryId>,
    observation: Option<ObservationId>,
}

impl Canary {
    fn all(count: u64, seed: u64) -> Vec<Self> {
        let mut dice = Dice::new(seed);
        let ways = WAYS.iter().cycle();
        let numbered = (0..count).zip(ways);
        let canaries = numbered.map(|(number, way)| Self {
            way: *way,
            // Letters alone, so that no rule takes it for a key.
            word: (0..14).fold("zq".into(), |word, _| {
                format!("{word}{}", char::from(b'a' + dice.below(26) as u8))
            }),
            number,
            memory: None,
            observation: None,
        });
        canaries.collect()
    }

    /// A minute of its own.
    fn at(&self) -> Timestamp {
        crate::content::at(100_000 + self.number * 60)
    }

    fn what(&self) -> Result<api::Forget> {
        let word = self.word.clone();
        Ok(match self.way {
            Way::Line | Way::Derived => api::Forget::Observation {
                id: self.observation.context("nothing came in")?,
            },
            Way::Moment => api::Forget::Time {
                range: TimeRange {
                    from: self.at(),
                    to: self.at().plus_seconds(1),
                },
            },
            Way::Speaker | Way::Named => api::Forget::Person { name: word },
            Way::Typed => api::Forget::Memory {
                id: self.memory.context("nothing was typed")?,
            },
            Way::Chat | Way::Title => api::Forget::Words { words: word },
            Way::Picture => api::Forget::Frame {
                id: FrameId(crate::content::id(1_000 + self.number)),
            },
            Way::App => api::Forget::App { app: word },
            Way::Site => api::Forget::Site {
                site: format!("{word}.example"),
            },
        })
    }

    fn is_left(&self, pieces: &[Vec<u8>]) -> bool {
        let forms = forms(&self.word);
        let mut pieces = pieces.iter();
        pieces.any(|piece| forms.iter().any(|form| holds(piece, form)))
    }
}

/// `count` words.
pub fn forget(options: &Options, count: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut canaries = Canary::all(count, options.seed);
    let folder = scratch()?;
    let home = folder.path().join("profile");
    seed(&home, &mut canaries)?;
    let mut engine = start(&home)?;
    engine.set(|settings| settings.absorb = false)?;
    for canary in &mut canaries {
        hand_in(&engine, canary)?;
    }
    engine.client.call(Request::BackUp)?;
    let kept = keep_backup(&home, folder.path())?;
    let before = audited(&home)?;
    if let Some(canary) = canaries.iter().find(|canary| !canary.is_left(&before)) {
        bail!(
            "{:?} did not come in, so nothing would be proved",
            canary.way
        );
    }
    let mut times = Times::default();
    for (round, group) in canaries.chunks(TOGETHER).enumerate() {
        engine = forget_group(
            engine,
            &home,
            group,
            round,
            &mut times,
            &mut outcome,
            options,
        )?;
    }
    drop(engine);
    put_back(&home, &kept, &canaries, &mut times, &mut outcome, options)?;
    outcome.tried = count;
    outcome.notes.extend(times.notes());
    Ok(outcome)
}

/// How long it took.
#[derive(Default)]
struct Times {
    receipts: Vec<Duration>,
    gone: Vec<Duration>,
    kills: u64,
    told: u64,
    restored: Duration,
}

impl Times {
    fn notes(&mut self) -> Vec<String> {
        let words = |what: &str, mut times: Vec<Duration>| {
            times.sort_unstable();
            let at = |part: usize| {
                times
                    .get((times.len() * part / 100).min(times.len().saturating_sub(1)))
                    .map_or(0.0, Duration::as_secs_f64)
            };
            format!(
                "{what}: half within {:.2} s, 95 % within {:.2} s, all within {:.2} s",
                at(50),
                at(95),
                at(100)
            )
        };
        vec![
            words("until the receipt", std::mem::take(&mut self.receipts)),
            words("until nothing is left", std::mem::take(&mut self.gone)),
            format!(
                "{} killed while forgetting, {} of them had the receipt; nothing left {:.1} s after the older backup was put back",
                self.kills,
                self.told,
                self.restored.as_secs_f64()
            ),
        ]
    }
}

/// Forgets a group and waits until nothing of it is left; every fourth with a kill in the middle.
fn forget_group(
    mut engine: Running,
    home: &Path,
    group: &[Canary],
    round: usize,
    times: &mut Times,
    outcome: &mut Outcome,
    options: &Options,
) -> Result<Running> {
    let mut dice = Dice::new(options.seed + 77 + round as u64);
    let mut left: Vec<(&Canary, Instant)> = vec![];
    for (place, canary) in group.iter().enumerate() {
        let begun = Instant::now();
        if (round + place) % 4 == 3 {
            engine = killed(engine, home, canary, &mut dice, times)?;
        } else {
            engine.client.call(Request::Forget {
                what: canary.what()?,
            })?;
            times.receipts.push(begun.elapsed());
        }
        outcome.acknowledged += 1;
        left.push((canary, begun));
    }
    let end = Instant::now() + PROMISED * options.patience;
    while !left.is_empty() && Instant::now() < end {
        std::thread::sleep(LOOK);
        let pieces = audited(home)?;
        left.retain(|(canary, begun)| {
            let is_left = canary.is_left(&pieces);
            if !is_left {
                times.gone.push(begun.elapsed());
            }
            is_left
        });
    }
    for (canary, _) in left {
        outcome.lose(&format!("{:?}", canary.way), "stood there after a minute");
    }
    Ok(engine)
}

/// Asks to forget and kills the engine soon after. Without a receipt it is asked for once more.
fn killed(
    mut engine: Running,
    home: &Path,
    canary: &Canary,
    dice: &mut Dice,
    times: &mut Times,
) -> Result<Running> {
    let (client, what) = (engine.connect()?, canary.what()?);
    let request = Request::Forget { what: what.clone() };
    let asked = std::thread::spawn(move || client.call(request).is_ok());
    std::thread::sleep(Duration::from_micros(dice.below(15_000)));
    engine.kill()?;
    times.kills += 1;
    let is_told = asked.join().unwrap_or(false);
    times.told += u64::from(is_told);
    let engine = again(home)?;
    if !is_told {
        match engine.client.call(Request::Forget { what }) {
            Ok(_) => {}
            // It was gone before the kill, and the receipt did not get through.
            Err(failure) if failure.code == api::Code::NotFound => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(engine)
}

/// Starts an engine where the keeper of a killed one may still be about.
fn again(home: &Path) -> Result<Running> {
    let mut tries = 0;
    loop {
        match start(home) {
            Err(_) if tries < 40 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(250));
            }
            started => return started,
        }
    }
}

/// Puts the backup from before everything was forgotten in the place of the database.
fn put_back(
    home: &Path,
    kept: &Path,
    canaries: &[Canary],
    times: &mut Times,
    outcome: &mut Outcome,
    options: &Options,
) -> Result<()> {
    let name = kept.file_name().context("a backup has a name")?;
    fs::copy(kept, home.join("backup").join(name))?;
    let name = kept
        .file_stem()
        .and_then(|stem| stem.to_str())
        .context("a name in letters")?;
    let begun = Instant::now();
    let entropy = Entropy::system();
    let restored = restore(unlock(home)?, name, entropy, Timestamp::from_millis(now()))?;
    restored.writer.close()?;
    let engine = again(home)?;
    let end = begun + PROMISED * options.patience;
    let mut left: Vec<&Canary> = canaries.iter().collect();
    while !left.is_empty() && Instant::now() < end {
        let pieces = audited(home)?;
        left.retain(|canary| canary.is_left(&pieces));
        std::thread::sleep(LOOK);
    }
    times.restored = begun.elapsed();
    for canary in left {
        outcome.lose(
            &format!("{:?}", canary.way),
            "came back with an older backup",
        );
    }
    drop(engine);
    Ok(())
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

/// The newest backup, put where the engine does not find it.
fn keep_backup(home: &Path, folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(home.join("backup"))?.flatten();
    let newest = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "db"))
        .max()
        .context("no backup was made")?;
    let kept = folder.join(newest.file_name().context("a backup has a name")?);
    fs::copy(&newest, &kept)?;
    Ok(kept)
}

/// Everything the profile's files hold, opened: of a copy, since an engine has it.
fn audited(home: &Path) -> Result<Vec<Vec<u8>>> {
    let copy = scratch()?;
    copy_folder(home, copy.path())?;
    let mut pieces = vec![];
    audit::open_all(&unlock(copy.path())?, &mut |_, piece| {
        pieces.push(piece.to_vec())
    })?;
    Ok(pieces)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir_all(to.join(&name))?;
            copy_folder(&path, &to.join(&name))?;
        } else if kind.is_file() && name != "reserve" && !name.to_string_lossy().ends_with("-shm") {
            match fs::copy(&path, to.join(&name)) {
                // It went between two looks.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => _ = copied?,
            }
        }
    }
    Ok(())
}

fn unlock(home: &Path) -> Result<Profile> {
    ensure!(!PASSPHRASE.is_empty(), "a profile has a passphrase");
    let clocks = Clocks {
        wall: crate::content::at(0),
        boot: Uuid::nil(),
        since_boot: Duration::ZERO,
    };
    Ok(Profile::unlock(
        home,
        &passphrase(),
        clocks,
        &Entropy::system(),
    )?)
}

/// What was seen and derived before: as the screen and the mind hand it in, with the canaries in it.
fn seed(home: &Path, canaries: &mut [Canary]) -> Result<()> {
    let mut store = create(home, &passphrase())?;
    for canary in canaries {
        match canary.way {
            Way::App | Way::Site | Way::Picture => {
                let intake = screen(canary);
                store.writer.record(&[intake], canary.at())?;
            }
            Way::Derived | Way::Named => derived(&mut store, canary)?,
            _ => {}
        }
    }
    Ok(store.writer.close()?)
}

fn screen(canary: &Canary) -> Intake {
    let word = &canary.word;
    let frame = FrameId(crate::content::id(1_000 + canary.number));
    let is = |way| canary.way == way;
    let origin = Origin::Screen {
        frame,
        app: if is(Way::App) {
            word.clone()
        } else {
            "browser".into()
        },
        title: format!("{word} - window"),
        url: is(Way::Site).then(|| format!("https://mail.{word}.example/a")),
        bounds: Rect::new(0, 0, 100, 50),
    };
    let observation = observed(
        2_000 + canary.number,
        canary.at(),
        word,
        origin,
        Trust::Screen,
    );
    let picture = || picture(word.repeat(300).into_bytes());
    let frame = NewFrame {
        thumbnail: picture(),
        full: picture(),
        id: frame,
        at: canary.at(),
        ..crate::content::frame(canary.number)
    };
    let frame = Raw::new(frame).clean(&Rules);
    Intake::new(Some(frame), vec![observation], Tasks::ALL)
}

fn observed(
    number: u64,
    at: Timestamp,
    word: &str,
    origin: Origin,
    trust: Trust,
) -> Clean<Observation> {
    let text = format!("The door {word} is green.");
    Raw::new(Observation {
        id: ObservationId(crate::content::id(number)),
        at,
        origin,
        words: vec![],
        fresh: vec![Span::whole(&text)],
        text,
        trust,
        external_id: Some(format!("seeded-{number}")),
        redactions: 0,
    })
    .clean(&Rules)
}

/// A memory of two sources, one of which holds the word; somebody called so is linked to it.
fn derived(store: &mut Opened, canary: &mut Canary) -> Result<()> {
    let word = canary.word.clone();
    let import = || Origin::Import {
        thread: format!("talk {}", canary.number),
        source: "chat".into(),
        speaker: "Ann".into(),
    };
    let numbers = [2_000 + canary.number, 3_000 + canary.number];
    let lines = [
        observed(numbers[0], canary.at(), &word, import(), Trust::Client),
        observed(
            numbers[1],
            canary.at().plus_seconds(9),
            "in front",
            import(),
            Trust::Client,
        ),
    ];
    canary.observation = Some(lines[0].id);
    let sources = lines.iter().map(|line| Source {
        observation: line.id,
        span: Span::whole(&line.text),
    });
    let memory = NewMemory {
        sources: sources.collect(),
        trust: Trust::Client,
        tags: vec![word.clone()],
        ..typed(format!("The door {word} in front is green"))
    };
    let mention = Mention {
        name: word.clone(),
        kind: EntityKind::Person,
        span: Span {
            start: 9,
            end: 9 + word.len() as u32,
        },
    };
    let links = Links {
        of: Linked::Edit(0),
        mentions: vec![mention],
        relations: vec![],
    };
    let links = Raw::new(vec![links]).clean(&Rules);
    let intake = Intake::new(None, lines.to_vec(), Tasks::ALL);
    store.writer.record(&[intake], canary.at())?;
    let edits = Raw::new(vec![Edit::Add { memory }]).clean(&Rules);
    let applied = store
        .writer
        .apply_linked(&edits, &links, Author::Upkeep, canary.at())?;
    ensure!(applied.refused.is_empty(), "the memory was refused");
    Ok(())
}

fn typed(title: String) -> NewMemory {
    NewMemory {
        title,
        details: String::new(),
        body: Body::Semantic {
            subject: "door".into(),
            learned_from: "chat".into(),
        },
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: crate::content::at(0),
    }
}

/// What comes in while the engine runs.
fn hand_in(engine: &Running, canary: &mut Canary) -> Result<()> {
    let word = &canary.word;
    let said = format!("The door {word} is green.");
    match canary.way {
        Way::Line | Way::Moment | Way::Speaker => {
            let is_speaker = canary.way == Way::Speaker;
            let item = IngestItem {
                id: format!("canary-{}", canary.number),
                thread: "t".into(),
                at: canary.at(),
                source: "chat".into(),
                speaker: if is_speaker { word } else { "Ann" }.to_owned(),
                text: if is_speaker {
                    "It is green.".into()
                } else {
                    said
                },
            };
            let done = engine.client.call(Request::Ingest { items: vec![item] })?;
            if let Response::Ingested { observations, .. } = done {
                canary.observation = observations.first().copied();
            }
        }
        Way::Typed => {
            let memory = typed(said);
            let done = engine.client.call(Request::AddMemory { memory })?;
            if let Response::Memory { memory, .. } = done {
                canary.memory = Some(memory.id);
            }
        }
        Way::Title => {
            let image = crate::plain::picture()?;
            engine.client.call(Request::IngestImage {
                image: base64::Engine::encode(&base64::prelude::BASE64_STANDARD, image),
                at: canary.at(),
                app: "editor".into(),
                title: said,
            })?;
        }
        Way::Chat => {
            // Without a model there is no answer; the question was kept all the same.
            let _ = engine.client.call(Request::Ask {
                thread: None,
                text: format!("Is {word} green?"),
                filter: Filter::default(),
                temporary: false,
                at: None,
            });
        }
        Way::Picture | Way::App | Way::Site | Way::Named | Way::Derived => {}
    }
    Ok(())
}
