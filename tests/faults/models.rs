//! Model files are missing or damaged, or the index is: what they are for waits and says so, everything else goes on, and the work is done
//! once they are whole.

use crate::{
    Options,
    content::scratch,
    dice::Dice,
    outcome::Outcome,
    running::{Running, ingest, make_profile, program, start_with, within},
};
use afterimage_engine::api::{Code, Filter, ModelState, Request, Response};
use anyhow::{Context, Result};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The models that a fresh engine uses, and a file of each.
const USED: [(&str, What); 3] = [
    ("bge-small-en-v1.5", What::Embedder),
    ("pp-ocrv6-small", What::Reader),
    ("qwen2.5-coder-0.5b-instruct", What::Chat),
];

#[derive(Clone, Copy, PartialEq, Debug)]
enum What {
    Embedder,
    Reader,
    Chat,
}

pub fn models(options: &Options, cycles: u64) -> Result<Outcome> {
    let whole = models_dir();
    if USED.iter().any(|(id, _)| !whole.join(id).is_dir()) {
        return Ok(Outcome::skipped(format!(
            "the models are not in {}: cargo xtask models",
            whole.display()
        )));
    }
    let mut outcome = Outcome::default();
    let mut dice = Dice::new(options.seed);
    for cycle in 0..cycles {
        let (id, what) = USED[cycle as usize % USED.len()];
        let is_missing = (cycle / USED.len() as u64).is_multiple_of(2);
        let folder = scratch()?;
        let damaged = folder.path().join("models");
        damage(&whole, &damaged, id, is_missing, &mut dice)?;
        let place = format!(
            "{cycle}, {id} {}",
            if is_missing { "missing" } else { "damaged" }
        );
        let home = folder.path().join("profile");
        make_profile(&home)?;
        let engine = with_models(&home, &damaged)?;
        works_without(&engine, what, is_missing, &place, &mut outcome)?;
        drop(engine);
        let engine = with_models(&home, &whole)?;
        if let Err(failure) = engine.client.call(Request::Settle { seconds: 120 }) {
            outcome.lose(
                &place,
                format!("the work is not done afterwards: {}", failure.message),
            );
        }
        outcome.tried += 1;
    }
    Ok(outcome)
}

fn with_models(home: &Path, models: &Path) -> Result<Running> {
    let mut command = Command::new(program()?);
    command.env("AFTERIMAGE_MODELS", models);
    start_with(command, home)
}

/// Everything but what the model is for works, and what it is for says why not.
fn works_without(
    engine: &Running,
    what: What,
    is_missing: bool,
    place: &str,
    outcome: &mut Outcome,
) -> Result<()> {
    let expected = if is_missing {
        Code::ModelMissing
    } else {
        Code::ModelCorrupt
    };
    engine.set(|settings| settings.absorb = what == What::Chat)?;
    ingest(&engine.client, 1, "the lease ends in October")?;
    outcome.acknowledged += 1;
    if !finds(engine, "lease")? {
        outcome.silent += 1;
        outcome
            .examples
            .push(format!("{place}: the words of a line are not found"));
    }
    let said = match what {
        What::Embedder => engine
            .client
            .call(Request::Settle { seconds: 20 })
            .err()
            .map(|failure| failure.code),
        What::Reader => {
            let at = crate::content::at(5);
            crate::running::ingest_picture(&engine.client, at, 5)
                .err()
                .map(|failure| failure.code)
        }
        What::Chat => chat_failure(engine),
    };
    if said != Some(expected) {
        outcome.silent += 1;
        outcome.examples.push(format!("{place}: said {said:?}"));
    }
    engine.status()?;
    Ok(())
}

/// The chat model is loaded when there is something to think about.
fn chat_failure(engine: &Running) -> Option<Code> {
    let mut said = None;
    let client = engine.connect().ok()?;
    // Settling makes it think at once.
    std::thread::spawn(move || client.call(Request::Settle { seconds: 20 }));
    within(Duration::from_secs(20), || {
        if let Ok(ModelState::Unavailable { code, .. }) = engine.status().map(|status| status.model)
        {
            said = Some(code);
        }
        said.is_some()
    });
    said
}

fn finds(engine: &Running, text: &str) -> Result<bool> {
    let request = Request::Search {
        text: text.into(),
        filter: Filter::default(),
        limit: 5,
        at: None,
    };
    Ok(match engine.client.call(request)? {
        Response::Evidence { evidence } => !evidence.items.is_empty(),
        _ => false,
    })
}

/// The models as links, but for one, of which the largest file is missing or has a bit flipped.
fn damage(whole: &Path, damaged: &Path, id: &str, is_missing: bool, dice: &mut Dice) -> Result<()> {
    fs::create_dir_all(damaged.join(id))?;
    for entry in fs::read_dir(whole)?.flatten() {
        if entry.file_name() != id {
            symlink(entry.path(), damaged.join(entry.file_name()))?;
        }
    }
    let mut files: Vec<PathBuf> = fs::read_dir(whole.join(id))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort_by_key(|file| fs::metadata(file).map_or(0, |file| file.len()));
    let largest = files.pop().context("the model has no files")?;
    for file in &files {
        symlink(
            file,
            damaged.join(id).join(file.file_name().context("a name")?),
        )?;
    }
    if !is_missing {
        let mut bytes = fs::read(&largest)?;
        let at = dice.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << dice.below(8);
        fs::write(
            damaged
                .join(id)
                .join(largest.file_name().context("a name")?),
            bytes,
        )?;
    }
    Ok(())
}

fn models_dir() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache =
        || set("XDG_CACHE_HOME").unwrap_or_else(|| set("HOME").unwrap_or_default().join(".cache"));
    set("AFTERIMAGE_MODELS").unwrap_or_else(|| cache().join("afterimage/models"))
}
