//! [`Pool`]: partitions that are being written, by a few threads and with bounded memory.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use gawky_array::Array;
use gawky_store::ContainerWrite;

use super::DatasetFault;
use super::layout::Layout;
use super::manifest::MANIFEST;
use super::write::of_partition;
use crate::Error;

/// A partition to be written.
#[derive(Debug)]
pub(super) struct Job {
    /// Which of those of one writer it is.
    pub(super) position: u64,
    /// What it is to be called.
    pub(super) id: u64,
    pub(super) array: Array,
    pub(super) layout: Arc<Layout>,
}

/// A partition that has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Done {
    pub(super) position: u64,
    pub(super) id: u64,
    pub(super) length: u64,
}

/// Threads that write partitions. They are started as there is something to do, and end with the pool, which waits for what
/// they have begun.
#[derive(Debug)]
pub(super) struct Pool<C> {
    container: Arc<C>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    most_threads: usize,
    most_bytes: u64,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Job>,
    /// Of jobs that wait or are being done.
    bytes: u64,
    running: usize,
    done: Vec<Done>,
    error: Option<Error>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn work<C: ContainerWrite>(&self, container: &C) {
        loop {
            let mut state = self.lock();
            let job = loop {
                if state.closed {
                    return;
                }
                match state.queue.pop_front() {
                    Some(job) => break job,
                    None => state = self.wait(state),
                }
            };
            state.running += 1;
            drop(state);
            let mut under_way = UnderWay {
                shared: self,
                bytes: job.array.nbytes() as u64,
                outcome: None,
            };
            let written = job.layout.write(container, job.id, &job.array);
            let done = Done {
                position: job.position,
                id: job.id,
                length: job.array.len() as u64,
            };
            drop(job);
            under_way.outcome = Some(
                written
                    .map(|()| done)
                    .map_err(|error| of_partition(done.position, error)),
            );
        }
    }
}

/// A job that is being done; told of however it ends.
struct UnderWay<'s> {
    shared: &'s Shared,
    bytes: u64,
    /// `None` while it is not known, which is where it ends by a panic.
    outcome: Option<Result<Done, Error>>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.running = state.running.saturating_sub(1);
        state.bytes = state.bytes.saturating_sub(self.bytes);
        match self.outcome.take() {
            Some(Ok(done)) => state.done.push(done),
            Some(Err(error)) => fail(&mut state, error),
            None => fail(
                &mut state,
                given_up("a thread that wrote a partition has panicked"),
            ),
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}

/// Keeps the first error, and leaves what has not been begun.
fn fail(state: &mut State, error: Error) {
    state.error.get_or_insert(error);
    let waiting: u64 = state
        .queue
        .iter()
        .map(|job| job.array.nbytes() as u64)
        .sum();
    state.bytes = state.bytes.saturating_sub(waiting);
    state.queue.clear();
}

pub(super) fn given_up(problem: &str) -> Error {
    DatasetFault::Options {
        problem: problem.to_owned(),
    }
    .of(MANIFEST)
}

impl<C: ContainerWrite + 'static> Pool<C> {
    pub(super) fn new(container: Arc<C>, threads: usize, bytes: u64) -> Self {
        Self {
            container,
            shared: Arc::default(),
            threads: Vec::new(),
            most_threads: threads.max(1),
            most_bytes: bytes,
        }
    }

    /// Of what is pushed from now on: more threads than that are not started, and no more bytes taken.
    pub(super) fn limit(&mut self, threads: usize, bytes: u64) {
        self.most_threads = threads.max(1);
        self.most_bytes = bytes;
    }

    /// Has a partition written, as soon as there is room for it; one alone may be larger than that.
    ///
    /// # Errors
    /// That of a partition before.
    pub(super) fn push(&mut self, job: Job) -> Result<(), Error> {
        let bytes = job.array.nbytes() as u64;
        let mut state = self.shared.lock();
        while state.error.is_none()
            && state.bytes > 0
            && state.bytes.saturating_add(bytes) > self.most_bytes
        {
            state = self.shared.wait(state);
        }
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        state.bytes += bytes;
        state.queue.push_back(job);
        let wanted = state.queue.len() + state.running;
        drop(state);
        self.shared.changed.notify_all();
        if self.threads.len() < wanted.min(self.most_threads) {
            let (shared, container) = (Arc::clone(&self.shared), Arc::clone(&self.container));
            let started = thread::Builder::new()
                .name("gawky-writer".to_owned())
                .spawn(move || shared.work(&*container));
            match started {
                Ok(thread) => self.threads.push(thread),
                // Those that there are will do it.
                Err(_) if !self.threads.is_empty() => {}
                Err(error) => {
                    return Err(given_up(&format!("the system gives no threads: {error}")));
                }
            }
        }
        Ok(())
    }

    /// Waits until all is written; answers what has been since the last time, in order.
    ///
    /// # Errors
    /// That of the first partition that failed.
    pub(super) fn finish(&mut self) -> Result<Vec<Done>, Error> {
        let mut state = self.shared.lock();
        while state.running > 0 || !state.queue.is_empty() {
            state = self.shared.wait(state);
        }
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        let mut done = std::mem::take(&mut state.done);
        done.sort_unstable();
        Ok(done)
    }
}

impl<C> Pool<C> {
    /// Leaves what has not been begun, and waits for what has.
    pub(super) fn close(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.queue.clear();
        drop(state);
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // What it has panicked of has been told.
            let _ = thread.join();
        }
    }
}

impl<C> Drop for Pool<C> {
    fn drop(&mut self) {
        self.close();
    }
}
