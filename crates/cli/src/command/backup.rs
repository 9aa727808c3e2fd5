//! `backup now`, `backup list`, `backup drill`, `backup restore`.

use crate::{
    arguments::{Backup, Proof},
    output::Output,
    passphrase,
    session::{CLIENT, Session, unexpected},
    when,
};
use afterimage_engine::{
    api::{Code, Drill, Failure, Request, Response},
    client::{Launch, start_engine},
};
use std::time::Duration;

/// Making and putting back copies of the database.
pub fn backup(session: &Session, output: &Output, action: Backup) -> Result<(), Failure> {
    match action {
        Backup::Now => show(output, session.call(Request::BackUp)?),
        Backup::List => show(output, session.call(Request::Backups)?),
        Backup::Drill => show(output, session.call(Request::DrillBackup)?),
        Backup::Restore { name, by } => restore(session, output, name, &by),
    }
}

/// Only an engine that starts can put a copy in the place of the database, so one that runs is locked first.
fn restore(session: &Session, output: &Output, name: String, by: &Proof) -> Result<(), Failure> {
    let start = passphrase::ask(&by.key, by.recovery)?;
    match session.connect() {
        Ok(client) => {
            client.call(Request::Lock)?;
            client.wait_for_end(Duration::from_secs(5));
        }
        Err(failure) if failure.code == Code::Locked => {}
        Err(failure) => return Err(failure),
    }
    let launch = Launch {
        restore: Some(name),
        ..Launch::open(start)
    };
    let started = start_engine(&session.home, &launch, CLIENT)?;
    show(output, started.client.call(Request::Backups)?)
}

fn show(output: &Output, response: Response) -> Result<(), Failure> {
    let Response::Backups {
        backups,
        last_drill,
    } = &response
    else {
        return Err(unexpected());
    };
    let line = |backup: &afterimage_engine::api::Backup| {
        let megabytes = backup.bytes as f64 / 1e6;
        format!(
            "{}  {megabytes:>8.1} MB  {}",
            when::shown(backup.at),
            backup.name
        )
    };
    output.response(&response, || match backups.is_empty() {
        true => "There are no backups yet.".into(),
        false => {
            let mut lines: Vec<String> = backups.iter().map(line).collect();
            lines.extend(last_drill.as_ref().map(tried));
            lines.join("\n")
        }
    });
    Ok(())
}

/// How the last trial went, in words.
pub fn tried(drill: &Drill) -> String {
    let (at, of) = (when::shown(drill.at), when::shown(drill.of));
    match &drill.fault {
        None => format!("Last tried to restore {at}: the copy of {of} worked."),
        Some(fault) => format!(
            "Last tried to restore {at}: the copy of {of} did not work. {fault} A fresh one was made."
        ),
    }
}
