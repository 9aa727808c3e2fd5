//! Relays standard input and output to an engine's socket, for end-to-end tests in other languages: the engine lets in programs of its own
//! and, in a development build, what cargo built beside it.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    process::exit,
    thread,
};

fn main() {
    let socket = std::env::args().nth(1).unwrap_or_default();
    let Ok(stream) = UnixStream::connect(&socket) else {
        eprintln!("relay: no engine listens on {socket:?}");
        exit(1)
    };
    let (Ok(calls), Ok(messages)) = (stream.try_clone(), stream.try_clone()) else {
        exit(1)
    };
    thread::spawn(move || {
        copy(io::stdin().lock(), calls);
        // Whoever asked is gone; what is on its way ends with the connection.
        let _ = stream.shutdown(Shutdown::Both);
    });
    copy(messages, io::stdout().lock());
    exit(0)
}

/// Until either end is gone; each piece at once.
fn copy(mut from: impl Read, mut to: impl Write) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to
            .write_all(&bytes[..count])
            .and_then(|()| to.flush())
            .is_err()
        {
            return;
        }
    }
}
