//! [`AsyncContainer`] and its sisters: names to bytes, for programs that must not block.

use std::ops::Range;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use gawky_buffer::{Blob, Buffer, DType, Fetch, Key, Version};

use crate::range::{check_length, check_range, slice_exactly};
use crate::write::joined;
use crate::{ContainerId, FetchReport, Fetched, Profile, StoreError, key};

/// [`Container`](crate::Container), by futures: the same methods with the same meaning, rules and errors.
///
/// Only [`get`](Self::get) is required. Nothing here starts a runtime; whoever implements it says which one it
/// needs. A future that is dropped leaves nothing half done.
///
/// The methods are written as with the macro of the crate `async-trait`, which is exported here:
///
/// ```
/// use gawky_store::{AsyncContainer, Buffer, StoreError, async_trait};
///
/// struct Constant;
///
/// #[async_trait]
/// impl AsyncContainer for Constant {
///     async fn get(&self, _key: &str) -> Result<Option<Buffer>, StoreError> {
///         Ok(Some(Buffer::from_vec(vec![1_u8, 2, 3])))
///     }
/// }
/// ```
#[async_trait]
pub trait AsyncContainer: Send + Sync {
    /// As [`Container::get`](crate::Container::get).
    ///
    /// # Errors
    /// As there.
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError>;

    /// As [`Container::get_range`](crate::Container::get_range).
    ///
    /// # Errors
    /// As there.
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        if !check_range(key, &range)? {
            key::validate(key)?;
            return Ok(Some(Buffer::empty()));
        }
        match self.get(key).await? {
            None => Ok(None),
            Some(blob) => slice_exactly(key, &blob, range).map(Some),
        }
    }

    /// As [`Container::size`](crate::Container::size).
    ///
    /// # Errors
    /// As there.
    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.get(key).await?.map(|blob| blob.len() as u64))
    }

    /// As [`Container::sizes`](crate::Container::sizes), but that the default has as many futures of
    /// [`size`](Self::size) under way as the [`profile`](Self::profile) likes.
    ///
    /// # Errors
    /// As there.
    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let asked: Vec<_> = keys.iter().map(|key| self.size(key)).collect();
        let under_way = self.profile().concurrency.max(1);
        stream::iter(asked).buffered(under_way).try_collect().await
    }

    /// As [`Container::contains`](crate::Container::contains).
    ///
    /// # Errors
    /// As there.
    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.size(key).await?.is_some())
    }

    /// As [`Container::fetch`](crate::Container::fetch).
    ///
    /// # Errors
    /// As there.
    async fn fetch(&self, fetches: &[Fetch]) -> Result<Vec<Option<Buffer>>, StoreError> {
        let fetched = self
            .fetch_versioned(fetches, &mut FetchReport::default())
            .await?;
        Ok(fetched
            .into_iter()
            .map(|fetched| fetched.map(|fetched| fetched.bytes))
            .collect())
    }

    /// As [`Container::fetch_versioned`](crate::Container::fetch_versioned).
    ///
    /// # Errors
    /// As there.
    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let mut answers = Vec::with_capacity(fetches.len());
        for fetch in fetches {
            let answer = match &fetch.range {
                None => self.get(&fetch.key).await?,
                Some(range) => {
                    if !check_range(&fetch.key, range)? {
                        key::validate(&fetch.key)?;
                        answers.push(Some(Buffer::empty().into()));
                        continue;
                    }
                    let answer = self.get_range(&fetch.key, range.clone()).await?;
                    if let Some(bytes) = &answer {
                        check_length(&fetch.key, range, bytes)?;
                    }
                    answer
                }
            };
            report.request(answer.as_ref().map_or(0, |bytes| bytes.len() as u64));
            answers.push(answer.map(Fetched::from));
        }
        Ok(answers)
    }

    /// As [`Container::known_size`](crate::Container::known_size).
    fn known_size(&self, _key: &str) -> Option<u64> {
        None
    }

    /// As [`Container::profile`](crate::Container::profile).
    fn profile(&self) -> Profile {
        Profile::WHOLE
    }

    /// As [`Container::id`](crate::Container::id).
    fn id(&self) -> Option<ContainerId> {
        None
    }

    /// As [`Container::version`](crate::Container::version).
    ///
    /// # Errors
    /// As there.
    async fn version(&self, _key: &str) -> Result<Option<Version>, StoreError> {
        Ok(None)
    }

    /// As [`Container::versions`](crate::Container::versions), but that the default has as many futures of
    /// [`version`](Self::version) under way as the [`profile`](Self::profile) likes.
    ///
    /// # Errors
    /// As there.
    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let asked: Vec<_> = keys.iter().map(|key| self.version(key)).collect();
        let under_way = self.profile().concurrency.max(1);
        stream::iter(asked).buffered(under_way).try_collect().await
    }
}

/// [`ContainerWrite`](crate::ContainerWrite), by futures.
#[async_trait]
pub trait AsyncContainerWrite: Send + Sync {
    /// As [`ContainerWrite::put`](crate::ContainerWrite::put).
    ///
    /// # Errors
    /// As there.
    async fn put(&self, blob: Blob) -> Result<(), StoreError>;

    /// As [`ContainerWrite::put_pieces`](crate::ContainerWrite::put_pieces).
    ///
    /// # Errors
    /// As there.
    async fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        key::validate(&key)?;
        let bytes = joined(&key, pieces)?;
        self.put(Blob::new(key, DType::UInt8, bytes)).await
    }

    /// As [`ContainerWrite::put_many`](crate::ContainerWrite::put_many).
    ///
    /// # Errors
    /// As there.
    async fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        for blob in &blobs {
            key::validate(&blob.key)?;
        }
        for blob in blobs {
            self.put(blob).await?;
        }
        Ok(())
    }
}

/// [`ContainerDelete`](crate::ContainerDelete), by futures.
#[async_trait]
pub trait AsyncContainerDelete: Send + Sync {
    /// As [`ContainerDelete::delete`](crate::ContainerDelete::delete).
    ///
    /// # Errors
    /// As there.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// As [`ContainerDelete::delete_many`](crate::ContainerDelete::delete_many).
    ///
    /// # Errors
    /// As there.
    async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        for key in keys {
            key::validate(key)?;
        }
        for key in keys {
            self.delete(key).await?;
        }
        Ok(())
    }
}

/// [`ContainerList`](crate::ContainerList), by futures.
#[async_trait]
pub trait AsyncContainerList: Send + Sync {
    /// As [`ContainerList::list`](crate::ContainerList::list).
    ///
    /// # Errors
    /// As there.
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError>;
}

/// [`ContainerConditional`](crate::ContainerConditional), by futures.
#[async_trait]
pub trait AsyncContainerConditional: Send + Sync {
    /// As [`ContainerConditional::get_versioned`](crate::ContainerConditional::get_versioned).
    ///
    /// # Errors
    /// As there.
    async fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError>;

    /// As [`ContainerConditional::put_if_absent`](crate::ContainerConditional::put_if_absent).
    ///
    /// # Errors
    /// As there.
    async fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError>;

    /// As [`ContainerConditional::put_if_match`](crate::ContainerConditional::put_if_match).
    ///
    /// # Errors
    /// As there.
    async fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError>;
}
