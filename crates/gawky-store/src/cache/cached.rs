//! [`Cached`]: a container read through a cache.

use std::ops::Range;
use std::sync::OnceLock;

use async_trait::async_trait;
use event_listener::Listener;
use gawky_buffer::{Buffer, Fetch, Key, Version};

use super::Cache;
use super::flight::Waits;
use super::lookup::{Lookup, Step};
use super::shelf::Trash;
use crate::{AsyncContainer, Container, ContainerId, FetchReport, Fetched, Profile, StoreError};

/// A container read through a [`Cache`].
///
/// It is what the container is: [`Container`], [`AsyncContainer`] or both, and it writes, deletes and lists where that
/// can, dropping from the cache what it overwrites or deletes. What the cache has, is answered without
/// the container; what it lacks, is fetched in one call.
///
/// A container that tells its [`id`](Container::id) shares what is kept with all others of that id on the same
/// cache; one that does not, shares it with nobody.
///
/// Where requests are merged ([`plan`](crate::plan)), a cache belongs on top: what is kept is what was asked for.
///
/// ```
/// use gawky_store::cache::{Cache, Cached};
/// use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
///
/// let cached = Cached::new(MemoryContainer::new(), &Cache::new(1 << 20));
/// for bytes in [vec![1_u8], vec![2]] {
///     let bytes = Buffer::from_vec(bytes);
///     cached.put(Blob::new("k", DType::UInt8, bytes.clone()))?;
///     assert_eq!(cached.get("k")?, Some(bytes), "what it overwrites, it does not serve");
/// }
///
/// let uncached = Cached::new(MemoryContainer::new(), None);
/// assert_eq!(uncached.get("k")?, None);
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct Cached<C> {
    pub(super) inner: C,
    /// `None` where nothing could be kept anyway.
    cache: Option<Cache>,
    id: OnceLock<ContainerId>,
}

impl<C> Cached<C> {
    /// `inner`, read through a cache; with `None`, or a cache of capacity 0, as though it were not there.
    #[must_use]
    pub fn new<'a>(inner: C, cache: impl Into<Option<&'a Cache>>) -> Self {
        let cache: Option<&Cache> = cache.into();
        Self {
            inner,
            cache: cache.filter(|cache| cache.capacity() > 0).cloned(),
            id: OnceLock::new(),
        }
    }

    /// The container below; what is written to it directly, the cache does not learn of.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The container below.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }

    /// The cache; `None` when nothing is kept.
    #[must_use]
    pub fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn shelved(&self, id: impl FnOnce() -> Option<ContainerId>) -> Option<Shelved<'_>> {
        let cache = self.cache.as_ref()?;
        let container = self
            .id
            .get_or_init(|| id().unwrap_or_else(|| ContainerId::unique("cached")));
        Some(Shelved { cache, container })
    }
}

impl<C: Clone> Clone for Cached<C> {
    /// A clone on the same cache. It shares what is kept if the container tells its id; if it does not, nobody knows
    /// whether the clone of it will stay the same.
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.cache.as_ref())
    }
}

/// One container's part of a cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shelved<'a> {
    cache: &'a Cache,
    container: &'a ContainerId,
}

impl<'a> Shelved<'a> {
    fn lookup(self, fetches: &'a [Fetch], waits: Waits, report: &mut FetchReport) -> Lookup<'a> {
        Lookup::new(self.cache, self.container, fetches, waits, report)
    }

    fn find(self, key: &str, range: Option<&Range<u64>>) -> Option<Buffer> {
        let mut shelf = self.cache.shelf();
        let hit = shelf.find(self.container, key, range, None, None)?;
        shelf.stats.hits += 1;
        Some(hit.bytes)
    }

    fn size(self, key: &str) -> Option<u64> {
        self.cache.shelf().size(self.container, key)
    }

    fn knows(self, key: &str) -> bool {
        self.cache.shelf().knows(self.container, key)
    }

    pub(super) fn clock(self) -> u64 {
        self.cache.shelf().clock()
    }

    /// Takes note of the state that a blob was in, asked for when the clock showed `began`.
    pub(super) fn observe(self, key: &str, version: Option<&Version>, began: u64) {
        let mut trash = Trash::new();
        let mut shelf = self.cache.shelf();
        let version = version.cloned();
        shelf.observe(self.container, key, Some(&version), began, &mut trash);
        drop(shelf);
    }

    pub(super) fn forget(self, keys: &[Key]) {
        let mut trash = Trash::new();
        let mut shelf = self.cache.shelf();
        for key in keys {
            shelf.forget(self.container, key, &mut trash);
        }
        drop(shelf);
    }
}

fn only(mut answers: Vec<Option<Fetched>>) -> Option<Buffer> {
    answers.pop().flatten().map(|fetched| fetched.bytes)
}

impl<C: Container> Cached<C> {
    pub(super) fn blocking(&self) -> Option<Shelved<'_>> {
        self.shelved(|| self.inner.id())
    }

    /// Reads into the cache what it lacks, for whoever wants it later; answers what that took.
    ///
    /// # Errors
    /// As [`Container::fetch_versioned`].
    pub fn prefetch(&self, fetches: &[Fetch]) -> Result<FetchReport, StoreError> {
        let mut report = FetchReport::default();
        self.fetch_versioned(fetches, &mut report)?;
        Ok(report)
    }

