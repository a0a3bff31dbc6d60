//! [`Blocking`]: any asynchronous container, for programs without futures.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use gawky_buffer::{Blob, Buffer, Fetch, Version};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Container, ContainerConditional, ContainerDelete, ContainerId,
    ContainerList, ContainerWrite, FetchReport, Fetched, Key, Profile, StoreError,
};
use object_store::ObjectStore;
use object_store::path::Path;

use crate::AsyncObjectContainer;
use crate::own_runtime::OwnRuntime;

/// The blobs under a prefix of an object store.
///
/// ```
/// use std::sync::Arc;
/// use gawky_object_store::{ObjectContainer, object_store::memory::InMemory};
/// use gawky_store::ContainerList;
///
/// let container = ObjectContainer::over(Arc::new(InMemory::new()), "events".into())?;
/// assert_eq!(container.list("")?, [""; 0]);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
pub type ObjectContainer = Blocking<AsyncObjectContainer>;

/// An asynchronous container as a blocking one.
///
/// It has a runtime on threads of its own, sends what is asked there, and waits for the answer. So it works on any
/// thread: without a runtime, inside of `#[tokio::main]` of either flavour, inside of `spawn_blocking`. (It blocks
/// the thread that calls it all the same. In asynchronous programs the asynchronous container is better.) It may be
/// dropped anywhere; what is under way then is given up.
///
/// All of a process share one runtime, which begins with the first and ends with the last of them.
///
/// The container inside should not be used on another runtime as well: the connections that it keeps belong to the
/// runtime that opened them, and if that one is blocked by a call here, nobody moves them.
#[derive(Debug)]
pub struct Blocking<C> {
    container: Arc<C>,
    runtime: Arc<OwnRuntime>,
}

impl<C> Clone for Blocking<C> {
    fn clone(&self) -> Self {
        Self {
            container: Arc::clone(&self.container),
            runtime: Arc::clone(&self.runtime),
        }
    }
}

impl ObjectContainer {
    /// The objects of `store` under `prefix`; the empty path is all of them.
    ///
    /// # Errors
    /// As [`Blocking::new`].
    pub fn over(store: Arc<dyn ObjectStore>, prefix: Path) -> Result<Self, StoreError> {
        Self::new(AsyncObjectContainer::new(store, prefix))
    }
}

impl<C> Blocking<C> {
    /// `container`, for programs without futures.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(container: C) -> Result<Self, StoreError> {
        Ok(Self {
            container: Arc::new(container),
            runtime: OwnRuntime::shared()?,
        })
    }

    /// The container inside.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.container
    }
}

impl<C: Send + Sync + 'static> Blocking<C> {
    /// Does `work` with the container on its runtime, and waits for what comes of it.
    ///
    /// `key` is what an error is told of.
    fn wait<T, F>(&self, key: &str, work: impl FnOnce(Arc<C>) -> F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        self.runtime
            .wait(work(Arc::clone(&self.container)))
            .unwrap_or_else(|| {
                Err(StoreError::backend(
                    key,
                    "the container's runtime has ended",
                ))
            })
    }
}

impl<C: AsyncContainer + 'static> Container for Blocking<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        let owned = Key::from(key);
        self.wait(key, |inner| async move { inner.get(&owned).await })
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let owned = Key::from(key);
        self.wait(
            key,
            |inner| async move { inner.get_range(&owned, range).await },
        )
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        let owned = Key::from(key);
        self.wait(key, |inner| async move { inner.size(&owned).await })
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let key = keys.first().cloned().unwrap_or_default();
        let keys = keys.to_vec();
        self.wait(&key, |inner| async move { inner.sizes(&keys).await })
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        let owned = Key::from(key);
        self.wait(key, |inner| async move { inner.contains(&owned).await })
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let key = fetches
            .first()
            .map(|fetch| fetch.key.as_str())
            .unwrap_or_default();
        let fetches = fetches.to_vec();
        let (answers, took) = self.wait(key, |inner| async move {
            let mut took = FetchReport::default();
            let answers = inner.fetch_versioned(&fetches, &mut took).await;
            Ok((answers, took))
        })?;
        *report += took;
        answers
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.container.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.container.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.container.id()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let owned = Key::from(key);
        self.wait(key, |inner| async move { inner.version(&owned).await })
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let key = keys.first().cloned().unwrap_or_default();
        let keys = keys.to_vec();
        self.wait(&key, |inner| async move { inner.versions(&keys).await })
    }
}

impl<C: AsyncContainerWrite + 'static> ContainerWrite for Blocking<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        let key = blob.key.clone();
        self.wait(&key, |inner| async move { inner.put(blob).await })
    }

    fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        let (owned, pieces) = (key.clone(), pieces.to_vec());
        self.wait(&key, |inner| async move {
            inner.put_pieces(owned, &pieces).await
        })
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        let key = blobs
            .first()
            .map(|blob| blob.key.clone())
            .unwrap_or_default();
        self.wait(&key, |inner| async move { inner.put_many(blobs).await })
    }
}

impl<C: AsyncContainerDelete + 'static> ContainerDelete for Blocking<C> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        let owned = Key::from(key);
        self.wait(key, |inner| async move { inner.delete(&owned).await })
    }

    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        let key = keys.first().cloned().unwrap_or_default();
        let keys = keys.to_vec();
        self.wait(&key, |inner| async move { inner.delete_many(&keys).await })
    }
}

impl<C: AsyncContainerList + 'static> ContainerList for Blocking<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        let owned = prefix.to_owned();
        self.wait(prefix, |inner| async move { inner.list(&owned).await })
    }
}

impl<C: AsyncContainerConditional + 'static> ContainerConditional for Blocking<C> {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let owned = Key::from(key);
        self.wait(
            key,
            |inner| async move { inner.get_versioned(&owned).await },
        )
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        let key = blob.key.clone();
        self.wait(&key, |inner| async move { inner.put_if_absent(blob).await })
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        let (key, version) = (blob.key.clone(), version.clone());
        self.wait(&key, |inner| async move {
            inner.put_if_match(blob, &version).await
        })
    }
}
