//! The cache: bytes that were read are kept in memory for who reads them next.
//!
//! | item | what it is |
//! |---|---|
//! | [`Cache`] | bytes under a capacity, shared by whoever is given a clone |
//! | [`Cached`] | a container read through a cache |
//! | [`DiskTier`], [`DiskStats`] | a folder in which a cache keeps what it fetched, for other processes and for later |
//! | [`CachePolicy`], [`Retention`] | which bytes are kept, by the buffer of the node that they are |
//! | [`CacheStats`], [`CachedEntry`] | what a cache has done, and what it holds |
//!
//! ```
//! use gawky_store::cache::{Cache, Cached};
//! use gawky_store::{Blob, Buffer, Container, ContainerWrite, DType, MemoryContainer};
//!
//! let bucket = MemoryContainer::new();
//! bucket.put(Blob::new("node0-data", DType::Int64, Buffer::from_vec(vec![1_i64, 2, 3])))?;
//!
//! let cache = Cache::new(1 << 20); // a mebibyte, for whoever is given a clone
//! let cached = Cached::new(&bucket, &cache);
//! cached.get("node0-data")?;
//! cached.get("node0-data")?;
//! assert_eq!((cache.stats().misses, cache.stats().hits), (1, 1));
//! # Ok::<(), gawky_store::StoreError>(())
//! ```

mod blocking;
mod by_futures;
mod cached;
mod compact;
mod disk;
mod flight;
mod lookup;
mod policy;
mod shelf;
mod writing;

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gawky_buffer::{Key, Version};

use crate::ContainerId;
use shelf::{Shelf, Trash};

pub use cached::Cached;
pub use disk::{DiskStats, DiskTier};
pub use policy::{CachePolicy, Retention};

/// Bytes that were read, kept in memory (and, with a [`DiskTier`], on disk) up to a capacity: what was not used for longest goes first.
///
/// A cache is empty when it is made, and shared only with those who are given a clone of it. It is read through: a
/// [`Cached`] container asks it first, and puts into it what it had to fetch.
///
/// **What is kept.** Each answer by itself, under its container ([`ContainerId`]), key, range and version. A range of a
/// blob that is kept whole is a hit, and so is a range within one that is kept. Of what was fetched, only the bytes
/// that were asked for are kept: a small slice of a large read is copied out, so that it does not keep the rest
/// alive, and so is what lies where its dtype may not. Missing keys, errors, and bytes on a device are not kept.
///
/// **Dtypes.** What is kept serves those who ask for plain bytes, and those who ask for a dtype as which the container has
/// handed the blob out before, in this state. Another dtype is asked of the container, also where plain bytes of
/// the blob are kept: only the container knows whether they are of that dtype, and to refuse is its part.
///
/// **Capacity** counts the memory that stays alive because of what is kept, and 256 bytes for each entry beside. It holds
/// after every call. What is larger by itself is not kept, and a capacity of 0 is no cache at all, but for a
/// [`DiskTier`]. What readers have been
/// given is theirs and is not counted.
///
/// **A hit is served without asking the container**, so it is as old as its reading. It is dropped when this cache learns that
/// the blob has changed: by writing or deleting through a [`Cached`] container, by an answer or a
/// [`version`](crate::Container::version) from below that is of another state, or when
/// [`Cached::refresh`] is called. Where others may rewrite blobs, ask for the version that is meant
/// ([`Fetch::at_version`](crate::Fetch::at_version)), or refresh. All that is kept of one blob is of one state. A
/// container without versions is believed not to change but through this cache.
///
/// **One fetch for many.** Whoever wants bytes that another reader is fetching already, waits for those. If that reader fails,
/// those who wait are told its error where it is certain to be theirs, and else ask for themselves; if it goes away (a
/// future that is dropped, a panic), one of them takes over. A blocking reader never waits for a future, which its
/// own thread may have to poll. Futures do: one that has begun to read, is kept, and is not polled, makes those wait
/// that want the same bytes.
///
/// ```
/// use gawky_store::cache::{Cache, Cached};
/// use gawky_store::{Buffer, Container, MemoryContainer};
///
/// let cache = Cache::new(64 << 20);
/// let memory = MemoryContainer::new();
/// memory.insert("node0-offsets", Buffer::from_vec(vec![0_i64, 2, 3]))?;
///
/// let cached = Cached::new(&memory, &cache);
/// cached.get("node0-offsets")?;
/// cached.get_range("node0-offsets", 8..16)?;
/// assert_eq!((cache.stats().misses, cache.stats().hits), (1, 1));
/// # Ok::<(), gawky_store::StoreError>(())
/// ```
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

struct Shared {
    /// No other cache of this process has it.
    number: u64,
    capacity: u64,
    policy: CachePolicy,
    disk: Option<DiskTier>,
    shelf: Mutex<Shelf>,
}

