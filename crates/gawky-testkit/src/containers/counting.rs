//! [`CountingContainer`]: what did that read cost?

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerDelete, ContainerId, ContainerList,
    ContainerWrite, Fetch, FetchReport, Fetched, Key, Profile, StoreError, Version,
};

/// What reached a [`CountingContainer`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often it was called: a `fetch` of many is one, which is what a round trip costs.
    pub calls: u64,
    /// How many blobs and ranges were asked for. Empty ranges, which cost nothing, do not count; `size`,
    /// `contains` and `version` count, as something has to be asked.
    pub requests: u64,
    /// How many bytes were answered.
    pub bytes: u64,
    /// How many blobs were put.
    pub puts: u64,
    /// How many bytes were put.
    pub bytes_put: u64,
    /// How many keys were deleted.
    pub deletes: u64,
}

/// A container that counts what is asked of the one inside.
///
/// ```
/// use gawky_store::{Buffer, Container, DType, Fetch, MemoryContainer};
/// use gawky_testkit::containers::CountingContainer;
///
/// let counting = CountingContainer::new(MemoryContainer::new());
/// counting.inner().insert("node0-offsets", Buffer::from_vec(vec![0_i64, 2, 3]))?;
/// let fetch = Fetch::range("node0-offsets", 8..16, DType::Int64);
/// counting.fetch(&[fetch.clone(), fetch])?;
///
/// let counts = counting.counts();
/// assert_eq!((counts.calls, counts.requests, counts.bytes), (1, 2, 16));
/// assert_eq!(counting.requests_of("node0-offsets"), 2);
/// assert_eq!(counting.fetches()[0].range, Some(8..16));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct CountingContainer<C> {
    inner: C,
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    requests: BTreeMap<String, u64>,
    fetches: Vec<Fetch>,
}

impl Tally {
    fn request(&mut self, key: &str, bytes: Option<u64>) {
        self.counts.requests += 1;
        self.counts.bytes += bytes.unwrap_or(0);
        match self.requests.get_mut(key) {
            Some(requests) => *requests += 1,
            None => {
                self.requests.insert(key.to_owned(), 1);
            }
        }
    }

    fn put(&mut self, blob: &Blob) {
        self.counts.puts += 1;
        self.counts.bytes_put += blob.bytes.len() as u64;
    }
}

fn len(answer: Option<&Buffer>) -> Option<u64> {
    answer.map(|bytes| bytes.len() as u64)
}

impl<C> CountingContainer<C> {
    /// Counts what is asked of `inner`, from nothing on.
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            tally: Mutex::default(),
        }
    }

    /// The container inside; what is asked of it directly is not counted.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// Everything since the beginning, or the last [`reset`](Self::reset).
    pub fn counts(&self) -> Counts {
        self.tally().counts
    }

    /// How often `key` was asked for.
    pub fn requests_of(&self, key: &str) -> u64 {
        self.tally().requests.get(key).copied().unwrap_or(0)
    }

    /// The keys that were asked for, sorted.
    pub fn requested_keys(&self) -> Vec<String> {
        self.tally().requests.keys().cloned().collect()
    }

    /// What `fetch` and `fetch_versioned` were called with, all calls in a row: ranges, dtypes, versions and
    /// origins as they came, empty ranges too.
    pub fn fetches(&self) -> Vec<Fetch> {
        self.tally().fetches.clone()
    }

    /// Counts from nothing again; answers what there was.
    pub fn reset(&self) -> Counts {
        std::mem::take(&mut *self.tally()).counts
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, key: &str, bytes: Option<u64>) {
        let mut tally = self.tally();
        tally.counts.calls += 1;
        tally.request(key, bytes);
    }

    /// Counts one call that asks about all of these.
    fn call_for_all(&self, keys: &[Key]) {
        if !keys.is_empty() {
            let mut tally = self.tally();
            tally.counts.calls += 1;
            keys.iter().for_each(|key| tally.request(key, None));
        }
    }
}

impl<C: Container> Container for CountingContainer<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        let answer = self.inner.get(key);
        self.call(
            key,
            answer.as_ref().ok().and_then(|answer| len(answer.as_ref())),
        );
        answer
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let is_empty = range.start == range.end;
        let answer = self.inner.get_range(key, range);
        if !is_empty {
            self.call(
                key,
                answer.as_ref().ok().and_then(|answer| len(answer.as_ref())),
            );
        }
        answer
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.call(key, None);
        self.inner.size(key)
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.call_for_all(keys);
        self.inner.sizes(keys)
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        self.call(key, None);
        self.inner.contains(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let answers = self.inner.fetch_versioned(fetches, report);
        let asked = |fetch: &&Fetch| {
            fetch
                .range
                .as_ref()
                .is_none_or(|range| range.start != range.end)
        };
        let mut tally = self.tally();
        tally.fetches.extend_from_slice(fetches);
        if fetches.iter().any(|fetch| asked(&fetch)) {
            tally.counts.calls += 1;
            for (at, fetch) in fetches.iter().enumerate().filter(|(_, fetch)| asked(fetch)) {
                let answer = answers
                    .as_ref()
                    .ok()
                    .and_then(|answers| answers.get(at)?.as_ref());
                tally.request(&fetch.key, len(answer.map(|fetched| &fetched.bytes)));
            }
        }
        drop(tally);
        answers
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.inner.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.inner.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.call(key, None);
        self.inner.version(key)
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.call_for_all(keys);
        self.inner.versions(keys)
    }
}

impl<C: ContainerWrite> ContainerWrite for CountingContainer<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.tally().put(&blob);
        self.inner.put(blob)
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        blobs.iter().for_each(|blob| self.tally().put(blob));
        self.inner.put_many(blobs)
    }
}

impl<C: ContainerDelete> ContainerDelete for CountingContainer<C> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.tally().counts.deletes += 1;
        self.inner.delete(key)
    }

    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.tally().counts.deletes += keys.len() as u64;
        self.inner.delete_many(keys)
    }

    fn delete_drafts(&self, older_than: std::time::Duration) -> Result<u64, StoreError> {
        self.inner.delete_drafts(older_than)
    }
}

impl<C: ContainerList> ContainerList for CountingContainer<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.tally().counts.calls += 1;
        self.inner.list(prefix)
    }
}

impl<C: ContainerConditional> ContainerConditional for CountingContainer<C> {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let answer = self.inner.get_versioned(key);
        let bytes = answer.as_ref().ok().and_then(|answer| answer.as_ref());
        self.call(key, len(bytes.map(|(bytes, _)| bytes)));
        answer
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.tally().put(&blob);
        self.inner.put_if_absent(blob)
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        self.tally().put(&blob);
        self.inner.put_if_match(blob, version)
    }
}
