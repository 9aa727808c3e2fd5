//! A process with a real store, to which things happen: it does what an engine does, and says what it begins and what it was told is done.

use crate::{
    content::{AUTHOR, at, create, id, key, line, memory, reopen, seen},
    dice::Dice,
};
use afterimage_domain::ObservationId;
use afterimage_store::{Forget, Opened, Result, Spooled};
use std::{io::Write, path::Path, time::Duration};

/// The child's memory.
struct Child<'h> {
    home: &'h Path,
    /// Closed only between two steps.
    store: Option<Opened>,
    dice: Dice,
    number: u64,
    /// In the spool, so acknowledged, and not handed to the writer yet.
    waiting: Vec<Spooled>,
    kept: Vec<u64>,
}

/// Works `steps` steps in a profile made in `home`. After a failure it opens the store again, as a restarted engine does.
pub fn run(home: &Path, seed: u64, steps: u64) -> Result<()> {
    let mut child = Child {
        home,
        store: Some(create(home, &key())?),
        dice: Dice::new(seed),
        number: 0,
        waiting: Vec::new(),
        kept: Vec::new(),
    };
    say("ready");
    for _ in 0..steps {
        let done = match child.dice.below(24) {
            0 => child.lock(),
            1 => child.restart(),
            _ => child.step(),
        };
        if let Err(error) = done {
            say(&format!("failed {error}"));
            child.restart()?;
        }
    }
    Ok(())
}

impl Child<'_> {
    /// Closes the store as locking does, and opens it.
    fn lock(&mut self) -> Result<()> {
        let closed = self
            .store
            .take()
            .map_or(Ok(()), |store| store.writer.close());
        self.restart()?;
        closed
    }

    /// Drops the store as a crash does, and opens it. What waited comes out of the spool by itself.
    fn restart(&mut self) -> Result<()> {
        self.waiting.clear();
        self.store = None;
        self.store = Some(reopen(self.home, &key())?);
        Ok(())
    }

    fn store(&mut self) -> &mut Opened {
        self.store.as_mut().expect("it is open between two steps")
    }

    fn step(&mut self) -> Result<()> {
        match self.dice.below(12) {
            0..=4 => self.take_line(),
            5..=7 => self.take_frame(),
            8 => self.forget(),
            9 => self.remember(),
            10 => self.record(),
            _ => {
                let idle = [0, 2, 30][self.dice.below(3) as usize];
                self.store()
                    .writer
                    .checkpoint_if_due(Duration::from_secs(idle))
            }
        }
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn take_line(&mut self) -> Result<()> {
        let number = self.next();
        say(&format!("line {number}"));
        self.store().writer.record(&[line(number)], at(number))?;
        self.keep(number);
        Ok(())
    }

    fn take_frame(&mut self) -> Result<()> {
        let number = self.next();
        say(&format!("frame {number}"));
        let spooled = self.store().spool.put(seen(number))?;
        self.keep(number);
        self.waiting.push(spooled);
        match self.dice.once_in(2) {
            true => self.record(),
            false => Ok(()),
        }
    }

    fn record(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let at = at(self.number);
        self.store().writer.record_spooled(&waiting, at).map(drop)
    }

    fn remember(&mut self) -> Result<()> {
        let number = self.number;
        let applied = self
            .store()
            .writer
            .apply(&memory(number), AUTHOR, at(number))?;
        applied
            .changes
            .iter()
            .for_each(|change| say(&format!("memory {}", change.after.id)));
        Ok(())
    }

    fn forget(&mut self) -> Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let chosen = self.dice.below(self.kept.len() as u64) as usize;
        let number = self.kept.swap_remove(chosen);
        say(&format!("forgetting {number}"));
        let what = Forget::Observation(ObservationId(id(number)));
        let at = at(self.number);
        self.store().writer.forget(&what, at)?;
        say(&format!("forgotten {number}"));
        Ok(())
    }

    fn keep(&mut self, number: u64) {
        self.kept.push(number);
        say(&format!("kept {number}"));
    }
}

/// One line, at once: a buffer would tell of promises after they were due.
pub fn say(line: &str) {
    // Whoever listened may have been told to stop.
    let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
    let _ = std::io::stdout().flush();
}
