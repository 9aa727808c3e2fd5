//! What the engine tells its keeper: another passphrase or code, so that an engine that dies afterwards comes back without asking.
//!
//! The engine's standard input is a socket to the keeper. The first line on it is the secret that opens the profile; what the engine says on it
//! is an [`Opening`] a line. It is said before the change is acknowledged.

use crate::{
    api::{Opening, Way},
    wire,
};
use std::{
    io::{self, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The way to the keeper, of an engine that has one.
pub struct Keeper {
    held: Mutex<Held>,
}

struct Held {
    /// What the keeper would open the profile with.
    way: Way,
    line: Option<UnixStream>,
}

impl Keeper {
    /// The keeper that started this process, which holds what `way` needs.
    pub fn of_this_process(way: Way) -> Self {
        let line = io::stdin().as_fd().try_clone_to_owned().ok();
        Self::over(way, line.map(UnixStream::from))
    }

    /// None.
    pub fn none() -> Self {
        Self::over(Way::Keychain, None)
    }

    fn over(way: Way, line: Option<UnixStream>) -> Self {
        Self {
            held: Mutex::new(Held { way, line }),
        }
    }

    /// One way opens by something else now; the keeper is told if it holds what opened before.
    pub fn changed(&self, opening: &Opening) {
        let held = &mut *self.lock();
        if held.way == opening.way() {
            held.tell(opening);
        }
    }

    /// `way` opens no more; `by` did a moment ago, and still does unless it was that.
    pub fn removed(&self, way: Way, by: &Opening) {
        let held = &mut *self.lock();
        if held.way == way && by.way() != way {
            held.tell(by);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn tell(&mut self, opening: &Opening) {
        self.way = opening.way();
        let Some(line) = &mut self.line else {
            return;
        };
        let told = wire::line(opening).map(zeroize::Zeroizing::new);
        if !told.is_ok_and(|told| line.write_all(&told).is_ok()) {
            tracing::warn!(
                "the keeper was not told: an engine that dies now asks when it comes back"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Hidden;
    use std::io::Read;

    fn passphrase(text: &str) -> Opening {
        Opening::Passphrase {
            passphrase: Hidden(text.into()),
        }
    }

    fn code(text: &str) -> Opening {
        Opening::Recovery {
            code: Hidden(text.into()),
        }
    }

    /// What the keeper hears of what `does` does.
    fn heard(way: Way, does: impl FnOnce(&Keeper)) -> String {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let keeper = Keeper::over(way, Some(ours));
        does(&keeper);
        drop(keeper);
        let mut said = String::new();
        theirs.read_to_string(&mut said).unwrap();
        said
    }

    #[test]
    fn k18_the_keeper_hears_of_what_it_holds_and_of_nothing_else() {
        let new = "{\"by\":\"passphrase\",\"passphrase\":\"new\"}\n";
        let changed = |keeper: &Keeper| keeper.changed(&passphrase("new"));
        assert_eq!(heard(Way::Passphrase, changed), new);
        assert_eq!(heard(Way::Recovery, changed), "");
        assert_eq!(heard(Way::Keychain, changed), "");
        let removed = |keeper: &Keeper| {
            keeper.removed(Way::Keychain, &passphrase("new"));
            // From then on it holds the passphrase.
            keeper.changed(&passphrase("newer"));
        };
        let both = format!("{new}{}", new.replace("new", "newer"));
        assert_eq!(heard(Way::Keychain, removed), both);
        let own = |keeper: &Keeper| keeper.removed(Way::Recovery, &code("7K3M"));
        assert_eq!(heard(Way::Recovery, own), "");
        assert_eq!(heard(Way::Passphrase, own), "");
    }
}
