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
#[cfg(test)]
mod tests;
mod window;

use std::ops::Range;

use gawky_buffer::{Buffer, Fetch, Key, Version};

use crate::range::{check_length, slice_exactly};
use crate::{Coalescing, FetchReport, Fetched, StoreError, key};

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
}

/// The requests that a list of fetches comes to, and how their answers become those of the fetches.
#[derive(Clone, Debug)]
pub struct Requests {
    requests: Vec<Request>,
    /// For each fetch, where its bytes come from.
    sources: Vec<Source>,
    /// For each request, how many bytes of it are wanted, those wanted twice counted twice.
    wanted: Vec<u64>,
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
    /// Ranges of one blob are merged when no more than the gap lies between them. A range of a blob that is also
    /// fetched whole is taken from there. Fetches that want different versions are never merged. Empty ranges come
    /// to no request at all. Requests are in the order of the first fetch that each serves.
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

    /// The answers to the fetches, of the answers to the requests.
    ///
    /// Pieces of a merged request share its memory, but for those of one of which less than half was wanted:
    /// they are copied, so that a few bytes do not keep many alive.
    ///
    /// # Errors
    /// [`StoreError::WrongLength`] when an answer is not as long as its range, [`StoreError::OutOfRange`] when a
    /// blob fetched whole is too short for a range that was to be taken from it.
    pub fn answers(
        self,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        for (request, fetched) in self.requests.iter().zip(&fetched) {
            if let (Some(range), Some(fetched)) = (&request.range, fetched) {
                check_length(&request.key, range, &fetched.bytes)?;
            }
        }
        let served = self
            .sources
            .iter()
            .filter(|source| **source != Source::Nothing)
            .count();
        report.merged += served.saturating_sub(self.requests.len()) as u64;
        let answer = |source: &Source, report: &mut FetchReport| match source {
            Source::Nothing => Ok(Some(Buffer::empty().into())),
            Source::Whole(at) => Ok(fetched.get(*at).cloned().flatten()),
            Source::Part(at, part) => self.part(*at, part, fetched.get(*at), report),
        };
        self.sources
            .iter()
            .map(|source| answer(source, report))
            .collect()
    }

    fn part(
        &self,
        at: usize,
        part: &Range<u64>,
        fetched: Option<&Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Option<Fetched>, StoreError> {
        let (Some(request), Some(Some(fetched))) = (self.requests.get(at), fetched) else {
            return Ok(None);
        };
        let bytes = match &request.range {
            None => slice_exactly(&request.key, &fetched.bytes, part.clone())?,
            Some(range) => {
                let within = part.start - range.start..part.end - range.start;
                slice_exactly(&request.key, &fetched.bytes, within)?
            }
        };
        let wanted = self.wanted.get(at).copied().unwrap_or(0);
        let kept = fetched.bytes.retained() as u64;
        let bytes = if wanted < kept / 2 {
            owned(&bytes, report)
        } else {
            bytes
        };
        Ok(Some(Fetched {
            bytes,
            version: fetched.version.clone(),
        }))
    }

    /// An error of the request at `at`, as one of the fetch that it is to blame on: a merged range that passes
    /// the end of a blob says which of its pieces does.
    #[must_use]
    pub fn blame(&self, at: usize, error: StoreError) -> StoreError {
        let StoreError::OutOfRange { key, have, .. } = &error else {
            return error;
        };
        let parts = self.sources.iter().filter_map(|source| match source {
            Source::Part(of, part) if *of == at => Some(part),
            _ => None,
        });
        match parts.into_iter().find(|part| part.end > *have) {
            Some(part) => StoreError::OutOfRange {
                key: key.clone(),
                start: part.start,
                end: part.end,
                have: *have,
            },
            None => error,
        }
    }
}

impl Request {
    /// How many bytes are asked for; `None` where the blob is asked for whole.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        self.range
            .as_ref()
            .map(|range| range.end.saturating_sub(range.start))
    }
}

/// A copy of these bytes that keeps no others alive; bytes on a device are left where they are.
fn owned(bytes: &Buffer, report: &mut FetchReport) -> Buffer {
    match bytes.bytes() {
        Ok(slice) => {
            report.copied(slice.len() as u64);
            Buffer::copied_from(slice)
        }
        Err(_) => bytes.clone(),
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
