//! [`Blocking`]: any asynchronous container, for programs without futures.

use std::any::Any;
use std::future::Future;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, mpsc};
use std::thread;

use futures_util::FutureExt;
use gawky_buffer::{Blob, Buffer, Fetch, Version};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Container, ContainerConditional, ContainerDelete, ContainerId,
    ContainerList, ContainerWrite, FetchReport, Fetched, Key, Profile, StoreError,
};
use object_store::ObjectStore;
use object_store::path::Path;
use tokio::runtime::{Builder, Runtime};

use crate::AsyncObjectContainer;

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
/// Clones, and what is [`beside`](Self::beside) it, share the runtime, which ends with the last of them.
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

/// A runtime that may be dropped anywhere. Tokio's own must not be dropped where one may not block.
#[derive(Debug)]
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    fn start() -> Result<Self, StoreError> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Builder::new_multi_thread()
            .worker_threads(cores.min(4))
            .thread_name("gawky-object-store")
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|error| StoreError::backend("", format!("no runtime can be started: {error}")))
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
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
    /// `container`, on a runtime of its own.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(container: C) -> Result<Self, StoreError> {
        Ok(Self {
            container: Arc::new(container),
            runtime: Arc::new(OwnRuntime::start()?),
        })
    }

    /// `container`, on the runtime of this one.
    #[must_use]
    pub fn beside<D>(&self, container: D) -> Blocking<D> {
        Blocking {
            container: Arc::new(container),
            runtime: Arc::clone(&self.runtime),
        }
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
        type Outcome<T> = Result<Result<T, StoreError>, Box<dyn Any + Send>>;
        let (send, outcome) = mpsc::sync_channel::<Outcome<T>>(1);
        if let Some(runtime) = &self.runtime.0 {
            let work = AssertUnwindSafe(work(Arc::clone(&self.container))).catch_unwind();
            runtime.spawn(async move {
                // Nobody hangs up before it has an answer.
                let _ = send.send(work.await);
            });
        }
        match outcome.recv() {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(StoreError::backend(
                key,
                "the container's runtime has ended",
            )),
        }
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
}

impl<C: AsyncContainerWrite + 'static> ContainerWrite for Blocking<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        let key = blob.key.clone();
        self.wait(&key, |inner| async move { inner.put(blob).await })
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
