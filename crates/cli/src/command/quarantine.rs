//! `quarantine`: memories that wait for the user's yes, and his answers.

use crate::{
    arguments::Quarantine,
    output::{Output, brief},
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{Failure, MemoryId, Request, Response, Waiting};

/// Memories of one page.
const PAGE: u32 = 200;

pub fn quarantine(session: &Session, output: &Output, options: &Quarantine) -> Result<(), Failure> {
    let named = options.keep.as_ref().or(options.reject.as_ref());
    let is_meant = |one: &Waiting| match (named, &options.reject_from) {
        (Some(id), _) => id == "all" || one.memory.id.to_string() == *id,
        (None, Some(name)) => one.from.eq_ignore_ascii_case(name),
        (None, None) => false,
    };
    if named.is_some() || options.reject_from.is_some() {
        let waiting = all(session)?;
        let ids: Vec<MemoryId> = waiting
            .iter()
            .filter(|one| is_meant(one))
            .map(|one| one.memory.id)
            .collect();
        if ids.is_empty() {
            return Err(Failure::not_found("waiting memory"));
        }
        for some in ids.chunks(PAGE as usize) {
            session.call(Request::Decide {
                ids: some.to_vec(),
                keep: options.keep.is_some(),
            })?;
        }
    }
    let response = session.call(page(0))?;
    let Response::Quarantine { waiting, total } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || shown(waiting, *total));
    Ok(())
}

fn page(offset: u32) -> Request {
    Request::Quarantine {
        offset,
        limit: PAGE,
    }
}

fn all(session: &Session) -> Result<Vec<Waiting>, Failure> {
    let mut all = vec![];
    loop {
        let Response::Quarantine { waiting, total } = session.call(page(all.len() as u32))? else {
            return Err(unexpected());
        };
        let is_last = waiting.is_empty();
        all.extend(waiting);
        if is_last || all.len() >= total as usize {
            return Ok(all);
        }
    }
}

fn shown(waiting: &[Waiting], total: u32) -> String {
    if waiting.is_empty() {
        return "Nothing waits for your yes.".into();
    }
    let lines = waiting.iter().map(|one| {
        format!(
            "{}  {:<10}  {}\n    said by {}, {}",
            one.memory.id,
            one.memory.kind().name(),
            brief(&one.memory.content.title, 90),
            one.from,
            when::shown(one.memory.content.valid_from)
        )
    });
    let mut lines: Vec<String> = lines.collect();
    lines.push(format!(
        "{total} in all; each is let go 30 days after it was seen."
    ));
    lines.join("\n")
}
