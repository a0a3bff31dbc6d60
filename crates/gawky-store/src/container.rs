//! [`Container`]: names to bytes, for reading.

use std::ops::Range;

use gawky_buffer::{Buffer, Fetch, Key, Version};

use crate::range::{check_length, check_range, slice_exactly};
use crate::{ContainerId, FetchReport, Fetched, Profile, StoreError};

/// Anything that maps keys to blobs, for reading.
///
/// Only [`get`](Self::get) is required; a container that can do better overrides the rest.
/// [`fetch_versioned`](Self::fetch_versioned) is what drivers call. Plain maps, `&C`, `Arc<C>`, `Box<C>` and, through
/// [`from_fn`](crate::from_fn), closures are containers.
///
/// The rules, which the conformance suite of `gawky-testkit` checks:
///
/// - A key that is not there is `None`; every other failure is an error. "Could not look" is never `None`.
/// - A key that breaks the rules of [`key`](crate::key) is an error.
/// - A range is answered in full or is an error. An empty range is answered without looking anywhere, also
///   where the key is missing or the range lies past the end.
///
/// ```
/// use std::collections::HashMap;
/// use gawky_store::{Buffer, Container, DType, Fetch};
///
/// let blobs = HashMap::from([("node0-offsets".to_owned(), Buffer::from_vec(vec![0_i64, 2, 3]))]);
/// let answers = blobs.fetch(&[
///     Fetch::range("node0-offsets", 8..16, DType::Int64),
///     Fetch::whole("node7-data", DType::Float64),
/// ])?;
/// assert_eq!(answers, [Some(Buffer::from_vec(vec![2_i64])), None]);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub trait Container: Send + Sync {
    /// The whole blob under `key`; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`], and whatever keeps the container from looking.
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError>;

    /// The bytes `range` of the blob under `key`: all of them, or an error.
    ///
    /// The default reads the whole blob.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`StoreError::OutOfRange`] when the blob has fewer bytes, and
    /// [`StoreError::InvertedRange`].
    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        if !check_range(key, &range)? {
            crate::key::validate(key)?;
            return Ok(Some(Buffer::empty()));
        }
        match self.get(key)? {
            None => Ok(None),
            Some(blob) => slice_exactly(key, &blob, range).map(Some),
        }
    }

    /// How many bytes the blob under `key` has; `None` when there is none.
    ///
    /// The default reads the whole blob.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.get(key)?.map(|blob| blob.len() as u64))
    }

    /// How many bytes many blobs have, asked all at once; the answers are in the order of the keys, one for each.
    ///
    /// The default asks for one [`size`](Self::size) after the other; where each takes a round trip, have several under
    /// way, up to [`Profile::concurrency`] in one call.
    ///
    /// # Errors
    /// That of the first key, in order, that failed; as [`size`](Self::size).
    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        keys.iter().map(|key| self.size(key)).collect()
    }

    /// Whether there is a blob under `key`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.size(key)?.is_some())
    }

    /// Many blobs and ranges at once; the answers are in the order of the requests, one for each.
    ///
    /// [`fetch_versioned`](Self::fetch_versioned) for who needs neither versions nor a report. Override that
    /// one, not this.
    ///
    /// # Errors
    /// As [`fetch_versioned`](Self::fetch_versioned).
    fn fetch(&self, fetches: &[Fetch]) -> Result<Vec<Option<Buffer>>, StoreError> {
        let fetched = self.fetch_versioned(fetches, &mut FetchReport::default())?;
        Ok(fetched
            .into_iter()
            .map(|fetched| fetched.map(|fetched| fetched.bytes))
            .collect())
    }

    /// Many blobs and ranges at once, with the states of their blobs; the answers are in the order of the
    /// requests, one for each. It is what drivers and wrappers call, and what a container overrides that can do
    /// better than one after the other. What it took is added to `report`, also when it fails.
    ///
    /// Who parallelises is the container: it may use threads of its own, or have several requests under way, up
    /// to [`Profile::concurrency`] in one call; and it merges neighbours where that pays
    /// ([`plan`](crate::plan) has the rules). Drivers therefore hand over all they have, and split a plan only
    /// to bound the memory of the answers; another call at the same time comes on top.
    ///
    /// The default asks one after the other, knows no versions, and refuses an answer that is not as long as its
    /// range.
    ///
    /// # Errors
    /// That of the first request, in order, that failed (where requests are merged, of the first merged one; what
    /// is wrong with the fetches themselves may be told before anything is read): as [`get`](Self::get) and
    /// [`get_range`](Self::get_range); [`StoreError::DType`] from containers that know what they hold;
    /// [`StoreError::VersionMismatch`] from those with versions, when a blob is in another state than
    /// [`Fetch::version`].
    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        fetches
            .iter()
            .map(|fetch| {
                let answer = match &fetch.range {
                    None => self.get(&fetch.key)?,
                    Some(range) => {
                        if !check_range(&fetch.key, range)? {
                            crate::key::validate(&fetch.key)?;
                            return Ok(Some(Buffer::empty().into()));
                        }
                        let answer = self.get_range(&fetch.key, range.clone())?;
                        if let Some(bytes) = &answer {
                            check_length(&fetch.key, range, bytes)?;
                        }
                        answer
                    }
                };
                report.request(answer.as_ref().map_or(0, |bytes| bytes.len() as u64));
                Ok(answer.map(Fetched::from))
            })
            .collect()
    }

    /// How many bytes the blob under `key` has, where that is known without asking anybody: in an archive, by its
    /// header. `None`, the default, says nothing.
    ///
    /// Who reads parts of many blobs may then ask for the small ones as a whole.
    fn known_size(&self, _key: &str) -> Option<u64> {
        None
    }

    /// How this container likes to be asked. The default is [`Profile::WHOLE`], which is what the other
    /// defaults amount to.
    fn profile(&self) -> Profile {
        Profile::WHOLE
    }

    /// Which container this is, for a cache that several share; `None`, the default, when it cannot tell,
    /// and then a cache must not share what it read with any other container.
    fn id(&self) -> Option<ContainerId> {
        None
    }

    /// In which state the blob under `key` is: it changes whenever the bytes do. `None`, the default, when
    /// there is no such key or the container cannot tell.
    ///
    /// It tells whether bytes that were read before are still those, without reading them again. It must not be
    /// used to label bytes: between reading them and asking here, another writer may have replaced them, and a
    /// cache would keep the old bytes as the new version for good. A cache takes bytes and version from one
    /// [`fetch_versioned`](Self::fetch_versioned), or the version from the manifest that named the blob.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    fn version(&self, _key: &str) -> Result<Option<Version>, StoreError> {
        Ok(None)
    }

    /// In which states many blobs are, all at once; the answers are in the order of the keys, one for each. It is what
    /// a cache asks before it serves what lies on disk.
    ///
    /// The default asks for one [`version`](Self::version) after the other; where each takes a round trip, have
    /// several under way, up to [`Profile::concurrency`] in one call.
    ///
    /// # Errors
    /// That of the first key, in order, that failed; as [`version`](Self::version).
    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        keys.iter().map(|key| self.version(key)).collect()
    }
}
