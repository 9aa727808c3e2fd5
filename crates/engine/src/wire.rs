//! Messages on the socket: one line of JSON each, no longer than [`LINE_LIMIT`].

use crate::api::{Code, Failure, LINE_LIMIT};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{BufRead, Read};

/// `message` as one line.
pub fn line(message: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut line = serde_json::to_vec(message).map_err(|_| unreadable())?;
    line.push(b'\n');
    match line.len() <= LINE_LIMIT {
        true => Ok(line),
        false => Err(too_long()),
    }
}

/// The message in `line`. What is wrong with it is told without its words.
pub fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(line).map_err(|error| {
        Failure::new(
            Code::BadRequest,
            format!(
                "The message is not of this protocol (column {}). Client and engine may be of different versions.",
                error.column()
            ),
        )
    })
}

/// The next message; `None` at the end of the stream.
pub fn read<T: DeserializeOwned>(stream: &mut impl BufRead) -> Result<Option<T>, Failure> {
    let mut line = Vec::new();
    let read = stream
        .take(LINE_LIMIT as u64 + 1)
        .read_until(b'\n', &mut line);
    match read.map_err(|error| Failure::io("read from its engine", &error))? {
        0 => Ok(None),
        _ if line.len() > LINE_LIMIT => Err(too_long()),
        _ => parse(&line).map(Some),
    }
}

/// The failure for a message above the limit.
pub fn too_long() -> Failure {
    Failure::new(
        Code::TooLarge,
        format!(
            "A message is larger than {} MiB, the most that is taken at once.",
            LINE_LIMIT >> 20
        ),
    )
}

fn unreadable() -> Failure {
    Failure::new(Code::Internal, "A message could not be written as JSON.")
}
