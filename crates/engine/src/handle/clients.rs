//! Programs that are not ours, as their owner sees them: who may read what, who read how much, and who may no longer.

use crate::{
    api::{ClientUse, Failure, Hidden, Response},
    clock,
    engine::Engine,
    task::Task,
};
use afterimage_domain::{AccessLine, Client, ClientId, Grant, Kind, Timestamp};
use afterimage_store::NewClient;
use std::collections::HashMap;

/// Days of the log.
const MOST_DAYS: u32 = 90;
/// Days a token holds at most; a year.
const LONGEST_DAYS: u32 = 365;
/// Characters of a name.
const LONGEST_NAME: usize = 60;
/// Apps that are left out of one grant.
const MOST_APPS: usize = 100;

/// All of them, with what they were handed today.
pub fn list(engine: &Engine) -> Result<Response, Failure> {
    let now = clock::now();
    engine.to_writer.ask(|reply| Task::WriteLog { reply })?;
    let view = engine.readers.begin()?;
    let mut today: HashMap<ClientId, u32> = HashMap::new();
    for line in view.access_log(days_ago(now, 0))? {
        if let Some(id) = line.client {
            *today.entry(id).or_default() += line.items;
        }
    }
    let with_use = |client: Client| {
        Ok(ClientUse {
            items_today: today.get(&client.id).copied().unwrap_or(0),
            items_left: view.allowance(client.id, now)?.items,
            client,
        })
    };
    let clients = view.clients()?.into_iter().map(with_use);
    Ok(Response::Clients {
        clients: clients.collect::<Result<_, Failure>>()?,
    })
}

/// Lets a program in.
pub fn add(engine: &Engine, name: &str, grant: Grant, days: u32) -> Result<Response, Failure> {
    let now = clock::now();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Failure::bad_request(format!(
            "A program's name has 1 to {LONGEST_NAME} characters."
        )));
    }
    if days == 0 || days > LONGEST_DAYS {
        return Err(Failure::bad_request(format!(
            "A token holds for 1 to {LONGEST_DAYS} days."
        )));
    }
    let known = engine.readers.begin()?.clients()?;
    let is_taken = |client: &Client| client.name == name && client.is_admitted(now);
    if known.iter().any(is_taken) {
        return Err(Failure::bad_request(
            "Another program of this name may read already. Revoke it first, or choose another name.",
        ));
    }
    let new = NewClient {
        name,
        grant: checked(grant)?,
        expires_at: now.plus_seconds(86_400 * i64::from(days)),
    };
    let (client, token) = engine
        .to_writer
        .ask(|reply| Task::AddClient { new, reply })?;
    Ok(Response::ClientToken {
        client,
        token: Hidden(token.to_string()),
    })
}

/// Takes a token back; from the next request on it opens nothing.
pub fn revoke(engine: &Engine, id: ClientId) -> Result<Response, Failure> {
    engine
        .to_writer
        .ask(|reply| Task::RevokeClient { id, reply })?;
    list(engine)
}

/// Who asked for what in the last `days`, today included.
pub fn log(engine: &Engine, days: u32) -> Result<Response, Failure> {
    engine.to_writer.ask(|reply| Task::WriteLog { reply })?;
    let since = days_ago(clock::now(), days.clamp(1, MOST_DAYS) - 1);
    let lines: Vec<AccessLine> = engine.readers.begin()?.access_log(since)?;
    Ok(Response::AccessLog { lines })
}

/// A grant that can be held to: never the vault, each kind once, and something in it.
fn checked(mut grant: Grant) -> Result<Grant, Failure> {
    if grant.kinds.contains(&Kind::Vault) {
        return Err(Failure::bad_request(
            "No other program reads the vault. Leave it out.",
        ));
    }
    grant.kinds.sort();
    grant.kinds.dedup();
    let does_something =
        !grant.kinds.is_empty() || grant.observations || grant.propose || grant.chat;
    if !does_something {
        return Err(Failure::bad_request(
            "Name something that the program may read or hand in.",
        ));
    }
    grant.apps_left_out.retain(|app| !app.trim().is_empty());
    let is_long = |app: &String| app.len() > 200;
    if grant.apps_left_out.len() > MOST_APPS || grant.apps_left_out.iter().any(is_long) {
        return Err(Failure::bad_request(format!(
            "At most {MOST_APPS} apps can be left out, each with at most 200 bytes."
        )));
    }
    Ok(grant)
}

/// Midnight, UTC, so many days before today's.
fn days_ago(now: Timestamp, days: u32) -> Timestamp {
    let day = now.millis().div_euclid(86_400_000) - i64::from(days);
    Timestamp::from_millis(day * 86_400_000)
}