/// What a cache has done since it was made, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Fetches that were answered from memory.
    pub hits: u64,
    /// Fetches that waited for one that was under way.
    pub waits: u64,
    /// Fetches of bytes that are to be kept, and that were neither in memory nor under way.
    pub misses: u64,
    /// How many of them were answered from disk.
    pub disk_hits: u64,
    /// Fetches that had to be made below, for bytes that pass.
    pub passes: u64,
    /// Entries that were put in.
    pub insertions: u64,
    /// Entries that had to make room.
    pub evictions: u64,
    /// Entries that were dropped because their blob changed, or because somebody said so.
    pub dropped: u64,
    /// How much of the capacity is in use, in bytes.
    pub bytes: u64,
    /// How many entries there are.
    pub entries: u64,
}

/// One thing that a cache holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachedEntry {
    /// Where it is from.
    pub container: ContainerId,
    /// The blob.
    pub key: Key,
    /// Which of its bytes; `None` for all.
    pub range: Option<Range<u64>>,
    /// The state that the blob was in; `None` when the container has no versions.
    pub version: Option<Version>,
    /// How many bytes that is.
    pub len: u64,
    /// Whether it goes last.
    pub pinned: bool,
}

impl Cache {
    /// An empty cache of `capacity` bytes that keeps everything it can.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        Self::of(capacity, CachePolicy::default(), None)
    }

    /// An empty cache, otherwise the same, with a policy.
    #[must_use]
    pub fn with_policy(self, policy: CachePolicy) -> Self {
        Self::of(self.capacity(), policy, self.disk().cloned())
    }

    /// An empty cache, otherwise the same, that looks on disk before it asks a container, and keeps there what it
    /// fetched. With a capacity of 0 it keeps things there alone.
    #[must_use]
    pub fn with_disk(self, disk: DiskTier) -> Self {
        Self::of(self.capacity(), self.policy().clone(), Some(disk))
    }

    fn of(capacity: u64, policy: CachePolicy, disk: Option<DiskTier>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(Arc::new(Shared {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            capacity,
            policy,
            disk,
            shelf: Mutex::new(Shelf::new(capacity)),
        }))
    }

    fn number(&self) -> u64 {
        self.0.number
    }

    /// How many bytes it may hold.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.0.capacity
    }

    /// What it keeps.
    #[must_use]
    pub fn policy(&self) -> &CachePolicy {
        &self.0.policy
    }

    /// Where it keeps things on disk, if it does.
    #[must_use]
    pub fn disk(&self) -> Option<&DiskTier> {
        self.0.disk.as_ref()
    }

    /// What it has done, and what it holds in memory.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.shelf().stats
    }

    /// Everything that it holds, in the order in which it would go.
    #[must_use]
    pub fn entries(&self) -> Vec<CachedEntry> {
        let entries = self.shelf().entries();
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Drops from memory every entry for which `which` answers true; answers how many there were. What is being fetched
    /// meanwhile is not concerned.
    ///
    /// ```
    /// # use gawky_store::cache::{Cache, Cached};
    /// # use gawky_store::{Buffer, Container, MemoryContainer};
    /// # let (cache, memory) = (Cache::new(1 << 20), MemoryContainer::new());
    /// # memory.insert("part0-node1-data", Buffer::empty())?;
    /// # Cached::new(&memory, &cache).get("part0-node1-data")?;
    /// assert_eq!(cache.evict(|entry| entry.key.starts_with("part0-")), 1);
    /// # Ok::<(), gawky_store::StoreError>(())
    /// ```
    pub fn evict(&self, mut which: impl FnMut(&CachedEntry) -> bool) -> usize {
        // Asked when nothing is locked: what it does is not known here.
        let numbers: Vec<u64> = {
            let entries = self.shelf().entries();
            let chosen = entries.into_iter().filter(|(_, entry)| which(entry));
            chosen.map(|(number, _)| number).collect()
        };
        let mut trash = Trash::new();
        self.shelf().evict(&numbers, &mut trash);
        trash.len()
    }

    /// Drops from memory all that is of this blob. What is being fetched of it meanwhile will not be kept either.
    pub fn evict_blob(&self, container: &ContainerId, key: &str) {
        let mut trash = Trash::new();
        self.shelf().forget(container, key, &mut trash);
    }

    /// Drops from memory everything that is from this container.
    pub fn evict_container(&self, container: &ContainerId) {
        let mut trash = Trash::new();
        self.shelf().clear(Some(container), &mut trash);
    }

    /// Drops everything from memory. What is being fetched meanwhile will not be kept either.
    pub fn clear(&self) {
        let mut trash = Trash::new();
        self.shelf().clear(None, &mut trash);
    }

    // Nothing that can panic, and no code of anybody else, runs while the lock is held, so a poisoned one still
    // guards a whole shelf.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("capacity", &self.0.capacity)
            .field("policy", &self.0.policy)
            .field("stats", &self.stats())
            .finish()
    }
}
