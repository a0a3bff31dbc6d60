//! [`Flight`]: one fetch that is under way, and those who wait for it.

use std::sync::OnceLock;

use event_listener::{Event, EventListener};
use gawky_buffer::{DType, Fetch, Version};

use crate::{Fetched, StoreError};

/// What a flight is for: those who want exactly this may wait for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Want {
    range: Option<(u64, u64)>,
    version: Option<Version>,
    dtype: Option<DType>,
}

impl Want {
    pub(super) fn of(fetch: &Fetch) -> Self {
        Self {
            range: fetch.range.as_ref().map(|range| (range.start, range.end)),
            version: fetch.version.clone(),
            dtype: fetch.dtype,
        }
    }
}

/// How a reader waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// By stopping its thread.
    Thread,
    /// By not being polled.
    Task,
}

/// How a flight ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// The container answered.
    Landed(Option<Fetched>),
    /// The container failed, and it was because of this fetch.
    Failed(StoreError),
    /// The container failed, and other fetches of the same call may be to blame.
    Unclear,
    /// Whoever led it went away.
    Abandoned,
}

/// One fetch that is under way.
#[derive(Debug)]
pub(super) struct Flight {
    leader: Waits,
    /// What the shelf's clock showed when it began.
    pub(super) began: u64,
    outcome: OnceLock<Outcome>,
    ended: Event,
}

impl Flight {
    pub(super) fn new(leader: Waits, began: u64) -> Self {
        Self {
            leader,
            began,
            outcome: OnceLock::new(),
            ended: Event::new(),
        }
    }

    /// Whether such a reader may wait for it. A thread that is stopped for a task may be the very one that would
    /// have to poll it.
    pub(super) fn may_be_joined(&self, waits: Waits) -> bool {
        self.leader == Waits::Thread || waits == Waits::Task
    }

    /// Ends the flight, unless it has ended, and wakes everybody who waits.
    pub(super) fn end(&self, outcome: Outcome) {
        if self.outcome.set(outcome).is_ok() {
            self.ended.notify(usize::MAX);
        }
    }

    /// How it ended, or what to wait on.
    pub(super) fn outcome(&self) -> Result<Outcome, EventListener> {
        if let Some(outcome) = self.outcome.get() {
            return Ok(outcome.clone());
        }
        let listener = self.ended.listen();
        // It may have ended before anybody listened.
        match self.outcome.get() {
            Some(outcome) => Ok(outcome.clone()),
            None => Err(listener),
        }
    }
}
