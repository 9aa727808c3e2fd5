//! Who comes in at the socket, how fast a client may ask, and the log of what everybody asked for.
//!
//! The window and the command line are the owner's own programs and may ask everything. Any other program is nobody until it names the
//! token of a client; then `handle::scoped` answers it, within what the owner granted.

mod ledger;
mod pace;
mod peer;

pub use ledger::{Entry, Ledger};
pub use pace::{MOST_WRITTEN, Paces};
pub use peer::own_program;

use crate::api::{Code, Failure};
use afterimage_domain::{Client, ClientId, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Requests of one client that are worked on at a time: the owner's own must find room.
const AT_A_TIME: usize = 4;
/// How long nobody is told again that a client came to its limit.
const QUIET: Duration = Duration::from_secs(3_600);

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody knows.
    Stranger,
    /// A program of the owner's own, by what it is called in the log.
    Own(String),
    /// A program that the owner let in.
    Client(ClientId),
}

/// What the engine remembers of those who ask.
#[derive(Default)]
pub struct Door {
    /// How fast each client asks.
    pub paces: Paces,
    /// What is not in the log yet.
    pub ledger: Ledger,
    rooms: Mutex<HashMap<ClientId, Arc<Semaphore>>>,
    told: Mutex<HashMap<ClientId, Duration>>,
}

impl Door {
    /// Where the requests of a client wait for each other.
    pub fn room(&self, id: ClientId) -> Arc<Semaphore> {
        let mut rooms = locked(&self.rooms);
        let room = rooms.entry(id);
        room.or_insert_with(|| Arc::new(Semaphore::new(AT_A_TIME)))
            .clone()
    }

    /// Whether people should hear at `now` that a client came to its limit; once an hour is enough.
    pub fn should_tell(&self, id: ClientId, now: Duration) -> bool {
        let mut told = locked(&self.told);
        let is_due = told
            .get(&id)
            .is_none_or(|last| now.saturating_sub(*last) >= QUIET);
        if is_due {
            told.insert(id, now);
        }
        is_due
    }
}

/// For a program that is not ours and named no token, or a wrong one.
pub fn stranger() -> Failure {
    Failure::new(
        Code::NotAdmitted,
        "This program is not one of Afterimage's own, and it named no token that opens anything. Let it in: `afterimage clients add NAME`, or \"Let a program read…\" in the privacy panel, then put the token into its AFTERIMAGE_TOKEN. If it is Afterimage's own and was updated while it ran, start it anew.",
    )
}

/// `client`, if its token opens anything at `now`.
pub fn admitted(client: Option<Client>, now: Timestamp) -> Result<Client, Failure> {
    let client = client.ok_or_else(stranger)?;
    let ended = match client.revoked_at {
        Some(_) => "was taken back",
        None => "has expired",
    };
    match client.is_admitted(now) {
        true => Ok(client),
        false => Err(Failure::new(
            Code::NotAdmitted,
            format!(
                "The token of this program {ended}. Make a new one: `afterimage clients add NAME`."
            ),
        )),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d5_people_hear_of_a_client_at_its_limit_once_an_hour() {
        let door = Door::default();
        let [one, other] = [1, 2].map(|n| ClientId(uuid::Uuid::from_u128(n)));
        let at = Duration::from_secs;
        assert!(door.should_tell(one, at(10)));
        assert!(!door.should_tell(one, at(3_609)));
        assert!(door.should_tell(other, at(11)));
        assert!(door.should_tell(one, at(3_610)));
    }
}
