//! [`Retries`]: how often and how fast.

use std::time::Duration;

/// How often and how fast a failed transfer is begun again.
///
/// It is about answers that broke off or were wrong. Connections that fail, 5xx and 429 are retried by the store below, as
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

    /// Whether there may be another attempt after so many; when there may, its time has come.
    pub(crate) async fn again(&self, attempts: u32) -> bool {
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

/// Four attempts, waiting 100 ms, 200 ms and 400 ms.
impl Default for Retries {
    fn default() -> Self {
        Self::new(4, Duration::from_millis(100))
    }
}
