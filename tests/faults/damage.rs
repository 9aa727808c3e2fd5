//! A bit flips, a file is cut, a page is blank: what is read afterwards is right, or an error or a warning names what is damaged.

use crate::{
    Options,
    content::{AUTHOR, at, create, id, line, memory, passphrase, reopen, scratch, seen},
    dice::Dice,
    ledger::Broken,
    outcome::Outcome,
};
use afterimage_domain::{Filter, FrameId, MemoryId, ObservationId, Scope, TimeRange, Timestamp};
use afterimage_store::{
    DocRef, Forget, MemoryPage, NewVector, Opened, PictureSize, ReadTxn, StoreError, Warning,
};
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const LINES: u64 = 60;
const FRAMES: u64 = 12;
const MODEL: &str = "made up";

/// One bit of one file is flipped, `flips` times, each kind of file as often as any other.
pub fn flips(options: &Options, flips: u64) -> Result<Outcome> {
    damage(options, flips, |bytes, dice| {
        let at = dice.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << dice.below(8);
    })
}

/// A file is cut, or a part of it is blank.
pub fn cuts(options: &Options, cuts: u64) -> Result<Outcome> {
    damage(options, cuts, |bytes, dice| {
        let at = dice.below(bytes.len() as u64) as usize;
        match dice.once_in(2) {
            true => bytes.truncate(at),
            false => {
                let start = at / 4096 * 4096;
                let end = bytes.len().min(start + 4096);
                bytes[start..end].fill(0);
            }
        }
    })
}

fn damage(
    options: &Options,
    times: u64,
    harm: impl Fn(&mut Vec<u8>, &mut Dice),
) -> Result<Outcome> {
    let base = scratch()?;
    make(base.path())?;
    let kinds = kinds(base.path())?;
    // Opening changes a profile, so each is opened as a copy.
    let whole = scratch()?;
    copy_profile(base.path(), whole.path())?;
    let (answers, warned) =
        look(whole.path()).context("the profile cannot be read before it is damaged")?;
    ensure!(
        !warned && answers.values().all(|answer| !answer.starts_with(ERROR)),
        "the profile is not whole before it is damaged"
    );
    let mut dice = Dice::new(options.seed);
    let mut outcome = Outcome {
        acknowledged: answers.len() as u64,
        ..Outcome::default()
    };
    let mut told = BTreeMap::new();
    for number in 0..times {
        let (kind, files) = kinds
            .iter()
            .nth(number as usize % kinds.len())
            .context("no files")?;
        let file = &files[dice.below(files.len() as u64) as usize];
        let copy = scratch()?;
        copy_profile(base.path(), copy.path())?;
        let mut bytes = fs::read(copy.path().join(file))?;
        harm(&mut bytes, &mut dice);
        fs::write(copy.path().join(file), bytes)?;
        let (is_told, broken) = judge(copy.path(), &answers);
        let (right, named) = told.entry(kind.clone()).or_insert((0, 0));
        *(if is_told { named } else { right }) += 1;
        outcome.tried += 1;
        outcome.count(&format!("{number}, {}", file.display()), broken);
    }
    for (kind, (right, named)) in told {
        outcome.notes.push(format!(
            "{kind}: {right} times all was right, {named} times the damage was named"
        ));
    }
    Ok(outcome)
}

/// What one asks a profile, and what it answers.
type Answers = BTreeMap<String, String>;

/// A profile as a crash leaves it: an index, a log that is not moved yet, and a spool that is not empty.
fn make(home: &Path) -> Result<()> {
    let at_work = scratch()?;
    let mut store = create(at_work.path(), &passphrase())?;
    for number in 0..LINES {
        store.writer.record(&[line(number)], at(number))?;
    }
    for number in LINES..LINES + FRAMES {
        store.writer.record(&[seen(number)], at(number))?;
    }
    for number in 0..10 {
        store.writer.apply(&memory(number), AUTHOR, at(number))?;
    }
    let vectors: Vec<NewVector> = (0..LINES).map(vector).collect();
    store.writer.store_vectors(MODEL, &vectors)?;
    store
        .writer
        .set_setting("settings", &serde_json::json!({ "interval_ms": 2000 }))?;
    store
        .writer
        .forget(&Forget::Observation(ObservationId(id(3))), at(0))?;
    store.writer.close()?;
    let mut store = reopen(at_work.path(), &passphrase())?;
    for number in 100..110 {
        store.writer.record(&[line(number)], at(number))?;
    }
    for number in 110..114 {
        let spooled = store.spool.put(seen(number))?;
        store.writer.record_spooled(&[spooled], at(number))?;
    }
    store
        .writer
        .set_setting("settings", &serde_json::json!({ "interval_ms": 3000 }))?;
    copy_profile(at_work.path(), home)
}

fn vector(number: u64) -> NewVector {
    let mut dice = Dice::new(number);
    NewVector {
        doc: DocRef::Observation(ObservationId(id(number))),
        part: 0,
        values: (0..32)
            .map(|_| dice.below(2_000) as f32 / 1_000.0 - 1.0)
            .collect(),
    }
}

/// Files that matter, by kind.
fn kinds(home: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut kinds: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files_below(home)? {
        let inside = path.strip_prefix(home)?.to_owned();
        let name = inside.to_string_lossy().into_owned();
        let is_idle =
            name.ends_with("-shm") || name == "instance.lock" || fs::metadata(&path)?.len() == 0;
        if is_idle {
            continue;
        }
        let kind = match name.split('/').next().unwrap_or_default() {
            "db" if name.ends_with("-wal") => "database log",
            "db" => "database",
            "blob" => "pictures",
            "idx" => "index",
            "seal" => "high-water mark",
            "spool" => "spool",
            _ => "key slots",
        };
        kinds.entry(kind.into()).or_default().push(inside);
    }
    Ok(kinds)
}

