//! [`Retries`]: how often and how fast.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::attempts::Attempts;

/// How often and how fast a failed transfer is begun again.
///
/// It is about answers that broke off or were wrong, of every request alike: reading, writing, listing, deleting. Connections that fail, 5xx and 429 are retried by the store below, as
/// [`object_store::RetryConfig`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// How often it is tried altogether; 0 counts as 1.
    pub attempts: u32,
    /// How long to wait before the second attempt; twice as long before each further one.
    pub wait: Duration,
    /// How long to wait at most.
    pub max_wait: Duration,
}

impl Retries {
    /// One attempt.
    pub const NONE: Self = Self::new(1, Duration::ZERO);

    /// So many attempts, with this long a wait before the second; five seconds at most before any.
    #[must_use]
    pub const fn new(attempts: u32, wait: Duration) -> Self {
        Self {
            attempts,
            wait,
            max_wait: Duration::from_secs(5),
        }
    }

    /// Makes attempts until one ends it, by [`Break`](ControlFlow::Break), or there may be no other: then with what the last one
    /// said. `tries` tells the attempts which of them they are, and is told what they have sent.
    pub(crate) async fn run<T, E, F>(
        &self,
        tries: &Tries,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, E>
    where
        F: Future<Output = ControlFlow<T, E>>,
    {
        loop {
            tries.begun.fetch_add(1, Relaxed);
            match attempt().await {
                ControlFlow::Break(ended) => return Ok(ended),
                ControlFlow::Continue(error) => {
                    let made = tries.begun.load(Relaxed) - tries.spared.load(Relaxed);
                    if !self.again(made).await {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Whether there may be another attempt after so many; when there may, its time has come.
    async fn again(&self, attempts: u32) -> bool {
        if attempts >= self.attempts {
            return false;
        }
        let factor = 1_u32
            .checked_shl(attempts.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let wait = self.wait.saturating_mul(factor).min(self.max_wait);
        // Without a runtime there is no clock, nor a network to spare.
        if !wait.is_zero() && tokio::runtime::Handle::try_current().is_ok() {
            tokio::time::sleep(wait).await;
        }
        true
    }
}

/// The attempts that one thing has taken so far. They come one after the other; the numbers are atomic since futures that hold
/// them move between threads.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    /// The one under way among them.
    begun: AtomicU32,
    /// How many of those are not to be counted.
    spared: AtomicU32,
    /// The requests that were sent for them.
    sent: AtomicU32,
}

impl Tries {
    /// Counts what this attempt has sent; answers how many requests that were.
    pub(crate) fn count(&self, attempts: &Attempts) -> u32 {
        let times = attempts.take();
        self.sent.fetch_add(times, Relaxed);
        times
    }

    /// The requests that were sent so far.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Relaxed)
    }

    /// Whether an attempt went before this one.
    pub(crate) fn is_repeated(&self) -> bool {
        self.begun.load(Relaxed) > 1
    }

    /// Does not count this attempt as one. No second one is spared, so that there is an end.
    pub(crate) fn spare(&self) {
        self.spared.store(1, Relaxed);
    }
}

/// Four attempts, waiting 100 ms, 200 ms and 400 ms.
impl Default for Retries {
    fn default() -> Self {
        Self::new(4, Duration::from_millis(100))
    }
}
