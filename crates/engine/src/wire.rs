//! Messages on the socket: one line of JSON each, no longer than [`LINE_LIMIT`].

use crate::api::{Code, Failure, LINE_LIMIT};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{BufRead, Read};

/// `message` as one line.
pub fn line(message: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut line = serde_json::to_vec(message).map_err(|_| unreadable())?;
    line.push(b'\n');
    match line.len() <= LINE_LIMIT {
        true => Ok(line),
        false => Err(too_long(LINE_LIMIT)),
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

/// The number of a call that is otherwise not understood; 0 when it has none.
pub fn number(line: &[u8]) -> u64 {
    #[derive(Deserialize)]
    struct Numbered {
        id: u64,
    }
    serde_json::from_slice(line).map_or(0, |Numbered { id }| id)
}

/// The name of the request in a call that was understood.
pub fn name(line: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Named {
        request: Tagged,
    }
    #[derive(Deserialize)]
    struct Tagged {
        request: String,
    }
    serde_json::from_slice(line).map_or_else(|_| String::new(), |call: Named| call.request.request)
}

/// The next message; `None` at the end of the stream.
pub fn read<T: DeserializeOwned>(stream: &mut impl BufRead) -> Result<Option<T>, Failure> {
    let mut line = Vec::new();
    let read = stream
        .take(LINE_LIMIT as u64 + 1)
        .read_until(b'\n', &mut line);
    match read.map_err(|error| Failure::io("read from its engine", &error))? {
        0 => Ok(None),
        _ if line.len() > LINE_LIMIT => Err(too_long(LINE_LIMIT)),
        _ => parse(&line).map(Some),
    }
}

/// The failure for a message above `limit` bytes.
pub fn too_long(limit: usize) -> Failure {
    Failure::new(
        Code::TooLarge,
        format!(
            "A message is larger than {} KiB, the most that is taken at once.",
            limit >> 10
        ),
    )
}

fn unreadable() -> Failure {
    Failure::new(Code::Internal, "A message could not be written as JSON.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Call, Request};
    use std::io::Cursor;

    #[test]
    fn a_message_is_one_line_whatever_it_holds() {
        let request = Request::RenameThread {
            thread: "018f0000-0000-7000-8000-000000000000".parse().unwrap(),
            title: "two\nlines \u{2028} \" \\".into(),
        };
        let call = Call { id: 7, request };
        let line = line(&call).unwrap();
        assert_eq!(name(&line), "rename_thread");
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(read::<Call>(&mut Cursor::new(&line)).unwrap(), Some(call));
        assert_eq!(read::<Call>(&mut Cursor::new(b"")).unwrap(), None);
    }

    #[test]
    fn what_is_not_understood_is_named_without_its_words() {
        let wrong = br#"{"id":3,"request":{"request":"dance","text":"secret words"}}"#;
        let failure = parse::<Call>(wrong).unwrap_err();
        assert_eq!(failure.code, Code::BadRequest);
        assert!(!failure.message.contains("secret"));
        assert_eq!((number(wrong), number(b"nonsense")), (3, 0));
    }
}
