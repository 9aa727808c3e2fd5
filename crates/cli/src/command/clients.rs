//! `clients`: programs that are not Afterimage's own, what they may read, and what they did.

use super::keys::look_away;
use crate::{
    arguments::{AddClient, Clients},
    output::Output,
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{
    AccessLine, Client, ClientUse, Code, Failure, Grant, Request, Response, Trust,
};

pub fn clients(session: &Session, output: &Output, action: Clients) -> Result<(), Failure> {
    match action {
        Clients::List => listed(output, &session.call(Request::Clients)?),
        Clients::Add(options) => add(session, output, &options),
        Clients::Revoke { client } => revoke(session, output, &client),
        Clients::Log { days } => log(session, output, days),
    }
}

fn add(session: &Session, output: &Output, options: &AddClient) -> Result<(), Failure> {
    let paused = look_away(session)?;
    let response = session.call(Request::AddClient {
        name: options.name.clone(),
        grant: grant(options),
        days: options.days,
    })?;
    let Response::ClientToken { client, token } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || {
        format!(
            "`{}` may: {}\nIts token, shown this once; put it into the program's AFTERIMAGE_TOKEN:\n\n    {}\n{paused}",
            client.name,
            in_words(&client.grant),
            token.0
        )
    });
    Ok(())
}

fn grant(options: &AddClient) -> Grant {
    let usual = Grant::default();
    let writes_only = (options.propose || options.chat) && !options.observations;
    Grant {
        kinds: match options.kinds.is_empty() {
            true if writes_only => vec![],
            true => usual.kinds,
            false => options.kinds.clone(),
        },
        observations: options.observations,
        min_trust: options.min_trust.map_or(usual.min_trust, Trust::from),
        max_age_days: options.max_age,
        apps_left_out: options.without_apps.clone(),
        propose: options.propose,
        chat: options.chat,
    }
}

fn revoke(session: &Session, output: &Output, named: &str) -> Result<(), Failure> {
    let Response::Clients { clients } = session.call(Request::Clients)? else {
        return Err(unexpected());
    };
    let is_meant = |client: &Client| client.id.to_string() == named || client.name == named;
    let open = clients.into_iter().map(|with| with.client);
    let meant = open
        .filter(|client| client.revoked_at.is_none())
        .find(is_meant);
    let id = meant.ok_or_else(|| Failure::not_found("program"))?.id;
    listed(output, &session.call(Request::RevokeClient { id })?)
}

fn listed(output: &Output, response: &Response) -> Result<(), Failure> {
    let Response::Clients { clients } = response else {
        return Err(unexpected());
    };
    output.response(response, || match clients.is_empty() {
        true => "Only Afterimage's own programs may read.".into(),
        false => clients.iter().map(line).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

fn line(with: &ClientUse) -> String {
    let ClientUse { client, .. } = with;
    let used = client.last_used.map_or_else(
        || "never used".into(),
        |at| format!("last used {}", when::shown(at)),
    );
    let state = match (client.revoked_at, client.is_admitted(when::now())) {
        (Some(at), _) => format!("revoked {}", when::shown(at)),
        (None, true) => format!("until {}", when::shown(client.expires_at)),
        (None, false) => format!("expired {}", when::shown(client.expires_at)),
    };
    format!(
        "{}  {}\n    {}\n    {state}; {used}; {} items today, {} left now",
        client.id,
        client.name,
        in_words(&client.grant),
        with.items_today,
        with.items_left
    )
}

/// What a grant lets a program do, in a line.
fn in_words(grant: &Grant) -> String {
    let mut parts = Vec::new();
    if !grant.kinds.is_empty() {
        let kinds: Vec<&str> = grant.kinds.iter().map(|kind| kind.name()).collect();
        parts.push(format!("read memories ({})", kinds.join(", ")));
    }
    if grant.observations {
        parts.push("read the texts themselves".into());
    }
    if grant.propose {
        parts.push("hand in memories".into());
    }
    if grant.chat {
        parts.push("hand in turns of its conversations".into());
    }
    if let Some(days) = grant.max_age_days {
        parts.push(format!("of the last {days} days only"));
    }
    if !grant.apps_left_out.is_empty() {
        parts.push(format!("without {}", grant.apps_left_out.join(", ")));
    }
    parts.push(match grant.min_trust {
        Trust::Screen => "whoever said it".into(),
        trust => format!("at least as trusted as {}", trust_name(trust)),
    });
    parts.join("; ")
}

const fn trust_name(trust: Trust) -> &'static str {
    match trust {
        Trust::Screen => "a screen",
        Trust::OwnWindow => "your own window",
        Trust::Client => "another program",
        Trust::Chat => "what you said here",
        Trust::User => "what you typed",
    }
}

fn log(session: &Session, output: &Output, days: u32) -> Result<(), Failure> {
    let response = session.call(Request::AccessLog { days })?;
    let Response::AccessLog { lines } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || match lines.is_empty() {
        true => "Nobody asked for anything.".into(),
        false => lines.iter().map(logged).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

fn logged(line: &AccessLine) -> String {
    let refused = match line.refused {
        0 => String::new(),
        refused => format!(", {refused} refused"),
    };
    format!(
        "{}  {:<20}  {:<16}  {} times{refused}, {} items, last {}",
        when::utc_day(line.day),
        line.reader,
        line.request,
        line.asked,
        line.items,
        when::shown(line.last)
    )
}

/// For a token that is there and empty: a program meant to be narrowed must not have everything instead.
pub fn empty_token() -> Failure {
    Failure {
        code: Code::NotAdmitted,
        message: "AFTERIMAGE_TOKEN is set and empty. Put a program's token into it, or take it out of the environment.".into(),
    }
}
