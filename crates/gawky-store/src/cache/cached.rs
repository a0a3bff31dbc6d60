//! [`Cached`]: a container read through a cache.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use gawky_buffer::{Buffer, Fetch, Key, Version};

use super::Cache;
use super::disk::{DiskTier, Keepsake};
use super::flight::Waits;
use super::lookup::Lookup;
use super::shelf::{Seen, Trash};
use crate::fetched::check_count;
use crate::{ContainerId, FetchReport, Fetched, StoreError};

/// A container read through a [`Cache`].
///
/// It is what the container is: [`Container`](crate::Container), [`AsyncContainer`](crate::AsyncContainer) or both, and it writes, deletes and lists where that
/// can, dropping from the cache what it overwrites or deletes. What the cache has, is answered without
/// the container; what it lacks, is fetched in one call.
///
/// A container that tells its [`id`](crate::Container::id) shares what is kept with all others of that id on the same
/// cache; one that does not, shares it with nobody.
///
/// Around one that is read through the same cache already it adds nothing: the inner one keeps and serves, by its own
/// rules. An archive in between is a container of its own, of which both may keep their part.
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
    immutable: Immutable,
    id: OnceLock<Identity>,
}

#[derive(Debug)]
struct Identity {
    container: ContainerId,
    /// Whether it means the same in another process.
    lasting: bool,
    /// Whether it is read through the same cache already.
    again: bool,
}

/// Which blobs never change.
#[derive(Clone, Default)]
struct Immutable(Option<Which>);

type Which = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl fmt::Debug for Immutable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "none",
            Some(_) => "some",
        })
    }
}

impl<C> Cached<C> {
    /// `inner`, read through a cache; with `None`, or a cache that can hold nothing, as though it were not there.
    #[must_use]
    pub fn new<'a>(inner: C, cache: impl Into<Option<&'a Cache>>) -> Self {
        let cache: Option<&Cache> = cache.into();
        let holds = |cache: &&Cache| cache.capacity() > 0 || cache.disk().is_some();
        Self {
            inner,
            cache: cache.filter(holds).cloned(),
            immutable: Immutable::default(),
            id: OnceLock::new(),
        }
    }

    /// Declares that no blob ever changes once it is written: what is kept on disk ([`DiskTier`]) is served without
    /// asking for versions, and kept there even if the container has none.
    ///
    /// What is overwritten or deleted through this container is dropped all the same; what others overwrite is not
    /// noticed, in this process or in later ones.
    #[must_use]
    pub fn immutable(self) -> Self {
        self.immutable_where(|_| true)
    }

    /// Declares that the blobs under such keys never change, as [`immutable`](Self::immutable) does for all; a manifest
    /// does, for example, and the blobs that it names do not.
    #[must_use]
    pub fn immutable_where(mut self, which: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.immutable = Immutable(Some(Arc::new(which)));
        self
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

    pub(super) fn shelved(&self, id: impl FnOnce() -> Option<ContainerId>) -> Option<Shelved<'_>> {
        let cache = self.cache.as_ref()?;
        let id = self.id.get_or_init(|| match id() {
            Some(container) => Identity {
                lasting: container.is_lasting(),
                again: container.is_read_through(cache.number()),
                container,
            },
            None => Identity {
                container: ContainerId::unique("cached"),
                lasting: false,
                again: false,
            },
        });
        Some(Shelved {
            cache,
            container: &id.container,
            again: id.again,
            disk: cache.disk().filter(|_| id.lasting),
            immutable: &self.immutable,
        })
    }

    /// The id of the container below, as one that is read through this cache.
    pub(super) fn named(&self, id: Option<ContainerId>) -> Option<ContainerId> {
        match &self.cache {
            None => id,
            Some(cache) => id.map(|id| id.read_through(cache.number())),
        }
    }
}

impl<C: Clone> Clone for Cached<C> {
    /// A clone on the same cache. It shares what is kept if the container tells its id; if it does not, nobody knows
    /// whether the clone of it will stay the same.
    fn clone(&self) -> Self {
        Self {
            immutable: self.immutable.clone(),
            ..Self::new(self.inner.clone(), self.cache.as_ref())
        }
    }
}

/// One container's part of a cache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shelved<'a> {
    pub(super) cache: &'a Cache,
    pub(super) container: &'a ContainerId,
    again: bool,
    disk: Option<&'a DiskTier>,
    immutable: &'a Immutable,
}

