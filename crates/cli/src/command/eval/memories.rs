//! The memories a world became, with the lines they rest on.

use super::Lines;
use crate::session::unexpected;
use afterimage_engine::{
    api::{Failure, Memory, ObservationId, Request, Response},
    client::Client,
};
use serde::Serialize;
use std::collections::HashMap;

const PAGE: u32 = 200;

#[derive(Serialize)]
struct Formed<'a> {
    world: &'a str,
    kind: &'a str,
    title: &'a str,
    details: &'a str,
    /// The set's names of its sources, in their order.
    sources: Vec<&'a str>,
}

/// Writes all active memories of the profile.
pub fn write(
    client: &Client,
    world: &str,
    names: &HashMap<ObservationId, String>,
    file: &mut Lines,
) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        let page = page(client, offset)?;
        for memory in &page {
            let content = &memory.content;
            let sources = content.sources.iter();
            let sources = sources.filter_map(|source| names.get(&source.observation));
            file.write(&Formed {
                world,
                kind: memory.kind().name(),
                title: &content.title,
                details: &content.details,
                sources: sources.map(String::as_str).collect(),
            })?;
        }
        offset += page.len() as u32;
        if page.len() < PAGE as usize {
            return Ok(());
        }
    }
}

fn page(client: &Client, offset: u32) -> Result<Vec<Memory>, Failure> {
    let response = client.call(Request::Memories {
        kind: None,
        text: None,
        offset,
        limit: PAGE,
    })?;
    match response {
        Response::Memories { memories, .. } => Ok(memories),
        _ => Err(unexpected()),
    }
}
