//! Nothing that can be read reaches the disk, not even for a moment: every write of every file that the engine and its keeper make, wherever
//! it lies, is recorded while words that stand nowhere else go in by every way there is, and none of the writes may hold one of them.

use crate::{
    Options,
    content::{PASSPHRASE, VAULT_PASSPHRASE, scratch},
    dice::Dice,
    forms::{forms, holds},
    outcome::Outcome,
    preload::Preload,
    recorded::{Step, read},
    running::{Running, make_profile, program, start_with},
};
use afterimage_engine::api::{
    Body, Filter, Forget, Hidden, IngestItem, LockedFile, NewMemory, Opening, Request, Response,
    ThreadId, Timestamp, Trust,
};
use anyhow::{Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    collections::HashMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Bytes of the write before that are looked at with the next one of the same file: longer than any form of a canary.
const KEPT: usize = 128;
/// The files of the archive that is written and read.
const ARCHIVE: &str = "me.age";
const VAULT: &str = "vault.age";
/// What pictures begin with.
pub const PICTURES: [&[u8]; 3] = [b"\x89PNG\r\n", b"RIFF", b"\xff\xd8\xff\xe0"];

/// The ways in of an engine's life.
const WAYS: [&str; 8] = [
    "a line",
    "its speaker",
    "a title",
    "a question",
    "a memory",
    "a secret",
    "a name",
    "a search",
];

/// Words that stand nowhere else: one a way in.
pub struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    pub fn draw(dice: &mut Dice, ways: &[&'static str]) -> Self {
        // Letters alone, so that no rule takes it for a key.
        let mut word = || -> String {
            let letter = |_| char::from(b'a' + dice.below(26) as u8);
            format!("zq{}", (0..14).map(letter).collect::<String>())
        };
        Self(ways.iter().map(|way| (*way, word())).collect())
    }

    pub fn of(&self, way: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == way);
        found.map_or("", |(_, word)| word)
    }

    /// Each canary in every form it could be written in.
    pub fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let all = self.0.iter();
        all.flat_map(|(way, word)| forms(word).into_iter().map(|form| (*way, form)))
            .collect()
    }
}

/// `rounds` whole lives of an engine.
pub fn plain(options: &Options, rounds: u64) -> Result<Outcome> {
    let preload = Preload::build()?;
    let mut outcome = Outcome::default();
    let (mut writes, mut bytes) = (0, 0);
    for round in 0..rounds {
        let canaries = Canaries::draw(&mut Dice::new(options.seed + round), &WAYS);
        let folder = scratch()?;
        let home = folder.path().join("profile");
        let record = folder.path().join("record");
        make_profile(&home)?;
        let mut command = preload.command(&program()?, Path::new("/"));
        command.env("FAULTS_RECORD", &record);
        live(start_with(command, &home)?, &canaries, folder.path())?;
        let mut steps = read(&record)?;
        let record = folder.path().join("record of the new one");
        let mut command = preload.command(&program()?, Path::new("/"));
        command.env("FAULTS_RECORD", &record);
        arrive(command, folder.path())?;
        steps.extend(read(&record)?);
        for found in in_the_open(&steps, &canaries) {
            outcome.lose(&format!("round {round}"), found);
        }
        let sizes = steps.iter().filter_map(|step| match step {
            Step::Wrote(_, _, content) => Some(content.len()),
            _ => None,
        });
        let sizes: Vec<usize> = sizes.collect();
        writes += sizes.len();
        bytes += sizes.iter().sum::<usize>();
        outcome.tried += 1;
        outcome.acknowledged += canaries.0.len() as u64;
    }
    control(&preload)?;
    outcome.notes.push(format!(
        "{writes} writes of {:.1} MB were looked at, for each canary in seven forms; one written in the open was found",
        bytes as f64 / 1e6
    ));
    Ok(outcome)
}

/// Everything that can hold words, once.
fn live(mut engine: Running, canaries: &Canaries, folder: &Path) -> Result<()> {
    let call = |request| engine.client.call(request);
    let said = |way: &str| format!("The door {} is green.", canaries.of(way));
    call(Request::Ingest {
        items: vec![IngestItem {
            id: "1".into(),
            thread: "t".into(),
            at: Timestamp::from_millis(1_760_000_000_000),
            source: "chat".into(),
            speaker: canaries.of("its speaker").into(),
            text: said("a line"),
        }],
    })?;
    call(Request::IngestImage {
        image: BASE64_STANDARD.encode(picture()?),
        at: Timestamp::from_millis(1_760_000_100_000),
        app: "editor".into(),
        title: said("a title"),
    })?;
    let asked = call(Request::Ask {
        thread: None,
        text: format!("Is {} green?", canaries.of("a question")),
        filter: Filter::default(),
        temporary: false,
        at: None,
    })?;
    let Response::Answered { thread, .. } = asked else {
        anyhow::bail!("no answer");
    };
    name(&engine, thread, canaries.of("a name"))?;
    for (way, body) in [
        (
            "a memory",
            Body::Semantic {
                subject: "door".into(),
                learned_from: "typed".into(),
            },
        ),
        (
            "a secret",
            Body::Vault {
                entry_type: "password".into(),
                sensitivity: afterimage_domain::memory::Sensitivity::High,
                secret: canaries.of("a secret").into(),
            },
        ),
    ] {
        let title = match way {
            "a memory" => said(way),
            _ => "Front door".into(),
        };
        call(Request::AddMemory {
            memory: typed(title, body),
        })?;
    }
    call(Request::Settle { seconds: 300 })?;
    call(Request::Search {
        text: canaries.of("a search").into(),
        filter: Filter::default(),
        limit: 20,
        at: None,
    })?;
    call(Request::BackUp)?;
    call(Request::DrillBackup)?;
    call(Request::OpenVault {
        by: Opening::Passphrase {
            passphrase: Hidden(PASSPHRASE.into()),
        },
    })?;
    let file = |name: &str, passphrase: &str| LockedFile {
        path: folder.join(name).display().to_string(),
        passphrase: Hidden(passphrase.into()),
    };
    call(Request::WriteArchive {
        file: file(ARCHIVE, PASSPHRASE),
        vault: Some(file(VAULT, VAULT_PASSPHRASE)),
    })?;
    call(Request::Forget {
        what: Forget::Words {
            words: canaries.of("a line").into(),
        },
    })?;
    call(Request::Lock)?;
    let is_over = crate::running::within(std::time::Duration::from_secs(10), || !engine.is_alive());
    ensure!(is_over, "it does not end");
    Ok(())
}

