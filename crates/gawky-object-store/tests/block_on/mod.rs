//! An asynchronous container under the suite, each call on a runtime of one thread.

use std::future::Future;
use std::ops::Range;

use gawky_store::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Blob, Buffer, Container, ContainerConditional, ContainerDelete,
    ContainerId, ContainerList, ContainerWrite, Fetch, FetchReport, Fetched, Key, Profile,
    StoreError, Version,
};

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

#[derive(Debug)]
pub(crate) struct BlockOn<C>(C);

#[allow(dead_code, reason = "not every test file uses it")]
impl<C> BlockOn<C> {
    pub(crate) fn new(inner: C) -> Self {
        Self(inner)
    }
}

impl<C: AsyncContainer> Container for BlockOn<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        run(self.0.get(key))
    }
    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        run(self.0.get_range(key, range))
    }
    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        run(self.0.size(key))
    }
    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        run(self.0.contains(key))
    }
    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        run(self.0.fetch_versioned(fetches, report))
    }
    fn profile(&self) -> Profile {
        self.0.profile()
    }
    fn id(&self) -> Option<ContainerId> {
        self.0.id()
    }
    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        run(self.0.version(key))
    }
}

impl<C: AsyncContainerWrite> ContainerWrite for BlockOn<C> {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        run(self.0.put(blob))
    }
    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        run(self.0.put_many(blobs))
    }
}

impl<C: AsyncContainerDelete> ContainerDelete for BlockOn<C> {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        run(self.0.delete(key))
    }
    fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
        run(self.0.delete_many(keys))
    }
}

impl<C: AsyncContainerList> ContainerList for BlockOn<C> {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        run(self.0.list(prefix))
    }
}

impl<C: AsyncContainerConditional> ContainerConditional for BlockOn<C> {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        run(self.0.get_versioned(key))
    }
    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        run(self.0.put_if_absent(blob))
    }
    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        run(self.0.put_if_match(blob, version))
    }
}
