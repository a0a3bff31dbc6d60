//! [`ReadReport`]: what reading took.

use std::fmt;
use std::time::Duration;

use gawky_array::ReadingReport;
use gawky_store::{FetchReport, Key};
use tracing::Span;

/// What reading took.
///
/// The same numbers are the fields of the `tracing` span `gawky.read`, which every read opens at the level `DEBUG`: those of
/// [`storage`](Self::storage) under their own names, but its `bytes` as `bytes_fetched`, and the time as
/// `elapsed_us`, in microseconds. The span of a read that failed, or of a future that was dropped, tells what it did until
/// then. Each step is an event at `DEBUG`, and its keys are one at `TRACE`.
///
/// ```
/// use gawky::prelude::*;
/// let numbers = Array::from(NumpyArray::from_vec((0..1000).collect::<Vec<i64>>()));
/// let memory = MemoryContainer::new();
/// let (form, length) = gawky::to_buffers(&numbers, &memory)?;
/// let (_, report) = FromBuffers::new(&form, length).rows(10..20).read_with_report(&memory)?;
/// assert_eq!(report.keys, ["node0-data"]);
/// assert_eq!((report.steps, report.bytes_asked, report.storage.requests), (1, 80, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadReport {
    /// How often bytes were asked for: as many round trips, at best, as the storage is away.
    pub steps: usize,
    /// The keys that were asked for, in order; a key of which several ranges were asked is there as often.
    pub keys: Vec<Key>,
    /// How many blobs and ranges were asked for.
    pub fetches: usize,
    /// How many bytes these were.
    pub bytes_asked: u64,
    /// What the container did for them.
    pub storage: FetchReport,
    /// How many buffers were copied in all: for their alignment, for their byte order, or out of a merged read.
    pub copies: u64,
    /// How many bytes that were.
    pub copied_bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl ReadReport {
    /// Adds what one reading counted itself.
    pub(crate) fn add(&mut self, reading: ReadingReport) {
        self.fetches += reading.fetches;
        self.bytes_asked += reading.bytes;
        self.copies += reading.copies as u64;
        self.copied_bytes += reading.copied_bytes;
    }

    /// More microseconds than can be counted are as many as can be.
    fn elapsed_us(&self) -> u64 {
        u64::try_from(self.elapsed.as_micros()).unwrap_or(u64::MAX)
    }

    /// Adds what the storage copied, and tells the span everything.
    pub(crate) fn record(&mut self, span: &Span) {
        self.copies += self.storage.copies;
        self.copied_bytes += self.storage.copied_bytes;
        span.record("steps", self.steps)
            .record("fetches", self.fetches)
            .record("bytes_asked", self.bytes_asked)
            .record("bytes_fetched", self.storage.bytes)
            .record("requests", self.storage.requests)
            .record("merged", self.storage.merged)
            .record("retries", self.storage.retries)
            .record("cache_hits", self.storage.cache_hits)
            .record("cache_bytes", self.storage.cache_bytes)
            .record("copies", self.copies)
            .record("copied_bytes", self.copied_bytes)
            .record("elapsed_us", self.elapsed_us());
    }
}

impl fmt::Display for ReadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let storage = &self.storage;
        write!(
            f,
            "{} buffers of {} bytes in {} step{}: {} requests for {} bytes ({} merged, {} retried, {} from a \
             cache), {} buffers copied, {:.3?}",
            self.fetches,
            self.bytes_asked,
            self.steps,
            if self.steps == 1 { "" } else { "s" },
            storage.requests,
            storage.bytes,
            storage.merged,
            storage.retries,
            storage.cache_hits,
            self.copies,
            self.elapsed,
        )
    }
}
