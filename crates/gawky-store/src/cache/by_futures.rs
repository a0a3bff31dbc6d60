//! Reading through a cache, by futures.

use std::ops::Range;

use async_trait::async_trait;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use super::Cached;
use super::cached::{Asking, Shelved, complete, kept_sizes};
use super::flight::Waits;
use super::lookup::Step;
use crate::fetched::only;
use crate::{AsyncContainer, ContainerId, FetchReport, Fetched, Profile, StoreError};

impl<C: AsyncContainer> Cached<C> {
    pub(super) fn by_futures(&self) -> Option<Shelved<'_>> {
        self.shelved(|| self.inner.id())
    }

    /// [`prefetch`](Self::prefetch), by futures.
    ///
    /// # Errors
    /// As there.
    pub async fn prefetch_async(&self, fetches: &[Fetch]) -> Result<FetchReport, StoreError> {
        let mut report = FetchReport::default();
        AsyncContainer::fetch_versioned(self, fetches, &mut report).await?;
        Ok(report)
    }

    /// [`refresh`](Self::refresh), by futures.
    ///
    /// # Errors
    /// As there.
    pub async fn refresh_async<K: AsRef<str> + Sync>(
        &self,
        keys: &[K],
    ) -> Result<usize, StoreError> {
        let asking = Asking::new(self.by_futures());
        let keys = asking.known(keys);
        let versions = self.inner.versions(&keys).await?;
        asking.confirm(&keys, &versions)
    }

    async fn read_async(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Buffer>, StoreError> {
        let Some(shelved) = self.by_futures() else {
            return match range {
                None => self.inner.get(key).await,
                Some(range) => self.inner.get_range(key, range).await,
            };
        };
        let hit = shelved.find(key, range.as_ref());
        if hit.is_some() {
            return Ok(hit);
        }
        let fetches = [Fetch::raw(key, range)];
        AsyncContainer::fetch(self, &fetches).await.map(only)
    }
}

#[async_trait]
impl<C: AsyncContainer> AsyncContainer for Cached<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.read_async(key, None).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        self.read_async(key, Some(range)).await
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.by_futures().and_then(|shelved| shelved.size(key)) {
            Some(size) => Ok(Some(size)),
            None => self.inner.size(key).await,
        }
    }

    async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
        let (mut sizes, unknown) = kept_sizes(self.by_futures(), keys);
        if !unknown.is_empty() {
            let told = self.inner.sizes(&unknown).await?;
            complete(&mut sizes, &unknown, told)?;
        }
        Ok(sizes)
    }

    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        match self.by_futures() {
            Some(shelved) if shelved.serves(key) => Ok(true),
            _ => self.inner.contains(key).await,
        }
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let shelved = self.by_futures();
        let lookup = shelved.map(|shelved| (shelved, shelved.lookup(fetches, Waits::Task, report)));
        let Some((shelved, Some(mut lookup))) = lookup else {
            return self.inner.fetch_versioned(fetches, report).await;
        };
        loop {
            match lookup.step(report)? {
                Step::Load(wanted) => {
                    let loaded = match shelved.disk() {
                        Some(disk) => disk.load_elsewhere(shelved.container, wanted).await,
                        None => Vec::new(),
                    };
                    lookup.loaded(loaded, report);
                }
                Step::Versions(keys) => {
                    lookup.current(self.inner.versions(&keys).await, report);
                }
                Step::Store(keepsakes) => {
                    if let Some(disk) = shelved.disk() {
                        let overwritten = shelved.overwritten(lookup.overwrites());
                        disk.store_elsewhere(keepsakes, overwritten).await;
                    }
                }
                Step::Fetch(missing) => {
                    let fetched = self.inner.fetch_versioned(&missing, report).await;
                    lookup.supply(fetched, report)?;
                }
                Step::Wait(listener) => listener.await,
                Step::Done(answers) => return Ok(answers),
            }
        }
    }

    fn known_size(&self, key: &str) -> Option<u64> {
        self.inner.known_size(key)
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.named(self.inner.id())
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let asking = Asking::new(self.by_futures());
        let version = self.inner.version(key).await?;
        asking.observe(key, version.as_ref());
        Ok(version)
    }

    async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        let asking = Asking::new(self.by_futures());
        let versions = self.inner.versions(keys).await?;
        asking.observe_all(keys, &versions);
        Ok(versions)
    }
}