/// A new profile out of the archive, vault and all.
fn arrive(mut command: Command, folder: &Path) -> Result<()> {
    let word = |flag: &str, name: &str| format!("{flag}={}", folder.join(name).display());
    command.args([word("--archive", ARCHIVE), word("--archive-vault", VAULT)]);
    let mut engine = start_with(command, &folder.join("new"))?;
    engine.client.call(Request::Lock)?;
    let is_over = crate::running::within(std::time::Duration::from_secs(10), || !engine.is_alive());
    ensure!(is_over, "it does not end");
    Ok(())
}

/// Gives a chat a name.
pub fn name(engine: &Running, thread: ThreadId, title: &str) -> Result<()> {
    let title = title.into();
    engine
        .client
        .call(Request::RenameThread { thread, title })?;
    Ok(())
}

pub fn typed(title: String, body: Body) -> NewMemory {
    NewMemory {
        title,
        details: String::new(),
        body,
        tree_path: vec![],
        tags: vec![],
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: Timestamp::from_millis(1_760_000_200_000),
    }
}

/// A picture with something on it.
pub fn picture() -> Result<Vec<u8>> {
    let picture = image::RgbImage::from_fn(640, 360, |x, y| {
        image::Rgb([(x / 8 * 31 % 251) as u8, (y / 8 * 57 % 253) as u8, 90])
    });
    let mut bytes = std::io::Cursor::new(vec![]);
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// The canaries and pictures that were written so that they can be read.
pub fn in_the_open(steps: &[Step], canaries: &Canaries) -> Vec<String> {
    let forms = canaries.forms();
    let mut ends: HashMap<u64, (u64, Vec<u8>)> = HashMap::new();
    let mut found = vec![];
    for step in steps {
        let (file, place, content) = match step {
            Step::Wrote(file, place, content) => (file, place, content),
            Step::Buffered(content) => {
                let shown = forms.iter().filter(|(_, form)| holds(content, form));
                found.extend(shown.map(|(way, _)| format!("{way} was handed on in the open")));
                continue;
            }
            _ => continue,
        };
        let before = ends.remove(file).filter(|(end, _)| end == place);
        let looked_at = [before.map_or(vec![], |(_, end)| end), content.clone()].concat();
        let shown = forms.iter().filter(|(_, form)| holds(&looked_at, form));
        found.extend(shown.map(|(way, _)| format!("{way} was written in the open")));
        if *place == 0 && PICTURES.iter().any(|begin| content.starts_with(begin)) {
            found.push("a picture was written in the open".into());
        }
        let end = looked_at[looked_at.len().saturating_sub(KEPT)..].to_vec();
        ends.insert(*file, (place + content.len() as u64, end));
    }
    found
}

/// The name under which this program is the control.
pub const LEAK: &str = "leak";

/// Writes a word in the open, in base64, in two halves, and a picture.
pub fn leak(folder: &Path, word: &str) -> Result<()> {
    std::fs::write(folder.join("plain"), word)?;
    std::fs::write(folder.join("base64"), BASE64_STANDARD.encode(word))?;
    let mut halves = std::fs::File::create(folder.join("halves"))?;
    let (first, second) = word.split_at(word.len() / 2);
    halves.write_all(first.as_bytes())?;
    halves.write_all(second.as_bytes())?;
    std::fs::write(folder.join("picture"), PICTURES[0])?;
    Ok(())
}

/// A program that does that is found out each time.
fn control(preload: &Preload) -> Result<()> {
    let canaries = Canaries::draw(&mut Dice::new(0), &WAYS);
    let folder = scratch()?;
    let record = folder.path().join("record");
    let status = preload
        .command(&std::env::current_exe()?, Path::new("/"))
        .env("FAULTS_RECORD", &record)
        .args([LEAK, canaries.of("a line"), "--child"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .status()?;
    ensure!(status.success(), "the control does not run");
    let found = in_the_open(&read(&record)?, &canaries);
    ensure!(found.len() == 4, "the control was not found out: {found:?}");
    Ok(())
}
