//! What comes back from a container: bytes, in which state, and what that took.

use std::ops::AddAssign;

use gawky_buffer::{Buffer, Key, Version};

use crate::StoreError;

/// Bytes, with the state that the blob was in when they were read.
///
/// The two belong together: asking for the version afterwards may tell that of other bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Buffer,
    /// The state of their blob; `None` when the container has no versions.
    pub version: Option<Version>,
}

impl From<Buffer> for Fetched {
    fn from(bytes: Buffer) -> Self {
        Self {
            bytes,
            version: None,
        }
    }
}

/// The answer to the only fetch of a call.
pub(crate) fn only<T>(mut answers: Vec<Option<T>>) -> Option<T> {
    answers.pop().flatten()
}

/// Checks that each of the keys that were asked got an answer of its own.
///
/// # Errors
/// [`StoreError::AnswerCount`] when there are fewer or more.
pub(crate) fn check_count<'k, T>(
    mut asked: impl ExactSizeIterator<Item = &'k Key>,
    answers: &[T],
) -> Result<(), StoreError> {
    let (asked_count, got) = (asked.len(), answers.len());
    if asked_count == got {
        return Ok(());
    }
    Err(StoreError::AnswerCount {
        key: asked.next().map_or_else(String::new, Key::to_string),
        asked: asked_count,
        got,
    })
}

/// What fetching took, added up by everything that the bytes passed through.
///
/// ```
/// use gawky_store::{Buffer, Container, DType, Fetch, FetchReport, MemoryContainer};
///
/// let memory = MemoryContainer::new();
/// memory.insert("node0-data", Buffer::from_vec(vec![1_i64, 2, 3]))?;
/// let mut report = FetchReport::default();
/// memory.fetch_versioned(&[Fetch::whole("node0-data", DType::Int64)], &mut report)?;
/// assert_eq!((report.requests, report.bytes), (1, 24));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchReport {
    /// How many requests the storage itself had to answer: after merging, without what a cache had.
    pub requests: u64,
    /// How many bytes the storage handed over, those that nobody wanted included.
    pub bytes: u64,
    /// How many fetches needed no request of their own, because another one brought their bytes along.
    pub merged: u64,
    /// How many requests were made again because they had failed.
    pub retries: u64,
    /// How many fetches a cache answered, or another reader's fetch that was under way.
    pub cache_hits: u64,
    /// How many bytes that were.
    pub cache_bytes: u64,
    /// How many buffers had to be copied: out of a merged read for their alignment, or so that a few wanted
    /// bytes do not keep many others alive.
    pub copies: u64,
    /// How many bytes that were.
    pub copied_bytes: u64,
}

impl FetchReport {
    /// Counts one request that the storage answered with `bytes` bytes.
    pub fn request(&mut self, bytes: u64) {
        self.requests += 1;
        self.bytes += bytes;
    }

    /// Counts one buffer of `bytes` bytes that was copied.
    pub fn copied(&mut self, bytes: u64) {
        self.copies += 1;
        self.copied_bytes += bytes;
    }
}

impl AddAssign for FetchReport {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.merged += other.merged;
        self.retries += other.retries;
        self.cache_hits += other.cache_hits;
        self.cache_bytes += other.cache_bytes;
        self.copies += other.copies;
        self.copied_bytes += other.copied_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_added_number_by_number() {
        let mut sum = FetchReport {
            requests: 1,
            bytes: 20,
            merged: 3,
            retries: 4,
            cache_hits: 5,
            cache_bytes: 60,
            copies: 7,
            copied_bytes: 80,
        };
        sum += sum;
        sum.request(100);
        sum.copied(200);
        assert_eq!(
            sum,
            FetchReport {
                requests: 3,
                bytes: 140,
                merged: 6,
                retries: 8,
                cache_hits: 10,
                cache_bytes: 120,
                copies: 15,
                copied_bytes: 360,
            }
        );
    }
}
