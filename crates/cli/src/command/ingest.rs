//! `ingest` and `settle`.

mod line;

use crate::{
    arguments::{Ingest, Settle},
    output::Output,
    session::{Session, status_of, unexpected},
    when,
};
use afterimage_engine::{
    api::{Code, Failure, IngestItem, ObservationId, Request, Response},
    client::Client,
};
use base64::{Engine, prelude::BASE64_STANDARD};
pub use line::item;
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::Path,
};

/// As many as one request may hold.
pub const BATCH: usize = 1_000;
/// A request is one line with a limit; this leaves room for names and numbers.
const BATCH_BYTES: usize = 32 << 20;

pub fn ingest(session: &Session, output: &Output, options: &Ingest) -> Result<(), Failure> {
    let client = session.connect()?;
    let taken = match (&options.file, &options.image) {
        (_, Some(image)) => picture(&client, options, image)?,
        (Some(file), None) => lines(&client, open(file)?)?,
        (None, None) => return Err(bad("Name a file, or `-` for standard input.".into())),
    };
    let response = Response::Ingested {
        observations: taken.observations,
        known: taken.known,
    };
    output.response(&response, || match &response {
        Response::Ingested {
            observations,
            known,
        } => {
            format!(
                "{} stored, {known} known already.",
                observations.len() - *known as usize
            )
        }
        _ => String::new(),
    });
    Ok(())
}

pub fn settle(session: &Session, output: &Output, options: &Settle) -> Result<(), Failure> {
    let seconds = options.within.seconds;
    let response = session.call(Request::Settle { seconds })?;
    let status = status_of(response.clone())?;
    output.response(&response, || {
        format!(
            "Everything is read and thought about: {} memories.",
            status.memories
        )
    });
    Ok(())
}

/// What was taken in.
#[derive(Default)]
pub struct Taken {
    /// The observations made.
    pub observations: Vec<ObservationId>,
    /// Lines that were stored before.
    pub known: u32,
}

/// Sends `items` in as many requests as they need.
pub fn send(client: &Client, items: Vec<IngestItem>) -> Result<Taken, Failure> {
    let mut taken = Taken::default();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for item in items {
        bytes += item.text.len();
        batch.push(item);
        if batch.len() == BATCH || bytes > BATCH_BYTES {
            taken.add(client.call(Request::Ingest {
                items: std::mem::take(&mut batch),
            })?)?;
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        taken.add(client.call(Request::Ingest { items: batch })?)?;
    }
    Ok(taken)
}

impl Taken {
    fn add(&mut self, response: Response) -> Result<(), Failure> {
        let Response::Ingested {
            observations,
            known,
        } = response
        else {
            return Err(unexpected());
        };
        self.observations.extend(observations);
        self.known += known;
        Ok(())
    }
}

fn picture(client: &Client, options: &Ingest, image: &Path) -> Result<Taken, Failure> {
    let file = fs::read(image).map_err(|error| unreadable(image, &error))?;
    let mut taken = Taken::default();
    taken.add(client.call(Request::IngestImage {
        image: BASE64_STANDARD.encode(file),
        at: options.at.map_or_else(when::now, |moment| moment.0),
        app: options.app.clone(),
        title: options.title.clone(),
    })?)?;
    Ok(taken)
}

fn lines(client: &Client, input: Box<dyn BufRead>) -> Result<Taken, Failure> {
    let mut items = Vec::new();
    let mut taken = Taken::default();
    for (number, line) in input.lines().enumerate() {
        let line =
            line.map_err(|error| bad(format!("Line {} cannot be read: {error}.", number + 1)))?;
        if !line.trim().is_empty() {
            items.push(item(&line, number + 1, when::now())?);
        }
        if items.len() == BATCH {
            let batch = send(client, std::mem::take(&mut items))?;
            taken.observations.extend(batch.observations);
            taken.known += batch.known;
        }
    }
    let rest = send(client, items)?;
    taken.observations.extend(rest.observations);
    taken.known += rest.known;
    Ok(taken)
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    bad(format!("{} cannot be read: {error}.", path.display()))
}

fn bad(message: String) -> Failure {
    Failure {
        code: Code::BadRequest,
        message,
    }
}
