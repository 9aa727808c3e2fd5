//! Forgetting for good, and the proofs of it.

use crate::{
    api::{Failure, Forget, Response},
    engine::Engine,
    task::Task,
    translate,
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// Reading a screen full of text takes a second or two.
const READER_PATIENCE: Duration = Duration::from_secs(5);

pub fn preview(engine: &Engine, what: Forget) -> Result<Response, Failure> {
    let what = translate::forget(checked(what)?);
    let preview = engine.readers.begin()?.forget_preview(&what)?;
    Ok(Response::ForgetPreview {
        counts: translate::forget_counts(preview.counts),
        examples: preview.examples,
    })
}

pub fn forget(engine: &Engine, what: Forget) -> Result<Response, Failure> {
    let what = translate::forget(checked(what)?);
    // Thinking about what goes, or reading a frame of it, would bring it back.
    engine.thinking.interrupt();
    wait_for_reader(engine);
    let receipt = engine.to_writer.ask(|reply| Task::Forget { what, reply })?;
    Ok(Response::Forgotten {
        receipt: translate::receipt(receipt),
    })
}

/// Frames that were taken before this moment are stored after it, so that forgetting finds them; a few seconds at most.
fn wait_for_reader(engine: &Engine) {
    let begun = Instant::now();
    while engine.board.facts().reading > 0 && begun.elapsed() < READER_PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
}

pub fn receipts(engine: &Engine) -> Result<Response, Failure> {
    let receipts = engine.readers.begin()?.receipts()?;
    Ok(Response::Receipts {
        receipts: receipts.into_iter().map(translate::receipt).collect(),
    })
}

fn checked(what: Forget) -> Result<Forget, Failure> {
    match &what {
        Forget::Time { range } if range.from >= range.to => {
            Err(Failure::bad_request("The span ends before it begins."))
        }
        Forget::App { app } if app.is_empty() => {
            Err(Failure::bad_request("Name the app to forget."))
        }
        Forget::Site { site } if !site.contains('.') || site.contains('/') => Err(
            Failure::bad_request("Name the site by its host, for example bank.example."),
        ),
        Forget::Title { title } if letters(title) < 2 => Err(Failure::bad_request(
            "Give at least two letters of the title.",
        )),
        Forget::Person { name } if letters(name) < 2 => Err(Failure::bad_request(
            "Name the person with at least two letters.",
        )),
        Forget::Words { words } if letters(words) < 3 => Err(Failure::bad_request(
            "Give at least three letters: fewer stand in almost everything.",
        )),
        _ => Ok(what),
    }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}
