//! `upkeep`: what there is to tidy up in memory, line by line as it was and as it would be.

use crate::{
    arguments::Upkeep,
    output::Output,
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{
    Body, Failure, Memory, MemoryState, Request, Response, SuggestedChange, Suggestion,
    SuggestionWait, UpkeepRun,
};

pub fn upkeep(session: &Session, output: &Output, options: &Upkeep) -> Result<(), Failure> {
    let response = session.call(match (&options.apply, &options.dismiss) {
        (Some(id), _) => Request::ApplyUpkeep {
            id: (id != "all").then(|| id.clone()),
        },
        (_, Some(id)) => Request::DismissUpkeep { id: id.clone() },
        _ if options.dry_run => Request::Upkeep,
        _ => Request::RunUpkeep,
    })?;
    let Response::Upkeep { suggestions, last } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || shown(suggestions, last.as_ref()));
    Ok(())
}

fn shown(suggestions: &[Suggestion], last: Option<&UpkeepRun>) -> String {
    let mut parts: Vec<String> = suggestions.iter().map(one).collect();
    if parts.is_empty() {
        parts.push("There is nothing to tidy up.".into());
    }
    parts.extend(last.map(run));
    parts.join("\n\n")
}

fn one(suggestion: &Suggestion) -> String {
    let waits = match suggestion.waits {
        SuggestionWait::Idle => "waits for nobody".to_owned(),
        SuggestionWait::Moment { at } => format!("not before {}", when::shown(at)),
        SuggestionWait::Yes => "waits for your yes".to_owned(),
    };
    let mut lines = vec![format!("{}  {} ({waits})", suggestion.id, suggestion.words)];
    lines.extend(suggestion.changes.iter().flat_map(diff));
    lines.join("\n")
}

/// Lines that go with a minus, lines that come with a plus.
fn diff(change: &SuggestedChange) -> Vec<String> {
    let before = change.before.as_ref().map(text).unwrap_or_default();
    let after = text(&change.after);
    let gone = before
        .iter()
        .filter(|line| !after.contains(line))
        .map(|line| format!("  - {line}"));
    let come = after
        .iter()
        .filter(|line| !before.contains(line))
        .map(|line| format!("  + {line}"));
    gone.chain(come).collect()
}

/// A memory line by line; nothing of one that is out of view.
fn text(memory: &Memory) -> Vec<String> {
    let content = &memory.content;
    if memory.state != MemoryState::Active {
        return vec![];
    }
    let mut lines = vec![content.title.clone()];
    lines.extend(content.details.lines().map(str::to_owned));
    if let Body::Procedural { steps, .. } = &content.body {
        lines.extend(
            steps
                .iter()
                .enumerate()
                .map(|(at, step)| format!("{}. {step}", at + 1)),
        );
    }
    if !content.sources.is_empty() {
        lines.push(format!("rests on {} sources", content.sources.len()));
    }
    lines
}

fn run(run: &UpkeepRun) -> String {
    let counts: Vec<String> = run
        .applied
        .iter()
        .map(|count| {
            let reason = serde_json::to_value(count.reason).unwrap_or_default();
            format!("{} {}", reason.as_str().unwrap_or_default(), count.count)
        })
        .collect();
    let applied = match counts.is_empty() {
        true => "nothing".to_owned(),
        false => counts.join(", "),
    };
    format!(
        "Last tidied up {}: {applied}; {} left waiting.",
        when::shown(run.at),
        run.waiting
    )
}