    /// Asks the container in which states these blobs are, and drops what is kept of others; answers how many blobs that
    /// concerned. Blobs of which nothing is kept are not asked for, and those without a version are dropped.
    ///
    /// # Errors
    /// As [`Container::version`]; what was found until then holds.
    pub fn refresh<K: AsRef<str>>(&self, keys: &[K]) -> Result<usize, StoreError> {
        let Some(shelved) = self.blocking() else {
            return Ok(0);
        };
        let mut changed = 0;
        for key in keys {
            let key = key.as_ref();
            if shelved.knows(key) {
                let began = shelved.clock();
                let version = self.inner.version(key)?;
                changed += usize::from(shelved.confirm(key, version.as_ref(), began));
            }
        }
        Ok(changed)
    }
}

impl Shelved<'_> {
    /// Drops what is kept of a blob unless it is certainly of this state; answers whether it was dropped.
    fn confirm(self, key: &str, version: Option<&Version>, began: u64) -> bool {
        match version {
            Some(_) => self.observe(key, version, began),
            None => self.forget(&[key.into()]),
        }
        !self.knows(key)
    }
}

impl<C: Container> Container for Cached<C> {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        let Some(shelved) = self.blocking() else {
            return self.inner.get(key);
        };
        match shelved.find(key, None) {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let fetches = [Fetch::raw(key, None)];
                self.fetch_versioned(&fetches, &mut FetchReport::default())
                    .map(only)
            }
        }
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let Some(shelved) = self.blocking() else {
            return self.inner.get_range(key, range);
        };
        match shelved.find(key, Some(&range)) {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let fetches = [Fetch::raw(key, Some(range))];
                self.fetch_versioned(&fetches, &mut FetchReport::default())
                    .map(only)
            }
        }
    }

    fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.blocking().and_then(|shelved| shelved.size(key)) {
            Some(size) => Ok(Some(size)),
            None => self.inner.size(key),
        }
    }

    fn contains(&self, key: &str) -> Result<bool, StoreError> {
        match self.blocking() {
            Some(shelved) if shelved.knows(key) => Ok(true),
            _ => self.inner.contains(key),
        }
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let Some(shelved) = self.blocking() else {
            return self.inner.fetch_versioned(fetches, report);
        };
        let mut lookup = shelved.lookup(fetches, Waits::Thread, report);
        loop {
            match lookup.step(report)? {
                Step::Fetch(missing) => {
                    let fetched = self.inner.fetch_versioned(&missing, report);
                    lookup.supply(fetched, report)?;
                }
                Step::Wait(listener) => listener.wait(),
                Step::Done(answers) => return Ok(answers),
            }
        }
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.inner.id()
    }

    /// What the container says, now; what is kept of another state is dropped.
    fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let Some(shelved) = self.blocking() else {
            return self.inner.version(key);
        };
        let began = shelved.clock();
        let version = self.inner.version(key)?;
        shelved.observe(key, version.as_ref(), began);
        Ok(version)
    }
}

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

    /// [`refresh`](Self::refresh), by futures; the container is asked for as many blobs at once as it likes.
    ///
    /// # Errors
    /// As there.
    pub async fn refresh_async<K: AsRef<str>>(&self, keys: &[K]) -> Result<usize, StoreError> {
        let Some(shelved) = self.by_futures() else {
            return Ok(0);
        };
        let mut changed = 0;
        for key in keys {
            let key = key.as_ref();
            if shelved.knows(key) {
                let began = shelved.clock();
                let version = self.inner.version(key).await?;
                changed += usize::from(shelved.confirm(key, version.as_ref(), began));
            }
        }
        Ok(changed)
    }
}

#[async_trait]
impl<C: AsyncContainer> AsyncContainer for Cached<C> {
    async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        let Some(shelved) = self.by_futures() else {
            return self.inner.get(key).await;
        };
        match shelved.find(key, None) {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let fetches = [Fetch::raw(key, None)];
                self.fetch_versioned(&fetches, &mut FetchReport::default())
                    .await
                    .map(only)
            }
        }
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
        let Some(shelved) = self.by_futures() else {
            return self.inner.get_range(key, range).await;
        };
        match shelved.find(key, Some(&range)) {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let fetches = [Fetch::raw(key, Some(range))];
                self.fetch_versioned(&fetches, &mut FetchReport::default())
                    .await
                    .map(only)
            }
        }
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.by_futures().and_then(|shelved| shelved.size(key)) {
            Some(size) => Ok(Some(size)),
            None => self.inner.size(key).await,
        }
    }

    async fn contains(&self, key: &str) -> Result<bool, StoreError> {
        match self.by_futures() {
            Some(shelved) if shelved.knows(key) => Ok(true),
            _ => self.inner.contains(key).await,
        }
    }

    async fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        let Some(shelved) = self.by_futures() else {
            return self.inner.fetch_versioned(fetches, report).await;
        };
        let mut lookup = shelved.lookup(fetches, Waits::Task, report);
        loop {
            match lookup.step(report)? {
                Step::Fetch(missing) => {
                    let fetched = self.inner.fetch_versioned(&missing, report).await;
                    lookup.supply(fetched, report)?;
                }
                Step::Wait(listener) => listener.await,
                Step::Done(answers) => return Ok(answers),
            }
        }
    }

    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    fn id(&self) -> Option<ContainerId> {
        self.inner.id()
    }

    async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
        let Some(shelved) = self.by_futures() else {
            return self.inner.version(key).await;
        };
        let began = shelved.clock();
        let version = self.inner.version(key).await?;
        shelved.observe(key, version.as_ref(), began);
        Ok(version)
    }
}
