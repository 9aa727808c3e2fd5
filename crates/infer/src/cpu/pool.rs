//! Threads that share the parts of one piece of work and sleep between pieces.
//!
//! The pieces of one token follow each other within microseconds, so a thread that has nothing to do looks out for the
//! next piece for a moment before it sleeps; asleep it costs nothing. Parts are taken one by one, so a thread that was
//! held up by other work on the machine holds nobody up for longer than its part.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// How often a thread looks for work before it sleeps: some 200 microseconds.
const LOOKS: usize = 4000;

/// A few threads, the caller's among them.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// There is new work, or the pool ends.
    begun: Condvar,
    /// The last worker has left the work.
    ended: Condvar,
    /// How many pieces of work there were.
    pieces: AtomicUsize,
    /// The next part of the present piece.
    next: AtomicUsize,
    /// Workers in the present piece.
    busy: AtomicUsize,
    panicked: AtomicBool,
}

#[derive(Default)]
struct State {
    work: Option<Work>,
    asleep: usize,
    ending: bool,
}

/// The function to call for each part, and how many parts there are.
#[derive(Clone, Copy)]
struct Work {
    part: *const (dyn Fn(usize) + Sync),
    parts: usize,
}

// SAFETY: the function may be called from any thread (`Sync`), and `Pool::run` keeps it alive until no worker has it.
unsafe impl Send for Work {}

impl Pool {
    /// A pool of `threads` threads, the caller's included.
    pub fn new(threads: NonZero<usize>) -> Pool {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            begun: Condvar::new(),
            ended: Condvar::new(),
            pieces: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
        });
        let worker = |at: usize| {
            let shared = shared.clone();
            let builder = std::thread::Builder::new().name(format!("infer-{at}"));
            builder.spawn(move || shared.attend())
        };
        // With fewer threads than asked for, the same work takes longer.
        let workers = (1..threads.get()).map_while(|at| worker(at).ok()).collect();
        Pool { shared, workers }
    }

    /// How many threads work, the caller's included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `part` for each of `0..parts`, in no order and from several threads, and returns when all are done.
    ///
    /// # Panics
    /// When a call of `part` does.
    pub fn run(&self, parts: usize, part: &(dyn Fn(usize) + Sync)) {
        if parts <= 1 || self.workers.is_empty() {
            return (0..parts).for_each(part);
        }
        // SAFETY: only the lifetime changes; the guard below waits until no worker has the pointer, even in a panic.
        let part_pointer: *const (dyn Fn(usize) + Sync) = unsafe {
            std::mem::transmute::<&(dyn Fn(usize) + Sync), *const (dyn Fn(usize) + Sync)>(part)
        };
        self.shared.begin(Work {
            part: part_pointer,
            parts,
        });
        let end = End(&self.shared);
        self.shared.take_parts(parts, part);
        drop(end);
        assert!(
            !self.shared.panicked.swap(false, Ordering::Relaxed),
            "a thread of the pool panicked"
        );
    }
}

impl Pool {
    /// Calls `each(n, chunk)` for the chunks of `size` elements that `data` is cut into, from several threads.
    pub fn chunks<T: Send>(
        &self,
        data: &mut [T],
        size: usize,
        each: &(dyn Fn(usize, &mut [T]) + Sync),
    ) {
        let chunks: Vec<Mutex<&mut [T]>> = data.chunks_mut(size.max(1)).map(Mutex::new).collect();
        self.run(chunks.len(), &|at| {
            let mut chunk = chunks[at]
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            each(at, &mut chunk);
        });
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.ending = true;
        self.shared.pieces.fetch_add(1, Ordering::Release);
        drop(state);
        self.shared.begun.notify_all();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of parts; its own end is nothing to report.
            let _ = worker.join();
        }
    }
}

/// Waits for the end of the present piece.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn begin(&self, work: Work) {
        let mut state = self.state();
        self.next.store(0, Ordering::Relaxed);
        state.work = Some(work);
        // Under the lock: a worker either sees the new number or is counted as asleep.
        self.pieces.fetch_add(1, Ordering::Release);
        let asleep = state.asleep;
        drop(state);
        if asleep > 0 {
            self.begun.notify_all();
        }
    }

    fn end(&self) {
        self.state().work = None;
        for _ in 0..LOOKS {
            if self.busy.load(Ordering::Acquire) == 0 {
                return;
            }
            std::hint::spin_loop();
        }
        let mut state = self.state();
        while self.busy.load(Ordering::Acquire) > 0 {
            state = self
                .ended
                .wait(state)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }

    fn take_parts(&self, parts: usize, part: &(dyn Fn(usize) + Sync)) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            if at >= parts {
                return;
            }
            part(at);
        }
    }

    /// The life of a worker.
    fn attend(&self) {
        let mut seen = 0;
        while let Some(work) = self.wait(&mut seen) {
            // SAFETY: `busy` counts this worker, so `run` has not returned and the function lives.
            let part = unsafe { &*work.part };
            let taken = std::panic::AssertUnwindSafe(|| self.take_parts(work.parts, part));
            if std::panic::catch_unwind(taken).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            let state = self.state();
            if self.busy.fetch_sub(1, Ordering::Release) == 1 {
                self.ended.notify_all();
            }
            drop(state);
        }
    }

    /// Waits for a piece of work other than the `seen`th and joins it; `None` at the end of the pool.
    fn wait(&self, seen: &mut usize) -> Option<Work> {
        loop {
            self.look_out(*seen);
            let mut state = self.state();
            while !state.ending && self.pieces.load(Ordering::Acquire) == *seen {
                state.asleep += 1;
                state = self
                    .begun
                    .wait(state)
                    .unwrap_or_else(|poisoned| poisoned.into_inner());
                state.asleep -= 1;
            }
            *seen = self.pieces.load(Ordering::Acquire);
            if state.ending {
                return None;
            }
            if let Some(work) = state.work {
                self.busy.fetch_add(1, Ordering::Relaxed);
                return Some(work);
            }
        }
    }

    fn look_out(&self, seen: usize) {
        for _ in 0..LOOKS {
            if self.pieces.load(Ordering::Acquire) != seen {
                return;
            }
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> Pool {
        Pool::new(NonZero::new(threads).unwrap())
    }

    #[test]
    fn every_part_is_done_once_whatever_the_number_of_threads() {
        for threads in [1, 2, 5] {
            let pool = pool(threads);
            for parts in [0, 1, 2, 3, 100] {
                for _ in 0..50 {
                    let done: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                    pool.run(parts, &|at| {
                        done[at].fetch_add(1, Ordering::Relaxed);
                    });
                    assert!(done.iter().all(|count| count.load(Ordering::Relaxed) == 1));
                }
            }
        }
    }

    #[test]
    fn a_panic_in_a_part_reaches_the_caller_and_the_pool_goes_on() {
        let pool = pool(3);
        let run = || pool.run(64, &|at| assert!(at != 40, "part 40"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
        let count = AtomicUsize::new(0);
        pool.run(64, &|_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.into_inner(), 64);
    }

    #[test]
    fn threads_sleep_while_there_is_nothing_to_do() {
        let pool = pool(2);
        pool.run(4, &|_| ());
        let asleep = || pool.shared.state().asleep == 1;
        let begun = std::time::Instant::now();
        while !asleep() {
            assert!(begun.elapsed().as_secs() < 30, "the worker never sleeps");
            std::thread::yield_now();
        }
    }
}
