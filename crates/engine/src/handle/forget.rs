//! Forgetting for good, and the proofs of it.

use crate::{
    api::{Failure, Forget, Response},
    engine::Engine,
    task::Task,
    translate,
};

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
    // Thinking about what goes would bring it back as a memory.
    engine.thinking.interrupt();
    let receipt = engine.to_writer.ask(|reply| Task::Forget { what, reply })?;
    Ok(Response::Forgotten {
        receipt: translate::receipt(receipt),
    })
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
        _ => Ok(what),
    }
}
