//! The profile a command works on, and the engine that has it open.

use crate::command;
use afterimage_engine::{
    api::{Code, Failure, Hidden, Request, Response, Status},
    client::{Client, Home},
};
use std::{env, path::PathBuf};

/// The name under which the engine knows this program.
pub const CLIENT: &str = "afterimage command line";

/// Where a program finds its token.
const TOKEN: &str = "AFTERIMAGE_TOKEN";

/// One run of the program against one profile.
pub struct Session {
    /// The profile.
    pub home: Home,
}

impl Session {
    /// The profile in `dir`, or the one called `name`, or the current one.
    pub fn new(dir: Option<PathBuf>, name: Option<&str>) -> Result<Self, Failure> {
        let home = match dir {
            Some(dir) => Home::at(dir),
            None => Home::named(name)?,
        };
        Ok(Self { home })
    }

    /// A connection to the engine that has the profile open.
    pub fn connect(&self) -> Result<Client, Failure> {
        Client::connect_as(&self.home, CLIENT, token()?)
    }

    /// Asks the running engine one thing.
    pub fn call(&self, request: Request) -> Result<Response, Failure> {
        self.connect()?.call(request)
    }
}

/// The client that this run is to be no more than. An agent that is given this program and a token has what the token opens, not what its
/// owner has.
fn token() -> Result<Option<Hidden>, Failure> {
    match env::var(TOKEN) {
        Err(env::VarError::NotPresent) => Ok(None),
        Ok(token) if !token.trim().is_empty() => Ok(Some(Hidden(token.trim().to_owned()))),
        _ => Err(command::clients::empty_token()),
    }
}

/// The status in `response`.
pub fn status_of(response: Response) -> Result<Status, Failure> {
    match response {
        Response::Status { status } => Ok(status),
        _ => Err(unexpected()),
    }
}

/// For a response of another kind than asked for.
pub fn unexpected() -> Failure {
    Failure {
        code: Code::Protocol,
        message: "The engine answered something else than was asked. Install the same version of both programs.".into(),
    }
}
