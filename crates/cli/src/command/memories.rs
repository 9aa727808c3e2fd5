//! `memories list|show|add|edit|delete|undo|history|reveal`.

use crate::{
    arguments::{Add, Edit, List, Memories, Proof, Reveal},
    output::{Output, brief},
    passphrase,
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{
    Body, Change, Code, CoreBlock, Failure, Kind, Memory, NewMemory, Observation, Patch,
    ProcedureType, Request, Response, Sensitivity, Trust,
};

pub fn memories(session: &Session, output: &Output, action: Memories) -> Result<(), Failure> {
    let mut proof = Proof::default();
    let request = match action {
        Memories::List(list) => request_list(list),
        Memories::Show(one) => Request::Memory { id: one.id },
        Memories::Add(add) => Request::AddMemory {
            memory: new_memory(add),
        },
        Memories::Edit(edit) => request_edit(edit),
        Memories::Delete(one) => Request::DeleteMemory { id: one.id },
        Memories::Undo(one) => Request::UndoMemory { id: one.id },
        Memories::History(one) => Request::History { id: one.id },
        Memories::Reveal(Reveal { id, by }) => {
            proof = by;
            Request::RevealSecret { id }
        }
    };
    let response = with_vault(session, request, &proof)?;
    let text = shown(&response).ok_or_else(unexpected)?;
    output.response(&response, || text);
    Ok(())
}

/// Asks, and where the vault is closed, opens it and asks again.
fn with_vault(session: &Session, request: Request, proof: &Proof) -> Result<Response, Failure> {
    let client = session.connect()?;
    match client.call(request.clone()) {
        Err(Failure {
            code: Code::VaultClosed,
            ..
        }) => {
            let by = passphrase::prove(proof)?;
            client.call(Request::OpenVault { by })?;
            client.call(request)
        }
        other => other,
    }
}

fn shown(response: &Response) -> Option<String> {
    Some(match response {
        Response::Memories {
            memories, total, ..
        } => listed(memories, *total),
        Response::Memory {
            memory, sources, ..
        } => whole(memory, sources),
        Response::History { changes } => history(changes),
        Response::Secret { secret } => secret.clone(),
        Response::Done => "Done. `afterimage memories undo` brings it back.".into(),
        _ => return None,
    })
}

fn request_list(list: List) -> Request {
    Request::Memories {
        kind: list.kind,
        text: list.text,
        offset: list.offset,
        limit: list.limit,
    }
}

fn request_edit(edit: Edit) -> Request {
    Request::EditMemory {
        id: edit.id,
        patch: Patch {
            title: edit.title,
            details: edit.details,
            tags: edit.tags,
            tree_path: edit.tree.as_deref().map(path),
            pinned: edit.pinned,
            ..Patch::default()
        },
    }
}

fn new_memory(add: Add) -> NewMemory {
    NewMemory {
        title: add.title,
        details: add.details,
        tree_path: path(&add.tree),
        tags: add.tags,
        sources: vec![],
        trust: Trust::User,
        confidence: 1.0,
        valid_from: when::now(),
        body: match add.kind {
            Kind::Core => Body::Core {
                block: CoreBlock::Human,
            },
            Kind::Episodic => Body::Episodic {
                actor: "user".into(),
                event_type: add.about,
                until: None,
            },
            Kind::Semantic => Body::Semantic {
                subject: add.about,
                learned_from: "typed".into(),
            },
            Kind::Procedural => Body::Procedural {
                entry_type: ProcedureType::Workflow,
                steps: add.steps,
            },
            Kind::Resource => Body::Resource {
                resource_type: add.about,
                locator: add.locator,
                content: String::new(),
            },
            Kind::Vault => Body::Vault {
                entry_type: add.about,
                sensitivity: Sensitivity::High,
                secret: String::new(),
            },
        },
    }
}

fn path(text: &str) -> Vec<String> {
    text.split('/')
        .filter(|part| !part.is_empty())
        .map(String::from)
        .collect()
}

fn listed(memories: &[Memory], total: u32) -> String {
    let lines = memories.iter().map(|memory| {
        format!(
            "{}  {:<10}  {}  {}",
            memory.id,
            memory.kind().name(),
            when::shown(memory.content.valid_from),
            brief(&memory.content.title, 90)
        )
    });
    let lines: Vec<_> = lines.collect();
    format!("{}\n{} of {total}", lines.join("\n"), lines.len())
}

fn whole(memory: &Memory, sources: &[Observation]) -> String {
    let content = &memory.content;
    let mut lines = vec![
        format!("{} ({})", content.title, memory.kind().name()),
        content.details.clone(),
        format!(
            "since {}, version {}, {:?}, trust {:?}, confidence {:.2}",
            when::shown(content.valid_from),
            memory.version,
            memory.state,
            content.trust,
            content.confidence
        ),
    ];
    if !content.tags.is_empty() {
        lines.push(format!("tags: {}", content.tags.join(", ")));
    }
    lines.extend(sources.iter().map(|source| {
        format!(
            "from {} {}  {}  {}",
            when::shown(source.at),
            source.origin.app(),
            source.id,
            brief(&source.text, 80)
        )
    }));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn history(changes: &[Change]) -> String {
    let lines = changes.iter().map(|change| {
        format!(
            "{}  version {}  {:?}  {}",
            when::shown(change.at),
            change.after.version,
            change.after.state,
            brief(&change.after.content.title, 90)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
