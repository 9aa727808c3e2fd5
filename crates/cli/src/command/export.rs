//! `export`: memories and conversations in a file that other programs and people can read. The vault is never in it.

use crate::{
    arguments::{Export, ExportAs},
    output::Output,
    session::{Session, unexpected},
    when,
};
use afterimage_engine::{
    api::{Body, Code, Failure, Kind, Memory, Request, Response, Thread, Timestamp, Turn},
    client::Client,
};
use serde::Serialize;
use serde_json::json;
use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Memories of one request.
const PAGE: u32 = 200;
/// In the order in which they are written.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Core, "About you"),
    (Kind::Semantic, "Facts"),
    (Kind::Episodic, "Events"),
    (Kind::Procedural, "How-to"),
    (Kind::Resource, "Documents"),
];

/// What is written; `format` names its form.
#[derive(Serialize)]
struct Exported {
    format: &'static str,
    at: Timestamp,
    memories: Vec<Memory>,
    conversations: Vec<Conversation>,
}

#[derive(Serialize)]
struct Conversation {
    #[serde(flatten)]
    thread: Thread,
    turns: Vec<Turn>,
}

/// Writes everything but the vault to a new file, readable by the user alone, or to standard output.
pub fn export(session: &Session, output: &Output, options: &Export) -> Result<(), Failure> {
    let client = session.connect()?;
    let exported = Exported {
        format: "afterimage/export/1",
        at: when::now(),
        memories: memories(&client)?,
        conversations: conversations(&client)?,
    };
    let text = match options.form {
        ExportAs::Json => serde_json::to_string_pretty(&exported)
            .map_err(|_| failure("The export could not be written as JSON."))?,
        ExportAs::Markdown => markdown(&exported),
    };
    if options.file.as_os_str() == "-" {
        let written = io::stdout().lock().write_all(text.as_bytes());
        return written.map_err(|_| failure("The export could not be written to standard output."));
    }
    write_new(&options.file, &text)?;
    let (memories, conversations) = (exported.memories.len(), exported.conversations.len());
    let document = json!({ "memories": memories, "conversations": conversations });
    output.document(&document, || {
        format!(
            "{memories} memories and {conversations} conversations are in {}. It is not encrypted: anyone who has it can read it.",
            options.file.display()
        )
    });
    Ok(())
}

fn memories(client: &Client) -> Result<Vec<Memory>, Failure> {
    let mut all: Vec<Memory> = vec![];
    for (kind, _) in KINDS {
        let mut offset = 0;
        loop {
            let page = Request::Memories {
                kind: Some(kind),
                text: None,
                offset,
                limit: PAGE,
            };
            let Response::Memories {
                memories, total, ..
            } = client.call(page)?
            else {
                return Err(unexpected());
            };
            offset += memories.len() as u32;
            let is_last = memories.is_empty() || offset >= total;
            all.extend(memories);
            if is_last {
                break;
            }
        }
    }
    Ok(all)
}

fn conversations(client: &Client) -> Result<Vec<Conversation>, Failure> {
    let Response::Threads { threads } = client.call(Request::Threads)? else {
        return Err(unexpected());
    };
    let with_turns = threads.into_iter().map(|thread| {
        match client.call(Request::Turns { thread: thread.id })? {
            Response::Turns { turns } => Ok(Conversation { thread, turns }),
            _ => Err(unexpected()),
        }
    });
    with_turns.collect()
}

fn markdown(exported: &Exported) -> String {
    let mut lines = vec![format!("# Memory, {}", when::shown(exported.at))];
    for (kind, name) in KINDS {
        let of_kind = exported
            .memories
            .iter()
            .filter(|memory| memory.kind() == kind);
        let of_kind: Vec<&Memory> = of_kind.collect();
        if !of_kind.is_empty() {
            lines.push(format!("\n## {name}"));
            lines.extend(of_kind.into_iter().flat_map(one));
        }
    }
    if !exported.conversations.is_empty() {
        lines.push("\n## Conversations".into());
    }
    for conversation in &exported.conversations {
        lines.push(format!("\n### {}", conversation.thread.title));
        lines.extend(conversation.turns.iter().map(turn));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn one(memory: &Memory) -> Vec<String> {
    let content = &memory.content;
    let since = format!("since {}", when::shown(content.valid_from));
    let path = content.tree_path.join("/");
    let about = [since, path].into_iter().filter(|part| !part.is_empty());
    let about = about.collect::<Vec<_>>().join(", ");
    let mut lines = vec![format!("- **{}** ({about})", content.title)];
    let steps = match &content.body {
        Body::Procedural { steps, .. } => steps.as_slice(),
        _ => &[],
    };
    let details = content.details.lines().map(str::to_owned);
    let numbered = steps
        .iter()
        .enumerate()
        .map(|(at, step)| format!("{}. {step}", at + 1));
    lines.extend(details.chain(numbered).map(|line| format!("  {line}")));
    lines
}

fn turn(turn: &Turn) -> String {
    match turn {
        Turn::User { at, text, .. } => format!("- {}, you: {text}", when::shown(*at)),
        Turn::Assistant { at, answer, .. } => {
            format!("- {}, Afterimage: {}", when::shown(*at), answer.text)
        }
    }
}

/// A file that is there already is left alone.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => failure(&format!(
            "{} is there already. Name another file, or remove it first.",
            path.display()
        )),
        _ => failure(&format!("{} cannot be written: {error}.", path.display())),
    })
}

fn failure(message: &str) -> Failure {
    Failure {
        code: Code::BadRequest,
        message: message.into(),
    }
}
