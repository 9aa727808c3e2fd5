//! `forget` and `receipts`.

use crate::{
    arguments::{ForgetTarget, ForgetWhat},
    output::Output,
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{
    Code, Failure, Forget, ForgetCounts, Receipt, Request, Response, TimeRange,
};
use std::io::{self, IsTerminal, Write};

pub fn forget(session: &Session, output: &Output, options: &ForgetWhat) -> Result<(), Failure> {
    let client = session.connect()?;
    let what = what(&options.target);
    let preview = client.call(Request::ForgetPreview { what: what.clone() })?;
    let Response::ForgetPreview { counts, examples } = &preview else {
        return Err(unexpected());
    };
    let told = || {
        let titles: String = examples
            .iter()
            .map(|title| format!("\n  {title}"))
            .collect();
        format!("This would go: {}{titles}", counted(counts))
    };
    if options.preview {
        output.response(&preview, told);
        return Ok(());
    }
    if !options.yes {
        output.line(&told());
        confirm()?;
    }
    let response = client.call(Request::Forget { what })?;
    let Response::Forgotten { receipt } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || {
        format!(
            "Forgotten for good: {}\nreceipt {}",
            counted(&receipt.counts),
            receipt.id
        )
    });
    Ok(())
}

pub fn receipts(session: &Session, output: &Output) -> Result<(), Failure> {
    let response = session.call(Request::Receipts)?;
    let Response::Receipts { receipts } = &response else {
        return Err(unexpected());
    };
    let line = |receipt: &Receipt| {
        format!(
            "{}  {}  {}: {}",
            receipt.id,
            when::shown(receipt.at),
            receipt.what,
            counted(&receipt.counts)
        )
    };
    output.response(&response, || {
        receipts.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn what(target: &ForgetTarget) -> Forget {
    if let Some(last) = target.last {
        let to = when::now().plus_seconds(1);
        let from = to.plus_seconds(-1 - i64::from(last.seconds));
        return Forget::Time {
            range: TimeRange { from, to },
        };
    }
    let by_id = || {
        let observation = target.id.map(|id| Forget::Observation { id });
        let memory = target.memory.map(|id| Forget::Memory { id });
        let frame = target.frame.map(|id| Forget::Frame { id });
        observation.or(memory).or(frame)
    };
    let app = target.app.clone().map(|app| Forget::App { app });
    let site = target.site.clone().map(|site| Forget::Site { site });
    let person = target.person.clone().map(|name| Forget::Person { name });
    let title = target.title.clone().map(|title| Forget::Title { title });
    let details = target.details.map(|detail| Forget::Details { detail });
    let words = target.words.clone().map(|words| Forget::Words { words });
    let seen = app.or(site).or(title);
    let named = seen.or(person).or(words).or(details);
    named.or_else(by_id).unwrap_or(Forget::All)
}

/// Forgetting cannot be undone, so a person is asked; a script says `--yes`.
fn confirm() -> Result<(), Failure> {
    let refused = |message: &str| Failure {
        code: Code::BadRequest,
        message: message.into(),
    };
    if !io::stdin().is_terminal() {
        return Err(refused(
            "Nothing was forgotten: say --yes, or --preview to see what would go.",
        ));
    }
    eprint!("It cannot be brought back. Forget it? [y/N] ");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(refused("Nothing was forgotten.")),
    }
}

fn counted(counts: &ForgetCounts) -> String {
    format!(
        "{} pictures, {} pieces of text, {} memories ({} more derived anew from what is left, {} of your own lose a source), {} chat turns",
        counts.frames,
        counts.observations,
        counts.memories,
        counts.memories_anew,
        counts.memories_kept,
        counts.turns
    )
}
