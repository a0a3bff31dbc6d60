//! [`Later`]: a blocking container, by futures.

use std::ops::Range;
use std::task::Poll;

use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Blob, Buffer, Container, ContainerConditional, ContainerDelete,
    ContainerId, ContainerList, ContainerWrite, Fetch, FetchReport, Fetched, Key, Profile,
    StoreError, Version, async_trait,
};

/// A blocking container by futures that are never ready at once.
///
/// Each waits once before anything is done, so that whoever forgets to poll again, or drops a future that has begun,
/// shows.
#[derive(Clone, Debug, Default)]
pub struct Later<C> {
    inner: C,
    profile: Option<Profile>,
}

impl<C> Later<C> {
    /// The container that answers later.
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            profile: None,
        }
    }

    /// The same, said to like being asked in another way: as something far away, for example.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The container inside, which answers at once.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    async fn later(&self) -> &C {
        let mut has_waited = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        &self.inner
    }
}

#[async_trait]
impl<C: Container> AsyncContainer for Later<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.later().await.get(key)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.later().await.get_range(key, range)
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.later().await.size(key)
    }

    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.later().await.sizes(keys)
    }

    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        self.later().await.contains(key)
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.later().await.fetch_versioned(fetches, report)
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.inner.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.profile.unwrap_or_else(|| self.inner.profile())
    }

    fn id(&self) -> Option<ContainerId> {
        self.inner.id()
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.later().await.version(key)
    }

    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.later().await.versions(keys)
    }
}

#[async_trait]
impl<C: ContainerWrite> AsyncContainerWrite for Later<C> {
    async fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.later().await.put(blob)
    }

    async fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        self.later().await.put_pieces(key, pieces)
    }

    async fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        self.later().await.put_many(blobs)
    }
}

#[async_trait]
impl<C: ContainerDelete> AsyncContainerDelete for Later<C> {
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.later().await.delete(key)
    }

    async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.later().await.delete_many(keys)
    }
}

#[async_trait]
impl<C: ContainerList> AsyncContainerList for Later<C> {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.later().await.list(prefix)
    }
}

#[async_trait]
impl<C: ContainerConditional> AsyncContainerConditional for Later<C> {
    async fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        self.later().await.get_versioned(key)
    }

    async fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.later().await.put_if_absent(blob)
    }

    async fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        self.later().await.put_if_match(blob, version)
    }
}
