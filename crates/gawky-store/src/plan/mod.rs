//! Which requests to make for a list of fetches, and how many of them at once: pure functions, shared by
//! everything that moves bytes.
//!
//! ```
//! use gawky_store::plan::Requests;
//! use gawky_store::{Buffer, Coalescing, DType, Fetch, FetchReport};
//!
//! let fetches = [Fetch::range("f", 8..16, DType::Int64), Fetch::range("f", 0..8, DType::Int64)];
//! let adjacent_only = Coalescing::new(0, 1 << 20, 100);
//! let requests = Requests::plan(&fetches, Some(adjacent_only))?;
//! assert_eq!(requests.as_slice()[0].range, Some(0..16));
//!
//! let both = Buffer::from_vec(vec![1_i64, 2]);
//! let answers = requests.answers(vec![Some(both.into())], &mut FetchReport::default())?;
//! assert_eq!(answers[0].as_ref().unwrap().bytes, Buffer::from_vec(vec![2_i64]));
//! # Ok::<(), gawky_store::StoreError>(())
//! ```

mod coalesce;
mod split;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "checksums", feature = "npz"))]
mod whole;
mod window;

use std::ops::Range;

use gawky_buffer::{Fetch, Key, Version};

use crate::{Coalescing, FetchReport, Fetched, StoreError, key};

#[cfg(any(feature = "checksums", feature = "npz"))]
pub(crate) use whole::whole_blobs;
pub use window::Window;

/// One request to make of wherever the bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The blob.
    pub key: Key,
    /// Which of its bytes; `None` for all of them. Never empty.
    pub range: Option<Range<u64>>,
    /// The state in which the blob must still be; `None` for any.
    pub version: Option<Version>,
    /// How many of the bytes somebody wants, each counted once; `u64::MAX` for a whole blob.
    covered: u64,
    /// Whether the answer is cut into pieces.
    is_split: bool,
}

/// The requests that a list of fetches comes to, and how their answers become those of the fetches.
///
/// Both take time in proportion to the number of fetches, but for sorting the ranges of one blob.
#[derive(Clone, Debug)]
pub struct Requests {
    requests: Vec<Request>,
    /// For each fetch, where its bytes come from.
    sources: Vec<Source>,
}

/// Where the bytes of a fetch come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// Nothing was asked.
    Nothing,
    /// From a request, all of it.
    Whole(usize),
    /// From a request, these bytes of the blob.
    Part(usize, Range<u64>),
}

impl Requests {
    /// Plans the requests for `fetches`, merging what `coalescing` allows; `None` merges nothing.
    ///
    /// Ranges of one blob are merged when no more than the gap lies between them. A range that lies within
    /// others, or in a blob that is also fetched whole, is taken from there, whatever the limits. Fetches that want
    /// different versions are never merged. Empty ranges come to no request at all. Requests are in the order of
    /// the first fetch that each serves, and never more than fetches.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], [`StoreError::InvertedRange`].
    pub fn plan(fetches: &[Fetch], coalescing: Option<Coalescing>) -> Result<Self, StoreError> {
        coalesce::plan(fetches, coalescing)
    }

    /// The requests, in the order in which the answers must be.
    #[must_use]
    pub fn as_slice(&self) -> &[Request] {
        &self.requests
    }

    /// Which request serves the fetch at `at`; `None` where nothing was asked.
    #[cfg(feature = "npz")]
    pub(crate) fn of_fetch(&self, at: usize) -> Option<usize> {
        match self.sources.get(at)? {
            Source::Nothing => None,
            Source::Whole(request) | Source::Part(request, _) => Some(*request),
        }
    }

    /// The answers to the fetches, of the answers to the requests.
    ///
    /// Pieces of a merged request share its memory. Where they would keep much more alive than they are, they are
    /// copied instead, and counted: all pieces of a request of which less than half was wanted, and small pieces
    /// of a large one, as long as together they are a small part of it. Memory under 64 KiB is always shared.
    ///
    /// # Errors
    /// [`StoreError::WrongLength`] when an answer is not as long as its range, [`StoreError::OutOfRange`] when a
    /// blob fetched whole is too short for a range that was to be taken from it, and [`StoreError::AnswerCount`]
    /// when there are fewer or more answers than requests.
    pub fn answers(
        &self,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        split::answers(&self.requests, &self.sources, fetched, report)
    }

    /// An error of the request at `at`, as one of the fetch that it is to blame on: a merged range that passes
    /// the end of a blob says which of its pieces does, the first in the order of the fetches.
    #[must_use]
    pub fn blame(&self, at: usize, error: StoreError) -> StoreError {
        let StoreError::OutOfRange { key, have, .. } = &error else {
            return error;
        };
        let own = self
            .requests
            .get(at)
            .and_then(|request| request.range.as_ref());
        let mut asked = self.sources.iter().filter_map(|source| match source {
            Source::Part(of, part) if *of == at => Some(part),
            Source::Whole(of) if *of == at => own,
            _ => None,
        });
        match asked.find(|asked| asked.end > *have) {
            Some(asked) => StoreError::OutOfRange {
                key: key.clone(),
                start: asked.start,
                end: asked.end,
                have: *have,
            },
            None => error,
        }
    }
}

impl Request {
    /// How many bytes are asked for; `None` where the blob is asked for whole.
    #[must_use]
    #[allow(
        clippy::len_without_is_empty,
        reason = "a request is never for no bytes"
    )]
    pub fn len(&self) -> Option<u64> {
        self.range
            .as_ref()
            .map(|range| range.end.saturating_sub(range.start))
    }

    /// Where the first byte of the answer should lie, counted from a multiple of 64
    /// ([`BufferMut::try_with_capacity_at_phase`](gawky_buffer::BufferMut::try_with_capacity_at_phase)).
    ///
    /// An answer that will be cut into pieces lies in memory as it does in its blob, so that a piece that is
    /// aligned there is aligned here; any other begins at a multiple of 64. Bytes that lie otherwise are right as
    /// well, but views of them may need a copy.
    #[must_use]
    pub fn phase(&self) -> u64 {
        match &self.range {
            Some(range) if self.is_split => range.start % 64,
            _ => 0,
        }
    }
}

/// Whether anything is asked of a key that may be asked.
fn asks(fetch: &Fetch) -> Result<bool, StoreError> {
    key::validate(&fetch.key)?;
    match &fetch.range {
        None => Ok(true),
        Some(range) => crate::range::check_range(&fetch.key, range),
    }
}
