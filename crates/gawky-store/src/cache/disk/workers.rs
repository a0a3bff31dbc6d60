//! [`Workers`]: threads that read and write files for those who must not block.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use event_listener::Event;

// Enough to keep a disk busy.
const MOST: usize = 4;

type Job = Box<dyn FnOnce() + Send>;

/// A few threads that are there while there is something to do.
#[derive(Clone, Default)]
pub(super) struct Workers(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    running: usize,
}

/// What a job came to; nothing when it panicked.
struct Ticket<T> {
    result: OnceLock<Option<T>>,
    done: Event,
}

/// Ends a job's ticket in whatever way the job ends.
struct Ending<T>(Arc<Ticket<T>>);

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        let _ = self.0.result.set(None);
        self.0.done.notify(usize::MAX);
    }
}

impl Workers {
    /// Runs `work` on another thread, to the end even if nobody waits for it any more. `None` when it panicked.
    pub(super) async fn run<T: Clone + Send + Sync + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let ticket = Arc::new(Ticket {
            result: OnceLock::new(),
            done: Event::new(),
        });
        let ending = Ending(Arc::clone(&ticket));
        self.push(Box::new(move || {
            let result = work();
            let _ = ending.0.result.set(Some(result));
        }));
        loop {
            if let Some(result) = ticket.result.get() {
                return result.clone();
            }
            let done = ticket.done.listen();
            if ticket.result.get().is_none() {
                done.await;
            }
        }
    }

    fn push(&self, job: Job) {
        let mut queue = self.queue();
        queue.jobs.push_back(job);
        if queue.running == MOST {
            return;
        }
        queue.running += 1;
        drop(queue);
        let workers = self.clone();
        let spawned = thread::Builder::new()
            .name("gawky-disk".to_owned())
            .spawn(move || workers.work());
        if spawned.is_err() {
            // No thread is to be had: better late than never.
            self.work();
        }
    }

    /// Does what there is to do.
    fn work(&self) {
        loop {
            let job = {
                let mut queue = self.queue();
                let Some(job) = queue.jobs.pop_front() else {
                    // Under the same lock, so that whoever pushes next knows that this thread is gone.
                    queue.running -= 1;
                    return;
                };
                job
            };
            // Who waits for it is told when it is dropped.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.queue();
        write!(
            f,
            "Workers({} jobs, {} threads)",
            queue.jobs.len(),
            queue.running
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "tests say what is wrong by panicking"
    )]

    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;

    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => thread::park(),
            }
        }
    }

    #[test]
    fn every_job_is_done_and_threads_go() {
        let workers = Workers::default();
        thread::scope(|scope| {
            for start in 0..8 {
                let workers = &workers;
                scope.spawn(move || {
                    for n in start..start + 200 {
                        assert_eq!(block_on(workers.run(move || n + 1)), Some(n + 1));
                    }
                });
            }
        });
        while workers.queue().running > 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn there_are_a_few_threads_and_no_more() {
        let workers = Workers::default();
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock().unwrap();
        for pushed in 1..=2 * MOST {
            let gate = Arc::clone(&gate);
            workers.push(Box::new(move || drop(gate.lock())));
            assert_eq!(workers.queue().running, pushed.min(MOST));
        }
        drop(closed);
    }

    #[test]
    fn a_job_that_panics_is_nothing_and_the_next_one_runs() {
        let workers = Workers::default();
        for _ in 0..2 * MOST {
            let failed: Option<()> = block_on(workers.run(|| panic!("told to")));
            assert_eq!(failed, None);
        }
        assert_eq!(block_on(workers.run(|| 1)), Some(1));
    }

    #[test]
    fn a_job_is_done_though_nobody_waits() {
        let workers = Workers::default();
        let done = Arc::new(AtomicUsize::new(0));
        for _ in 0..10 {
            let done = Arc::clone(&done);
            let mut running = Box::pin(workers.run(move || done.fetch_add(1, Ordering::SeqCst)));
            let waker = Waker::noop();
            let _ = running.as_mut().poll(&mut Context::from_waker(waker));
        }
        while done.load(Ordering::SeqCst) < 10 {
            thread::yield_now();
        }
    }
}
