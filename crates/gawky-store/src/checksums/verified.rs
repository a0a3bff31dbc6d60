//! [`Verified`]: whatever passes is what was written.

use std::sync::Arc;

use async_trait::async_trait;
use gawky_buffer::{Fetch, Key, Version};

use super::Checksums;
use crate::plan::{Requests, whole_blobs};
use crate::{
    Answer, AsyncContainerList, ContainerId, ContainerList, FetchReport, Fetched, Layer, Layered,
    Profile, StoreError,
};

/// A [`Layer`] that proves blobs by their checksums; what is damaged is an error that names the key, never data.
///
/// A checksum is of a whole blob, so a range is read as all of its blob, once in one call however many of its ranges
/// are asked. Above it, a cache keeps what has been proved; below it, what has not, and it is proved again. Blobs
/// without a checksum pass unproved, unless that is to be an [error](Self::strict).
///
/// ```
/// use gawky_store::{Buffer, Checksums, Container, Layered, MemoryContainer, StoreError, Verified};
///
/// let memory = MemoryContainer::new();
/// memory.insert("node0-data", Buffer::from_vec(vec![1_i64, 2, 3]))?;
/// let mut checksums = Checksums::new();
/// checksums.insert("node0-data", &memory.get("node0-data")?.unwrap())?;
///
/// let verified = Layered::new(Verified::new(checksums), memory);
/// assert_eq!(verified.get_range("node0-data", 8..16)?, Some(Buffer::from_vec(vec![2_i64])));
///
/// verified.inner().insert("node0-data", Buffer::from_vec(vec![1_i64, 2, 7]))?;
/// let error = verified.get_range("node0-data", 8..16).unwrap_err();
/// assert!(matches!(error, StoreError::ChecksumMismatch { .. }), "although those bytes are as they were");
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verified {
    checksums: Arc<Checksums>,
    /// Of the checksums.
    fingerprint: Arc<str>,
    strict: bool,
}

impl Verified {
    /// Proves what `checksums` are of.
    #[must_use]
    pub fn new(checksums: impl Into<Arc<Checksums>>) -> Self {
        let checksums = checksums.into();
        Self {
            fingerprint: checksums.fingerprint().into(),
            checksums,
            strict: false,
        }
    }

    /// Whether it is an error to read a blob that has no checksum. Off at first.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// What is proved.
    #[must_use]
    pub fn checksums(&self) -> &Arc<Checksums> {
        &self.checksums
    }

    fn is_proved(&self, fetch: &Fetch) -> Result<bool, StoreError> {
        match self.checksums.get(&fetch.key) {
            Some(_) => Ok(true),
            None if !self.strict => Ok(false),
            None => Err(StoreError::NoChecksum {
                key: fetch.key.to_string(),
            }),
        }
    }
}

impl Layer for Verified {
    type Pending = Requests;

    fn ask(&self, fetches: &[Fetch]) -> Result<(Vec<Fetch>, Requests), StoreError> {
        whole_blobs(fetches, |fetch| self.is_proved(fetch))
    }

    fn answer(
        &self,
        pending: Requests,
        fetched: Vec<Option<Fetched>>,
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        for (request, fetched) in pending.as_slice().iter().zip(&fetched) {
            if let (None, Some(fetched)) = (&request.range, fetched) {
                self.checksums.verify(&request.key, &fetched.bytes)?;
            }
        }
        pending.answers(fetched, report)
    }

    fn size(&self, _key: &str) -> Result<Answer<u64>, StoreError> {
        Ok(Answer::Below)
    }

    fn version(&self, _key: &str) -> Result<Answer<Version>, StoreError> {
        Ok(Answer::Below)
    }

    fn profile(&self, below: Profile) -> Profile {
        Profile {
            cheap_ranges: below.cheap_ranges && self.checksums.is_empty(),
            ..below
        }
    }

    /// Another than the one below: what was read there has not been proved.
    fn id(&self, below: Option<ContainerId>) -> Option<ContainerId> {
        let kind = if self.strict { "crc32c!" } else { "crc32c" };
        Some(below?.seen_through(kind, &self.fingerprint))
    }
}

/// What is there is listed, with a checksum or without.
impl<C: ContainerList> ContainerList for Layered<Verified, C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.inner().list(prefix)
    }
}

/// What is there is listed, with a checksum or without.
#[async_trait]
impl<C: AsyncContainerList> AsyncContainerList for Layered<Verified, C> {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.inner().list(prefix).await
    }
}