/// Whether damage was told of, and what was wrong without a word.
fn judge(home: &Path, expected: &Answers) -> (bool, Broken) {
    let Ok((found, warned)) = look(home) else {
        return (true, Broken::default());
    };
    let wrong = expected
        .iter()
        .filter(|(question, answer)| found.get(*question) != Some(answer));
    let wrong: Vec<&String> = wrong.map(|(question, _)| question).collect();
    // An answer that is an error says so itself; one that is missing or different must be explained by a warning.
    let is_error = |question: &&&String| {
        found
            .get(**question)
            .is_some_and(|answer| answer.starts_with(ERROR))
    };
    let errors = wrong.iter().filter(is_error).count();
    let silent = wrong
        .iter()
        .filter(|question| !is_error(question) && !warned);
    let silent = silent
        .map(|question| {
            let (now, right) = (found.get(*question), expected.get(*question));
            format!(
                "{question} is answered with {now:?} for {right:?}, {errors} others with an error"
            )
        })
        .collect();
    (
        warned || errors > 0,
        Broken {
            silent,
            ..Broken::default()
        },
    )
}

const ERROR: &str = "error: ";

/// Opens the profile and asks everything; and whether opening warned of something lost.
fn look(home: &Path) -> Result<(Answers, bool), StoreError> {
    let opened = reopen(home, &passphrase())?;
    let warned = opened.warnings.iter().any(|warning| {
        !matches!(
            warning,
            Warning::Replayed { .. } | Warning::IndexRebuilt { .. }
        )
    });
    // An engine does this as soon as it runs, and its status says what came of it.
    let is_whole = matches!(opened.readers.is_whole(), Ok(true));
    Ok((ask(&opened), warned || !is_whole))
}

fn ask(opened: &Opened) -> Answers {
    let mut answers = Answers::new();
    let view = match opened.readers.begin() {
        Ok(view) => view,
        Err(error) => return Answers::from([("everything".into(), format!("{ERROR}{error}"))]),
    };
    let mut note = |question: String, answer: afterimage_store::Result<String>| {
        _ = answers.insert(
            question,
            answer.unwrap_or_else(|error| format!("{ERROR}{error}")),
        );
    };
    for number in (0..LINES + FRAMES).chain(100..114) {
        let found = view.observation(ObservationId(id(number)));
        note(
            format!("observation {number}"),
            found.map(|found| format!("{:?}", found.map(|o| o.text))),
        );
    }
    for number in (LINES..LINES + FRAMES).chain(110..114) {
        for size in [PictureSize::Full, PictureSize::Thumbnail] {
            let found = view.picture(FrameId(id(number)), size);
            note(
                format!("{size:?} picture {number}"),
                found.map(|found| format!("{:?}", found.map(|p| p.bytes))),
            );
        }
    }
    ask_more(&view, &mut note);
    answers
}

fn ask_more(view: &ReadTxn<'_>, note: &mut impl FnMut(String, afterimage_store::Result<String>)) {
    let everything = TimeRange {
        from: Timestamp::default(),
        to: at(1_000_000),
    };
    for word in ["marker7", "marker65", "marker105", "fox"] {
        let filter = Filter {
            scope: Scope::Observations,
            ..Filter::default()
        };
        let found = view.search_words(word, &filter, 100);
        note(
            format!("words {word}"),
            found.map(|found| format!("{:?}", found.len())),
        );
    }
    let near = view.search_vectors(MODEL, &vector(7).values, &Filter::default(), 10);
    note(
        "nearest".into(),
        near.map(|found| {
            format!(
                "{:?}",
                found.iter().map(|(doc, _)| *doc).collect::<Vec<_>>()
            )
        }),
    );
    let page = MemoryPage {
        kind: None,
        text: None,
        offset: 0,
        limit: 100,
        bounds: None,
    };
    let memories = view.memories(&page);
    let told = |memories: Vec<afterimage_domain::Memory>| {
        let mut told: Vec<(MemoryId, String)> = memories
            .into_iter()
            .map(|m| (m.id, m.content.title))
            .collect();
        told.sort();
        format!("{told:?}")
    };
    note(
        "memories".into(),
        memories.map(|(memories, _)| told(memories)),
    );
    note(
        "settings".into(),
        view.setting("settings").map(|found| format!("{found:?}")),
    );
    note(
        "timeline".into(),
        view.timeline(everything, 100)
            .map(|found| format!("{found:?}")),
    );
    note(
        "counts".into(),
        view.counts(Timestamp::default())
            .map(|found| format!("{found:?}")),
    );
    note(
        "receipts".into(),
        view.receipts().map(|found| format!("{found:?}")),
    );
    note(
        "history".into(),
        view.documents_ever().map(|found| found.to_string()),
    );
}

/// A copy of a profile, without what can be made again from nothing.
pub fn copy_profile(from: &Path, to: &Path) -> Result<()> {
    for path in files_below(from)? {
        let inside = path.strip_prefix(from)?;
        let there = to.join(inside);
        if inside == Path::new("reserve") {
            continue;
        }
        fs::create_dir_all(there.parent().unwrap_or(to))?;
        fs::copy(&path, &there)?;
    }
    Ok(())
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files_below(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}