impl<'a> Shelved<'a> {
    /// The way of these fetches through the cache; `None` when the container below goes it anyway, and would find
    /// itself waiting for the very fetch that it is to make.
    pub(super) fn lookup(
        self,
        fetches: &'a [Fetch],
        waits: Waits,
        report: &mut FetchReport,
    ) -> Option<Lookup<'a>> {
        (!self.again).then(|| Lookup::new(self, fetches, waits, report))
    }

    /// Where things of this container are kept on disk.
    pub(super) fn disk(self) -> Option<&'a DiskTier> {
        self.disk
    }

    pub(super) fn is_immutable(self, key: &str) -> bool {
        self.immutable.0.as_ref().is_some_and(|which| which(key))
    }

    /// What is to be kept on disk of an answer; nothing of what could never be served from there.
    pub(super) fn keepsake(self, fetch: &Fetch, fetched: &Fetched) -> Option<Keepsake> {
        let forever = self.is_immutable(&fetch.key);
        (forever || fetched.version.is_some()).then(|| Keepsake {
            container: self.container.clone(),
            fetch: fetch.clone(),
            fetched: fetched.clone(),
            forever,
        })
    }

    /// Whether anything has been written through the cache since this was asked for.
    pub(super) fn overwritten(self, before: u64) -> impl Fn() -> bool + Send + 'static {
        let cache = self.cache.clone();
        move || cache.shelf().overwrites != before
    }

    pub(super) fn find(self, key: &str, range: Option<&Range<u64>>) -> Option<Buffer> {
        let mut shelf = self.cache.shelf();
        let hit = shelf.find(self.container, key, range, None, None)?;
        shelf.stats.hits += 1;
        Some(hit.bytes)
    }

    pub(super) fn size(self, key: &str) -> Option<u64> {
        self.cache.shelf().size(self.container, key)
    }

    /// Whether anything of a blob may be served to who asks for no version.
    pub(super) fn serves(self, key: &str) -> bool {
        self.cache.shelf().knows(self.container, key, true)
    }

    /// Whether anything of a blob is in memory.
    pub(super) fn knows(self, key: &str) -> bool {
        self.cache.shelf().knows(self.container, key, false)
    }

    pub(super) fn clock(self) -> u64 {
        self.cache.shelf().clock()
    }

    /// Takes note of the state that a blob was in, asked for when the clock showed `began`.
    pub(super) fn observe(self, key: &str, version: Option<&Version>, began: u64) {
        let mut trash = Trash::new();
        let mut shelf = self.cache.shelf();
        shelf.observe(self.container, key, Seen::In(version), began, &mut trash);
        drop(shelf);
    }

    /// Drops what is in memory of these blobs.
    pub(super) fn forget(self, keys: &[Key]) {
        let mut trash = Trash::new();
        let mut shelf = self.cache.shelf();
        for key in keys {
            shelf.forget(self.container, key, &mut trash);
        }
        drop(shelf);
    }

    /// Drops all that is kept of blobs that are to be overwritten.
    pub(super) fn before_overwriting(self, keys: &[Key]) {
        self.cache.shelf().overwrites += 1;
        self.forget(keys);
    }

    /// Drops all that is kept of blobs that have been overwritten.
    pub(super) fn after_overwriting(self, keys: &[Key]) {
        self.before_overwriting(keys);
        if let Some(disk) = self.disk {
            disk.forget(self.container, keys.iter().map(Key::as_str));
        }
    }
}

/// A question below, for the state that a blob is in, from before it is asked on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    shelved: Option<Shelved<'a>>,
    /// What the clock of the shelf showed before.
    began: u64,
}

impl<'a> Asking<'a> {
    pub(super) fn new(shelved: Option<Shelved<'a>>) -> Self {
        let began = shelved.map_or(0, Shelved::clock);
        Self { shelved, began }
    }

    /// Takes note of the answer: what is kept of another state is dropped.
    pub(super) fn observe(self, key: &str, version: Option<&Version>) {
        if let Some(shelved) = self.shelved {
            shelved.observe(key, version, self.began);
        }
    }

    pub(super) fn observe_all(self, keys: &[Key], versions: &[Option<Version>]) {
        for (key, version) in keys.iter().zip(versions) {
            self.observe(key, version.as_ref());
        }
    }

    /// Those of which anything is in memory.
    pub(super) fn known<K: AsRef<str>>(self, keys: &[K]) -> Vec<Key> {
        let Some(shelved) = self.shelved else {
            return Vec::new();
        };
        let keys = keys.iter().map(AsRef::as_ref);
        keys.filter(|key| shelved.knows(key))
            .map(Key::from)
            .collect()
    }

    /// Drops what is in memory of these blobs unless it is certainly of these states; answers of how many it was
    /// dropped.
    pub(super) fn confirm(
        self,
        keys: &[Key],
        versions: &[Option<Version>],
    ) -> Result<usize, StoreError> {
        check_count(keys.iter(), versions)?;
        let Some(shelved) = self.shelved else {
            return Ok(0);
        };
        for (key, version) in keys.iter().zip(versions) {
            match version {
                Some(_) => self.observe(key, version.as_ref()),
                None => shelved.forget(std::slice::from_ref(key)),
            }
        }
        Ok(keys.iter().filter(|key| !shelved.knows(key)).count())
    }
}

/// How large blobs are, as far as they are kept, and which are not.
pub(super) fn kept_sizes(
    shelved: Option<Shelved<'_>>,
    keys: &[Key],
) -> (Vec<Option<u64>>, Vec<Key>) {
    let kept = |key: &Key| shelved.and_then(|shelved| shelved.size(key));
    let sizes: Vec<Option<u64>> = keys.iter().map(kept).collect();
    let unknown = keys.iter().zip(&sizes).filter(|(_, size)| size.is_none());
    let unknown = unknown.map(|(key, _)| key.clone()).collect();
    (sizes, unknown)
}

/// Puts what the container told of those that are not kept where it belongs.
pub(super) fn complete(
    sizes: &mut [Option<u64>],
    unknown: &[Key],
    told: Vec<Option<u64>>,
) -> Result<(), StoreError> {
    check_count(unknown.iter(), &told)?;
    let gaps = sizes.iter_mut().filter(|size| size.is_none());
    gaps.zip(told).for_each(|(gap, told)| *gap = told);
    Ok(())
}
