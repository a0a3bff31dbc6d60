//! A container that the tests hold by the hand.

use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures_util::future::poll_fn;
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Blob, Buffer, Container, ContainerConditional, ContainerDelete,
    ContainerId, ContainerList, ContainerWrite, DType, Fetch, FetchReport, Fetched, Key,
    MemoryContainer, StoreError, Version, async_trait,
};

type Act = Box<dyn Fn(&Stage, &[Fetch]) -> Result<(), StoreError> + Send + Sync>;

/// A map in memory that counts its fetches and does what a test says in the middle of them: after the bytes were
/// read, before they are handed over.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) memory: MemoryContainer,
    /// How many fetches, each of many keys, there were.
    pub(crate) calls: AtomicU64,
    /// How often it was asked for a version.
    pub(crate) versions: AtomicU64,
    /// In how many calls.
    pub(crate) version_calls: AtomicU64,
    /// Whether futures stop where the bytes were read.
    pub(crate) closed: AtomicBool,
    pub(crate) unversioned: bool,
    pub(crate) nameless: bool,
    /// A name that means the same in another process.
    pub(crate) place: Option<&'static str>,
    act: Mutex<Option<Arc<Act>>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(blobs: &[(&str, &[u8])]) -> Self {
        let stage = Self::new();
        for (key, bytes) in blobs {
            stage.keep(key, bytes);
        }
        stage
    }

    /// Writes behind the back of every cache.
    pub(crate) fn keep(&self, key: &str, bytes: &[u8]) {
        ContainerWrite::put(&self.memory, blob(key, bytes)).unwrap();
    }

    pub(crate) fn acts(
        &self,
        act: impl Fn(&Stage, &[Fetch]) -> Result<(), StoreError> + Send + Sync + 'static,
    ) {
        *self.act.lock().unwrap() = Some(Arc::new(Box::new(act)));
    }

    pub(crate) fn rests(&self) {
        *self.act.lock().unwrap() = None;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn read(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut answers = Container::fetch_versioned(&self.memory, fetches, report)?;
        if self.unversioned {
            for fetched in answers.iter_mut().flatten() {
                fetched.version = None;
            }
        }
        let act = self.act.lock().unwrap().clone();
        match act {
            Some(act) => act(self, fetches).map(|()| answers),
            None => Ok(answers),
        }
    }

    fn state(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.versions.fetch_add(1, Ordering::SeqCst);
        let version = Container::version(&self.memory, key)?;
        Ok(version.filter(|_| !self.unversioned))
    }

    fn states(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.version_calls.fetch_add(1, Ordering::SeqCst);
        keys.iter().map(|key| self.state(key)).collect()
    }

    fn name(&self) -> Option<ContainerId> {
        match self.place {
            Some(place) => Some(ContainerId::new(place)),
            None => Container::id(&self.memory).filter(|_| !self.nameless),
        }
    }
}

impl Container for Stage {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        Ok(Container::fetch(self, &[Fetch::raw(key, None)])?.remove(0))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        Ok(Container::fetch(self, &[Fetch::raw(key, Some(range))])?.remove(0))
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.read(fetches, report)
    }

    fn id(&self) -> Option<ContainerId> {
        self.name()
    }

    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.state(key)
    }

    fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.states(keys)
    }
}

#[async_trait]
impl AsyncContainer for Stage {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        Ok(AsyncContainer::fetch(self, &[Fetch::raw(key, None)])
            .await?
            .remove(0))
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let answers = self.read(fetches, report);
        poll_fn(|cx| {
            if self.closed.load(Ordering::SeqCst) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        answers
    }

    fn id(&self) -> Option<ContainerId> {
        self.name()
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        self.state(key)
    }

    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        self.states(keys)
    }
}

impl ContainerConditional for Stage {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        self.memory.get_versioned(key)
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.memory.put_if_absent(blob)
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        self.memory.put_if_match(blob, version)
    }
}

impl ContainerWrite for Stage {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        ContainerWrite::put(&self.memory, blob)
    }
}

#[async_trait]
impl AsyncContainerWrite for Stage {
    async fn put(&self, blob: Blob) -> Result<(), StoreError> {
        ContainerWrite::put(&self.memory, blob)
    }
}

#[async_trait]
impl AsyncContainerList for Stage {
    async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        ContainerList::list(&self.memory, prefix)
    }
}

#[async_trait]
impl AsyncContainerDelete for Stage {
    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        ContainerDelete::delete(&self.memory, key)
    }
}

#[async_trait]
impl AsyncContainerConditional for Stage {
    async fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        ContainerConditional::get_versioned(&self.memory, key)
    }

    async fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        ContainerConditional::put_if_absent(&self.memory, blob)
    }

    async fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        ContainerConditional::put_if_match(&self.memory, blob, version)
    }
}

pub(crate) fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

pub(crate) fn whole(key: &str) -> Fetch {
    Fetch::whole(key, DType::UInt8)
}

pub(crate) fn range(key: &str, range: Range<u64>) -> Fetch {
    Fetch::range(key, range, DType::UInt8)
}

/// What one fetch answers.
pub(crate) fn ask<C: Container>(container: &C, fetch: Fetch) -> Option<Vec<u8>> {
    let answer = container.fetch(&[fetch]).unwrap().remove(0);
    answer.map(|bytes| bytes.bytes().unwrap().to_vec())
}

/// Runs a future on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
