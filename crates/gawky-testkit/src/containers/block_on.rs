//! [`BlockOn`]: a container by futures, as a blocking one.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Blob, Buffer, Container, ContainerConditional, ContainerDelete,
    ContainerId, ContainerList, ContainerWrite, Fetch, FetchReport, Fetched, Key, Profile,
    StoreError, Version,
};

/// What a [`BlockOn`] has its container's futures finished by.
pub type Finish = dyn Fn(Pin<Box<dyn Future<Output = ()> + Send + '_>>) + Send + Sync;

/// A container by futures, as a blocking one: every method waits for its future.
///
/// It is for tests, of containers that only exist by futures: through it they run the
/// [conformance suite](crate::store_suite). Futures that need no runtime are waited for on the caller's thread
/// ([`new`](Self::new)); for others say how ([`by`](Self::by)).
///
/// ```
/// use gawky_store::{Container, MemoryContainer};
/// use gawky_testkit::containers::{BlockOn, Later};
///
/// let container = BlockOn::new(Later::new(MemoryContainer::new()));
/// assert_eq!(container.get("nothing")?, None);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Clone)]
pub struct BlockOn<A> {
    inner: A,
    finish: Arc<Finish>,
}

impl<A> BlockOn<A> {
    /// A container whose futures need no runtime.
    #[must_use]
    pub fn new(inner: A) -> Self {
        Self::by(inner, |future| pollster::block_on(future))
    }

    /// A container whose futures `finish` is to finish, on whatever runtime they need; it must not return before.
    ///
    /// ```
    /// # // Any runtime will do; this one stands for tokio's.
    /// # struct Runtime;
    /// # impl Runtime { fn block_on<F: Future>(&self, future: F) -> F::Output { pollster::block_on(future) } }
    /// # use gawky_store::MemoryContainer;
    /// # use gawky_testkit::containers::{BlockOn, Later};
    /// # let (runtime, container) = (Runtime, Later::new(MemoryContainer::new()));
    /// let container = BlockOn::by(container, move |future| runtime.block_on(future));
    /// ```
    #[must_use]
    pub fn by(
        inner: A,
        finish: impl Fn(Pin<Box<dyn Future<Output = ()> + Send + '_>>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner,
            finish: Arc::new(finish),
        }
    }

    /// The container inside.
    pub fn inner(&self) -> &A {
        &self.inner
    }

    #[allow(
        clippy::expect_used,
        reason = "whoever gave a closure that does not finish futures is told so, in a test"
    )]
    fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let mut output = None;
        (self.finish)(Box::pin(async { output = Some(future.await) }));
        output.expect("the closure given to BlockOn::by is to finish the future before it returns")
    }
}

impl<A: fmt::Debug> fmt::Debug for BlockOn<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockOn").field(&self.inner).finish()
    }
}

impl<A: AsyncContainer> Container for BlockOn<A> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.wait(self.inner.get(key))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.wait(self.inner.get_range(key, range))
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        self.wait(self.inner.size(key))
    }

    fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        self.wait(self.inner.sizes(keys))
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        self.wait(self.inner.contains(key))
    }

    fn fetch(&self, fetches: &[Fetch]) -> Result<Vec<Option<Buffer>>, StoreError> {
        self.wait(self.inner.fetch(fetches))
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.wait(self.inner.fetch_versioned(fetches, report))
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
        self.wait(self.inner.version(key))
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.wait(self.inner.versions(keys))
    }
}

impl<A: AsyncContainerWrite> ContainerWrite for BlockOn<A> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.wait(self.inner.put(blob))
    }

    fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        self.wait(self.inner.put_pieces(key, pieces))
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        self.wait(self.inner.put_many(blobs))
    }
}

impl<A: AsyncContainerDelete> ContainerDelete for BlockOn<A> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.wait(self.inner.delete(key))
    }

    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        self.wait(self.inner.delete_many(keys))
    }
}

impl<A: AsyncContainerList> ContainerList for BlockOn<A> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        self.wait(self.inner.list(prefix))
    }
}

impl<A: AsyncContainerConditional> ContainerConditional for BlockOn<A> {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        self.wait(self.inner.get_versioned(key))
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.wait(self.inner.put_if_absent(blob))
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        self.wait(self.inner.put_if_match(blob, version))
    }
}
